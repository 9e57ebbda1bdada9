import { Injectable } from '@nestjs/common';
import { Database, statement, type Tx } from '../../platform/database';
import { JOB_OF, LEASE_SECONDS } from '../../platform/jobs';
import { traceparent } from '../../platform/tracing';
import { KEY_IS_OLD } from '../provider-calls';
import type { StepKind } from './payment-steps';
import { STEP_TASK } from './payments.repository';

/** A step that this worker holds, with all that its call needs. */
export interface ClaimedStep {
  id: string;
  kind: StepKind;
  key: string;
  amountCents: number;
  /** This one included. */
  attempts: number;
  /** First sent so long ago that the provider may have forgotten the key. */
  isStale: boolean;
  /** A person has it looked at once more. */
  isLast: boolean;
  createdAt: Date;
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

/** What a call needs of the step that a CTE `s` has taken. */
const CLAIMED = `SELECT s.id, s.kind, s.provider_key AS key, s.amount_cents AS "amountCents", s.attempts, s.created_at AS "createdAt",
          s.sent_at < now() - ${KEY_IS_OLD} AS "isStale", s.is_last AS "isLast", p.id AS "paymentId", p.provider,
          p.provider_payment_id AS "providerPaymentId", p.provider_charge_id AS "chargeId", p.status AS "paymentStatus",
          p.undecided = '{}' AND p.placed_cents = 0 AS "isGivenUp", p.currency, p.method_kind AS "methodKind",
          p.provider_method_id AS "providerMethodId", p.provider_customer_id AS "customerId", p.return_url AS "returnUrl",
          s.store_id AS "storeId", sh.order_id AS "orderId", a.provider_account_id AS "accountId", sh.transfer_status AS "transferStatus",
          sh.provider_transfer_id AS "transferId", sh.transferred_cents - sh.reversed_cents AS "reversibleCents", s.refund_id AS "refundId"
     FROM s JOIN payments p ON p.id = s.payment_id
     LEFT JOIN payment_shares sh ON sh.payment_id = s.payment_id AND sh.store_id = s.store_id
     LEFT JOIN payment_accounts a ON a.store_id = s.store_id AND a.provider = p.provider`;
const CLAIM = statement(
  'payments.claim_step',
  `WITH s AS (
     UPDATE payment_steps
        SET status = 'running', lease_token = $2, lease_until = clock_timestamp() + interval '${LEASE_SECONDS} seconds', attempts = attempts + 1,
            sent_at = coalesce(sent_at, now())
      WHERE id = $1 AND status IN ('queued', 'running') AND (lease_until IS NULL OR lease_until < clock_timestamp())
     RETURNING *
   )
   ${CLAIMED}`,
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
/** Nothing can have come of what was sent under the key: what is sent next has a key and a day of its own. */
const RENEWED = (condition: string) =>
  `provider_key = CASE WHEN ${condition} THEN uuidv7()::text ELSE provider_key END, sent_at = CASE WHEN ${condition} THEN NULL ELSE sent_at END`;
const RENEW_KEY = statement(
  'payments.renew_step_key',
  `UPDATE payment_steps SET provider_key = uuidv7()::text, sent_at = now() WHERE id = $1 AND lease_token = $2 RETURNING provider_key AS key`,
);
const LATER = statement(
  'payments.step_later',
  `WITH s AS (
     UPDATE payment_steps
        SET status = 'queued', error_code = $4, lease_token = NULL, lease_until = NULL, next_attempt_at = now() + make_interval(secs => $3), ${RENEWED('$6')}
      WHERE id = $1 AND lease_token = $2 RETURNING id, next_attempt_at
   )
   SELECT graphile_worker.add_job('${STEP_TASK}', ${JOB_OF('$5')}, job_key := id::text, run_at := next_attempt_at, max_attempts := 3) FROM s`,
);
const NEEDS_ATTENTION = statement(
  'payments.step_needs_attention',
  `UPDATE payment_steps SET status = 'needs_attention', error_code = $3, lease_token = NULL, lease_until = NULL, is_last = false, ${RENEWED('$4')}
    WHERE id = $1 AND lease_token = $2 RETURNING id`,
);
/** For a person's word: nobody else has it, for it waits for one. */
const TAKE_TO_RESOLVE = statement(
  'payments.take_step_to_resolve',
  `WITH s AS (UPDATE payment_steps SET lease_token = $2 WHERE id = $1 AND status = 'needs_attention' RETURNING *) ${CLAIMED}`,
);
const TRY_AGAIN = statement(
  'payments.try_step_again',
  `WITH s AS (
     UPDATE payment_steps
        SET status = 'queued', attempts = CASE WHEN $3 THEN 0 ELSE attempts END, is_last = NOT $3, ${RENEWED('$3')}, next_attempt_at = now(), lease_token = NULL
      WHERE id = $1 AND lease_token = $2 RETURNING id
   )
   SELECT graphile_worker.add_job('${STEP_TASK}', ${JOB_OF('$4')}, job_key := id::text, max_attempts := 3) FROM s`,
);
export const STEPS_DUE = `SELECT id FROM payment_steps
    WHERE finished_at IS NULL AND status IN ('queued', 'running') AND greatest(next_attempt_at, coalesce(lease_until, '-infinity')) < now() - interval '1 second'
    ORDER BY next_attempt_at LIMIT 200`;

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

  /** A new key for what is about to be sent, since nothing came of the old one's; undefined: the lease is lost. */
  async renewKey(stepId: string, lease: string): Promise<string | undefined> {
    return (await this.database.maybeOne<{ key: string }>(RENEW_KEY, [stepId, lease]))?.key;
  }

  /** `isSpent`: nothing came of what was sent, and under its key the answer would be the same again. */
  later(
    tx: Tx,
    stepId: string,
    lease: string,
    { waitMs, code, isSpent }: { waitMs: number; code: string; isSpent: boolean },
  ): void {
    tx.write(LATER, [stepId, lease, waitMs / 1000, code, traceparent(), isSpent]);
  }

  async needsAttention(tx: Tx, stepId: string, lease: string, code: string, isSpent: boolean): Promise<boolean> {
    return (await tx.run(NEEDS_ATTENTION, [stepId, lease, code, isSpent])) > 0;
  }

  /** Takes a step that needs attention, to write what a person found out; undefined: it does not (any more). */
  takeToResolve(tx: Tx, stepId: string, lease: string): Promise<ClaimedStep | undefined> {
    return tx.maybeOne<ClaimedStep>(TAKE_TO_RESOLVE, [stepId, lease]);
  }

  /** The next try looks first, and is the last one before a person looks again. */
  lookAgain(tx: Tx, stepId: string, lease: string): void {
    tx.write(TRY_AGAIN, [stepId, lease, false, traceparent()]);
  }

  /** A person has found that nothing came of it: as if it had never been sent. */
  sendAnew(tx: Tx, stepId: string, lease: string): void {
    tx.write(TRY_AGAIN, [stepId, lease, true, traceparent()]);
  }
}
