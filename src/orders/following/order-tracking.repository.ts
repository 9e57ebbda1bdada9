import { Injectable } from '@nestjs/common';
import { statement, type Tx } from '../../platform/database';
import type { StoreAbility } from '../../store-integrations';
import { EVENT_SOURCE, LOCKED, NOTIFY, type LockedOrder } from '../orders.repository';
import type { ToldEstimates } from './told-estimates';
import type { KnownItem, KnownParcel, ParcelChanges } from './told-parcels';

/** An order that something is told of, locked. */
export type FollowedOrder = LockedOrder & {
  /** The store's key of it; null where no interface tells of it. */
  storeOrderId: string | null;
  storeName: string;
  /** In whose name the store is asked; null: a guest, or nobody whom Muse knows. */
  buyerUserId: string | null;
  storeOffers: StoreAbility[] | null;
  storeRefundedCents: number;
  estimatedFrom: string | null;
  estimatedTo: string | null;
  toldEstimates: ToldEstimates | null;
  placedAt: Date;
  /** Its buyer has asked the store to cancel it. */
  cancelAsked: boolean;
  /** Its buyer was told that nothing is heard of it any more. */
  isUnfollowed: boolean;
};

const FOLLOWED = `${LOCKED}, o.store_order_id AS "storeOrderId", (SELECT s.name FROM stores s WHERE s.id = o.store_id) AS "storeName",
          o.buyer_user_id AS "buyerUserId", o.store_offers AS "storeOffers", o.store_refunded_cents AS "storeRefundedCents",
          o.estimated_delivery_from AS "estimatedFrom", o.estimated_delivery AS "estimatedTo", o.told_estimates AS "toldEstimates", o.placed_at AS "placedAt",
          EXISTS (SELECT FROM store_requests q WHERE q.order_id = o.id AND q.kind = 'cancel' AND q.status IN ('pending', 'done')) AS "cancelAsked",
          coalesce((SELECT e.type = 'unfollowed' FROM order_events e WHERE e.order_id = o.id AND e.type IN ('followed', 'unfollowed')
             ORDER BY e.id DESC LIMIT 1), false) AS "isUnfollowed"`;
const LOCK = statement(
  'orders.lock_followed',
  `SELECT ${FOLLOWED} FROM orders o WHERE o.id = $1 FOR NO KEY UPDATE OF o`,
);
const LOCK_BY_STORE = statement(
  'orders.lock_followed_by_store',
  `SELECT ${FOLLOWED} FROM orders o WHERE o.store_id = $1 AND o.store_order_id = $2 FOR NO KEY UPDATE OF o`,
);
const PARCELS = statement(
  'orders.followed_parcels',
  `SELECT p.id, p.store_key AS "storeKey", p.carrier, p.tracking_number AS "trackingNumber", p.tracking_url AS "trackingUrl", p.status,
          p.store_status AS "storeStatus", p.store_carrier AS "storeCarrier", p.store_url AS "storeUrl", p.told_carrier AS "toldCarrier", p.told_url AS "toldUrl",
          coalesce((SELECT json_agg(json_build_object('id', e.id, 'storeKey', e.store_key, 'source', ${EVENT_SOURCE},
                      'at', e.at, 'status', e.status, 'detail', e.detail, 'location', e.location) ORDER BY e.at, e.id)
             FROM parcel_events e WHERE e.parcel_id = p.id), '[]') AS events,
          EXISTS (SELECT FROM parcel_items c WHERE c.parcel_id = p.id) AS "hasItems"
     FROM parcels p WHERE p.order_id = $1 ORDER BY p.id`,
);
const ITEMS = statement(
  'orders.followed_items',
  `SELECT i.id, v.external_id AS "externalId", i.product_sku AS "productSku", i.quantity, i.quantity_shipped AS shipped
     FROM order_items i LEFT JOIN variants v ON v.id = i.variant_id WHERE i.order_id = $1 ORDER BY i.position`,
);
const WRITE = statement(
  'orders.write_followed',
  `WITH parcel AS (
     INSERT INTO parcels (id, order_id, store_key, carrier, tracking_number, tracking_url, status, store_status, store_carrier, store_url, told_carrier, told_url)
     SELECT x.id, $1, x."storeKey", x.carrier, x."trackingNumber", x."trackingUrl", x.status, x."storeStatus",
            x."storeCarrier", x."storeUrl", x."toldCarrier", x."toldUrl"
       FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, "storeKey" text, carrier text, "trackingNumber" text, "trackingUrl" text, status text,
              "storeStatus" text, "storeCarrier" text, "storeUrl" text, "toldCarrier" text, "toldUrl" text)
     ON CONFLICT (id) DO UPDATE SET store_key = excluded.store_key, carrier = excluded.carrier, tracking_number = excluded.tracking_number,
       tracking_url = excluded.tracking_url, status = excluded.status, store_status = excluded.store_status, store_carrier = excluded.store_carrier,
       store_url = excluded.store_url, told_carrier = excluded.told_carrier, told_url = excluded.told_url, updated_at = now()
   ), seen AS (
     INSERT INTO parcel_events (id, parcel_id, store_key, source, at, status, detail, location)
     SELECT x.id, x."parcelId", x."storeKey", x.source, x.at, x.status, x.detail, x.location
       FROM jsonb_to_recordset($3::jsonb) AS x (id uuid, "parcelId" uuid, "storeKey" text, source text, at timestamptz, status text, detail text, location text)
   ), content AS (
     INSERT INTO parcel_items (parcel_id, order_item_id, quantity)
     SELECT x."parcelId", x."itemId", x.quantity FROM jsonb_to_recordset($4::jsonb) AS x ("parcelId" uuid, "itemId" uuid, quantity int)
     ON CONFLICT DO NOTHING
   ), item AS (
     UPDATE order_items i SET quantity_shipped = x.shipped, status = CASE WHEN i.status = 'ordered' AND x.shipped = i.quantity THEN 'shipped' ELSE i.status END
       FROM jsonb_to_recordset($5::jsonb) AS x (id uuid, shipped int) WHERE i.order_id = $1 AND i.id = x.id
   ), changed AS (
     UPDATE orders SET store_refunded_cents = $6, estimated_delivery_from = $7, estimated_delivery = $8, carrier = coalesce($9, carrier),
            tracking_number = coalesce($10, tracking_number), told_estimates = $12, version = version + jsonb_array_length($11::jsonb), updated_at = now()
      WHERE id = $1 RETURNING id, watched_until
   ), history AS (
     INSERT INTO order_events (order_id, type, actor, after)
     SELECT changed.id, x.type, 'system', x.after FROM changed, jsonb_to_recordset($11::jsonb) AS x (type text, after jsonb)
   )
   SELECT ${NOTIFY} FROM changed`,
);
/** Before the parcel that they are is written: two of one number do not stand beside each other. */
const JOIN = statement(
  'orders.join_parcels',
  `WITH pair AS (SELECT x.id, x."into" FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, "into" uuid)
   ), events AS (
     UPDATE parcel_events e SET parcel_id = pair."into" FROM pair WHERE e.parcel_id = pair.id
   )
   DELETE FROM parcels p USING pair WHERE p.id = pair.id AND p.order_id = $1`,
);
const UNTRACKED = statement(
  'orders.untracked_parcels',
  `SELECT id, carrier, tracking_number AS "trackingNumber" FROM parcels
    WHERE order_id = $1 AND tracked_id IS NULL AND status NOT IN ('delivered', 'returned') ORDER BY id`,
);
const TRACK = statement('orders.track_parcel', `UPDATE parcels SET tracked_id = $2 WHERE id = $1`);
/** All parcels of the orders that one is of. */
const TRACKED = statement(
  'orders.tracked_parcels',
  `SELECT order_id AS "orderId", tracking_number AS "trackingNumber", tracked_id AS "trackedId" FROM parcels
    WHERE tracked_id IS NOT NULL AND order_id IN (SELECT order_id FROM parcels WHERE tracked_id = $1) ORDER BY order_id, id`,
);
const OFFERS = statement('orders.store_offers', `UPDATE orders SET store_offers = $2 WHERE id = $1`);
const NOTE = statement(
  'orders.note_following',
  `WITH touched AS (
     UPDATE orders SET version = version + 1, updated_at = now() WHERE id = $1 RETURNING id, watched_until
   ), history AS (
     INSERT INTO order_events (order_id, type, actor) SELECT id, $2, 'system' FROM touched
   )
   SELECT ${NOTIFY} FROM touched`,
);
/** Every unit is back, also of what was never asked to be sent back here. */
const ALL_BACK = statement(
  'orders.all_back_at_store',
  `UPDATE order_items SET quantity_in_return = quantity_shipped, quantity_returned = quantity_shipped WHERE order_id = $1`,
);
const OPEN_RETURNS = statement(
  'orders.returns_under_way',
  `SELECT r.id, (SELECT json_agg(json_build_object('itemId', i.order_item_id, 'quantity', i.quantity)) FROM return_items i WHERE i.return_id = r.id) AS items
     FROM returns r WHERE r.order_id = $1 AND r.status IN ('approved', 'in_transit') ORDER BY r.id FOR UPDATE`,
);

/** What is told besides parcels, and the entries of history that say so. */
export interface FollowedState {
  refundedCents: number;
  estimatedFrom: string | null;
  estimatedTo: string | null;
  toldEstimates: ToldEstimates | null;
  history: { type: string; after: Record<string, unknown> }[];
}

/** Statements on orders that stores, mails and carriers tell of. The order's row is locked first. */
@Injectable()
export class OrderTrackingRepository {
  /** Undefined for an unknown one. */
  lock(tx: Tx, orderId: string): Promise<FollowedOrder | undefined> {
    return tx.maybeOne(LOCK, [orderId]);
  }

  /** By the store's key; undefined where that is no order of Muse, or not yet. */
  lockByStore(tx: Tx, storeId: string, storeOrderId: string): Promise<FollowedOrder | undefined> {
    return tx.maybeOne(LOCK_BY_STORE, [storeId, storeOrderId]);
  }

  async known(tx: Tx, orderId: string): Promise<{ parcels: KnownParcel[]; items: KnownItem[] }> {
    const [parcels, items] = await Promise.all([
      tx.rows<KnownParcel>(PARCELS, [orderId]),
      tx.rows<KnownItem>(ITEMS, [orderId]),
    ]);
    const utc = (at: string) => new Date(at).toISOString();
    return {
      parcels: parcels.map((one) => ({ ...one, events: one.events.map((event) => ({ ...event, at: utc(event.at) })) })),
      items,
    };
  }

  /** A version for each entry of history. */
  async write(tx: Tx, orderId: string, changes: ParcelChanges, state: FollowedState): Promise<void> {
    const { parcels, events, contents, items, latest, joined } = changes;
    if (joined.length > 0) await tx.run(JOIN, [orderId, JSON.stringify(joined)]);
    await tx.rows(WRITE, [
      ...[orderId, JSON.stringify(parcels), JSON.stringify(events), JSON.stringify(contents), JSON.stringify(items)],
      ...[state.refundedCents, state.estimatedFrom, state.estimatedTo, latest?.carrier ?? null],
      ...[
        latest?.trackingNumber ?? null,
        JSON.stringify(state.history),
        state.toldEstimates && JSON.stringify(state.toldEstimates),
      ],
    ]);
  }

  /** Parcels under way for which no carrier is asked. */
  untracked(tx: Tx, orderId: string): Promise<Pick<KnownParcel, 'id' | 'carrier' | 'trackingNumber'>[]> {
    return tx.rows(UNTRACKED, [orderId]);
  }

  /** By what its carrier's word is told. */
  track(tx: Tx, parcelId: string, trackedId: string): void {
    tx.write(TRACK, [parcelId, trackedId]);
  }

  /** Of every order that a tracked parcel carries: what its carriers are asked for, order by order. */
  trackedWith(tx: Tx, trackedId: string): Promise<{ orderId: string; trackingNumber: string; trackedId: string }[]> {
    return tx.rows(TRACKED, [trackedId]);
  }

  setOffers(tx: Tx, orderId: string, offers: StoreAbility[]): void {
    tx.write(OFFERS, [orderId, offers]);
  }

  /** In the history: whether anything is heard of it. */
  note(tx: Tx, orderId: string, type: 'followed' | 'unfollowed'): void {
    tx.write(NOTE, [orderId, type]);
  }

  allBack(tx: Tx, orderId: string): void {
    tx.write(ALL_BACK, [orderId]);
  }

  /** Those that the store has agreed to, locked. */
  openReturns(tx: Tx, orderId: string): Promise<{ id: string; items: { itemId: string; quantity: number }[] }[]> {
    return tx.rows(OPEN_RETURNS, [orderId]);
  }
}
