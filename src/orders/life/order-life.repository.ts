import { Injectable } from '@nestjs/common';
import type { SealedJson } from '../../platform/crypto';
import { Database, statement, type Tx } from '../../platform/database';
import type { Actor, OrderStatus, OrderTimer, Side } from '../order-states';
import { LOCKED, NOTIFY, type LockedOrder } from '../orders.repository';
import type { JoinedKey } from './order-words';

const UNITS_LEFT = statement(
  'orders.units_left',
  `SELECT id AS "itemId", quantity - quantity_shipped AS quantity FROM order_items WHERE order_id = $1 ORDER BY position`,
);
const SEND_PARCEL = statement(
  'orders.send_parcel',
  `WITH parcel AS (
     INSERT INTO parcels (order_id, carrier, tracking_number, tracking_url, status) VALUES ($1, $2, $3, $4, 'in_transit') RETURNING id
   ), seen AS (
     INSERT INTO parcel_events (parcel_id, status, detail) SELECT id, 'in_transit', $5 FROM parcel
   ), content AS (
     INSERT INTO parcel_items (parcel_id, order_item_id, quantity)
     SELECT parcel.id, x.id, x.quantity FROM parcel, unnest($6::uuid[], $7::int[]) AS x (id, quantity)
   ), item AS (
     UPDATE order_items i SET quantity_shipped = i.quantity_shipped + x.quantity,
            status = CASE WHEN i.quantity_shipped + x.quantity = i.quantity THEN 'shipped' ELSE i.status END
       FROM unnest($6::uuid[], $7::int[]) AS x (id, quantity) WHERE i.order_id = $1 AND i.id = x.id
   )
   SELECT id FROM parcel`,
);
const MARK = statement(
  'orders.mark_complete',
  `WITH marked AS (
     UPDATE orders SET buyer_completed_at = CASE WHEN $2 = 'buyer' THEN now() ELSE buyer_completed_at END,
            merchant_completed_at = CASE WHEN $2 = 'merchant' THEN now() ELSE merchant_completed_at END, version = version + 1, updated_at = now()
      WHERE id = $1 RETURNING id, watched_until, order_status, buyer_completed_at, merchant_completed_at
   ), history AS (
     INSERT INTO order_events (order_id, type, actor, actor_id, before, after)
     SELECT id, 'marked_complete', $2, $3, jsonb_build_object('status', order_status), jsonb_build_object('status', order_status, 'side', $2::text) FROM marked
   )
   SELECT ${NOTIFY}, buyer_completed_at AS "buyerCompletedAt", merchant_completed_at AS "merchantCompletedAt" FROM marked`,
);
// Guests are told apart by nothing: each of their sales is one of somebody new, and counts for little.
const VERIFY = statement(
  'orders.verify_sale',
  `INSERT INTO verified_sales (order_id, store_id, buyer_user_id, buyer_ref, silent_side, total_cents, currency)
   SELECT id, store_id, buyer_user_id, CASE WHEN NOT buyer_is_guest THEN buyer_ref END, $2, total_cents, currency FROM orders WHERE id = $1`,
);
const HISTORY = statement(
  'orders.history',
  `SELECT e.id, e.at, e.type, e.actor, e.reason, e.before, e.after, e.sealed_reason AS "sealedReason",
          k.subject_id AS "keySubjectId", k.wrapped, k.master_key_id AS "masterKeyId"
     FROM order_events e JOIN orders o ON o.id = e.order_id
     LEFT JOIN data_keys k ON e.sealed_reason IS NOT NULL AND k.subject_id = coalesce(o.key_subject_id, e.actor_id)
    WHERE e.order_id = $1 AND ($2::uuid IS NULL OR e.id > $2) ORDER BY e.id LIMIT $3`,
);
const COUNTS = statement(
  'orders.counts_of_store',
  `SELECT order_status AS status, count(*)::int AS count FROM orders WHERE store_id = $1 GROUP BY order_status`,
);
const DUE = statement(
  'orders.due',
  `SELECT id FROM orders WHERE timer_at <= now() AND id <> ALL ($2::uuid[]) ORDER BY timer_at LIMIT $1`,
);
const OVERDUE = statement(
  'orders.overdue',
  `SELECT count(*)::int AS orders, coalesce(extract(epoch FROM now() - min(timer_at)), 0)::float8 AS oldest FROM orders WHERE timer_at <= now()`,
);
// Whoever else has it, a person or another process, decides before; it is looked at again with the next sweep.
const LOCK_DUE = statement(
  'orders.lock_due',
  `SELECT ${LOCKED}, o.timer_kind AS "timerKind" FROM orders o WHERE o.id = $1 AND o.timer_at <= clock_timestamp() FOR NO KEY UPDATE SKIP LOCKED`,
);
const POSTPONE = statement(
  'orders.postpone_timer',
  `UPDATE orders SET timer_at = now() + interval '1 day' WHERE id = $1`,
);
const STOP = statement('orders.stop_timer', `UPDATE orders SET timer_at = NULL, timer_kind = NULL WHERE id = $1`);
const UNITS_COMING_BACK = statement(
  'orders.units_coming_back',
  `SELECT coalesce(sum(quantity_in_return - quantity_returned), 0)::int AS units FROM order_items WHERE order_id = $1`,
);
const NOTES = statement(
  'orders.notes',
  `SELECT n.id, n.body, n.created_at AS "createdAt", n.key_subject_id AS "keySubjectId", k.wrapped, k.master_key_id AS "masterKeyId"
     FROM order_notes n LEFT JOIN data_keys k ON k.subject_id = n.key_subject_id
    WHERE n.order_id = $1 AND ($2::uuid IS NULL OR n.id > $2) ORDER BY n.id LIMIT $3`,
);
const NOTES_BY = statement(
  'orders.notes_by',
  `SELECT n.id, n.order_id AS "orderId", n.body, n.created_at AS "createdAt", n.key_subject_id AS "keySubjectId", k.wrapped, k.master_key_id AS "masterKeyId"
     FROM order_notes n LEFT JOIN data_keys k ON k.subject_id = n.key_subject_id
    WHERE n.author_user_id = $1 AND ($2::uuid IS NULL OR n.id > $2) ORDER BY n.id LIMIT $3`,
);
const ADD_NOTE = statement(
  'orders.add_note',
  `INSERT INTO order_notes (order_id, author_user_id, key_subject_id, body)
   SELECT $1, $2, $3, $4::jsonb WHERE (SELECT count(*) FROM order_notes WHERE order_id = $1) < $5 RETURNING id, created_at AS "createdAt"`,
);
const REMOVE_NOTE = statement(
  'orders.remove_note',
  `DELETE FROM order_notes n USING orders o WHERE n.id = $3 AND n.order_id = $2 AND o.id = n.order_id AND o.store_id = $1`,
);

/** Units of an order's items. */
export interface Units {
  itemId: string;
  quantity: number;
}

export interface HistoryRow extends JoinedKey {
  id: string;
  at: Date;
  type: string;
  actor: Actor;
  reason: string | null;
  sealedReason: SealedJson | null;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

export interface NoteRow extends JoinedKey {
  id: string;
  body: SealedJson;
  createdAt: Date;
}

/** Statements on what happens to an order once it stands. Its row is locked before anything of it changes. */
@Injectable()
export class OrderLifeRepository {
  constructor(private readonly database: Database) {}

  /** What of each item has not left yet, in the order of the order. */
  unitsLeft(tx: Tx, orderId: string): Promise<Units[]> {
    return tx.rows(UNITS_LEFT, [orderId]);
  }

  /** A parcel with what lies in it; gives its id. */
  async sendParcel(
    tx: Tx,
    orderId: string,
    parcel: { carrier: string; trackingNumber: string; trackingUrl: string | null },
    units: Units[],
  ): Promise<string> {
    const { carrier, trackingNumber, trackingUrl } = parcel;
    const row = await tx.maybeOne<{ id: string }>(SEND_PARCEL, [
      ...[orderId, carrier, trackingNumber, trackingUrl, `Handed to ${carrier}`],
      ...[units.map((unit) => unit.itemId), units.map((unit) => unit.quantity)],
    ]);
    return row!.id;
  }

  /** Writes a side's mark, with its history; gives the order as it is since. */
  async mark(tx: Tx, order: LockedOrder, side: Side, actorId: string | null): Promise<LockedOrder> {
    type Marks = Pick<LockedOrder, 'buyerCompletedAt' | 'merchantCompletedAt'>;
    const marks = (await tx.maybeOne<Marks>(MARK, [order.id, side, actorId]))!;
    const { buyerCompletedAt, merchantCompletedAt } = marks;
    return { ...order, buyerCompletedAt, merchantCompletedAt, version: order.version + 1 };
  }

  async verify(tx: Tx, orderId: string, silentSide: Side | null): Promise<void> {
    await tx.run(VERIFY, [orderId, silentSide]);
  }

  history(orderId: string, after: string | undefined, limit: number): Promise<HistoryRow[]> {
    return this.database.rows(HISTORY, [orderId, after ?? null, limit]);
  }

  counts(storeId: string): Promise<{ status: OrderStatus; count: number }[]> {
    return this.database.rows(COUNTS, [storeId]);
  }

  /** Orders whose time has come, the longest ago first, without those of `but`. */
  async due(limit: number, but: string[]): Promise<string[]> {
    return (await this.database.rows<{ id: string }>(DUE, [limit, but])).map(({ id }) => id);
  }

  /** How many of them there are, and for how many seconds the first of them. */
  async overdue(): Promise<{ orders: number; oldest: number }> {
    return (await this.database.maybeOne<{ orders: number; oldest: number }>(OVERDUE))!;
  }

  /** Undefined where somebody else has it, or has moved it meanwhile. */
  lockDue(tx: Tx, orderId: string): Promise<(LockedOrder & { timerKind: OrderTimer }) | undefined> {
    return tx.maybeOne(LOCK_DUE, [orderId]);
  }

  async postpone(tx: Tx, orderId: string): Promise<void> {
    await tx.run(POSTPONE, [orderId]);
  }

  async stopTimer(tx: Tx, orderId: string): Promise<void> {
    await tx.run(STOP, [orderId]);
  }

  async unitsComingBack(tx: Tx, orderId: string): Promise<number> {
    return (await tx.maybeOne<{ units: number }>(UNITS_COMING_BACK, [orderId]))!.units;
  }

  notes(orderId: string, after: string | undefined, limit: number): Promise<NoteRow[]> {
    return this.database.rows(NOTES, [orderId, after ?? null, limit]);
  }

  notesBy(authorId: string, after: string | undefined, limit: number): Promise<(NoteRow & { orderId: string })[]> {
    return this.database.rows(NOTES_BY, [authorId, after ?? null, limit]);
  }

  /** Undefined where the order has `most` already. */
  addNote(
    tx: Tx,
    orderId: string,
    note: { authorId: string; keySubjectId: string; body: SealedJson },
    most: number,
  ): Promise<{ id: string; createdAt: Date } | undefined> {
    return tx.maybeOne(ADD_NOTE, [orderId, note.authorId, note.keySubjectId, JSON.stringify(note.body), most]);
  }

  /** Whether it was there. */
  async removeNote(tx: Tx, storeId: string, orderId: string, noteId: string): Promise<boolean> {
    return (await tx.run(REMOVE_NOTE, [storeId, orderId, noteId])) > 0;
  }
}
