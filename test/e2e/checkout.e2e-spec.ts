import { randomUUID } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';
import { openPartner, openShop, postVesRate, type Shop } from '../support/market';
import { usd } from '../support/sellers';
import {
  PAID_LATER,
  ADDRESS,
  addDescribed,
  addVariant,
  begin,
  cartOf,
  customer,
  giveAddress,
  guest,
  linesOf,
  readySession,
  type Body,
  type Shopper,
} from '../support/shopper';

describe('A checkout session over HTTP', () => {
  let muse: RunningApp;
  let shop: Shop;
  let partner: { id: string; hosts: string[] };
  let shopper: Shopper;

  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api' });
    partner = await openPartner(muse);
    await postVesRate(muse, '36.5');
  });
  beforeEach(async () => {
    shop = await openShop(muse);
    shopper = await guest(muse);
  });

  const at = (session: Body, rest = '') => `/checkout/sessions/${session.id}${rest}`;
  const read = async (session: Body): Promise<Body> => (await shopper.get(at(session)).expect(200)).body;
  const ofStore = (session: Body, storeId: string): Body =>
    session.stores.find((store: Body) => store.storeId === storeId);
  const setStore = (session: Body, storeId: string, body: object) =>
    shopper.put(at(session, `/stores/${storeId}`), body);

  it('freezes what is in the cart, store by store', async () => {
    await addVariant(shopper, shop.variantIds[0], 2);
    const cart = await addDescribed(shopper, partner, { price: usd(3000), quantity: 1 });
    const session = await begin(shopper);
    expect(session).toMatchObject({
      ...{
        id: expect.any(String),
        status: 'pending',
        version: 1,
        readyToPlace: false,
        problems: [PAID_LATER],
        fees: usd(0),
        tax: usd(0),
      },
      ...{
        requiredFields: ['/shippingAddress', '/contact/email'],
        shippingAddress: null,
        billingAddress: null,
        contact: null,
      },
      ...{ subtotal: usd(5000), shipping: usd(1100), discount: usd(0), total: usd(6100) },
      ...{ dueNow: usd(0), dueLater: usd(2500), dueAtStores: usd(3600), paymentMethodId: null },
      ...{
        totalIn: { VES: { amount: 222_650, currency: 'VES', rateId: expect.any(String) } },
        rates: [{ rate: '36.5' }],
      },
      steps: [
        { name: 'shipping', done: false, required: true },
        { name: 'payment', done: true, required: false },
        { name: 'review', done: false, required: true },
      ],
    });
    expect(session.stores).toMatchObject([
      {
        ...{
          storeId: shop.storeId,
          tier: 'direct',
          checkout: 'in_muse',
          included: true,
          status: 'waiting',
          settlement: 'pay_later',
        },
        ...{ requiredFields: ['/shippingAddress'], deliveryOptionId: shop.deliveryIds[0], total: usd(2500) },
        deliveryOptions: [
          { id: shop.deliveryIds[0], price: usd(500) },
          { id: shop.deliveryIds[1], price: usd(1500) },
        ],
        items: [{ id: linesOf(cart)[0].id, quantity: 2, unitPrice: usd(1000), lineTotal: usd(2000) }],
      },
      {
        storeId: partner.id,
        tier: 'redirect',
        checkout: 'on_store_site',
        settlement: 'at_store',
        requiredFields: [],
        total: usd(3600),
      },
    ]);
    const minutesLeft = (new Date(session.expiresAt).getTime() - Date.now()) / 60_000;
    expect(minutesLeft).toBeGreaterThan(29);
    expect(minutesLeft).toBeLessThanOrEqual(30);
    expect(await read(session)).toEqual(session);
  });

  it('names its version as ETag, and refuses a change on a stale one', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const session = await begin(shopper);
    const [{ id: itemId }] = linesOf(session);
    expect((await shopper.get(at(session))).headers['etag']).toBe('"1"');
    const current = await giveAddress(shopper, session.id);
    expect(current.version).toBe(2);
    const stale = { 'if-match': '"1"' };
    await shopper.put(at(session, '/shipping'), { address: ADDRESS }, stale).expect(412);
    await shopper.put(at(session, `/items/${itemId}`), { quantity: 5 }, stale).expect(412);
    await shopper.put(at(session, `/stores/${shop.storeId}`), { note: 'x' }, stale).expect(412);
    expect(await read(session)).toEqual(current);
    await shopper.put(at(session, `/items/${itemId}`), { quantity: 5 }, { 'if-match': '"2"' }).expect(200);
  });

  it('is about the chosen lines alone, and only about lines of its own shopper', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const cart = await addDescribed(shopper, partner);
    const [first, second] = linesOf(cart);
    expect(linesOf(await begin(shopper, { itemIds: [second.id] })).map((line) => line.id)).toEqual([second.id]);
    const other = await addVariant(await customer(muse), shop.variantIds[0]);
    const problems = [linesOf(other)[0].id, randomUUID()].map(async (id) => {
      const { body } = await shopper.post('/checkout/sessions', { itemIds: [first.id, id] }).expect(422);
      return [body.code, body.detail, body.errors];
    });
    const [foreign, unknown] = await Promise.all(problems);
    expect(foreign).toEqual(unknown);
    await shopper.post('/checkout/sessions', { itemIds: [] }).expect(400);
    await shopper.post('/checkout/sessions', { itemIds: ['x'] }).expect(400);
  });

  it('cannot begin with an empty cart', async () => {
    expect((await shopper.post('/checkout/sessions', {}).expect(409)).body.code).toBe('nothing_to_check_out');
    await addVariant(shopper, shop.variantIds[0]);
    await shopper.delete('/cart').expect(200);
    await shopper.post('/checkout/sessions').expect(409);
  });

  it('changes the quantity of a line, and leaves it out at 0, without touching the cart', async () => {
    await addVariant(shopper, shop.variantIds[0], 2);
    const cart = await addVariant(shopper, shop.variantIds[1], 1);
    const session = await begin(shopper);
    const [first, second] = linesOf(session);
    const item = (id: string, quantity: unknown) => shopper.put(at(session, `/items/${id}`), { quantity });
    expect((await item(first.id, 7).expect(200)).body).toMatchObject({ subtotal: usd(9000), version: 2 });
    expect(await shop.stockOf(shop.variantIds[0])).toEqual([100, 7]);
    const without = (await item(first.id, 0).expect(200)).body;
    expect(linesOf(without).map((line) => line.id)).toEqual([second.id]);
    expect(await shop.stockOf(shop.variantIds[0])).toEqual([100, 0]);
    await item(first.id, 1).expect(404);
    await item(randomUUID(), 1).expect(404);
    for (const quantity of [-1, 1000, 1.5, '1', null]) await item(second.id, quantity).expect(400);
    const empty = (await item(second.id, 0).expect(200)).body;
    expect(empty).toMatchObject({ stores: [], total: usd(0), readyToPlace: false });
    expect(linesOf(await cartOf(shopper)).map((line) => [line.id, line.quantity])).toEqual(
      linesOf(cart).map((line) => [line.id, line.quantity]),
    );
  });

  it('takes what is different for one store, and takes it back', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    await addDescribed(shopper, partner);
    const session = await readySession(shopper);
    const other = { ...ADDRESS, name: 'Luis', line1: '1 Main Street' };
    const gift = { message: 'Happy birthday', wrap: true };
    const own = { deliveryOptionId: shop.deliveryIds[1], settlement: 'pay_later', note: 'n', gift, deliveryNote: 'd' };
    const changed = (await setStore(session, shop.storeId, { ...own, address: other }).expect(200)).body;
    expect(changed).toMatchObject({ shippingAddress: ADDRESS, shipping: usd(1500 + 600) });
    expect(ofStore(changed, shop.storeId)).toMatchObject({ ...own, shippingAddress: other, shipping: usd(1500) });
    expect(ofStore(changed, partner.id)).toMatchObject({ shippingAddress: ADDRESS, note: null, gift: null });
    const back = { address: null, deliveryOptionId: null, note: null, gift: null, deliveryNote: null };
    expect(ofStore((await setStore(session, shop.storeId, back).expect(200)).body, shop.storeId)).toMatchObject({
      ...{
        shippingAddress: ADDRESS,
        deliveryOptionId: shop.deliveryIds[0],
        note: null,
        gift: null,
        deliveryNote: null,
      },
    });
    const partly = await setStore(session, shop.storeId, { note: 'kept' }).expect(200);
    const both = await setStore(session, shop.storeId, { deliveryNote: 'added' }).expect(200);
    expect(ofStore(partly.body, shop.storeId)).toMatchObject({ note: 'kept', deliveryNote: null });
    expect(ofStore(both.body, shop.storeId)).toMatchObject({ note: 'kept', deliveryNote: 'added' });
  });

  it('leaves a store out, with its holds, and takes it in again', async () => {
    await addVariant(shopper, shop.variantIds[0], 4);
    await addDescribed(shopper, partner);
    const session = await readySession(shopper);
    const without = (await setStore(session, shop.storeId, { included: false }).expect(200)).body;
    expect(without).toMatchObject({ total: usd(1600), dueLater: usd(0), readyToPlace: true });
    expect(ofStore(without, shop.storeId)).toMatchObject({ included: false, total: usd(4500) });
    expect(await shop.stockOf(shop.variantIds[0])).toEqual([100, 0]);
    expect((await setStore(session, shop.storeId, { included: true }).expect(200)).body.total).toEqual(usd(6100));
    expect(await shop.stockOf(shop.variantIds[0])).toEqual([100, 4]);
  });

  it('refuses for a store what that store does not offer', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const session = await begin(shopper);
    const other = await openShop(muse);
    const refused = async (body: object) => (await setStore(session, shop.storeId, body).expect(422)).body;
    for (const deliveryOptionId of [other.deliveryIds[0], randomUUID()])
      expect(await refused({ deliveryOptionId })).toMatchObject({
        code: 'delivery_not_offered',
        errors: [{ pointer: '/deliveryOptionId' }],
      });
    expect(await refused({ settlement: 'pay_now' })).toMatchObject({ code: 'settlement_not_offered' });
    await setStore(session, other.storeId, { note: 'x' }).expect(404);
    for (const wrong of [
      { note: 'x'.repeat(1001) },
      { gift: { message: 1 } },
      { included: 'no' },
      { total: usd(1) },
      { address: {} },
    ])
      await setStore(session, shop.storeId, wrong).expect(400);
    expect(await read(session)).toEqual(session);
  });

  it('says that a store does not deliver to the address, until it does', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const body = { name: 'Home', price: usd(100), minDays: 1, maxDays: 2, countries: ['US'] };
    for (const id of shop.deliveryIds)
      await shop.merchant.delete(`/merchant/stores/${shop.storeId}/delivery-options/${id}`).expect(204);
    await shop.merchant.post(`/merchant/stores/${shop.storeId}/delivery-options`, body).expect(201);
    const session = await begin(shopper);
    const abroad = await giveAddress(shopper, session.id, {
      name: 'A',
      line1: 'Calle 1',
      city: 'Caracas',
      country: 'VE',
    });
    expect(abroad).toMatchObject({
      readyToPlace: false,
      problems: [{ code: 'no_delivery', severity: 'blocking', storeId: shop.storeId }, PAID_LATER],
    });
    expect(await giveAddress(shopper, session.id)).toMatchObject({
      readyToPlace: true,
      problems: [PAID_LATER],
      shipping: usd(100),
    });
  });
});
