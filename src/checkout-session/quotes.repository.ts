import { Injectable } from '@nestjs/common';
import { Database, statement, type Conclusion, type Tx } from '../platform/database';
import { JOB_OF, LEASE_SECONDS } from '../platform/jobs';
import { traceparent } from '../platform/tracing';
import { CheckoutStrategyRegistry } from '../store-integrations';
import { CHECKOUT_TIERS } from '../stores';
import { QUOTE_MINUTES } from './checkout.repository';

export const QUOTE_TASK = 'quote_store';
/** A store that has not said by then what it asks for is served by the next tier; unless its tier takes longer. */
export const ASK_SECONDS = 15;

/** Asked anew, whoever was asking loses the lease: the answer to an older question is written by nobody. */
const ASK = statement(
  'quotes.ask',
  `WITH q AS (
     INSERT INTO store_quotes AS q (store_checkout_id, session_id, store_id, ask_until)
     SELECT sc.id, sc.session_id, sc.store_id, clock_timestamp() + make_interval(secs => coalesce(($4::jsonb ->> coalesce(sc.served_by, sc.tier))::int, ${ASK_SECONDS}))
       FROM store_checkouts sc WHERE sc.session_id = $1 AND sc.store_id = ANY ($2::uuid[])
     ON CONFLICT (store_checkout_id) DO UPDATE
       SET asked = q.asked + 1, status = 'queued', attempts = 0, lease_token = NULL, lease_until = NULL, next_attempt_at = now(),
           ask_until = excluded.ask_until, finished_at = NULL
     RETURNING id
   ), answered AS (
     UPDATE store_checkouts SET action = NULL, message = NULL WHERE session_id = $1 AND store_id = ANY ($2::uuid[]) AND action IS NOT NULL
   )
   SELECT graphile_worker.add_job('${QUOTE_TASK}', ${JOB_OF('$3')}, job_key := id::text, max_attempts := 3) FROM q`,
);
const CLAIM = statement(
  'quotes.claim',
  `UPDATE store_quotes
      SET status = 'running', lease_token = $2, lease_until = clock_timestamp() + interval '${LEASE_SECONDS} seconds', attempts = attempts + 1
    WHERE id = $1 AND status IN ('queued', 'running') AND (lease_until IS NULL OR lease_until < clock_timestamp())
   RETURNING id, session_id AS "sessionId", store_id AS "storeId", attempts, extract(epoch FROM ask_until - clock_timestamp())::float8 * 1000 AS "leftMs"`,
);
const RENEW = statement(
  'quotes.renew_lease',
  `UPDATE store_quotes SET lease_until = clock_timestamp() + interval '${LEASE_SECONDS} seconds' WHERE id = $1 AND lease_token = $2 RETURNING 1 AS alive`,
);
const REQUEUE = statement(
  'quotes.requeue',
  `WITH q AS (
     UPDATE store_quotes SET status = 'queued', lease_token = NULL, lease_until = NULL, next_attempt_at = now() + make_interval(secs => $3)
      WHERE id = $1 AND lease_token = $2 RETURNING id, next_attempt_at
   )
   SELECT graphile_worker.add_job('${QUOTE_TASK}', ${JOB_OF('$4')}, job_key := id::text, run_at := next_attempt_at, max_attempts := 3) FROM q`,
);
const FINISH = statement(
  'quotes.finish',
  `UPDATE store_quotes SET status = 'done', lease_token = NULL, lease_until = NULL, finished_at = now()
    WHERE id = $1 AND lease_token = $2 RETURNING extract(epoch FROM now() - created_at)::float8 AS seconds`,
);
/** Beside what a session saves of all its stores: this one's quote is of now. */
const STAMP = statement(
  'quotes.stamp',
  `UPDATE store_checkouts SET quoted_at = clock_timestamp(), quote_expires_at = clock_timestamp() + interval '${QUOTE_MINUTES} minutes'
    WHERE session_id = $1 AND store_id = $2`,
);
export const QUOTES_DUE = `SELECT id FROM store_quotes
    WHERE status IN ('queued', 'running') AND greatest(next_attempt_at, coalesce(lease_until, '-infinity')) < now() - interval '1 second'
    ORDER BY next_attempt_at LIMIT 200`;

/** What is asked is a question no more, or nobody waits for it: whoever asks stops. */
const WANTED = statement(
  'quotes.wanted',
  `SELECT 1 AS wanted FROM store_quotes q JOIN checkout_sessions cs ON cs.id = q.session_id
    WHERE q.id = $1 AND q.lease_token = $2 AND cs.status = 'pending' AND cs.expires_at > clock_timestamp()`,
);
/** The shopper is asked something meanwhile: their time is not the store's. */
const PROLONG = statement(
  'quotes.prolong',
  `UPDATE store_quotes SET ask_until = greatest(ask_until, $3) WHERE id = $1 AND lease_token = $2 RETURNING 1 AS mine`,
);

export interface ClaimedQuote {
  id: string;
  sessionId: string;
  storeId: string;
  attempts: number;
  /** Until the store is given up on; less than nothing: it has had its time. */
  leftMs: number;
}

/** Statements on quotes by job, and their leases. */
@Injectable()
export class QuotesRepository {
  private readonly seconds: string;

  constructor(
    private readonly database: Database,
    strategies: CheckoutStrategyRegistry,
  ) {
    const own = CHECKOUT_TIERS.map((tier) => [tier, strategies.for(tier).quoteSeconds ?? ASK_SECONDS]);
    this.seconds = JSON.stringify(Object.fromEntries(own));
  }

  /** These stores of a session are asked anew what they come to; their rows are there by then. */
  ask(tx: Tx, sessionId: string, storeIds: string[]): void {
    if (storeIds.length > 0) tx.write(ASK, [sessionId, storeIds, traceparent(), this.seconds]);
  }

  /** The same behind a conclusion that writes the session. */
  asking<T>(made: Conclusion<T>, sessionId: string, storeIds: string[]): Conclusion<T> {
    if (storeIds.length === 0) return made;
    return made.followedBy(ASK, [sessionId, storeIds, traceparent(), this.seconds], () => undefined);
  }

  claim(quoteId: string, lease: string): Promise<ClaimedQuote | undefined> {
    return this.database.maybeOne<ClaimedQuote>(CLAIM, [quoteId, lease]);
  }

  async renew(quoteId: string, lease: string): Promise<boolean> {
    return (await this.database.maybeOne(RENEW, [quoteId, lease])) !== undefined;
  }

  async isWanted(quoteId: string, lease: string): Promise<boolean> {
    return (await this.database.maybeOne(WANTED, [quoteId, lease])) !== undefined;
  }

  /** At least until then; false where the lease is lost. */
  async prolong(tx: Tx, quoteId: string, lease: string, until: Date): Promise<boolean> {
    return (await tx.maybeOne(PROLONG, [quoteId, lease, until])) !== undefined;
  }

  /** Again after so long; nothing where the lease is lost. */
  async requeue(quoteId: string, lease: string, afterMs: number): Promise<void> {
    await this.database.rows(REQUEUE, [quoteId, lease, afterMs / 1000, traceparent()]);
  }

  /** False where the lease is lost, or something else is asked by now: then nothing may be written. */
  async finish(tx: Tx, quoteId: string, lease: string): Promise<boolean> {
    return (await tx.maybeOne(FINISH, [quoteId, lease])) !== undefined;
  }

  stamp(tx: Tx, sessionId: string, storeId: string): void {
    tx.write(STAMP, [sessionId, storeId]);
  }
}
