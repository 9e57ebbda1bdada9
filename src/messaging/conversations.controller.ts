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
import { CurrentCaller, Scoped, type Caller, type TokenHolder } from '../identity';
import { OpenToLinks } from '../orders';
import type { Tx } from '../platform/database';
import {
  EventStream,
  OnceParam,
  PageRequest,
  Problems,
  TakesIdempotencyKey,
  type Limit,
  type Once,
} from '../platform/http';
import { Conversations, type Speaker } from './conversations.service';
import {
  ListConversationsRequest,
  OpenConversationRequest,
  ReadConversationRequest,
  ReportMessageRequest,
  WriteMessageRequest,
} from './dto/conversation.request';
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
import { MESSAGES, OPENINGS, REPORTS } from './messaging.limits';

/** Or whoever holds the token that stands for the buyer of an order. */
type Buyer = Caller | TokenHolder;

const buyer = (caller: Buyer): Speaker => ({ side: 'buyer', caller });

@ApiTags('Conversations')
@ApiBearerAuth()
@Controller('conversations')
export class ConversationsController {
  constructor(
    private readonly conversations: Conversations,
    private readonly reports: MessageReports,
  ) {}

  @ApiOperation({
    summary: 'My conversations',
    description:
      'One with each merchant store, the latest message first. Sealed ones are found by their store alone (`storeId`): nothing else leads from an account to them.',
  })
  @Problems(400, 401)
  @Scoped('orders:read')
  @Get()
  listConversations(
    @CurrentCaller() caller: Caller,
    @Query() query: ListConversationsRequest,
  ): Promise<ConversationListResponse> {
    return this.conversations.listOfBuyer(caller, query);
  }

  @ApiOperation({
    summary: 'Write to a merchant store',
    description:
      'Before or after ordering: a question, in the one conversation with this store. It is opened where there is none; an order at the store opens it, too. Sealed by you (`jwe`) it is bound to the conversation, whose `id` you choose then.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409, 422, 429)
  @Scoped('orders:write')
  @Post()
  openConversation(
    @CurrentCaller() caller: Caller,
    @Body() body: OpenConversationRequest,
    @OnceParam() once: Once,
  ): Promise<ConversationResponse> {
    return this.once(
      once,
      caller,
      undefined,
      (tx) => this.conversations.open(tx, caller, body),
      (tx) => this.conversations.withStore(tx, caller, body.storeId),
      OPENINGS,
    );
  }

  @ApiOperation({ summary: 'What I have not read', description: 'Over all of my conversations.' })
  @Problems(401)
  @Scoped('orders:read')
  @Get('unread')
  getUnread(@CurrentCaller() caller: Caller): Promise<UnreadResponse> {
    return this.conversations.unreadOfBuyer(caller);
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'One conversation',
    description: 'With its orders, what is unread, and its latest 20 messages.',
  })
  @Problems(400, 401, 404)
  @Scoped('orders:read')
  @Get(':id')
  getConversation(
    @CurrentCaller() caller: Buyer,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<ConversationNowResponse> {
    return this.conversations.find(buyer(caller), id);
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'What was said',
    description: 'The latest first: words of both sides, orders, and what happened to them.',
  })
  @Problems(400, 401, 404)
  @Scoped('orders:read')
  @Get(':id/messages')
  listMessages(
    @CurrentCaller() caller: Buyer,
    @Param('id', ParseUUIDPipe) id: string,
    @Query() query: PageRequest,
  ): Promise<MessageListResponse> {
    return this.conversations.messages(buyer(caller), id, query);
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Say something',
    description:
      'Plain text, which Muse keeps encrypted; or sealed by you, which Muse cannot read: for both sides where both have a key, and bound by `aad` to the conversation, the store and `buyerMessage`. docs/examples has a client that does it.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409, 422, 429)
  @Scoped('orders:write')
  @Post(':id/messages')
  writeMessage(
    @CurrentCaller() caller: Buyer,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: WriteMessageRequest,
    @OnceParam() once: Once,
  ): Promise<MessageResponse> {
    return this.once(
      once,
      caller,
      id,
      (tx) => this.conversations.write(tx, buyer(caller), id, body),
      (tx) => this.conversations.latestOwn(tx, buyer(caller), id),
      MESSAGES,
    );
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Mark as read',
    description: 'Everything up to a message. The other side sees it; marks only go on.',
  })
  @Problems(400, 401, 404)
  @Scoped('orders:write')
  @HttpCode(200)
  @Post(':id/read')
  readConversation(
    @CurrentCaller() caller: Buyer,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { messageId }: ReadConversationRequest,
  ): Promise<ConversationResponse> {
    return this.conversations.read(buyer(caller), id, messageId);
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Block the store',
    description: 'Neither side can write any more; what happens to orders is still told. Again: the same.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409, 422)
  @Scoped('orders:write')
  @HttpCode(200)
  @Post(':id/block')
  blockConversation(
    @CurrentCaller() caller: Buyer,
    @Param('id', ParseUUIDPipe) id: string,
    @OnceParam() once: Once,
  ): Promise<ConversationResponse> {
    const work = (tx: Tx) => this.conversations.setBlocked(tx, buyer(caller), id, true);
    return this.once(once, caller, id, work, work);
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Unblock the store',
    description: 'Both can write again, unless the store has blocked, too. Again: the same.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409, 422)
  @Scoped('orders:write')
  @HttpCode(200)
  @Post(':id/unblock')
  unblockConversation(
    @CurrentCaller() caller: Buyer,
    @Param('id', ParseUUIDPipe) id: string,
    @OnceParam() once: Once,
  ): Promise<ConversationResponse> {
    const work = (tx: Tx) => this.conversations.setBlocked(tx, buyer(caller), id, false);
    return this.once(once, caller, id, work, work);
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Report a message',
    description: 'Of the store, to support, which can read this message then. Again: the first report.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409, 422, 429)
  @Scoped('orders:write')
  @Post(':id/messages/:messageId/report')
  reportMessage(
    @CurrentCaller() caller: Buyer,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('messageId', ParseUUIDPipe) messageId: string,
    @Body() body: ReportMessageRequest,
    @OnceParam() once: Once,
  ): Promise<MessageReportResponse> {
    const work = (tx: Tx) => this.reports.report(tx, buyer(caller), id, messageId, body);
    return this.once(once, caller, id, work, work, REPORTS);
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Stream a conversation',
    description:
      'Server-sent events: `conversation`, with the conversation and its latest 20 messages as data, and its version as id, on connecting and at every change.',
  })
  @EventStream('conversation', ConversationNowResponse)
  @Problems(400, 401, 404, 429)
  @Scoped('orders:read')
  @Sse(':id/events')
  streamConversation(
    @CurrentCaller() caller: Buyer,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<Observable<MessageEvent>> {
    return this.conversations.stream(buyer(caller), id);
  }

  /** Of what belongs to a sealed conversation it is recorded that it happened, and not by whom. */
  private async once<T extends object>(
    once: Once,
    caller: Buyer,
    id: string | undefined,
    work: (tx: Tx) => Promise<T>,
    again: (tx: Tx) => Promise<T>,
    limit?: Limit,
  ): Promise<T> {
    return once.run(work, limit, once.hasKey && (await this.conversations.isPrivate(caller, id)) ? again : undefined);
  }
}
