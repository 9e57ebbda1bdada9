import { Injectable } from '@nestjs/common';
import { RefundTooLarge, Refunds, type NewRefund, type RefundRow } from '../../payments';
import type { SealedJson } from '../../platform/crypto';
import { statement, type Reader, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { OrderWords } from '../life/order-words';
import { paymentStatusAfter } from '../order-states';
import { ORDER_REFUNDED, orderEvent } from '../orders.events';
import type { LockedOrder } from '../orders.repository';
import { OrderPaymentsRepository } from './order-payments.repository';
import { owedByHand, type ByHand } from './owed-by-hand';
import { unitsRefunded } from './refund-amounts';

/** How an order was paid whose value is that of goods that came back: its money lies with the order that they were of. */
export const BY_EXCHANGE = 'exchange';

const PURCHASES = statement(
  'orders.purchases',
  `WITH RECURSIVE paid_by AS (
     SELECT $1::uuid AS id UNION ALL
     SELECT r.order_id FROM paid_by p JOIN returns r ON r.exchange_order_id = p.id
   )
   SELECT c.id, c.order_id AS "orderId", c.paid_cents AS "capturedCents" FROM paid_by p JOIN order_changes c ON c.order_id = p.id WHERE c.paid_cents > 0
   UNION ALL
   SELECT o.id, o.id, o.captured_cents - (SELECT coalesce(sum(c.paid_cents), 0)::bigint FROM order_changes c WHERE c.order_id = o.id)
     FROM paid_by p JOIN orders o ON o.id = p.id WHERE o.payment_method IS DISTINCT FROM '${BY_EXCHANGE}'
   ORDER BY 1`,
);

const EXCHANGED = statement(
  'orders.units_exchanged',
  `SELECT i.order_item_id AS "itemId", sum(i.quantity_received)::int AS quantity FROM returns r JOIN return_items i ON i.return_id = r.id
    WHERE r.order_id = $1 AND r.status = 'exchanged' GROUP BY 1`,
);

/**
 * What of an order's money pays for goods that replaced some of its own: what the orders that came of it directly cost, and
 * what went back of those and of all that came of them, which payments counts among the refunds of the first order.
 */
const BOUND = statement(
  'orders.bound_in_exchanges',
  `WITH RECURSIVE instead AS (
     SELECT r.order_id AS of, r.exchange_order_id AS id FROM returns r WHERE r.order_id = $1 AND r.exchange_order_id IS NOT NULL
     UNION ALL
     SELECT r.order_id, r.exchange_order_id FROM instead i JOIN returns r ON r.order_id = i.id WHERE r.exchange_order_id IS NOT NULL
   )
   SELECT coalesce(sum(o.captured_cents) FILTER (WHERE i.of = $1), 0)::bigint AS "boundCents", coalesce(sum(o.refunded_cents), 0)::bigint AS "refundedCents"
     FROM instead i JOIN orders o ON o.id = i.id`,
);

/** What the store of an order that was paid without Muse was told to give back, and what it has noted that it gave, in order. */
const BY_HAND = statement(
  'orders.given_back_by_hand',
  `SELECT type = 'refunded' AS "isGiven", (after ->> 'amountCents')::bigint AS cents, after ->> 'returnId' AS "returnId" FROM order_events
    WHERE order_id = $1 AND type IN ('refund_owed_by_store', 'refunded') ORDER BY id`,
);

/** A payment that took money for an order: its own, or that of a change that raised it. Payments knows it by this id. */
interface Purchase {
  id: string;
  /** The order that it was paid for. */
  orderId: string;
  capturedCents: number;
}

/** What is to go back, and what whoever asks for it says in words. */
export type Wanted = Omit<NewRefund, 'orderId' | 'sealedReason'> & { words?: string };

interface Bound {
  boundCents: number;
  refundedCents: number;
}

/**
 * The money of an order, wherever it was taken: by its own payment, by those of changes that raised it, or, of an order that
 * replaces goods, by those of the order that they were of. Called under the order's lock; payments bounds each of them again.
 */
@Injectable()
export class OrderMoney {
  constructor(
    private readonly refunds: Refunds,
    private readonly repository: OrderPaymentsRepository,
    private readonly words: OrderWords,
    private readonly events: Events,
  ) {}

  /** What went back of an order's own payments, or is on its way; oldest first. */
  async refundsOf(reader: Reader, orderId: string): Promise<RefundRow[]> {
    const own = (await this.purchases(reader, orderId)).filter((purchase) => purchase.orderId === orderId);
    const found: RefundRow[] = [];
    for (const { id } of own) found.push(...(await this.refunds.of(reader, id)));
    return found.map((refund) => ({ ...refund, orderId })).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** What was taken for it, has not gone back, nor is about to, and pays for no goods that replace its own. */
  async leftOf(tx: Tx, order: LockedOrder): Promise<number> {
    const { boundCents, refundedCents } = (await tx.maybeOne<Bound>(BOUND, [order.id]))!;
    if (order.paymentMethod === BY_EXCHANGE) return order.capturedCents - order.refundedCents - boundCents;
    const gone = sumOf(await this.refundsOf(tx, order.id));
    return order.capturedCents - Math.max(gone, gone - refundedCents + boundCents);
  }

  /** How many units of each item are paid for no longer: refunded, about to be, or exchanged for other goods. */
  async unitsSettled(reader: Reader, orderId: string): Promise<Map<string, number>> {
    // Those of an order that replaces goods stand among the refunds of the one that was paid; items tell them apart.
    const refunds: RefundRow[] = [];
    for (const { id } of await this.purchases(reader, orderId)) refunds.push(...(await this.refunds.of(reader, id)));
    const units = unitsRefunded(refunds);
    for (const { itemId, quantity } of await reader.rows<{ itemId: string; quantity: number }>(EXCHANGED, [orderId]))
      units.set(itemId, (units.get(itemId) ?? 0) + quantity);
    return units;
  }

  /**
   * Asks payments to give so much back, from one of the order's payments if one has as much left, else from several. Throws
   * what Refunds.ask does, RefundTooLarge where all of them together have less.
   */
  async giveBack(tx: Tx, order: LockedOrder, { words, ...refund }: Wanted): Promise<RefundRow[]> {
    if (order.paymentMethod === BY_EXCHANGE) {
      const mine = await this.leftOf(tx, order);
      if (refund.amountCents > mine) throw new RefundTooLarge(mine, order.currency);
    }
    const purchases = await this.purchases(tx, order.id);
    const left = new Map<string, number>();
    for (const { id, capturedCents } of purchases) left.set(id, capturedCents - sumOf(await this.refunds.of(tx, id)));
    const whole = purchases.find(({ id }) => left.get(id)! >= refund.amountCents);
    const asked: RefundRow[] = [];
    let open = refund.amountCents;
    for (const purchase of whole ? [whole] : purchases) {
      const { id } = purchase;
      const isLast = whole !== undefined || id === purchases.at(-1)!.id;
      const amountCents = isLast ? open : Math.min(open, left.get(id)!);
      if (amountCents <= 0) continue;
      const items = asked.length === 0 ? refund.items : [];
      const sealedReason = await this.words.ofRefund(tx, order, purchase, refund.byId, words);
      asked.push(await this.refunds.ask(tx, { ...refund, orderId: id, amountCents, items, sealedReason }));
      open -= amountCents;
      if (open === 0) break;
    }
    if (order.paymentMethod === BY_EXCHANGE) {
      const sealedReason = await this.words.reason(tx, order, refund.byId, words);
      await this.noteOfExchange(tx, order, { reason: refund.reason, sealedReason }, asked);
    }
    return asked.map((row) => ({ ...row, orderId: order.id }));
  }

  /**
   * Of an order that was paid to the store itself: Muse never had the money, so the store gives it back, and notes that it
   * has. Never more in all than it was paid, whatever is owed already. `returnId`: what it is owed for.
   */
  async owe(tx: Tx, order: LockedOrder, cents: number, reason: string, returnId?: string): Promise<void> {
    const { given, owed } = owedByHand(await tx.rows<ByHand>(BY_HAND, [order.id]));
    const amountCents = Math.min(cents, order.capturedCents - Math.max(given, owed));
    if (amountCents <= 0) return;
    const system = { kind: 'system', id: null } as const;
    await this.repository.note(tx, order.id, 'refund_owed_by_store', system, { reason }, { amountCents, returnId });
  }

  /** Of an order that was paid to the store itself: the returns whose money the store has noted that it gave back. */
  async returnsGivenBack(tx: Tx, { id }: LockedOrder): Promise<string[]> {
    return owedByHand(await tx.rows<ByHand>(BY_HAND, [id])).settled;
  }

  /** Payments tells of it to the order that the money was taken for: this one notes it by itself, refund by refund. */
  private async noteOfExchange(
    tx: Tx,
    order: LockedOrder,
    why: { reason: string; sealedReason: SealedJson | null },
    asked: readonly RefundRow[],
  ): Promise<void> {
    const { id, storeId, currency, capturedCents, paymentId } = order;
    const { reason, sealedReason } = why;
    let refundedCents = order.refundedCents;
    let { paymentStatus } = order;
    for (const { id: refundId, amountCents } of asked) {
      refundedCents += amountCents;
      const before = { ...order, paymentStatus };
      paymentStatus = paymentStatusAfter('refunded', before, capturedCents, refundedCents);
      const told = { refundId, amountCents };
      await this.repository.record(tx, before, {
        ...{ type: 'refunded', paymentStatus, paymentId, refundedCents, told },
        // What a person said, or the code.
        ...(sealedReason ? { sealedReason } : { reason }),
      });
      await this.events.publish(tx, orderEvent(ORDER_REFUNDED, id, { storeId, ...told, currency }));
    }
  }

  private purchases(reader: Reader, orderId: string): Promise<Purchase[]> {
    return reader.rows<Purchase>(PURCHASES, [orderId]);
  }
}

function sumOf(refunds: readonly RefundRow[]): number {
  return refunds.reduce((sum, { status, amountCents }) => (status === 'failed' ? sum : sum + amountCents), 0);
}
