import {
  Body,
  Controller,
  Get,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Post,
  Query,
  Sse,
  type MessageEvent,
} from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Observable } from 'rxjs';
import { CurrentCaller, Scoped, UsersOnly, type Caller } from '../identity';
import { EventStream, OnceParam, PageRequest, Problems, TakesIdempotencyKey, type Once } from '../platform/http';
import { Conversations, type Speaker } from './conversations.service';
import { ReadConversationRequest, ReportMessageRequest, WriteMessageRequest } from './dto/conversation.request';
import {
  ConversationListResponse,
  ConversationNowResponse,
  ConversationResponse,
  MessageListResponse,
  MessageReportResponse,
  MessageResponse,
  UnreadResponse,
} from './dto/conversation.response';
import { MessageReports } from './message-reports';
import { MESSAGES, REPORTS } from './messaging.limits';

const merchant = (caller: Caller, storeId: string): Speaker => ({ side: 'merchant', caller, storeId });

@ApiTags('Merchant: conversations')
@ApiBearerAuth()
@UsersOnly()
@Scoped('merchant')
@Controller('merchant/stores/:storeId/conversations')
export class MerchantConversationsController {
  constructor(
    private readonly conversations: Conversations,
    private readonly reports: MessageReports,
  ) {}

  @ApiOperation({
    summary: 'The conversations of my store',
    description: 'One with each buyer, the latest message first.',
  })
  @Problems(400, 401, 403, 404)
  @Get()
  listStoreConversations(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Query() query: PageRequest,
  ): Promise<ConversationListResponse> {
    return this.conversations.listOfStore(caller, storeId, query);
  }

  @ApiOperation({ summary: 'What my store has not read', description: 'Over all of its conversations.' })
  @Problems(400, 401, 403, 404)
  @Get('unread')
  getStoreUnread(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
  ): Promise<UnreadResponse> {
    return this.conversations.unreadOfStore(caller, storeId);
  }

  @ApiOperation({
    summary: 'One conversation of my store',
    description: 'With its orders, what is unread, and its latest 20 messages.',
  })
  @Problems(400, 401, 403, 404)
  @Get(':conversationId')
  getStoreConversation(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('conversationId', ParseUUIDPipe) id: string,
  ): Promise<ConversationNowResponse> {
    return this.conversations.find(merchant(caller, storeId), id);
  }

  @ApiOperation({
    summary: 'What was said to my store',
    description: 'The latest first: words of both sides, orders, and what happened to them.',
  })
  @Problems(400, 401, 403, 404)
  @Get(':conversationId/messages')
  listStoreMessages(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('conversationId', ParseUUIDPipe) id: string,
    @Query() query: PageRequest,
  ): Promise<MessageListResponse> {
    return this.conversations.messages(merchant(caller, storeId), id, query);
  }

  @ApiOperation({
    summary: 'Answer a buyer',
    description:
      'Plain text, which Muse keeps encrypted; of a sealed conversation sealed for the buyer’s key (the `replyKey` of an order) and your store’s, and bound by `aad` to the conversation, the store and `merchantMessage`.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422, 429)
  @Post(':conversationId/messages')
  writeStoreMessage(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('conversationId', ParseUUIDPipe) id: string,
    @Body() body: WriteMessageRequest,
    @OnceParam() once: Once,
  ): Promise<MessageResponse> {
    return once.run((tx) => this.conversations.write(tx, merchant(caller, storeId), id, body), MESSAGES);
  }

  @ApiOperation({
    summary: 'Mark as read by my store',
    description: 'Everything up to a message. The buyer sees it; marks only go on.',
  })
  @Problems(400, 401, 403, 404)
  @HttpCode(200)
  @Post(':conversationId/read')
  readStoreConversation(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('conversationId', ParseUUIDPipe) id: string,
    @Body() { messageId }: ReadConversationRequest,
  ): Promise<ConversationResponse> {
    return this.conversations.read(merchant(caller, storeId), id, messageId);
  }

  @ApiOperation({
    summary: 'Block a buyer',
    description: 'Neither side can write any more; what happens to orders is still told. Again: the same.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @HttpCode(200)
  @Post(':conversationId/block')
  blockBuyer(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('conversationId', ParseUUIDPipe) id: string,
    @OnceParam() once: Once,
  ): Promise<ConversationResponse> {
    return once.run((tx) => this.conversations.setBlocked(tx, merchant(caller, storeId), id, true));
  }

  @ApiOperation({
    summary: 'Unblock a buyer',
    description: 'Both can write again, unless the buyer has blocked, too. Again: the same.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @HttpCode(200)
  @Post(':conversationId/unblock')
  unblockBuyer(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('conversationId', ParseUUIDPipe) id: string,
    @OnceParam() once: Once,
  ): Promise<ConversationResponse> {
    return once.run((tx) => this.conversations.setBlocked(tx, merchant(caller, storeId), id, false));
  }

  @ApiOperation({
    summary: 'Report a message of a buyer',
    description: 'To support, which can read this message then. Again: the first report.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422, 429)
  @Post(':conversationId/messages/:messageId/report')
  reportStoreMessage(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('conversationId', ParseUUIDPipe) id: string,
    @Param('messageId', ParseUUIDPipe) messageId: string,
    @Body() body: ReportMessageRequest,
    @OnceParam() once: Once,
  ): Promise<MessageReportResponse> {
    return once.run((tx) => this.reports.report(tx, merchant(caller, storeId), id, messageId, body), REPORTS);
  }

  @ApiOperation({
    summary: 'Stream a conversation of my store',
    description:
      'Server-sent events: `conversation`, with the conversation and its latest 20 messages as data, and its version as id, on connecting and at every change.',
  })
  @EventStream('conversation', ConversationNowResponse)
  @Problems(400, 401, 403, 404, 429)
  @Sse(':conversationId/events')
  streamStoreConversation(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('conversationId', ParseUUIDPipe) id: string,
  ): Promise<Observable<MessageEvent>> {
    return this.conversations.stream(merchant(caller, storeId), id);
  }
}
