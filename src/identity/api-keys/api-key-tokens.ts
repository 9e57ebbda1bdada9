import { Injectable } from '@nestjs/common';
import { randomToken } from '../../platform/crypto';
import { Database, statement } from '../../platform/database';
import { TrustedTokens } from '../access/trusted-tokens';
import type { Caller, Privacy, Role } from '../caller';
import type { Scope } from './scopes';

const PREFIX = 'muse_';
const TOKEN = /^muse_[A-Za-z0-9_-]{43}$/;
/** As much of a key as its owner sees later: seven of its 43 characters, which helps nobody to guess the rest. */
const SHOWN = PREFIX.length + 7;

const FIND = statement(
  'identity.api_key_by_token',
  `SELECT k.id, k.scopes, u.id AS "userId", u.roles, u.privacy,
          coalesce(k.last_used_at < now() - interval '1 minute', true) AS "usedLongAgo"
     FROM api_keys k JOIN users u ON u.id = k.user_id AND u.disabled_at IS NULL
    WHERE k.expires_at > now() AND (k.token_hash = $1 OR (k.previous_hash = $1 AND k.previous_until > now()))`,
);
const USED = statement(
  'identity.api_key_used',
  `UPDATE api_keys SET last_used_at = now()
    WHERE id = $1 AND coalesce(last_used_at < now() - interval '1 minute', true)`,
);

interface FoundKey {
  id: string;
  scopes: Scope[];
  userId: string;
  roles: Role[];
  privacy: Privacy;
  usedLongAgo: boolean;
}

/** Staff act in person: no key has their roles. */
const OF_A_KEY = new Set<Role>(['shopper', 'merchant']);

/** API keys as they come with a request. A process trusts one that it looked up for 30 s. */
@Injectable()
export class ApiKeyTokens {
  private readonly trusted = new TrustedTokens();

  constructor(private readonly database: Database) {}

  /** A new key, and what may be shown of it later. */
  static make(): { token: string; prefix: string } {
    const token = randomToken(PREFIX);
    return { token, prefix: token.slice(0, SHOWN) };
  }

  /** Whether a bearer token is of this kind. */
  static looksLike(token: string): boolean {
    return token.startsWith(PREFIX);
  }

  /**
   * The user whom a key acts for; undefined for one that is unknown, expired, replaced or ended. `beforeLookUp` is asked
   * before one that this process does not know is looked up, and may throw.
   */
  async callerOf(token: string, beforeLookUp?: () => void): Promise<Caller | undefined> {
    if (!TOKEN.test(token)) return undefined;
    return this.trusted.lookUp(token, (hash) => this.find(hash), beforeLookUp);
  }

  private async find(hash: Buffer): Promise<{ of: string; caller: Caller } | undefined> {
    const found = await this.database.maybeOne<FoundKey>(FIND, [hash]);
    if (!found) return undefined;
    if (found.usedLongAgo) await this.database.rows(USED, [found.id]);
    const { id, scopes, userId, roles, privacy } = found;
    const caller: Caller = Object.freeze({
      kind: 'user',
      id: userId,
      roles: roles.filter((role) => OF_A_KEY.has(role)),
      privacy,
      key: { id, scopes },
    });
    return { of: id, caller };
  }

  /** Once the key is deleted. */
  end(keyId: string): void {
    this.trusted.end(keyId);
  }

  /** Once the key has a new token. */
  rotated(keyId: string): void {
    this.trusted.doubt(keyId);
  }
}
