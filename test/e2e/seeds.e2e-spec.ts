import { randomUUID } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';
import { makeStock, makeUser, signIn, usd } from '../support/sellers';
import {
  API,
  addDescribed,
  addVariant,
  begin,
  cartOf,
  giveAddress,
  guest,
  linesOf,
  place,
  settled,
  type Body,
  type Shopper,
} from '../support/shopper';

const delivery = (price: number, freeOver: number | null = null) => [
  { name: 'Standard', price: usd(price), freeOver: freeOver === null ? null : usd(freeOver), minDays: 3, maxDays: 6 },
];
const SEED_STORES = [
  { name: 'Nordstrom', host: 'www.nordstrom.com', tier: 'headless', deliveryOptions: delivery(0) },
  { name: "Macy's", host: 'www.macys.com', tier: 'headless', deliveryOptions: delivery(595) },
  { name: 'Old Navy', host: 'oldnavy.gap.com', tier: 'redirect', deliveryOptions: delivery(700, 5000) },
];
const SEED_ITEMS = [
  { store: 'Nordstrom', productName: 'Black Dress', size: 'M', price: usd(8900) },
  { store: 'Nordstrom', productName: 'Leather Boots', size: '8', price: usd(15900) },
  { store: "Macy's", productName: 'Gold Necklace', price: usd(4500) },
  { store: 'Old Navy', productName: 'Jeans', size: '32', price: usd(3999) },
  { store: 'Old Navy', productName: 'T-shirt', size: 'L', price: usd(1299) },
];

describe('What the product documents promise', () => {
  let muse: RunningApp;
  let stores: Record<string, { id: string; hosts: string[] }>;

  beforeAll(async () => {
    muse = await startApp();
    const admin = await signIn(muse, await makeUser(muse, 'admin'));
    const rate = { base: 'USD', quote: 'VES', rate: '36.5' };
    await muse.http.post(`${API}/admin/exchange-rates`).set(admin).send(rate).expect(201);
    stores = {};
    for (const { host, ...store } of SEED_STORES) {
      const body = { ...store, currency: 'USD', country: 'US', url: `https://${host}`, hosts: [host] };
      stores[store.name] = (await muse.http.post(`${API}/admin/stores`).set(admin).send(body).expect(201)).body;
    }
  });

  const fillSeedCart = async (shopper: Shopper) => {
    for (const { store, ...item } of SEED_ITEMS) await addDescribed(shopper, stores[store]!, item);
  };

  it('the example cart totals exactly 351.93, with the VES of the rate beside it', async () => {
    const shopper = await guest(muse);
    await fillSeedCart(shopper);
    const cart = await cartOf(shopper);
    expect(cart).toMatchObject({
      ...{ storeCount: 3, itemCount: 5, currency: 'USD', problems: [] },
      ...{ subtotal: usd(34598), discount: usd(0), shipping: usd(595), total: usd(35193) },
      // 351.93 × 36.5 = 12 845.445, half away from zero.
      totalIn: { VES: { amount: 1_284_545, currency: 'VES', rateId: expect.any(String) } },
    });
    expect(cart.stores).toMatchObject([
      { name: 'Nordstrom', subtotal: usd(24800), shipping: usd(0), total: usd(24800) },
      { name: "Macy's", subtotal: usd(4500), shipping: usd(595), total: usd(5095) },
      {
        ...{ name: 'Old Navy', subtotal: usd(5298), shipping: usd(0), total: usd(5298) },
        ...{ freeShippingOver: usd(5000), freeShippingGap: usd(0) },
      },
    ]);
    expect(linesOf(cart)[0].unitPriceIn).toEqual({ VES: { amount: 324_850, currency: 'VES' } });
  });

  it('the example cart says how much is missing to free shipping', async () => {
    const shopper = await guest(muse);
    const cart = await addDescribed(shopper, stores['Old Navy']!, { price: usd(3999) });
    expect(cart.stores).toMatchObject([
      { shipping: usd(700), freeShippingOver: usd(5000), freeShippingGap: usd(1001), total: usd(4699) },
    ]);
  });

  it('the example checks out at three stores at once: each has its own outcome and total', async () => {
    const shopper = await guest(muse);
    await fillSeedCart(shopper);
    const session = await giveAddress(shopper, (await begin(shopper)).id);
    expect(session).toMatchObject({ total: usd(35193), dueAtStores: usd(35193), dueNow: usd(0), readyToPlace: true });
    await place(shopper, session).expect(202);
    const status = await settled(shopper, session.id);
    expect(status.status).toBe('completed');
    expect(status.stores.map((store: Body) => [store.name, store.status])).toEqual(
      SEED_STORES.map(({ name }) => [name, 'continue_at_store']),
    );
  });

  describe('every endpoint that was asked for', () => {
    const seen = new Set<string>();
    let shopper: Shopper;
    let itemId: string;
    let session: Body;
    let order: Body;
    let merchant: { storeId: string; headers: Record<string, string> };

    beforeAll(async () => {
      shopper = await guest(muse);
      const { owner, storeId, variantIds } = await makeStock(muse, 50);
      merchant = { storeId, headers: await signIn(muse, owner as { email: string } & typeof owner) };
      await muse.http
        .post(`${API}/merchant/stores/${storeId}/delivery-options`)
        .set(merchant.headers)
        .send({ name: 'Standard', price: usd(500), minDays: 1, maxDays: 2 })
        .expect(201);
      await addVariant(shopper, variantIds[0]!, 3);
    });

    /** Calls one of the seventeen and notes that it was called. */
    const call = (verb: 'get' | 'post' | 'put' | 'delete', path: string, id = '', body?: object, more = {}) => {
      seen.add(`${verb.toUpperCase()} ${path}`);
      return muse.http[verb](`${API}${path.replace(':id', id)}`)
        .set({ ...shopper.headers, ...more })
        .send(body);
    };

    it('POST /cart/items adds an item', async () => {
      const { id, hosts } = stores['Nordstrom']!;
      const item = { storeId: id, productName: 'Black Dress', productUrl: `https://${hosts[0]}/s/1`, price: usd(8900) };
      const { body } = await call('post', '/cart/items', '', { ...item, size: 'M', quantity: 1 }).expect(200);
      expect(body.itemCount).toBe(2);
      itemId = linesOf(body).find((line) => line.productName === 'Black Dress').id;
    });

    it('GET /cart shows the cart', async () => {
      const { body } = await call('get', '/cart').expect(200);
      expect(linesOf(body).map((line) => line.quantity)).toEqual([3, 1]);
    });

    it('PUT /cart/items/:id changes quantity and size', async () => {
      const { body } = await call('put', '/cart/items/:id', itemId, { quantity: 2, size: 'L' }).expect(200);
      expect(linesOf(body)[1]).toMatchObject({ quantity: 2, size: 'L', lineTotal: usd(17800) });
    });

    it('GET /cart/summary gives totals by store', async () => {
      const { body } = await call('get', '/cart/summary').expect(200);
      expect(body.total).toEqual(usd(3000 + 500 + 17800));
      expect(body.stores.map((store: Body) => store.items)).toEqual([undefined, undefined]);
    });

    it('POST /cart/items/batch adds several', async () => {
      const { id, hosts } = stores["Macy's"]!;
      const item = { storeId: id, productName: 'Necklace', productUrl: `https://${hosts[0]}/s/2`, price: usd(4500) };
      const { body } = await call('post', '/cart/items/batch', '', { items: [item, { ...item, size: 'S' }] }).expect(
        200,
      );
      expect(body.results.map((result: Body) => result.status)).toEqual(['added', 'added']);
      expect(body.cart.itemCount).toBe(4);
    });

    it('DELETE /cart/items/:id takes a line out', async () => {
      const { body } = await call('delete', '/cart/items/:id', itemId).expect(200);
      expect(linesOf(body).map((line) => line.id)).not.toContain(itemId);
    });

    it('POST /checkout/sessions begins a checkout', async () => {
      const cart = await cartOf(shopper);
      const { body } = await call('post', '/checkout/sessions', '', { itemIds: [linesOf(cart)[0].id] }).expect(201);
      expect(body).toMatchObject({ status: 'pending', total: usd(3500) });
      session = body;
    });

    it('PUT /checkout/sessions/:id/shipping takes the address', async () => {
      const address = {
        name: 'Ana',
        line1: '350 5th Ave',
        city: 'New York',
        region: 'NY',
        postalCode: '10118',
        country: 'US',
      };
      const body = { address, contact: { email: 'ana@example.com' } };
      const answer = await call('put', '/checkout/sessions/:id/shipping', session.id, body).expect(200);
      expect(answer.body).toMatchObject({ shippingAddress: address, readyToPlace: true });
    });

    it('PUT /checkout/sessions/:id/payment says that no store takes payment here', async () => {
      const body = { providerToken: 'pm_1P2x3y' };
      const answer = await call('put', '/checkout/sessions/:id/payment', session.id, body).expect(409);
      expect(answer.body.code).toBe('payment_not_offered');
    });

    it('POST /checkout/sessions/:id/place places the orders', async () => {
      const key = { 'idempotency-key': randomUUID() };
      const body = { expectedTotal: usd(3500) };
      const answer = await call('post', '/checkout/sessions/:id/place', session.id, body, key).expect(202);
      expect(answer.body).toMatchObject({ id: session.id, status: 'processing' });
    });

    it('GET /checkout/sessions/:id/status shows how it goes', async () => {
      await settled(shopper, session.id);
      const { body } = await call('get', '/checkout/sessions/:id/status', session.id).expect(200);
      expect(body).toMatchObject({
        status: 'completed',
        stores: [{ status: 'placed', order: { id: expect.any(String) } }],
      });
      order = body.stores[0].order;
    });

    it('GET /orders lists the orders', async () => {
      const { body } = await call('get', '/orders').expect(200);
      expect(body.data).toMatchObject([
        { id: order.id, number: order.number, status: 'pending', paymentStatus: 'unpaid' },
      ]);
    });

    it('GET /orders/:id shows one', async () => {
      const { body } = await call('get', '/orders/:id', order.id).expect(200);
      expect(body).toMatchObject({ id: order.id, subtotal: usd(3000), shipping: usd(500), total: usd(3500) });
    });

    it('GET /orders/:id/tracking says where it is', async () => {
      const { body } = await call('get', '/orders/:id/tracking', order.id).expect(200);
      expect(body).toMatchObject({ status: 'unknown', trackingNumber: null, events: [] });
    });

    it('POST /orders/:id/return asks to send shipped items back', async () => {
      const ship = { carrier: 'UPS', trackingNumber: '1Z999AA10123456784' };
      const at = `${API}/merchant/stores/${merchant.storeId}/orders/${order.id}/ship`;
      const { body: shipped } = await muse.http.post(at).set(merchant.headers).send(ship).expect(200);
      const body = { items: [{ itemId: shipped.items[0].id, quantity: 1, reason: 'Too small' }] };
      const key = { 'idempotency-key': randomUUID() };
      const answer = await call('post', '/orders/:id/return', order.id, body, key).expect(201);
      expect(answer.body).toMatchObject({ orderId: order.id, status: 'requested' });
    });

    it('PUT /orders/:id/cancel refuses what was shipped', async () => {
      const answer = await call('put', '/orders/:id/cancel', order.id, { reason: 'Too late' }).expect(409);
      expect(answer.body.code).toBe('order_state');
    });

    it('DELETE /cart empties the cart', async () => {
      const { body } = await call('delete', '/cart').expect(200);
      expect(body).toMatchObject({ itemCount: 0, stores: [], total: usd(0) });
    });

    it('is one of exactly seventeen, and each is documented', async () => {
      expect(seen.size).toBe(17);
      const document = (await muse.http.get('/api/docs-json').expect(200)).body;
      const documented = Object.entries(document.paths as Record<string, object>).flatMap(([path, verbs]) =>
        Object.keys(verbs).map((verb) => `${verb.toUpperCase()} ${path}`),
      );
      const wanted = [...seen].map((one) => one.replace(' ', ` ${API}`).replace(':id', '{id}'));
      expect(documented).toEqual(expect.arrayContaining(wanted));
    });
  });
});
