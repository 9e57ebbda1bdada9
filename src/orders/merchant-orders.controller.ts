import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Scoped, UsersOnly, type Caller } from '../identity';
import { OnceParam, Problems, TakesIdempotencyKey, type Once } from '../platform/http';
import { ListOrdersRequest, MarkPaidRequest, RefundRequest, ShipOrderRequest } from './dto/order.request';
import { OrderListResponse, OrderResponse } from './dto/order.response';
import { RefundListResponse, RefundResponse } from './dto/refund.response';
import { OrderDecisions } from './life/order-decisions';
import { OrderShipping } from './life/order-shipping';
import { OrderRefunds } from './paying/order-refunds';
import { OrdersPaidByHand } from './paying/orders-paid-by-hand';
import { OrdersService } from './orders.service';

@ApiTags('Merchant: orders')
@ApiBearerAuth()
@UsersOnly()
@Scoped('merchant')
@Controller('merchant/stores/:storeId/orders')
export class MerchantOrdersController {
  constructor(
    private readonly orders: OrdersService,
    private readonly refunds: OrderRefunds,
    private readonly byHand: OrdersPaidByHand,
    private readonly decisions: OrderDecisions,
    private readonly shipping: OrderShipping,
  ) {}

  @ApiOperation({
    summary: 'The orders of my store',
    description: 'Newest first, with the filters and search of a shopper’s list.',
  })
  @Problems(400, 401, 403, 404)
  @Get()
  listStoreOrders(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Query() query: ListOrdersRequest,
  ): Promise<OrderListResponse> {
    return this.orders.listOfStore(caller, storeId, query);
  }

  @ApiOperation({
    summary: 'One order of my store',
    description: 'With the buyer as far as the buyer agreed to be known.',
  })
  @Problems(400, 401, 403, 404)
  @Get(':orderId')
  getStoreOrder(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('orderId', ParseUUIDPipe) orderId: string,
  ): Promise<OrderResponse> {
    return this.orders.findOfStore(caller, storeId, orderId);
  }

  @ApiOperation({
    summary: 'Confirm an order',
    description: 'The store takes it; one that was left for later can be paid from now on. Again: the same.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @HttpCode(200)
  @Post(':orderId/confirm')
  confirmOrder(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @OnceParam() once: Once,
  ): Promise<OrderResponse> {
    return once.run((tx) => this.decisions.confirm(tx, caller, storeId, orderId));
  }

  @ApiOperation({
    summary: 'Mark an order as paid',
    description:
      'The store received what it costs by itself, by bank transfer or in cash: for an order that was to be paid later and is not paid yet. Muse moves no money and keeps no fee; what you give back of it is a note of yours, too.',
  })
  @TakesIdempotencyKey(true)
  @Problems(400, 401, 403, 404, 409, 422)
  @HttpCode(200)
  @Post(':orderId/mark-paid')
  markOrderPaid(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() body: MarkPaidRequest,
    @OnceParam() once: Once,
  ): Promise<OrderResponse> {
    return once.runWithKey((tx) => this.byHand.markPaid(tx, caller, storeId, orderId, body));
  }

  @ApiOperation({
    summary: 'Give money of an order back',
    description:
      'An amount, or what units of its items were paid (delivery left out). Never more than was paid and has not gone back; the platform gives its fee back in proportion. Of an order that was marked as paid it notes what the store gave back by itself.',
  })
  @TakesIdempotencyKey(true)
  @Problems(400, 401, 403, 404, 409, 422)
  @Post(':orderId/refunds')
  refundStoreOrder(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() body: RefundRequest,
    @OnceParam() once: Once,
  ): Promise<RefundResponse> {
    return once.runWithKey((tx) => this.refunds.byMerchant(tx, caller, storeId, orderId, body));
  }

  @ApiOperation({ summary: 'The refunds of an order of my store', description: 'Oldest first.' })
  @Problems(400, 401, 403, 404)
  @Get(':orderId/refunds')
  listStoreOrderRefunds(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('orderId', ParseUUIDPipe) orderId: string,
  ): Promise<RefundListResponse> {
    return this.refunds.ofStore(caller, storeId, orderId);
  }

  @ApiOperation({
    summary: 'Ship an order',
    description:
      'With carrier and number, so that the buyer can follow it: the whole, or a parcel with some units of it (`items`). While some have not left, it is `processing`.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @HttpCode(200)
  @Post(':orderId/ship')
  shipOrder(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() body: ShipOrderRequest,
    @OnceParam() once: Once,
  ): Promise<OrderResponse> {
    return once.run((tx) => this.shipping.ship(tx, caller, storeId, orderId, body));
  }
}
