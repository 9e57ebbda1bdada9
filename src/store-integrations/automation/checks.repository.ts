import { Injectable } from '@nestjs/common';
import type { SealedJson } from '../../platform/crypto';
import { Database, statement, sweeping, type Reader, type Tx } from '../../platform/database';
import { JOB_OF, LEASE_SECONDS } from '../../platform/jobs';
import { traceparent } from '../../platform/tracing';

export const CHECK = 'check_store_recipe';

/** A dry run that was asked for; `askedBy` null: by the schedule. */
export interface CheckRow {
  id: string;
  storeId: string;
  version: number;
  askedBy: string | null;
  askedAt: Date;
  outcome: string | null;
  runId: string | null;
  finishedAt: Date | null;
}

export interface ClaimedCheck extends CheckRow {
  attempts: number;
  sealed: SealedJson | null;
  wrapped: Buffer | null;
  masterKeyId: string | null;
}

const COLUMNS = `c.id, c.store_id AS "storeId", c.version, c.asked_by AS "askedBy", c.asked_at AS "askedAt", c.outcome, c.run_id AS "runId", c.finished_at AS "finishedAt"`;
const SET_ACCOUNT = statement(
  'checks.set_account',
  `INSERT INTO store_test_accounts (store_id, sealed, every_minutes, set_by) VALUES ($1, $2, $3, $4)
   ON CONFLICT (store_id) DO UPDATE SET sealed = excluded.sealed, every_minutes = excluded.every_minutes, set_by = excluded.set_by, set_at = now(), next_check_at = now()`,
);
const END_ACCOUNT = statement(
  'checks.end_account',
  `DELETE FROM store_test_accounts WHERE store_id = $1 RETURNING store_id`,
);
const ACCOUNT = statement(
  'checks.account',
  `SELECT every_minutes AS "everyMinutes", set_at AS "setAt", next_check_at AS "nextCheckAt" FROM store_test_accounts WHERE store_id = $1`,
);
// One that waits is given another job: it is the same row, and only one at a time has its lease.
const ASK = statement(
  'checks.ask',
  `WITH c AS (INSERT INTO automation_checks (store_id, version, asked_by) VALUES ($1, $2, $3)
              ON CONFLICT (store_id, version) WHERE outcome IS NULL DO UPDATE SET store_id = excluded.store_id RETURNING *)
   SELECT ${COLUMNS}, graphile_worker.add_job('${CHECK}', ${JOB_OF('$4').replace("'id', id", "'id', c.id")}, job_key := c.id::text, max_attempts := 3) IS NULL AS job
     FROM c`,
);
/** The sweep adds the jobs. */
const SCHEDULE = statement(
  'checks.schedule',
  `WITH due AS (
     UPDATE store_test_accounts SET next_check_at = now() + make_interval(mins => every_minutes) WHERE next_check_at <= now() RETURNING store_id
   )
   INSERT INTO automation_checks (store_id, version)
   SELECT d.store_id, r.version FROM due d JOIN store_recipes r ON r.store_id = d.store_id AND r.status = 'active'
     JOIN stores s ON s.id = d.store_id AND s.automation_policy = 'allowed'
   ON CONFLICT (store_id, version) WHERE outcome IS NULL DO NOTHING`,
);
const UNTIL = `clock_timestamp() + interval '${LEASE_SECONDS} seconds'`;
// Two of one store would fill one cart.
const CLAIM = statement(
  'checks.claim',
  `WITH c AS (
     UPDATE automation_checks c SET lease_token = $2, lease_until = ${UNTIL}, attempts = attempts + 1
      WHERE id = $1 AND outcome IS NULL AND (lease_until IS NULL OR lease_until < clock_timestamp())
        AND NOT EXISTS (SELECT FROM automation_checks o WHERE o.store_id = c.store_id AND o.outcome IS NULL AND o.id <> c.id AND o.lease_until > clock_timestamp())
     RETURNING *
   )
   SELECT ${COLUMNS}, c.attempts, t.sealed, k.wrapped, k.master_key_id AS "masterKeyId"
     FROM c LEFT JOIN store_test_accounts t ON t.store_id = c.store_id LEFT JOIN data_keys k ON k.subject_id = c.store_id`,
);
const RENEW = statement(
  'checks.renew',
  `UPDATE automation_checks SET lease_until = ${UNTIL} WHERE id = $1 AND lease_token = $2 RETURNING 1 AS mine`,
);
const FINISH = statement(
  'checks.finish',
  `UPDATE automation_checks SET outcome = $3, run_id = $4, finished_at = now(), lease_token = NULL, lease_until = NULL
    WHERE id = $1 AND lease_token = $2`,
);
const LATER = statement(
  'checks.later',
  `UPDATE automation_checks SET next_attempt_at = now() + interval '1 minute', lease_token = NULL, lease_until = NULL WHERE id = $1 AND lease_token = $2`,
);
export const CHECKS_DUE = `SELECT id FROM automation_checks
    WHERE outcome IS NULL AND next_attempt_at < now() - interval '1 second' AND (lease_until IS NULL OR lease_until < now()) ORDER BY next_attempt_at LIMIT 50`;
const LATEST = statement(
  'checks.latest',
  `SELECT ${COLUMNS} FROM automation_checks c WHERE c.store_id = $1 ORDER BY c.id DESC LIMIT 10`,
);
const SHAPES = statement('checks.shapes', `SELECT section, parts FROM store_page_shapes WHERE store_id = $1`);
const KEEP_SHAPE = statement(
  'checks.keep_shape',
  `INSERT INTO store_page_shapes (store_id, section, parts) VALUES ($1, $2, $3)
   ON CONFLICT (store_id, section) DO UPDATE SET parts = excluded.parts, seen_at = now()`,
);
const WARN = statement(
  'checks.warn',
  `INSERT INTO automation_warnings (store_id, kind, version, section, step, appeared, vanished, run_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
);
const OLD = sweeping('checks.sweep', 'automation_checks', `finished_at < now() - interval '90 days'`);

export interface TestAccountRow {
  everyMinutes: number;
  setAt: Date;
  nextCheckAt: Date;
}

export interface NewWarning {
  storeId: string;
  kind: 'page_changed' | 'check_failed';
  version: number;
  section: string | null;
  step: string | null;
  appeared?: string[];
  vanished?: string[];
  runId: string | null;
}

/** Every statement on dry runs. */
@Injectable()
export class ChecksRepository {
  constructor(private readonly database: Database) {}

  setAccount(tx: Tx, storeId: string, sealed: SealedJson, everyMinutes: number, by: string): void {
    tx.write(SET_ACCOUNT, [storeId, JSON.stringify(sealed), everyMinutes, by]);
  }

  async endAccount(tx: Tx, storeId: string): Promise<boolean> {
    return (await tx.maybeOne(END_ACCOUNT, [storeId])) !== undefined;
  }

  account(reader: Reader, storeId: string): Promise<TestAccountRow | undefined> {
    return reader.maybeOne<TestAccountRow>(ACCOUNT, [storeId]);
  }

  /** The one that waits already, where there is one. */
  async ask(tx: Tx, storeId: string, version: number, by: string): Promise<CheckRow> {
    return (await tx.maybeOne<CheckRow>(ASK, [storeId, version, by, traceparent()]))!;
  }

  async schedule(): Promise<void> {
    await this.database.rows(SCHEDULE);
  }

  claim(id: string, token: string): Promise<ClaimedCheck | undefined> {
    return this.database.maybeOne<ClaimedCheck>(CLAIM, [id, token]);
  }

  async renew(id: string, token: string): Promise<boolean> {
    return (await this.database.maybeOne(RENEW, [id, token])) !== undefined;
  }

  /** False: it is somebody else's by now. */
  async finish(tx: Tx, id: string, token: string, outcome: string, runId: string | null): Promise<boolean> {
    return (await tx.run(FINISH, [id, token, outcome, runId])) > 0;
  }

  async later(id: string, token: string): Promise<void> {
    await this.database.rows(LATER, [id, token]);
  }

  latest(storeId: string): Promise<CheckRow[]> {
    return this.database.rows<CheckRow>(LATEST, [storeId]);
  }

  async shapes(tx: Tx, storeId: string): Promise<Map<string, string[]>> {
    const rows = await tx.rows<{ section: string; parts: string[] }>(SHAPES, [storeId]);
    return new Map(rows.map(({ section, parts }) => [section, parts]));
  }

  keepShape(tx: Tx, storeId: string, section: string, parts: string[]): void {
    tx.write(KEEP_SHAPE, [storeId, section, parts]);
  }

  warn(tx: Tx, { storeId, kind, version, section, step, appeared, vanished, runId }: NewWarning): void {
    tx.write(WARN, [storeId, kind, version, section, step, appeared ?? [], vanished ?? [], runId]);
  }

  sweep(): Promise<void> {
    return this.database.sweep(OLD);
  }
}
