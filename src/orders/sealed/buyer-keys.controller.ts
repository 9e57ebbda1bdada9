import { Controller, Get, Param, ParseUUIDPipe } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, PublicKeysResponse, Scoped, UsersOnly, type Caller } from '../../identity';
import { Problems } from '../../platform/http';
import { BuyerKeys } from './buyer-keys';

@ApiTags('Merchant: orders')
@ApiBearerAuth()
@UsersOnly()
@Scoped('merchant')
@Controller('merchant/stores/:storeId/orders/:orderId/buyer-keys')
export class BuyerKeysController {
  constructor(private readonly keys: BuyerKeys) {}

  @ApiOperation({
    summary: 'The keys of an order’s buyer',
    description:
      'To seal what is meant for the buyer alone; a key that is newer than the last look is a change to be shown. Empty for guests, and for a sealed order, whose buyer’s key is in its `replyKey`.',
  })
  @Problems(400, 401, 403, 404)
  @Get()
  listBuyerKeys(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('orderId', ParseUUIDPipe) orderId: string,
  ): Promise<PublicKeysResponse> {
    return this.keys.ofOrder(caller, storeId, orderId);
  }
}
