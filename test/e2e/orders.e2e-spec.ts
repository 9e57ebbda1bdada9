import { randomUUID } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';
import { openPartner, openShop, type Shop } from '../support/market';
import { usd } from '../support/sellers';
import {
  addDescribed,
  addVariant,
  checkoutToPlaced,
  customer,
  guest,
  orderOf,
  sql,
  statusesOf,
  type Body,
  type Shopper,
} from '../support/shopper';

const SHIPMENT = { carrier: 'UPS', trackingNumber: '1Z999AA10123456784' };

describe('An order over HTTP', () => {
  let muse: RunningApp;
  let shop: Shop;
  let shopper: Shopper;

  beforeAll(async () => {
    muse = await startApp();
    shop = await openShop(muse, { onHand: 10_000 });
  });
  beforeEach(async () => {
    shopper = await guest(muse);
  });

  const buy = async (quantity = 1): Promise<Body> => {
    await addVariant(shopper, shop.variantIds[0], quantity);
    return orderOf(shopper, await checkoutToPlaced(shopper));
  };
  const atStore = (order: Body, rest = '') => `/merchant/stores/${shop.storeId}/orders/${order.id}${rest}`;
  const ship = async (order: Body): Promise<Body> =>
    (await shop.merchant.post(atStore(order, '/ship'), SHIPMENT).expect(200)).body;
  const cancel = (order: Body, more = {}) =>
    shopper.put(`/orders/${order.id}/cancel`, { reason: 'Ordered twice' }, more);
  const history = async (order: Body): Promise<Body[]> =>
    (await shopper.get(`/orders/${order.id}/history`).expect(200)).body.data;
  const onHand = async () => (await shop.stockOf(shop.variantIds[0]))[0];

  it('is cancelled before it is shipped, and its stock comes back, once', async () => {
    const before = await onHand();
    const order = await buy(3);
    expect(await onHand()).toBe(before - 3);
    const { body } = await cancel(order).expect(200);
    expect(body).toMatchObject({
      status: 'cancelled',
      cancelledAt: expect.any(String),
      allowedActions: [],
      items: [{ status: 'cancelled' }],
      version: 2,
    });
    expect((await cancel(order).expect(200)).body).toEqual(body);
    expect(await onHand()).toBe(before);
    expect(await history(order)).toMatchObject([
      { type: 'placed', actor: 'system', after: { status: 'pending', paymentStatus: 'unpaid' } },
      {
        type: 'cancelled',
        actor: 'buyer',
        reason: 'Ordered twice',
        before: { status: 'pending' },
        after: { status: 'cancelled' },
      },
    ]);
    const events = await sql(muse, `SELECT payload FROM events WHERE type = 'order.cancelled' AND aggregate_id = $1`, [
      order.id,
    ]);
    expect(events).toHaveLength(1);
  });

  it('gives its stock back once when it is cancelled many times at once', async () => {
    const before = await onHand();
    const order = await buy(2);
    const answers = await Promise.all(Array.from({ length: 10 }, () => cancel(order)));
    expect(answers.map((answer) => answer.status)).toEqual(Array(10).fill(200));
    expect(await onHand()).toBe(before);
    expect(await history(order)).toHaveLength(2);
  });

  it('is not cancelled on a stale version', async () => {
    const order = await buy();
    expect((await shopper.get(`/orders/${order.id}`)).headers['etag']).toBe('"1"');
    await cancel(order, { 'if-match': '"7"' }).expect(412);
    await cancel(order, { 'if-match': '"1"' }).expect(200);
  });

  it('is shipped by its merchant, and can be followed', async () => {
    const order = await buy(2);
    const shipped = await ship(order);
    expect(shipped).toMatchObject({
      id: order.id,
      status: 'shipped',
      ...SHIPMENT,
      shippedAt: expect.any(String),
      allowedActions: ['deliver'],
    });
    const { body } = await shopper.get(`/orders/${order.id}`).expect(200);
    expect(body).toMatchObject({
      ...{
        status: 'shipped',
        ...SHIPMENT,
        allowedActions: ['receive', 'return'],
        confirmedAt: expect.any(String),
        items: [{ status: 'shipped' }],
      },
      parcels: [
        {
          ...SHIPMENT,
          trackingUrl: expect.stringMatching(/^https:\/\/www\.ups\.com\/.*1Z999AA10123456784$/),
          status: 'in_transit',
        },
      ],
    });
    const { body: tracking } = await shopper.get(`/orders/${order.id}/tracking`).expect(200);
    expect(tracking).toMatchObject({
      ...{ status: 'in_transit', ...SHIPMENT, estimatedDelivery: order.estimatedDelivery },
      events: [{ status: 'in_transit', detail: 'Handed to UPS' }],
    });
    expect((await history(order)).at(-1)).toMatchObject({
      type: 'shipped',
      actor: 'merchant',
      before: { status: 'pending' },
      after: { status: 'shipped' },
    });
  });

  it('is not cancelled once it is shipped, nor shipped twice, nor shipped once it is cancelled', async () => {
    const shipped = await buy();
    await ship(shipped);
    expect((await cancel(shipped).expect(409)).body).toMatchObject({ code: 'order_state', orderStatus: 'shipped' });
    await shop.merchant.post(atStore(shipped, '/ship'), SHIPMENT).expect(409);
    const cancelled = await buy();
    await cancel(cancelled).expect(200);
    await shop.merchant.post(atStore(cancelled, '/ship'), SHIPMENT).expect(409);
  });

  it('is either cancelled or shipped when both come at once', async () => {
    for (let round = 0; round < 4; round++) {
      const order = await buy();
      const [byBuyer, byMerchant] = await Promise.all([
        cancel(order),
        shop.merchant.post(atStore(order, '/ship'), SHIPMENT),
      ]);
      expect(statusesOf([byBuyer, byMerchant])).toEqual([200, 409]);
      const { body } = await shopper.get(`/orders/${order.id}`).expect(200);
      expect(body.status).toBe(byBuyer.status === 200 ? 'cancelled' : 'shipped');
    }
  });

  it('at a partner store is cancelled there, unless it was only declared', async () => {
    const partner = await openPartner(muse);
    const declare = async (body: object): Promise<Body> => {
      await addDescribed(shopper, partner);
      const { stores } = await checkoutToPlaced(shopper);
      return (await shopper.post(`/handoffs/${stores[0].handoffId}/ordered`, body).expect(201)).body;
    };
    const { body } = await cancel(await declare({ storeOrderNumber: 'ON-1' })).expect(409);
    expect(body).toMatchObject({ code: 'order_state', detail: expect.stringContaining('cancel it there') });
    expect((await cancel(await declare({})).expect(200)).body.status).toBe('cancelled');
  });

  it('is shipped by nobody but its own merchant', async () => {
    const order = await buy();
    const other = await openShop(muse);
    const details = new Set<string>();
    for (const [storeId, orderId] of [
      [shop.storeId, order.id],
      [other.storeId, order.id],
      [other.storeId, randomUUID()],
    ]) {
      const answer = await other.merchant
        .post(`/merchant/stores/${storeId}/orders/${orderId}/ship`, SHIPMENT)
        .expect(404);
      if (storeId === other.storeId) details.add(answer.body.detail);
    }
    expect(details.size).toBe(1);
    await shopper.post(atStore(order, '/ship'), SHIPMENT).expect(403);
    await (await customer(muse)).post(atStore(order, '/ship'), SHIPMENT).expect(404);
    expect((await shopper.get(`/orders/${order.id}`).expect(200)).body.status).toBe('pending');
  });

  it.each([
    {},
    { carrier: 'UPS' },
    { ...SHIPMENT, carrier: ' ' },
    { ...SHIPMENT, trackingNumber: '12' },
    { ...SHIPMENT, trackingNumber: '1Z<script>' },
    { ...SHIPMENT, trackingUrl: 'http://ups.com/1' },
    { ...SHIPMENT, trackingUrl: 'javascript:alert(1)' },
    { ...SHIPMENT, status: 'delivered' },
  ])('is not shipped with %j', async (body) => {
    const order = await buy();
    await shop.merchant.post(atStore(order, '/ship'), body).expect(400);
    expect(await history(order)).toHaveLength(1);
  });

  it('is sent back in parts, never more than was shipped', async () => {
    const order = await buy(3);
    const [{ id: itemId }] = order.items;
    const back = (items: object[], key: string = randomUUID()) =>
      shopper.post(`/orders/${order.id}/return`, { items }, { 'idempotency-key': key });
    const reason = 'Too small';
    expect((await back([{ itemId, quantity: 1, reason }]).expect(409)).body).toMatchObject({
      code: 'order_state',
      orderStatus: 'pending',
    });
    await ship(order);
    const { body: first } = await back([{ itemId, quantity: 2, reason }]).expect(201);
    expect(first).toMatchObject({
      id: expect.any(String),
      orderId: order.id,
      status: 'requested',
      items: [{ itemId, quantity: 2, reason }],
    });
    expect((await back([{ itemId, quantity: 2, reason }]).expect(422)).body).toMatchObject({
      ...{
        code: 'not_returnable',
        errors: [{ pointer: '/items/0/quantity', detail: 'at most 1 of this item can be returned' }],
      },
    });
    const other = await buy();
    for (const foreign of [other.items[0].id, randomUUID()])
      await back([{ itemId: foreign, quantity: 1, reason }]).expect(400);
    for (const wrong of [
      [],
      [{ itemId, quantity: 0, reason }],
      [{ itemId, quantity: 1 }],
      [{ itemId, quantity: 1, reason: ' ' }],
    ])
      await back(wrong).expect(400);
    await back([
      { itemId, quantity: 1, reason },
      { itemId, quantity: 1, reason },
    ]).expect(400);
    const { body: missing } = await shopper
      .post(`/orders/${order.id}/return`, { items: [{ itemId, quantity: 1, reason }] })
      .expect(400);
    expect(missing.code).toBe('idempotency_key_required');
    const key = randomUUID();
    const { body: second } = await back([{ itemId, quantity: 1, reason }], key).expect(201);
    expect((await back([{ itemId, quantity: 1, reason }], key).expect(201)).body).toEqual(second);
    const { body: all } = await shopper.get(`/orders/${order.id}/returns`).expect(200);
    expect(all.data).toEqual([first, second]);
  });

  it('is never sent back more often than shipped when twenty ask at once', async () => {
    const order = await buy(5);
    await ship(order);
    const items = [{ itemId: order.items[0].id, quantity: 1, reason: 'Too many' }];
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        shopper.post(`/orders/${order.id}/return`, { items }, { 'idempotency-key': randomUUID() }),
      ),
    );
    expect(statusesOf(answers)).toEqual([...Array(5).fill(201), ...Array(15).fill(422)]);
    expect((await shopper.get(`/orders/${order.id}/returns`).expect(200)).body.data).toHaveLength(5);
  });

  it('has the amounts of its own store, however many stores the checkout had', async () => {
    const second = await openShop(muse);
    await addVariant(shopper, shop.variantIds[0], 2);
    await addVariant(shopper, second.variantIds[1], 1);
    const { stores, id } = await checkoutToPlaced(shopper);
    const orders = (await shopper.get(`/orders?checkoutSessionId=${id}`).expect(200)).body.data as Body[];
    expect(orders.map((order) => order.total)).toEqual([usd(2500), usd(2500)]);
    expect(new Set(orders.map((order) => order.number)).size).toBe(2);
    expect(new Set(stores.map((store: Body) => store.order.id))).toEqual(new Set(orders.map((order) => order.id)));
    expect(
      (await second.merchant.get(`/merchant/stores/${second.storeId}/orders`).expect(200)).body.data,
    ).toMatchObject([{ subtotal: usd(2000), allowedActions: ['confirm', 'mark_paid', 'ship', 'cancel'] }]);
  });
});
