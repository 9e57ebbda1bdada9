import { Injectable } from '@nestjs/common';
import { hashToken } from '../../platform/crypto';
import { Database, statement, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { NotFound, decodeIdCursor, encodeCursor, page } from '../../platform/http';
import { Accounts, type Asking } from '../accounts/accounts.service';
import { AddressUnproven, ApiKeyLimitReached } from '../identity.errors';
import { apiKeyEvent } from '../identity.events';
import { ApiKeyTokens } from './api-key-tokens';
import type { Scope } from './scopes';

const MOST_KEYS = 20;

const COLUMNS = `id, name, scopes, prefix, created_at AS "createdAt", expires_at AS "expiresAt", last_used_at AS "lastUsedAt",
  rotated_at AS "rotatedAt", CASE WHEN previous_until > now() THEN previous_until END AS "previousUntil"`;
const LIST = statement(
  'identity.api_keys',
  `SELECT ${COLUMNS} FROM api_keys WHERE user_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
);
const COUNT = statement('identity.count_api_keys', `SELECT count(*) AS count FROM api_keys WHERE user_id = $1`);
const ADD = statement(
  'identity.add_api_key',
  `INSERT INTO api_keys (user_id, name, scopes, prefix, token_hash, expires_at)
   VALUES ($1, $2, $3, $4, $5, now() + make_interval(days => $6)) RETURNING ${COLUMNS}`,
);
// It lives on as long as it was made for; the one before ends with the grace, or when it would have ended anyway.
const ROTATE = statement(
  'identity.rotate_api_key',
  `UPDATE api_keys
      SET previous_hash = token_hash, previous_until = least(now() + make_interval(secs => $5), expires_at),
          token_hash = $3, prefix = $4, expires_at = now() + (expires_at - coalesce(rotated_at, created_at)), rotated_at = now()
    WHERE id = $1 AND user_id = $2 RETURNING ${COLUMNS}`,
);
const END = statement('identity.end_api_key', `DELETE FROM api_keys WHERE id = $1 AND user_id = $2`);
const END_ALL = statement('identity.end_api_keys', `DELETE FROM api_keys WHERE user_id = $1 RETURNING id`);
const COUNT_LIVE = statement(
  'identity.count_live_api_keys',
  `SELECT count(*) AS count FROM api_keys WHERE user_id = $1 AND expires_at > now()`,
);

/** A key as its owner sees it afterwards. */
export interface ApiKey {
  id: string;
  name: string;
  scopes: Scope[];
  prefix: string;
  createdAt: Date;
  expiresAt: Date;
  lastUsedAt: Date | null;
  rotatedAt: Date | null;
  /** Until when the one before is taken as well. */
  previousUntil: Date | null;
}

/** What a key is to be. */
export interface NewApiKey {
  name: string;
  scopes: Scope[];
  expiresInDays: number;
}

/** The API keys of a user. A key itself is seen once, when it is made or rotated; only its hash is kept. */
@Injectable()
export class ApiKeys {
  constructor(
    private readonly database: Database,
    private readonly accounts: Accounts,
    private readonly tokens: ApiKeyTokens,
    private readonly events: Events,
  ) {}

  /** A page in the order of making. Throws InvalidRequest for a cursor it did not give. */
  async list(userId: string, limit: number, cursor?: string): Promise<{ rows: ApiKey[]; nextCursor: string | null }> {
    const found = await this.database.rows<ApiKey>(LIST, [userId, decodeIdCursor(cursor) ?? null, limit + 1]);
    return page(found, limit, (row) => encodeCursor(row.id));
  }

  /** Throws AddressUnproven, ApiKeyLimitReached, and Unauthenticated once the account is closed or has other credentials. */
  async make(tx: Tx, asking: Asking, { name, scopes, expiresInDays }: NewApiKey): Promise<ApiKey & { token: string }> {
    const { id: userId, emailVerified } = await this.accounts.lockFor(tx, asking);
    if (!emailVerified) throw new AddressUnproven();
    const { count } = (await tx.maybeOne<{ count: number }>(COUNT, [userId]))!;
    if (count >= MOST_KEYS) throw new ApiKeyLimitReached();
    const { token, prefix } = ApiKeyTokens.make();
    const values = [userId, name, [...new Set(scopes)], prefix, hashToken(token), expiresInDays];
    const key = (await tx.maybeOne<ApiKey>(ADD, values))!;
    await this.events.publish(tx, apiKeyEvent('made', userId, key.id));
    return { ...key, token };
  }

  /**
   * A new token for a key; the one before is taken for another `graceSeconds`, one before that no more.
   * Throws NotFound, and Unauthenticated once the account is closed.
   */
  async rotate(tx: Tx, asking: Asking, keyId: string, graceSeconds: number): Promise<ApiKey & { token: string }> {
    // Locked: a reset that ends all keys comes before this or finds the key.
    const { id: userId } = await this.accounts.lockFor(tx, asking);
    const { token, prefix } = ApiKeyTokens.make();
    const key = await tx.maybeOne<ApiKey>(ROTATE, [keyId, userId, hashToken(token), prefix, graceSeconds]);
    if (!key) throw new NotFound('API key');
    await this.events.publish(tx, apiKeyEvent('rotated', userId, keyId));
    return { ...key, token };
  }

  /** What a process may still take for granted of a key that has just been rotated. */
  afterRotation(keyId: string): void {
    this.tokens.rotated(keyId);
  }

  /** Ends a key: here at once, in other processes within 30 s. Throws NotFound, and Unauthenticated once the account is closed. */
  async end(asking: Asking, keyId: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      const { id: userId } = await this.accounts.present(tx, asking);
      if ((await tx.run(END, [keyId, userId])) === 0) throw new NotFound('API key');
      await this.events.publish(tx, apiKeyEvent('ended', userId, keyId));
    });
    this.tokens.end(keyId);
  }

  /** Ends every key of a user whose row is locked. Gives their ids, for afterEnd() once that has committed. */
  async endAll(tx: Tx, userId: string): Promise<string[]> {
    const ids = (await tx.rows<{ id: string }>(END_ALL, [userId])).map(({ id }) => id);
    if (ids.length > 0) await this.events.publish(tx, ...ids.map((id) => apiKeyEvent('ended', userId, id)));
    return ids;
  }

  /** Takes ended keys here no more, at once. */
  afterEnd(keyIds: string[]): void {
    for (const id of keyIds) this.tokens.end(id);
  }

  /** How many keys of a user work. */
  async countLive(tx: Tx, userId: string): Promise<number> {
    return (await tx.maybeOne<{ count: number }>(COUNT_LIVE, [userId]))!.count;
  }
}
