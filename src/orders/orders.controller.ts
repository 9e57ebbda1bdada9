import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Post,
  Put,
  Query,
  Res,
  Sse,
  type MessageEvent,
} from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Observable } from 'rxjs';
import { CurrentCaller, Scoped, type Caller } from '../identity';
import {
  AcceptedLanguage,
  EventStream,
  IfMatch,
  Limited,
  OnceParam,
  PageRequest,
  Problems,
  TakesIdempotencyKey,
  TakesIfMatch,
  TakesLanguage,
  type Language,
  type Once,
} from '../platform/http';
import { CancelOrderRequest, ListOrdersRequest, PayOrderRequest } from './dto/order.request';
import { HistoryResponse, OrderListResponse, OrderResponse, TrackingResponse } from './dto/order.response';
import { OrderAccessTokenListResponse } from './dto/order-access-token.response';
import { RefundListResponse } from './dto/refund.response';
import { OrderDecisions } from './life/order-decisions';
import { OrderHistory } from './life/order-history';
import { OpenToLinks } from './links/open-to-links.decorator';
import { OrderAccessTokens } from './links/order-access-tokens';
import { OrderPaying } from './paying/order-paying';
import { OrderRefunds } from './paying/order-refunds';
import { RESUMES } from './orders.limits';
import { OrdersService, type OrderReader } from './orders.service';

@ApiTags('Orders')
@ApiBearerAuth()
@Controller('orders')
export class OrdersController {
  constructor(
    private readonly orders: OrdersService,
    private readonly paying: OrderPaying,
    private readonly refunds: OrderRefunds,
    private readonly links: OrderAccessTokens,
    private readonly decisions: OrderDecisions,
    private readonly timeline: OrderHistory,
  ) {}

  @ApiOperation({ summary: 'All my orders', description: 'Of every store, newest first, with filters and search.' })
  @Problems(400, 401)
  @Scoped('orders:read')
  @Get()
  listOrders(@CurrentCaller() caller: Caller, @Query() query: ListOrdersRequest): Promise<OrderListResponse> {
    return this.orders.list(caller, query);
  }

  @OpenToLinks()
  @ApiOperation({ summary: 'One order', description: 'With what its buyer may do next (`allowedActions`).' })
  @Problems(400, 401, 404)
  @Scoped('orders:read')
  @Get(':id')
  getOrder(@CurrentCaller() caller: OrderReader, @Param('id', ParseUUIDPipe) id: string): Promise<OrderResponse> {
    return this.orders.find(caller, id);
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Where its parcels are',
    description: 'What is known of its way, newest event last; `unknown` before it was shipped.',
  })
  @Problems(400, 401, 404)
  @Scoped('orders:read')
  @Get(':id/tracking')
  getOrderTracking(
    @CurrentCaller() caller: OrderReader,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<TrackingResponse> {
    return this.orders.tracking(caller, id);
  }

  @OpenToLinks()
  @TakesLanguage()
  @ApiOperation({ summary: 'What happened to it', description: 'Who changed what, when and why, oldest first.' })
  @Problems(400, 401, 404)
  @Scoped('orders:read')
  @Get(':id/history')
  getOrderHistory(
    @CurrentCaller() caller: OrderReader,
    @Param('id', ParseUUIDPipe) id: string,
    @Query() query: PageRequest,
    @AcceptedLanguage() language: Language | undefined,
  ): Promise<HistoryResponse> {
    return this.timeline.ofBuyer(caller, id, query, language);
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Stream an order',
    description:
      'Server-sent events: `order`, with the whole order as data and its version as id, on connecting and at every change.',
  })
  @EventStream('order', OrderResponse)
  @Problems(400, 401, 404, 429)
  @Scoped('orders:read')
  @Sse(':id/events')
  streamOrder(
    @CurrentCaller() caller: OrderReader,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<Observable<MessageEvent>> {
    return this.orders.stream(caller, id);
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Cancel an order',
    description:
      'Before anything of it is shipped; the stock goes back to the store, and what was paid to the buyer. A store that Muse speaks to by its own interface is asked, where it offers that (`allowedActions`): 202, and `storeRequest` says what came of it. Orders placed on a store’s own site are cancelled there.',
  })
  @ApiResponse({ status: 200, type: OrderResponse, description: 'It is cancelled, or the store has taken that it is' })
  @ApiResponse({ status: 202, type: OrderResponse, description: 'The store is being asked' })
  @TakesIfMatch()
  @Problems(400, 401, 404, 409, 412, 422)
  @Scoped('orders:write')
  @Put(':id/cancel')
  async cancelOrder(
    @CurrentCaller() caller: OrderReader,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: CancelOrderRequest,
    @IfMatch() version: number | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderResponse> {
    const order = await this.decisions.cancel(caller, id, body, version);
    if (order.storeRequest?.status === 'pending') reply.status(202);
    return order;
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Pay an order',
    description:
      'That was left for later and that the store has confirmed, or whose payment has failed. What comes of it is seen in the order: `paymentStatus`, and `action` where the buyer has to authenticate.',
  })
  @TakesIdempotencyKey(true)
  @Problems(400, 401, 404, 409, 422, 429)
  @Scoped('orders:write')
  @HttpCode(202)
  @Post(':id/pay')
  payOrder(
    @CurrentCaller() caller: OrderReader,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: PayOrderRequest,
    @OnceParam() once: Once,
  ): Promise<OrderResponse> {
    return this.paying.pay(once, caller, id, body);
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Go on paying after authenticating',
    description:
      'For the client whose buyer has done what the order’s `action` asked for. Goes on at once; without it, the payment provider tells Muse a little later, to the same end.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409, 422, 429)
  @Scoped('orders:write')
  @Limited({ ...RESUMES, by: 'caller' })
  @HttpCode(200)
  @Post(':id/pay/resume')
  resumePayment(
    @CurrentCaller() caller: OrderReader,
    @Param('id', ParseUUIDPipe) id: string,
    @OnceParam() once: Once,
  ): Promise<OrderResponse> {
    return this.paying.resume(once, caller, id);
  }

  @OpenToLinks()
  @ApiOperation({ summary: 'What went back', description: 'The refunds of an order, oldest first.' })
  @Problems(400, 401, 404)
  @Scoped('orders:read')
  @Get(':id/refunds')
  listRefunds(
    @CurrentCaller() caller: OrderReader,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<RefundListResponse> {
    return this.refunds.ofBuyer(caller, id);
  }

  @ApiOperation({
    summary: 'The links to an order',
    description:
      'That were mailed and still work: whoever holds one can look at this order, and at nothing else, for 180 days.',
  })
  @Problems(400, 401, 404)
  @Get(':id/access-tokens')
  listOrderAccessTokens(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @Query() query: PageRequest,
  ): Promise<OrderAccessTokenListResponse> {
    return this.links.list(caller, id, query);
  }

  @ApiOperation({ summary: 'Revoke a link to an order', description: 'It ends at once; again: the same.' })
  @Problems(400, 401, 404)
  @HttpCode(204)
  @Delete(':id/access-tokens/:tokenId')
  revokeOrderAccessToken(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('tokenId', ParseUUIDPipe) tokenId: string,
  ): Promise<void> {
    return this.links.revoke(caller, id, tokenId);
  }
}
