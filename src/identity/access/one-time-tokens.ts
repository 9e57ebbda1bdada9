import { Injectable } from '@nestjs/common';
import { hashToken, randomToken } from '../../platform/crypto';
import { statement, type Tx } from '../../platform/database';
import { Unauthenticated } from '../identity.errors';

const PREFIX = 'mo_';

export type OneTimePurpose = 'verify_email' | 'reset_password';

/** How long a link in a mail may be followed. */
const LIFE: Record<OneTimePurpose, string> = { verify_email: '24 hours', reset_password: '30 minutes' };

// FOR SHARE waits for a closing of the account that is under way, and makes one that comes later wait.
const ISSUE = statement(
  'identity.issue_one_time_token',
  `INSERT INTO one_time_tokens (user_id, purpose, token_hash, expires_at)
   SELECT id, $2, $3, now() + $4::interval FROM users WHERE id = $1 AND disabled_at IS NULL FOR SHARE
   ON CONFLICT (user_id, purpose) DO UPDATE
     SET token_hash = excluded.token_hash, expires_at = excluded.expires_at, used_at = NULL, created_at = now()`,
);
const OWNER = statement(
  'identity.one_time_token_owner',
  `SELECT user_id AS "userId" FROM one_time_tokens
    WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now()`,
);
const USE = statement(
  'identity.use_one_time_token',
  `UPDATE one_time_tokens SET used_at = now()
    WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now()`,
);
const END = statement(
  'identity.end_one_time_tokens',
  `DELETE FROM one_time_tokens WHERE user_id = $1 AND ($2::text IS NULL OR purpose = $2)`,
);
const FORGET_OLD = statement(
  'identity.forget_old_one_time_tokens',
  `DELETE FROM one_time_tokens WHERE expires_at < now()`,
);

/**
 * Tokens of the links in mails, kept as hashes: each works once, within 24 hours (verify_email) or 30 minutes
 * (reset_password), and a new one of a user's purpose ends the one before.
 */
@Injectable()
export class OneTimeTokens {
  /** A new token; this is the only time that it is seen. Throws Unauthenticated once the account is closed. */
  async issue(tx: Tx, userId: string, purpose: OneTimePurpose): Promise<string> {
    const token = randomToken(PREFIX);
    const issued = await tx.run(ISSUE, [userId, purpose, hashToken(token), LIFE[purpose]]);
    if (issued === 0) throw new Unauthenticated(true);
    return token;
  }

  /** Whose token it is while it works: to know which user's row to lock before it is used. */
  async ownerOf(tx: Tx, token: string, purpose: OneTimePurpose): Promise<string | undefined> {
    return (await tx.maybeOne<{ userId: string }>(OWNER, [hashToken(token), purpose]))?.userId;
  }

  /** Uses a token up; gives whether it worked. Of two that come at once, one does. */
  async use(tx: Tx, token: string, purpose: OneTimePurpose): Promise<boolean> {
    return (await tx.run(USE, [hashToken(token), purpose])) > 0;
  }

  /** Ends a user's tokens of one purpose, or of all. */
  async end(tx: Tx, userId: string, purpose: OneTimePurpose | null = null): Promise<void> {
    await tx.run(END, [userId, purpose]);
  }

  async forgetOld(tx: Tx): Promise<void> {
    await tx.run(FORGET_OLD);
  }
}
