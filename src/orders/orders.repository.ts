import { Injectable } from '@nestjs/common';
import type { Caller, TokenHolder } from '../identity';
import { MANUAL_METHODS, manualReference, payableOf, waitingPayment } from '../payments';
import { Config } from '../platform/config';
import type { SealedJson } from '../platform/crypto';
import { Database, statement, type Tx } from '../platform/database';
import { STREAM_CHANNEL } from '../platform/events';
import type { Language } from '../platform/http';
import { STORE_VERSION } from '../store-integrations';
import type { Sighting } from './following/parcel-sightings';
import type { OrderItemRow, OrderRow } from './order-row';
import {
  DELIVERED_WITHOUT_NEWS_DAYS,
  TIMER_OF,
  isMove,
  type Actor,
  type OrderStatus,
  type PaymentStatus,
  type Side,
} from './order-states';

export const NOTIFY = `CASE WHEN watched_until > now() THEN pg_notify('${STREAM_CHANNEL}', 'order:' || id) END AS notified`;

/** Methods by which a store was paid without Muse, for SQL; they say nothing of a person. */
const BY_HAND = MANUAL_METHODS.map((method) => `'${method}'`).join(', ');

/** Nothing more is sent back, refunded or exchanged by a return: one that came with nothing for Muse to refund stays received where a bank, or the store, says on. */
const RETURN_IS_OVER = `(r.status IN ('refused', 'cancelled', 'refunded', 'exchanged', 'closed') OR (r.status = 'received' AND r.refund_ids = '{}'))`;

const ORDER = `o.id, o.muse_order_id AS number, o.order_number AS "storeOrderNumber", o.store_id AS "storeId", s.name AS "storeName", s.support_email AS "supportEmail",
  s.support_phone AS "supportPhone", s.support_url AS "supportUrl", o.checkout_session_id AS "checkoutSessionId",
  o.order_status AS status, o.payment_status AS "paymentStatus", o.checkout_method AS "checkoutMethod", o.settlement, o.currency,
  o.subtotal_cents AS "subtotalCents", o.discount_cents AS "discountCents", o.discounts, o.shipping_cents AS "shippingCents", o.fees,
  o.tax_cents AS "taxCents", o.tax_included_cents AS "taxIncludedCents", o.tax_lines AS "taxLines", o.total_cents AS "totalCents", o.total_ves_cents AS "totalVesCents", o.conversation_id AS "conversationId",
  o.exchange_rate_id AS "exchangeRateId", o.sealed_parts AS "sealedParts", o.key_subject_id AS "keySubjectId", k.wrapped, k.master_key_id AS "masterKeyId",
  o.shipping_address AS "shippingAddress", o.billing_address AS "billingAddress", o.contact, o.instructions,
  o.estimated_delivery_from AS "estimatedFrom", o.estimated_delivery AS "estimatedTo", o.tracking_number AS "trackingNumber", o.carrier,
  o.payment_id AS "paymentId", o.payment_method AS "paymentMethod", o.payment_last4 AS "paymentLast4", o.payment_action AS "paymentAction",
  CASE WHEN o.payment_method IN (${BY_HAND}) THEN ${manualReference('o.payment_id')} END AS "paymentReference",
  CASE WHEN o.payment_action IS NOT NULL THEN ${waitingPayment('o.payment_id')} END AS waiting,
  CASE WHEN o.payment_id IS NULL AND o.payment_status IN ('unpaid', 'failed') AND o.settlement <> 'at_store' THEN ${payableOf('s')} END AS payable,
  o.captured_cents AS "capturedCents", o.refunded_cents AS "refundedCents", o.pay_until AS "payUntil", o.version, o.placed_at AS "placedAt", o.confirmed_at AS "confirmedAt", o.shipped_at AS "shippedAt", o.delivered_at AS "deliveredAt",
  o.completed_at AS "completedAt", o.cancelled_at AS "cancelledAt", o.buyer_completed_at AS "buyerCompletedAt",
  o.merchant_completed_at AS "merchantCompletedAt", o.silent_side AS "silentSide", o.open_change_id AS "openChangeId",
  (s.policies ->> 'returnsDays')::int AS "returnsDays", o.store_offers AS "storeOffers", o.store_refunded_cents AS "storeRefundedCents",
  CASE WHEN o.store_order_id IS NOT NULL THEN (SELECT json_build_object('kind', q.kind, 'status', q.status, 'code', q.code, 'requestedAt', q.created_at)
     FROM store_requests q WHERE q.order_id = o.id AND q.kind = 'cancel' ORDER BY q.id DESC LIMIT 1) END AS "storeRequest",
  (SELECT json_agg(json_build_array(i.id, i.product_name, i.product_sku, i.product_url, i.product_image_url, i.size, i.color, i.quantity,
     i.status, i.unit_price_cents, i.total_price_cents, i.discount_cents, i.tax_cents, i.position,
     i.quantity_shipped, i.quantity_returned)) FROM order_items i WHERE i.order_id = o.id) AS items,
  CASE WHEN o.order_status NOT IN ('pending', 'awaiting_store') THEN (SELECT json_agg(json_build_object('id', p.id, 'carrier', p.carrier, 'trackingNumber', p.tracking_number, 'trackingUrl', p.tracking_url,
     'status', p.status, 'shippedAt', p.created_at, 'items', (SELECT json_agg(json_build_object('itemId', c.order_item_id, 'quantity', c.quantity) ORDER BY c.order_item_id)
        FROM parcel_items c WHERE c.parcel_id = p.id)) ORDER BY p.id) FROM parcels p WHERE p.order_id = o.id) END AS parcels`;
const FROM = `FROM orders o JOIN stores s ON s.id = o.store_id LEFT JOIN data_keys k ON k.subject_id = o.key_subject_id`;
const OF_BUYER = `(o.buyer_user_id = $1 OR o.buyer_guest_id = $1)`;

// Which versions of these rows a statement saw: every change of a row, whoever makes it, gives it another.
const SEEN = `concat_ws(' ', o.xmin, o.ctid, ${STORE_VERSION}, k.xmin, k.ctid, ARRAY(SELECT i.xmin FROM order_items i WHERE i.order_id = o.id)) AS seen`;
const OF_BUYER_BY_ID = statement(
  'orders.of_buyer_by_id',
  `SELECT ${ORDER}, ${SEEN} ${FROM} WHERE ${OF_BUYER} AND o.id = $2`,
);
const SEEN_BY_BUYER = statement('orders.seen_by_buyer', `SELECT ${SEEN} ${FROM} WHERE ${OF_BUYER} AND o.id = $2`);
const OF_TOKEN_BY_ID = statement(
  'orders.of_token_by_id',
  `SELECT ${ORDER}, t.acts ${FROM} JOIN order_access_tokens t ON t.order_id = o.id AND t.id = $1
    WHERE o.id = $2 AND t.revoked_at IS NULL AND t.expires_at > now()`,
);
const TO_TELL = statement(
  'orders.to_tell',
  `SELECT ${ORDER}, o.buyer_user_id AS "buyerUserId", o.locale ${FROM} WHERE o.id = $1`,
);
const OF_STORE_BY_ID = statement(
  'orders.of_store_by_id',
  `SELECT ${ORDER} ${FROM} WHERE o.store_id = $1 AND o.id = $2`,
);
const FILTERS = `o.id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid) AND ($3::text IS NULL OR o.order_status = $3) AND ($4::text IS NULL OR o.payment_status = $4)
  AND ($5::uuid IS NULL OR o.store_id = $5) AND ($6::uuid IS NULL OR o.checkout_session_id = $6)
  AND ($7::timestamptz IS NULL OR o.placed_at >= $7) AND ($8::timestamptz IS NULL OR o.placed_at < $8)
  AND ($9::text IS NULL OR o.muse_order_id ILIKE $9 OR o.order_number ILIKE $9 OR s.name ILIKE $9
       OR EXISTS (SELECT FROM order_items i WHERE i.order_id = o.id AND (i.product_name ILIKE $9 OR i.product_sku ILIKE $9)))`;
// Two branches rather than OR, so that each walks its own index, newest first.
const LIST_OF_USER = statement(
  'orders.list_of_user',
  `SELECT ${ORDER} ${FROM} WHERE o.buyer_user_id = $1 AND ${FILTERS} ORDER BY o.id DESC LIMIT $10`,
);
const LIST_OF_GUEST = statement(
  'orders.list_of_guest',
  `SELECT ${ORDER} ${FROM} WHERE o.buyer_guest_id = $1 AND ${FILTERS} ORDER BY o.id DESC LIMIT $10`,
);
const LIST_OF_STORE = statement(
  'orders.list_of_store',
  `SELECT ${ORDER} ${FROM} WHERE o.store_id = $1 AND ${FILTERS} ORDER BY o.id DESC LIMIT $10`,
);
/** What changes look at; the names are those of LockedOrder. */
export const LOCKED = `o.id, o.order_status AS status, o.checkout_method AS "checkoutMethod", o.version, o.store_id AS "storeId", o.settlement,
          o.payment_status AS "paymentStatus", o.payment_id AS "paymentId", o.payment_method AS "paymentMethod", o.currency, o.total_cents AS "totalCents",
          o.captured_cents AS "capturedCents", o.refunded_cents AS "refundedCents", coalesce(o.buyer_user_id, o.buyer_guest_id) AS "buyerId",
          CASE WHEN o.discounts <> '[]' THEN o.checkout_session_id END AS "couponSessionId", o.open_change_id AS "openChangeId",
          o.tracking_number AS "trackingNumber", o.buyer_completed_at AS "buyerCompletedAt", o.merchant_completed_at AS "merchantCompletedAt",
          o.key_subject_id AS "keySubjectId"`;
// A user's row first, and shared: whoever closes the account at this moment waits, or has closed it and there is no order.
const LOCK_OF_BUYER = statement(
  'orders.lock_of_buyer',
  `WITH buyer AS MATERIALIZED (SELECT id FROM users WHERE id = $1 AND disabled_at IS NULL FOR SHARE)
   SELECT ${LOCKED}
     FROM orders o WHERE o.id = $2 AND (o.buyer_guest_id = $1 OR o.buyer_user_id = (SELECT id FROM buyer)) FOR NO KEY UPDATE OF o`,
);
const LOCK_OF_TOKEN = statement(
  'orders.lock_of_token',
  `SELECT ${LOCKED}
     FROM orders o WHERE o.id = $2 AND EXISTS (SELECT FROM order_access_tokens t
       WHERE t.id = $1 AND t.order_id = o.id AND t.acts AND t.revoked_at IS NULL AND t.expires_at > now()) FOR NO KEY UPDATE`,
);
const LOCK_OF_STORE = statement(
  'orders.lock_of_store',
  `SELECT ${LOCKED}
     FROM orders o WHERE o.store_id = $1 AND o.id = $2 FOR NO KEY UPDATE`,
);
const INSERT = statement(
  'orders.insert',
  `WITH placed AS (
     INSERT INTO orders (id, muse_order_id, order_number, buyer_user_id, buyer_guest_id, store_id, checkout_session_id, order_status,
       payment_status, checkout_method, settlement, currency, subtotal_cents, discount_cents, shipping_cents, fees, fees_cents, tax_cents,
       total_cents, total_ves_cents, exchange_rate_id, key_subject_id, shipping_address, billing_address, contact, instructions,
       estimated_delivery_from, estimated_delivery, discounts, tax_included_cents, tax_lines, locale, payment_id, sealed, sealed_parts, buyer_ref, buyer_is_guest, store_order_id, confirmed_at, timer_kind, timer_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,
       $27, $28, $32, $33, $34, $35, $36, $37::jsonb IS NOT NULL, $37, $38, $39, $40, CASE WHEN $8 = 'confirmed' THEN now() END, CASE WHEN $10 = 'direct' AND $8 = 'pending' THEN 'confirm' END,
       CASE WHEN $10 = 'direct' AND $8 = 'pending' THEN now() + make_interval(hours => coalesce((SELECT s.order_confirm_hours FROM stores s WHERE s.id = $6), $41::int)) END)
     RETURNING id
   ), item AS (
     INSERT INTO order_items (order_id, position, variant_id, product_name, product_sku, product_url, product_image_url, size, color,
       quantity, unit_price_cents, total_price_cents, discount_cents, tax_cents)
     SELECT placed.id, x.position, x."variantId", x."productName", x."productSku", x."productUrl", x."productImageUrl", x.size, x.color,
            x.quantity, x."unitPriceCents", x."unitPriceCents" * x.quantity, coalesce(x."discountCents", 0), coalesce(x."taxCents", 0)
       FROM placed, ROWS FROM (jsonb_to_recordset($29::jsonb) AS ("variantId" uuid, "productName" text, "productSku" text, "productUrl" text,
              "productImageUrl" text, size text, color text, quantity int, "unitPriceCents" bigint, "discountCents" bigint, "taxCents" bigint)) WITH ORDINALITY
            AS x ("variantId", "productName", "productSku", "productUrl", "productImageUrl", size, color, quantity, "unitPriceCents",
                  "discountCents", "taxCents", position)
     RETURNING 1
   )
   INSERT INTO order_events (order_id, type, actor, actor_id, after)
   SELECT id, 'placed', $30, $31, jsonb_build_object('status', $8::text, 'paymentStatus', $9::text) FROM placed`,
);
const FORGET_SESSION = statement(
  'orders.forget_session',
  `UPDATE orders SET checkout_session_id = NULL WHERE checkout_session_id = $1`,
);
// A state brings what belongs to it: its moment, its timer, where its items and parcels stand.
const CHANGE_STATUS = statement(
  'orders.change_status',
  `WITH changed AS (
     UPDATE orders o SET order_status = $2, version = version + 1, updated_at = now(),
            confirmed_at = CASE WHEN $2 IN ('confirmed', 'processing', 'shipped') THEN coalesce(confirmed_at, now()) WHEN $2 <> 'pending' THEN confirmed_at END,
            shipped_at = CASE WHEN $2 IN ('shipped', 'delivered') THEN coalesce(shipped_at, now()) ELSE shipped_at END,
            delivered_at = CASE WHEN $2 IN ('delivered', 'completed') THEN coalesce(delivered_at, now()) WHEN $2 <> 'shipped' THEN delivered_at END,
            completed_at = CASE WHEN $2 = 'completed' THEN now() ELSE completed_at END,
            cancelled_at = CASE WHEN $2 = 'cancelled' THEN now() ELSE cancelled_at END,
            silent_side = CASE WHEN $2 = 'completed' THEN $11 ELSE silent_side END,
            pay_until = CASE WHEN $2 <> 'cancelled' THEN pay_until END,
            order_number = coalesce($7, order_number), carrier = coalesce($8, carrier), tracking_number = coalesce($9, tracking_number),
            timer_kind = CASE WHEN checkout_method = 'direct' THEN $10::text END,
            timer_at = CASE WHEN checkout_method = 'direct' THEN now() + CASE $10::text
              WHEN 'confirm' THEN make_interval(hours => coalesce((SELECT s.order_confirm_hours FROM stores s WHERE s.id = o.store_id), $12::int))
              WHEN 'deliver' THEN make_interval(days => $13::int)
              WHEN 'complete' THEN make_interval(days => coalesce((SELECT s.order_complete_days FROM stores s WHERE s.id = o.store_id), $14::int)) END END
      WHERE id = $1 RETURNING id, watched_until
   ), item AS (
     UPDATE order_items SET status = CASE WHEN status = 'returned' THEN status WHEN $2 = 'completed' THEN 'delivered' ELSE $2 END,
            quantity_shipped = CASE WHEN $2 IN ('shipped', 'delivered') THEN quantity ELSE quantity_shipped END
      WHERE order_id = $1 AND $2 IN ('shipped', 'delivered', 'completed', 'cancelled', 'returned') RETURNING variant_id, quantity - quantity_shipped AS quantity
   ), arrived AS (
     UPDATE parcels SET status = 'delivered', updated_at = now() WHERE order_id = $1 AND $2 IN ('delivered', 'completed') AND status NOT IN ('delivered', 'returned') RETURNING id
   ), seen AS (
     INSERT INTO parcel_events (parcel_id, status, detail)
     SELECT id, 'delivered', CASE $4 WHEN 'buyer' THEN 'Received by the buyer' WHEN 'merchant' THEN 'Delivered, says the store' ELSE 'Delivered' END FROM arrived
   ), history AS (
     INSERT INTO order_events (order_id, type, actor, actor_id, reason, sealed_reason, before, after)
     SELECT id, $15, $4, $5, $6, $16::jsonb, jsonb_build_object('status', $3::text), jsonb_build_object('status', $2::text) || $17::jsonb FROM changed
   )
   SELECT ${NOTIFY},
          coalesce((SELECT json_agg(json_build_object('variantId', variant_id, 'quantity', quantity)) FROM item WHERE variant_id IS NOT NULL AND quantity > 0), '[]') AS items
     FROM changed`,
);
/** Fragment: who told an event `e`; what nobody told is noted by whoever moved the order here. */
export const EVENT_SOURCE = `coalesce(e.source, CASE WHEN e.store_key IS NOT NULL THEN 'store' ELSE 'here' END)`;
const TRACKING_EVENTS = statement(
  'orders.tracking_events',
  `SELECT e.parcel_id AS "parcelId", ${EVENT_SOURCE} AS source, e.at, e.status, e.detail, e.location
     FROM parcel_events e JOIN parcels p ON p.id = e.parcel_id WHERE p.order_id = $1 ORDER BY e.at, e.id`,
);
const WATCH = statement(
  'orders.watch',
  `UPDATE orders SET watched_until = now() + interval '11 minutes' WHERE id = $1`,
);
// What a buyer wrote in words, as a guest before signing in too, and by which card they paid, goes with the buyer; that it
// happened stays.
const FORGET_WORDS = statement(
  'orders.forget_words',
  `WITH history AS (
     UPDATE order_events e SET reason = NULL, sealed_reason = NULL FROM orders o
      WHERE e.order_id = o.id AND o.buyer_user_id = $1 AND e.actor = 'buyer' AND (e.reason IS NOT NULL OR e.sealed_reason IS NOT NULL)
   ),
   noted AS (DELETE FROM order_notes WHERE author_user_id = $1),
   asked AS (
     UPDATE store_requests q SET sealed_reason = NULL FROM orders o
      WHERE q.order_id = o.id AND o.buyer_user_id = $1 AND q.sealed_reason IS NOT NULL
   )
   UPDATE orders SET payment_method = CASE WHEN payment_method IN (${BY_HAND}) THEN payment_method END, payment_last4 = NULL
    WHERE buyer_user_id = $1 AND payment_method IS NOT NULL`,
);
const TO_SHIP = statement(
  'orders.to_ship',
  `SELECT count(*)::int AS open FROM orders o JOIN stores s ON s.id = o.store_id
    WHERE s.owner_user_id = $1 AND o.order_status IN ('pending', 'confirmed', 'processing')`,
);
const CLAIM = statement(
  'orders.claim',
  `WITH claimed AS (
     UPDATE orders SET buyer_user_id = $2, buyer_guest_id = NULL, version = version + 1, updated_at = now() WHERE buyer_guest_id = $1 RETURNING id
   )
   UPDATE verified_sales v SET buyer_user_id = $2 FROM claimed c WHERE v.order_id = c.id`,
);

// Asked again each week while an order or a return of it is open; after delivery a return may be asked for, 90 days at most.
const KEY_NEEDED_UNTIL = statement(
  'orders.key_needed_until',
  `SELECT CASE WHEN bool_or(o.order_status IN ('pending', 'awaiting_store', 'confirmed', 'processing', 'shipped')
                            OR EXISTS (SELECT FROM returns r WHERE r.order_id = o.id AND NOT ${RETURN_IS_OVER}))
                    THEN now() + interval '7 days'
               ELSE max(coalesce(o.delivered_at, o.completed_at)
                        + make_interval(days => least(90, coalesce((s.policies ->> 'returnsDays')::int, $2::int)))) END AS until
     FROM orders o JOIN stores s ON s.id = o.store_id WHERE o.buyer_user_id = $1`,
);

/** An item as the statements give it: without names, which would be half of what is sent. */
type ItemTuple = [
  ...[id: string, productName: string, productSku: string | null, productUrl: string | null, imageUrl: string | null],
  ...[size: string | null, color: string | null, quantity: number, status: OrderItemRow['status']],
  ...[unitPriceCents: number, totalPriceCents: number, discountCents: number, taxCents: number, position: number],
  ...[quantityShipped: number, quantityReturned: number],
];
type StoredOrder = Omit<OrderRow, 'items'> & { items: ItemTuple[] };

/** With the versions of its rows, of its store's and of its key's, as the statement saw them. */
export type SeenOrder = OrderRow & { seen: string };

/** What a list asks for; undefined: any. */
export interface OrderFilters {
  before?: string;
  status?: string;
  paymentStatus?: string;
  storeId?: string;
  checkoutSessionId?: string;
  from?: Date;
  to?: Date;
  q?: string;
}

/** What was seen of a parcel, and who told it. */
export type SeenRow = Omit<Sighting, 'at'> & { parcelId: string; at: Date };

export interface LockedOrder {
  id: string;
  status: OrderStatus;
  checkoutMethod: OrderRow['checkoutMethod'];
  version: number;
  storeId: string;
  settlement: OrderRow['settlement'];
  paymentStatus: PaymentStatus;
  /** The payment that it is being paid or was paid by. */
  paymentId: string | null;
  /** How it was paid, once it was. */
  paymentMethod: string | null;
  currency: string;
  totalCents: number;
  capturedCents: number;
  refundedCents: number;
  buyerId: string | null;
  /** The session whose coupons took something off it; null where none did. */
  couponSessionId: string | null;
  /** A change of it that is not decided, or not paid. */
  openChangeId: string | null;
  /** Of the latest parcel: known once anything has left the store. */
  trackingNumber: string | null;
  buyerCompletedAt: Date | null;
  merchantCompletedAt: Date | null;
  /** Whose data key seals what is said of it; null where it names nobody. */
  keySubjectId: string | null;
}

export interface StatusChange {
  actor: Actor;
  actorId: string | null;
  /** A code; what a person gives as the reason is sealed. */
  reason?: string;
  sealedReason?: SealedJson | null;
  /** What history calls it, where that is not the state that it leads to. */
  type?: string;
  /** Ids, codes and amounts, for the history. */
  told?: Record<string, unknown>;
  /** Of a completed order: whom the clock spoke for. */
  silentSide?: Side | null;
  storeOrderNumber?: string;
  carrier?: string;
  trackingNumber?: string;
}

/** Every statement on orders. An order's row is locked before anything of it changes. */
@Injectable()
export class OrdersRepository {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  async ofBuyer(
    buyerId: string,
    orderId: string,
    reader: Pick<Database, 'maybeOne'> = this.database,
  ): Promise<SeenOrder | undefined> {
    const row = await reader.maybeOne<StoredOrder & { seen: string }>(OF_BUYER_BY_ID, [buyerId, orderId]);
    return row && Object.assign(orderOf(row), { seen: row.seen });
  }

  /** What `seen` of the buyer's order is now: a third of the work. Undefined where it is not theirs. */
  async seenByBuyer(buyerId: string, orderId: string): Promise<string | undefined> {
    return (await this.database.maybeOne<{ seen: string }>(SEEN_BY_BUYER, [buyerId, orderId]))?.seen;
  }

  /** The order that a token opens, while it does. */
  async ofToken(
    tokenId: string,
    orderId: string,
    reader: Pick<Database, 'maybeOne'> = this.database,
  ): Promise<OrderRow | undefined> {
    return orderOf(await reader.maybeOne<StoredOrder>(OF_TOKEN_BY_ID, [tokenId, orderId]));
  }

  /** Any order, with what it takes to write to its buyer. */
  async toTell(
    tx: Tx,
    orderId: string,
  ): Promise<(OrderRow & { buyerUserId: string | null; locale: Language | null }) | undefined> {
    type Stored = StoredOrder & { buyerUserId: string | null; locale: Language | null };
    const row = await tx.maybeOne<Stored>(TO_TELL, [orderId]);
    return row && { ...orderOf(row), buyerUserId: row.buyerUserId, locale: row.locale };
  }

  async ofStore(
    storeId: string,
    orderId: string,
    reader: Pick<Database, 'maybeOne'> = this.database,
  ): Promise<OrderRow | undefined> {
    return orderOf(await reader.maybeOne<StoredOrder>(OF_STORE_BY_ID, [storeId, orderId]));
  }

  async list(of: 'user' | 'guest' | 'store', id: string, filters: OrderFilters, limit: number): Promise<OrderRow[]> {
    const list = { user: LIST_OF_USER, guest: LIST_OF_GUEST, store: LIST_OF_STORE }[of];
    const { before, status, paymentStatus, storeId, checkoutSessionId, from, to, q } = filters;
    const pattern = q === undefined ? null : `%${q.replace(/[\\%_]/g, '\\$&')}%`;
    const rows = await this.database.rows<StoredOrder>(list, [
      ...[id, before ?? null, status ?? null, paymentStatus ?? null, storeId ?? null, checkoutSessionId ?? null],
      ...[from ?? null, to ?? null, pattern, limit],
    ]);
    return rows.map((row) => orderOf(row));
  }

  /** For its buyer: a shopper whose account is not closed, or who holds a token that stands for the buyer. */
  /** The order of whoever may pay it: its buyer, or who holds a token that stands for the buyer. */
  async ofPayer(
    { kind, id }: Pick<Caller | TokenHolder, 'kind' | 'id'>,
    orderId: string,
  ): Promise<OrderRow | undefined> {
    if (kind !== 'token') return this.ofBuyer(id, orderId);
    const order = await this.ofToken(id, orderId);
    return order?.acts === true ? order : undefined;
  }

  lockOfBuyer(
    tx: Tx,
    { kind, id }: Pick<Caller | TokenHolder, 'kind' | 'id'>,
    orderId: string,
  ): Promise<LockedOrder | undefined> {
    return tx.maybeOne(kind === 'token' ? LOCK_OF_TOKEN : LOCK_OF_BUYER, [id, orderId]);
  }

  lockOfStore(tx: Tx, storeId: string, orderId: string): Promise<LockedOrder | undefined> {
    return tx.maybeOne(LOCK_OF_STORE, [storeId, orderId]);
  }

  async insert(tx: Tx, values: unknown[]): Promise<void> {
    tx.write(INSERT, [...values, this.config.ORDER_CONFIRM_HOURS]);
  }

  /** The session that they came from is deleted. */
  forgetSession(tx: Tx, sessionId: string): void {
    tx.write(FORGET_SESSION, [sessionId]);
  }

  /**
   * The one way to move a locked order: with its items, parcels, timer and history. Gives the units that have not left the
   * store, as the catalogue knows them. Whoever calls has asked `allows` (or `overridable`); a move of none of their tables is refused.
   */
  async changeStatus(
    tx: Tx,
    order: LockedOrder,
    to: OrderStatus,
    change: StatusChange,
  ): Promise<{ variantId: string; quantity: number }[]> {
    if (!isMove(order.status, to, change.actor))
      throw new Error(`No transition leads ${change.actor} from ${order.status} to ${to}`);
    const { ORDER_CONFIRM_HOURS, ORDER_COMPLETE_DAYS } = this.config;
    const row = await tx.maybeOne<{ items: { variantId: string; quantity: number }[] }>(CHANGE_STATUS, [
      ...[order.id, to, order.status, change.actor, change.actorId, change.reason ?? null],
      ...[change.storeOrderNumber ?? null, change.carrier ?? null, change.trackingNumber ?? null],
      ...[TIMER_OF[to] ?? null, change.silentSide ?? null],
      ...[ORDER_CONFIRM_HOURS, DELIVERED_WITHOUT_NEWS_DAYS, ORDER_COMPLETE_DAYS, change.type ?? to],
      ...[change.sealedReason ? JSON.stringify(change.sealedReason) : null, JSON.stringify(change.told ?? {})],
    ]);
    return row!.items;
  }

  trackingEvents(orderId: string) {
    return this.database.rows<SeenRow>(TRACKING_EVENTS, [orderId]);
  }

  async watch(orderId: string): Promise<void> {
    await this.database.rows(WATCH, [orderId]);
  }

  /** How many orders a merchant has not shipped yet. */
  async toShip(tx: Tx, ownerId: string): Promise<number> {
    return (await tx.maybeOne<{ open: number }>(TO_SHIP, [ownerId]))!.open;
  }

  /** Forgets what a buyer wrote in words, and by which card they paid. */
  async forgetWords(tx: Tx, userId: string): Promise<void> {
    await tx.run(FORGET_WORDS, [userId]);
  }

  /** Until when a buyer's address must stay readable: while an order of theirs is open or may be returned. */
  async keyNeededUntil(tx: Tx, userId: string, returnDays: number): Promise<Date | undefined> {
    return (await tx.maybeOne<{ until: Date | null }>(KEY_NEEDED_UNTIL, [userId, returnDays]))?.until ?? undefined;
  }

  async claim(tx: Tx, guestId: string, userId: string): Promise<void> {
    await tx.run(CLAIM, [guestId, userId]);
  }
}

function orderOf(row: StoredOrder): OrderRow;
function orderOf(row: StoredOrder | undefined): OrderRow | undefined;
function orderOf(row: StoredOrder | undefined): OrderRow | undefined {
  // Sorted here: for a handful of items Postgres pays more for it than we do.
  return row && Object.assign(row, { items: row.items.sort((a, b) => a[13] - b[13]).map(itemOf) });
}

function itemOf(tuple: ItemTuple): OrderItemRow {
  return {
    id: tuple[0],
    productName: tuple[1],
    productSku: tuple[2],
    productUrl: tuple[3],
    productImageUrl: tuple[4],
    size: tuple[5],
    color: tuple[6],
    quantity: tuple[7],
    status: tuple[8],
    unitPriceCents: tuple[9],
    totalPriceCents: tuple[10],
    discountCents: tuple[11],
    taxCents: tuple[12],
    quantityShipped: tuple[14],
    quantityReturned: tuple[15],
  };
}
