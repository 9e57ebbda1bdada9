import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Database, statement } from '../../platform/database';
import { Metrics } from '../../platform/metrics';
import { StoreFault } from '../protocols/store-fault';

/** So many failures in a row, within so many seconds, open it. */
export const FAILURES_TO_OPEN = 5;
const WITHIN_SECONDS = 60;
/** How long it stays open the first time; each probe that fails doubles it. */
const OPEN_SECONDS = 30;
const OPEN_SECONDS_AT_MOST = 600;
/** A probe whose worker has died is no longer one. */
const PROBE_SECONDS = 30;

const LOOK = statement(
  'breakers.look',
  `SELECT state, failures, coalesce(retry_at <= clock_timestamp(), false) AS due FROM store_breakers WHERE store_id = $1 AND tier = $2`,
);
const PROBE = statement(
  'breakers.probe',
  `UPDATE store_breakers SET probe_token = $3, probe_until = clock_timestamp() + interval '${PROBE_SECONDS} seconds', updated_at = now()
    WHERE store_id = $1 AND tier = $2 AND state = 'open' AND retry_at <= clock_timestamp()
      AND (probe_until IS NULL OR probe_until < clock_timestamp()) RETURNING 1 AS mine`,
);
const SUCCEEDED = statement(
  'breakers.succeeded',
  `UPDATE store_breakers
      SET state = 'closed', failures = 0, failing_since = NULL, opened_times = 0, retry_at = NULL, probe_token = NULL, probe_until = NULL, updated_at = now()
    WHERE store_id = $1 AND tier = $2 AND (state = 'closed' AND failures > 0 OR state = 'open' AND probe_token = $3)
   RETURNING 1 AS closed`,
);
const FAILS_AGAIN = `b.failing_since > clock_timestamp() - interval '${WITHIN_SECONDS} seconds'`;
const FAILURES = `CASE WHEN ${FAILS_AGAIN} THEN b.failures + 1 ELSE 1 END`;
const IS_PROBE = `b.state = 'open' AND b.probe_token = $3`;
const OPENS = `b.state = 'closed' AND ${FAILURES} >= ${FAILURES_TO_OPEN}`;
const FAILED = statement(
  'breakers.failed',
  `INSERT INTO store_breakers AS b (store_id, tier, failures, failing_since) VALUES ($1, $2, 1, clock_timestamp())
   ON CONFLICT (store_id, tier) DO UPDATE
     SET failures = CASE WHEN b.state = 'closed' THEN ${FAILURES} ELSE b.failures END,
         failing_since = CASE WHEN b.state = 'closed' AND ${FAILS_AGAIN} THEN b.failing_since ELSE clock_timestamp() END,
         state = CASE WHEN ${OPENS} THEN 'open' ELSE b.state END,
         opened_times = b.opened_times + CASE WHEN ${OPENS} OR ${IS_PROBE} THEN 1 ELSE 0 END,
         retry_at = CASE WHEN ${OPENS} THEN clock_timestamp() + interval '${OPEN_SECONDS} seconds'
                         WHEN ${IS_PROBE} THEN clock_timestamp() + make_interval(secs => least(${OPEN_SECONDS} * 2 ^ least(b.opened_times, 10), ${OPEN_SECONDS_AT_MOST}))
                         ELSE b.retry_at END,
         probe_token = CASE WHEN ${IS_PROBE} THEN NULL ELSE b.probe_token END,
         probe_until = CASE WHEN ${IS_PROBE} THEN NULL ELSE b.probe_until END, updated_at = now()
   RETURNING state, failures`,
);

const OPEN = statement('breakers.open', `SELECT count(*)::int AS open FROM store_breakers WHERE state = 'open'`);

/** Of whoever may call: with the token of a probe, where it is one. */
export interface Passage {
  /** Nothing has failed lately: a success need not be written. */
  readonly clean: boolean;
  readonly probe: string | null;
}

/** For calls that are made whatever the breaker says. */
export const ALWAYS: Passage = { clean: false, probe: null };

/**
 * A circuit breaker per store and tier, the same for all workers: its state is a row. Closed until five calls in a row have
 * failed; then nobody calls for half a minute; then one call at a time may probe: a success closes it, a failure keeps it open
 * twice as long. Only failures of the store count: who is refused, or told to come later, has had an answer.
 */
@Injectable()
export class Breakers implements OnModuleInit {
  private readonly logger = new Logger('Breakers');

  constructor(
    private readonly database: Database,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    const help = 'Stores that are known to be down: nobody asks them but a probe now and again';
    this.metrics.atScrape('breakers', { muse_store_breakers_open: { help } }, async () => {
      const row = (await this.database.maybeOne<{ open: number }>(OPEN))!;
      return { muse_store_breakers_open: [{ value: row.open }] };
    });
  }

  /** Whether the store may be called now; null: it is known to be down. */
  async pass(storeId: string, tier: string): Promise<Passage | null> {
    type Row = { state: 'closed' | 'open'; failures: number; due: boolean };
    const row = await this.database.maybeOne<Row>(LOOK, [storeId, tier]);
    if (!row || row.state === 'closed') return { clean: !row || row.failures === 0, probe: null };
    if (!row.due) return null;
    const probe = randomUUID();
    return (await this.database.maybeOne(PROBE, [storeId, tier, probe])) ? { clean: false, probe } : null;
  }

  /** A call that may be made: how it went is told to the breaker. Throws StoreFault only. */
  async through<T>(storeId: string, tier: string, passage: Passage, call: () => Promise<T>): Promise<T> {
    try {
      const answer = await call();
      await this.succeeded(storeId, tier, passage);
      return answer;
    } catch (error) {
      throw await this.heard(storeId, tier, passage, error);
    }
  }

  async succeeded(storeId: string, tier: string, { clean, probe }: Passage): Promise<void> {
    if (clean) return;
    const closed = await this.database.maybeOne(SUCCEEDED, [storeId, tier, probe]);
    if (closed && probe !== null) this.logger.log({ message: 'store is back', storeId, tier });
  }

  /** Tells how a call went that threw, and gives its fault; whatever is no StoreFault is one whose outcome nobody knows. */
  async heard(storeId: string, tier: string, passage: Passage, error: unknown): Promise<StoreFault> {
    const fault =
      error instanceof StoreFault ? error : new StoreFault('unknown', 'failed', 'The store could not be asked.');
    await (fault.isOfStore ? this.failed(storeId, tier, passage) : this.succeeded(storeId, tier, passage));
    return fault;
  }

  async failed(storeId: string, tier: string, { probe }: Passage): Promise<void> {
    const row = await this.database.maybeOne<{ state: string; failures: number }>(FAILED, [storeId, tier, probe]);
    if (row?.state === 'open') this.logger.warn({ message: 'store is down', storeId, tier, failures: row.failures });
  }
}
