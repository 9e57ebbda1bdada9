import { Injectable } from '@nestjs/common';
import { waitingPayment, type WaitingPayment } from '../../payments';
import type { SealedJson } from '../../platform/crypto';
import { statement, type Reader, type Tx } from '../../platform/database';
import { NOTIFY, type LockedOrder } from '../orders.repository';
import type { ChangeItem, ChangeSide } from './change-amounts';
import type { ChangeStatus } from './change-states';

/** The order with its items as a change touches it; its row is locked. */
const SIDE = statement(
  'order_changes.side',
  `SELECT o.subtotal_cents AS "subtotalCents", o.discount_cents AS "discountCents", o.discounts, o.shipping_cents AS "shippingCents",
          o.fees_cents AS "feesCents", o.tax_cents AS "taxCents", o.tax_included_cents AS "taxIncludedCents", o.tax_lines AS "taxLines",
          o.total_cents AS "totalCents", o.total_ves_cents AS "totalVesCents", o.estimated_delivery_from::text AS "estimatedFrom",
          o.estimated_delivery::text AS "estimatedTo",
          (SELECT json_agg(json_build_object('itemId', i.id, 'variantId', i.variant_id, 'productName', i.product_name, 'productSku', i.product_sku,
             'productUrl', i.product_url, 'productImageUrl', i.product_image_url, 'size', i.size, 'color', i.color, 'quantity', i.quantity,
             'unitPriceCents', i.unit_price_cents, 'discountCents', i.discount_cents, 'taxCents', i.tax_cents) ORDER BY i.position)
             FROM order_items i WHERE i.order_id = o.id) AS items
     FROM orders o WHERE o.id = $1`,
);
const KEY_SUBJECT = statement('order_changes.key_subject', `SELECT key_subject_id AS id FROM orders WHERE id = $1`);
/** Goods of a store that are sold at present, as an order describes them. */
const GOODS = statement(
  'order_changes.goods',
  `SELECT v.id AS "variantId", p.title AS "productName", v.sku AS "productSku", coalesce(p.url, $3 || p.id) AS "productUrl",
          p.image_urls[1] AS "productImageUrl", v.size, v.color, v.price_cents AS "unitPriceCents"
     FROM variants v JOIN products p ON p.id = v.product_id
    WHERE v.store_id = $1 AND v.currency = $4 AND v.id = ANY ($2::uuid[]) AND v.status = 'active' AND p.status = 'active'`,
);
/** History, and the order's own word for the change that is open, if `open` says one. */
const HISTORY = (after: string, open: string) => `history AS (
     INSERT INTO order_events (order_id, type, actor, actor_id, after) SELECT order_id, $2, $3, $4, ${after} FROM changed
   ), touched AS (
     UPDATE orders SET open_change_id = ${open}, version = version + 1, updated_at = now() FROM changed WHERE orders.id = changed.order_id RETURNING orders.id, watched_until
   )`;
const ADD = statement(
  'order_changes.add',
  `WITH changed AS (
     INSERT INTO order_changes (id, order_id, proposed_by, key_subject_id, reason, before, after, total_before_cents, total_after_cents, expires_at)
     VALUES ($1, $5, $4, $6, $7, $8, $9, $10, $11, now() + make_interval(hours => $12)) RETURNING id, order_id
   ), ${HISTORY(`jsonb_build_object('changeId', id, 'totalBeforeCents', $10::bigint, 'totalAfterCents', $11::bigint)`, 'changed.id')}
   SELECT ${NOTIFY} FROM touched`,
);
const COLUMNS = `c.id, c.order_id AS "orderId", c.status, c.key_subject_id AS "keySubjectId", c.reason, c.answer, c.before, c.after,
  c.total_before_cents AS "totalBeforeCents", c.total_after_cents AS "totalAfterCents", c.expires_at AS "expiresAt", c.decided_at AS "decidedAt",
  c.ended_at AS "endedAt", c.payment_id AS "paymentId", c.payment_action AS "paymentAction", c.taken_at AS "takenAt", c.version,
  c.created_at AS "createdAt", c.expires_at > clock_timestamp() AS "isInTime"`;
const LOCK = statement(
  'order_changes.lock',
  `SELECT ${COLUMNS} FROM order_changes c WHERE c.order_id = $1 AND c.id = $2 FOR NO KEY UPDATE`,
);
const LOCK_OPEN = statement(
  'order_changes.lock_open',
  `SELECT ${COLUMNS} FROM order_changes c WHERE c.order_id = $1 AND c.status IN ('proposed', 'awaiting_payment') FOR NO KEY UPDATE`,
);
const SHOWN = `SELECT ${COLUMNS}, k.wrapped, k.master_key_id AS "masterKeyId", o.currency,
          CASE WHEN c.payment_action IS NOT NULL THEN ${waitingPayment('c.payment_id')} END AS waiting
     FROM order_changes c JOIN orders o ON o.id = c.order_id LEFT JOIN data_keys k ON k.subject_id = c.key_subject_id`;
const ONE = statement('order_changes.one', `${SHOWN} WHERE c.order_id = $1 AND c.id = $2`);
const LIST = statement(
  'order_changes.list',
  `${SHOWN} WHERE c.order_id = $1 AND ($2::uuid IS NULL OR c.id < $2) ORDER BY c.id DESC LIMIT $3`,
);
const COUNT = statement('order_changes.count', `SELECT count(*)::int AS count FROM order_changes WHERE order_id = $1`);
const AWAIT_PAYMENT = statement(
  'order_changes.await_payment',
  `WITH changed AS (
     UPDATE order_changes SET status = 'awaiting_payment', decided_at = now(), expires_at = now() + make_interval(hours => $5), version = version + 1, updated_at = now()
      WHERE id = $1 AND status = 'proposed' RETURNING id, order_id
   ), ${HISTORY(`jsonb_build_object('changeId', id)`, 'changed.id')}
   SELECT ${NOTIFY} FROM touched`,
);
const END = statement(
  'order_changes.end',
  `WITH changed AS (
     UPDATE order_changes SET status = $5, answer = $6, decided_at = coalesce(decided_at, now()), ended_at = now(), payment_id = NULL,
            payment_action = NULL, version = version + 1, updated_at = now()
      WHERE id = $1 AND status IN ('proposed', 'awaiting_payment') AND taken_at IS NULL RETURNING id, order_id
   ), ${HISTORY(`jsonb_build_object('changeId', id)`, 'NULL')}
   SELECT ${NOTIFY} FROM touched`,
);
/** The order becomes what the change says, item by item; what goes is known by the change's own record. */
const APPLY = statement(
  'order_changes.apply',
  `WITH changed AS (
     UPDATE order_changes SET status = 'applied', decided_at = coalesce(decided_at, now()), ended_at = now(), paid_cents = $5, version = version + 1, updated_at = now()
      WHERE id = $1 AND status IN ('proposed', 'awaiting_payment') RETURNING id, order_id, total_before_cents, total_after_cents
   ), history AS (
     INSERT INTO order_events (order_id, type, actor, actor_id, before, after)
     SELECT order_id, $2, $3, $4, jsonb_build_object('totalCents', total_before_cents),
            jsonb_build_object('totalCents', total_after_cents, 'changeId', id) FROM changed
   ), wanted AS (
     SELECT * FROM ROWS FROM (jsonb_to_recordset($6::jsonb) AS ("itemId" uuid, "variantId" uuid, "productName" text, "productSku" text,
       "productUrl" text, "productImageUrl" text, size text, color text, quantity int, "unitPriceCents" bigint, "discountCents" bigint,
       "taxCents" bigint)) WITH ORDINALITY AS x ("itemId", "variantId", "productName", "productSku", "productUrl", "productImageUrl", size, color,
       quantity, "unitPriceCents", "discountCents", "taxCents", position)
   ), gone AS (
     DELETE FROM order_items i USING changed c WHERE i.order_id = c.order_id AND i.id NOT IN (SELECT "itemId" FROM wanted WHERE "itemId" IS NOT NULL)
   ), kept AS (
     UPDATE order_items i SET position = w.position, quantity = w.quantity, unit_price_cents = w."unitPriceCents",
            total_price_cents = w."unitPriceCents" * w.quantity, discount_cents = w."discountCents", tax_cents = w."taxCents"
       FROM changed c, wanted w WHERE i.order_id = c.order_id AND i.id = w."itemId"
   ), added AS (
     INSERT INTO order_items (order_id, position, variant_id, product_name, product_sku, product_url, product_image_url, size, color,
       quantity, unit_price_cents, total_price_cents, discount_cents, tax_cents)
     SELECT c.order_id, w.position, w."variantId", w."productName", w."productSku", w."productUrl", w."productImageUrl", w.size, w.color, w.quantity,
            w."unitPriceCents", w."unitPriceCents" * w.quantity, w."discountCents", w."taxCents" FROM changed c, wanted w WHERE w."itemId" IS NULL
   ), touched AS (
     UPDATE orders o SET subtotal_cents = $7, discount_cents = $8, discounts = $9, shipping_cents = $10, tax_cents = $11, tax_included_cents = $12,
            tax_lines = $13, total_cents = $14, total_ves_cents = $15, estimated_delivery_from = $16, estimated_delivery = $17,
            captured_cents = o.captured_cents + $5, lowered_cents = o.lowered_cents + $18, open_change_id = NULL, version = o.version + 1, updated_at = now()
       FROM changed c WHERE o.id = c.order_id RETURNING o.id, o.watched_until
   )
   SELECT ${NOTIFY} FROM touched`,
);
const BEGIN_PAYING = statement(
  'order_changes.begin_paying',
  `UPDATE order_changes SET payment_id = $2, payment_action = NULL, version = version + 1, updated_at = now() WHERE id = $1`,
);
const OF_PAYMENT = statement(
  'order_changes.of_purchase',
  `SELECT order_id AS "orderId" FROM order_changes WHERE id = $1`,
);
const TAKE = statement(
  'order_changes.take',
  `UPDATE order_changes SET taken_at = now(), payment_action = NULL, version = version + 1, updated_at = now() WHERE id = $1`,
);
const ACT = statement(
  'order_changes.act',
  `UPDATE order_changes SET payment_action = $2, version = version + 1, updated_at = now() WHERE id = $1`,
);
const LET_GO = statement(
  'order_changes.let_go',
  `UPDATE order_changes SET payment_id = NULL, payment_action = NULL, taken_at = NULL, version = version + 1, updated_at = now() WHERE id = $1`,
);
const DUE = statement(
  'order_changes.due',
  `SELECT id, order_id AS "orderId" FROM order_changes
    WHERE status IN ('proposed', 'awaiting_payment') AND taken_at IS NULL AND expires_at < now() AND id <> ALL ($2::uuid[]) ORDER BY expires_at LIMIT $1`,
);
const FORGET = statement(
  'order_changes.forget_words',
  `UPDATE order_changes c SET answer = NULL FROM orders o WHERE o.id = c.order_id AND o.buyer_user_id = $1 AND c.answer IS NOT NULL`,
);

export interface ChangeRow {
  id: string;
  orderId: string;
  status: ChangeStatus;
  keySubjectId: string;
  reason: SealedJson | null;
  answer: SealedJson | null;
  before: ChangeSide;
  after: ChangeSide;
  totalBeforeCents: number;
  totalAfterCents: number;
  expiresAt: Date;
  decidedAt: Date | null;
  endedAt: Date | null;
  /** The payment of the difference that is under way, or that paid it. */
  paymentId: string | null;
  paymentAction: 'authenticate' | 'redirect' | null;
  takenAt: Date | null;
  version: number;
  createdAt: Date;
  /** By the database's clock. */
  isInTime: boolean;
}

/** With what it takes to show it. */
export interface ShownChange extends ChangeRow {
  wrapped: Buffer | null;
  masterKeyId: string | null;
  currency: string;
  waiting: WaitingPayment | null;
}

export type Goods = Omit<ChangeItem, 'itemId' | 'quantity' | 'discountCents' | 'taxCents' | 'variantId'> & {
  variantId: string;
};

/** Whoever does something with a change, for the order's history; a token's holder has no id there. */
export interface By {
  kind: 'buyer' | 'merchant' | 'system';
  id: string | null;
}

/** Every statement on changes of orders. The order's row is locked first. */
@Injectable()
export class OrderChangesRepository {
  async side(tx: Tx, orderId: string): Promise<ChangeSide> {
    return (await tx.maybeOne<ChangeSide>(SIDE, [orderId]))!;
  }

  /** Under whose key the order's private parts lie; null where it has none. */
  async keySubject(tx: Tx, orderId: string): Promise<string | null> {
    return (await tx.maybeOne<{ id: string | null }>(KEY_SUBJECT, [orderId]))!.id;
  }

  /** What the order's store sells of these at present in its currency, by variant. */
  async goods(
    tx: Tx,
    { storeId, currency }: Pick<LockedOrder, 'storeId' | 'currency'>,
    variantIds: string[],
    productPage: string,
  ): Promise<Map<string, Goods>> {
    if (variantIds.length === 0) return new Map();
    const rows = await tx.rows<Goods>(GOODS, [storeId, variantIds, productPage, currency]);
    return new Map(rows.map((row) => [row.variantId, row]));
  }

  async add(
    tx: Tx,
    order: LockedOrder,
    change: Pick<ChangeRow, 'id' | 'keySubjectId' | 'before' | 'after'> & { reason: SealedJson | null },
    merchantId: string,
    hours: number,
  ): Promise<void> {
    const { id, keySubjectId, reason, before, after } = change;
    await tx.rows(ADD, [
      ...[id, 'change_proposed', 'merchant', merchantId, order.id, keySubjectId, reason && JSON.stringify(reason)],
      ...[JSON.stringify(before), JSON.stringify(after), before.totalCents, after.totalCents, hours],
    ]);
  }

  lock(tx: Tx, orderId: string, changeId: string): Promise<ChangeRow | undefined> {
    return tx.maybeOne(LOCK, [orderId, changeId]);
  }

  lockOpen(tx: Tx, orderId: string): Promise<ChangeRow | undefined> {
    return tx.maybeOne(LOCK_OPEN, [orderId]);
  }

  one(reader: Reader, orderId: string, changeId: string): Promise<ShownChange | undefined> {
    return reader.maybeOne(ONE, [orderId, changeId]);
  }

  list(reader: Reader, orderId: string, before: string | undefined, limit: number): Promise<ShownChange[]> {
    return reader.rows(LIST, [orderId, before ?? null, limit]);
  }

  /** How many were proposed of an order so far, whatever became of them. */
  async count(tx: Tx, orderId: string): Promise<number> {
    return (await tx.maybeOne<{ count: number }>(COUNT, [orderId]))!.count;
  }

  async awaitPayment(tx: Tx, changeId: string, by: By, hours: number): Promise<void> {
    await tx.rows(AWAIT_PAYMENT, [changeId, 'change_accepted', by.kind, by.id, hours]);
  }

  async end(
    tx: Tx,
    changeId: string,
    status: 'refused' | 'withdrawn' | 'expired',
    by: By,
    answer: SealedJson | null,
  ): Promise<void> {
    const sealed = answer && JSON.stringify(answer);
    await tx.rows(END, [changeId, `change_${status}`, by.kind, by.id, status, sealed]);
  }

  /** `paidCents`: what was taken for it; `loweredCents`: what of the order's captured money it takes off the total. */
  async apply(tx: Tx, change: ChangeRow, by: By, paidCents: number, loweredCents: number): Promise<void> {
    const { after } = change;
    await tx.rows(APPLY, [
      ...[change.id, 'change_applied', by.kind, by.id, paidCents, JSON.stringify(after.items)],
      ...[after.subtotalCents, after.discountCents, JSON.stringify(after.discounts), after.shippingCents],
      ...[
        after.taxCents,
        after.taxIncludedCents,
        JSON.stringify(after.taxLines),
        after.totalCents,
        after.totalVesCents,
      ],
      ...[after.estimatedFrom, after.estimatedTo, loweredCents],
    ]);
  }

  beginPaying(tx: Tx, changeId: string, paymentId: string): void {
    tx.write(BEGIN_PAYING, [changeId, paymentId]);
  }

  /** The order of the change that is paid under this purchase id, if it is one. */
  async orderOfPurchase(tx: Tx, purchaseId: string): Promise<string | undefined> {
    return (await tx.maybeOne<{ orderId: string }>(OF_PAYMENT, [purchaseId]))?.orderId;
  }

  take(tx: Tx, changeId: string): void {
    tx.write(TAKE, [changeId]);
  }

  act(tx: Tx, changeId: string, action: 'authenticate' | 'redirect'): void {
    tx.write(ACT, [changeId, action]);
  }

  /** Its payment came to nothing: another may be begun. */
  letGo(tx: Tx, changeId: string): void {
    tx.write(LET_GO, [changeId]);
  }

  due(reader: Reader, limit: number, but: string[]): Promise<{ id: string; orderId: string }[]> {
    return reader.rows(DUE, [limit, but]);
  }

  /** What a buyer answered in words. */
  async forgetWords(tx: Tx, userId: string): Promise<void> {
    await tx.run(FORGET, [userId]);
  }
}
