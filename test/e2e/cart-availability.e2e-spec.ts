import { isDeepStrictEqual } from 'node:util';
import { CartAvailability } from '../../src/cart/availability/cart-availability';
import { CartRepository } from '../../src/cart/cart.repository';
import { Database, type Reader } from '../../src/platform/database';
import { StoreFault } from '../../src/store-integrations/protocols/store-fault';
import { startApp, type RunningApp } from '../support/app';
import { ScriptedStore, openApiStore, withStoreApi } from '../support/scripted-store';
import {
  addDescribed,
  begin,
  cartOf,
  customer,
  eventually,
  guest,
  linesOf,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';
import { openStream } from '../support/sse';

describe('Goods in carts whose stores can be asked', () => {
  const api = new ScriptedStore();
  let muse: RunningApp;

  beforeAll(async () => {
    muse = await startApp({}, withStoreApi(api));
  }, 60_000);

  const askedOf = (storeId: string) => api.askedOf(storeId, 'availability');
  /** Of the one line in the cart. */
  const lineOf = async (shopper: Shopper): Promise<Body> => linesOf(await cartOf(shopper))[0];
  /** The store may be asked again. */
  const windowOver = (storeId: string) =>
    sql(muse, 'UPDATE availability_checks SET next_check_at = now() WHERE store_id = $1', [storeId]);
  const check = async (storeId: string): Promise<Body> =>
    (
      await sql(
        muse,
        `SELECT *, extract(epoch FROM next_check_at - now())::int AS wait FROM availability_checks WHERE store_id = $1`,
        [storeId],
      )
    )[0];
  const checkedOnce = (shopper: Shopper, so: (cart: Body, line: Body) => boolean): Promise<Body> =>
    eventually(async () => {
      const cart = await cartOf(shopper);
      return so(cart, linesOf(cart)[0]) && cart;
    }, 20_000);

  let goods = 0;
  /** A store with goods of 10.00 there, and somebody who has one of them in the cart. */
  async function putIn(who?: Shopper, at?: { id: string; hosts: string[] }, sku = `SKU-${++goods}`) {
    const store = at ?? (await openApiStore(muse));
    const shopper = who ?? (await customer(muse));
    if (!api.shelf.has(sku)) api.shelf.set(sku, { priceCents: 1000, available: 50 });
    await addDescribed(shopper, store, { productSku: sku, quantity: 2 });
    return { store, shopper, sku };
  }

  it('are checked after somebody has looked, and say when', async () => {
    const { store, shopper } = await putIn();
    expect(await lineOf(shopper)).toMatchObject({ lastStockCheck: null, inStock: true });
    const cart = await checkedOnce(shopper, (_, line) => line.lastStockCheck !== null);
    expect(linesOf(cart)[0]).toMatchObject({ unitPrice: { amount: 1000 }, maxQuantity: 50, inStock: true });
    expect(cart.problems).toEqual([]);
    expect(askedOf(store.id)).toMatchObject([{ lines: [{ quantity: 2 }] }]);
  });

  it('are not asked for where nobody looks', async () => {
    const { store } = await putIn();
    // Another store's goods go the whole way meanwhile.
    const { shopper } = await putIn();
    await checkedOnce(shopper, (_, line) => line.lastStockCheck !== null);
    expect([askedOf(store.id), await check(store.id)]).toEqual([[], undefined]);
  });

  it('that cost something else, or are gone, are problems of the cart, and wake its stream', async () => {
    const { store, shopper, sku } = await putIn();
    await checkedOnce(shopper, (_, line) => line.lastStockCheck !== null);
    const stream = await openStream(muse, shopper, '/cart/events');
    const shown = async (codes: string[]) =>
      (await stream.until(({ data }) => isDeepStrictEqual(data.problems.map(({ code }: Body) => code).sort(), codes)))
        .data;
    await shown([]);
    api.shelf.set(sku, { priceCents: 1250, available: 50 });
    await windowOver(store.id);
    const dearer = await shown(['price_changed']);
    expect(dearer.problems).toMatchObject([
      { code: 'price_changed', severity: 'warning', storeId: store.id, was: { amount: 1000 }, now: { amount: 1250 } },
    ]);
    expect(dearer.stores[0].subtotal).toEqual({ amount: 2500, currency: 'USD' });
    api.shelf.set(sku, { priceCents: 1250, available: 1 });
    await windowOver(store.id);
    await shown(['price_changed', 'stock_short']);
    api.shelf.set(sku, { priceCents: 1250, available: 0 });
    await windowOver(store.id);
    const gone = await shown(['out_of_stock', 'price_changed']);
    expect(linesOf(gone)[0]).toMatchObject({ inStock: false, maxQuantity: 0 });
    api.shelf.set(sku, { priceCents: 1000, available: null });
    await windowOver(store.id);
    await shown(['back_in_stock']);
    stream.close();
  });

  it('are told of as the catalogue’s are in a checkout, and cost that from then on', async () => {
    const { store, shopper, sku } = await putIn();
    await checkedOnce(shopper, (_, line) => line.lastStockCheck !== null);
    api.shelf.set(sku, { priceCents: 900, available: 50 });
    await windowOver(store.id);
    await checkedOnce(shopper, (cart) => cart.problems.some(({ code }: Body) => code === 'price_changed'));
    await begin(shopper);
    expect((await cartOf(shopper)).problems).toEqual([]);
    expect(await lineOf(shopper)).toMatchObject({ unitPrice: { amount: 900 } });
  });

  it('of one store are asked for once a window, in however many carts they lie', async () => {
    const store = await openApiStore(muse);
    const sku = `SKU-${++goods}`;
    const shoppers = await Promise.all(Array.from({ length: 20 }, () => guest(muse)));
    for (const shopper of shoppers) await putIn(shopper, store, sku);
    // Not before all of them have looked.
    await sql(
      muse,
      `INSERT INTO availability_checks (store_id, wanted_until, next_check_at) VALUES ($1, now() + interval '1 hour', now() + interval '1 hour')
       ON CONFLICT (store_id) DO UPDATE SET next_check_at = excluded.next_check_at`,
      [store.id],
    );
    await Promise.all(shoppers.map((shopper) => cartOf(shopper)));
    await eventually(async () => {
      const [{ looks }] = await sql(
        muse,
        `SELECT count(*)::int AS looks FROM cart_looks k WHERE EXISTS (SELECT FROM cart_items l WHERE l.cart_id = k.cart_id AND l.store_id = $1)`,
        [store.id],
      );
      return looks === 20;
    });
    await windowOver(store.id);
    const availability = muse.app.get(CartAvailability, { strict: false });
    await Promise.all(Array.from({ length: 10 }, () => availability.runOnce(store.id)));
    for (const shopper of shoppers) await checkedOnce(shopper, (_, line) => line.lastStockCheck !== null);
    // And everybody looks again.
    await Promise.all(shoppers.flatMap((shopper) => [cartOf(shopper), cartOf(shopper)]));
    await availability.runOnce(store.id);
    expect(askedOf(store.id)).toHaveLength(1);
    expect((await check(store.id)).wait).toBeGreaterThan(30);
  });

  it('are asked for in nobody’s name', async () => {
    const { store, shopper } = await putIn();
    await checkedOnce(shopper, (_, line) => line.lastStockCheck !== null);
    expect(JSON.stringify(askedOf(store.id))).not.toContain(shopper.id);
  });

  it('are asked for ever less often while the store does not answer, and as late as it says', async () => {
    const { store, shopper } = await putIn();
    api.faults.push(new StoreFault('unavailable', 'connect_failed', ''));
    await lineOf(shopper);
    await eventually(async () => (await check(store.id))?.failures === 1, 20_000);
    api.faults.push(new StoreFault('throttled', 'too_many', '', 600_000));
    await windowOver(store.id);
    await eventually(async () => (await check(store.id)).failures === 2, 20_000);
    expect((await check(store.id)).wait).toBeGreaterThan(500);
    expect(await lineOf(shopper)).toMatchObject({ lastStockCheck: null, inStock: true });
  });

  it('of which the store tells nothing stay as they are, and it is not asked again soon', async () => {
    api.offered.delete('availability');
    const { store, shopper } = await putIn();
    await lineOf(shopper);
    await eventually(async () => (await check(store.id))?.last_error === 'not_offered', 20_000);
    expect((await check(store.id)).wait).toBeGreaterThan(3_000);
    api.offered.add('availability');
    expect(askedOf(store.id)).toEqual([]);
  });

  it('of a shopper who has not linked an account where one is needed are not asked for', async () => {
    const oauth = {
      issuer: 'https://accounts.store.example',
      clientId: 'muse',
      clientAuth: 'none',
      scopes: ['orders'],
    };
    const store = await openApiStore(muse, { oauth });
    const { shopper } = await putIn(undefined, store);
    expect((await cartOf(shopper)).stores[0]).toMatchObject({
      link: { status: 'not_linked', url: expect.stringContaining(`/integrations/${store.id}/link`) },
    });
    await eventually(async () => (await check(store.id))?.last_error === 'nothing_to_ask', 20_000);
    await sql(
      muse,
      `INSERT INTO store_accounts (user_id, store_id, kind, issuer, client_id) VALUES ($1, $2, 'oauth', $3, 'muse')`,
      [shopper.id, store.id, oauth.issuer],
    );
    await windowOver(store.id);
    const cart = await checkedOnce(shopper, (_, line) => line.lastStockCheck !== null);
    expect(cart.stores[0].link.status).toBe('linked');
    await sql(muse, `UPDATE store_accounts SET status = 'relink' WHERE user_id = $1`, [shopper.id]);
    expect((await cartOf(shopper)).stores[0].link.status).toBe('relink');
  });

  it('cost whoever reads the cart one statement, links included', async () => {
    const { shopper } = await putIn();
    await checkedOnce(shopper, (_, line) => line.lastStockCheck !== null);
    const carts = muse.app.get(CartRepository, { strict: false });
    const database = muse.app.get(Database, { strict: false });
    const asked: string[] = [];
    const reader: Reader = {
      rows: (statement, values) => {
        asked.push(statement.name);
        return database.rows(statement, values);
      },
      maybeOne: (statement, values) => {
        asked.push(statement.name);
        return database.maybeOne(statement, values);
      },
    };
    const cart = await carts.read(shopper.id, reader);
    expect(cart!.ways).toHaveLength(1);
    expect(asked).toEqual(['cart.read']);
  });

  it('in another size or colour are other goods: what was said of the first does not hold', async () => {
    const { shopper } = await putIn();
    const cart = await checkedOnce(shopper, (_, line) => line.lastStockCheck !== null);
    const [line] = linesOf(cart);
    const { body } = await shopper.put(`/cart/items/${line.id}`, { size: 'XL' }).expect(200);
    expect(linesOf(body)[0]).toMatchObject({ size: 'XL', maxQuantity: 999 });
  });

  it('are forgotten a day after their store last spoke of them', async () => {
    const { shopper, sku, store } = await putIn();
    api.shelf.set(sku, { priceCents: 1000, available: 0 });
    await checkedOnce(shopper, (_, line) => !line.inStock);
    await sql(
      muse,
      `UPDATE availability_checks SET wanted_until = now(), next_check_at = now() + interval '1 day' WHERE store_id = $1`,
      [store.id],
    );
    await sql(muse, `UPDATE cart_items SET store_checked_at = now() - interval '25 hours' WHERE store_id = $1`, [
      store.id,
    ]);
    await muse.app.get(CartAvailability, { strict: false })['repository'].forget();
    expect(await lineOf(shopper)).toMatchObject({ inStock: true, maxQuantity: 999 });
  });
});
