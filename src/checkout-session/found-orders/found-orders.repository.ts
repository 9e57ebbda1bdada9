import { Injectable } from '@nestjs/common';
import type { Privacy } from '../../identity';
import { Database, statement, sweeping, type Reader, type Tx } from '../../platform/database';
import type { SnapshotLine } from '../session';

export const FOUND_STATUSES = ['open', 'followed', 'dismissed'] as const;
export type FoundStatus = (typeof FOUND_STATUSES)[number];

export interface FoundRow {
  id: string;
  userId: string;
  storeDomain: string;
  status: FoundStatus;
  orderId: string | null;
  handoffId: string | null;
  toldAt: Date | null;
  foundAt: Date;
}

/** A filled cart that a mail may explain: it waits, or its shopper said that it was ordered and not under which number. */
export interface OpenHandoff {
  id: string;
  storeId: string;
  storeName: string;
  hosts: string[];
  clickId: string;
  createdAt: Date;
  expiresAt: Date;
  items: SnapshotLine[];
  totalCents: number;
  subtotalCents: number;
  currency: string;
}

const FOUND = `id, user_id AS "userId", store_domain AS "storeDomain", status, order_id AS "orderId", handoff_id AS "handoffId",
  told_at AS "toldAt", found_at AS "foundAt"`;
/** Whether a store, as it is joined, has a host of one of these domains. */
const OWNS = (domains: string) =>
  `EXISTS (SELECT FROM unnest(s.hosts) AS h (host), unnest(${domains}) AS d (domain) WHERE split_part(host, ':', 1) = domain
     OR right(split_part(host, ':', 1), length(domain) + 1) = '.' || domain)`;
const NUMBER_KEY = `upper(regexp_replace(o.order_number, '[\\s#]', '', 'g'))`;

const LOCK_SHOPPER = statement(
  'found_orders.lock_shopper',
  `SELECT pg_advisory_xact_lock(hashtextextended('found orders ' || $1::text, 0)) AS locked`,
);
const SHOPPER = statement(
  'found_orders.shopper',
  `SELECT id, privacy FROM users WHERE id = $1 AND disabled_at IS NULL`,
);
const HAS_MAILS = statement(
  'found_orders.has_mails',
  `SELECT 1 AS found FROM mail_messages WHERE user_id = $1 LIMIT 1`,
);
const BUYER = statement('found_orders.buyer', `SELECT buyer_user_id AS "buyerId" FROM orders WHERE id = $1`);
const NOTE = statement(
  'found_orders.note',
  `INSERT INTO found_orders (user_id, store_domain, key_hash) VALUES ($1, $2, $3)
   ON CONFLICT (user_id, store_domain, key_hash) DO UPDATE SET updated_at = now() RETURNING ${FOUND}`,
);
const BY_KEY = statement(
  'found_orders.by_key',
  `SELECT ${FOUND} FROM found_orders WHERE user_id = $1 AND key_hash = ANY ($2::bytea[]) ORDER BY id LIMIT 20`,
);
const OPEN = statement(
  'found_orders.open',
  `SELECT ${FOUND} FROM found_orders WHERE user_id = $1 AND status = 'open' ORDER BY id DESC LIMIT $2`,
);
const OF_ORDERS = statement(
  'found_orders.of_orders',
  `SELECT ${FOUND} FROM found_orders WHERE user_id = $1 AND order_id = ANY ($2::uuid[])`,
);
const OF_USER = statement('found_orders.of_user', `SELECT ${FOUND} FROM found_orders WHERE id = $1 AND user_id = $2`);
const PAGE = statement(
  'found_orders.page',
  `SELECT ${FOUND} FROM found_orders WHERE user_id = $1 AND status = $2 AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4`,
);
const EXPORT = statement(
  'found_orders.export',
  `SELECT ${FOUND} FROM found_orders WHERE user_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
);
const SETTLE = statement(
  'found_orders.settle',
  `UPDATE found_orders SET status = $2, order_id = $3, handoff_id = $4, updated_at = now() WHERE id = $1`,
);
// By its time, too, nobody can tell which order was placed then.
const HIDE = statement(
  'found_orders.hide',
  `UPDATE found_orders SET status = 'dismissed', order_id = NULL, handoff_id = NULL, updated_at = found_at WHERE id = $1`,
);
const TOLD = statement('found_orders.told', `UPDATE found_orders SET told_at = now() WHERE id = $1`);
const FORGET = statement('found_orders.forget', `DELETE FROM found_orders WHERE user_id = $1`);
// Its mails are forgotten after 180 days; what was dismissed or followed is to be known again.
const OLD = sweeping(
  'found_orders.forget_old',
  'found_orders',
  `status = 'open' AND updated_at < now() - interval '200 days'`,
);
const HANDOFFS = statement(
  'found_orders.handoffs',
  `SELECT h.id, h.store_id AS "storeId", s.name AS "storeName", s.hosts, h.click_id AS "clickId", h.created_at AS "createdAt",
          h.expires_at AS "expiresAt", h.items, sc.total_cents AS "totalCents", sc.subtotal_cents AS "subtotalCents", sc.currency
     FROM handoffs h JOIN stores s ON s.id = h.store_id JOIN checkout_sessions cs ON cs.id = h.session_id
     JOIN store_checkouts sc ON sc.session_id = h.session_id AND sc.store_id = h.store_id LEFT JOIN orders o ON o.id = h.order_id
    WHERE h.shopper_id = $1 AND NOT cs.sealed AND (h.status = 'waiting' OR (h.status = 'ordered' AND o.order_status = 'awaiting_store'))
    ORDER BY h.created_at DESC LIMIT 100`,
);
const IS_SEALED = statement(
  'found_orders.handoff_is_sealed',
  `SELECT cs.sealed FROM handoffs h JOIN checkout_sessions cs ON cs.id = h.session_id WHERE h.id = $1`,
);
// Of a merchant store Muse itself writes.
const OTHERS = `o.buyer_user_id = $1 AND o.checkout_method <> 'direct'`;
const ORDERS_BY_NUMBER = statement(
  'found_orders.orders_by_number',
  `SELECT o.id FROM orders o JOIN stores s ON s.id = o.store_id
    WHERE ${OTHERS} AND ${NUMBER_KEY} = $2 AND ${OWNS('$3::text[]')} ORDER BY o.id DESC LIMIT 2`,
);
const ORDERS_BY_PARCEL = statement(
  'found_orders.orders_by_parcel',
  `SELECT upper(replace(p.tracking_number, ' ', '')) AS number, o.id AS "orderId", s.hosts
     FROM orders o JOIN parcels p ON p.order_id = o.id JOIN stores s ON s.id = o.store_id
    WHERE ${OTHERS} AND upper(replace(p.tracking_number, ' ', '')) = ANY ($2::text[])`,
);
const ORDERS_ON_THEIR_WAY = statement(
  'found_orders.orders_on_their_way',
  `SELECT o.id FROM orders o JOIN stores s ON s.id = o.store_id
    WHERE ${OTHERS} AND ${OWNS('$2::text[]')} AND o.order_status IN ('awaiting_store', 'confirmed', 'processing', 'shipped')
      AND o.placed_at BETWEEN $3::timestamptz - interval '60 days' AND $3::timestamptz + interval '1 hour' LIMIT 2`,
);

/** Every statement on found orders. Their shopper's lock comes first: it is taken before any session, cart or order. */
@Injectable()
export class FoundOrdersRepository {
  constructor(private readonly database: Database) {}

  /** Until the transaction ends, nobody else looks what the mails of this shopper lead to. */
  async lockShopper(tx: Tx, userId: string): Promise<void> {
    await tx.rows(LOCK_SHOPPER, [userId]);
  }

  /** Undefined once the account is closed. */
  shopper(tx: Tx, userId: string): Promise<{ id: string; privacy: Privacy } | undefined> {
    return tx.maybeOne(SHOPPER, [userId]);
  }

  async hasMails(tx: Tx, userId: string): Promise<boolean> {
    return (await tx.maybeOne(HAS_MAILS, [userId])) !== undefined;
  }

  /** The user who bought; null of a guest's order and of a sealed one. */
  async buyerOf(tx: Tx, orderId: string): Promise<string | null> {
    return (await tx.maybeOne<{ buyerId: string | null }>(BUYER, [orderId]))?.buyerId ?? null;
  }

  /** The one that is known by this hash, made where there is none. */
  async note(tx: Tx, userId: string, storeDomain: string, keyHash: Buffer): Promise<FoundRow> {
    return (await tx.maybeOne<FoundRow>(NOTE, [userId, storeDomain, keyHash]))!;
  }

  /** Those that are known by one of these hashes, whatever their store. */
  byKey(tx: Tx, userId: string, keyHashes: Buffer[]): Promise<FoundRow[]> {
    return tx.rows(BY_KEY, [userId, keyHashes]);
  }

  open(tx: Tx, userId: string, limit: number): Promise<FoundRow[]> {
    return tx.rows(OPEN, [userId, limit]);
  }

  ofOrders(tx: Tx, userId: string, orderIds: string[]): Promise<FoundRow[]> {
    return tx.rows(OF_ORDERS, [userId, orderIds]);
  }

  ofUser(reader: Reader, id: string, userId: string): Promise<FoundRow | undefined> {
    return reader.maybeOne(OF_USER, [id, userId]);
  }

  page(userId: string, status: FoundStatus, before: string | undefined, limit: number): Promise<FoundRow[]> {
    return this.database.rows(PAGE, [userId, status, before ?? null, limit]);
  }

  exported(userId: string, after: string | null, limit: number): Promise<FoundRow[]> {
    return this.database.rows(EXPORT, [userId, after, limit]);
  }

  settle(tx: Tx, id: string, status: FoundStatus, orderId: string | null, handoffId: string | null): void {
    tx.write(SETTLE, [id, status, orderId, handoffId]);
  }

  /** Dismissed, without a trace of when. */
  hide(tx: Tx, id: string): void {
    tx.write(HIDE, [id]);
  }

  told(tx: Tx, id: string): void {
    tx.write(TOLD, [id]);
  }

  forget(tx: Tx, userId: string): void {
    tx.write(FORGET, [userId]);
  }

  forgetOld(): Promise<void> {
    return this.database.sweep(OLD);
  }

  /** Those that a mail may explain, the newest first; none of a sealed checkout. */
  handoffs(reader: Reader, userId: string): Promise<OpenHandoff[]> {
    return reader.rows(HANDOFFS, [userId]);
  }

  async isSealed(tx: Tx, handoffId: string): Promise<boolean> {
    return (await tx.maybeOne<{ sealed: boolean }>(IS_SEALED, [handoffId]))?.sealed ?? false;
  }

  /** Orders of the shopper under a store's number (`numberKey`), at stores of these domains. */
  async ordersByNumber(tx: Tx, userId: string, number: string, domains: string[]): Promise<string[]> {
    return (await tx.rows<{ id: string }>(ORDERS_BY_NUMBER, [userId, number, domains])).map(({ id }) => id);
  }

  /** By tracking numbers, in capitals and without blanks: which order each is of, and of which store that is. */
  ordersByParcel(
    tx: Tx,
    userId: string,
    numbers: string[],
  ): Promise<{ number: string; orderId: string; hosts: string[] }[]> {
    return tx.rows(ORDERS_BY_PARCEL, [userId, numbers]);
  }

  /** Orders at stores of these domains that are not there yet; at most two. */
  async ordersOnTheirWay(tx: Tx, userId: string, domains: string[], at: Date): Promise<string[]> {
    return (await tx.rows<{ id: string }>(ORDERS_ON_THEIR_WAY, [userId, domains, at])).map(({ id }) => id);
  }
}
