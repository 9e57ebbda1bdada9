import type { Client } from 'pg';

const STORES = 200;
const PRODUCTS_PER_STORE = 10;
const BRANDS = 100;
const SHOPPERS = 10_000;

interface Copy {
  /** Where the copied rows, called t, come from; the table itself unless told otherwise. */
  from?: string;
  /** One copy for each row, called x, of this query. */
  per: string;
  /** Which rows t are copied. */
  where: string;
  /** Columns that are not those of t, by name. */
  but: Record<string, string>;
}

/** Inserts copies of rows of a table, whatever columns it has by then; generated columns make themselves. */
async function copy(database: Client, table: string, { from = table, per, where, but }: Copy): Promise<void> {
  const { rows } = await database.query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position`,
    [table],
  );
  const names = rows.map(({ name }) => name);
  const values = names.map((name) => but[name] ?? `t.${name}`);
  await database.query(
    `INSERT INTO ${table} (${names.join(', ')}) SELECT ${values.join(', ')} FROM ${from} t, (${per}) x WHERE ${where}`,
  );
}

/** From the first store, its delivery options and its first product: 200 stores with ten products each, of a hundred brands. */
export async function copyStores(database: Client): Promise<void> {
  await database.query(`
    CREATE TEMP TABLE first AS SELECT s.id AS store, p.id AS product
      FROM stores s JOIN products p ON p.store_id = s.id AND p.title = 'Cotton shirt 1';
    INSERT INTO brands (name) SELECT 'Brand ' || n FROM generate_series(1, ${BRANDS}) n`);
  await copy(database, 'stores', {
    per: `SELECT first.store AS original, n FROM first, generate_series(1, ${STORES - 1}) n`,
    where: 't.id = x.original',
    but: { id: 'uuidv7()', name: `'Store ' || x.n`, slug: `'bench-' || x.n` },
  });
  await copy(database, 'delivery_options', {
    per: 'SELECT first.store AS original, s.id AS store FROM first, stores s WHERE s.id <> first.store',
    where: 't.store_id = x.original',
    but: { id: 'uuidv7()', store_id: 'x.store' },
  });
  await copy(database, 'products', {
    per: `SELECT first.product AS original, s.id AS store, n, b.id AS brand, b.name AS brand_name
            FROM first, (SELECT id, row_number() OVER (ORDER BY id) AS place FROM stores) s, generate_series(1, ${PRODUCTS_PER_STORE}) n, brands b
           WHERE s.id <> first.store AND b.name = 'Brand ' || 1 + (s.place * 7 + n) % ${BRANDS}`,
    where: 't.id = x.original',
    but: {
      ...{ id: 'uuidv7()', store_id: 'x.store', title: `'Cotton shirt ' || x.n` },
      ...{ brand_id: 'x.brand', brand_name: 'x.brand_name' },
    },
  });
  await copy(database, 'variants', {
    per: 'SELECT first.product AS original, p.id AS product, p.store_id AS store FROM first, products p WHERE p.store_id <> first.store',
    where: 't.product_id = x.original',
    but: {
      ...{ id: 'uuidv7()', product_id: 'x.product', store_id: 'x.store' },
      sku: `'SHIRT-' || t.position || '-' || x.product`,
    },
  });
  await copy(database, 'inventory', {
    per: `SELECT v.id AS variant, v.store_id AS store FROM variants v
           WHERE NOT EXISTS (SELECT FROM inventory i WHERE i.variant_id = v.id)`,
    where: 't.variant_id = (SELECT i.variant_id FROM inventory i LIMIT 1)',
    but: { variant_id: 'x.variant', store_id: 'x.store' },
  });
  await database.query('ANALYZE');
}

/** From one guest with a cart and one who has bought: 10,000 guests with a cart of five lines and an order each. */
export async function copyShoppers(database: Client): Promise<void> {
  await database.query(`
    CREATE TEMP TABLE goods AS SELECT row_number() OVER (ORDER BY random()) AS place, id, store_id, sku FROM variants;
    CREATE TEMP TABLE made AS
      SELECT o.buyer_guest_id AS buyer, o.id AS first_order, o.checkout_session_id AS first_session, filled.id AS filled_cart,
             n, uuidv7() AS shopper, uuidv7() AS cart, uuidv7() AS session, uuidv7() AS store_checkout, uuidv7() AS new_order,
             (SELECT g.store_id FROM goods g WHERE g.place = 1 + n % (SELECT count(*) FROM goods)) AS store
        FROM orders o JOIN carts filled ON filled.shopper_id <> o.buyer_guest_id, generate_series(1, ${SHOPPERS}) n;
    ANALYZE goods, made`);
  const per = 'SELECT * FROM made';
  const shopper = { shopper_id: 'x.shopper' };
  const copies: Record<string, Copy> = {
    shoppers: { per, where: 't.id = x.buyer', but: { id: 'x.shopper' } },
    guests: { per, where: 't.id = x.buyer', but: { id: 'x.shopper', token_hash: 'sha256(x.shopper::text::bytea)' } },
    data_keys: { per, where: 't.subject_id = x.buyer', but: { subject_id: 'x.shopper' } },
    carts: { per, where: 't.id = x.filled_cart', but: { id: 'x.cart', ...shopper } },
    cart_items: {
      from: '(SELECT *, row_number() OVER (ORDER BY id) AS line FROM cart_items)',
      per: `SELECT made.*, line AS nth, g.id AS variant, g.store_id AS store_of_variant, g.sku FROM made, generate_series(1, 5) line, goods g
             WHERE g.place = 1 + (made.n * 5 + line) % (SELECT count(*) FROM goods)`,
      where: 't.cart_id = x.filled_cart AND t.line % 5 = x.nth % 5',
      but: {
        ...{ id: 'uuidv7()', cart_id: 'x.cart', store_id: 'x.store_of_variant', variant_id: 'x.variant' },
        ...{ item_key: `'variant:' || x.variant`, product_sku: 'x.sku' },
      },
    },
    checkout_sessions: {
      per,
      where: 't.id = x.first_session',
      but: { id: 'x.session', session_id: `'cs_' || x.n`, ...shopper, cart_id: 'x.cart', key_subject_id: 'x.shopper' },
    },
    orders: {
      per,
      where: 't.id = x.first_order',
      but: {
        ...{ id: 'x.new_order', muse_order_id: `'M-' || x.n`, buyer_guest_id: 'x.shopper', store_id: 'x.store' },
        ...{ checkout_session_id: 'x.session', key_subject_id: 'x.shopper' },
      },
    },
    order_items: { per, where: 't.order_id = x.first_order', but: { id: 'uuidv7()', order_id: 'x.new_order' } },
    order_events: { per, where: 't.order_id = x.first_order', but: { id: 'uuidv7()', order_id: 'x.new_order' } },
    store_checkouts: {
      per,
      where: 't.session_id = x.first_session',
      but: { id: 'x.store_checkout', session_id: 'x.session', store_id: 'x.store', order_id: 'x.new_order' },
    },
    placements: {
      per,
      where: 't.session_id = x.first_session',
      but: { id: 'uuidv7()', session_id: 'x.session', store_checkout_id: 'x.store_checkout', store_id: 'x.store' },
    },
    holds: { per, where: 't.session_id = x.first_session', but: { session_id: 'x.session' } },
    events: {
      per,
      where: 't.aggregate_id IN (x.first_session, x.first_order)',
      but: { id: 'uuidv7()', aggregate_id: 'x.session' },
    },
  };
  for (const [table, how] of Object.entries(copies)) await copy(database, table, how);
}
