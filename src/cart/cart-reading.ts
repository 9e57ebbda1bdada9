import { Kept, statement, type Reader } from '../platform/database';
import { couponTermsJson, type CouponTerms } from '../pricing';
import {
  AVAILABLE,
  STORE_VERSION,
  knownStores,
  linkStatusOf,
  signInStatusOf,
  takesGuestsOf,
  type LinkStatus,
  type StoreFacts,
} from '../store-integrations';
import { LINES_WITHIN_LIMIT } from './cart.errors';
import { MAX_LINES, MAX_QUANTITY, type NewLine } from './cart-line';

/** A line with what our tables say of its goods now; null where the catalogue does not know them. */
export interface CartLine extends NewLine {
  id: string;
  /** Whether it could be had when the shopper last saw it; `priceCents` is the price of that moment. */
  wasInStock: boolean;
  lastStockCheck: string | null;
  checkoutSessionId: string | null;
  /** Moments as Postgres writes them, in UTC. */
  addedAt: string;
  updatedAt: string;
  now: { priceCents: number; originalPriceCents: number | null; sellable: boolean; available: number } | null;
  /** Units that the shopper's own session holds. */
  held: number;
  /** Of the product; null where it has none, or the catalogue does not know it. */
  category: string | null;
  /** The store's own id of the variant; only of lines that are offered to a checkout. */
  variantAtStore?: string | null;
}

/** What a store's own interface is to this shopper. */
export interface StoreWay {
  storeId: string;
  /** Null where no account can be linked there. */
  linkStatus: LinkStatus | null;
  /** It takes whoever has linked none, too. */
  takesGuests: boolean;
}

export interface Cart {
  id: string;
  version: number;
  status: 'open' | 'abandoned';
  /** The one that a user chose; null for guests and who chose none. */
  shopperCurrency: string | null;
  lines: CartLine[];
  stores: StoreFacts[];
  /** Of the stores that have an interface of their own. */
  ways: StoreWay[];
  /** What of a guest's cart found no room at the sign-in; null once the shopper has written since. */
  leftBehind: { lines: number; units: number } | null;
  /** As the shopper gave them, and what Muse knows under them at the cart's stores. */
  couponCodes: string[];
  coupons: CouponTerms[];
}

/** One row a line, with its cart beside it; a cart without lines is one row with no line. */
export interface CartRow {
  cartId: string;
  version: number;
  status: 'open' | 'abandoned';
  sessionId: string | null;
  couponCodes: string[];
  leftBehind: Cart['leftBehind'];
  shopperCurrency: string | null;
  id: string | null;
  storeId: string;
  storeVersion: string;
  variantId: string | null;
  brandId: string | null;
  brandName: string | null;
  productName: string;
  productSku: string | null;
  productUrl: string;
  productImageUrl: string | null;
  priceCents: number;
  originalPriceCents: number | null;
  currency: string;
  quantity: number;
  size: string | null;
  color: string | null;
  itemKey: string;
  wasInStock: boolean;
  lastStockCheck: string | null;
  checkoutSessionId: string | null;
  addedAt: string;
  updatedAt: string;
  nowPriceCents: number | null;
  nowOriginalPriceCents: number | null;
  sellable: boolean | null;
  available: number;
  category: string | null;
  variantAtStore?: string | null;
  linkStatus: LinkStatus | null;
  takesGuests: boolean | null;
}

const GOODS = `
  LEFT JOIN cart_items l ON l.cart_id = c.id
  LEFT JOIN stores s ON s.id = l.store_id
  LEFT JOIN variants v ON v.id = l.variant_id
  LEFT JOIN products p ON p.id = v.product_id
  LEFT JOIN inventory i ON i.variant_id = l.variant_id
 WHERE c.shopper_id = $1 AND c.status <> 'merged'`;

// The most frequent statement of all. Plain rows: to make JSON of them, to sort them, and to look for what most carts do not
// have (holds, coupons) or need (the shopper's own currency) each cost Postgres a tenth of the whole, or more.
const CART = (
  currency: string,
  users = '',
  more = '',
) => `SELECT c.id AS "cartId", c.version, c.status, c.checkout_session_id AS "sessionId", c.coupon_codes AS "couponCodes",
    c.left_behind AS "leftBehind", ${currency} AS "shopperCurrency", l.id, l.store_id AS "storeId", ${STORE_VERSION} AS "storeVersion", l.variant_id AS "variantId",
    l.brand_id AS "brandId", l.brand_name AS "brandName", l.product_name AS "productName", l.product_sku AS "productSku",
    l.product_url AS "productUrl", l.product_image_url AS "productImageUrl", l.price_cents AS "priceCents",
    l.original_price_cents AS "originalPriceCents", l.currency, l.quantity, l.size, l.color, l.item_key AS "itemKey",
    l.in_stock AS "wasInStock", l.last_stock_check::text AS "lastStockCheck", l.checkout_session_id AS "checkoutSessionId",
    l.added_at::text AS "addedAt", l.updated_at::text AS "updatedAt", coalesce(l.store_price_cents, v.price_cents) AS "nowPriceCents",
    v.original_price_cents AS "nowOriginalPriceCents", v.status = 'active' AND p.status = 'active' AS sellable,
    coalesce(l.store_available, CASE WHEN i.variant_id IS NULL THEN ${MAX_QUANTITY} ELSE ${AVAILABLE} END) AS available, p.category,
    CASE WHEN s.tier = 'oauth_api' THEN ${linkStatusOf('l.store_id', 'c.shopper_id')}
         WHEN s.tier = 'headless' THEN ${signInStatusOf('l.store_id', 'c.shopper_id')} END AS "linkStatus",
    CASE WHEN s.tier = 'oauth_api' THEN ${takesGuestsOf('l.store_id')} END AS "takesGuests"${more}
  FROM carts c ${users} ${GOODS}`;
const LATER = CART('NULL');
export const READ = statement('cart.read', LATER);
// Which versions of a line's rows a statement saw: every change of a row, whoever makes it, gives it another.
const VERSIONS = `c.xmin AS "cartRow", l.xmin AS "lineRow", s.xmin AS "storeRow", v.xmin AS "variantRow", p.xmin AS "productRow", i.xmin AS "stockRow"`;
const READ_TO_KEEP = statement('cart.read_to_keep', CART('NULL', '', `, ${VERSIONS}`));
const SEEN = statement('cart.seen', `SELECT ${VERSIONS} FROM carts c ${GOODS}`);
/** For a checkout: with the shopper's currency, whatever the cart holds, and what stores call the goods. */
export const READ_WITH_CURRENCY = statement(
  'cart.read_with_currency',
  CART('u.currency', 'LEFT JOIN users u ON u.id = c.shopper_id', ', v.external_id AS "variantAtStore"'),
);
// The lines are counted when they are locked: what was added in parallel counts too.
export const READ_WITHIN_LIMIT = statement(
  'cart.read_within_limit',
  `${LATER} AND ((SELECT count(*) FROM cart_items WHERE cart_id = c.id) <= ${MAX_LINES} OR refuse('${LINES_WITHIN_LIMIT}'))`,
);

/** Coupons of a code in `codes` that Muse or a store of cart `c` gives out. */
export const COUPONS = (codes: string) => `FROM coupons k WHERE k.code = ANY (${codes})
  AND (k.store_id IS NULL OR k.store_id IN (SELECT store_id FROM cart_items WHERE cart_id = c.id))`;
/** What the shopper's sessions hold of the lines of cart $1, what its coupons are, and the shopper's currency. */
const MORE = statement(
  'cart.read_more',
  `SELECT (SELECT json_object_agg(l.id, h.quantity) FROM cart_items l JOIN holds h
             ON h.session_id = coalesce(l.checkout_session_id, c.checkout_session_id) AND h.variant_id = l.variant_id
            WHERE l.cart_id = c.id AND h.status IN ('held', 'committed')) AS held,
          (SELECT json_agg(${couponTermsJson('c.shopper_id')}) ${COUPONS('c.coupon_codes')}) AS coupons,
          (SELECT currency FROM users WHERE id = c.shopper_id) AS currency
     FROM carts c WHERE c.id = $1`,
);

interface More {
  held: Record<string, number> | null;
  coupons: CouponTerms[] | null;
  currency: string | null;
}

interface RowVersions {
  cartRow: string;
  lineRow: string | null;
  storeRow: string | null;
  variantRow: string | null;
  productRow: string | null;
  stockRow: string | null;
}

const KEPT_LINES = 5_000;
const kept = new Kept<Cart>(KEPT_LINES);

/**
 * A shopper's cart for whoever only looks at it: one that was read within moments is asked after, which costs half of
 * reading it (docs/adr/0075). One statement; two where it has changed since. Never older than the database. The cart is
 * shared: nobody may change it.
 */
export async function cartToShow(reader: Reader, shopperId: string): Promise<Cart | undefined> {
  const known = kept.get(shopperId);
  if (known && seenOf(await reader.rows<RowVersions>(SEEN, [shopperId])) === known.seen) return known.value;
  const rows = await reader.rows<CartRow & RowVersions>(READ_TO_KEEP, [shopperId]);
  const cart = await cartOf(rows, reader);
  if (cart && standsByItself(cart, rows[0]!.sessionId)) kept.keep(shopperId, seenOf(rows), cart, 1 + cart.lines.length);
  return cart;
}

/** In whatever order the lines came. */
function seenOf(rows: RowVersions[]): string {
  const seen = rows.map(
    (row) => `${row.cartRow} ${row.lineRow} ${row.storeRow} ${row.variantRow} ${row.productRow} ${row.stockRow}`,
  );
  return seen.sort().join();
}

/** Their lines ask after the shopper's account at the store, too. */
const LINKED_TIERS = new Set(['oauth_api', 'headless']);

/** Whether it is made of the rows alone whose versions are compared: of no hold, coupon, account at a store or currency of the shopper. */
function standsByItself(cart: Cart, sessionId: string | null): boolean {
  return (
    sessionId === null &&
    cart.couponCodes.length === 0 &&
    cart.ways.length === 0 &&
    cart.stores.every((store) => !LINKED_TIERS.has(store.tier) && store.currency === cart.stores[0]!.currency) &&
    cart.lines.every((line) => line.checkoutSessionId === null)
  );
}

/**
 * A cart of its rows. Asks once more where the shopper's sessions may hold some of it (unless `heldToo` is false), it has
 * coupons, or its lines are in several currencies, and where a store has changed since it was last read.
 */
export async function cartOf(rows: CartRow[], reader: Reader, heldToo = true): Promise<Cart | undefined> {
  const [first] = rows;
  if (!first) return undefined;
  const lines: CartLine[] = [];
  const ways: StoreWay[] = [];
  const versions: Record<string, string> = {};
  let held = heldToo && first.sessionId !== null;
  for (const row of rows) {
    if (row.id === null) continue;
    lines.push(lineOf(row, row.id));
    const { storeId, linkStatus, takesGuests } = row;
    if (linkStatus !== null || takesGuests !== null)
      ways.push({ storeId, linkStatus, takesGuests: takesGuests === true });
    versions[row.storeId] = row.storeVersion;
    held ||= heldToo && row.checkoutSessionId !== null;
  }
  if (lines.length > 1) lines.sort(byAge);
  const stores = await knownStores.of(reader, versions);
  const currencies = new Set(stores.map((store) => store.currency));
  const asks = held || first.couponCodes.length > 0 || currencies.size > 1;
  const more = asks ? await reader.maybeOne<More>(MORE, [first.cartId]) : undefined;
  if (held) for (const line of lines) line.held = more?.held?.[line.id] ?? 0;
  const { cartId: id, version, status, couponCodes, leftBehind } = first;
  const shopperCurrency = first.shopperCurrency ?? more?.currency ?? null;
  const coupons = more?.coupons ?? [];
  return { id, version, status, shopperCurrency, lines, stores, ways, leftBehind, couponCodes, coupons };
}

/** The order in which they came; what came together, by id. As texts both sort as what they mean. */
function byAge(a: CartLine, b: CartLine): number {
  return a.addedAt < b.addedAt ? -1 : a.addedAt > b.addedAt ? 1 : a.id < b.id ? -1 : 1;
}

// Written out: one literal with the members in one order is many times quicker to make than spread parts.
function lineOf(row: CartRow, id: string): CartLine {
  return {
    id,
    storeId: row.storeId,
    variantId: row.variantId,
    brandId: row.brandId,
    brandName: row.brandName,
    productName: row.productName,
    productSku: row.productSku,
    productUrl: row.productUrl,
    productImageUrl: row.productImageUrl,
    priceCents: row.priceCents,
    originalPriceCents: row.originalPriceCents,
    currency: row.currency,
    quantity: row.quantity,
    size: row.size,
    color: row.color,
    itemKey: row.itemKey,
    wasInStock: row.wasInStock,
    lastStockCheck: row.lastStockCheck,
    checkoutSessionId: row.checkoutSessionId,
    addedAt: row.addedAt,
    updatedAt: row.updatedAt,
    now:
      row.nowPriceCents === null
        ? null
        : {
            priceCents: row.nowPriceCents,
            originalPriceCents: row.variantId === null ? row.originalPriceCents : row.nowOriginalPriceCents,
            // Of what a client described only its store can say anything.
            sellable: row.sellable ?? true,
            available: row.available,
          },
    held: 0,
    category: row.category,
    variantAtStore: row.variantAtStore ?? null,
  };
}
