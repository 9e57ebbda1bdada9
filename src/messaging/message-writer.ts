import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { KeyDestroyed, Vault, openJson, sealJson, type DataKey } from '../platform/crypto';
import type { Tx } from '../platform/database';
import type { ConversationRow, Jwe, MessageRow, Side, Summary, ThreadEvent } from './conversation-row';
import { ConversationsRepository, type NewMessage } from './conversations.repository';
import { ConversationClosed } from './messaging.errors';

/** What somebody says: in words, which Muse seals at rest, or sealed by the sender. */
export interface Words {
  body?: string | null;
  jwe?: Jwe | null;
}

type Unsealed = Omit<NewMessage, 'id' | 'keySubjectId' | 'body' | 'jwe'>;

/** A message as it was written. */
export interface Written {
  id: string;
  seq: number;
  createdAt: Date;
}

/**
 * Writes messages and opens them. Words lie under the data key of the buyer, whoever said them, and are bound to their
 * message: they end with the buyer's key. Of a sealed conversation there are none.
 */
@Injectable()
export class MessageWriter {
  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly vault: Vault,
  ) {}

  /** Somebody's words. Undefined where they are refused: one side has blocked the other, or the buyer is gone. Throws ConversationClosed. */
  async say(
    tx: Tx,
    { id, shopperId }: Pick<ConversationRow, 'id' | 'shopperId'>,
    side: Side,
    words: Words,
  ): Promise<Written | undefined> {
    const forBuyer = side === 'merchant';
    const counts = { countsForBuyer: forBuyer, countsForMerchant: !forBuyer, refusable: true };
    return this.append(tx, id, shopperId, words, { side, kind: 'text', ...counts });
  }

  /** The shopper's own message with goods that the store is asked about; refused as say() is. */
  async ask(
    tx: Tx,
    { id, shopperId }: Pick<ConversationRow, 'id' | 'shopperId'>,
    summary: Summary,
    words: Words,
  ): Promise<Written | undefined> {
    const counts = { countsForBuyer: false, countsForMerchant: true, refusable: true };
    return this.append(tx, id, shopperId, words, { side: 'buyer', kind: 'inquiry', summary, ...counts });
  }

  /** The shopper's own message with an order. Throws ConversationClosed. */
  async tellOfOrder(
    tx: Tx,
    { id, shopperId }: Pick<ConversationRow, 'id' | 'shopperId'>,
    orderId: string,
    summary: Summary,
    words: Words,
  ): Promise<void> {
    const counts = { countsForBuyer: false, countsForMerchant: true, refusable: false };
    const message = { side: 'buyer', kind: 'order', summary, orderId, ...counts } as const;
    this.conversations.tell(tx, id, await this.sealed(tx, shopperId, words, message));
  }

  /** What happened to an order or, without one, in the conversation. */
  tellOfEvent(
    tx: Tx,
    id: string,
    orderId: string | null,
    event: ThreadEvent,
    counts: { countsForBuyer: boolean; countsForMerchant: boolean },
  ): void {
    const message = { side: 'system', kind: 'system', orderId: orderId ?? undefined, event, refusable: false } as const;
    this.conversations.tell(tx, id, { id: uuidv7(), ...message, ...counts });
  }

  /** The words of a message; undefined where its key is destroyed, null where there are none that Muse could read. */
  open({ id, body, keySubjectId, wrapped, masterKeyId }: MessageRow): string | null | undefined {
    if (!body || keySubjectId === null) return null;
    if (wrapped === null || masterKeyId === null) return undefined;
    return openJson<string>(this.vault.unwrap(keySubjectId, wrapped, masterKeyId), aad(id), body);
  }

  /** Throws ConversationClosed: whoever's key is destroyed is gone. */
  async keyOf(tx: Tx, shopperId: string): Promise<DataKey> {
    try {
      return await this.vault.keyFor(tx, shopperId);
    } catch (error) {
      throw error instanceof KeyDestroyed ? new ConversationClosed() : error;
    }
  }

  private async append(
    tx: Tx,
    conversationId: string,
    shopperId: string | null,
    words: Words,
    message: Unsealed,
  ): Promise<Written | undefined> {
    const sealed = await this.sealed(tx, shopperId, words, message);
    const written = await this.conversations.append(tx, conversationId, sealed);
    return written && { id: sealed.id, ...written };
  }

  private async sealed(tx: Tx, shopperId: string | null, { body, jwe }: Words, message: Unsealed): Promise<NewMessage> {
    const id = uuidv7();
    // Before the conversation is locked: a key that has to be made first is another's row.
    const key = typeof body === 'string' && shopperId !== null ? await this.keyOf(tx, shopperId) : undefined;
    const sealed = key && { keySubjectId: key.subjectId, body: sealJson(key, aad(id), body) };
    return { ...message, id, ...sealed, jwe };
  }
}

function aad(messageId: string): string {
  return `messages:${messageId}:body`;
}
