import { Body, Controller, Get, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Roles, type Caller } from '../identity';
import { OnceParam, Problems, TakesIdempotencyKey, type Once } from '../platform/http';
import { RefundRequest } from './dto/order.request';
import { RefundListResponse, RefundResponse } from './dto/refund.response';
import { OrderRefunds } from './paying/order-refunds';

@ApiTags('Support: orders')
@ApiBearerAuth()
@Roles('support', 'admin')
@Controller('admin/orders')
export class AdminOrdersController {
  constructor(private readonly refunds: OrderRefunds) {}

  @ApiOperation({
    summary: 'Give money of an order back',
    description: 'As its merchant may: an amount, or what units of its items were paid.',
  })
  @TakesIdempotencyKey(true)
  @Problems(400, 401, 403, 404, 409, 422)
  @Post(':orderId/refunds')
  refundOrder(
    @CurrentCaller() caller: Caller,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() body: RefundRequest,
    @OnceParam() once: Once,
  ): Promise<RefundResponse> {
    return once.runWithKey((tx) => this.refunds.bySupport(tx, caller, orderId, body));
  }

  @ApiOperation({ summary: 'The refunds of an order', description: 'Oldest first.' })
  @Problems(400, 401, 403, 404)
  @Get(':orderId/refunds')
  listOrderRefunds(@Param('orderId', ParseUUIDPipe) orderId: string): Promise<RefundListResponse> {
    return this.refunds.ofAny(orderId);
  }
}
