import { Injectable, type MessageEvent } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { Accounts, Unauthenticated, type Caller, type TokenHolder } from '../identity';
import { Database, type Reader, type Tx } from '../platform/database';
import { Events, Streams } from '../platform/events';
import {
  InvalidRequest,
  NotFound,
  decodeCursor,
  decodeIdCursor,
  encodeCursor,
  page,
  type PageRequest,
} from '../platform/http';
import { BuyerRefs } from '../orders';
import { StoreDirectory } from '../stores';
import type { ConversationRow, MessageRow, Side } from './conversation-row';
import { ConversationsRepository } from './conversations.repository';
import {
  WriteMessageRequest,
  type ListConversationsRequest,
  type OpenConversationRequest,
} from './dto/conversation.request';
import {
  ConversationResponse,
  MessageResponse,
  blockedBy,
  type ConversationListResponse,
  type ConversationNowResponse,
  type MessageListResponse,
  type UnreadResponse,
} from './dto/conversation.response';
import { MessageWriter, type Words } from './message-writer';
import { ConversationBlocked, ConversationClosed, MessageMustBeSealed } from './messaging.errors';
import {
  CONVERSATION_BLOCKED,
  CONVERSATION_KEY_CHANGED,
  CONVERSATION_MESSAGE,
  CONVERSATION_OPENED,
  CONVERSATION_UNBLOCKED,
  conversationEvent,
} from './messaging.events';
import { SealedWords } from './sealed-words';

const SHOWN_WITH_IT = 20;

/**
 * Who speaks, and for which side: a buyer, or whoever holds the token that stands for the buyer of an order; the merchant of a
 * store, or whoever holds the link to one conversation of an unclaimed store.
 */
export type Speaker =
  | { side: 'buyer'; caller: Caller | TokenHolder }
  | { side: 'merchant'; caller: Caller; storeId: string }
  | { side: 'merchant'; link: TokenHolder };

/**
 * What buyers and merchants say to each other. Errors of all: NotFound. Of writing: ConversationBlocked, ConversationClosed,
 * MessageMustBeSealed, InvalidRequest.
 */
@Injectable()
export class Conversations {
  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly writer: MessageWriter,
    private readonly references: BuyerRefs,
    private readonly stores: StoreDirectory,
    private readonly sealedWords: SealedWords,
    private readonly accounts: Accounts,
    private readonly database: Database,
    private readonly events: Events,
    private readonly streams: Streams,
  ) {}

  /** Writes to a merchant store: into the one conversation with it, which is opened where there is none. */
  async open(tx: Tx, caller: Caller, body: OpenConversationRequest): Promise<ConversationResponse> {
    const words = WriteMessageRequest.words(body);
    await this.hold(tx, caller);
    const store = (await this.stores.byIds([body.storeId], tx)).get(body.storeId);
    if (store?.kind !== 'merchant' || store.status !== 'active') throw new NotFound('store');
    // Nobody sells to oneself.
    if (store.ownerUserId === caller.id)
      throw new InvalidRequest([{ pointer: '/storeId', detail: 'must be a store of somebody else' }]);
    const sealed = isParanoid(caller);
    if (sealed && !words.jwe) throw new MessageMustBeSealed();
    // The key before the conversation: making it may wait for another, who may wait for the conversation.
    if (!sealed) await this.writer.keyOf(tx, caller.id);
    const buyer = sealed ? this.references.of(caller.id, store.id) : caller.id;
    const { id, opened } = await this.conversations.open(tx, store.id, buyer, body.id);
    if (opened && words.jwe && body.id === undefined)
      throw new InvalidRequest([{ pointer: '/id', detail: 'is required: what opens a conversation is bound to it' }]);
    if (opened) await this.events.publish(tx, conversationEvent(CONVERSATION_OPENED, { id, storeId: store.id }));
    const speaker: Speaker = { side: 'buyer', caller };
    await this.say(tx, await this.row(speaker, id, tx), speaker, words, body.newKey);
    return this.shown(await this.row(speaker, id, tx), 'buyer');
  }

  /** With what was said last in it. */
  async find(speaker: Speaker, id?: string, reader: Reader = this.database): Promise<ConversationNowResponse> {
    const row = await this.row(speaker, id, reader);
    const messages = await this.conversations.messages(row.id, undefined, SHOWN_WITH_IT, reader);
    return { ...this.shown(row, speaker.side), messages: messages.map((message) => this.message(message)) };
  }

  /** The buyer's own. Sealed ones are not among them, for nothing leads from a buyer to those: unless it is known at which store. */
  async listOfBuyer(
    caller: Caller,
    { storeId, ...query }: ListConversationsRequest,
  ): Promise<ConversationListResponse> {
    if (storeId !== undefined) {
      const found = await this.conversations.ofPair(caller.id, storeId, this.references.of(caller.id, storeId));
      return { data: found.map((row) => this.shown(row, 'buyer')), nextCursor: null };
    }
    return this.list('buyer', caller.id, query, 'buyer');
  }

  async listOfStore(caller: Caller, storeId: string, query: PageRequest): Promise<ConversationListResponse> {
    await this.assertOwn(caller, storeId);
    return this.list('store', storeId, query, 'merchant');
  }

  unreadOfBuyer(caller: Caller): Promise<UnreadResponse> {
    return this.conversations.unread('buyer', caller.id);
  }

  async unreadOfStore(caller: Caller, storeId: string): Promise<UnreadResponse> {
    await this.assertOwn(caller, storeId);
    return this.conversations.unread('store', storeId);
  }

  async messages(speaker: Speaker, id: string | undefined, query: PageRequest): Promise<MessageListResponse> {
    const before = seqOf(query.cursor);
    const conversation = await this.row(speaker, id);
    const found = await this.conversations.messages(conversation.id, before, query.limit + 1);
    const { rows, nextCursor } = page(found, query.limit, (row) => encodeCursor(row.seq));
    return { data: rows.map((row) => this.message(row)), nextCursor };
  }

  async write(tx: Tx, speaker: Speaker, id: string | undefined, body: WriteMessageRequest): Promise<MessageResponse> {
    const words = WriteMessageRequest.words(body);
    if (speaker.side === 'buyer') await this.hold(tx, speaker.caller);
    const conversation = await this.row(speaker, id, tx);
    // Who has asked for privacy since it was opened says nothing that Muse could read.
    if ('caller' in speaker && speaker.side === 'buyer' && isParanoid(speaker.caller) && !words.jwe)
      throw new MessageMustBeSealed();
    return this.say(tx, conversation, speaker, words, body.newKey);
  }

  /** Everything up to this message is read. Marks only go on: an older message changes nothing. */
  async read(speaker: Speaker, id: string | undefined, messageId: string): Promise<ConversationResponse> {
    return this.database.transaction(async (tx) => {
      const { id: conversationId } = await this.row(speaker, id, tx);
      if (!(await this.conversations.markRead(tx, conversationId, speaker.side, messageId)))
        throw new NotFound('message in this conversation');
      return this.shown(await this.row(speaker, id, tx), speaker.side);
    });
  }

  /** Nobody can write any more, until whoever blocked it unblocks it. Again: the same. */
  async setBlocked(tx: Tx, speaker: Speaker, id: string | undefined, blocked: boolean): Promise<ConversationResponse> {
    const { side } = speaker;
    const conversation = await this.row(speaker, id, tx);
    if (await this.conversations.setBlocked(tx, conversation.id, side, blocked)) {
      const type = blocked ? CONVERSATION_BLOCKED : CONVERSATION_UNBLOCKED;
      await this.events.publish(tx, conversationEvent(type, conversation, { side }));
    }
    return this.shown(await this.row(speaker, id, tx), side);
  }

  /** The conversation and its latest messages, now and whenever it changes. Throws NotFound before the stream begins. */
  async stream(speaker: Speaker, id?: string): Promise<Observable<MessageEvent>> {
    const { id: conversationId } = await this.row(speaker, id);
    await this.conversations.watch(conversationId);
    const owner = 'link' in speaker ? speaker.link.id : speaker.caller.id;
    return this.streams.watch(owner, `conversation:${conversationId}`, 'conversation', async () => {
      const data = await this.find(speaker, id);
      return { version: data.version, data };
    });
  }

  /** Whether what is asked may be recorded of nobody: it belongs to a sealed conversation, and the buyer asks. */
  async isPrivate(caller: Caller | TokenHolder, id?: string): Promise<boolean> {
    if (caller.kind === 'token' || isParanoid(caller)) return true;
    return id !== undefined && ((await this.conversations.byId(id))?.sealed ?? false);
  }

  /** The latest message of one's own: the answer to a private request that comes again. */
  async latestOwn(tx: Tx, speaker: Speaker, id: string): Promise<MessageResponse> {
    const { messages } = await this.find(speaker, id, tx);
    return messages.find(({ side }) => side === speaker.side) ?? messages[0]!;
  }

  /** The one with this store, for a request to open it that comes again. */
  async withStore(tx: Tx, caller: Caller, storeId: string): Promise<ConversationResponse> {
    const { id } = await this.conversations.open(tx, storeId, this.references.of(caller.id, storeId));
    return this.shown(await this.row({ side: 'buyer', caller }, id, tx), 'buyer');
  }

  /** Its row, for whoever may see it. Throws NotFound. */
  async row(speaker: Speaker, id?: string, reader: Reader = this.database): Promise<ConversationRow> {
    const row =
      'link' in speaker
        ? await this.conversations.ofLink(speaker.link.id, reader)
        : await this.conversations.byId(id!, reader);
    if (!row || !(await this.mayTakePart(speaker, row, reader))) throw new NotFound('conversation');
    return row;
  }

  /** Throws ConversationBlocked or ConversationClosed where words are refused; for messages that were. */
  assertOpen(row: ConversationRow): void {
    if (row.closed || !row.storeOpen) throw new ConversationClosed();
    const by = blockedBy(row);
    if (by.length > 0) throw new ConversationBlocked(by);
  }

  private async say(
    tx: Tx,
    conversation: ConversationRow,
    speaker: Speaker,
    { body, jwe }: Words,
    newKey = false,
  ): Promise<MessageResponse> {
    this.assertOpen(conversation);
    // What is told elsewhere as a key is published would say here who is in it: so its buyer says it, when they choose to.
    if (newKey && !(conversation.sealed && speaker.side === 'buyer'))
      throw new InvalidRequest([{ pointer: '/newKey', detail: 'is for the buyer of a sealed conversation' }]);
    if (conversation.sealed && !jwe) throw new MessageMustBeSealed();
    const { side } = speaker;
    const words = { body, jwe: jwe && (await this.sealedWords.taken(tx, conversation, speaker, jwe)) };
    const written = await this.writer.say(tx, conversation, side, words);
    if (!written) {
      // Blocked or closed since it was looked at.
      this.assertOpen((await this.conversations.byId(conversation.id, tx))!);
      throw new ConversationClosed();
    }
    const { id: messageId } = written;
    await this.events.publish(tx, conversationEvent(CONVERSATION_MESSAGE, conversation, { messageId, side }));
    if (newKey)
      await this.events.publish(
        tx,
        conversationEvent(CONVERSATION_KEY_CHANGED, conversation, { side, code: 'replaced' }),
      );
    const nothing = { orderId: null, keySubjectId: null, wrapped: null, masterKeyId: null, summary: null, event: null };
    const row: MessageRow = { ...nothing, ...written, side, kind: 'text', body: null, jwe: words.jwe ?? null };
    return MessageResponse.of(row, body ?? null);
  }

  private mayTakePart(speaker: Speaker, row: ConversationRow, reader: Reader): boolean | Promise<boolean> {
    if ('link' in speaker) return true;
    const { id } = speaker.caller;
    if (speaker.side === 'merchant') return row.storeId === speaker.storeId && row.ownerUserId === id;
    if (speaker.caller.kind === 'token') return this.conversations.isOpenTo(id, row.id, reader);
    return row.sealed
      ? row.buyerRef !== null && row.buyerRef.equals(this.references.of(id, row.storeId))
      : row.shopperId === id && !row.closed;
  }

  /** Throws NotFound: not even those who keep an unclaimed store's goods read what it is asked. */
  private async assertOwn({ id }: Caller, storeId: string): Promise<void> {
    const store = (await this.stores.byIds([storeId])).get(storeId);
    if (!store || store.ownerUserId !== id) throw new NotFound('store');
  }

  /** Keeps a guest from signing in, and a user from closing the account, until the transaction ends. Throws Unauthenticated. */
  private async hold(tx: Tx, caller: Caller | TokenHolder): Promise<void> {
    if (caller.kind === 'token') return;
    await this.accounts.holdGuest(tx, caller);
    if (caller.kind === 'user' && !(await this.accounts.toWriteTo(tx, caller.id))) throw new Unauthenticated(true);
  }

  private async list(
    of: 'buyer' | 'store',
    id: string,
    { limit, cursor }: PageRequest,
    reader: Side,
  ): Promise<ConversationListResponse> {
    const found = await this.conversations.list({ of, id, before: decodeIdCursor(cursor), limit: limit + 1 });
    const { rows, nextCursor } = page(found, limit, (row) => encodeCursor(row.lastMessageId));
    return { data: rows.map((row) => this.shown(row, reader)), nextCursor };
  }

  private shown(row: ConversationRow, reader: Side): ConversationResponse {
    return ConversationResponse.of(row, reader, row.latest ? this.writer.open(row.latest) : null);
  }

  private message(row: MessageRow): MessageResponse {
    return MessageResponse.of(row, this.writer.open(row));
  }
}

function isParanoid(caller: Caller | TokenHolder): boolean {
  return caller.kind !== 'token' && caller.privacy === 'paranoid';
}

/** Throws InvalidRequest for a cursor that no list of messages gave. */
function seqOf(cursor: string | undefined): number | undefined {
  const seq = decodeCursor(cursor, 1)?.[0];
  if (seq === undefined || (typeof seq === 'number' && Number.isSafeInteger(seq) && seq > 0 && seq < 2 ** 31))
    return seq;
  throw new InvalidRequest([{ pointer: '/cursor', detail: 'must be a nextCursor that this list gave' }]);
}
