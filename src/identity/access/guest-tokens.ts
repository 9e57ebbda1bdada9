import { Injectable } from '@nestjs/common';
import { hashToken, randomToken } from '../../platform/crypto';
import { Database, statement } from '../../platform/database';
import type { Caller } from '../caller';

const PREFIX = 'mg_';
const TOKEN = /^mg_[A-Za-z0-9_-]{43}$/;
const TRUST_MS = 30_000;
const TRUSTED_TOKENS = 20_000;

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
  // Insertion order is order of expiry, so the first entries are always the oldest.
  private readonly trusted = new Map<string, { caller: Caller; until: number }>();
  private readonly ended = new Map<string, number>();

  constructor(private readonly database: Database) {}

  /** A new guest; the token is shown this once, its hash is kept. */
  async welcome(): Promise<NewGuest> {
    const accessToken = randomToken(PREFIX);
    const hash = hashToken(accessToken);
    const guest = (await this.database.maybeOne<{ id: string; expiresAt: Date }>(ADD, [hash]))!;
    this.trust(hash.toString('base64'), guest.id);
    return { ...guest, accessToken };
  }

  /** Whether a bearer token is of the guests' kind. */
  static looksLike(token: string): boolean {
    return token.startsWith(PREFIX);
  }

  /** The guest of a token; undefined for an unknown, expired or claimed one. */
  async callerOf(token: string): Promise<Caller | undefined> {
    if (!TOKEN.test(token)) return undefined;
    const hash = hashToken(token);
    const key = hash.toString('base64');
    const now = Date.now();
    const known = this.trusted.get(key);
    if (known !== undefined && known.until > now && !this.ended.has(known.caller.id)) return known.caller;
    this.trusted.delete(key);

    const found = await this.database.maybeOne<{ id: string; seenLongAgo: boolean }>(FIND, [hash]);
    if (found === undefined || this.ended.has(found.id)) return undefined;
    if (found.seenLongAgo) await this.database.rows(SEEN, [found.id]);
    return this.trust(key, found.id);
  }

  private trust(key: string, id: string): Caller {
    const caller: Caller = Object.freeze({ kind: 'guest', id, roles: [], privacy: 'standard' });
    this.trusted.set(key, { caller, until: Date.now() + TRUST_MS });
    if (this.trusted.size > TRUSTED_TOKENS) this.trusted.delete(this.trusted.keys().next().value!);
    return caller;
  }

  /** To be called once a claim has committed: no token of this guest is taken here any more. */
  end(guestId: string): void {
    const now = Date.now();
    for (const [id, until] of this.ended) {
      if (until > now) break;
      this.ended.delete(id);
    }
    // A look-up that began before the commit may still be on its way; longer than any statement may run.
    this.ended.set(guestId, now + 2 * TRUST_MS);
  }
}
