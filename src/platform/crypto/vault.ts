import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { statement, type Tx } from '../database';
import { KeyDestroyed } from './crypto.errors';
import { DataKey } from './data-key';
import { MasterKeys } from './master-keys';
import { randomBytes } from './random-bytes';

const CACHED_KEYS = 10_000;
const CACHE_MS = 20_000;
const SWEEP_MS = 5_000;

const KEY_OF = statement(
  'crypto.key_of_subject',
  `SELECT wrapped, master_key_id AS "masterKeyId" FROM data_keys WHERE subject_id = $1`,
);
const ADD_KEY = statement(
  'crypto.add_key',
  `INSERT INTO data_keys (subject_id, wrapped, master_key_id) VALUES ($1, $2, $3)
   ON CONFLICT (subject_id) DO NOTHING RETURNING subject_id`,
);
const ADD_KEY_OR_BEGIN_AGAIN = statement(
  'crypto.add_key_or_begin_again',
  `INSERT INTO data_keys (subject_id, wrapped, master_key_id) VALUES ($1, $2, $3)
   ON CONFLICT (subject_id) DO UPDATE SET wrapped = data_keys.wrapped WHERE refuse('data_keys_pkey', 'serialization_failure')`,
);
// A subject without a key gets a tombstone all the same, so that no key is made for it afterwards.
const DESTROY = statement(
  'crypto.destroy_key',
  `INSERT INTO data_keys (subject_id, wrapped, master_key_id, destroyed_at) VALUES ($1, NULL, $2, now())
   ON CONFLICT (subject_id) DO UPDATE SET wrapped = NULL, destroyed_at = now() WHERE data_keys.destroyed_at IS NULL`,
);
const FORGET_KEY = statement('crypto.forget_key', `DELETE FROM data_keys WHERE subject_id = $1`);
const WRAPPED_BY_OLDER = statement(
  'crypto.keys_wrapped_by_older',
  `SELECT subject_id AS "subjectId", wrapped, master_key_id AS "masterKeyId" FROM data_keys
    WHERE master_key_id <> $1 AND destroyed_at IS NULL ORDER BY subject_id LIMIT $2 FOR UPDATE SKIP LOCKED`,
);
const REWRAP = statement(
  'crypto.rewrap_key',
  `UPDATE data_keys SET wrapped = $2, master_key_id = $3 WHERE subject_id = $1`,
);

interface StoredKey {
  wrapped: Buffer | null;
  masterKeyId: string;
}

interface Cached {
  wrapped: Buffer;
  key: DataKey;
  until: number;
}

/**
 * Data keys, one per subject (a user, a session, a guest), wrapped by the master key.
 * Guarantees: two processes that ask for a new subject's key at once get the same one; a key always comes from a row
 * read in the caller's own statement, so a committed shred is seen by the next read everywhere; no unwrapped key stays
 * in memory for more than 30 s.
 */
@Injectable()
export class Vault implements OnModuleDestroy {
  private readonly cache = new Map<string, Cached>();
  private readonly sweeper = setInterval(() => this.forgetOld(Date.now()), SWEEP_MS).unref();

  constructor(private readonly masters: MasterKeys) {}

  onModuleDestroy(): void {
    clearInterval(this.sweeper);
    this.cache.clear();
  }

  /** The subject's key, made on first use; one statement where it exists. Throws KeyDestroyed. */
  async keyFor(tx: Tx, subjectId: string): Promise<DataKey> {
    const present = await tx.maybeOne<StoredKey>(KEY_OF, [subjectId]);
    if (present) return this.unwrap(subjectId, present.wrapped, present.masterKeyId);
    const bytes = randomBytes(32);
    const { wrapped, masterKeyId } = this.masters.wrap(subjectId, bytes);
    const added = await tx.maybeOne(ADD_KEY, [subjectId, wrapped, masterKeyId]);
    // Not cached: this transaction may yet roll back, and then the key never was.
    if (added) return new DataKey(subjectId, bytes);
    const theirs = (await tx.maybeOne<StoredKey>(KEY_OF, [subjectId]))!;
    return this.unwrap(subjectId, theirs.wrapped, theirs.masterKeyId);
  }

  /**
   * A key for a subject that this transaction has seen to have none, without waiting for anything. If another made one
   * meanwhile, the transaction begins again and sees it.
   */
  makeKey(tx: Tx, subjectId: string): DataKey {
    const bytes = randomBytes(32);
    const { wrapped, masterKeyId } = this.masters.wrap(subjectId, bytes);
    tx.write(ADD_KEY_OR_BEGIN_AGAIN, [subjectId, wrapped, masterKeyId]);
    return new DataKey(subjectId, bytes);
  }

  /**
   * The key in a row of data_keys that the caller's own statement joined. Throws KeyDestroyed where it is null.
   * The cache saves the unwrapping only: it answers for exactly these wrapped bytes and nothing else.
   */
  unwrap(subjectId: string, wrapped: Buffer | null, masterKeyId: string): DataKey {
    if (wrapped === null) throw new KeyDestroyed();
    const now = Date.now();
    const cached = this.cache.get(subjectId);
    if (cached && cached.until > now && cached.wrapped.equals(wrapped)) return cached.key;
    const key = new DataKey(subjectId, this.masters.unwrap(subjectId, wrapped, masterKeyId));
    this.cache.delete(subjectId);
    this.cache.set(subjectId, { wrapped, key, until: now + CACHE_MS });
    if (this.cache.size > CACHED_KEYS) this.cache.delete(this.cache.keys().next().value!);
    return key;
  }

  /**
   * Destroys the subject's key: whatever was sealed under it can never be opened again, and no new key is made.
   * Limit: backups made before still hold the wrapped key, until they too are gone.
   */
  async shred(tx: Tx, subjectId: string): Promise<void> {
    await tx.run(DESTROY, [subjectId, this.masters.currentId]);
    this.cache.delete(subjectId);
  }

  /** The same for a subject that may never have had a key, and whose id no key will be asked for again: no trace stays. */
  async forgetIfAny(tx: Tx, subjectId: string): Promise<void> {
    tx.write(FORGET_KEY, [subjectId]);
    this.cache.delete(subjectId);
  }

  /** Wraps up to `limit` keys of older master keys by the newest, while all are in use; gives how many. Zero: done. */
  async rewrap(tx: Tx, limit = 100): Promise<number> {
    const old = await tx.rows<{ subjectId: string; wrapped: Buffer; masterKeyId: string }>(WRAPPED_BY_OLDER, [
      this.masters.currentId,
      limit,
    ]);
    for (const { subjectId, wrapped, masterKeyId } of old) {
      const again = this.masters.wrap(subjectId, this.masters.unwrap(subjectId, wrapped, masterKeyId));
      await tx.run(REWRAP, [subjectId, again.wrapped, again.masterKeyId]);
    }
    return old.length;
  }

  /** A key of the server itself for one purpose, derived from the master key: for what belongs to no subject. */
  serverKey(purpose: string): DataKey {
    const [newest, ...older] = this.masters.derive(purpose).map((bytes) => new DataKey(`server:${purpose}`, bytes));
    return new DataKey(`server:${purpose}`, DataKey.bytesOf(newest!), older);
  }

  private forgetOld(now: number): void {
    // Oldest first: insertion order is the order of `until`.
    for (const [subjectId, { until }] of this.cache) {
      if (until > now) return;
      this.cache.delete(subjectId);
    }
  }
}
