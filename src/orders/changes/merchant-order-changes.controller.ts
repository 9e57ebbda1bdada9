import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Scoped, UsersOnly, type Caller } from '../../identity';
import { OnceParam, PageRequest, Problems, TakesIdempotencyKey, type Once } from '../../platform/http';
import { ProposeChangeRequest } from './dto/order-change.request';
import { OrderChangeListResponse, OrderChangeResponse } from './dto/order-change.response';
import { OrderChanges } from './order-changes.service';

@ApiTags('Merchant: orders')
@ApiBearerAuth()
@UsersOnly()
@Scoped('merchant')
@Controller('merchant/stores/:storeId/orders/:orderId/changes')
export class MerchantOrderChangesController {
  constructor(private readonly changes: OrderChanges) {}

  @ApiOperation({ summary: 'The changes of an order of my store', description: 'Newest first.' })
  @Problems(400, 401, 403, 404)
  @Get()
  listStoreOrderChanges(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Query() query: PageRequest,
  ): Promise<OrderChangeListResponse> {
    return this.changes.ofStore(caller, storeId, orderId, query);
  }

  @ApiOperation({
    summary: 'Propose a change of an order',
    description:
      'Before it is shipped: other units or prices, goods of the store that come in, another price or time of delivery. The buyer accepts or refuses it within three days; nothing changes until then, and nothing is shipped. Discounts stay in proportion and never grow, tax is worked out anew by the order’s own rates.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @Post()
  proposeOrderChange(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() body: ProposeChangeRequest,
    @OnceParam() once: Once,
  ): Promise<OrderChangeResponse> {
    return once.run((tx) => this.changes.propose(tx, caller, storeId, orderId, body));
  }

  @ApiOperation({
    summary: 'Withdraw a change',
    description: 'Until it is accepted, or, where it is to be paid, until its difference is.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @HttpCode(200)
  @Post(':changeId/withdraw')
  withdrawOrderChange(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Param('changeId', ParseUUIDPipe) changeId: string,
    @OnceParam() once: Once,
  ): Promise<OrderChangeResponse> {
    return once.run((tx) => this.changes.withdraw(tx, caller, storeId, orderId, changeId));
  }
}
