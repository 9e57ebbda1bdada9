import { Injectable } from '@nestjs/common';
import { hashToken, randomToken } from '../../platform/crypto';
import { statement, type Tx } from '../../platform/database';

const PREFIX = 'mr_';

const ADD = statement(
  'identity.add_refresh_token',
  `INSERT INTO refresh_tokens (user_id, family_id, token_hash, expires_at, family_expires_at)
   SELECT $1, coalesce($2::uuid, uuidv7()), $3, least(now() + interval '30 days', family_end), family_end
     FROM coalesce($4::timestamptz, now() + interval '90 days') AS family_end`,
);
const OWNER = statement(
  'identity.refresh_token_owner',
  `SELECT user_id AS "userId" FROM refresh_tokens WHERE token_hash = $1`,
);
const USE = statement(
  'identity.use_refresh_token',
  `UPDATE refresh_tokens SET used_at = now()
    WHERE token_hash = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > now()
   RETURNING family_id AS id, family_expires_at AS "expiresAt"`,
);
const END_FAMILY = statement(
  'identity.end_refresh_family',
  `UPDATE refresh_tokens t SET revoked_at = now()
     FROM refresh_tokens given
    WHERE given.token_hash = $1 AND t.family_id = given.family_id AND t.revoked_at IS NULL
      AND (given.used_at IS NOT NULL OR NOT $2)`,
);
const END_ALL = statement(
  'identity.end_all_refresh_tokens',
  `UPDATE refresh_tokens SET revoked_at = now() WHERE user_id = $1 AND revoked_at IS NULL`,
);
// A used token is kept as long as it could have lived: coming again, it must still be known for a copy.
const FORGET_OLD = statement(
  'identity.forget_old_refresh_tokens',
  `DELETE FROM refresh_tokens WHERE expires_at < now()`,
);

/** The chain of tokens that grew from one sign-in, and when it ends however often it is refreshed. */
export interface RefreshFamily {
  id: string;
  expiresAt: Date;
}

/**
 * Refresh tokens, kept as hashes. Each works once and for 30 days; a family is the chain that grew from one sign-in, ends
 * 90 days after it, and is ended whole by a token that comes a second time, at the same moment too. Every method needs the user's row locked by the caller, which is what makes
 * two uses at the same moment come one after the other.
 */
@Injectable()
export class RefreshTokens {
  /** Adds a token to a family, or begins a new family. */
  async issue(tx: Tx, userId: string, family?: RefreshFamily): Promise<string> {
    const token = randomToken(PREFIX);
    await tx.run(ADD, [userId, family?.id ?? null, hashToken(token), family?.expiresAt ?? null]);
    return token;
  }

  /** Whose token it is, whatever became of it: to know which user's row to lock. */
  async ownerOf(tx: Tx, token: string): Promise<string | undefined> {
    return (await tx.maybeOne<{ userId: string }>(OWNER, [hashToken(token)]))?.userId;
  }

  /** Uses a token up; gives its family, or undefined where it does not work (any more). */
  async use(tx: Tx, token: string): Promise<RefreshFamily | undefined> {
    return tx.maybeOne<RefreshFamily>(USE, [hashToken(token)]);
  }

  /** Ends the family of a token that was used before; gives whether there was anything to end. */
  async endIfReused(tx: Tx, token: string): Promise<boolean> {
    return (await tx.run(END_FAMILY, [hashToken(token), true])) > 0;
  }

  /** Signs out: ends the family of this token. */
  async endFamily(tx: Tx, token: string): Promise<void> {
    await tx.run(END_FAMILY, [hashToken(token), false]);
  }

  /** Ends every sign-in of a user. */
  async endAll(tx: Tx, userId: string): Promise<void> {
    await tx.run(END_ALL, [userId]);
  }

  async forgetOld(tx: Tx): Promise<void> {
    await tx.run(FORGET_OLD);
  }
}
