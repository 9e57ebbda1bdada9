import { randomUUID } from 'node:crypto';
import { CartService } from '../../src/cart/cart.service';
import { startApp, type RunningApp } from '../support/app';
import { makePartnerStore, makeStock, usd } from '../support/sellers';
import {
  addDescribed,
  addVariant,
  cartOf,
  customer,
  described,
  guest,
  linesOf,
  sql,
  statusesOf,
  type Body,
  type Shopper,
} from '../support/shopper';

describe('The cart over HTTP', () => {
  let muse: RunningApp;
  let store: { id: string; hosts: string[] };
  let variantIds: string[];
  let shopper: Shopper;

  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api' });
    store = await makePartnerStore(muse);
    variantIds = (await makeStock(muse, 100_000, 100_000, 100_000)).variantIds;
  });
  beforeEach(async () => {
    shopper = await guest(muse);
  });

  const quantities = (cart: Body) => linesOf(cart).map((line) => line.quantity);
  const etag = (cart: Body) => ({ 'if-match': `"${cart.version}"` });

  it('is empty, and whole, before anything was added', async () => {
    const { body, headers } = await shopper.get('/cart').expect(200);
    expect(body).toEqual({
      ...{
        id: null,
        version: 0,
        status: 'open',
        currency: 'USD',
        storeCount: 0,
        itemCount: 0,
        stores: [],
        coupons: [],
        problems: [],
      },
      ...{ subtotal: usd(0), discount: usd(0), shipping: usd(0), total: usd(0), totalIn: {} },
    });
    expect(headers['etag']).toBe('"0"');
    expect(await sql(muse, 'SELECT 1 FROM carts WHERE shopper_id = $1', [shopper.id])).toEqual([]);
  });

  it('answers the whole line as documented', async () => {
    const variant = { brand: 'Lola', color: 'red', size: 'M', originalPrice: usd(1200), productName: 'Dress' };
    const cart = await addDescribed(shopper, store, { ...variant, productSku: 'D-1', quantity: 2 });
    expect(linesOf(cart)).toEqual([
      {
        ...{ id: expect.any(String), variantId: null, productName: 'Dress', productSku: 'D-1', productImageUrl: null },
        ...{ productUrl: expect.stringContaining(store.hosts[0]!), brand: 'Lola', size: 'M', color: 'red' },
        ...{ quantity: 2, maxQuantity: 999, unitPrice: usd(1000), unitPriceIn: {}, originalPrice: usd(1200) },
        ...{ lineTotal: usd(2000), inStock: true, lastStockCheck: null },
        ...{ addedAt: expect.any(String), updatedAt: expect.any(String) },
      },
    ]);
    expect(cart.stores[0]).toMatchObject({
      ...{ storeId: store.id, tier: 'redirect', checkout: 'on_store_site' },
      ...{ link: { required: false, status: 'not_linked', url: null }, freeShippingOver: null, freeShippingGap: null },
    });
    expect((await cartOf(shopper)).stores).toEqual(cart.stores);
  });

  it('sums up without the lines in its summary', async () => {
    const cart = await addVariant(shopper, variantIds[0]!, 2);
    const { body } = await shopper.get('/cart/summary').expect(200);
    const stores = cart.stores.map(({ items: _, ...totals }: Body) => totals);
    expect(body).toEqual({ ...cart, stores });
  });

  it('adds up what is added again, and the newer price holds', async () => {
    const item = { productSku: 'SAME', size: 'M', price: usd(1000), quantity: 2 };
    await addDescribed(shopper, store, item);
    const cart = await addDescribed(shopper, store, { ...item, price: usd(900), quantity: 3 });
    expect(linesOf(cart)).toMatchObject([{ quantity: 5, unitPrice: usd(900), lineTotal: usd(4500) }]);
    expect(quantities(await addDescribed(shopper, store, { ...item, size: 'L' }))).toEqual([5, 2]);
  });

  it('knows a product without SKU by its page, however it was linked to', async () => {
    const page = `https://${store.hosts[0]}/p/dress`;
    const item = { productSku: undefined, productUrl: `${page}?color=1&utm_source=mail#top` };
    await addDescribed(shopper, store, item);
    expect(quantities(await addDescribed(shopper, store, { ...item, productUrl: `${page}/?color=1` }))).toEqual([2]);
    expect(quantities(await addDescribed(shopper, store, { ...item, productUrl: `${page}?color=2` }))).toEqual([2, 1]);
  });

  it('answers each item of a batch for itself', async () => {
    const good = described(store);
    const items = [
      good,
      { variantId: randomUUID(), quantity: 1 },
      { variantId: variantIds[0], quantity: 2 },
      described(store, { price: { amount: 1, currency: 'EUR' } }),
      described({ ...store, id: randomUUID() }),
      good,
    ];
    const { body } = await shopper.post('/cart/items/batch', { items }).expect(200);
    const refused = (index: number, status: number, code: string) => ({
      index,
      status: 'refused',
      problem: { status, code },
    });
    expect(body.results).toMatchObject([
      { index: 0, status: 'added' },
      refused(1, 404, 'not_found'),
      { index: 2, status: 'added' },
      refused(3, 422, 'wrong_currency'),
      refused(4, 404, 'not_found'),
      { index: 5, status: 'added', itemId: body.results[0].itemId },
    ]);
    expect(new Map(linesOf(body.cart).map((line) => [line.id, line.quantity]))).toEqual(
      new Map([
        [body.results[0].itemId, 2],
        [body.results[2].itemId, 2],
      ]),
    );
  });

  it('refuses a batch that is none', async () => {
    for (const body of [{}, { items: [] }, { items: Array(51).fill(described(store)) }, { items: 'x' }, { items: [1] }])
      await shopper.post('/cart/items/batch', body).expect(400);
    expect(await cartOf(shopper)).toMatchObject({ itemCount: 0 });
  });

  it('keeps every line when many are added at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => addDescribed(shopper, store, { productSku: `N-${n}` })));
    const cart = await cartOf(shopper);
    expect(cart).toMatchObject({ itemCount: 20, version: 20, total: usd(20_000) });
  });

  it('keeps every unit when the same goods are added at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => addVariant(shopper, variantIds[0]!)));
    expect(quantities(await cartOf(shopper))).toEqual([20]);
    expect(await sql(muse, 'SELECT 1 FROM carts WHERE shopper_id = $1', [shopper.id])).toHaveLength(1);
  });

  it('keeps every change when different lines are changed at once', async () => {
    const items = Array.from({ length: 20 }, (_, n) => described(store, { productSku: `N-${n}` }));
    const { body } = await shopper.post('/cart/items/batch', { items }).expect(200);
    const ids = linesOf(body.cart).map((line) => line.id);
    await Promise.all(
      ids.map((id, n) =>
        n % 4 === 3
          ? shopper.delete(`/cart/items/${id}`).expect(200)
          : shopper.put(`/cart/items/${id}`, { quantity: n + 2 }).expect(200),
      ),
    );
    const left = ids.map((id, n) => [id, n + 2]).filter((_, n) => n % 4 !== 3);
    expect(linesOf(await cartOf(shopper)).map((line) => [line.id, line.quantity])).toEqual(left);
  });

  it('holds 1 to 999 of a line, what is in it included', async () => {
    for (const quantity of [0, -1, 1000, 1.5, '2', null, 1e300, true])
      await shopper.post('/cart/items', described(store, { quantity })).expect(400);
    const item = described(store, { quantity: 998 });
    const { body } = await shopper.post('/cart/items', item).expect(200);
    const over = await shopper.post('/cart/items', { ...item, quantity: 2 }).expect(422);
    expect(over.body).toMatchObject({ code: 'quantity_limit', maxQuantity: 999, errors: [{ pointer: '/quantity' }] });
    const { id } = linesOf(body)[0];
    for (const quantity of [0, -1, 1000, 1.5, '2', 1e300])
      await shopper.put(`/cart/items/${id}`, { quantity }).expect(400);
    await shopper.put(`/cart/items/${id}`, {}).expect(400);
    expect(quantities((await shopper.put(`/cart/items/${id}`, { quantity: 999 }).expect(200)).body)).toEqual([999]);
    const batch = await shopper.post('/cart/items/batch', { items: [{ ...item, quantity: 1 }] }).expect(200);
    expect(batch.body.results).toMatchObject([{ status: 'refused', problem: { code: 'quantity_limit' } }]);
  });

  it('holds at most 200 lines, and keeps those when another is refused', async () => {
    const items = (from: number) =>
      Array.from({ length: 50 }, (_, n) => described(store, { productSku: `N-${from + n}` }));
    for (const from of [0, 50, 100, 150]) await shopper.post('/cart/items/batch', { items: items(from) }).expect(200);
    const { body } = await shopper.post('/cart/items', described(store)).expect(422);
    expect(body.code).toBe('cart_full');
    expect(quantities(await addDescribed(shopper, store, { productSku: 'N-199' })).at(-1)).toBe(2);
    expect(await cartOf(shopper)).toMatchObject({ itemCount: 200 });
  });

  it('names its version as ETag, and refuses a change on a stale one', async () => {
    const first = await addVariant(shopper, variantIds[0]!);
    const { headers, body } = await shopper.get('/cart').expect(200);
    expect(headers['etag']).toBe(`"${body.version}"`);
    const [{ id }] = linesOf(first);
    await addVariant(shopper, variantIds[1]!);
    const before = await cartOf(shopper);
    for (const attempt of [
      shopper.put(`/cart/items/${id}`, { quantity: 9 }, etag(first)),
      shopper.put(`/cart/items/${id}`, { size: 'L' }, etag(first)),
      shopper.delete(`/cart/items/${id}`, etag(first)),
      shopper.delete('/cart', etag(first)),
    ]) {
      expect((await attempt.expect(412)).body).toMatchObject({ code: 'version_mismatch', version: before.version });
    }
    await shopper.put(`/cart/items/${id}`, { quantity: 9 }, { 'if-match': 'seven' }).expect(400);
    expect(await cartOf(shopper)).toEqual(before);
    const changed = await shopper.put(`/cart/items/${id}`, { quantity: 9 }, etag(before)).expect(200);
    expect(changed.body.version).toBe(before.version + 1);
    await shopper.put(`/cart/items/${id}`, { quantity: 8 }, { 'if-match': '*' }).expect(200);
  });

  it('lets one of many changes on the same version through', async () => {
    const cart = await addVariant(shopper, variantIds[0]!);
    const [{ id }] = linesOf(cart);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => shopper.put(`/cart/items/${id}`, { quantity: n + 2 }, etag(cart))),
    );
    expect(statusesOf(answers)).toEqual([200, ...Array(9).fill(412)]);
  });

  it("answers another's line like an unknown one, and leaves it", async () => {
    const owner = await customer(muse);
    const cart = await addVariant(owner, variantIds[0]!, 3);
    const problem = async (id: string) => [
      (await shopper.put(`/cart/items/${id}`, { quantity: 1 }).expect(404)).body,
      (await shopper.put(`/cart/items/${id}`, { size: 'M' }).expect(404)).body,
      (await shopper.delete(`/cart/items/${id}`).expect(404)).body,
    ];
    await addVariant(shopper, variantIds[1]!);
    const essence = (bodies: Body[]) =>
      bodies.map(({ code, status, detail, title }) => ({ code, status, detail, title }));
    expect(essence(await problem(linesOf(cart)[0].id))).toEqual(essence(await problem(randomUUID())));
    expect(await cartOf(owner)).toEqual(cart);
    await shopper.delete('/cart').expect(200);
    expect(await cartOf(owner)).toEqual(cart);
  });

  it('is emptied, and emptied again', async () => {
    await addVariant(shopper, variantIds[0]!);
    expect((await shopper.delete('/cart').expect(200)).body).toMatchObject({
      itemCount: 0,
      status: 'open',
      version: 2,
    });
    await shopper.delete('/cart').expect(200);
    await (await guest(muse)).delete('/cart').expect(200);
  });

  it('is abandoned when nobody touched it for more than 30 days, and open again on the next write', async () => {
    const fresh = await guest(muse);
    await addVariant(fresh, variantIds[0]!);
    const cart = await addVariant(shopper, variantIds[0]!, 2);
    const age = (days: number, who: Shopper) =>
      sql(muse, 'UPDATE carts SET touched_on = current_date - $2::int WHERE shopper_id = $1', [who.id, days]);
    await age(31, shopper);
    await age(30, fresh);
    const events = () =>
      sql(muse, `SELECT 1 FROM events WHERE type = 'cart.abandoned' AND aggregate_id = $1`, [cart.id]);
    const abandon = () => muse.app.get(CartService, { strict: false }).abandonUntouched();
    await abandon();
    await abandon();
    expect(await cartOf(shopper)).toEqual({ ...cart, status: 'abandoned', version: cart.version + 1 });
    expect(await cartOf(fresh)).toMatchObject({ status: 'open' });
    expect(await events()).toHaveLength(1);
    expect(await addVariant(shopper, variantIds[0]!)).toMatchObject({ id: cart.id, status: 'open' });
    expect(quantities(await cartOf(shopper))).toEqual([3]);
  });

  it('adds once for one Idempotency-Key', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const body = { variantId: variantIds[0], quantity: 2 };
    const first = await shopper.post('/cart/items', body, key).expect(200);
    const again = await shopper.post('/cart/items', body, key).expect(200);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.body).toEqual(first.body);
    expect(quantities(await cartOf(shopper))).toEqual([2]);
  });
});
