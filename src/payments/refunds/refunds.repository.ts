import { Injectable } from '@nestjs/common';
import type { SealedJson } from '../../platform/crypto';
import { Database, statement, type Reader, type Tx } from '../../platform/database';

/** A refund as it is kept. */
export interface RefundRow {
  id: string;
  orderId: string;
  paymentId: string;
  storeId: string;
  amountCents: number;
  merchantCents: number;
  feeCents: number;
  currency: string;
  /** A code; of refunds of before the words of whoever asked. */
  reason: string;
  /** What whoever asked said of it, sealed by the caller. */
  sealedReason: SealedJson | null;
  items: unknown[];
  byKind: 'merchant' | 'support' | 'admin' | 'buyer' | 'system';
  byId: string | null;
  status: 'pending' | 'succeeded' | 'failed';
  providerRefundId: string | null;
  createdAt: Date;
  finishedAt: Date | null;
}

/** The share that an order's refunds are bounded by; its payment is locked. */
export interface RefundableShare {
  paymentId: string;
  storeId: string;
  provider: string;
  currency: string;
  capturedCents: number;
  feeCents: number;
  refundedCents: number;
  refundedFeeCents: number;
}

const COLUMNS = `id, order_id AS "orderId", payment_id AS "paymentId", store_id AS "storeId", amount_cents AS "amountCents",
  merchant_cents AS "merchantCents", fee_cents AS "feeCents", currency, reason, sealed_reason AS "sealedReason", items, by_kind AS "byKind", by_id AS "byId", status,
  provider_refund_id AS "providerRefundId", created_at AS "createdAt", finished_at AS "finishedAt"`;
const LOCK_PAYMENT = statement(
  'refunds.lock_payment',
  `SELECT p.id FROM payments p WHERE p.id = (SELECT payment_id FROM payment_shares WHERE order_id = $1) FOR NO KEY UPDATE`,
);
const SHARE = statement(
  'refunds.share',
  `SELECT s.payment_id AS "paymentId", s.store_id AS "storeId", p.provider, p.currency, s.captured_cents AS "capturedCents", s.fee_cents AS "feeCents",
          s.refunded_cents AS "refundedCents", s.refunded_fee_cents AS "refundedFeeCents"
     FROM payment_shares s JOIN payments p ON p.id = s.payment_id WHERE s.order_id = $1`,
);
/** Takes it from what is left, or makes nothing: the bound is here, whatever the caller has read before. */
const ASK = statement(
  'refunds.ask',
  `WITH share AS (
     UPDATE payment_shares SET refunded_cents = refunded_cents + $4::bigint, refunded_fee_cents = refunded_fee_cents + $6::bigint, updated_at = now()
      WHERE payment_id = $2 AND store_id = $3 AND captured_cents - refunded_cents >= $4::bigint
        AND refunded_cents = $12 RETURNING order_id
   ), payment AS (
     UPDATE payments SET refunded_cents = refunded_cents + $4::bigint, version = version + 1, updated_at = now()
       FROM share WHERE id = $2
   )
   INSERT INTO refunds (id, order_id, payment_id, store_id, amount_cents, merchant_cents, fee_cents, currency, reason, items, by_kind, by_id, sealed_reason)
   SELECT $1, order_id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $13 FROM share RETURNING ${COLUMNS}`,
);
const OF_ORDER = statement('refunds.of_order', `SELECT ${COLUMNS} FROM refunds WHERE order_id = $1 ORDER BY id`);
const LOCK = statement('refunds.lock', `SELECT ${COLUMNS} FROM refunds WHERE id = $1 FOR NO KEY UPDATE`);
const BY_PROVIDER_ID = statement(
  'refunds.by_provider_id',
  `SELECT r.id, r.payment_id AS "paymentId" FROM refunds r JOIN payments p ON p.id = r.payment_id
    WHERE (r.provider_refund_id = $2 OR r.id = (SELECT refund_id FROM payment_steps WHERE id = $3 AND kind = 'refund')) AND p.provider = $1`,
);
const END = statement(
  'refunds.end',
  `UPDATE refunds SET status = $2, provider_refund_id = coalesce($3, provider_refund_id), error_code = $4,
          finished_at = CASE WHEN $2 <> 'pending' THEN now() END, next_look_at = CASE WHEN $2 = 'pending' THEN now() + interval '60 seconds' END
    WHERE id = $1`,
);
/** What failed is not refunded: it may be asked for again. */
const GIVE_BACK = statement(
  'refunds.give_back',
  `WITH share AS (
     UPDATE payment_shares SET refunded_cents = refunded_cents - $3::bigint, refunded_fee_cents = refunded_fee_cents - $4::bigint, updated_at = now()
      WHERE payment_id = $1 AND store_id = $2
   )
   UPDATE payments SET refunded_cents = refunded_cents - $3::bigint, version = version + 1, updated_at = now() WHERE id = $1`,
);
/** How much of the store's part can be taken back from its transfer; it counts as taken from now on. */
const RESERVE_REVERSAL = statement(
  'refunds.reserve_reversal',
  `UPDATE payment_shares SET reversed_cents = reversed_cents + least($3::bigint, transferred_cents - reversed_cents), updated_at = now()
    WHERE payment_id = $1 AND store_id = $2
   RETURNING least($3::bigint, transferred_cents - (SELECT reversed_cents FROM payment_shares WHERE payment_id = $1 AND store_id = $2)) AS cents`,
);
const UNRESERVE_REVERSAL = statement(
  'refunds.unreserve_reversal',
  `UPDATE payment_shares SET reversed_cents = reversed_cents - $3::bigint, updated_at = now() WHERE payment_id = $1 AND store_id = $2`,
);
// A step without a transfer to reverse has never been sent, however often it was tried; a worker that has it lets it go.
const WITHDRAW_REVERSAL = statement(
  'refunds.withdraw_reversal',
  `UPDATE payment_steps s SET status = 'failed', error_code = 'refund_failed', lease_token = NULL, lease_until = NULL, finished_at = now()
     FROM payment_shares sh
    WHERE s.refund_id = $1 AND s.kind = 'reverse' AND s.status IN ('queued', 'running') AND sh.payment_id = s.payment_id AND sh.store_id = s.store_id
      AND (s.attempts = 0 OR sh.provider_transfer_id IS NULL)
   RETURNING s.amount_cents AS cents`,
);
const REVERSING = statement(
  'refunds.reversing',
  `SELECT 1 AS is FROM payment_steps WHERE refund_id = $1 AND kind = 'reverse' AND status NOT IN ('done', 'failed')`,
);
const SUCCEEDED = statement(
  'refunds.succeeded_of_order',
  `SELECT coalesce(sum(r.amount_cents), 0)::bigint AS "refundedCents", max(s.captured_cents) AS "capturedCents"
     FROM payment_shares s LEFT JOIN refunds r ON r.order_id = s.order_id AND r.status = 'succeeded' WHERE s.order_id = $1`,
);
const TO_LOOK_AT = statement(
  'refunds.to_look_at',
  `UPDATE refunds r SET next_look_at = now() + least(interval '6 hours', greatest(interval '60 seconds', now() - r.created_at))
     FROM (SELECT id FROM refunds WHERE finished_at IS NULL AND next_look_at < now() AND provider_refund_id IS NOT NULL
            ORDER BY next_look_at LIMIT 50 FOR NO KEY UPDATE SKIP LOCKED) due, payments p
    WHERE r.id = due.id AND p.id = r.payment_id
   RETURNING r.id, r.payment_id AS "paymentId", p.provider, r.provider_refund_id AS "providerRefundId"`,
);

/** Every statement on refunds. The payment's row is locked first. */
@Injectable()
export class RefundsRepository {
  constructor(private readonly database: Database) {}

  /** The share that pays an order, its payment locked; undefined: it has none. */
  async lockShare(tx: Tx, orderId: string): Promise<RefundableShare | undefined> {
    tx.write(LOCK_PAYMENT, [orderId]);
    return tx.maybeOne<RefundableShare>(SHARE, [orderId]);
  }

  /** Undefined: not so much is left. */
  ask(
    tx: Tx,
    share: RefundableShare,
    refund: Pick<
      RefundRow,
      'id' | 'amountCents' | 'merchantCents' | 'feeCents' | 'reason' | 'sealedReason' | 'items' | 'byKind' | 'byId'
    >,
  ): Promise<RefundRow | undefined> {
    return tx.maybeOne<RefundRow>(ASK, [
      refund.id,
      share.paymentId,
      share.storeId,
      refund.amountCents,
      refund.merchantCents,
      refund.feeCents,
      share.currency,
      refund.reason,
      JSON.stringify(refund.items),
      refund.byKind,
      refund.byId,
      share.refundedCents,
      refund.sealedReason && JSON.stringify(refund.sealedReason),
    ]);
  }

  ofOrder(reader: Reader, orderId: string): Promise<RefundRow[]> {
    return reader.rows<RefundRow>(OF_ORDER, [orderId]);
  }

  lock(tx: Tx, refundId: string): Promise<RefundRow | undefined> {
    return tx.maybeOne<RefundRow>(LOCK, [refundId]);
  }

  byProviderId(
    provider: string,
    providerRefundId: string,
    stepId: string | null,
  ): Promise<{ id: string; paymentId: string } | undefined> {
    return this.database.maybeOne(BY_PROVIDER_ID, [provider, providerRefundId, stepId]);
  }

  end(
    tx: Tx,
    refundId: string,
    status: RefundRow['status'],
    providerRefundId: string | null,
    code: string | null,
  ): void {
    tx.write(END, [refundId, status, providerRefundId, code]);
  }

  giveBack(tx: Tx, refund: RefundRow): void {
    tx.write(GIVE_BACK, [refund.paymentId, refund.storeId, refund.amountCents, refund.feeCents]);
  }

  async reserveReversal(tx: Tx, refund: RefundRow): Promise<number> {
    const { paymentId, storeId, merchantCents } = refund;
    return (await tx.maybeOne<{ cents: number }>(RESERVE_REVERSAL, [paymentId, storeId, merchantCents]))!.cents;
  }

  unreserveReversal(tx: Tx, paymentId: string, storeId: string, cents: number): void {
    tx.write(UNRESERVE_REVERSAL, [paymentId, storeId, cents]);
  }

  /** Ends the step that would take the store's part back, if it was not sent yet; gives its amount, 0 if there is none such. */
  async withdrawReversal(tx: Tx, refundId: string): Promise<number> {
    return (await tx.maybeOne<{ cents: number }>(WITHDRAW_REVERSAL, [refundId]))?.cents ?? 0;
  }

  /** Whether the store's part is being taken back, and nobody knows yet whether it was. */
  async isReversing(tx: Tx, refundId: string): Promise<boolean> {
    return (await tx.maybeOne(REVERSING, [refundId])) !== undefined;
  }

  async succeeded(tx: Tx, orderId: string): Promise<{ refundedCents: number; capturedCents: number }> {
    return (await tx.maybeOne<{ refundedCents: number; capturedCents: number }>(SUCCEEDED, [orderId]))!;
  }

  toLookAt(): Promise<{ id: string; paymentId: string; provider: string; providerRefundId: string }[]> {
    return this.database.rows(TO_LOOK_AT);
  }
}
