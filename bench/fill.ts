import type { Client } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from './client';
import { copyShoppers, copyStores } from './copies';
import { MuseSide, type Shelves } from './muse-side';

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
