import { statement, type Statement } from '../platform/database';
import type { GoodsStatus } from './entities/product.entity';

/** A variant with its stock, as the statements below build it. */
export interface VariantRow {
  id: string;
  sku: string;
  size: string | null;
  color: string | null;
  priceCents: number;
  originalPriceCents: number | null;
  currency: string;
  externalId: string | null;
  status: GoodsStatus;
  onHand: number;
  reserved: number;
  buffer: number;
  alertThreshold: number | null;
}

/** A product with its store's name and its variants in order. */
export interface ProductRow {
  id: string;
  storeId: string;
  storeName: string;
  title: string;
  brandName: string | null;
  gtin: string | null;
  description: string;
  url: string | null;
  imageUrls: string[];
  category: string | null;
  status: GoodsStatus;
  version: number;
  createdAt: Date;
  updatedAt: Date;
  variants: VariantRow[];
}

/** Whether a statement shows what everybody may see, or also what is archived or of a closed store. */
type Audience = 'public' | 'managed';

const COLUMNS = `p.id, p.store_id AS "storeId", s.name AS "storeName", p.title, p.brand_name AS "brandName", p.gtin, p.description, p.url,
       p.image_urls AS "imageUrls", p.category, p.status, p.version, p.created_at AS "createdAt", p.updated_at AS "updatedAt", x.variants`;

const variantsFor = (audience: Audience) => `JOIN stores s ON s.id = p.store_id
  CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_object(
             'id', v.id, 'sku', v.sku, 'size', v.size, 'color', v.color, 'priceCents', v.price_cents,
             'originalPriceCents', v.original_price_cents, 'currency', v.currency, 'externalId', v.external_id, 'status', v.status,
             'onHand', i.on_hand, 'reserved', i.reserved, 'buffer', i.buffer, 'alertThreshold', i.alert_threshold
           ) ORDER BY v.position, v.id), '[]') AS variants
      FROM variants v JOIN inventory i ON i.variant_id = v.id
     WHERE v.product_id = p.id ${audience === 'public' ? "AND v.status = 'active'" : ''}
  ) x`;

/** $1 product */
export const PUBLIC_PRODUCT = statement(
  'catalog.public_product',
  `SELECT ${COLUMNS} FROM products p ${variantsFor('public')} WHERE p.id = $1 AND p.status = 'active' AND s.status = 'active'`,
);

/** $1 store, $2 product */
export const MANAGED_PRODUCT = statement(
  'catalog.managed_product',
  `SELECT ${COLUMNS} FROM products p ${variantsFor('managed')} WHERE p.store_id = $1 AND p.id = $2`,
);

/** $1 store, $2 before this id or null, $3 limit */
export const MANAGED_PRODUCTS = statement(
  'catalog.managed_products',
  `WITH found AS (
     SELECT id FROM products WHERE store_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
   )
   SELECT ${COLUMNS} FROM found JOIN products p USING (id) ${variantsFor('managed')} ORDER BY p.id DESC`,
);

/** The same item at other stores, cheapest first as far as currencies allow. $1 product, $2 limit */
export const SAME_ITEM = statement(
  'catalog.same_item',
  `SELECT o.store_id AS "storeId", s.name AS "storeName", o.id AS "productId", c.price_cents AS "priceCents", c.currency
     FROM products p
     JOIN products o ON lpad(o.gtin, 14, '0') = lpad(p.gtin, 14, '0') AND o.store_id <> p.store_id AND o.status = 'active'
     JOIN stores s ON s.id = o.store_id AND s.status = 'active'
    CROSS JOIN LATERAL (
      SELECT v.price_cents, v.currency FROM variants v
       WHERE v.product_id = o.id AND v.status = 'active' ORDER BY v.price_cents LIMIT 1
    ) c
    WHERE p.id = $1 AND p.gtin IS NOT NULL
    ORDER BY c.price_cents, o.id LIMIT $2`,
);

/** The filters of the public list, in the order of their letters in a statement's name. */
export interface ProductFilters {
  /** websearch words and the beginning of a last one; either may be empty */
  words?: string;
  prefix?: string;
  storeId?: string;
  brand?: string;
  category?: string;
  gtin?: string;
  minPrice?: number;
  maxPrice?: number;
  inStock?: boolean;
}

const AVAILABLE = `i.on_hand - i.reserved - i.buffer > 0`;

/**
 * One statement for each set of filters in use: a plan that had to serve `$1 IS NULL OR …` could use no index.
 * Search results are materialised before they are ordered, so that the planner cannot walk all products by id in the
 * hope of meeting a match.
 */
export function listStatement(
  filters: ProductFilters,
  limit: number,
  after?: (string | number)[],
): [Statement, unknown[]] {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const letters: string[] = [];
  const say = (letter: string, sql: string): string => {
    letters.push(letter);
    return sql;
  };
  const where: string[] = [
    "p.status = 'active'",
    "EXISTS (SELECT FROM stores t WHERE t.id = p.store_id AND t.status = 'active')",
  ];
  const onVariant: string[] = ['v.product_id = p.id', "v.status = 'active'"];

  const queries: string[] = [];
  const { words, prefix, storeId, brand, category, gtin, minPrice, maxPrice, inStock } = filters;
  if (words) queries.push(say('w', `websearch_to_tsquery('english', fold_accents(${bind(words)}))`));
  if (prefix) {
    const place = bind(prefix);
    queries.push(
      say(
        'p',
        `(to_tsquery('simple', fold_accents(${place}) || ':*') || websearch_to_tsquery('english', fold_accents(${place})))`,
      ),
    );
  }
  if (storeId) where.push(say('s', `p.store_id = ${bind(storeId)}`));
  if (brand)
    where.push(say('b', `p.brand_id = (SELECT b.id FROM brands b WHERE lower(b.name) = lower(${bind(brand)}))`));
  if (category) where.push(say('c', `lower(p.category) = lower(${bind(category)})`));
  if (gtin) where.push(say('g', `lpad(p.gtin, 14, '0') = lpad(${bind(gtin)}, 14, '0')`));
  if (minPrice !== undefined) onVariant.push(say('m', `v.price_cents >= ${bind(minPrice)}`));
  if (maxPrice !== undefined) onVariant.push(say('x', `v.price_cents <= ${bind(maxPrice)}`));
  if (inStock === true) {
    where.push(
      say(
        'i',
        `EXISTS (SELECT FROM variants v JOIN inventory i ON i.variant_id = v.id WHERE ${onVariant.join(' AND ')} AND ${AVAILABLE})`,
      ),
    );
  } else {
    where.push(`EXISTS (SELECT FROM variants v WHERE ${onVariant.join(' AND ')})`);
    if (inStock === false) {
      where.push(
        say(
          'o',
          `NOT EXISTS (SELECT FROM variants v JOIN inventory i ON i.variant_id = v.id
                        WHERE v.product_id = p.id AND v.status = 'active' AND ${AVAILABLE})`,
        ),
      );
    }
  }

  let found: string;
  let order: string;
  if (queries.length > 0) {
    const later = after ? say('n', `WHERE (rank, id) < (${bind(after[0])}::int, ${bind(after[1])}::uuid)`) : '';
    order = 'f.rank DESC, f.id DESC';
    found = `asked AS MATERIALIZED (SELECT ${queries.join(' && ')} AS query),
      hits AS MATERIALIZED (
        SELECT p.id, round(ts_rank(p.search, (SELECT query FROM asked)) * 1e6)::int AS rank FROM products p
         WHERE p.search @@ (SELECT query FROM asked) AND ${where.join('\n           AND ')}
      ),
      found AS (SELECT id, rank FROM hits ${later} ORDER BY rank DESC, id DESC LIMIT ${bind(limit + 1)})`;
  } else {
    if (after) where.push(say('n', `p.id < ${bind(after[0])}::uuid`));
    order = 'f.id DESC';
    found = `found AS (
      SELECT p.id, 0 AS rank FROM products p WHERE ${where.join('\n         AND ')} ORDER BY p.id DESC LIMIT ${bind(limit + 1)})`;
  }
  const text = `WITH ${found}
    SELECT ${COLUMNS}, f.rank FROM found f JOIN products p ON p.id = f.id ${variantsFor('public')} ORDER BY ${order}`;
  return [statement(`catalog.list_${letters.join('') || 'all'}`, text), values];
}
