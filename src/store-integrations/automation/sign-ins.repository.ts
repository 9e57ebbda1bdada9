import { Injectable } from '@nestjs/common';
import { Database, statement, type Tx } from '../../platform/database';
import { JOB_OF, LEASE_SECONDS } from '../../platform/jobs';
import { traceparent } from '../../platform/tracing';

/** `proving`: a run is to find out. `unproved`: kept and used, but nobody has seen it open the account yet. */
export type SignInState = 'proving' | 'proved' | 'unproved' | 'refused';

export const PROVE = 'prove_store_sign_in';

const LINK = statement(
  'sign_ins.link',
  `INSERT INTO store_accounts AS a (user_id, store_id, kind) VALUES ($1, $2, 'credentials')
   ON CONFLICT (user_id, store_id, kind) DO UPDATE SET status = 'active', linked_at = now(), token_version = a.token_version + 1
   RETURNING id`,
);
const GIVE = statement(
  'sign_ins.give',
  `INSERT INTO store_sign_ins AS i (account_id) VALUES ($1)
   ON CONFLICT (account_id) DO UPDATE
     SET version = i.version + 1, state = 'proving', reason = NULL, given_at = now(), proved_at = NULL, attempts = 0, next_attempt_at = now()
   RETURNING graphile_worker.add_job('${PROVE}', ${JOB_OF('$2').replace("'id', id", "'id', account_id")}, job_key := account_id::text, max_attempts := 3)`,
);
const UNTIL = `clock_timestamp() + interval '${LEASE_SECONDS} seconds'`;
const LEASE = statement(
  'sign_ins.lease',
  `UPDATE store_sign_ins SET lease_token = $2, lease_until = ${UNTIL}
    WHERE account_id = $1 AND (lease_until IS NULL OR lease_until < clock_timestamp()) RETURNING 1 AS mine`,
);
const RENEW = statement(
  'sign_ins.renew',
  `UPDATE store_sign_ins SET lease_until = ${UNTIL} WHERE account_id = $1 AND lease_token = $2 RETURNING 1 AS mine`,
);
const RELEASE = statement(
  'sign_ins.release',
  `UPDATE store_sign_ins SET lease_token = NULL, lease_until = NULL WHERE account_id = $1 AND lease_token = $2`,
);
const OWNER = statement(
  'sign_ins.owner',
  `SELECT a.user_id AS "userId", a.store_id AS "storeId", i.version
     FROM store_accounts a JOIN store_sign_ins i ON i.account_id = a.id WHERE a.id = $1 AND i.state = 'proving'`,
);
const LOCK = statement(
  'sign_ins.lock',
  `SELECT i.state FROM store_accounts a JOIN store_sign_ins i ON i.account_id = a.id
    WHERE a.id = $1 AND i.version = $2 FOR NO KEY UPDATE OF a, i`,
);
const STATE = statement(
  'sign_ins.state',
  `UPDATE store_sign_ins SET state = $2, reason = $3, proved_at = CASE WHEN $2 = 'proved' THEN coalesce(proved_at, now()) ELSE proved_at END
    WHERE account_id = $1`,
);
const LATER = statement(
  'sign_ins.later',
  `UPDATE store_sign_ins SET attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => $2 * 2 ^ attempts)
    WHERE account_id = $1 RETURNING attempts`,
);
const USED = statement('sign_ins.used', `UPDATE store_accounts SET last_used_at = now(), status = $2 WHERE id = $1`);
export const SIGN_INS_DUE = `SELECT account_id AS id FROM store_sign_ins
    WHERE state = 'proving' AND next_attempt_at < now() - interval '1 second' AND (lease_until IS NULL OR lease_until < now())
    ORDER BY next_attempt_at LIMIT 200`;

/** Every statement on sign-ins. Lock order: account, sign-in. */
@Injectable()
export class SignInsRepository {
  constructor(private readonly database: Database) {}

  /** Gives the account's id: a new one, or the one whose sign-in is replaced. */
  async link(tx: Tx, userId: string, storeId: string): Promise<string> {
    return (await tx.maybeOne<{ id: string }>(LINK, [userId, storeId]))!.id;
  }

  /** Another sign-in, to be tried by a job. */
  give(tx: Tx, accountId: string): void {
    tx.write(GIVE, [accountId, traceparent()]);
  }

  async lease(accountId: string, token: string): Promise<boolean> {
    return (await this.database.maybeOne(LEASE, [accountId, token])) !== undefined;
  }

  async renew(accountId: string, token: string): Promise<boolean> {
    return (await this.database.maybeOne(RENEW, [accountId, token])) !== undefined;
  }

  async release(accountId: string, token: string): Promise<void> {
    await this.database.rows(RELEASE, [accountId, token]);
  }

  /** Whose it is, while it is to be proved. */
  toProve(accountId: string): Promise<{ userId: string; storeId: string; version: number } | undefined> {
    return this.database.maybeOne(OWNER, [accountId]);
  }

  /** Its state, locked; undefined where another was given by now, or it is kept no more. */
  async lock(tx: Tx, accountId: string, version: number): Promise<SignInState | undefined> {
    return (await tx.maybeOne<{ state: SignInState }>(LOCK, [accountId, version]))?.state;
  }

  setState(tx: Tx, accountId: string, state: SignInState, reason: string | null): void {
    tx.write(STATE, [accountId, state, reason]);
  }

  /** The account was used; `relink`: it can be no more. */
  used(tx: Tx, accountId: string, status: 'active' | 'relink'): void {
    tx.write(USED, [accountId, status]);
  }

  /** Gives how often it was tried. */
  async tryLater(tx: Tx, accountId: string, afterMs: number): Promise<number> {
    return (await tx.maybeOne<{ attempts: number }>(LATER, [accountId, afterMs / 1000]))!.attempts;
  }
}
