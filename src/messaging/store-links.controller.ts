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
import { CurrentCaller, Forbidden, TakesTokenOf, UsersOnly, type Caller, type TokenHolder } from '../identity';
import { Database } from '../platform/database';
import {
  EventStream,
  Limited,
  OnceParam,
  PageRequest,
  Problems,
  Public,
  TakesIdempotencyKey,
  type Once,
} from '../platform/http';
import { ManagedStoreResponse } from '../stores';
import { Conversations, type Speaker } from './conversations.service';
import { ClaimStoreRequest, ReadConversationRequest, WriteMessageRequest } from './dto/conversation.request';
import {
  ConversationNowResponse,
  ConversationResponse,
  MessageListResponse,
  MessageResponse,
  SealedLinksResponse,
} from './dto/conversation.response';
import { CLAIMS, MESSAGES } from './messaging.limits';
import { STORE_LINK, StoreLinks } from './store-links';

/** Throws Forbidden for callers with an account: what is shown here is what a link opens. */
function contact(holder: Caller | TokenHolder): Speaker {
  if (holder.kind !== 'token') throw new Forbidden();
  return { side: 'merchant', link: holder };
}

@ApiTags('Store links')
@Controller('store-links')
export class StoreLinksController {
  constructor(
    private readonly conversations: Conversations,
    private readonly links: StoreLinks,
    private readonly database: Database,
  ) {}

  @ApiOperation({
    summary: 'Links for the holder of a store’s key',
    description:
      'Of an unclaimed store that is reached by its key: anybody may ask, and the holder of the private key alone can read the answer. Asked again, it holds the same tokens, until the contact changes or the store is claimed.',
  })
  @Public()
  @Limited({ name: 'store-links', most: 60, perSeconds: 3_600, by: 'address' })
  @Problems(400, 404, 429)
  @HttpCode(200)
  @Post('stores/:storeId')
  async askForLinks(@Param('storeId', ParseUUIDPipe) storeId: string): Promise<SealedLinksResponse> {
    return { sealed: await this.database.transaction((tx) => this.links.sealedLinks(tx, storeId)) };
  }

  @ApiOperation({
    summary: 'The conversation of a link',
    description:
      'For the contact of an unclaimed store, with the token of the mailed link: one conversation, as the store sees it.',
  })
  @ApiBearerAuth('storeLink')
  @TakesTokenOf(STORE_LINK)
  @Problems(401, 403, 404)
  @Get('conversation')
  getLinkedConversation(@CurrentCaller() holder: TokenHolder): Promise<ConversationNowResponse> {
    return this.conversations.find(contact(holder));
  }

  @ApiOperation({ summary: 'What was said, by a link', description: 'The latest first.' })
  @ApiBearerAuth('storeLink')
  @TakesTokenOf(STORE_LINK)
  @Problems(400, 401, 403, 404)
  @Get('conversation/messages')
  listLinkedMessages(@CurrentCaller() holder: TokenHolder, @Query() query: PageRequest): Promise<MessageListResponse> {
    return this.conversations.messages(contact(holder), undefined, query);
  }

  @ApiOperation({ summary: 'Answer by a link', description: 'On the store’s side, without an account.' })
  @ApiBearerAuth('storeLink')
  @TakesTokenOf(STORE_LINK)
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422, 429)
  @Post('conversation/messages')
  writeLinkedMessage(
    @CurrentCaller() holder: TokenHolder,
    @Body() body: WriteMessageRequest,
    @OnceParam() once: Once,
  ): Promise<MessageResponse> {
    const speaker = contact(holder);
    return once.run((tx) => this.conversations.write(tx, speaker, undefined, body), MESSAGES);
  }

  @ApiOperation({
    summary: 'Mark as read by a link',
    description: 'Everything up to a message; the next mail comes when there is something new.',
  })
  @ApiBearerAuth('storeLink')
  @TakesTokenOf(STORE_LINK)
  @Problems(400, 401, 403, 404)
  @HttpCode(200)
  @Post('conversation/read')
  readLinkedConversation(
    @CurrentCaller() holder: TokenHolder,
    @Body() { messageId }: ReadConversationRequest,
  ): Promise<ConversationResponse> {
    return this.conversations.read(contact(holder), undefined, messageId);
  }

  @ApiOperation({
    summary: 'Block the buyer by a link',
    description: 'Nothing more is written, and nobody is mailed about it. Again: the same.',
  })
  @ApiBearerAuth('storeLink')
  @TakesTokenOf(STORE_LINK)
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @HttpCode(200)
  @Post('conversation/block')
  blockLinkedConversation(
    @CurrentCaller() holder: TokenHolder,
    @OnceParam() once: Once,
  ): Promise<ConversationResponse> {
    const speaker = contact(holder);
    return once.run((tx) => this.conversations.setBlocked(tx, speaker, undefined, true));
  }

  @ApiOperation({ summary: 'Unblock the buyer by a link', description: 'Again: the same.' })
  @ApiBearerAuth('storeLink')
  @TakesTokenOf(STORE_LINK)
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @HttpCode(200)
  @Post('conversation/unblock')
  unblockLinkedConversation(
    @CurrentCaller() holder: TokenHolder,
    @OnceParam() once: Once,
  ): Promise<ConversationResponse> {
    const speaker = contact(holder);
    return once.run((tx) => this.conversations.setBlocked(tx, speaker, undefined, false));
  }

  @ApiOperation({
    summary: 'Stream the conversation of a link',
    description:
      'Server-sent events: `conversation`, with the conversation and its latest 20 messages as data, and its version as id, on connecting and at every change.',
  })
  @EventStream('conversation', ConversationNowResponse)
  @ApiBearerAuth('storeLink')
  @TakesTokenOf(STORE_LINK)
  @Problems(401, 403, 404, 429)
  @Sse('conversation/events')
  async streamLinkedConversation(@CurrentCaller() holder: TokenHolder): Promise<Observable<MessageEvent>> {
    return this.conversations.stream(contact(holder));
  }

  @ApiOperation({
    summary: 'Claim an unclaimed store',
    description:
      'By the token of a link that was mailed to its contact: the store, with its goods and conversations, becomes one of your own. Its links end.',
  })
  @ApiBearerAuth()
  @UsersOnly()
  @TakesIdempotencyKey()
  @Limited({ ...CLAIMS, by: 'caller' })
  @Problems(400, 401, 403, 404, 409, 422, 429)
  @HttpCode(200)
  @Post('claim')
  claimStore(
    @CurrentCaller() caller: Caller,
    @Body() { token }: ClaimStoreRequest,
    @OnceParam() once: Once,
  ): Promise<ManagedStoreResponse> {
    return once.run((tx) => this.links.claim(tx, caller, token));
  }
}
