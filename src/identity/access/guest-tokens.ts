import { Injectable } from '@nestjs/common';
import { hashToken, randomToken } from '../../platform/crypto';
import { Database, statement } from '../../platform/database';
import type { Caller } from '../caller';
import { TrustedTokens } from './trusted-tokens';

const PREFIX = 'mg_';
const TOKEN = /^mg_[A-Za-z0-9_-]{43}$/;

const ADD = statement(
  'identity.add_guest',
  `WITH shopper AS (INSERT INTO shoppers (kind) VALUES ('guest') RETURNING id)
   INSERT INTO guests (id, token_hash, expires_at) SELECT id, $1, now() + interval '30 days' FROM shopper RETURNING id, expires_at AS "expiresAt"`,
);
const FIND = statement(
  'identity.guest_by_token',
  `SELECT id, last_seen_at < now() - interval '1 day' AS "seenLongAgo" FROM guests
    WHERE token_hash = $1 AND claimed_at IS NULL AND expires_at > now()`,
);
const SEEN = statement(
  'identity.guest_seen',
  `UPDATE guests SET last_seen_at = now(), expires_at = now() + interval '30 days'
    WHERE id = $1 AND claimed_at IS NULL AND last_seen_at < now() - interval '1 day' RETURNING id`,
);

export interface NewGuest {
  id: string;
  accessToken: string;
  expiresAt: Date;
}

/**
 * Guests and their tokens. A process trusts a token that it looked up for 30 s; whoever is claimed in this process is
 * a guest no longer at once, in the others within those 30 s.
 */
@Injectable()
export class GuestTokens {
  private readonly trusted = new TrustedTokens();

  constructor(private readonly database: Database) {}

  /** A new guest; the token is shown this once, its hash is kept. */
  async welcome(): Promise<NewGuest> {
    const accessToken = randomToken(PREFIX);
    const hash = hashToken(accessToken);
    const added = (await this.database.maybeOne<{ id: string; expiresAt: Date }>(ADD, [hash]))!;
    this.trusted.trust(hash, added.id, guest(added.id));
    return { ...added, accessToken };
  }

  /** Whether a bearer token is of the guests' kind. */
  static looksLike(token: string): boolean {
    return token.startsWith(PREFIX);
  }

  /**
   * The guest of a token; undefined for an unknown, expired or claimed one. `beforeLookUp` is asked before one that this
   * process does not know is looked up, and may throw.
   */
  async callerOf(token: string, beforeLookUp?: () => void): Promise<Caller | undefined> {
    if (!TOKEN.test(token)) return undefined;
    return this.trusted.lookUp(token, (hash) => this.find(hash), beforeLookUp);
  }

  private async find(hash: Buffer): Promise<{ of: string; caller: Caller } | undefined> {
    const found = await this.database.maybeOne<{ id: string; seenLongAgo: boolean }>(FIND, [hash]);
    if (found?.seenLongAgo) await this.database.rows(SEEN, [found.id]);
    return found && { of: found.id, caller: guest(found.id) };
  }

  /** To be called once a claim has committed: no token of this guest is taken here any more. */
  end(guestId: string): void {
    this.trusted.end(guestId);
  }
}

const guest = (id: string): Caller => Object.freeze({ kind: 'guest', id, roles: [], privacy: 'standard' });
