import { Injectable } from '@nestjs/common';
import { Database, statement, type Tx } from '../../../platform/database';
import type { NetworkId } from '../../../store-integrations';
import type { Click, Conversion } from './import-plan';

/** One report of a network after the other: what one writes the next one sees. */
const TURN = statement(
  'commissions.turn',
  `SELECT pg_advisory_xact_lock(hashtextextended('affiliate conversions ' || $1::text, 0)) AS locked`,
);
const KNOWN = statement(
  'commissions.known',
  `SELECT c.id, c.network_id AS "networkId", c.kind, c.reverses, c.click_id AS "clickId", c.handoff_id AS "handoffId", c.store_id AS "storeId",
          c.is_approved AS "isApproved", c.currency, c.commission_cents AS "commissionCents", c.reversed_cents AS "reversedCents",
          c.sale_cents AS "saleCents", c.occurred_at AS "occurredAt"
     FROM affiliate_conversions c WHERE c.network = $1 AND c.network_id = ANY ($2::text[])`,
);
const CLICKS = statement(
  'commissions.clicks',
  `SELECT h.click_id AS "clickId", h.id AS "handoffId", h.store_id AS "storeId", p.network
     FROM handoffs h LEFT JOIN affiliate_programmes p ON p.id = h.affiliate_programme_id WHERE h.click_id = ANY ($1::text[])`,
);
const SAVE = statement(
  'commissions.save',
  `INSERT INTO affiliate_conversions AS c (id, network, network_id, kind, reverses, click_id, handoff_id, store_id, is_approved, currency,
     commission_cents, reversed_cents, sale_cents, occurred_at, imported_by)
   SELECT x.id, $1, "networkId", kind, reverses, "clickId", "handoffId", "storeId", "isApproved", currency,
          "commissionCents", "reversedCents", "saleCents", "occurredAt", $3
     FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, "networkId" text, kind text, reverses uuid, "clickId" text, "handoffId" uuid, "storeId" uuid,
       "isApproved" boolean, currency text, "commissionCents" bigint, "reversedCents" bigint, "saleCents" bigint, "occurredAt" timestamptz)
   ON CONFLICT ON CONSTRAINT affiliate_conversions_once DO UPDATE
     SET click_id = excluded.click_id, handoff_id = excluded.handoff_id, store_id = excluded.store_id, is_approved = excluded.is_approved,
         commission_cents = excluded.commission_cents, reversed_cents = excluded.reversed_cents, sale_cents = excluded.sale_cents,
         occurred_at = excluded.occurred_at, updated_at = now()`,
);
const LIST = statement(
  'commissions.list',
  `SELECT c.id, c.network, c.network_id AS "networkId", c.kind, r.network_id AS "reverses", c.click_id AS "clickId", c.handoff_id AS "handoffId",
          c.store_id AS "storeId", s.name AS "storeName", o.id AS "orderId", o.muse_order_id AS "orderNumber", c.is_approved AS "isApproved",
          c.currency, c.commission_cents AS "commissionCents", c.reversed_cents AS "reversedCents", c.sale_cents AS "saleCents",
          c.occurred_at AS "occurredAt", c.imported_at AS "importedAt"
     FROM affiliate_conversions c LEFT JOIN affiliate_conversions r ON r.id = c.reverses LEFT JOIN stores s ON s.id = c.store_id
     LEFT JOIN handoffs h ON h.id = c.handoff_id LEFT JOIN orders o ON o.id = h.order_id
    WHERE ($1::text IS NULL OR c.network = $1) AND ($2::uuid IS NULL OR c.store_id = $2) AND ($3::uuid IS NULL OR o.id = $3)
      AND ($4::uuid IS NULL OR c.id < $4) ORDER BY c.id DESC LIMIT $5`,
);
/** Days of UTC, the last one included. */
const DAYS = (column: string) =>
  `${column} >= $1::date AT TIME ZONE 'UTC' AND ${column} < ($2::date + 1) AT TIME ZONE 'UTC'`;
const LINKS = statement(
  'commissions.links',
  `SELECT h.store_id AS "storeId", s.name AS "storeName", p.network, count(*)::int AS handoffs, count(*) FILTER (WHERE h.opens > 0)::int AS opened,
          count(h.order_id)::int AS orders
     FROM affiliate_programmes p JOIN handoffs h ON h.affiliate_programme_id = p.id JOIN stores s ON s.id = h.store_id
    WHERE ${DAYS('h.created_at')} GROUP BY h.store_id, s.name, p.network`,
);
const SUMS = statement(
  'commissions.sums',
  `SELECT c.store_id AS "storeId", s.name AS "storeName", c.network, c.currency, count(*) FILTER (WHERE c.kind = 'commission')::int AS conversions,
          coalesce(sum(c.sale_cents) FILTER (WHERE c.kind = 'commission'), 0)::bigint AS "saleCents",
          coalesce(sum(c.commission_cents) FILTER (WHERE c.kind = 'commission'), 0)::bigint AS "commissionCents",
          coalesce(sum(c.commission_cents) FILTER (WHERE c.kind = 'commission' AND c.is_approved), 0)::bigint AS "approvedCents",
          coalesce(-sum(c.commission_cents) FILTER (WHERE c.kind = 'reversal'), 0)::bigint AS "reversedCents"
     FROM affiliate_conversions c LEFT JOIN stores s ON s.id = c.store_id
    WHERE ${DAYS('c.occurred_at')} GROUP BY c.store_id, s.name, c.network, c.currency`,
);

/** A conversion as admins are shown it, with the order that it is for. */
export interface ConversionRow extends Omit<Conversion, 'occurredAt'> {
  network: NetworkId;
  storeName: string | null;
  orderId: string | null;
  orderNumber: string | null;
  occurredAt: Date;
  importedAt: Date;
}

/** What became of the affiliate links of some days. */
export interface LinksRow {
  storeId: string;
  storeName: string;
  network: NetworkId;
  handoffs: number;
  opened: number;
  orders: number;
}

/** What networks reported of some days, minor units. */
export interface SumsRow {
  storeId: string | null;
  storeName: string | null;
  network: NetworkId;
  currency: string;
  conversions: number;
  saleCents: number;
  commissionCents: number;
  approvedCents: number;
  reversedCents: number;
}

/** Every statement on conversions. */
@Injectable()
export class CommissionsRepository {
  constructor(private readonly database: Database) {}

  /** What is known of these conversions, by the network's ids, until this transaction ends. */
  async known(tx: Tx, network: string, networkIds: string[]): Promise<Conversion[]> {
    tx.write(TURN, [network]);
    const rows = await tx.rows<Omit<Conversion, 'occurredAt'> & { occurredAt: Date }>(KNOWN, [network, networkIds]);
    return rows.map((row) => ({ ...row, occurredAt: row.occurredAt.toISOString() }));
  }

  async clicks(tx: Tx, clickIds: string[]): Promise<Map<string, Click>> {
    return new Map((await tx.rows<Click>(CLICKS, [clickIds])).map((click) => [click.clickId, click]));
  }

  async save(tx: Tx, network: string, rows: Conversion[], by: string): Promise<void> {
    if (rows.length > 0) await tx.run(SAVE, [network, JSON.stringify(rows), by]);
  }

  /** The newest first. */
  list(
    of: { network?: string; storeId?: string; orderId?: string },
    before: string | undefined,
    limit: number,
  ): Promise<ConversionRow[]> {
    const values = [of.network ?? null, of.storeId ?? null, of.orderId ?? null, before ?? null, limit];
    return this.database.rows<ConversionRow>(LIST, values);
  }

  links(from: string, to: string): Promise<LinksRow[]> {
    return this.database.rows<LinksRow>(LINKS, [from, to]);
  }

  sums(from: string, to: string): Promise<SumsRow[]> {
    return this.database.rows<SumsRow>(SUMS, [from, to]);
  }
}
