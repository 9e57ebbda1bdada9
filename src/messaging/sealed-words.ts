import { Injectable } from '@nestjs/common';
import { PublicKeys, type Caller, type TokenHolder } from '../identity';
import { readJwe, type Openers } from '../platform/crypto';
import { statement, type Tx } from '../platform/database';
import { InvalidRequest } from '../platform/http';
import type { ConversationRow, Jwe, Side } from './conversation-row';

// What is sealed in an order for more than the store, or says a key to answer to, says that its buyer has one.
const BUYER_HAS_KEY = statement(
  'messaging.buyer_of_orders_has_key',
  `SELECT 1 AS found FROM messages m JOIN orders o ON o.id = m.order_id CROSS JOIN LATERAL jsonb_each(o.sealed_parts) AS part (field, jwe)
    WHERE m.conversation_id = $1 AND m.kind = 'order' AND (part.field = 'replyKey' OR jsonb_array_length(part.jwe->'recipients') > 1) LIMIT 1`,
);

/** Who writes: a side, and for the buyer's whoever it is. */
export type Writer = { side: 'buyer'; caller: Caller | TokenHolder } | { side: 'merchant' };

/**
 * What a message that its sender seals is bound to: its conversation, the store, and who says it. Moved to another
 * conversation, or to the other side, it opens nothing.
 */
export function placeOfMessage(conversationId: string, storeId: string, side: Side): string[] {
  return ['muse', conversationId, storeId, `${side}Message`];
}

/**
 * Messages that their senders have sealed. Muse cannot open them; it sees that they are bound to their place, that both sides
 * can open them where both have a key, and that nothing stands in the clear beside what is sealed. Limit: whose key a
 * recipient without a name is, only whoever opens it knows.
 */
@Injectable()
export class SealedWords {
  constructor(private readonly keys: PublicKeys) {}

  /** As it is kept. Throws InvalidRequest. */
  async taken(tx: Tx, conversation: ConversationRow, writer: Writer, jwe: Jwe): Promise<Jwe> {
    const { id, storeId } = conversation;
    const openers = await this.openersOf(tx, conversation, writer);
    const read = readJwe(jwe, placeOfMessage(id, storeId, writer.side), openers);
    if ('fault' in read) throw new InvalidRequest([{ pointer: '/jwe', detail: read.fault }]);
    return read.jwe;
  }

  /** In a sealed conversation the buyer's key is not named: it would lead to who published it. */
  private async openersOf(tx: Tx, conversation: ConversationRow, writer: Writer): Promise<Openers> {
    const { sealed, shopperId } = conversation;
    const ofStore = await this.activeKid(tx, 'store', conversation.storeId);
    const ofBuyer = sealed || shopperId === null ? undefined : await this.activeKid(tx, 'user', shopperId);
    return {
      kids: [ofStore, ofBuyer].filter((kid) => kid !== undefined),
      unnamed: sealed && (await this.buyerHasKey(tx, conversation.id, writer)) ? 1 : 0,
    };
  }

  /** What the store says in a sealed conversation is for the buyer, whatever Muse knows of their key. */
  private async buyerHasKey(tx: Tx, conversationId: string, writer: Writer): Promise<boolean> {
    if (writer.side === 'merchant') return true;
    const { kind, id } = writer.caller;
    if (kind === 'user' && (await this.activeKid(tx, 'user', id)) !== undefined) return true;
    return (await tx.maybeOne(BUYER_HAS_KEY, [conversationId])) !== undefined;
  }

  private async activeKid(tx: Tx, kind: 'user' | 'store', id: string): Promise<string | undefined> {
    return (await this.keys.active(tx, kind, [id])).get(id)?.kid;
  }
}
