import { Body, Controller, Param, ParseUUIDPipe, Patch, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Roles, type Caller } from '../identity';
import { Once, OnceParam, Problems, TakesIdempotencyKey } from '../platform/http';
import { MakePartnerStoreRequest, PatchPartnerStoreRequest } from './dto/partner-store.request';
import { ManagedStoreResponse } from './dto/store.response';
import { MakeUnclaimedStoreRequest } from './dto/unclaimed-store.request';
import { Stores } from './stores.service';

@ApiTags('Admin: partner stores')
@ApiBearerAuth()
@Roles('admin')
@Controller('admin/stores')
export class AdminStoresController {
  constructor(private readonly stores: Stores) {}

  @ApiOperation({
    summary: 'Add a partner store',
    description: 'An outside shop: how orders are placed there, on which hosts its products live, how it delivers.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 409, 422)
  @Post()
  makePartnerStore(@Body() body: MakePartnerStoreRequest, @OnceParam() once: Once): Promise<ManagedStoreResponse> {
    return once.run((tx) => this.stores.makePartnerStore(tx, body));
  }

  @ApiOperation({
    summary: 'Add an unclaimed store',
    description:
      'A merchant store that nobody on Muse runs yet. Shoppers put its goods into their carts and check out into a conversation: no order is made and nothing is paid. The contact gets links to read, to answer, and to claim the store: by e-mail, or sealed for its key (POST /store-links/stores/{storeId}). Its goods and delivery options are kept by admins under /merchant/stores/{storeId}.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 409, 422)
  @Post('unclaimed')
  makeUnclaimedStore(@Body() body: MakeUnclaimedStoreRequest, @OnceParam() once: Once): Promise<ManagedStoreResponse> {
    return once.run((tx) => this.stores.makeUnclaimedStore(tx, body));
  }

  @ApiOperation({
    summary: 'Change a partner store',
    description:
      'Its delivery options change under /merchant/stores/{storeId}/delivery-options, its goods under /merchant/stores/{storeId}/products.',
  })
  @Problems(400, 401, 403, 404, 422)
  @Patch(':storeId')
  changePartnerStore(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Body() body: PatchPartnerStoreRequest,
  ): Promise<ManagedStoreResponse> {
    return this.stores.patchPartnerStore(caller, storeId, body);
  }
}
