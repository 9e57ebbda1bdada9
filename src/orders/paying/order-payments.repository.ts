import { Injectable } from '@nestjs/common';
import type { SealedJson } from '../../platform/crypto';
import { Database, statement, type Tx } from '../../platform/database';
import type { PaymentStatus } from '../order-states';
import { LOCKED, NOTIFY, type LockedOrder } from '../orders.repository';

const LOCK_OF_PAYMENT = statement(
  'orders.lock_of_payment',
  `SELECT ${LOCKED} FROM orders o WHERE o.payment_id = $1 ORDER BY o.id FOR NO KEY UPDATE`,
);
/** By its own id, or by that of a change that raised it: under that, payments has what was paid for the change. */
const LOCK_ANY = statement(
  'orders.lock_any',
  `SELECT ${LOCKED} FROM orders o
    WHERE o.id = coalesce((SELECT c.order_id FROM order_changes c WHERE c.id = $1), $1) FOR NO KEY UPDATE`,
);
/** Orders whose value is that of goods of this one, and so on: what befalls its money befalls theirs. */
const LOCK_INSTEAD = statement(
  'orders.lock_instead',
  `WITH RECURSIVE instead AS (
     SELECT exchange_order_id AS id FROM returns WHERE order_id = $1 AND exchange_order_id IS NOT NULL
     UNION ALL
     SELECT r.exchange_order_id FROM instead i JOIN returns r ON r.order_id = i.id WHERE r.exchange_order_id IS NOT NULL
   )
   SELECT ${LOCKED} FROM orders o WHERE o.id IN (SELECT id FROM instead) ORDER BY o.id FOR NO KEY UPDATE OF o`,
);
const RECORD = statement(
  'orders.record_payment',
  `WITH changed AS (
     UPDATE orders
        SET payment_status = $2, payment_id = $3, captured_cents = $4, refunded_cents = $5, payment_method = coalesce($6, payment_method),
            payment_last4 = coalesce($7, payment_last4), payment_action = $8,
            pay_failed_at = CASE WHEN $9 THEN coalesce(pay_failed_at, now()) WHEN $2 <> 'paid' THEN pay_failed_at END,
            pay_until = CASE WHEN $9 THEN coalesce(pay_failed_at, now()) + interval '24 hours' END, version = version + 1, updated_at = now()
      WHERE id = $1 RETURNING id, watched_until
   ), history AS (
     INSERT INTO order_events (order_id, type, actor, actor_id, reason, sealed_reason, before, after)
     SELECT id, $10, $11, $12, $13, $16::jsonb, jsonb_build_object('paymentStatus', $14::text), jsonb_build_object('paymentStatus', $2::text) || $15::jsonb
       FROM changed
   )
   SELECT ${NOTIFY} FROM changed`,
);
const NOTE = statement(
  'orders.note',
  `WITH touched AS (UPDATE orders SET version = version + 1, updated_at = now() WHERE id = $1 RETURNING id, watched_until),
   history AS (
     INSERT INTO order_events (order_id, type, actor, actor_id, reason, sealed_reason, after) SELECT id, $2, $3, $4, $5, $7::jsonb, $6::jsonb FROM touched
   )
   SELECT ${NOTIFY} FROM touched`,
);
const NOTED_INSTEAD = statement(
  'orders.noted_instead',
  `SELECT e.order_id AS "orderId", (e.after ->> 'amountCents')::bigint AS cents FROM order_events e
    WHERE e.order_id = ANY ($1::uuid[]) AND e.type = 'refunded' AND e.after ->> 'refundId' = $2
      AND NOT EXISTS (SELECT FROM order_events f WHERE f.order_id = e.order_id AND f.type = 'refund_failed' AND f.after ->> 'refundId' = $2)`,
);
const UNPAID = statement(
  'orders.unpaid',
  `SELECT id FROM orders WHERE pay_until IS NOT NULL AND pay_until < now() AND id <> ALL ($2::uuid[]) ORDER BY pay_until LIMIT $1`,
);
const LOCK_UNPAID = statement(
  'orders.lock_unpaid',
  `SELECT ${LOCKED} FROM orders o WHERE o.id = $1 AND o.pay_until < clock_timestamp() FOR NO KEY UPDATE`,
);
const NEED_NOT_BE_PAID = statement('orders.need_not_be_paid', `UPDATE orders SET pay_until = NULL WHERE id = $1`);
const CURRENCY = statement('orders.currency', `SELECT currency FROM orders WHERE id = $1`);
const PRICED_ITEMS = statement(
  'orders.priced_items',
  `SELECT i.id, i.quantity, i.total_price_cents AS "totalCents", i.discount_cents AS "discountCents", i.tax_cents AS "taxCents",
          o.tax_cents AS "addedCents", o.tax_included_cents AS "includedCents"
     FROM order_items i JOIN orders o ON o.id = i.order_id WHERE i.order_id = $1 ORDER BY i.position`,
);

/** Where an order's money stands from now on, and what its history says of it. */
export interface PaymentRecord {
  type: string;
  paymentStatus: PaymentStatus;
  /** Null lets go of a payment that came to nothing: another may be begun. */
  paymentId: string | null;
  capturedCents?: number;
  refundedCents?: number;
  method?: { method: string; last4: string | null };
  action?: 'authenticate' | 'redirect';
  /** Its stock waits for another payment, until 24 hours after the first failure. */
  waits?: boolean;
  actor?: { kind: 'buyer' | 'merchant' | 'system' | 'support' | 'admin'; id: string | null };
  /** A code. */
  reason?: string;
  /** What a person said of it (OrderWords.reason). */
  sealedReason?: SealedJson | null;
  /** Ids and amounts, for the history. */
  told?: Record<string, unknown>;
}

export interface PricedItem {
  id: string;
  quantity: number;
  totalCents: number;
  discountCents: number;
  /** Added and included. */
  taxCents: number;
  /** Of the whole order. */
  addedCents: number;
  includedCents: number;
}

/** Statements on the money of orders. An order's row is locked before anything of it changes. */
@Injectable()
export class OrderPaymentsRepository {
  constructor(private readonly database: Database) {}

  /** The orders that this payment pays, in the order of locks. */
  lockOfPayment(tx: Tx, paymentId: string): Promise<LockedOrder[]> {
    return tx.rows(LOCK_OF_PAYMENT, [paymentId]);
  }

  /** Whoever's it is. */
  lockAny(tx: Tx, orderId: string): Promise<LockedOrder | undefined> {
    return tx.maybeOne(LOCK_ANY, [orderId]);
  }

  /** The orders that replace goods of this one, which is locked, and what replaces goods of those. */
  lockInstead(tx: Tx, orderId: string): Promise<LockedOrder[]> {
    return tx.rows(LOCK_INSTEAD, [orderId]);
  }

  async record(tx: Tx, order: LockedOrder, record: PaymentRecord): Promise<void> {
    const { paymentStatus, paymentId, method, action, waits, actor, reason, sealedReason, told } = record;
    tx.write(RECORD, [
      ...[order.id, paymentStatus, paymentId, record.capturedCents ?? order.capturedCents],
      ...[record.refundedCents ?? order.refundedCents, method?.method ?? null, method?.last4 ?? null, action ?? null],
      ...[waits ?? false, record.type, actor?.kind ?? 'system', actor?.id ?? null, reason ?? null],
      ...[order.paymentStatus, JSON.stringify(told ?? {}), json(sealedReason)],
    ]);
  }

  /** Something about its money that changes no state. */
  async note(
    tx: Tx,
    orderId: string,
    type: string,
    actor: { kind: string; id: string | null },
    why: { reason?: string; sealedReason?: SealedJson | null },
    told: object,
  ): Promise<void> {
    const { reason = null, sealedReason } = why;
    tx.write(NOTE, [orderId, type, actor.kind, actor.id, reason, JSON.stringify(told), json(sealedReason)]);
  }

  /** What orders that replace goods have noted of a refund of the first one's money, unless it has been taken back already. */
  async notedInstead(tx: Tx, orderIds: string[], refundId: string): Promise<Map<string, number>> {
    const rows = await tx.rows<{ orderId: string; cents: number }>(NOTED_INSTEAD, [orderIds, refundId]);
    return new Map(rows.map(({ orderId, cents }) => [orderId, cents]));
  }

  /** Orders that have waited long enough for another payment, without those of `but`. */
  async unpaid(limit: number, but: string[]): Promise<string[]> {
    return (await this.database.rows<{ id: string }>(UNPAID, [limit, but])).map(({ id }) => id);
  }

  lockUnpaid(tx: Tx, orderId: string): Promise<LockedOrder | undefined> {
    return tx.maybeOne(LOCK_UNPAID, [orderId]);
  }

  async needNotBePaid(tx: Tx, orderId: string): Promise<void> {
    tx.write(NEED_NOT_BE_PAID, [orderId]);
  }

  /** Undefined for an unknown order. */
  currencyOf(orderId: string): Promise<{ currency: string } | undefined> {
    return this.database.maybeOne(CURRENCY, [orderId]);
  }

  pricedItems(tx: Tx, orderId: string): Promise<PricedItem[]> {
    return tx.rows(PRICED_ITEMS, [orderId]);
  }
}

function json(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
