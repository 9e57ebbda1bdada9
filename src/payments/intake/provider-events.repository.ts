import { Injectable } from '@nestjs/common';
import { Database, statement, sweeping } from '../../platform/database';
import { JOB_OF, LEASE_SECONDS } from '../../platform/jobs';
import { traceparent } from '../../platform/tracing';
import type { Labels, ProviderEvent } from '../provider';
import { PASSED } from '../purchases/payments.repository';

export const EVENT_TASK = 'provider_event';

/** An event that this worker holds. */
export interface ClaimedEvent {
  id: string;
  provider: string;
  type: string;
  account: string | null;
  objectKind: string;
  objectId: string | null;
  payload: { labels?: Labels; providerPaymentId?: string | null };
  attempts: number;
  /** Since it came. */
  ageDays: number;
}

export type EventOutcome = 'done' | 'ignored' | 'unknown_account' | 'given_up';

/** Muse's own call may be under way whose answer says the same. */
const OWN_ANSWER_SECONDS = 2;

// An id that has come before makes neither row nor job. What concerns nobody, or tells only what is known, is done as it
// comes; what tells of a payment that Muse itself is moving waits for Muse's own answer, and the sweep sees to it; all else
// has its job at once.
const KEEP = statement(
  'provider_events.keep',
  `WITH payment AS (
     SELECT coalesce(bool_or($12::text = ANY(${PASSED})), false) AS knows,
            coalesce(bool_or($12 IS NOT NULL AND status IN ('created', 'capturing')), false) AS moves
       FROM payments
      WHERE provider = $2 AND (provider_payment_id = $10 OR (id = $11 AND provider_payment_id IS NULL))
   ), event AS (
     INSERT INTO provider_events (id, provider, type, account, object_kind, object_id, payload, occurred_at, next_attempt_at, finished_at, outcome)
     SELECT $1, $2, $3, $4, $5, $6, $7::jsonb, $8::timestamptz, now() + CASE WHEN moves THEN interval '${OWN_ANSWER_SECONDS} seconds' ELSE interval '0' END,
            CASE WHEN knows OR NOT $13 THEN now() END, CASE WHEN NOT $13 THEN 'ignored' WHEN knows THEN 'done' END
       FROM payment
     ON CONFLICT (id) DO NOTHING RETURNING id
   )
   SELECT graphile_worker.add_job('${EVENT_TASK}', ${JOB_OF('$9')}, job_key := id, max_attempts := 3, job_key_mode := 'unsafe_dedupe')
     FROM event, payment WHERE $13 AND NOT knows AND NOT moves`,
);
/** What has become known meanwhile. */
const FINISH_KNOWN = statement(
  'provider_events.finish_known',
  `UPDATE provider_events e SET finished_at = now(), outcome = 'done'
     FROM payments p
    WHERE e.finished_at IS NULL AND e.next_attempt_at < now() AND (e.lease_until IS NULL OR e.lease_until < clock_timestamp())
      AND p.provider = e.provider AND p.provider_payment_id = e.payload->>'providerPaymentId' AND e.payload->>'tells' = ANY(${PASSED})`,
);
const CLAIM = statement(
  'provider_events.claim',
  `UPDATE provider_events
      SET lease_token = $2, lease_until = clock_timestamp() + interval '${LEASE_SECONDS} seconds', attempts = attempts + 1
    WHERE id = $1 AND finished_at IS NULL AND (lease_until IS NULL OR lease_until < clock_timestamp())
   RETURNING id, provider, type, account, object_kind AS "objectKind", object_id AS "objectId", payload, attempts,
          (extract(epoch FROM clock_timestamp() - received_at) / 86400)::float8 AS "ageDays"`,
);
const RENEW = statement(
  'provider_events.renew',
  `UPDATE provider_events SET lease_until = clock_timestamp() + interval '${LEASE_SECONDS} seconds' WHERE id = $1 AND lease_token = $2 RETURNING 1 AS alive`,
);
const FINISH = statement(
  'provider_events.finish',
  `UPDATE provider_events SET finished_at = now(), outcome = $3, last_error = $4, lease_token = NULL, lease_until = NULL
    WHERE id = $1 AND lease_token = $2`,
);
const LATER = statement(
  'provider_events.later',
  `UPDATE provider_events SET next_attempt_at = now() + make_interval(secs => $3), last_error = $4, lease_token = NULL, lease_until = NULL
    WHERE id = $1 AND lease_token = $2`,
);
export const EVENTS_DUE = `SELECT id FROM provider_events
    WHERE finished_at IS NULL AND greatest(next_attempt_at, coalesce(lease_until, '-infinity')) < now() - interval '1 second'
    ORDER BY next_attempt_at LIMIT 200`;
const DUE = statement('provider_events.due', EVENTS_DUE);
const STORE_OF_ACCOUNT = statement(
  'provider_events.store_of_account',
  `SELECT store_id AS "storeId" FROM payment_accounts WHERE provider = $1 AND provider_account_id = $2`,
);
/** Providers send an event again for days, not for months. */
export const FORGET_EVENTS = sweeping(
  'provider_events.forget',
  'provider_events',
  `finished_at < now() - interval '90 days'`,
);

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** What a label says, if it can be an id of ours. */
export const uuidOrNull = (text: string | undefined): string | null =>
  text !== undefined && UUID.test(text) ? text : null;

/** Every statement on verified webhooks. */
@Injectable()
export class ProviderEventsRepository {
  constructor(private readonly database: Database) {}

  /** Row, and job where there is something to find out, once for each id: one statement. What `concerns` nobody here is kept all the same. */
  async keep(provider: string, event: ProviderEvent, concerns: boolean): Promise<void> {
    const { labels, providerPaymentId, tells } = event;
    await this.database.rows(KEEP, [
      ...[event.id, provider, event.type, event.account, event.objectKind, event.objectId],
      ...[JSON.stringify({ labels, providerPaymentId, tells }), event.createdAt, traceparent()],
      ...[providerPaymentId, uuidOrNull(labels.paymentId), tells, concerns],
    ]);
  }

  claim(id: string, lease: string): Promise<ClaimedEvent | undefined> {
    return this.database.maybeOne<ClaimedEvent>(CLAIM, [id, lease]);
  }

  async renew(id: string, lease: string): Promise<boolean> {
    return (await this.database.maybeOne(RENEW, [id, lease])) !== undefined;
  }

  async finish(id: string, lease: string, outcome: EventOutcome, error: string | null = null): Promise<void> {
    await this.database.rows(FINISH, [id, lease, outcome, error]);
  }

  async later(id: string, lease: string, waitMs: number, error: string): Promise<void> {
    await this.database.rows(LATER, [id, lease, waitMs / 1000, error]);
  }

  /** What a worker has to see to; what has become known by itself is finished before. */
  async due(): Promise<string[]> {
    await this.database.rows(FINISH_KNOWN);
    return (await this.database.rows<{ id: string }>(DUE)).map(({ id }) => id);
  }

  async storeOfAccount(provider: string, account: string): Promise<string | undefined> {
    return (await this.database.maybeOne<{ storeId: string }>(STORE_OF_ACCOUNT, [provider, account]))?.storeId;
  }
}
