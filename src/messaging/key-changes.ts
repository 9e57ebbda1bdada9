import { Injectable, type OnModuleInit } from '@nestjs/common';
import { statement, type Tx } from '../platform/database';
import { Events, type DomainEvent } from '../platform/events';
import { ConversationsRepository } from './conversations.repository';
import { MessageWriter } from './message-writer';
import { CONVERSATION_KEY_CHANGED, conversationEvent } from './messaging.events';

/** Names this subscriber in delivery rows, for good. */
const CONSUMER = 'messaging';
/** Deliveries of one statement share a job, and its lease: few enough to be over within it. */
const AT_ONCE = 50;

// Sealed ones, and open ones in which somebody has sealed something. Of a user only open ones: nothing leads to the others.
const CONCERNED = (whose: 'store_id' | 'shopper_id') =>
  statement(
    `messaging.concerned_by_key_of_${whose}`,
    `SELECT c.id, c.store_id AS "storeId" FROM conversations c
      WHERE c.${whose} = $1 AND c.joined_into IS NULL AND c.closed_at IS NULL AND c.id > $2
        AND (c.sealed OR EXISTS (SELECT FROM messages m WHERE m.conversation_id = c.id AND m.jwe IS NOT NULL AND NOT m.sealed))
      ORDER BY c.id LIMIT ${AT_ONCE}`,
  );
const OF_STORE = CONCERNED('store_id');
const OF_USER = CONCERNED('shopper_id');
const FIRST = '00000000-0000-0000-0000-000000000000';

/**
 * Tells the other side when things are sealed for another key: in each conversation that it concerns, and as news of it. Of a
 * user who is in a sealed conversation nothing is told there, for it would say who that is: they say it themselves (`newKey`).
 */
@Injectable()
export class KeyChanges implements OnModuleInit {
  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly writer: MessageWriter,
    private readonly events: Events,
  ) {}

  onModuleInit(): void {
    this.events.subscribe('identity.key_changed', CONSUMER, (tx, event) => this.spread(tx, event));
    // Each conversation by itself: none is locked until all others are told.
    this.events.subscribe(CONVERSATION_KEY_CHANGED, CONSUMER, (tx, event) => this.tell(tx, event));
  }

  private async spread(tx: Tx, { aggregateId, payload }: DomainEvent): Promise<void> {
    const ofStore = payload['subjectKind'] === 'store';
    const told = {
      side: ofStore ? 'merchant' : 'buyer',
      code: payload['kid'] === null ? 'retired' : 'replaced',
    } as const;
    for (let after = FIRST; ;) {
      const values = [aggregateId, after];
      const found = await tx.rows<{ id: string; storeId: string }>(ofStore ? OF_STORE : OF_USER, values);
      await this.events.publish(tx, ...found.map((one) => conversationEvent(CONVERSATION_KEY_CHANGED, one, told)));
      if (found.length < AT_ONCE) return;
      after = found.at(-1)!.id;
    }
  }

  private async tell(tx: Tx, { type, aggregateId, payload, occurredAt }: DomainEvent): Promise<void> {
    // Joined into another meanwhile, perhaps.
    const conversation = await this.conversations.byId(aggregateId, tx);
    if (!conversation) return;
    const { side, code } = payload;
    const event = { type, occurredAt: occurredAt.toISOString(), side, code };
    const counts = { countsForBuyer: side === 'merchant', countsForMerchant: side === 'buyer' };
    this.writer.tellOfEvent(tx, conversation.id, null, event, counts);
  }
}
