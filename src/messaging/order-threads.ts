import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ClaimRegistry, ErasureRegistry } from '../identity';
import { ORDER_PLACED, OrderConversations, type OrderToConverse } from '../orders';
import type { Tx } from '../platform/database';
import { Events, type DomainEvent, type EventHandler } from '../platform/events';
import type { Summary } from './conversation-row';
import { ConversationsRepository } from './conversations.repository';
import { MessageWriter, type Words } from './message-writer';
import { ConversationClosed } from './messaging.errors';
import { CONVERSATION_MESSAGE, CONVERSATION_OPENED, conversationEvent } from './messaging.events';
import { TOLD_TYPES, threadEventOf } from './thread-events';

/** Names this subscriber in delivery rows, for good. */
const CONSUMER = 'messaging';

/** The buyer in the clear; or, of what is sealed, the reference of buyer and store (BuyerRefs). */
export type Buyer = string | Buffer;

/** Goods that a store is asked about, without an order. */
export interface Inquiry {
  storeId: string;
  buyer: Buyer;
  /** What the buyer wants to say with it. */
  words: Words;
  summary: Omit<Summary, 'number'>;
}

/**
 * Conversations that come of buying: each order at a merchant store opens or joins the one of its buyer and store, with the
 * shopper's own message, and what happens to the order is told there. Events come in no promised order: whichever is the
 * first opens it.
 */
@Injectable()
export class OrderThreads implements OnModuleInit {
  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly writer: MessageWriter,
    private readonly orders: OrderConversations,
    private readonly events: Events,
    private readonly claims: ClaimRegistry,
    private readonly erasures: ErasureRegistry,
  ) {}

  onModuleInit(): void {
    const hear = (type: string, handle: EventHandler) =>
      this.events.subscribe(type, CONSUMER, handle, { together: true });
    hear(ORDER_PLACED, async (tx, event) => void (await this.joined(tx, event.aggregateId)));
    for (const type of TOLD_TYPES) hear(type, (tx, event) => this.tell(tx, event));
    this.claims.register('messaging', (tx, guestId, userId) => this.claim(tx, guestId, userId));
    // Words go with the buyer's key; until then the merchant may read what an order on its way is about.
    this.erasures.register('messaging', (tx, userId) => this.conversations.closeOf(tx, userId), {
      ...{ conversations: true, messages: true, message_reports: true },
    });
  }

  /**
   * Asks a store about goods that it takes no orders for; gives the conversation. Undefined where it would not listen: one
   * side has blocked the other, or the shopper is gone.
   */
  async inquire(tx: Tx, { storeId, buyer, words, summary }: Inquiry): Promise<string | undefined> {
    try {
      const id = await this.opened(tx, storeId, buyer);
      const of = { id, shopperId: nameOf(buyer) };
      const written = await this.writer.ask(tx, of, { ...summary, number: null }, words);
      if (!written) return undefined;
      const said = { messageId: written.id, side: 'buyer' } as const;
      await this.events.publish(tx, conversationEvent(CONVERSATION_MESSAGE, { id, storeId }, said));
      return id;
    } catch (error) {
      if (error instanceof ConversationClosed) return undefined;
      throw error;
    }
  }

  private async tell(tx: Tx, event: DomainEvent): Promise<void> {
    const { aggregateId: orderId } = event;
    const conversationId = await this.joined(tx, orderId);
    if (conversationId === undefined) return;
    const { event: told, ...counts } = threadEventOf(event);
    this.writer.tellOfEvent(tx, conversationId, orderId, told, counts);
  }

  /** The conversation of an order; undefined for one that has none: of a partner store, or of somebody who is gone. */
  private async joined(tx: Tx, orderId: string): Promise<string | undefined> {
    const order = await this.orders.toConverse(tx, orderId);
    if (order?.checkoutMethod !== 'direct') return undefined;
    if (order.conversationId !== null) return order.conversationId;
    const buyer = order.buyerId ?? order.buyerRef;
    if (buyer === null) return undefined;
    try {
      const words = typeof buyer === 'string' ? { body: order.note } : { jwe: order.sealedNote };
      return await this.join(tx, order, buyer, words);
    } catch (error) {
      if (error instanceof ConversationClosed) return undefined;
      throw error;
    }
  }

  private async join(tx: Tx, order: OrderToConverse, buyer: Buyer, words: Words): Promise<string> {
    const { id: orderId, storeId, number, currency, totalCents, items } = order;
    const id = await this.opened(tx, storeId, buyer, order.hasBuyersKey);
    const summary = { number, currency, totalCents, items };
    // First: a conversation's orders are those that it tells of.
    await this.writer.tellOfOrder(tx, { id, shopperId: nameOf(buyer) }, orderId, summary, words);
    this.orders.joinConversation(tx, orderId, id);
    return id;
  }

  private async opened(tx: Tx, storeId: string, buyer: Buyer, hasKey = false): Promise<string> {
    if (typeof buyer === 'string' && !hasKey) await this.writer.keyOf(tx, buyer);
    const { id, opened } = await this.conversations.open(tx, storeId, buyer);
    if (opened) await this.events.publish(tx, conversationEvent(CONVERSATION_OPENED, { id, storeId }));
    return id;
  }

  /** What a guest said becomes the user's; where both spoke with one store, the two conversations become one. */
  private async claim(tx: Tx, guestId: string, userId: string): Promise<void> {
    const all = await this.conversations.lockOf(tx, [guestId, userId]);
    for (const guests of all.filter(({ shopperId }) => shopperId === guestId)) {
      const users = all.find(({ shopperId, storeId }) => shopperId === userId && storeId === guests.storeId);
      if (!users) {
        await this.conversations.move(tx, guests.id, userId);
        continue;
      }
      await this.orders.moveConversation(tx, await this.conversations.ordersOf(tx, guests.id), users.id);
      await this.conversations.join(tx, guests.id, users.id);
    }
  }
}

function nameOf(buyer: Buyer): string | null {
  return typeof buyer === 'string' ? buyer : null;
}
