import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Scoped, UsersOnly, type Caller } from '../../identity';
import {
  AcceptedLanguage,
  OnceParam,
  PageRequest,
  Problems,
  TakesIdempotencyKey,
  TakesLanguage,
  type Language,
  type Once,
} from '../../platform/http';
import { OrderCountsResponse, OrderNoteListResponse, OrderNoteResponse } from '../dto/order-life.response';
import { OrderNoteRequest, StoreCancelRequest } from '../dto/order.request';
import { HistoryResponse, OrderResponse } from '../dto/order.response';
import { OrderCompletion } from './order-completion';
import { OrderCounts } from './order-counts';
import { OrderDecisions } from './order-decisions';
import { OrderHistory } from './order-history';
import { OrderNotes } from './order-notes';

@ApiTags('Merchant: orders')
@ApiBearerAuth()
@UsersOnly()
@Scoped('merchant')
@Controller('merchant/stores/:storeId/orders')
export class MerchantOrderLifeController {
  constructor(
    private readonly counts: OrderCounts,
    private readonly decisions: OrderDecisions,
    private readonly completion: OrderCompletion,
    private readonly history: OrderHistory,
    private readonly notes: OrderNotes,
  ) {}

  @ApiOperation({ summary: 'How many orders of my store stand where', description: 'By state, all of them.' })
  @Problems(400, 401, 403, 404)
  @Get('counts')
  countStoreOrders(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
  ): Promise<OrderCountsResponse> {
    return this.counts.ofStore(caller, storeId);
  }

  @TakesLanguage()
  @ApiOperation({
    summary: 'What happened to an order of my store',
    description: 'Who changed what, when and why, oldest first: the same timeline that its buyer sees.',
  })
  @Problems(400, 401, 403, 404)
  @Get(':orderId/history')
  getStoreOrderHistory(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Query() query: PageRequest,
    @AcceptedLanguage() language: Language | undefined,
  ): Promise<HistoryResponse> {
    return this.history.ofStore(caller, storeId, orderId, query, language);
  }

  @ApiOperation({
    summary: 'Cancel an order of my store',
    description:
      'Before anything of it is shipped: what was paid goes back to the buyer, its goods to the stock. The buyer reads why. Again: the same.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @HttpCode(200)
  @Post(':orderId/cancel')
  cancelStoreOrder(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() body: StoreCancelRequest,
    @OnceParam() once: Once,
  ): Promise<OrderResponse> {
    return once.run((tx) => this.decisions.cancelByMerchant(tx, caller, storeId, orderId, body));
  }

  @ApiOperation({ summary: 'Say that an order has arrived', description: 'Of one that was shipped. Again: the same.' })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @HttpCode(200)
  @Post(':orderId/delivered')
  deliverStoreOrder(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @OnceParam() once: Once,
  ): Promise<OrderResponse> {
    return once.run((tx) => this.completion.delivered(tx, caller, storeId, orderId));
  }

  @ApiOperation({
    summary: 'Mark an order of my store complete',
    description:
      'The merchant’s mark, once it has arrived: with the buyer’s it makes a verified sale. Again: the same.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @HttpCode(200)
  @Post(':orderId/complete')
  completeStoreOrder(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @OnceParam() once: Once,
  ): Promise<OrderResponse> {
    return once.run((tx) => this.completion.completeByMerchant(tx, caller, storeId, orderId));
  }

  @ApiOperation({ summary: 'My notes on an order', description: 'Oldest first; the buyer never sees them.' })
  @Problems(400, 401, 403, 404)
  @Get(':orderId/notes')
  listOrderNotes(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Query() query: PageRequest,
  ): Promise<OrderNoteListResponse> {
    return this.notes.list(caller, storeId, orderId, query);
  }

  @ApiOperation({
    summary: 'Note something on an order',
    description: 'For the store alone, at most 200 an order. It is encrypted, and goes when the buyer’s data goes.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @Post(':orderId/notes')
  addOrderNote(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Body() body: OrderNoteRequest,
    @OnceParam() once: Once,
  ): Promise<OrderNoteResponse> {
    return once.run((tx) => this.notes.add(tx, caller, storeId, orderId, body.body));
  }

  @ApiOperation({ summary: 'Remove a note', description: 'For good.' })
  @Problems(400, 401, 403, 404)
  @HttpCode(204)
  @Delete(':orderId/notes/:noteId')
  removeOrderNote(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Param('noteId', ParseUUIDPipe) noteId: string,
  ): Promise<void> {
    return this.notes.remove(caller, storeId, orderId, noteId);
  }
}
