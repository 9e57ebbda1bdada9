import { Injectable } from '@nestjs/common';
import { Database, statement, type Tx } from '../../platform/database';
import { JOB_OF, LEASE_SECONDS } from '../../platform/jobs';
import { traceparent } from '../../platform/tracing';
import type { StepKind } from './payment-steps';
import { STEP_TASK } from './payments.repository';

/** How long a provider remembers an idempotency key. */
const KEY_HOURS = 24;

/** A step that this worker holds, with all that its call needs. */
export interface ClaimedStep {
  id: string;
  kind: StepKind;
  key: string;
  amountCents: number;
  /** This one included. */
  attempts: number;
  /** First sent so long ago that the provider has forgotten the key. */
  isStale: boolean;
  sentAt: Date;
  paymentId: string;
  provider: string;
  providerPaymentId: string | null;
  chargeId: string | null;
  paymentStatus: string;
  isGivenUp: boolean;
  currency: string;
  methodKind: string;
  providerMethodId: string;
  customerId: string | null;
  returnUrl: string;
  storeId: string | null;
  orderId: string | null;
  accountId: string | null;
  transferStatus: 'none' | 'due' | 'sent' | 'failed' | null;
  transferId: string | null;
  /** Of the transfer, what is not reversed. */
  reversibleCents: number | null;
  refundId: string | null;
}

const CLAIM = statement(
  'payments.claim_step',
  `WITH s AS (
     UPDATE payment_steps
        SET status = 'running', lease_token = $2, lease_until = clock_timestamp() + interval '${LEASE_SECONDS} seconds', attempts = attempts + 1,
            sent_at = coalesce(sent_at, now())
      WHERE id = $1 AND status IN ('queued', 'running') AND (lease_until IS NULL OR lease_until < clock_timestamp())
     RETURNING *
   )
   SELECT s.id, s.kind, s.provider_key AS key, s.amount_cents AS "amountCents", s.attempts, s.sent_at AS "sentAt",
          s.sent_at < now() - interval '${KEY_HOURS} hours' AS "isStale", p.id AS "paymentId", p.provider,
          p.provider_payment_id AS "providerPaymentId", p.provider_charge_id AS "chargeId", p.status AS "paymentStatus",
          p.undecided = '{}' AND p.placed_cents = 0 AS "isGivenUp", p.currency, p.method_kind AS "methodKind",
          p.provider_method_id AS "providerMethodId", p.provider_customer_id AS "customerId", p.return_url AS "returnUrl",
          s.store_id AS "storeId", sh.order_id AS "orderId", a.provider_account_id AS "accountId", sh.transfer_status AS "transferStatus",
          sh.provider_transfer_id AS "transferId", sh.transferred_cents - sh.reversed_cents AS "reversibleCents", s.refund_id AS "refundId"
     FROM s JOIN payments p ON p.id = s.payment_id
     LEFT JOIN payment_shares sh ON sh.payment_id = s.payment_id AND sh.store_id = s.store_id
     LEFT JOIN payment_accounts a ON a.store_id = s.store_id AND a.provider = p.provider`,
);
const RENEW = statement(
  'payments.renew_step',
  `UPDATE payment_steps SET lease_until = clock_timestamp() + interval '${LEASE_SECONDS} seconds' WHERE id = $1 AND lease_token = $2 RETURNING 1 AS alive`,
);
const HELD = statement(
  'payments.hold_step',
  `SELECT 1 AS held FROM payment_steps WHERE id = $1 AND lease_token = $2 FOR NO KEY UPDATE`,
);
const FINISH = statement(
  'payments.finish_step',
  `UPDATE payment_steps SET status = $3, provider_ref = $4, error_code = $5, lease_token = NULL, lease_until = NULL, finished_at = now()
    WHERE id = $1 AND lease_token = $2`,
);
const LATER = statement(
  'payments.step_later',
  `WITH s AS (
     UPDATE payment_steps
        SET status = 'queued', error_code = $4, lease_token = NULL, lease_until = NULL, next_attempt_at = now() + make_interval(secs => $3)
      WHERE id = $1 AND lease_token = $2 RETURNING id, next_attempt_at
   )
   SELECT graphile_worker.add_job('${STEP_TASK}', ${JOB_OF('$5')}, job_key := id::text, run_at := next_attempt_at, max_attempts := 3) FROM s`,
);
const NEEDS_ATTENTION = statement(
  'payments.step_needs_attention',
  `UPDATE payment_steps SET status = 'needs_attention', error_code = $3, lease_token = NULL, lease_until = NULL
    WHERE id = $1 AND lease_token = $2 RETURNING id`,
);
const TRY_AGAIN = statement(
  'payments.try_step_again',
  `WITH s AS (
     UPDATE payment_steps SET status = 'queued', attempts = 0, next_attempt_at = now() WHERE id = $1 AND status = 'needs_attention' RETURNING id
   )
   SELECT graphile_worker.add_job('${STEP_TASK}', ${JOB_OF('$2')}, job_key := id::text, max_attempts := 3) FROM s`,
);
const DUE = statement(
  'payments.due_steps',
  `SELECT id FROM payment_steps
    WHERE finished_at IS NULL AND status IN ('queued', 'running') AND greatest(next_attempt_at, coalesce(lease_until, '-infinity')) < now() - interval '1 second'
    ORDER BY next_attempt_at LIMIT 200`,
);

/** Every statement on steps: whoever holds the lease writes, or nobody. */
@Injectable()
export class StepsRepository {
  constructor(private readonly database: Database) {}

  /** Undefined: somebody else has it, or it is over. */
  claim(stepId: string, lease: string): Promise<ClaimedStep | undefined> {
    return this.database.maybeOne<ClaimedStep>(CLAIM, [stepId, lease]);
  }

  async renew(stepId: string, lease: string): Promise<boolean> {
    return (await this.database.maybeOne(RENEW, [stepId, lease])) !== undefined;
  }

  /** Whether the lease stands, and then it stands until the transaction ends. */
  async isHeld(tx: Tx, stepId: string, lease: string): Promise<boolean> {
    return (await tx.maybeOne(HELD, [stepId, lease])) !== undefined;
  }

  finish(
    tx: Tx,
    stepId: string,
    lease: string,
    end: { status: 'done' | 'failed'; ref?: string | null; code?: string | null },
  ): void {
    tx.write(FINISH, [stepId, lease, end.status, end.ref ?? null, end.code ?? null]);
  }

  later(tx: Tx, stepId: string, lease: string, waitMs: number, code: string): void {
    tx.write(LATER, [stepId, lease, waitMs / 1000, code, traceparent()]);
  }

  async needsAttention(tx: Tx, stepId: string, lease: string, code: string): Promise<boolean> {
    return (await tx.run(NEEDS_ATTENTION, [stepId, lease, code])) > 0;
  }

  /** A person has found that it may be tried again. False: it does not need attention. */
  async tryAgain(tx: Tx, stepId: string): Promise<boolean> {
    return (await tx.maybeOne(TRY_AGAIN, [stepId, traceparent()])) !== undefined;
  }

  async due(): Promise<string[]> {
    return (await this.database.rows<{ id: string }>(DUE)).map(({ id }) => id);
  }
}
