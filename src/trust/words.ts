import { Injectable } from '@nestjs/common';
import { Accounts } from '../identity';
import type { OrderActor } from '../orders';
import { Vault, openJson, sealJson, type SealedJson } from '../platform/crypto';
import type { Tx } from '../platform/database';

/** What somebody wrote, as it is stored; with the wrapped key under which it lies. */
export interface StoredWords {
  content: SealedJson | null;
  keySubjectId: string;
  /** Null: never made, or destroyed. */
  wrapped: Buffer | null;
  masterKeyId: string | null;
}

export interface SealedWords {
  content: string;
  keySubjectId: string;
}

/** The wrapped key of StoredWords, for SQL: `k` is the row of data_keys. */
export const KEY_OF_WORDS = `k.wrapped, k.master_key_id AS "masterKeyId"`;

/**
 * What people write in words, encrypted before SQL sees it. Guarantees: a user's and a guest's words lie under their own data
 * key, so that destroying it forgets them; the words of somebody whom the order does not name, and those of support, under
 * a key of the order.
 */
@Injectable()
export class Words {
  constructor(
    private readonly vault: Vault,
    private readonly accounts: Accounts,
  ) {}

  /** Nobody acts on a token ten minutes old. Throws Unauthenticated for an account that was closed. */
  async assertOpen(tx: Tx, actor: OrderActor): Promise<void> {
    if (actor.kind === 'user') await this.accounts.present(tx, actor);
  }

  /** `place` names row and field. Throws Unauthenticated for an account that was closed. */
  async seal(tx: Tx, actor: OrderActor, orderId: string, place: string, value: unknown): Promise<SealedWords> {
    await this.assertOpen(tx, actor);
    return this.sealFor(tx, actor.kind === 'token' ? orderId : actor.id, place, value);
  }

  /** Under the key of a subject: a shopper, or an order. */
  async sealFor(tx: Tx, keySubjectId: string, place: string, value: unknown): Promise<SealedWords> {
    const key = await this.vault.keyFor(tx, keySubjectId);
    return { content: JSON.stringify(sealJson(key, place, value)), keySubjectId };
  }

  /** Null once they are forgotten. */
  open<T>({ content, keySubjectId, wrapped, masterKeyId }: StoredWords, place: string): T | null {
    if (content === null || wrapped === null || masterKeyId === null) return null;
    return openJson<T>(this.vault.unwrap(keySubjectId, wrapped, masterKeyId), place, content);
  }
}
