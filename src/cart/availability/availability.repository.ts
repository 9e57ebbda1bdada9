import { Injectable } from '@nestjs/common';
import { Database, statement, sweeping, type Tx } from '../../platform/database';
import { LEASE_SECONDS } from '../../platform/jobs';
import { NAME_AT_STORE, linkStatusOf, takesGuestsOf } from '../../store-integrations';
import { EQUAL, NOTIFY } from '../cart-sql';
import type { QuotedLine } from './cart-availability';
import { LATELY } from './cart-looks';

export const CHECK_TASK = 'availability_check';

export const AVAILABILITY_DUE = `SELECT store_id AS id FROM availability_checks
    WHERE wanted_until > now() AND next_check_at <= now() AND (lease_until IS NULL OR lease_until < now()) ORDER BY next_check_at LIMIT 100`;
// The window begins as the store is asked: a worker that dies over it does not make it be asked twice.
const CLAIM = statement(
  'availability.claim',
  `UPDATE availability_checks a
      SET lease_token = $2, lease_until = clock_timestamp() + interval '${LEASE_SECONDS} seconds', next_check_at = clock_timestamp() + make_interval(secs => $3)
     FROM stores s
    WHERE a.store_id = $1 AND s.id = a.store_id AND a.wanted_until > clock_timestamp() AND a.next_check_at <= clock_timestamp()
      AND (a.lease_until IS NULL OR a.lease_until < clock_timestamp())
   RETURNING s.currency, a.failures`,
);
const RENEW = statement(
  'availability.renew',
  `UPDATE availability_checks SET lease_until = clock_timestamp() + interval '${LEASE_SECONDS} seconds' WHERE store_id = $1 AND lease_token = $2 RETURNING 1 AS alive`,
);
const DONE = statement(
  'availability.done',
  `UPDATE availability_checks SET failures = 0, last_error = NULL, lease_token = NULL, lease_until = NULL WHERE store_id = $1 AND lease_token = $2`,
);
const LATER = statement(
  'availability.later',
  `UPDATE availability_checks SET next_check_at = clock_timestamp() + make_interval(secs => $3), last_error = $4, failures = failures + $5::int,
          lease_token = NULL, lease_until = NULL WHERE store_id = $1 AND lease_token = $2`,
);
/** What a store calls the goods of line `l`. */
const EXTERNAL_ID = NAME_AT_STORE('l');
// Longest not told of first, so that of more than one question takes each has its turn. Not those of carts whose shopper asked
// for privacy: what they have in the cart is noted nowhere.
const LINES = statement(
  'availability.lines',
  `SELECT x."externalId", max(x.quantity)::int AS quantity, array_agg(DISTINCT x.cart_id) AS "cartIds"
     FROM (
       SELECT ${EXTERNAL_ID} AS "externalId", l.quantity, l.cart_id, l.store_checked_at
         FROM cart_looks k JOIN carts c ON c.id = k.cart_id AND c.status = 'open'
         JOIN cart_items l ON l.cart_id = c.id AND l.store_id = $1 AND l.checkout_session_id IS NULL
        WHERE k.looked_at > now() - ${LATELY}
          AND (${linkStatusOf('l.store_id', 'c.shopper_id')} = 'linked' OR ${takesGuestsOf('l.store_id')})
          AND NOT EXISTS (SELECT FROM users u WHERE u.id = c.shopper_id AND u.privacy = 'paranoid')
     ) AS x
    WHERE x."externalId" IS NOT NULL AND length(x."externalId") <= 255
    GROUP BY x."externalId" ORDER BY min(coalesce(x.store_checked_at, '-infinity')), x."externalId" LIMIT $2`,
);
const LOCK_CARTS = statement(
  'availability.lock_carts',
  `SELECT id FROM carts WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
);
const LOCK_CART_OF = statement(
  'availability.lock_cart_of',
  `SELECT id FROM carts WHERE shopper_id = $1 AND status = 'open' FOR NO KEY UPDATE`,
);
// A line that a client described costs what the client said until its store says otherwise. What is gone is noted, so that its
// return can be told. Streams are woken where a shopper would see a difference.
const WRITE = statement(
  'availability.write',
  `WITH said AS (
     SELECT DISTINCT ON (external_id) * FROM unnest($3::text[], $4::bigint[], $5::int[]) AS x (external_id, price_cents, available) ORDER BY external_id
   ), line AS (
     UPDATE cart_items l
        SET store_price_cents = coalesce(x.price_cents, CASE WHEN l.variant_id IS NULL THEN coalesce(l.store_price_cents, l.price_cents) END),
            store_available = x.available, store_checked_at = now(), last_stock_check = now(), in_stock = l.in_stock AND coalesce(x.available > 0, true)
       FROM said x
      WHERE l.cart_id = ANY ($2::uuid[]) AND l.store_id = $1 AND ${EXTERNAL_ID} = x.external_id
     RETURNING l.cart_id, old.store_price_cents IS DISTINCT FROM new.store_price_cents
                       OR old.store_available IS DISTINCT FROM new.store_available AS news
   )
   SELECT c.id, ${NOTIFY('c')} AS notified FROM carts c WHERE c.id IN (SELECT cart_id FROM line WHERE news)`,
);
const WRITE_QUOTED = statement(
  'availability.write_quoted',
  `WITH line AS (
     UPDATE cart_items l
        SET store_price_cents = x.price_cents, store_available = x.available, store_checked_at = now(), last_stock_check = now(),
            in_stock = l.in_stock AND coalesce(x.available > 0, true)
       FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::int[]) AS x (store_id, item_key, size, color, price_cents, available)
      WHERE l.cart_id = $1 AND ${EQUAL}
     RETURNING l.cart_id, old.store_price_cents IS DISTINCT FROM new.store_price_cents
                       OR old.store_available IS DISTINCT FROM new.store_available AS news
   )
   SELECT c.id, ${NOTIFY('c')} AS notified FROM carts c WHERE c.id IN (SELECT cart_id FROM line WHERE news)`,
);
const FORGET_OF = statement(
  'availability.forget_of',
  `WITH c AS (
     SELECT id FROM carts WHERE shopper_id = $1 AND status <> 'merged' FOR NO KEY UPDATE
   )
   UPDATE cart_items l SET store_price_cents = NULL, store_available = NULL, store_checked_at = NULL
     FROM c WHERE l.cart_id = c.id AND l.store_id = $2 AND l.store_checked_at IS NOT NULL`,
);
/** What a store said a day ago says nothing of today. A piece at a time, each by itself. */
const OLD_AT_ONCE = 500;
const FORGET_OLD = statement(
  'availability.forget_old',
  `WITH old AS (
     SELECT c.id FROM carts c WHERE c.id IN (SELECT cart_id FROM cart_items WHERE store_checked_at < now() - interval '1 day' LIMIT ${OLD_AT_ONCE})
      ORDER BY c.id FOR NO KEY UPDATE SKIP LOCKED
   )
   UPDATE cart_items l SET store_price_cents = NULL, store_available = NULL, store_checked_at = NULL
     FROM old WHERE l.cart_id = old.id AND l.store_checked_at < now() - interval '1 day' RETURNING 1 AS forgotten`,
);
const FORGET_LOOKS = sweeping('availability.forget_looks', 'cart_looks', `looked_at < now() - interval '1 hour'`);

/** Goods that a store is asked for, and in whose carts they lie. */
export interface AskedLine {
  externalId: string;
  quantity: number;
  cartIds: string[];
}

/** Statements on what stores say of goods in carts. */
@Injectable()
export class AvailabilityRepository {
  constructor(private readonly database: Database) {}

  /** Undefined where its window is not over, nobody looks, or somebody else asks it. */
  claim(storeId: string, lease: string, windowSeconds: number) {
    return this.database.maybeOne<{ currency: string; failures: number }>(CLAIM, [storeId, lease, windowSeconds]);
  }

  async renew(storeId: string, lease: string): Promise<boolean> {
    return (await this.database.maybeOne(RENEW, [storeId, lease])) !== undefined;
  }

  async done(storeId: string, lease: string): Promise<void> {
    await this.database.rows(DONE, [storeId, lease]);
  }

  async later(storeId: string, lease: string, seconds: number, error: string, failed: number): Promise<void> {
    await this.database.rows(LATER, [storeId, lease, seconds, error.slice(0, 200), failed]);
  }

  /** What is to be asked for, each of the goods once. */
  lines(storeId: string, most: number): Promise<AskedLine[]> {
    return this.database.rows<AskedLine>(LINES, [storeId, most]);
  }

  async lockCarts(tx: Tx, cartIds: string[]): Promise<void> {
    await tx.rows(LOCK_CARTS, [cartIds]);
  }

  async lockCartOf(tx: Tx, shopperId: string): Promise<string | undefined> {
    return (await tx.maybeOne<{ id: string }>(LOCK_CART_OF, [shopperId]))?.id;
  }

  /** Into carts that are locked. Lines of other goods stay as they are. */
  async write(
    tx: Tx,
    storeId: string,
    cartIds: string[],
    goods: { externalId: string; priceCents: number | null; available: number | null }[],
  ): Promise<void> {
    await tx.rows(WRITE, [
      ...[storeId, cartIds, goods.map((one) => one.externalId)],
      ...[goods.map((one) => one.priceCents), goods.map((one) => one.available)],
    ]);
  }

  /** The same of lines by what they are, in one cart. */
  async writeQuoted(tx: Tx, cartId: string, lines: QuotedLine[]): Promise<void> {
    const column = <K extends keyof QuotedLine>(name: K) => lines.map((line) => line[name]);
    await tx.rows(WRITE_QUOTED, [
      ...[cartId, column('storeId'), column('itemKey'), column('size'), column('color')],
      ...[column('priceCents'), column('available')],
    ]);
  }

  async forgetOf(tx: Tx, shopperId: string, storeId: string): Promise<void> {
    await tx.run(FORGET_OF, [shopperId, storeId]);
  }

  async forget(): Promise<void> {
    await this.database.sweep(FORGET_LOOKS);
    while ((await this.database.rows(FORGET_OLD)).length >= OLD_AT_ONCE);
  }
}
