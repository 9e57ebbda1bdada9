import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Scoped, UsersOnly, type Caller } from '../identity';
import { OnceParam, Problems, TakesIdempotencyKey, type Once } from '../platform/http';
import { ListOrdersRequest, ShipOrderRequest } from './dto/order.request';
import { OrderListResponse, OrderResponse } from './dto/order.response';
import { OrdersService } from './orders.service';

@ApiTags('Merchant: orders')
@ApiBearerAuth()
@UsersOnly()
@Scoped('merchant')
@Controller('merchant/stores/:storeId/orders')
export class MerchantOrdersController {
  constructor(private readonly orders: OrdersService) {}

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

  @ApiOperation({ summary: 'One order of my store' })
  @Problems(400, 401, 403, 404)
  @Get(':orderId')
  getStoreOrder(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('orderId', ParseUUIDPipe) orderId: string,
  ): Promise<OrderResponse> {
    return this.orders.findOfStore(caller, storeId, orderId);
  }

  @ApiOperation({ summary: 'Ship an order', description: 'With carrier and number, so that the buyer can follow it.' })
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
    return once.run((tx) => this.orders.ship(tx, caller, storeId, orderId, body));
  }
}
