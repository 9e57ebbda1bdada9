import { randomUUID } from 'node:crypto';
import { Vault } from '../../src/platform/crypto';
import { Database } from '../../src/platform/database';
import { startApp, type RunningApp } from '../support/app';
import { openShop } from '../support/market';
import { OrdersWorld, parcel } from '../support/orders';
import { makeStore } from '../support/sellers';
import {
  API,
  addVariant,
  customer,
  guest,
  orderOf,
  checkoutToPlaced,
  shopperOf,
  sql,
  statusesOf,
  type Body,
} from '../support/shopper';
import { orderToken } from '../support/world';

describe('The life of an order', () => {
  let muse: RunningApp;
  let world: OrdersWorld;

  beforeAll(async () => {
    muse = await startApp();
    world = await OrdersWorld.make(muse);
  });

  const merchant = (order: Body, rest: string, body: object = {}) =>
    world.shop.merchant.post(world.at(order, rest), body, { 'idempotency-key': randomUUID() });
  const stock = async () => (await world.shop.stockOf(world.shop.variantIds[0]))[0];

  it('goes from confirmation through two parcels to a sale that both sides verify, once', async () => {
    const order = await world.buy(3);
    const [{ id: itemId }] = order.items;
    expect((await merchant(order, '/confirm').expect(200)).body.allowedActions).toEqual([
      'mark_paid',
      'ship',
      'cancel',
    ]);
    const first = parcel([{ itemId, quantity: 1 }]);
    const { body: part } = await merchant(order, '/ship', first).expect(200);
    expect(part).toMatchObject({
      ...{ status: 'processing', shippedAt: null, trackingNumber: first.trackingNumber, allowedActions: ['ship'] },
      items: [{ status: 'ordered', quantity: 3, quantityShipped: 1, quantityReturned: 0 }],
      parcels: [{ ...{ ...first, items: [{ itemId, quantity: 1 }] }, id: expect.any(String), status: 'in_transit' }],
    });
    expect((await world.read(order)).allowedActions).toEqual([]);
    const { body: shipped } = await merchant(order, '/ship', parcel()).expect(200);
    expect(shipped).toMatchObject({
      ...{ status: 'shipped', shippedAt: expect.any(String), items: [{ status: 'shipped', quantityShipped: 3 }] },
      parcels: [{ items: [{ itemId, quantity: 1 }] }, { items: [{ itemId, quantity: 2 }] }],
    });
    expect((await world.read(order)).allowedActions).toEqual(['receive', 'return']);
    await world.buyer.post(`/orders/${order.id}/complete`).expect(409);

    const { body: received } = await world.buyer.put(`/orders/${order.id}/received`).expect(200);
    expect(received).toMatchObject({
      ...{ status: 'delivered', deliveredAt: expect.any(String), allowedActions: ['complete', 'return'] },
      ...{ items: [{ status: 'delivered' }], parcels: [{ status: 'delivered' }, { status: 'delivered' }] },
    });
    const { body: marked } = await world.buyer.post(`/orders/${order.id}/complete`).expect(200);
    expect(marked).toMatchObject({ status: 'delivered', buyerCompletedAt: expect.any(String), verifiedSale: false });
    expect(marked.allowedActions).toEqual(['return']);
    expect((await world.buyer.post(`/orders/${order.id}/complete`).expect(200)).body).toEqual(marked);
    const { body: done } = await merchant(order, '/complete').expect(200);
    expect(done).toMatchObject({
      ...{ status: 'completed', completedAt: expect.any(String), merchantCompletedAt: expect.any(String) },
      ...{ verifiedSale: true, silentSide: null, allowedActions: [] },
    });
    await world.check(order);
    const [sale] = await sql(muse, 'SELECT * FROM verified_sales WHERE order_id = $1', [order.id]);
    expect(sale).toMatchObject({
      ...{ store_id: world.shop.storeId, buyer_user_id: null, silent_side: null, currency: 'USD' },
      total_cents: order.total.amount,
    });
    const told = async (type: string) => world.told(order, type);
    expect(await told('order.shipped')).toMatchObject([
      { carrier: 'UPS', parcelId: expect.any(String), inPart: true },
      { carrier: 'UPS', parcelId: expect.any(String) },
    ]);
    expect(await told('order.delivered')).toMatchObject([{ by: 'buyer' }]);
    expect(await told('order.marked_complete')).toMatchObject([{ side: 'buyer' }, { side: 'merchant' }]);
    expect(await told('order.completed')).toHaveLength(1);
    expect(await told('order.verified')).toEqual([
      { orderId: order.id, storeId: world.shop.storeId, silentSide: null },
    ]);
  });

  it('is told to both sides as one timeline, in their language and in pages', async () => {
    const order = await world.bring('completed');
    const { body } = await world.buyer.get(`/orders/${order.id}/history`, { 'accept-language': 'es-VE' }).expect(200);
    expect(body.data.map((entry: Body) => [entry.type, entry.actor, entry.title])).toEqual([
      ['placed', 'system', 'Pedido realizado'],
      ['shipped', 'merchant', 'Enviado'],
      ['delivered', 'buyer', 'Recibido por el comprador'],
      ['marked_complete', 'buyer', 'Marcado como completado por el comprador'],
      ['marked_complete', 'merchant', 'Marcado como completado por la tienda'],
      ['completed', 'merchant', 'Completado'],
    ]);
    const { body: theirs } = await world.shop.merchant.get(world.at(order, '/history')).expect(200);
    expect(theirs.data.map((entry: Body) => entry.id)).toEqual(body.data.map((entry: Body) => entry.id));
    expect(theirs.data[2].title).toBe('Received by the buyer');
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const page = await world.shop.merchant.get(world.at(order, `/history?limit=4${cursor}`)).expect(200);
      seen.push(...page.body.data.map((entry: Body) => entry.id));
      if (page.body.nextCursor === null) break;
      cursor = `&cursor=${page.body.nextCursor}`;
    }
    expect(seen).toEqual(body.data.map((entry: Body) => entry.id));
  });

  it('is not shipped with another order’s items, too many of its own, or a number that it has already', async () => {
    const [order, other] = [await world.buy(2), await world.buy(1)];
    const [{ id: itemId }] = order.items;
    const ship = (items: object[], more: object = {}) => merchant(order, '/ship', { ...parcel(items), ...more });
    const before = await world.read(order);
    expect((await ship([{ itemId, quantity: 3 }]).expect(422)).body).toMatchObject({
      ...{
        code: 'not_shippable',
        errors: [{ pointer: '/items/0/quantity', detail: 'at most 2 of this item can still be shipped' }],
      },
    });
    await ship([{ itemId: other.items[0].id, quantity: 1 }]).expect(400);
    await ship([]).expect(400);
    await ship([{ itemId, quantity: 0 }]).expect(400);
    await ship([
      { itemId, quantity: 1 },
      { itemId, quantity: 1 },
    ]).expect(400);
    expect(await world.read(order)).toEqual(before);
    const number = { trackingNumber: '1Z12345678' };
    await ship([{ itemId, quantity: 1 }], number).expect(200);
    expect((await ship([{ itemId, quantity: 1 }], number).expect(409)).body.code).toBe('parcel_known');
    expect(await world.check(order)).toMatchObject({ status: 'processing', parcels: [number] });
  });

  it('is cancelled by its merchant with a reason that the buyer reads, and everything goes back', async () => {
    const before = await stock();
    const order = await world.buy(2);
    for (const body of [{}, { reason: ' ' }, { reason: 'x'.repeat(501) }, { reason: 'x', status: 'shipped' }])
      await merchant(order, '/cancel', body).expect(400);
    const { body } = await merchant(order, '/cancel', { reason: 'Out of stock' }).expect(200);
    expect(body).toMatchObject({ status: 'cancelled', items: [{ status: 'cancelled' }], allowedActions: [] });
    expect((await merchant(order, '/cancel', { reason: 'Again' }).expect(200)).body).toEqual(body);
    expect(await stock()).toBe(before);
    expect((await world.history(order)).at(-1)).toMatchObject({
      ...{ type: 'cancelled', actor: 'merchant', reason: 'Out of stock', title: 'Cancelled by the store' },
    });
    expect(await world.told(order, 'order.cancelled')).toEqual([
      { orderId: order.id, storeId: world.shop.storeId, by: 'merchant' },
    ]);
    await world.check(order);
  });

  it('is not cancelled once a part of it is on its way', async () => {
    const order = await world.bring('processing');
    for (const answer of [
      await world.buyer.put(`/orders/${order.id}/cancel`, {}),
      await merchant(order, '/cancel', { reason: 'Out of stock' }),
    ])
      expect([answer.status, answer.body.detail]).toEqual([409, expect.stringContaining('on its way already')]);
    expect(await world.check(order)).toEqual(order);
  });

  it('is put elsewhere by support with a reason; of a cancelled one only the units that had not left come back', async () => {
    const before = await stock();
    const order = await world.bring('processing');
    const override = (who: { post: typeof world.support.post }, body: object) =>
      who.post(`/admin/orders/${order.id}/override`, body, { 'idempotency-key': randomUUID() });
    for (const body of [
      { status: 'cancelled' },
      { status: 'returned', reason: 'r' },
      { status: 'lost', reason: 'r' },
      { reason: 'r' },
    ])
      await override(world.support, body).expect(400);
    for (const who of [world.shop.merchant, await customer(muse)])
      await override(who, { status: 'cancelled', reason: 'r' }).expect(403);
    await world.support
      .post(`/admin/orders/${randomUUID()}/override`, { status: 'cancelled', reason: 'r' })
      .expect(404);
    const { body } = await override(world.admin, { status: 'cancelled', reason: 'The store has closed' }).expect(200);
    // Nothing of the buyer.
    expect(body).toEqual({
      ...{ id: order.id, number: order.number, storeId: world.shop.storeId },
      ...{ status: 'cancelled', paymentStatus: 'unpaid', version: 3 },
    });
    expect(await stock()).toBe(before - 1);
    expect((await world.history(order)).at(-1)).toMatchObject({
      ...{ type: 'overridden', actor: 'admin', reason: 'The store has closed', title: 'Changed by support' },
      ...{ before: { status: 'processing' }, after: { status: 'cancelled' } },
    });
    expect(await world.told(order, 'order.overridden')).toMatchObject([{ from: 'processing', to: 'cancelled' }]);
    await world.check(order);
  });

  it('that support sends back on its way is delivered and completed like any other', async () => {
    const order = await world.bring('delivered');
    await world.support
      .post(`/admin/orders/${order.id}/override`, { status: 'shipped', reason: 'Wrong door' })
      .expect(200);
    expect(await world.check(order)).toMatchObject({
      status: 'shipped',
      deliveredAt: null,
      items: [{ status: 'shipped' }],
    });
    await merchant(order, '/delivered').expect(200);
    await merchant(order, '/complete').expect(200);
    await world.buyer.post(`/orders/${order.id}/complete`).expect(200);
    expect(await world.check(order)).toMatchObject({ status: 'completed', verifiedSale: true, silentSide: null });
    // That it went back was told of by the override alone.
    expect(await world.told(order, 'order.shipped')).toHaveLength(1);
    expect(await world.told(order, 'order.delivered')).toHaveLength(2);
  });

  it('that support completes is no verified sale: neither side has said so', async () => {
    const order = await world.bring('shipped');
    await world.support
      .post(`/admin/orders/${order.id}/override`, { status: 'completed', reason: 'Both called' })
      .expect(200);
    expect(await world.check(order)).toMatchObject({
      ...{ status: 'completed', verifiedSale: false, silentSide: null, deliveredAt: expect.any(String) },
      items: [{ status: 'delivered' }],
    });
    expect(await world.told(order, 'order.completed')).toMatchObject([{ by: 'support' }]);
    expect(await world.told(order, 'order.verified')).toEqual([]);
  });

  it('keeps what people say of it encrypted, and no longer than the buyer’s key', async () => {
    const buyer = await customer(muse);
    const words = () => `words-${randomUUID()}`;
    const planted = [words(), words(), words()] as const;
    const [cancelled, overridden] = [await world.buy(1, buyer), await world.buy(1, buyer)];
    await buyer.put(`/orders/${cancelled.id}/cancel`, { reason: planted[0] }).expect(200);
    await world.support
      .post(`/admin/orders/${overridden.id}/override`, { status: 'confirmed', reason: planted[1] })
      .expect(200);
    const { body: note } = await merchant(overridden, '/notes', { body: planted[2] }).expect(201);
    expect(note).toMatchObject({ id: expect.any(String), body: planted[2] });
    const dump = await sql(
      muse,
      `SELECT row_to_json(e)::text AS row FROM order_events e UNION ALL SELECT row_to_json(n)::text FROM order_notes n
       UNION ALL SELECT row_to_json(v)::text FROM events v UNION ALL SELECT row_to_json(i)::text FROM idempotency_keys i`,
    );
    const all = dump.map(({ row }) => row).join('\n');
    for (const one of planted) expect(all).not.toContain(one);
    const reasons = async (order: Body) =>
      (await buyer.get(`/orders/${order.id}/history`).expect(200)).body.data.at(-1).reason;
    const notes = async () => (await world.shop.merchant.get(world.at(overridden, '/notes')).expect(200)).body.data;
    expect([await reasons(cancelled), await reasons(overridden), await notes()]).toEqual([
      planted[0],
      planted[1],
      [note],
    ]);
    const vault = muse.app.get(Vault, { strict: false });
    await muse.app.get(Database, { strict: false }).transaction((tx) => vault.shred(tx, buyer.id));
    expect([await reasons(cancelled), await reasons(overridden), await notes()]).toEqual([null, null, []]);
    // The store may go on noting: under its own key.
    await merchant(overridden, '/notes', { body: 'Closed' }).expect(201);
    expect(await notes()).toMatchObject([{ body: 'Closed' }]);
    await merchant(overridden, '/cancel', { reason: 'Out of stock' }).expect(200);
    expect(await reasons(overridden)).toBeNull();
  });

  it('has private notes that its buyer never sees, and that are removed for good', async () => {
    const order = await world.buy();
    const { body: first } = await merchant(order, '/notes', { body: ' Wrap it ' }).expect(201);
    await merchant(order, '/notes', { body: 'Call before' }).expect(201);
    const list = async (rest = '') =>
      (await world.shop.merchant.get(world.at(order, `/notes${rest}`)).expect(200)).body;
    expect((await list()).data.map((note: Body) => note.body)).toEqual(['Wrap it', 'Call before']);
    const page = await list('?limit=1');
    expect((await list(`?limit=1&cursor=${page.nextCursor}`)).data).toMatchObject([{ body: 'Call before' }]);
    for (const body of [{}, { body: '' }, { body: 'x'.repeat(2001) }, { body: 'card 4242 4242 4242 4242' }])
      await merchant(order, '/notes', body).expect(400);
    expect(JSON.stringify([await world.read(order), await world.history(order)])).not.toContain('Wrap it');
    expect((await world.read(order)).version).toBe(order.version);
    const at = world.at(order, `/notes/${first.id}`);
    // Not by way of another order of the store.
    await world.shop.merchant.delete(world.at(await world.buy(), `/notes/${first.id}`)).expect(404);
    await world.shop.merchant.delete(at).expect(204);
    await world.shop.merchant.delete(at).expect(404);
    expect((await list()).data).toMatchObject([{ body: 'Call before' }]);
  });

  it('counts for its merchant, by state, and for nobody else', async () => {
    const shop = await openShop(muse);
    const of = async () => (await shop.merchant.get(`/merchant/stores/${shop.storeId}/orders/counts`).expect(200)).body;
    const none = await of();
    expect([none.total, new Set(Object.values(none.byStatus))]).toEqual([0, new Set([0])]);
    const buyer = await guest(muse);
    for (let n = 0; n < 3; n++) {
      await addVariant(buyer, shop.variantIds[0]);
      const order = await orderOf(buyer, await checkoutToPlaced(buyer));
      if (n === 0) await shop.merchant.post(`/merchant/stores/${shop.storeId}/orders/${order.id}/confirm`).expect(200);
    }
    expect(await of()).toEqual({ total: 3, byStatus: { ...none.byStatus, pending: 2, confirmed: 1 } });
    await world.shop.merchant.get(`/merchant/stores/${shop.storeId}/orders/counts`).expect(404);
  });

  it('is not found by way of another store of its own merchant', async () => {
    const order = await world.bring('shipped');
    const { id: elsewhere } = await makeStore(muse, {
      ...{ kind: 'user', id: world.shop.merchant.id, roles: ['shopper', 'merchant'], privacy: 'standard' },
    } as never);
    const { body: note } = await merchant(order, '/notes', { body: 'n' }).expect(201);
    const at = (rest: string) => `/merchant/stores/${elsewhere}/orders/${order.id}${rest}`;
    const before = await world.read(order);
    const mine = world.shop.merchant;
    const answers = [
      ...[await mine.get(at('')), await mine.get(at('/history')), await mine.get(at('/notes'))],
      ...[await mine.post(at('/confirm')), await mine.post(at('/cancel'), { reason: 'r' })],
      ...[await mine.post(at('/ship'), parcel()), await mine.post(at('/delivered')), await mine.post(at('/complete'))],
      ...[await mine.post(at('/notes'), { body: 'n' }), await mine.delete(at(`/notes/${note.id}`))],
    ];
    expect(statusesOf(answers)).toEqual(Array(answers.length).fill(404));
    expect(await world.read(order)).toEqual(before);
    expect((await mine.get(`/merchant/stores/${elsewhere}/orders/counts`).expect(200)).body.total).toBe(0);
    const stranger = await guest(muse);
    for (const answer of [
      await stranger.put(`/orders/${order.id}/received`),
      await stranger.post(`/orders/${order.id}/complete`),
      await stranger.put(`/orders/${order.id}/cancel`, {}),
    ])
      expect(answer.status).toBe(404);
  });

  it('is received, marked and cancelled by whoever holds a token that stands for its buyer, and who stays nobody', async () => {
    const holder = async (order: Body, acts: boolean) => {
      const token = await orderToken(muse, order.id);
      await sql(
        muse,
        'UPDATE order_access_tokens SET acts = $2 WHERE id = (SELECT id FROM order_access_tokens WHERE order_id = $1 ORDER BY id DESC LIMIT 1)',
        [order.id, acts],
      );
      return shopperOf(muse, '', { authorization: `Bearer ${token}` });
    };
    const order = await world.bring('shipped');
    const onlooker = await holder(order, false);
    await onlooker.put(`/orders/${order.id}/received`).expect(404);
    await onlooker.post(`/orders/${order.id}/complete`).expect(404);
    expect((await world.read(order)).status).toBe('shipped');
    const acting = await holder(order, true);
    expect((await acting.put(`/orders/${order.id}/received`).expect(200)).body.status).toBe('delivered');
    const key = { 'idempotency-key': randomUUID() };
    const { body } = await acting.post(`/orders/${order.id}/complete`, {}, key).expect(200);
    expect(body.buyerCompletedAt).not.toBeNull();
    const [{ actors }] = await sql(
      muse,
      `SELECT array_agg(DISTINCT actor_id) AS actors FROM order_events WHERE order_id = $1 AND actor = 'buyer'`,
      [order.id],
    );
    expect(actors).toEqual([null]);
    const other = await world.bring('confirmed');
    await acting.put(`/orders/${other.id}/cancel`, {}).expect(404);
    const whose = await holder(other, true);
    // What they say is told to the store sealed, and not kept here.
    await whose.put(`/orders/${other.id}/cancel`, { reason: 'No more' }).expect(422);
    expect((await world.read(other)).status).toBe('confirmed');
    await whose.put(`/orders/${other.id}/cancel`, {}).expect(200);
    expect((await world.check(other)).status).toBe('cancelled');
  });

  it('is received only in the version that was seen, where one is named', async () => {
    const order = await world.bring('shipped');
    await world.buyer.put(`/orders/${order.id}/received`, {}, { 'if-match': '"1"' }).expect(412);
    await world.buyer.put(`/orders/${order.id}/received`, {}, { 'if-match': `"${order.version}"` }).expect(200);
  });

  it('that a guest bought counts for the account that the guest becomes', async () => {
    const somebody = await guest(muse);
    await addVariant(somebody, world.shop.variantIds[0]);
    const order = await orderOf(somebody, await checkoutToPlaced(somebody));
    await merchant(order, '/ship', parcel()).expect(200);
    await somebody.put(`/orders/${order.id}/received`).expect(200);
    await somebody.post(`/orders/${order.id}/complete`).expect(200);
    await merchant(order, '/complete').expect(200);
    const { body } = await muse.http
      .post(`${API}/auth/register`)
      .set(somebody.headers)
      .send({ email: `${randomUUID().slice(0, 8)}@example.com`, password: 'correct horse battery' })
      .expect(201);
    const [sale] = await sql(muse, 'SELECT buyer_user_id FROM verified_sales WHERE order_id = $1', [order.id]);
    expect(sale.buyer_user_id).toBe(body.user.id);
  });
});
