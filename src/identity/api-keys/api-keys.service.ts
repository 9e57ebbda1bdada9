import { Injectable } from '@nestjs/common';
import { hashToken } from '../../platform/crypto';
import { Database, statement, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { NotFound, decodeIdCursor, encodeCursor, page } from '../../platform/http';
import { Accounts } from '../accounts/accounts.service';
import { ApiKeyLimitReached, Unauthenticated } from '../identity.errors';
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

  /** Throws ApiKeyLimitReached, and Unauthenticated once the account is closed. */
  async make(tx: Tx, userId: string, { name, scopes, expiresInDays }: NewApiKey): Promise<ApiKey & { token: string }> {
    if (!(await this.accounts.lock(tx, userId))) throw new Unauthenticated(true);
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
  async rotate(tx: Tx, userId: string, keyId: string, graceSeconds: number): Promise<ApiKey & { token: string }> {
    await this.accounts.present(tx, userId);
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
  async end(userId: string, keyId: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      await this.accounts.present(tx, userId);
      if ((await tx.run(END, [keyId, userId])) === 0) throw new NotFound('API key');
      await this.events.publish(tx, apiKeyEvent('ended', userId, keyId));
    });
    this.tokens.end(keyId);
  }
}
