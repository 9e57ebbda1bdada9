import { Body, Controller, HttpCode, Param, ParseUUIDPipe, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Roles, Scoped, type Caller } from '../../identity';
import { IfMatch, OnceParam, Problems, TakesIdempotencyKey, TakesIfMatch, type Once } from '../../platform/http';
import { OverriddenOrderResponse } from '../dto/order-life.response';
import { OverrideOrderRequest } from '../dto/order.request';
import { OrderResponse } from '../dto/order.response';
import { OpenToLinks } from '../links/open-to-links.decorator';
import type { OrderReader } from '../orders.service';
import { OrderCompletion } from './order-completion';
import { OrderDecisions } from './order-decisions';

@ApiTags('Orders')
@ApiBearerAuth()
@Controller('orders')
export class OrderLifeController {
  constructor(private readonly completion: OrderCompletion) {}

  @OpenToLinks()
  @ApiOperation({
    summary: 'Say that it has arrived',
    description:
      'Of an order that was shipped by a merchant store; again: the same. Partner stores’ orders arrive as tracking tells.',
  })
  @TakesIfMatch()
  @Problems(400, 401, 404, 409, 412)
  @Scoped('orders:write')
  @Put(':id/received')
  receiveOrder(
    @CurrentCaller() caller: OrderReader,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() version: number | undefined,
  ): Promise<OrderResponse> {
    return this.completion.received(caller, id, version);
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Mark an order complete',
    description:
      'The buyer’s mark, once it has arrived: with the merchant’s it makes a verified sale. A side that says nothing for 14 days (or as long as the store has it) is taken to agree. Again: the same.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409, 422)
  @Scoped('orders:write')
  @HttpCode(200)
  @Post(':id/complete')
  completeOrder(
    @CurrentCaller() caller: OrderReader,
    @Param('id', ParseUUIDPipe) id: string,
    @OnceParam() once: Once,
  ): Promise<OrderResponse> {
    return once.run((tx) => this.completion.completeByBuyer(tx, caller, id));
  }
}

@ApiTags('Support: orders')
@ApiBearerAuth()
@Roles('support', 'admin')
@Controller('admin/orders')
export class AdminOrderLifeController {
  constructor(private readonly decisions: OrderDecisions) {}

  @ApiOperation({
    summary: 'Put an order into another state by hand',
    description:
      'Where neither side nor the clock can: with a reason, which both sides read. Cancelling gives back money, stock that has not left, and coupons; out of `completed`, `cancelled` and `returned` nothing leads.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @HttpCode(200)
  @Post(':orderId/override')
  overrideOrder(
    @CurrentCaller() caller: Caller,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() body: OverrideOrderRequest,
    @OnceParam() once: Once,
  ): Promise<OverriddenOrderResponse> {
    return once.run((tx) => this.decisions.override(tx, caller, orderId, body));
  }
}
