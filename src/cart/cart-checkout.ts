import { Injectable } from '@nestjs/common';
import { statement, type Tx } from '../platform/database';
import type { CouponTerms } from '../pricing';
import type { StoreFacts } from '../store-integrations';
import { MAX_QUANTITY, type LineIdentity } from './cart-line';
import { READ_WITH_CURRENCY, cartOf, type CartLine, type CartRow } from './cart-reading';
import { CODES_OF, EQUAL, NOTIFY, TOUCHED } from './cart-sql';

const LOCK = statement(
  'cart.lock',
  `UPDATE carts SET checkout_session_id = $2, ${TOUCHED} WHERE shopper_id = $1 AND status <> 'merged'
   RETURNING id, ${NOTIFY('carts')} AS notified`,
);
const SEEN = statement(
  'cart.prices_seen',
  `UPDATE cart_items l
      SET price_cents = coalesce(l.store_price_cents, v.price_cents), original_price_cents = CASE WHEN l.variant_id IS NULL THEN l.original_price_cents ELSE v.original_price_cents END,
          in_stock = l.id = ANY ($3::uuid[]), last_stock_check = now()
     FROM cart_items m LEFT JOIN variants v ON v.id = m.variant_id
    WHERE l.cart_id = $1 AND l.id = ANY ($2::uuid[]) AND m.id = l.id AND coalesce(l.store_price_cents, v.price_cents) IS NOT NULL`,
);
/** The lines named by identity ($3–$6) in the cart of shopper $1 that session $2 is placing. */
const NAMED = `unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::int[]) AS x (store_id, item_key, size, color, quantity)`;
const SAME = `l.cart_id = c.id AND ${EQUAL}`;
const BUMP = `UPDATE carts SET version = version + 1, updated_at = now() WHERE shopper_id = $1 AND status <> 'merged' RETURNING id, shopper_id, watched_until`;
const MARK_PLACING = statement(
  'cart.mark_placing',
  `WITH c AS (${BUMP}), line AS (
     UPDATE cart_items l SET checkout_session_id = $2 FROM c, ${NAMED} WHERE ${SAME} AND x.quantity > 0 RETURNING 1
   ) SELECT ${NOTIFY('c')} AS notified FROM c`,
);
const FREE = statement(
  'cart.free_lines',
  `WITH c AS (${BUMP}), line AS (
     UPDATE cart_items l SET checkout_session_id = NULL FROM c, ${NAMED}
      WHERE ${SAME} AND l.checkout_session_id = $2 AND x.quantity > 0 RETURNING 1
   ) SELECT ${NOTIFY('c')} AS notified FROM c`,
);
// Only what the session marked: a line taken out and put in again meanwhile is another one.
const TAKE_OUT = statement(
  'cart.take_out',
  `WITH c AS (${BUMP}), gone AS (
     DELETE FROM cart_items l USING c, ${NAMED} WHERE ${SAME} AND l.checkout_session_id = $2 AND l.quantity <= x.quantity RETURNING 1
   ), less AS (
     UPDATE cart_items l SET quantity = l.quantity - x.quantity, updated_at = now(),
            checkout_session_id = NULL
       FROM c, ${NAMED} WHERE ${SAME} AND l.checkout_session_id = $2 AND l.quantity > x.quantity RETURNING 1
   ) SELECT ${NOTIFY('c')} AS notified FROM c`,
);
const PUT_BACK = statement(
  'cart.put_back',
  `WITH c AS (
     INSERT INTO carts (shopper_id) VALUES ($1)
     ON CONFLICT (shopper_id) WHERE status <> 'merged' DO UPDATE SET version = carts.version + 1, status = 'open', updated_at = now()
     RETURNING id, shopper_id, watched_until
   ), line AS (
     INSERT INTO cart_items (cart_id, store_id, item_key, size, color, variant_id, brand_id, brand_name, product_name, product_sku,
                             product_url, product_image_url, price_cents, original_price_cents, currency, quantity)
     SELECT c.id, x.* FROM c, jsonb_to_recordset($2::jsonb) AS x ("storeId" uuid, "itemKey" text, size text, color text, "variantId" uuid,
            "brandId" uuid, "brandName" text, "productName" text, "productSku" text, "productUrl" text, "productImageUrl" text,
            "unitPriceCents" bigint, "originalPriceCents" bigint, currency text, quantity int)
     ON CONFLICT ON CONSTRAINT cart_items_one_line DO UPDATE
       SET quantity = least(cart_items.quantity + excluded.quantity, ${MAX_QUANTITY}), updated_at = now()
     RETURNING 1
   ) SELECT ${NOTIFY('c')} AS notified FROM c`,
);
const BRING_HOME = statement(
  'cart.bring_home',
  `WITH c AS (
     SELECT id FROM carts WHERE shopper_id = $1 AND status <> 'merged' AND id <> $8
   ), aside AS (
     DELETE FROM cart_items l USING c, ${NAMED} WHERE l.cart_id = $8 AND l.checkout_session_id = $2 AND ${EQUAL}
     RETURNING l.*, l.quantity - x.quantity AS remaining
   )
   INSERT INTO cart_items (cart_id, store_id, item_key, size, color, variant_id, brand_id, brand_name, product_name, product_sku,
                           product_url, product_image_url, price_cents, original_price_cents, currency, quantity, last_stock_check, added_at)
   SELECT c.id, store_id, item_key, size, color, variant_id, brand_id, brand_name, product_name, product_sku, product_url,
          product_image_url, price_cents, original_price_cents, currency, remaining, last_stock_check, added_at
     FROM c, aside WHERE remaining > 0
   ON CONFLICT ON CONSTRAINT cart_items_one_line DO UPDATE
     SET quantity = least(cart_items.quantity + excluded.quantity, ${MAX_QUANTITY}), updated_at = now()`,
);
const DROP_COUPONS = statement(
  'cart.drop_coupons',
  `UPDATE carts SET coupon_codes = ARRAY(SELECT code FROM unnest(coupon_codes) AS code WHERE code <> ALL ($2::text[]))
    WHERE shopper_id = $1 AND status <> 'merged'`,
);
const PUT_COUPONS_BACK = statement(
  'cart.put_coupons_back',
  `UPDATE carts SET coupon_codes = ${CODES_OF('carts.coupon_codes || $2::text[]')} WHERE shopper_id = $1 AND status <> 'merged'`,
);

// A moment to the microsecond that two rows share says that they were written together.
const FORGET_SESSION = statement(
  'cart.forget_session',
  `WITH c AS (
     UPDATE carts SET checkout_session_id = CASE WHEN checkout_session_id <> $2 THEN checkout_session_id END,
            updated_at = date_trunc('second', updated_at)
      WHERE shopper_id = ANY ($1::uuid[]) RETURNING id
   )
   UPDATE cart_items l SET added_at = date_trunc('second', added_at), updated_at = date_trunc('second', l.updated_at),
          last_stock_check = date_trunc('second', last_stock_check)
     FROM c WHERE l.cart_id = c.id`,
);

/** Lines of a cart that a session may freeze, and what our tables say of their stores. */
export interface OfferedLines {
  cartId: string;
  shopperCurrency: string | null;
  lines: CartLine[];
  stores: StoreFacts[];
  coupons: CouponTerms[];
}

/** A line as a session froze it. */
export type FrozenLine = LineIdentity & { quantity: number };

/**
 * What checkout does to a cart, always inside its transaction and after it has locked its session.
 * A line that a session is placing is not offered again until that store's outcome is known.
 */
@Injectable()
export class CartCheckout {
  /** Locks the cart and gives the lines that no session is placing; undefined where the shopper has no cart. */
  async offer(tx: Tx, shopperId: string, sessionId: string): Promise<OfferedLines | undefined> {
    tx.write(LOCK, [shopperId, sessionId]);
    // What the session holds already is counted when it takes its holds.
    const cart = await cartOf(await tx.rows<CartRow>(READ_WITH_CURRENCY, [shopperId]), tx, false);
    if (!cart) return undefined;
    const { id, lines, stores, shopperCurrency, couponCodes } = cart;
    const coupons = couponCodes.flatMap((code) => cart.coupons.filter((coupon) => coupon.code === code));
    const offered = lines.filter((line) => line.checkoutSessionId === null);
    return { cartId: id, shopperCurrency, lines: offered, stores, coupons };
  }

  /**
   * The session has shown the present prices of these lines: they are what the shopper has seen. `gone`: ids of those that
   * could not be had. Nothing is written where nothing is new.
   */
  async pricesSeen(tx: Tx, cartId: string, lines: readonly CartLine[], gone: ReadonlySet<string>): Promise<void> {
    const news = lines.filter(
      ({ id, now, priceCents, wasInStock }) => now && (now.priceCents !== priceCents || wasInStock === gone.has(id)),
    );
    if (news.length === 0) return;
    const ids = news.map((line) => line.id);
    tx.write(SEEN, [cartId, ids, ids.filter((id) => !gone.has(id))]);
  }

  /** These lines are being placed. */
  async markPlacing(tx: Tx, shopperId: string, sessionId: string, lines: FrozenLine[]): Promise<void> {
    tx.write(MARK_PLACING, named(shopperId, sessionId, lines));
  }

  /** These codes have been used; markPlacing has locked the cart. */
  async dropCoupons(tx: Tx, shopperId: string, codes: string[]): Promise<void> {
    tx.write(DROP_COUPONS, [shopperId, codes]);
  }

  /** These codes were used for nothing, and stand in the cart again, as far as it has room; `free` has locked the cart. */
  async putCouponsBack(tx: Tx, shopperId: string, codes: string[]): Promise<void> {
    tx.write(PUT_COUPONS_BACK, [shopperId, codes]);
  }

  /** These lines were not bought after all: they may be offered again. */
  async free(tx: Tx, shopperId: string, sessionId: string, lines: FrozenLine[]): Promise<void> {
    tx.write(FREE, named(shopperId, sessionId, lines));
  }

  /** These lines were ordered or handed off: what was put in since stays. */
  async takeOut(tx: Tx, shopperId: string, sessionId: string, lines: FrozenLine[]): Promise<void> {
    tx.write(TAKE_OUT, named(shopperId, sessionId, lines));
  }

  /**
   * After free or takeOut, of a session that its shopper began as a guest in `cartId`: what had to wait there for the
   * outcome. `rejected`: nothing was bought of it.
   */
  async bringHome(
    tx: Tx,
    shopperId: string,
    sessionId: string,
    cartId: string,
    lines: FrozenLine[],
    rejected: boolean,
  ): Promise<void> {
    const bought = rejected ? lines.map((line) => ({ ...line, quantity: 0 })) : lines;
    tx.write(BRING_HOME, [...named(shopperId, sessionId, bought), cartId]);
  }

  /** Nothing of these shoppers' carts says any more that the session was theirs. */
  async forgetSession(tx: Tx, shopperIds: string[], sessionId: string): Promise<void> {
    tx.write(FORGET_SESSION, [shopperIds, sessionId]);
  }

  /** These handed-off lines come back, adding up with what is there. */
  async putBack(tx: Tx, shopperId: string, lines: object[]): Promise<void> {
    await tx.run(PUT_BACK, [shopperId, JSON.stringify(lines)]);
  }
}

function named(shopperId: string, sessionId: string, lines: FrozenLine[]): unknown[] {
  return [
    ...[shopperId, sessionId, lines.map((line) => line.storeId), lines.map((line) => line.itemKey)],
    ...[lines.map((line) => line.size), lines.map((line) => line.color), lines.map((line) => line.quantity)],
  ];
}
