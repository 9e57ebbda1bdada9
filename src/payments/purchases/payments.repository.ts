import { Injectable } from '@nestjs/common';
import type { SealedJson } from '../../platform/crypto';
import { Database, statement, type Reader, type Tx } from '../../platform/database';
import { JOB_OF } from '../../platform/jobs';
import { traceparent } from '../../platform/tracing';
import type { ProviderPayment } from '../provider';
import type { StepKind } from './payment-steps';

/** The queue's name for steps: rows and jobs carry it, so it never changes. */
export const STEP_TASK = 'payment_step';

/** Adds the jobs of the steps that a CTE `step` has made; their trace is parameter `trace`. */
const ADD_JOBS = (trace: string) =>
  `graphile_worker.add_job('${STEP_TASK}', ${JOB_OF(trace)}, job_key := id::text, max_attempts := 3, job_key_mode := 'unsafe_dedupe')`;

export type PaymentStatus =
  | 'created'
  | 'action_required'
  | 'authorized'
  | 'capturing'
  | 'captured'
  | 'cancelled'
  | 'declined'
  | 'failed';

/** What is paid, in the words of whoever asks for it. */
export type PurchaseKind = 'checkout' | 'order';

/** A payment's row, as whoever has locked it sees it. */
export interface PaymentRow {
  id: string;
  provider: string;
  providerPaymentId: string | null;
  chargeId: string | null;
  purchaseId: string;
  purchaseKind: PurchaseKind | null;
  shopperId: string;
  currency: string;
  amountCents: number;
  authorizedCents: number;
  placedCents: number;
  capturedCents: number;
  undecided: string[];
  status: PaymentStatus;
  action: SealedJson | null;
  providerFeeBooked: boolean;
  updatedAt: Date;
}

/** What waitingPayment selects, for Payments.opened. */
export type WaitingPayment = Pick<PaymentRow, 'id' | 'status' | 'action' | 'undecided'> & {
  /** RFC 3339 as Postgres writes it in json, or a Date. */
  updatedAt: Date | string;
};

/**
 * Fragment: what a payment waits for, as one json value (WaitingPayment); `id` is its id in the statement around it. One
 * look-up by primary key; the secret in it is sealed.
 */
export const waitingPayment = (id: string): string => `(
  SELECT json_build_object('id', w.id, 'status', w.status, 'action', w.action, 'undecided', w.undecided, 'updatedAt', w.updated_at)
    FROM payments w WHERE w.id = ${id})`;

export interface ShareRow {
  storeId: string;
  orderId: string | null;
  amountCents: number;
  feeCents: number;
  status: 'pending' | 'placed' | 'dropped';
  capturedCents: number;
  refundedCents: number;
}

export interface NewShare {
  storeId: string;
  amountCents: number;
  feeCents: number;
  feePpm: number;
}

export interface NewStep {
  kind: StepKind;
  storeId?: string;
  refundId?: string;
  amountCents: number;
}

/** The payment, its shares, and the authorise step with its job. No row: there is no such method of this shopper. */
const begun = (method: string, shopper: string) => `WITH method AS (${method}), p AS (
     INSERT INTO payments (id, purchase_id, shopper_id, payment_method_id, provider, provider_method_id, provider_customer_id, method_kind,
       method_brand, method_last4, currency, amount_cents, return_url, undecided, purchase_kind)
     SELECT $1, $2, ${shopper}, id, provider, provider_method_id, customer, kind, brand, last4, $5, $6, $7, $8, $13 FROM method RETURNING id, amount_cents
   ), share AS (
     INSERT INTO payment_shares (payment_id, store_id, amount_cents, fee_cents, fee_ppm)
     SELECT p.id, s.* FROM p, unnest($8::uuid[], $9::bigint[], $10::bigint[], $11::int[]) AS s
   ), step AS (
     INSERT INTO payment_steps (kind, payment_id, amount_cents) SELECT 'authorize', id, amount_cents FROM p RETURNING id
   )
   SELECT p.id, (SELECT ${ADD_JOBS('$12')} FROM step) AS job FROM p`;
const BEGIN = statement(
  'payments.begin',
  begun(
    `SELECT m.id, m.provider, m.provider_method_id, m.kind, m.brand, m.last4, CASE WHEN NOT m.single_use THEN c.provider_customer_id END AS customer
       FROM payment_methods m LEFT JOIN payment_customers c ON c.user_id = m.shopper_id
      WHERE m.id = $4 AND m.shopper_id = $3 AND m.removed_at IS NULL`,
    '$3',
  ),
);
// The method is used up with it, and its row would say whose it was: nobody is the shopper.
const BEGIN_ANONYMOUS = statement(
  'payments.begin_anonymous',
  begun(
    `DELETE FROM payment_methods m WHERE m.id = $4 AND m.shopper_id = $3 AND m.single_use AND m.removed_at IS NULL
     RETURNING NULL::uuid AS id, m.provider, m.provider_method_id, m.kind, m.brand, m.last4, NULL::text AS customer`,
    'gen_random_uuid()',
  ),
);
// The payment's row decides: of decisions that come at once, each sees what the others left of `undecided`.
const DECIDE = statement(
  'payments.decide',
  `WITH p AS (
     UPDATE payments p
        SET undecided = array_remove(p.undecided, $2), placed_cents = p.placed_cents + CASE WHEN $3::uuid IS NULL THEN 0 ELSE s.amount_cents END,
            status = CASE WHEN p.status = 'authorized' AND cardinality(p.undecided) = 1
                           AND ($3::uuid IS NOT NULL OR p.placed_cents > 0) THEN 'capturing' ELSE p.status END,
            version = p.version + 1, updated_at = now(), next_look_at = coalesce(p.next_look_at, now() + interval '60 seconds')
       FROM payment_shares s
      WHERE p.id = $1 AND s.payment_id = $1 AND s.store_id = $2 AND $2 = ANY (p.undecided)
     RETURNING p.id, p.status, p.placed_cents, cardinality(p.undecided) AS undecided
   ), share AS (
     UPDATE payment_shares s SET status = CASE WHEN $3::uuid IS NULL THEN 'dropped' ELSE 'placed' END, order_id = $3, updated_at = now()
       FROM p WHERE s.payment_id = p.id AND s.store_id = $2
   ), step AS (
     INSERT INTO payment_steps (kind, payment_id, amount_cents)
     SELECT CASE WHEN status = 'capturing' THEN 'capture' ELSE 'cancel' END, id, placed_cents FROM p
      WHERE undecided = 0 AND status IN ('action_required', 'authorized', 'capturing')
     ON CONFLICT DO NOTHING RETURNING id
   )
   SELECT p.id, (SELECT ${ADD_JOBS('$4')} FROM step) AS job FROM p`,
);
const giveUpWhere = (condition: string) => `WITH p AS (
     UPDATE payments p
        SET undecided = '{}', status = CASE WHEN p.status = 'authorized' AND p.placed_cents > 0 THEN 'capturing' ELSE p.status END,
            version = p.version + 1, updated_at = now()
      WHERE p.id = $1 AND ${condition} RETURNING p.id, p.status, p.placed_cents
   ), share AS (
     UPDATE payment_shares s SET status = 'dropped', updated_at = now() FROM p WHERE s.payment_id = p.id AND s.status = 'pending'
   ), step AS (
     INSERT INTO payment_steps (kind, payment_id, amount_cents)
     SELECT CASE WHEN status = 'capturing' THEN 'capture' ELSE 'cancel' END, id, placed_cents FROM p
      WHERE status IN ('action_required', 'authorized', 'capturing')
     ON CONFLICT DO NOTHING RETURNING id
   )
   SELECT p.id, (SELECT ${ADD_JOBS('$2')} FROM step) AS job FROM p`;
const GIVE_UP = statement('payments.give_up', giveUpWhere('cardinality(p.undecided) > 0'));
/** Only while the shopper has something to do: what is authorised meanwhile goes on. */
const ABANDON = statement(
  'payments.abandon',
  giveUpWhere(`cardinality(p.undecided) > 0 AND p.status = 'action_required'`),
);
const COLUMNS = `id, provider, provider_payment_id AS "providerPaymentId", provider_charge_id AS "chargeId", purchase_id AS "purchaseId", purchase_kind AS "purchaseKind",
  shopper_id AS "shopperId", currency, amount_cents AS "amountCents", authorized_cents AS "authorizedCents", placed_cents AS "placedCents",
  captured_cents AS "capturedCents", undecided, status, action, provider_fee_booked AS "providerFeeBooked", updated_at AS "updatedAt"`;
const LOCK = statement('payments.lock', `SELECT ${COLUMNS} FROM payments WHERE id = $1 FOR NO KEY UPDATE`);
const READ = statement('payments.read', `SELECT ${COLUMNS} FROM payments WHERE id = $1`);
/** What a row of payments has passed, as an array of PaymentMilestone. Until the provider's fee is booked, it may be told with the capture. */
export const PASSED = `CASE
    WHEN provider_payment_id IS NULL THEN ARRAY[]::text[]
    WHEN status IN ('created', 'action_required') THEN ARRAY['created']
    WHEN status = 'captured' AND provider_fee_booked THEN ARRAY['created', 'authorized', 'captured']
    ELSE ARRAY['created', 'authorized'] END`;
const BY_PROVIDER_ID = statement(
  'payments.by_provider_id',
  `SELECT id FROM payments WHERE provider = $1 AND provider_payment_id = $2`,
);
const SHARES = statement(
  'payments.shares',
  `SELECT store_id AS "storeId", order_id AS "orderId", amount_cents AS "amountCents", fee_cents AS "feeCents", status,
          captured_cents AS "capturedCents", refunded_cents AS "refundedCents"
     FROM payment_shares WHERE payment_id = $1 ORDER BY store_id`,
);
const CHANGE = statement(
  'payments.change',
  `UPDATE payments
      SET status = $2, provider_payment_id = coalesce(provider_payment_id, $3), provider_charge_id = coalesce($4, provider_charge_id),
          authorized_cents = $5, captured_cents = $6, action = $7, decline_code = coalesce($8, decline_code),
          authorized_at = CASE WHEN $2 = 'authorized' THEN coalesce(authorized_at, now()) ELSE authorized_at END,
          captured_at = CASE WHEN $2 = 'captured' THEN coalesce(captured_at, now()) END,
          voided_at = CASE WHEN $2 IN ('cancelled', 'declined', 'failed') THEN coalesce(voided_at, now()) END,
          next_look_at = CASE WHEN $2 IN ('cancelled', 'declined', 'failed') OR ($2 = 'captured' AND $9) THEN NULL ELSE now() + interval '60 seconds' END,
          looks = 0, version = version + 1, updated_at = now(), provider_fee_booked = $9
    WHERE id = $1`,
);
const CAPTURED_SHARES = statement(
  'payments.captured_shares',
  `UPDATE payment_shares s
      SET captured_cents = amount_cents, transferred_cents = x.cents, transfer_status = CASE WHEN x.cents > 0 THEN 'due' ELSE 'none' END, updated_at = now()
     FROM unnest($2::uuid[], $3::bigint[]) AS x (store_id, cents) WHERE s.payment_id = $1 AND s.store_id = x.store_id`,
);
/** Of a payment that could not be taken: its orders are free for another one. */
const DROP_SHARES = statement(
  'payments.drop_shares',
  `UPDATE payment_shares SET status = 'dropped', order_id = NULL, updated_at = now() WHERE payment_id = $1 AND status = 'placed'`,
);
const ADD_STEPS = statement(
  'payments.add_steps',
  `WITH step AS (
     INSERT INTO payment_steps (payment_id, kind, store_id, refund_id, amount_cents)
     SELECT $1, * FROM unnest($2::text[], $3::uuid[], $4::uuid[], $5::bigint[]) ON CONFLICT DO NOTHING RETURNING id
   )
   SELECT ${ADD_JOBS('$6')} FROM step`,
);
/** Another path than the step's own worker has seen its effect: the worker's lease is over. */
export const END_STEP = statement(
  'payments.end_step',
  `UPDATE payment_steps SET status = $3, provider_ref = $4, error_code = $5, lease_token = NULL, lease_until = NULL, finished_at = now()
    WHERE payment_id = $1 AND kind = $2 AND status IN ('queued', 'running', 'needs_attention')`,
);
const SHOWN = statement(
  'payments.shown',
  `SELECT s.order_id AS "orderId", p.method_kind AS kind, p.method_brand AS brand, p.method_last4 AS last4
     FROM payment_shares s JOIN payments p ON p.id = s.payment_id WHERE s.order_id = ANY ($1)`,
);
const TO_LOOK_AT = statement(
  'payments.to_look_at',
  `UPDATE payments p
      SET looks = p.looks + 1, next_look_at = now() + least(interval '1 hour', interval '60 seconds' * power(2, least(p.looks, 6)))
     FROM (SELECT id FROM payments WHERE next_look_at < now() ORDER BY next_look_at LIMIT 50 FOR NO KEY UPDATE SKIP LOCKED) due
    WHERE p.id = due.id
   RETURNING p.id, p.status = 'action_required' AND p.updated_at < now() - make_interval(mins => $1) AS late`,
);

/** Every statement on payments and their shares. The payment's row is locked first, then shares, then steps, then debts. */
@Injectable()
export class PaymentsRepository {
  constructor(private readonly database: Database) {}

  /** False: there is no such method of this shopper. */
  async begin(
    tx: Tx,
    payment: {
      id: string;
      purchaseId: string;
      purchaseKind: PurchaseKind;
      shopperId: string;
      paymentMethodId: string;
      currency: string;
      returnUrl: string;
      isAnonymous?: boolean;
      shares: NewShare[];
    },
  ): Promise<boolean> {
    const { shares } = payment;
    const made = await tx.maybeOne(payment.isAnonymous ? BEGIN_ANONYMOUS : BEGIN, [
      payment.id,
      payment.purchaseId,
      payment.shopperId,
      payment.paymentMethodId,
      payment.currency,
      shares.reduce((sum, { amountCents }) => sum + amountCents, 0),
      payment.returnUrl,
      shares.map((share) => share.storeId),
      shares.map((share) => share.amountCents),
      shares.map((share) => share.feeCents),
      shares.map((share) => share.feePpm),
      traceparent(),
      payment.purchaseKind,
    ]);
    return made !== undefined;
  }

  decide(tx: Tx, paymentId: string, storeId: string, orderId: string | null): void {
    tx.write(DECIDE, [paymentId, storeId, orderId, traceparent()]);
  }

  giveUp(tx: Tx, paymentId: string): void {
    tx.write(GIVE_UP, [paymentId, traceparent()]);
  }

  abandon(tx: Tx, paymentId: string): void {
    tx.write(ABANDON, [paymentId, traceparent()]);
  }

  lock(tx: Tx, paymentId: string): Promise<PaymentRow | undefined> {
    return tx.maybeOne<PaymentRow>(LOCK, [paymentId]);
  }

  read(paymentId: string, reader: Reader = this.database): Promise<PaymentRow | undefined> {
    return reader.maybeOne<PaymentRow>(READ, [paymentId]);
  }

  async byProviderId(provider: string, providerPaymentId: string): Promise<string | undefined> {
    return (await this.database.maybeOne<{ id: string }>(BY_PROVIDER_ID, [provider, providerPaymentId]))?.id;
  }

  shares(reader: Reader, paymentId: string): Promise<ShareRow[]> {
    return reader.rows<ShareRow>(SHARES, [paymentId]);
  }

  /** Writes what a payment has become; the caller has locked it. */
  change(
    tx: Tx,
    payment: PaymentRow,
    to: Partial<Pick<PaymentRow, 'status' | 'authorizedCents' | 'capturedCents' | 'action' | 'providerFeeBooked'>> & {
      declineCode?: string;
    },
    state: Pick<ProviderPayment, 'id' | 'chargeId'> | null,
  ): void {
    const status = to.status ?? payment.status;
    const action = status === 'action_required' ? (to.action ?? payment.action) : null;
    tx.write(CHANGE, [
      payment.id,
      status,
      state?.id ?? null,
      state?.chargeId ?? null,
      to.authorizedCents ?? payment.authorizedCents,
      to.capturedCents ?? payment.capturedCents,
      action,
      to.declineCode ?? null,
      to.providerFeeBooked ?? payment.providerFeeBooked,
    ]);
  }

  /** Marks shares captured, with what is to be sent of each. */
  captureShares(tx: Tx, paymentId: string, shares: { storeId: string; sentCents: number }[]): void {
    tx.write(CAPTURED_SHARES, [
      paymentId,
      shares.map(({ storeId }) => storeId),
      shares.map(({ sentCents }) => sentCents),
    ]);
  }

  /** Nothing will be captured for these orders; they may be paid by another payment. */
  dropShares(tx: Tx, paymentId: string): void {
    tx.write(DROP_SHARES, [paymentId]);
  }

  /** Makes steps with their jobs; one that exists already stays as it is. */
  addSteps(tx: Tx, paymentId: string, steps: NewStep[]): void {
    if (steps.length === 0) return;
    tx.write(ADD_STEPS, [
      paymentId,
      steps.map(({ kind }) => kind),
      steps.map(({ storeId }) => storeId ?? null),
      steps.map(({ refundId }) => refundId ?? null),
      steps.map(({ amountCents }) => amountCents),
      traceparent(),
    ]);
  }

  /** Ends the payment's open step of a kind, whoever holds its lease. */
  endStep(
    tx: Tx,
    paymentId: string,
    kind: StepKind,
    end: { status: 'done' | 'failed'; ref?: string; code?: string },
  ): void {
    tx.write(END_STEP, [paymentId, kind, end.status, end.ref ?? null, end.code ?? null]);
  }

  async shown(
    reader: Reader,
    orderIds: string[],
  ): Promise<{ orderId: string; kind: string; brand: string | null; last4: string | null }[]> {
    return orderIds.length === 0 ? [] : reader.rows(SHOWN, [orderIds]);
  }

  /** Payments whose time to be looked at has come; `late`: the shopper has not done what was asked in so many minutes. */
  toLookAt(actionMinutes: number): Promise<{ id: string; late: boolean }[]> {
    return this.database.rows(TO_LOOK_AT, [actionMinutes]);
  }
}
