import { Injectable } from '@nestjs/common';
import { Database, statement, type Conclusion, type Reader, type Statement, type Tx } from '../platform/database';
import { STREAM_CHANNEL, recordingOnly } from '../platform/events';
import { AVAILABLE } from '../store-integrations';
import type { Caller } from '../identity';
import { GOODS_KNOWN, GOODS_SOLD, QUANTITY_WITHIN_LIMIT, SHOPPER_PRESENT } from './cart.errors';
import { CART_CREATED } from './cart.events';
import {
  COUPONS,
  READ,
  READ_WITHIN_LIMIT,
  cartOf,
  cartToShow,
  type Cart,
  type CartLine,
  type CartRow,
} from './cart-reading';
import { MAX_LINES, MAX_QUANTITY, VARIANT_KEY, type LineIdentity, type NewLine } from './cart-line';
import { CODES_OF, COUNTED, EQUAL, NOTIFY, TOUCHED } from './cart-sql';

// SHARE, not KEY SHARE: a sign-in that claims the guest has to wait for this, and this for it, or the line would go into
// a cart that nobody opens any more. A shopper may stream the cart before there is one, so its making is always told.
const CART_OF = (condition: string) => `guest AS (
     SELECT id FROM guests WHERE id = $1 AND claimed_at IS NULL FOR SHARE
   ), c AS (
     INSERT INTO carts (shopper_id)
     SELECT $1 WHERE (EXISTS (SELECT FROM guest) OR EXISTS (SELECT FROM users WHERE id = $1 AND disabled_at IS NULL)) AND ${condition}
     ON CONFLICT (shopper_id) WHERE status <> 'merged' DO UPDATE SET ${TOUCHED}
     RETURNING id, shopper_id, version = 1 AS created, CASE WHEN version = 1 THEN 'infinity' ELSE watched_until END AS watched_until
   )`;
/** That this statement made the cart `c`. */
const CREATED = recordingOnly(CART_CREATED, 'c.id', 'c WHERE c.created');
const INTO_LINES = `INSERT INTO cart_items (cart_id, store_id, item_key, size, color, variant_id, brand_id, brand_name, product_name, product_sku,
                             product_url, product_image_url, price_cents, original_price_cents, currency, quantity, last_stock_check)`;
const OR_ADD_UP = `ON CONFLICT ON CONSTRAINT cart_items_one_line DO UPDATE
       SET quantity = cart_items.quantity + excluded.quantity, price_cents = excluded.price_cents,
           original_price_cents = excluded.original_price_cents, product_name = excluded.product_name,
           product_url = excluded.product_url, product_image_url = coalesce(excluded.product_image_url, cart_items.product_image_url),
           currency = excluded.currency, in_stock = true, last_stock_check = excluded.last_stock_check, updated_at = now()
       WHERE cart_items.quantity + excluded.quantity <= ${MAX_QUANTITY}`;
/** Puts goods of the catalogue, as they are at this moment, into the cart; `asked` looks them up. */
const GOODS_INTO_CART = (asked: string, order = '') => `WITH asked AS MATERIALIZED (
     SELECT v.id, v.store_id, v.sku, v.size, v.color, v.price_cents, v.original_price_cents, v.currency, p.brand_id, p.brand_name,
            p.title, p.image_urls[1] AS image_url, coalesce(p.url, $4 || p.id) AS page,
            v.status = 'active' AND p.status = 'active' AND s.status = 'active' AS sold, ${asked}
   ), ${CART_OF('EXISTS (SELECT FROM asked WHERE sold)')}, line AS (
     ${INTO_LINES}
     SELECT c.id, store_id, '${VARIANT_KEY}' || asked.id, size, color, asked.id, brand_id, brand_name, title, sku, page, image_url, price_cents,
            original_price_cents, currency, quantity, now()
       FROM c, asked WHERE sold ${order}
     ${OR_ADD_UP}
     RETURNING id, variant_id
   ), told AS (${CREATED})`;
/** Of each that was asked for ($2, $3): what it is, and its line if it has one now. */
const ADD_GOODS = statement(
  'cart.add_goods',
  `${GOODS_INTO_CART(
    `a.* FROM unnest($2::uuid[], $3::int[]) WITH ORDINALITY AS a (variant_id, quantity, place)
       LEFT JOIN variants v ON v.id = a.variant_id LEFT JOIN products p ON p.id = v.product_id LEFT JOIN stores s ON s.id = v.store_id`,
    'ORDER BY place',
  )}
   SELECT asked.variant_id AS "variantId", asked.title, coalesce(asked.sold, false) AS sold, line.id AS "itemId", c.id AS "cartId",
          ${NOTIFY('c')} AS notified
     FROM asked LEFT JOIN c ON true LEFT JOIN line ON line.variant_id = asked.id`,
);
/** One of them ($2, $3). Refuses by itself what cannot be added, so that nobody need wait for its answer. */
const ADD_ONE = statement(
  'cart.add_one',
  `${GOODS_INTO_CART(
    `$3::int AS quantity
       FROM variants v JOIN products p ON p.id = v.product_id JOIN stores s ON s.id = v.store_id WHERE v.id = $2::uuid`,
  )}
   SELECT CASE WHEN asked.id IS NULL THEN refuse('${GOODS_KNOWN}') WHEN NOT sold THEN refuse('${GOODS_SOLD}')
               WHEN c.id IS NULL THEN refuse('${SHOPPER_PRESENT}') WHEN line.id IS NULL THEN refuse('${QUANTITY_WITHIN_LIMIT}') END AS refused,
          ${NOTIFY('c')} AS notified
     FROM (VALUES (1)) AS one LEFT JOIN asked ON true LEFT JOIN c ON true LEFT JOIN line ON true`,
);
const ADD_LINES = statement(
  'cart.add_lines',
  `WITH ${CART_OF('true')}, line AS (
     ${INTO_LINES}
     SELECT c.id, x.*, NULL
       FROM c, unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::text[], $9::text[], $10::text[],
                      $11::text[], $12::text[], $13::bigint[], $14::bigint[], $15::text[], $16::int[])
            AS x (store_id, item_key, size, color, variant_id, brand_id, brand_name, product_name, product_sku,
                  product_url, product_image_url, price_cents, original_price_cents, currency, quantity)
     ${OR_ADD_UP}
     RETURNING id, store_id, item_key, size, color
   ), told AS (${CREATED})
   SELECT c.id AS "cartId", line.id AS "itemId", line.store_id AS "storeId", line.item_key AS "itemKey", line.size, line.color,
          ${NOTIFY('c')} AS notified
     FROM c LEFT JOIN line ON true`,
);
const KNOWN_CODES = statement(
  'cart.known_codes',
  `SELECT k.code FROM (SELECT (SELECT id FROM carts WHERE shopper_id = $1 AND status <> 'merged') AS id) c, LATERAL (SELECT k.code ${COUPONS('$2::text[]')}) k
   UNION SELECT unnest(coupon_codes) FROM carts WHERE shopper_id = $1 AND status <> 'merged'`,
);
// The shopper as in ADD_LINES, for the same reasons.
const SET_COUPONS = statement(
  'cart.set_coupons',
  `WITH guest AS (
     SELECT id FROM guests WHERE id = $1 AND claimed_at IS NULL FOR SHARE
   ), c AS (
     INSERT INTO carts (shopper_id, coupon_codes)
     SELECT $1, $2::text[] WHERE EXISTS (SELECT FROM guest) OR EXISTS (SELECT FROM users WHERE id = $1 AND disabled_at IS NULL)
     ON CONFLICT (shopper_id) WHERE status <> 'merged' DO UPDATE SET coupon_codes = excluded.coupon_codes, ${TOUCHED}
     RETURNING id, shopper_id, version, version = 1 AS created, CASE WHEN version = 1 THEN 'infinity' ELSE watched_until END AS watched_until
   ), told AS (${CREATED})
   SELECT id, version, ${NOTIFY('c')} AS notified FROM c`,
);
const SET_QUANTITY = statement(
  'cart.set_quantity',
  `WITH c AS (
     UPDATE carts SET ${TOUCHED}
      WHERE shopper_id = $1 AND status <> 'merged' AND ($4::int IS NULL OR version = $4)
        AND EXISTS (SELECT FROM cart_items WHERE id = $2 AND cart_id = carts.id)
     RETURNING id, shopper_id, watched_until
   ), line AS (
     UPDATE cart_items SET quantity = $3, updated_at = now() FROM c WHERE cart_items.id = $2 AND cart_id = c.id RETURNING 1
   )
   SELECT (SELECT count(*)::int FROM line) AS changed, ${NOTIFY('c')} AS notified FROM c`,
);
const REMOVE_LINE = statement(
  'cart.remove_line',
  `WITH c AS (
     UPDATE carts SET ${TOUCHED}
      WHERE shopper_id = $1 AND status <> 'merged' AND ($3::int IS NULL OR version = $3)
        AND EXISTS (SELECT FROM cart_items WHERE id = $2 AND cart_id = carts.id)
     RETURNING id, shopper_id, watched_until
   ), line AS (DELETE FROM cart_items USING c WHERE cart_items.id = $2 AND cart_id = c.id RETURNING 1)
   SELECT (SELECT count(*)::int FROM line) AS changed, ${NOTIFY('c')} AS notified FROM c`,
);
const CLEAR = statement(
  'cart.clear',
  `WITH c AS (
     UPDATE carts SET ${TOUCHED} WHERE shopper_id = $1 AND status <> 'merged' AND ($2::int IS NULL OR version = $2)
        AND NOT EXISTS (SELECT FROM users WHERE id = $1 AND disabled_at IS NOT NULL)
     RETURNING id, shopper_id, watched_until
   ), line AS (DELETE FROM cart_items USING c WHERE cart_id = c.id RETURNING 1)
   SELECT (SELECT count(*)::int FROM line) AS changed, ${NOTIFY('c')} AS notified FROM c`,
);
const TOUCH = statement(
  'cart.touch',
  `UPDATE carts SET ${TOUCHED} WHERE shopper_id = $1 AND status <> 'merged'
   RETURNING id, version - 1 AS "versionBefore", ${NOTIFY('carts')} AS notified`,
);
// In another size or colour: what its store said of it is of other goods.
const CHANGE_LINE = statement(
  'cart.change_line',
  `UPDATE cart_items
      SET item_key = $3, size = $4, color = $5, variant_id = $6, product_sku = $7, price_cents = $8, original_price_cents = $9,
          quantity = $10, checkout_session_id = $11, updated_at = now(), store_price_cents = NULL, store_available = NULL, store_checked_at = NULL
    WHERE id = $2 AND cart_id = $1`,
);
const DELETE_LINE = statement('cart.delete_line', `DELETE FROM cart_items WHERE id = $2 AND cart_id = $1`);
// Not where the shopper's own session holds it: then it is sold out to others.
const SOLD_OUT = statement(
  'cart.note_sold_out',
  `UPDATE cart_items l SET in_stock = false FROM carts c, inventory i
    WHERE l.variant_id = $1 AND l.in_stock AND c.id = l.cart_id AND i.variant_id = $1 AND ${AVAILABLE} = 0
      AND NOT EXISTS (SELECT FROM holds h WHERE h.session_id = coalesce(l.checkout_session_id, c.checkout_session_id)
                         AND h.variant_id = $1 AND h.status IN ('held', 'committed'))`,
);

const WATCH = statement(
  'cart.watch',
  `UPDATE carts SET watched_until = now() + interval '11 minutes' WHERE shopper_id = $1 AND status <> 'merged' RETURNING id`,
);
const NOTIFY_HOLDERS = statement(
  'cart.notify_holders_of_variant',
  `SELECT pg_notify('${STREAM_CHANNEL}', 'cart:' || c.shopper_id) FROM carts c
    WHERE c.watched_until > now() AND EXISTS (SELECT FROM cart_items l WHERE l.cart_id = c.id AND l.variant_id = $1)`,
);
const ABANDON = statement(
  'cart.abandon_untouched',
  `WITH untouched AS (
     SELECT id FROM carts WHERE status = 'open' AND touched_on < current_date - 30 LIMIT 500 FOR NO KEY UPDATE SKIP LOCKED
   )
   UPDATE carts SET status = 'abandoned', version = version + 1 FROM untouched WHERE carts.id = untouched.id
   RETURNING carts.id, ${NOTIFY('carts')} AS notified`,
);
const LOCK_OF = statement(
  'cart.lock_of',
  `SELECT id FROM carts WHERE shopper_id = $1 AND status <> 'merged' FOR NO KEY UPDATE`,
);
const LOCK_OR_MAKE = statement(
  'cart.lock_or_make',
  `INSERT INTO carts (shopper_id) VALUES ($1) ON CONFLICT (shopper_id) WHERE status <> 'merged' DO UPDATE SET updated_at = now() RETURNING id`,
);
const FORGET = statement(
  'cart.forget',
  `DELETE FROM cart_items WHERE cart_id IN (
     SELECT id FROM carts WHERE shopper_id IN (SELECT $1::uuid UNION ALL SELECT id FROM guests WHERE claimed_by = $1) ORDER BY id FOR NO KEY UPDATE)`,
);
/**
 * Cart $1 into cart $2, both locked. Equal lines add up first, whatever room there is; of the others the oldest come. A line
 * that a session is placing stays where it is when its equal is being placed by another, or there is no room for it: a
 * line bears the mark of one session only. What becomes of it is for BRING_HOME.
 */
const JOIN_LINES = statement(
  'cart.join_lines',
  `WITH theirs AS MATERIALIZED (
     SELECT l.*, x.id IS NOT NULL AS known, coalesce(x.quantity, 0) AS present,
            l.checkout_session_id IS NOT NULL AND x.checkout_session_id IS NOT NULL AS aside
       FROM cart_items l LEFT JOIN cart_items x ON x.cart_id = $2 AND ${EQUAL}
      WHERE l.cart_id = $1
   ), fitting AS (
     SELECT id FROM theirs WHERE NOT known ORDER BY added_at, id
      LIMIT (SELECT greatest(${MAX_LINES} - count(*), 0) FROM cart_items WHERE cart_id = $2)
   ), going AS MATERIALIZED (
     SELECT * FROM theirs WHERE known AND NOT aside OR id IN (SELECT id FROM fitting)
   ), moved AS (
     INSERT INTO cart_items (cart_id, store_id, item_key, size, color, variant_id, brand_id, brand_name, product_name, product_sku,
                             product_url, product_image_url, price_cents, original_price_cents, currency, quantity, last_stock_check,
                             checkout_session_id, added_at, updated_at)
     SELECT $2, store_id, item_key, size, color, variant_id, brand_id, brand_name, product_name, product_sku, product_url,
            product_image_url, price_cents, original_price_cents, currency, quantity, last_stock_check, checkout_session_id, added_at, now()
       FROM going
     ON CONFLICT ON CONSTRAINT cart_items_one_line DO UPDATE
       SET quantity = least(cart_items.quantity + excluded.quantity, ${MAX_QUANTITY}), price_cents = excluded.price_cents,
           original_price_cents = excluded.original_price_cents, updated_at = now(),
           checkout_session_id = coalesce(cart_items.checkout_session_id, excluded.checkout_session_id)
   ), gone AS (DELETE FROM cart_items WHERE id IN (SELECT id FROM going)),
   merged AS (UPDATE carts SET status = 'merged', version = version + 1, updated_at = now() WHERE id = $1),
   behind AS (
     SELECT (SELECT count(*)::int FROM theirs
              WHERE NOT known AND checkout_session_id IS NULL AND id NOT IN (SELECT id FROM fitting)) AS lines,
            (SELECT coalesce(sum(greatest(present + quantity - ${MAX_QUANTITY}, 0)), 0)::int FROM going) AS units
   )
   UPDATE carts SET ${COUNTED}, coupon_codes = ${CODES_OF('carts.coupon_codes || (SELECT coupon_codes FROM carts WHERE id = $1)')},
          left_behind = CASE WHEN lines + units > 0 THEN jsonb_build_object('lines', lines, 'units', units) ELSE left_behind END
     FROM behind WHERE carts.id = $2 RETURNING lines, units, ${NOTIFY('carts')} AS notified`,
);

/** What became of one variant that was to be added; `title` null where there is no such variant. */
export interface AddedGoods {
  variantId: string;
  title: string | null;
  sold: boolean;
  itemId: string | null;
  cartId: string | null;
}

/**
 * The statements on carts and their lines, and their locks: a cart's row is locked before its lines, always. (What checkout
 * does to a cart stands in cart-checkout.ts.)
 */
@Injectable()
export class CartRepository {
  constructor(private readonly database: Database) {}

  /** The shopper's cart with lines, present prices and stock, and its stores: one statement, or more as cartOf says. */
  async read(shopperId: string, reader: Reader = this.database): Promise<Cart | undefined> {
    return cartOf(await reader.rows<CartRow>(READ, [shopperId]), reader);
  }

  /** For whoever only looks at it, see cartToShow. */
  toShow(shopperId: string): Promise<Cart | undefined> {
    return cartToShow(this.database, shopperId);
  }

  /** The same as the end of a transaction that has added lines. Fails with LINES_WITHIN_LIMIT where they are too many. */
  concludeWithin<T>(
    tx: Tx,
    shopperId: string,
    make: (cart: Cart | undefined, reader: Reader) => Promise<T>,
  ): Conclusion<T> {
    return tx.conclude<CartRow, T>(READ_WITHIN_LIMIT, [shopperId], async (rows, reader) =>
      make(await cartOf(rows, reader), reader),
    );
  }

  /**
   * Adds goods of the catalogue to the shopper's cart, made where there is none; equal ones add up. Of each that was asked
   * for: its line; none where nobody sells it now (then no cart is made for it), or it would be more than a line may hold.
   * `cartId` is null too for a closed account, and for a guest who has become a user (see addLines).
   */
  addGoods(
    tx: Tx,
    shopper: Pick<Caller, 'id'>,
    goods: { variantId: string; quantity: number }[],
    pageBase: string,
  ): Promise<AddedGoods[]> {
    const [variantIds, quantities] = [goods.map((one) => one.variantId), goods.map((one) => one.quantity)];
    return tx.rows<AddedGoods>(ADD_GOODS, [shopper.id, variantIds, quantities, pageBase]);
  }

  /** The same for one. Fails (NotFound, NotForSale, QuantityLimitReached, Unauthenticated) with the next statement or COMMIT. */
  addOne(tx: Tx, shopper: Pick<Caller, 'id'>, variantId: string, quantity: number, pageBase: string): void {
    tx.write(ADD_ONE, [shopper.id, variantId, quantity, pageBase]);
  }

  /**
   * Adds described lines to the shopper's cart, made where there is none; equal ones add up. A line over the limit is left out.
   * Undefined for a closed account, and for a guest who has become a user: a process may trust the token
   * for 30 s more, and what it wrote then would be lost.
   */
  async addLines(tx: Tx, shopper: Pick<Caller, 'id'>, lines: NewLine[]) {
    const column = <K extends keyof NewLine>(name: K) => lines.map((line) => line[name]);
    const rows = await tx.rows<{ cartId: string; itemId: string | null } & LineIdentity>(ADD_LINES, [
      shopper.id,
      ...[
        column('storeId'),
        column('itemKey'),
        column('size'),
        column('color'),
        column('variantId'),
        column('brandId'),
      ],
      ...[
        column('brandName'),
        column('productName'),
        column('productSku'),
        column('productUrl'),
        column('productImageUrl'),
      ],
      ...[column('priceCents'), column('originalPriceCents'), column('currency'), column('quantity')],
    ]);
    const first = rows[0];
    if (!first) return undefined;
    return rows.filter((row) => row.itemId !== null);
  }

  /** False where the shopper has no such line, or the cart another version than expected. */
  setQuantity(shopperId: string, itemId: string, quantity: number, version: number | undefined): Promise<boolean> {
    return this.changed(SET_QUANTITY, [shopperId, itemId, quantity, version ?? null]);
  }

  removeLine(shopperId: string, itemId: string, version: number | undefined): Promise<boolean> {
    return this.changed(REMOVE_LINE, [shopperId, itemId, version ?? null]);
  }

  /** False where there is no cart of that version. */
  async clear(shopperId: string, version: number | undefined): Promise<boolean> {
    return (await this.database.maybeOne(CLEAR, [shopperId, version ?? null])) !== undefined;
  }

  /** Locks the shopper's cart for a change of several statements, and counts it as one. */
  touch(tx: Tx, shopperId: string): Promise<{ id: string; versionBefore: number } | undefined> {
    return tx.maybeOne(TOUCH, [shopperId]);
  }

  async changeLine(tx: Tx, cartId: string, line: CartLine): Promise<void> {
    await tx.run(CHANGE_LINE, [
      ...[cartId, line.id, line.itemKey, line.size, line.color, line.variantId, line.productSku],
      ...[line.priceCents, line.originalPriceCents, line.quantity, line.checkoutSessionId],
    ]);
  }

  async deleteLine(tx: Tx, cartId: string, itemId: string): Promise<void> {
    await tx.run(DELETE_LINE, [cartId, itemId]);
  }

  /** Those of the codes that mean something in the shopper's cart, or stand in it already. */
  async knownCodes(tx: Tx, shopperId: string, codes: string[]): Promise<Set<string>> {
    return new Set((await tx.rows<{ code: string }>(KNOWN_CODES, [shopperId, codes])).map((row) => row.code));
  }

  /** Sets the codes of the shopper's cart, made where there is none. Undefined as for addLines. */
  setCoupons(tx: Tx, shopperId: string, codes: string[]): Promise<{ id: string; version: number } | undefined> {
    return tx.maybeOne(SET_COUPONS, [shopperId, codes]);
  }

  /** Notes that somebody streams the cart; gives its id. */
  async watch(shopperId: string): Promise<string | undefined> {
    return (await this.database.maybeOne<{ id: string }>(WATCH, [shopperId]))?.id;
  }

  /** Notes on every line of a variant that it is sold out, if it is, so that its return can be told. */
  async noteSoldOut(tx: Tx, variantId: string): Promise<void> {
    await tx.run(SOLD_OUT, [variantId]);
  }

  /** Wakes the streams of every cart that holds a variant. */
  async notifyHolders(tx: Tx, variantId: string): Promise<void> {
    await tx.run(NOTIFY_HOLDERS, [variantId]);
  }

  async abandonUntouched(tx: Tx): Promise<string[]> {
    return (await tx.rows<{ id: string }>(ABANDON)).map((row) => row.id);
  }

  /** The shopper's cart, locked; undefined where there is none. */
  async lockOf(tx: Tx, shopperId: string): Promise<string | undefined> {
    return (await tx.maybeOne<{ id: string }>(LOCK_OF, [shopperId]))?.id;
  }

  /** The same, made where there is none. */
  async lockOrMake(tx: Tx, shopperId: string): Promise<string> {
    return (await tx.maybeOne<{ id: string }>(LOCK_OR_MAKE, [shopperId]))!.id;
  }

  /** Forgets what a user wanted to buy, also as a guest: what found no room at a sign-in stayed in that guest's cart. */
  async forget(tx: Tx, shopperId: string): Promise<void> {
    await tx.run(FORGET, [shopperId]);
  }

  /**
   * Puts the lines of one cart into another, equal ones adding up to the limit, and of the others as many as there is room
   * for; closes the first. Gives the lines, and the units of joined lines, that were left out.
   */
  async joinLines(tx: Tx, fromCartId: string, toCartId: string): Promise<{ lines: number; units: number }> {
    return (await tx.maybeOne<{ lines: number; units: number }>(JOIN_LINES, [fromCartId, toCartId]))!;
  }

  private async changed(of: Statement, values: unknown[]): Promise<boolean> {
    return ((await this.database.maybeOne<{ changed: number }>(of, values))?.changed ?? 0) > 0;
  }
}
