import { Injectable } from '@nestjs/common';
import type { SealedJson } from '../../platform/crypto';
import { Database, statement, type Reader, type Tx } from '../../platform/database';
import type { Language } from '../../platform/http';
import type { TaxLine } from '../../pricing';
import type { By } from '../changes/order-changes.repository';
import { NOTIFY } from '../orders.repository';
import type { Condition, ReturnKind, ReturnStatus } from './return-states';

const RESERVE = statement(
  'returns.reserve',
  `UPDATE order_items i SET quantity_in_return = i.quantity_in_return + x.quantity
     FROM unnest($2::uuid[], $3::int[]) AS x (id, quantity)
    WHERE i.order_id = $1 AND i.id = x.id AND i.quantity_in_return + x.quantity <= i.quantity_shipped
   RETURNING i.id`,
);
const ITEMS_OF_ORDER = statement(
  'returns.items_of_order',
  `SELECT id, quantity_shipped - quantity_in_return AS returnable, unit_price_cents AS "unitPriceCents" FROM order_items WHERE order_id = $1`,
);
/** What decides whether, and until when, an order's goods may be sent back. */
const TERMS = statement(
  'returns.terms',
  `SELECT coalesce(o.delivered_at, o.completed_at) AS "deliveredAt", (s.policies ->> 'returnsDays')::int AS "returnsDays", o.key_subject_id AS "keySubjectId",
          CASE WHEN o.buyer_user_id IS NOT NULL THEN 'user' WHEN o.buyer_guest_id IS NOT NULL THEN 'guest' END AS "buyerKind",
          o.tax_lines AS "taxLines", o.total_cents AS "totalCents", o.total_ves_cents AS "totalVesCents", o.exchange_rate_id AS "exchangeRateId", o.locale,
          clock_timestamp() AS now
     FROM orders o JOIN stores s ON s.id = o.store_id WHERE o.id = $1`,
);
const HISTORY = (after: string) => `history AS (
     INSERT INTO order_events (order_id, type, actor, actor_id, after) SELECT order_id, $2, $3, $4, ${after} FROM changed
   ), touched AS (
     UPDATE orders SET version = version + 1, updated_at = now() FROM changed WHERE orders.id = changed.order_id RETURNING orders.id, watched_until
   )`;
const ADD = statement(
  'returns.add',
  `WITH changed AS (
     INSERT INTO returns (id, order_id, store_id, kind, key_subject_id, words, exchange_for) VALUES ($1, $5, $6, $7, $8, $9, $10) RETURNING id, order_id
   ), item AS (
     INSERT INTO return_items (return_id, order_item_id, quantity, reason)
     SELECT changed.id, x.id, x.quantity, '' FROM changed, unnest($11::uuid[], $12::int[]) AS x (id, quantity)
   ), ${HISTORY(`jsonb_build_object('returnId', id)`)}
   SELECT ${NOTIFY} FROM touched`,
);
const ITEMS = `(SELECT coalesce(json_agg(json_build_object('itemId', i.order_item_id, 'quantity', i.quantity, 'reason', i.reason, 'quantityReceived', i.quantity_received,
             'quantityRestocked', i.quantity_restocked, 'condition', i.condition) ORDER BY i.order_item_id), '[]') FROM return_items i WHERE i.return_id = r.id) AS items`;
const COLUMNS = `r.id, r.order_id AS "orderId", r.kind, r.status, r.key_subject_id AS "keySubjectId", r.words, r.answer, r.parcel,
  r.exchange_for AS "exchangeFor", r.exchange_order_id AS "exchangeOrderId", r.refund_cents AS "refundCents", r.version, r.created_at AS "createdAt",
  r.decided_at AS "decidedAt", r.received_at AS "receivedAt", r.ended_at AS "endedAt", ${ITEMS}`;
const LOCK = statement(
  'returns.lock',
  `SELECT ${COLUMNS} FROM returns r WHERE r.order_id = $1 AND r.id = $2 FOR NO KEY UPDATE`,
);
const SHOWN = `SELECT ${COLUMNS}, k.wrapped, k.master_key_id AS "masterKeyId", o.currency, o.checkout_method <> 'direct' AS "isAtStore"
     FROM returns r JOIN orders o ON o.id = r.order_id LEFT JOIN data_keys k ON k.subject_id = r.key_subject_id`;
const ONE = statement('returns.one', `${SHOWN} WHERE r.order_id = $1 AND r.id = $2`);
const OF_ORDER = statement(
  'returns.of_order',
  `${SHOWN} WHERE r.order_id = $1 AND ($2::uuid IS NULL OR r.id > $2) ORDER BY r.id LIMIT $3`,
);
const OF_STORE = statement(
  'returns.of_store',
  `${SHOWN} WHERE r.store_id = $1 AND ($2::uuid IS NULL OR r.id < $2) AND ($4::text IS NULL OR r.status = $4) ORDER BY r.id DESC LIMIT $3`,
);
const COUNT = statement('returns.count', `SELECT count(*)::int AS count FROM returns WHERE order_id = $1`);
const MOVE = statement(
  'returns.move',
  `WITH changed AS (
     UPDATE returns SET status = $5, answer = coalesce($6, answer), parcel = coalesce($7, parcel),
            decided_at = CASE WHEN $5 IN ('approved', 'refused') THEN now() ELSE decided_at END,
            ended_at = CASE WHEN $5 IN ('refused', 'cancelled') THEN now() END, version = version + 1, updated_at = now()
      WHERE id = $1 RETURNING id, order_id
   ), freed AS (
     UPDATE order_items i SET quantity_in_return = i.quantity_in_return - x.quantity
       FROM changed c JOIN return_items x ON x.return_id = c.id WHERE i.id = x.order_item_id AND $5 IN ('refused', 'cancelled')
   ), ${HISTORY(`jsonb_build_object('returnId', id)`)}
   SELECT ${NOTIFY} FROM touched`,
);
/** What came is back for good; what did not come is with the buyer still, and in no return. */
const RECEIVE = statement(
  'returns.receive',
  `WITH changed AS (
     UPDATE returns SET status = $5, refund_cents = $6, refund_ids = $7::uuid[], exchange_order_id = $8, received_at = now(),
            ended_at = CASE WHEN $5 = 'exchanged' THEN now() END, version = version + 1, updated_at = now()
      WHERE id = $1 RETURNING id, order_id
   ), came AS (
     SELECT * FROM unnest($9::uuid[], $10::int[], $11::int[], $12::text[]) AS x (id, received, restocked, condition)
   ), item AS (
     UPDATE return_items i SET quantity_received = x.received, quantity_restocked = x.restocked, condition = x.condition
       FROM changed c, came x WHERE i.return_id = c.id AND i.order_item_id = x.id
   ), back AS (
     UPDATE order_items o SET quantity_returned = o.quantity_returned + coalesce(x.received, 0),
            quantity_in_return = o.quantity_in_return - i.quantity + coalesce(x.received, 0),
            status = CASE WHEN o.quantity_returned + coalesce(x.received, 0) = o.quantity THEN 'returned' ELSE o.status END
       FROM changed c JOIN return_items i ON i.return_id = c.id LEFT JOIN came x ON x.id = i.order_item_id WHERE o.id = i.order_item_id
   ), ${HISTORY(`jsonb_strip_nulls(jsonb_build_object('returnId', id, 'refundCents', $6::bigint, 'exchangeOrderId', $8::uuid))`)}
   SELECT ${NOTIFY} FROM touched`,
);
const ALL_BACK = statement(
  'returns.all_back',
  `SELECT bool_and(quantity_returned = quantity OR status = 'cancelled') AS is FROM order_items WHERE order_id = $1`,
);
const OF_REFUND = statement(
  'returns.of_refund',
  `SELECT id, order_id AS "orderId" FROM returns WHERE status = 'received' AND refund_ids @> ARRAY[$1::uuid]`,
);
const REFUNDED = statement(
  'returns.refunded',
  `WITH changed AS (
     UPDATE returns r SET status = 'refunded', ended_at = now(), version = version + 1, updated_at = now()
      WHERE r.id = $1 AND r.status = 'received' AND NOT EXISTS (SELECT FROM refunds f WHERE f.id = ANY (r.refund_ids) AND f.status <> 'succeeded')
     RETURNING id, order_id
   ), ${HISTORY(`jsonb_build_object('returnId', id)`)}
   SELECT ${NOTIFY} FROM touched`,
);
const MONEY_IS_BACK = statement(
  'returns.money_is_back',
  `WITH changed AS (
     UPDATE returns r SET status = 'refunded', ended_at = now(), version = version + 1, updated_at = now()
      WHERE r.order_id = $1 AND r.status = 'received' AND ($5::uuid[] IS NULL OR r.id = ANY ($5)) RETURNING id, order_id
   ), ${HISTORY(`jsonb_build_object('returnId', id)`)}
   SELECT ${NOTIFY} FROM touched`,
);
// Received while nothing could go back.
const WAITING = statement(
  'returns.waiting',
  `SELECT r.id, (SELECT json_agg(json_build_object('itemId', i.order_item_id, 'received', i.quantity_received)) FROM return_items i
             WHERE i.return_id = r.id AND i.quantity_received > 0) AS items
     FROM returns r WHERE r.order_id = $1 AND r.status = 'received' AND r.refund_cents = 0 ORDER BY r.id FOR NO KEY UPDATE`,
);
const ASKED = statement(
  'returns.asked',
  `WITH changed AS (
     UPDATE returns SET refund_cents = $5, refund_ids = $6::uuid[], version = version + 1, updated_at = now() WHERE id = $1 RETURNING id, order_id
   ), ${HISTORY(`jsonb_build_object('returnId', id, 'refundCents', $5::bigint)`)}
   SELECT ${NOTIFY} FROM touched`,
);
const CLOSE = statement(
  'returns.close',
  `WITH changed AS (
     UPDATE returns SET status = 'closed', ended_at = now(), version = version + 1, updated_at = now()
      WHERE id = $1 AND status = 'received' RETURNING id, order_id
   ), ${HISTORY(`jsonb_build_object('returnId', id)`)}
   SELECT ${NOTIFY} FROM touched`,
);
const PAY_BY_GOODS = statement(
  'returns.pay_by_goods',
  `UPDATE orders SET payment_method = 'exchange', captured_cents = total_cents WHERE id = $1`,
);
const VARIANTS = statement(
  'returns.variants_of_items',
  `SELECT id, variant_id AS "variantId", unit_price_cents AS "unitPriceCents" FROM order_items WHERE order_id = $1`,
);
// What a buyer wrote in words goes with the buyer; that it happened stays.
const FORGET = statement(
  'returns.forget_words',
  `WITH mine AS (
     UPDATE returns r SET words = NULL, answer = NULL, parcel = NULL FROM orders o WHERE o.id = r.order_id AND o.buyer_user_id = $1 RETURNING r.id
   )
   UPDATE return_items i SET reason = '' FROM mine WHERE i.return_id = mine.id AND i.reason <> ''`,
);

export interface ReturnItemRow {
  itemId: string;
  quantity: number;
  /** Of returns of before; else empty. */
  reason: string;
  quantityReceived: number;
  quantityRestocked: number;
  condition: Condition | null;
}

/** Goods of the store that an exchange is for, as they were when it was asked for. */
export interface ExchangeGoods {
  variantId: string;
  productName: string;
  productSku: string | null;
  productUrl: string | null;
  productImageUrl: string | null;
  size: string | null;
  color: string | null;
  quantity: number;
  unitPriceCents: number;
}

export interface ReturnRow {
  id: string;
  orderId: string;
  kind: ReturnKind;
  status: ReturnStatus;
  keySubjectId: string | null;
  words: SealedJson | null;
  answer: SealedJson | null;
  parcel: SealedJson | null;
  exchangeFor: ExchangeGoods[] | null;
  exchangeOrderId: string | null;
  refundCents: number;
  version: number;
  createdAt: Date;
  decidedAt: Date | null;
  receivedAt: Date | null;
  endedAt: Date | null;
  items: ReturnItemRow[];
}

/** With what it takes to show it. */
export interface ShownReturn extends ReturnRow {
  wrapped: Buffer | null;
  masterKeyId: string | null;
  currency: string;
  /** Of an order at a partner store: the store decides. */
  isAtStore: boolean;
}

export interface ReturnTerms {
  deliveredAt: Date | null;
  /** As the store says; null: it says nothing. */
  returnsDays: number | null;
  keySubjectId: string | null;
  /** Null of an order that names nobody. */
  buyerKind: 'user' | 'guest' | null;
  taxLines: TaxLine[];
  totalCents: number;
  totalVesCents: number | null;
  exchangeRateId: string | null;
  locale: Language | null;
  now: Date;
}

export interface Received {
  itemId: string;
  received: number;
  restocked: number;
  /** Null: nobody here has seen it. */
  condition: Condition | null;
}

/** Every statement on returns. The order's row is locked first. */
@Injectable()
export class ReturnsRepository {
  constructor(private readonly database: Database) {}

  async terms(reader: Reader, orderId: string): Promise<ReturnTerms> {
    return (await reader.maybeOne<ReturnTerms>(TERMS, [orderId]))!;
  }

  /** Sets units aside for a return where they were shipped and are in none yet; gives the items that had enough. */
  async reserve(tx: Tx, orderId: string, items: { itemId: string; quantity: number }[]): Promise<Set<string>> {
    const rows = await tx.rows<{ id: string }>(RESERVE, [
      orderId,
      items.map((i) => i.itemId),
      items.map((i) => i.quantity),
    ]);
    return new Set(rows.map((row) => row.id));
  }

  async itemsOfOrder(tx: Tx, orderId: string): Promise<Map<string, { returnable: number; unitPriceCents: number }>> {
    const rows = await tx.rows<{ id: string; returnable: number; unitPriceCents: number }>(ITEMS_OF_ORDER, [orderId]);
    return new Map(rows.map((row) => [row.id, row]));
  }

  async add(
    tx: Tx,
    order: { id: string; storeId: string },
    row: Pick<ReturnRow, 'id' | 'kind' | 'words' | 'exchangeFor'> & { keySubjectId: string },
    items: { itemId: string; quantity: number }[],
    by: By,
  ): Promise<void> {
    const json = (value: unknown) => (value === null ? null : JSON.stringify(value));
    await tx.rows(ADD, [
      ...[row.id, 'return_requested', by.kind, by.id, order.id, order.storeId, row.kind, row.keySubjectId],
      ...[json(row.words), json(row.exchangeFor), items.map((i) => i.itemId), items.map((i) => i.quantity)],
    ]);
  }

  /** How many were asked for of an order so far, whatever became of them. */
  async count(tx: Tx, orderId: string): Promise<number> {
    return (await tx.maybeOne<{ count: number }>(COUNT, [orderId]))!.count;
  }

  lock(tx: Tx, orderId: string, returnId: string): Promise<ReturnRow | undefined> {
    return tx.maybeOne(LOCK, [orderId, returnId]);
  }

  one(reader: Reader, orderId: string, returnId: string): Promise<ShownReturn | undefined> {
    return reader.maybeOne(ONE, [orderId, returnId]);
  }

  /** Oldest first. */
  ofOrder(orderId: string, after: string | undefined, limit: number): Promise<ShownReturn[]> {
    return this.database.rows(OF_ORDER, [orderId, after ?? null, limit]);
  }

  /** Newest first. */
  ofStore(storeId: string, before: string | undefined, limit: number, status?: string): Promise<ShownReturn[]> {
    return this.database.rows(OF_STORE, [storeId, before ?? null, limit, status ?? null]);
  }

  /** Approved, refused, cancelled or sent; units that will not come back may be sent back another time. */
  async move(
    tx: Tx,
    returnId: string,
    to: 'approved' | 'refused' | 'cancelled' | 'in_transit',
    by: By,
    { answer = null, parcel = null }: { answer?: SealedJson | null; parcel?: SealedJson | null } = {},
  ): Promise<void> {
    const type = to === 'in_transit' ? 'return_sent' : `return_${to}`;
    const json = (value: unknown) => (value === null ? null : JSON.stringify(value));
    await tx.rows(MOVE, [returnId, type, by.kind, by.id, to, json(answer), json(parcel)]);
  }

  async receive(
    tx: Tx,
    returnId: string,
    by: By,
    outcome: { exchangeOrderId: string | null; refundCents: number; refundIds: string[] },
    items: Received[],
  ): Promise<void> {
    const { exchangeOrderId, refundCents, refundIds } = outcome;
    await tx.rows(RECEIVE, [
      ...[returnId, 'return_received', by.kind, by.id, exchangeOrderId === null ? 'received' : 'exchanged'],
      ...[refundCents, refundIds, exchangeOrderId, items.map((i) => i.itemId), items.map((i) => i.received)],
      ...[items.map((i) => i.restocked), items.map((i) => i.condition)],
    ]);
  }

  /** Whether every unit of the order is back. */
  async isAllBack(tx: Tx, orderId: string): Promise<boolean> {
    return (await tx.maybeOne<{ is: boolean }>(ALL_BACK, [orderId]))!.is;
  }

  /** Which return waits for this refund. */
  ofRefund(tx: Tx, refundId: string): Promise<{ id: string; orderId: string } | undefined> {
    return tx.maybeOne(OF_REFUND, [refundId]);
  }

  /** All of its money is back, if it is. */
  async refunded(tx: Tx, returnId: string): Promise<void> {
    await tx.rows(REFUNDED, [returnId, 'return_refunded', 'system', null]);
  }

  /** Those that came while nothing of the order's money could go back, with what came. */
  waiting(tx: Tx, orderId: string): Promise<{ id: string; items: { itemId: string; received: number }[] }[]> {
    return tx.rows(WAITING, [orderId]);
  }

  /** What goes back for it after all, by these refunds. */
  async asked(tx: Tx, returnId: string, refundCents: number, refundIds: string[]): Promise<void> {
    await tx.rows(ASKED, [returnId, 'return_refund_asked', 'system', null, refundCents, refundIds]);
  }

  /** Of those of an order that wait for it, these or all of them: the money went back without a refund of their own. */
  async moneyIsBack(tx: Tx, orderId: string, which: string[] | 'all'): Promise<void> {
    await tx.rows(MONEY_IS_BACK, [...[orderId, 'return_refunded', 'system', null], which === 'all' ? null : which]);
  }

  /** One that was received and that no money goes back for. */
  async close(tx: Tx, returnId: string): Promise<void> {
    await tx.rows(CLOSE, [returnId, 'return_closed', 'system', null]);
  }

  /** An order that is new: its price is what came back. */
  payByGoods(tx: Tx, orderId: string): void {
    tx.write(PAY_BY_GOODS, [orderId]);
  }

  async variants(tx: Tx, orderId: string): Promise<Map<string, { variantId: string | null; unitPriceCents: number }>> {
    const rows = await tx.rows<{ id: string; variantId: string | null; unitPriceCents: number }>(VARIANTS, [orderId]);
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** Forgets what a buyer wrote in words. */
  async forgetWords(tx: Tx, userId: string): Promise<void> {
    await tx.run(FORGET, [userId]);
  }
}
