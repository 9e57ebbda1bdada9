import { Injectable } from '@nestjs/common';
import { KeyDestroyed, Vault, openJson, sealJson, type DataKey, type SealedJson } from '../../platform/crypto';
import { statement, type Reader, type Tx } from '../../platform/database';
import { InvalidField } from '../../platform/http';
import type { LockedOrder } from '../orders.repository';
import type { OrderReader } from '../orders.service';

const KEYS = statement(
  'orders.keys_of_words',
  `SELECT k.subject_id AS "keySubjectId", k.wrapped, k.master_key_id AS "masterKeyId", o.key_subject_id IS NOT NULL AS "isOfOrder"
     FROM orders o JOIN data_keys k ON k.subject_id = ANY (CASE WHEN o.key_subject_id IS NULL THEN $2::uuid[] ELSE ARRAY[o.key_subject_id] END)
    WHERE o.id = $1`,
);

/** A row of data_keys as a statement joins it; nulls where there is none. */
export interface JoinedKey {
  keySubjectId: string | null;
  wrapped: Buffer | null;
  masterKeyId: string | null;
}

/**
 * What people say of an order in words of their own. Guarantee: it is kept under the data key of the order's buyer, so it
 * goes when the buyer does; of an order that names nobody, under its author's.
 */
@Injectable()
export class OrderWords {
  constructor(private readonly vault: Vault) {}

  /** Why a person did something. Null where nothing was said, or there is no key to keep it under: then it is not kept. */
  async reason(tx: Tx, order: LockedOrder, authorId: string | null, words?: string): Promise<SealedJson | null> {
    const subjectId = order.keySubjectId ?? authorId;
    return subjectId === null ? null : this.seal(tx, subjectId, placeOfWords(order.id, 'reason'), words);
  }

  /** The same of a refund, for the order whose money it is: there it is shown. */
  async ofRefund(
    tx: Tx,
    asking: LockedOrder,
    of: { orderId: string },
    authorId: string | null,
    words?: string,
  ): Promise<SealedJson | null> {
    return this.reason(tx, { ...asking, id: of.orderId }, authorId, words);
  }

  /** The keys under which words about an order lie, by whose they are: its buyer's, and of one that names nobody its authors'. */
  async keysOf(reader: Reader, orderId: string, authorIds: string[]): Promise<Map<string, JoinedKey>> {
    const rows = await reader.rows<JoinedKey & { keySubjectId: string; isOfOrder: boolean }>(KEYS, [
      orderId,
      authorIds,
    ]);
    const ofOrder = rows.find((row) => row.isOfOrder);
    return new Map(ofOrder ? authorIds.map((id) => [id, ofOrder]) : rows.map((row) => [row.keySubjectId, row]));
  }

  /** A note, and whose key it lies under. */
  async note(tx: Tx, order: LockedOrder, authorId: string, words: string): Promise<[SealedJson, subjectId: string]> {
    const subjectId = order.keySubjectId ?? authorId;
    const key = (await this.keyOf(tx, subjectId)) ?? (await this.vault.keyFor(tx, authorId));
    return [sealJson(key, placeOfWords(order.id, 'note'), words), key.subjectId];
  }

  /** `place` says where it stands (`table:row:field`). Null for nothing said, and where the key is destroyed: then it is not kept. */
  async seal(tx: Tx, keySubjectId: string, place: string, said: unknown): Promise<SealedJson | null> {
    if (said === undefined || said === null) return null;
    const key = await this.keyOf(tx, keySubjectId);
    return key ? sealJson(key, place, said) : null;
  }

  /** Null once its key is destroyed, and where nothing was said. */
  open<T = string>(
    { keySubjectId, wrapped, masterKeyId }: JoinedKey,
    place: string,
    sealed: SealedJson | null,
  ): T | null {
    if (sealed === null || keySubjectId === null || wrapped === null || masterKeyId === null) return null;
    return openJson<T>(this.vault.unwrap(keySubjectId, wrapped, masterKeyId), place, sealed);
  }

  private async keyOf(tx: Tx, subjectId: string): Promise<DataKey | undefined> {
    try {
      return await this.vault.keyFor(tx, subjectId);
    } catch (error) {
      // Of a buyer who is forgotten.
      if (error instanceof KeyDestroyed) return undefined;
      throw error;
    }
  }
}

/** Of what is said of the order itself. */
export function placeOfWords(orderId: string, field: 'reason' | 'note'): string {
  return `orders:${orderId}:${field}`;
}

/** What the buyer of a sealed order says is told to the store alone, sealed: it is not kept in the clear. Throws InvalidField. */
export function assertNoWords({ kind }: OrderReader, pointer: string, words: string | undefined): void {
  if (kind === 'token' && words !== undefined && words !== '')
    throw new InvalidField(pointer, 'is not kept of a sealed order: leave it out, and tell the store sealed');
}
