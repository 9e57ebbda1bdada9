import { Injectable } from '@nestjs/common';
import { statement, sweeping, type Tx } from '../platform/database';
import { Events, type NewEvent } from '../platform/events';
import { ALL_COMMITTED } from './inventory.errors';
import { stockEvents, type StockMove } from './stock-events';

export interface Demand {
  variantId: string;
  quantity: number;
}

/** What a session got of one variant: all it asked for or nothing, and how many it could have had. */
export interface Taken {
  variantId: string;
  held: number;
  available: number;
}

/** The columns of a statement that moves stock: what stock-events.ts needs to see a threshold crossed. */
const MOVE = `s.variant_id AS "variantId", s.store_id AS "storeId", s.alert_threshold AS "alertThreshold",
       s.on_hand - s.reserved - s.buffer AS before`;

/** Locks stock rows of a subquery's variants: one table alone, see below. */
const LOCKED = `SELECT i.variant_id, i.store_id, i.on_hand, i.reserved, i.buffer, i.alert_threshold
       FROM inventory i WHERE i.variant_id = ANY (ARRAY`;
const IN_ORDER = `) ORDER BY i.variant_id FOR NO KEY UPDATE`;

/*
 * Every statement locks its hold rows first and its stock rows after them, each in the order of variant_id, and sums
 * demand per variant before it looks: no two of them can wait for each other in a circle.
 *
 * What another transaction has changed since the statement's snapshot is seen by the locking CTE, which returns the newest
 * version of each row, and by nothing else. Hence two rules:
 * - It locks one table alone. For a row newer than the snapshot Postgres evaluates the locking query once more; joined to
 *   derived rows (a FULL JOIN of two sums) it was seen to lose the other side.
 * - An UPDATE sets on_hand and reserved to values worked out from the locked row, never from `i.reserved`: Postgres tests
 *   the CHECK on what the snapshot's row would become before it notices that the row is old, and refused good holds.
 */
const TAKE = statement(
  'inventory.take',
  `WITH asked AS (
     SELECT variant_id, sum(quantity)::int AS quantity
       FROM unnest($3::uuid[], $4::int[]) AS d (variant_id, quantity) GROUP BY variant_id
   ), mine AS (
     SELECT session_id, variant_id, quantity, status, expires_at FROM holds
      WHERE session_id IN ($1::uuid, $2::uuid) AND status IN ('held', 'committed')
      ORDER BY variant_id, session_id FOR NO KEY UPDATE
   ), wanted AS MATERIALIZED (
     SELECT variant_id, coalesce(a.quantity, 0) AS asked, coalesce(m.quantity, 0) AS had, a.variant_id IS NOT NULL AS named
       FROM asked a FULL JOIN (SELECT variant_id, sum(quantity)::int AS quantity FROM mine GROUP BY variant_id) m USING (variant_id)
   ), stock AS (
     ${LOCKED} (SELECT variant_id FROM wanted) ${IN_ORDER}
   ), granted AS MATERIALIZED (
     SELECT s.*, w.asked, w.had, w.named, greatest(on_hand - reserved - buffer + had, had) AS within,
            CASE WHEN asked <= greatest(on_hand - reserved - buffer + had, had) THEN asked ELSE 0 END AS got
       FROM stock s JOIN wanted w ON w.variant_id = s.variant_id
   ), moved AS (
     UPDATE inventory i SET on_hand = g.on_hand, reserved = g.reserved + g.got - g.had, updated_at = now()
       FROM granted g WHERE i.variant_id = g.variant_id AND g.got <> g.had
   ), dropped AS (
     UPDATE holds h SET status = 'released', updated_at = now()
       FROM mine m LEFT JOIN granted g ON g.variant_id = m.variant_id
      WHERE h.session_id = m.session_id AND h.variant_id = m.variant_id
        AND (m.session_id <> $1::uuid OR g.got IS NULL OR g.got = 0)
   ), taken AS (
     INSERT INTO holds (session_id, variant_id, store_id, quantity, status, expires_at)
     SELECT $1::uuid, variant_id, store_id, got, 'held', now() + make_interval(secs => $5) FROM granted g
      WHERE got > 0
        -- An edit of something else asks for what is held already, to the same end: then no row need be written.
        AND NOT EXISTS (
          SELECT FROM mine m WHERE m.session_id = $1::uuid AND m.variant_id = g.variant_id AND m.status = 'held' AND m.quantity = g.got
            AND abs(extract(epoch FROM m.expires_at - now()) - $5) < 1)
     ON CONFLICT (session_id, variant_id) DO UPDATE
       SET quantity = excluded.quantity, status = 'held', expires_at = excluded.expires_at, updated_at = now()
   )
   SELECT ${MOVE}, s.on_hand - s.reserved - s.buffer + s.had - s.got AS after,
          s.named, s.got AS held, greatest(s.within, 0) AS available
     FROM granted s ORDER BY s.variant_id`,
);

const COMMIT = statement(
  'inventory.commit_holds',
  `UPDATE holds SET status = 'committed', updated_at = now()
    WHERE session_id = $1 AND variant_id = ANY ($2::uuid[])
      AND (status = 'committed' OR (status = 'held' AND expires_at > clock_timestamp()))
   RETURNING variant_id AS "variantId"`,
);

const SELL = statement(
  'inventory.sell_holds',
  `WITH mine AS (
     SELECT variant_id, quantity FROM holds
      WHERE session_id = $1 AND store_id = $2 AND status = 'committed' ORDER BY variant_id FOR NO KEY UPDATE
   ), stock AS (
     ${LOCKED} (SELECT variant_id FROM mine) ${IN_ORDER}
   ), change AS MATERIALIZED (
     SELECT s.*, m.quantity FROM stock s JOIN mine m ON m.variant_id = s.variant_id
   ), moved AS (
     UPDATE inventory i SET on_hand = c.on_hand - c.quantity, reserved = c.reserved - c.quantity, updated_at = now()
       FROM change c WHERE i.variant_id = c.variant_id
   ), sold AS (
     UPDATE holds h SET status = 'sold', updated_at = now()
       FROM mine m WHERE h.session_id = $1 AND h.variant_id = m.variant_id
   )
   SELECT refuse('${ALL_COMMITTED}') FROM (SELECT count(*) AS variants FROM mine) AS found WHERE variants <> $3`,
);

const RELEASE = statement(
  'inventory.release_holds',
  `WITH mine AS (
     SELECT variant_id, quantity FROM holds
      WHERE session_id = $1 AND ($2::uuid IS NULL OR store_id = $2) AND status IN ('held', 'committed')
      ORDER BY variant_id FOR NO KEY UPDATE
   ), stock AS (
     ${LOCKED} (SELECT variant_id FROM mine) ${IN_ORDER}
   ), change AS MATERIALIZED (
     SELECT s.*, m.quantity FROM stock s JOIN mine m ON m.variant_id = s.variant_id
   ), moved AS (
     UPDATE inventory i SET on_hand = c.on_hand, reserved = c.reserved - c.quantity, updated_at = now() FROM change c WHERE i.variant_id = c.variant_id
   ), released AS (
     UPDATE holds h SET status = 'released', updated_at = now() FROM mine m WHERE h.session_id = $1 AND h.variant_id = m.variant_id
   )
   SELECT ${MOVE}, s.on_hand - s.reserved - s.buffer + s.quantity AS after FROM change s ORDER BY s.variant_id`,
);

const RELEASE_EXPIRED = statement(
  'inventory.release_expired_holds',
  `WITH expired AS (
     SELECT session_id, variant_id, quantity FROM holds
      WHERE status = 'held' AND expires_at < now() - make_interval(secs => $2)
      ORDER BY expires_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
   ), freed AS (
     SELECT variant_id, sum(quantity)::int AS quantity FROM expired GROUP BY variant_id
   ), stock AS (
     ${LOCKED} (SELECT variant_id FROM freed) ${IN_ORDER}
   ), change AS MATERIALIZED (
     SELECT s.*, f.quantity FROM stock s JOIN freed f ON f.variant_id = s.variant_id
   ), moved AS (
     UPDATE inventory i SET on_hand = c.on_hand, reserved = c.reserved - c.quantity, updated_at = now() FROM change c WHERE i.variant_id = c.variant_id
   ), released AS (
     UPDATE holds h SET status = 'released', updated_at = now()
       FROM expired e WHERE h.session_id = e.session_id AND h.variant_id = e.variant_id
   )
   SELECT ${MOVE}, s.on_hand - s.reserved - s.buffer + s.quantity AS after, (SELECT count(*)::int FROM expired) AS released
     FROM change s ORDER BY s.variant_id`,
);

const FORGET = statement('holds.forget', `DELETE FROM holds WHERE session_id = $1 AND status IN ('sold', 'released')`);
const RESTOCK = statement(
  'inventory.restock',
  `WITH back AS (
     SELECT variant_id, sum(quantity)::int AS quantity
       FROM unnest($1::uuid[], $2::int[]) AS d (variant_id, quantity) GROUP BY variant_id
   ), stock AS (
     ${LOCKED} (SELECT variant_id FROM back) ${IN_ORDER}
   ), change AS MATERIALIZED (
     SELECT s.*, b.quantity FROM stock s JOIN back b ON b.variant_id = s.variant_id
   ), moved AS (
     UPDATE inventory i SET on_hand = c.on_hand + c.quantity, reserved = c.reserved, updated_at = now() FROM change c WHERE i.variant_id = c.variant_id
   )
   SELECT ${MOVE}, s.on_hand - s.reserved - s.buffer + s.quantity AS after FROM change s ORDER BY s.variant_id`,
);

const LOCK = statement(
  'inventory.lock',
  `SELECT i.variant_id FROM inventory i WHERE i.variant_id = ANY ($1::uuid[]) ORDER BY i.variant_id FOR NO KEY UPDATE`,
);

/** What is sold or released stands in its order, or matters no more; an hour is for whoever looks into what happened. */
export const FORGET_HOLDS = sweeping(
  'inventory.forget_holds',
  'holds',
  `status IN ('sold', 'released') AND updated_at < now() - interval '1 hour'`,
);

/** How long past its expiry a hold is left to its session, which normally releases it itself. */
const GRACE_SECONDS = 120;

/**
 * Stock set aside for checkout sessions; a session's id is opaque here.
 * Guarantees: what is held and sold never exceeds what is on hand; each call is one statement, however many variants,
 * and one more only when stock runs low, out, or comes back (the events of that). Calls never deadlock with each other
 * as long as a transaction makes one of them; one that makes several locks all of their stock first (lockStock).
 */
@Injectable()
export class Holds {
  constructor(private readonly events: Events) {}

  /**
   * Makes the session hold exactly this demand for `ttlSeconds` from now, by the database's clock. Takes over what the
   * previous session holds (its holds are released) and what this one held before. A variant whose demand cannot be met
   * whole gets no hold: `held` 0, and `available` says how many it could have had. One answer per variant asked for;
   * unknown variants have nothing.
   */
  async take(
    tx: Tx,
    sessionId: string,
    demand: readonly Demand[],
    previousSessionId: string | null,
    ttlSeconds: number,
  ): Promise<Taken[]> {
    const rows = await tx.rows<StockMove & { named: boolean; held: number; available: number }>(TAKE, [
      sessionId,
      previousSessionId,
      demand.map((line) => line.variantId),
      demand.map((line) => line.quantity),
      ttlSeconds,
    ]);
    await this.tell(tx, rows);
    const taken = new Map(
      rows
        .filter((row) => row.named)
        .map(({ variantId, held, available }) => [variantId, { variantId, held, available }]),
    );
    for (const { variantId } of demand) {
      if (!taken.has(variantId)) taken.set(variantId, { variantId, held: 0, available: 0 });
    }
    return [...taken.values()];
  }

  /**
   * Holds that still stand become committed: from now on they do not expire. Answers the variants that are committed,
   * those of an earlier call too; one that is missing had expired or was never held.
   */
  async commit(tx: Tx, sessionId: string, variantIds: readonly string[]): Promise<string[]> {
    const rows = await tx.rows<{ variantId: string }>(COMMIT, [sessionId, variantIds]);
    return rows.map((row) => row.variantId);
  }

  /**
   * The committed goods of one store leave its stock. Fails (StockNotHeld, with the next statement or COMMIT) where other
   * than this number of variants are committed there, as the second time: nothing must be ordered then.
   */
  async sell(tx: Tx, sessionId: string, storeId: string, variants: number): Promise<void> {
    tx.write(SELL, [sessionId, storeId, variants]);
  }

  /** Gives back what the session holds or has committed, at one store or at all. What was sold stays sold. */
  async release(tx: Tx, sessionId: string, storeId: string | null = null): Promise<void> {
    await this.tell(tx, await tx.rows<StockMove>(RELEASE, [sessionId, storeId]));
  }

  /** What a session held is decided, and the session forgotten. */
  async forget(tx: Tx, sessionId: string): Promise<void> {
    tx.write(FORGET, [sessionId]);
  }

  /** Goods of a cancelled or returned order are on hand again. */
  async restock(tx: Tx, lines: readonly Demand[]): Promise<void> {
    const rows = await tx.rows<StockMove>(RESTOCK, [lines.map((l) => l.variantId), lines.map((l) => l.quantity)]);
    await this.tell(tx, rows);
  }

  /** Locks the stock of these, in order: for a transaction that makes several of these calls, before the first of them. */
  async lockStock(tx: Tx, variantIds: readonly string[]): Promise<void> {
    await tx.rows(LOCK, [variantIds]);
  }

  /**
   * The safety net: gives back holds whose session should long have done so. Skips what others have locked. Answers how
   * many holds were released, `limit` at most.
   */
  async releaseExpired(tx: Tx, limit: number, graceSeconds = GRACE_SECONDS): Promise<number> {
    const rows = await tx.rows<StockMove & { released: number }>(RELEASE_EXPIRED, [limit, graceSeconds]);
    await this.tell(tx, rows);
    return rows[0]?.released ?? 0;
  }

  private async tell(tx: Tx, moves: StockMove[]): Promise<void> {
    const events: NewEvent[] = moves.flatMap(stockEvents);
    if (events.length > 0) await this.events.publish(tx, ...events);
  }
}
