import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import {
  CurrentCaller,
  PublicKeyResponse,
  PublicKeysResponse,
  PublishKeyRequest,
  Scoped,
  UsersOnly,
  type Caller,
} from '../identity';
import { Problems, Public } from '../platform/http';
import { StoreKeys } from './store-keys.service';

@ApiTags('Stores')
@Public()
@ApiSecurity({})
@Scoped('catalog:read')
@Controller('stores/:storeId/keys')
export class StoreKeysController {
  constructor(private readonly keys: StoreKeys) {}

  @ApiOperation({
    summary: 'The keys of a store',
    description:
      'A JWK set: seal for the active one. A key that is newer than the last look is a change that the shopper is to be shown.',
  })
  @Problems(400, 404)
  @Get()
  listStoreKeys(@Param('storeId', ParseUUIDPipe) storeId: string): Promise<PublicKeysResponse> {
    return this.keys.list(storeId);
  }
}

@ApiTags('Merchant: stores')
@ApiBearerAuth()
@UsersOnly()
@Scoped('merchant')
@Controller('merchant/stores/:storeId/keys')
export class MerchantKeysController {
  constructor(private readonly keys: StoreKeys) {}

  @ApiOperation({ summary: 'The keys of my store', description: 'The active one first, then retired ones.' })
  @Problems(400, 401, 403, 404)
  @Get()
  listOwnStoreKeys(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
  ): Promise<PublicKeysResponse> {
    return this.keys.listOwn(caller, storeId);
  }

  @ApiOperation({
    summary: 'Publish a key of my store',
    description:
      'So that buyers who ask for privacy can buy here. The public part only; keep the private one: nobody else can open what is sealed for it. It takes the place of the present key, which is retired and stays listed.',
  })
  @Problems(400, 401, 403, 404, 409)
  @Put()
  publishStoreKey(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Body() body: PublishKeyRequest,
  ): Promise<PublicKeyResponse> {
    return this.keys.publish(caller, storeId, body);
  }

  @ApiOperation({
    summary: 'Retire the key of my store',
    description: 'Buyers who ask for privacy cannot buy here until there is another. Again: the same.',
  })
  @Problems(400, 401, 403, 404)
  @HttpCode(204)
  @Delete()
  retireStoreKey(@CurrentCaller() caller: Caller, @Param('storeId', ParseUUIDPipe) storeId: string): Promise<void> {
    return this.keys.retire(caller, storeId);
  }
}
