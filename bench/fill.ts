import type { Client } from 'pg';
import { Connection } from './client';
import { setTimeout as sleep } from 'node:timers/promises';
import { MuseSide, type Shelves } from './muse-side';

const STORES = 200;
const PRODUCTS_PER_STORE = 10;
const SHOPPERS = 10_000;
const PLENTY = 1_000_000;

/**
 * Fills Muse's database, so that plans are those of a shop that has been open for a while: 200 stores, 2,000 products of two
 * variants, 10,000 guests with a cart of five lines, 10,000 finished checkouts with an order of three lines. The first of
 * each is made through the API; the others are its copies, row by row, whatever columns the tables have by then.
 */
export async function fill(database: Client, port: number, prefix: string): Promise<Shelves> {
  const client = new Connection(port, prefix);
  await database.query(
    `INSERT INTO exchange_rates (base, quote, rate, source) VALUES ('USD', 'VES', 231.0462, 'bench'), ('EUR', 'USD', 1.09, 'bench')`,
  );
  const variants = await firstStore(client);
  await copyStores(database);
  const shelves = await shelvesOf(database);
  const muse = new MuseSide([variants]);
  await muse.fillCart(
    client,
    shelves.slice(0, 3).flatMap((shelf, index) => shelf.slice(0, index === 2 ? 1 : 2)),
  );
  const buyer = await muse.fillCart(client, variants.slice(0, 3));
  await muse.checkOut(client, buyer);
  client.close();
  await placed(database);
  await copyShoppers(database);
  await database.query('VACUUM (FREEZE, ANALYZE)');
  return shelves;
}

async function firstStore(client: Connection): Promise<string[]> {
  const account = { email: 'merchant@example.com', password: 'bench passphrase of a merchant' };
  const { accessToken } = await client.json<{ accessToken: string }>('POST', '/auth/register', account);
  const as = { authorization: `Bearer ${accessToken}` };
  const store = { name: 'Bench store', currency: 'USD', country: 'US', support: { email: 'support@example.com' } };
  const { id } = await client.json<{ id: string }>('POST', '/merchant/stores', store, as);
  for (const [name, amount, freeOver, maxDays] of [
    ['Standard', 595, 20_000, 7],
    ['Express', 1_495, null, 2],
  ] as const) {
    const price = (cents: number) => ({ amount: cents, currency: 'USD' });
    const option = { name, price: price(amount), minDays: 1, maxDays, ...(freeOver && { freeOver: price(freeOver) }) };
    await client.send('POST', `/merchant/stores/${id}/delivery-options`, option, as);
  }
  const product = (n: number, count: number) => ({
    title: `Cotton shirt ${n}`,
    brand: 'Bench',
    category: 'Shirts',
    description: 'A shirt of cotton, as good as any other.',
    imageUrls: ['https://images.example.com/shirt.jpg'],
    variants: Array.from({ length: count }, (_, index) => ({
      sku: `SHIRT-${n}-${index}`,
      size: `S${index}`,
      color: 'Blue',
      price: { amount: 1_000 + 100 * index, currency: 'USD' },
      onHand: PLENTY,
    })),
  });
  // The first product is the one that is copied; the second makes the orders of fifty lines possible.
  const ids: string[] = [];
  for (const [n, count] of [
    [1, 2],
    [2, 50],
  ] as const) {
    const path = `/merchant/stores/${id}/products`;
    const made = await client.json<{ variants: { id: string }[] }>('POST', path, product(n, count), as);
    ids.push(...made.variants.map((variant) => variant.id));
  }
  return ids;
}

async function copyStores(database: Client): Promise<void> {
  const first = `(SELECT id FROM stores LIMIT 1)`;
  await database.query(`CREATE TEMP TABLE original AS SELECT s.id AS store_id, p.id AS product_id
    FROM stores s JOIN products p ON p.store_id = s.id AND p.title = 'Cotton shirt 1'`);
  await copy(database, 'stores', `t.id = ${first}`, `generate_series(1, ${STORES - 1}) n`, {
    id: 'uuidv7()',
    name: `'Store ' || n`,
    slug: `'bench-' || n`,
  });
  await copy(
    database,
    'delivery_options',
    't.store_id = x.store_id',
    'original o, stores s WHERE s.id <> o.store_id',
    {
      id: 'uuidv7()',
      store_id: 'store',
    },
    's.id AS store, o.store_id',
  );
  await copy(
    database,
    'products',
    't.id = product_id',
    `original o, stores s, generate_series(1, ${PRODUCTS_PER_STORE}) n WHERE s.id <> o.store_id`,
    {
      id: 'uuidv7()',
      store_id: 'store',
      title: `'Cotton shirt ' || n || ' of ' || name`,
    },
    's.id AS store, s.name, n, o.product_id',
  );
  await copy(
    database,
    'variants',
    't.product_id = x.original',
    `original o, products p WHERE p.store_id <> o.store_id`,
    {
      id: 'uuidv7()',
      product_id: 'product',
      store_id: 'store',
      sku: `'SHIRT-' || t.position || '-' || product`,
    },
    'p.id AS product, p.store_id AS store, o.product_id AS original',
  );
  const oneRow = `t.variant_id = (SELECT min(i.variant_id::text)::uuid FROM inventory i)`;
  await copy(
    database,
    'inventory',
    oneRow,
    'variants v WHERE NOT EXISTS (SELECT FROM inventory i WHERE i.variant_id = v.id)',
    {
      variant_id: 'variant',
      store_id: 'store',
    },
    'v.id AS variant, v.store_id AS store',
  );
  await database.query('ANALYZE');
}

async function shelvesOf(database: Client): Promise<Shelves> {
  const { rows } = await database.query<{ ids: string[] }>(
    'SELECT array_agg(id ORDER BY id) AS ids FROM variants GROUP BY store_id ORDER BY store_id',
  );
  return rows.map((row) => row.ids);
}

async function placed(database: Client): Promise<void> {
  for (;;) {
    const { rowCount } = await database.query('SELECT FROM orders');
    if (rowCount === 1) return;
    await sleep(50);
  }
}

/** Guests with a cart, and guests who have bought. The two originals are told apart by what they own. */
async function copyShoppers(database: Client): Promise<void> {
  await database.query(`
    CREATE TEMP TABLE numbered AS SELECT row_number() OVER (ORDER BY id) AS place, id, store_id, sku FROM variants;
    CREATE TEMP TABLE one AS SELECT o.buyer_guest_id AS buyer, o.id AS first_order, o.checkout_session_id AS first_session, filled.id AS filled_cart
      FROM orders o JOIN carts bought ON bought.shopper_id = o.buyer_guest_id JOIN carts filled ON filled.id <> bought.id;
    CREATE TEMP TABLE copies AS SELECT n, uuidv7() AS shopper_id, uuidv7() AS cart_id, uuidv7() AS session_id, uuidv7() AS store_checkout_id,
        uuidv7() AS order_id, (SELECT v.store_id FROM numbered v WHERE v.place = 1 + n % 4000) AS store_id
      FROM generate_series(1, ${SHOPPERS}) n;
    ANALYZE numbered, one, copies`);
  const all = 'one, copies';
  const columns =
    'one.*, copies.n, copies.shopper_id AS new_shopper, copies.cart_id AS new_cart, copies.session_id AS new_session, copies.store_checkout_id AS new_store_checkout, copies.order_id AS new_order, copies.store_id AS new_store';
  const copied = (table: string, where: string, overrides: Record<string, string>) =>
    copy(database, table, where, all, overrides, columns);
  await copied('shoppers', 't.id = buyer', { id: 'new_shopper' });
  await copied('guests', 't.id = buyer', { id: 'new_shopper', token_hash: `sha256(new_shopper::text::bytea)` });
  await copied('data_keys', 't.subject_id = buyer', { subject_id: 'new_shopper' });
  await copied('carts', 't.id = filled_cart', { id: 'new_cart', shopper_id: 'new_shopper' });
  await copy(
    database,
    'cart_items',
    't.cart_id = filled_cart AND t.place = line',
    'one, copies, generate_series(0, 4) line JOIN numbered v ON true WHERE v.place = 1 + (n * 5 + line) % 4000',
    {
      id: 'uuidv7()',
      cart_id: 'new_cart',
      store_id: 'new_store',
      variant_id: 'variant',
      item_key: `'variant:' || variant`,
      product_sku: 'sku',
    },
    'filled_cart, copies.cart_id AS new_cart, line, v.id AS variant, v.store_id AS new_store, v.sku',
    `(SELECT *, row_number() OVER (ORDER BY id) - 1 AS place FROM cart_items WHERE cart_id = (SELECT filled_cart FROM one))`,
  );
  await copied('checkout_sessions', 't.id = first_session', {
    id: 'new_session',
    session_id: `'cs_' || n`,
    shopper_id: 'new_shopper',
    cart_id: 'new_cart',
    key_subject_id: 'new_shopper',
  });
  await copied('orders', 't.id = first_order', {
    id: 'new_order',
    muse_order_id: `'M-' || n`,
    buyer_guest_id: 'new_shopper',
    store_id: 'new_store',
    checkout_session_id: 'new_session',
    key_subject_id: 'new_shopper',
  });
  await copied('order_items', 't.order_id = x.first_order', { id: 'uuidv7()', order_id: 'new_order' });
  await copied('order_events', 't.order_id = x.first_order', { id: 'uuidv7()', order_id: 'new_order' });
  await copied('store_checkouts', 't.session_id = x.first_session', {
    id: 'new_store_checkout',
    session_id: 'new_session',
    store_id: 'new_store',
    order_id: 'new_order',
  });
  await copied('placements', 't.session_id = x.first_session', {
    id: 'uuidv7()',
    session_id: 'new_session',
    store_checkout_id: 'new_store_checkout',
    store_id: 'new_store',
  });
  await copied('holds', 't.session_id = x.first_session', { session_id: 'new_session' });
  await copied('events', 't.aggregate_id IN (x.first_session, x.first_order)', {
    id: 'uuidv7()',
    aggregate_id: 'new_session',
  });
}

/**
 * Inserts into `table` one copy of each row `t` of it (where) for each row of `from`, called x, with some columns replaced.
 * Generated columns make themselves.
 */
async function copy(
  database: Client,
  table: string,
  where: string,
  from: string,
  replaced: Record<string, string>,
  columns = '*',
  rows = table,
): Promise<void> {
  const { rows: all } = await database.query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position`,
    [table],
  );
  const names = all.map(({ name }) => name);
  const values = names.map((name) => replaced[name] ?? `t.${name}`);
  await database.query(
    `INSERT INTO ${table} (${names.join(', ')}) SELECT ${values.join(', ')} FROM ${rows} t, (SELECT ${columns} FROM ${from}) x WHERE ${where}`,
  );
}
