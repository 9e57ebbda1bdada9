import { Injectable } from '@nestjs/common';
import { KeyDestroyed, Vault, openJson, sealJson, type DataKey, type SealedJson } from '../../platform/crypto';
import type { Tx } from '../../platform/database';
import type { LockedOrder } from '../orders.repository';

/** A row of data_keys as a statement joins it; nulls where there is none. */
export interface JoinedKey {
  keySubjectId: string | null;
  wrapped: Buffer | null;
  masterKeyId: string | null;
}

type Place = 'reason' | 'note';

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
    if (words === undefined || subjectId === null) return null;
    const key = await this.keyOf(tx, subjectId);
    return key ? sealJson(key, placeOf(order.id, 'reason'), words) : null;
  }

  /** A note, and whose key it lies under. */
  async note(tx: Tx, order: LockedOrder, authorId: string, words: string): Promise<[SealedJson, subjectId: string]> {
    const subjectId = order.keySubjectId ?? authorId;
    const key = (await this.keyOf(tx, subjectId)) ?? (await this.vault.keyFor(tx, authorId));
    return [sealJson(key, placeOf(order.id, 'note'), words), key.subjectId];
  }

  /** Null once its key is destroyed. */
  open(orderId: string, place: Place, sealed: SealedJson, { keySubjectId, wrapped, masterKeyId }: JoinedKey) {
    if (keySubjectId === null || wrapped === null || masterKeyId === null) return null;
    return openJson<string>(this.vault.unwrap(keySubjectId, wrapped, masterKeyId), placeOf(orderId, place), sealed);
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

function placeOf(orderId: string, place: Place): string {
  return `orders:${orderId}:${place}`;
}
