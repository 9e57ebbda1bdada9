import { randomUUID } from 'node:crypto';
import { SessionExpiry } from '../../src/checkout-session/session-expiry';
import { startApp, type RunningApp } from '../support/app';
import { openPartner, openShop, postVesRate, type Shop } from '../support/market';
import { usd } from '../support/sellers';
import {
  ADDRESS,
  addDescribed,
  addVariant,
  begin,
  cartOf,
  checkoutToPlaced,
  customer,
  followed,
  guest,
  linesOf,
  place,
  settled,
  sql,
  statusesOf,
  type Body,
  type Shopper,
} from '../support/shopper';

/** What the shopper is given to follow. */
const LINK = /^http:\/\/127\.0\.0\.1:\d+\/r\/[a-z0-9]{28}$/;

describe('A hand-off to a store’s own site', () => {
  let muse: RunningApp;
  let shop: Shop;
  let partner: { id: string; name: string; hosts: string[] };
  let shopper: Shopper;

  beforeAll(async () => {
    muse = await startApp();
    shop = await openShop(muse);
    partner = await openPartner(muse);
    await postVesRate(muse, '36.5');
  });
  beforeEach(async () => {
    shopper = await guest(muse);
  });

  /** A filled cart at the partner store; gives its hand-off and the checkout's status. */
  const handOff = async (item: object = {}): Promise<{ id: string; status: Body }> => {
    await addDescribed(shopper, partner, item);
    const status = await checkoutToPlaced(shopper);
    return { id: status.stores[0].handoffId, status };
  };
  const ordered = (id: string, body: object = {}, more = {}) => shopper.post(`/handoffs/${id}/ordered`, body, more);
  const quantities = async () => linesOf(await cartOf(shopper)).map((line) => [line.productSku, line.quantity]);
  const overdue = (id: string) =>
    sql(muse, `UPDATE handoffs SET expires_at = now() - interval '1 second' WHERE id = $1`, [id]);

  it('shows what is in the cart over there, and holds a link to it', async () => {
    const item = { productSku: 'A-1', size: 'M', quantity: 2, productUrl: `https://${partner.hosts[0]}/p/a-1` };
    const { id, status } = await handOff(item);
    expect(status).toMatchObject({
      status: 'completed',
      stores: [{ status: 'continue_at_store', order: null, continueUrl: expect.stringMatching(LINK) }],
    });
    const { body } = await shopper.get(`/handoffs/${id}`).expect(200);
    expect(await followed(body.continueUrl)).toBe(item.productUrl);
    expect(body).toEqual({
      ...{
        id,
        store: { id: partner.id, name: partner.name },
        continueUrl: status.stores[0].continueUrl,
        status: 'waiting',
        orderId: null,
        handoff: {
          ...{ kind: 'product_page', warnings: expect.any(Array), carries: [] },
          productLinks: [{ itemId: expect.any(String), name: 'Linen shirt', url: `${status.stores[0].continueUrl}/1` }],
        },
      },
      ...{ opens: 0, firstOpenedAt: null, lastOpenedAt: null, affiliateDisclosure: null },
      expiresAt: expect.any(String),
      items: [{ productName: 'Linen shirt', ...item, color: null, unitPrice: usd(1000) }],
    });
    expect(new Date(body.expiresAt).getTime()).toBeGreaterThan(Date.now() + 71 * 3_600_000);
    expect(await quantities()).toEqual([]);
    expect((await shopper.get('/orders').expect(200)).body.data).toEqual([]);
  });

  it('opens the store with its cart filled, where the store’s links can do that', async () => {
    const host = `${randomUUID().slice(0, 8)}.example`;
    const cartLink = {
      template: `https://${host}/cart/{items}?ref={clickId}`,
      item: '{sku}:{quantity}',
      separator: ',',
    };
    const filled = await openPartner(muse, { hosts: [host], url: `https://${host}`, cartLink });
    await addDescribed(shopper, filled, { productSku: 'A 1', quantity: 2 });
    await addDescribed(shopper, filled, { productSku: 'B&2', quantity: 1 });
    const { stores } = await checkoutToPlaced(shopper);
    expect(await followed(stores[0].continueUrl)).toMatch(
      new RegExp(`^https://${host}/cart/A%201:2,B%262:1\\?ref=[a-z0-9]{28}$`),
    );
  });

  it('becomes a confirmed order with the store’s number', async () => {
    const { id, status } = await handOff({ quantity: 2 });
    const { body: order } = await ordered(id, { storeOrderNumber: ' ON-20394 ' }).expect(201);
    expect(order).toMatchObject({
      ...{
        storeOrderNumber: 'ON-20394',
        status: 'confirmed',
        paymentStatus: 'at_store',
        checkoutMethod: 'redirect',
        settlement: 'at_store',
      },
      ...{
        total: usd(2600),
        totalIn: { VES: { amount: 94_900 } },
        checkoutSessionId: status.id,
        shippingAddress: ADDRESS,
      },
      ...{ confirmedAt: expect.any(String), allowedActions: [] },
    });
    const after = (await shopper.get(`/checkout/sessions/${status.id}/status`).expect(200)).body;
    expect(after).toMatchObject({
      status: 'completed',
      stores: [{ status: 'placed', continueUrl: null, order: { id: order.id, number: order.number } }],
    });
    expect((await shopper.get(`/handoffs/${id}`).expect(200)).body).toMatchObject({
      status: 'ordered',
      orderId: order.id,
    });
    expect(await quantities()).toEqual([]);
  });

  it('becomes an order that waits for its number, and is confirmed when that is known', async () => {
    const { id } = await handOff();
    const { body: order } = await ordered(id).expect(201);
    expect(order).toMatchObject({
      status: 'awaiting_store',
      storeOrderNumber: null,
      confirmedAt: null,
      allowedActions: ['cancel'],
    });
    const { body: known } = await ordered(id, { storeOrderNumber: 'ON-1' }).expect(201);
    expect(known).toMatchObject({ id: order.id, status: 'confirmed', storeOrderNumber: 'ON-1' });
    // Another number later changes nothing.
    expect((await ordered(id, { storeOrderNumber: 'ON-2' }).expect(201)).body.storeOrderNumber).toBe('ON-1');
    const { body: history } = await shopper.get(`/orders/${order.id}/history`).expect(200);
    expect(history.data.map((entry: Body) => [entry.type, entry.actor])).toEqual([
      ['placed', 'buyer'],
      ['confirmed', 'buyer'],
    ]);
  });

  it('is one order however often and however quickly it is declared', async () => {
    const { id } = await handOff();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => ordered(id, n % 2 ? { storeOrderNumber: 'ON-7' } : {})),
    );
    expect(answers.map((answer) => answer.status)).toEqual(Array(10).fill(201));
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    const { body } = await shopper.get('/orders').expect(200);
    expect(body.data).toMatchObject([{ status: 'confirmed', storeOrderNumber: 'ON-7' }]);
  });

  it('takes no number that is none', async () => {
    const { id } = await handOff();
    for (const storeOrderNumber of ['', ' ', '<b>1</b>', 'x'.repeat(101), 7, {}, 'a\nb'])
      await ordered(id, { storeOrderNumber }).expect(400);
    expect((await shopper.get(`/handoffs/${id}`).expect(200)).body.status).toBe('waiting');
  });

  it('gives its lines back when the shopper changes their mind, adding up with what is there by now', async () => {
    const { id, status } = await handOff({ productSku: 'A-1', quantity: 2 });
    await addDescribed(shopper, partner, { productSku: 'A-1', quantity: 3, price: usd(1200) });
    for (let times = 0; times < 2; times++) {
      expect((await shopper.post(`/handoffs/${id}/abandon`).expect(200)).body).toMatchObject({
        id,
        status: 'abandoned',
        orderId: null,
      });
      expect(await quantities()).toEqual([['A-1', 5]]);
    }
    const after = (await shopper.get(`/checkout/sessions/${status.id}/status`).expect(200)).body;
    expect(after).toMatchObject({
      status: 'failed',
      stores: [{ status: 'cancelled', order: null, continueUrl: null }],
    });
    const { body } = await ordered(id).expect(409);
    expect(body).toMatchObject({ code: 'handoff_over', handoffStatus: 'abandoned' });
    expect(linesOf(await begin(shopper))).toMatchObject([{ quantity: 5 }]);
  });

  it('ends alone: what the other store of the checkout placed stays placed', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const { status } = await handOff({ productSku: 'A-1' });
    const handedOff = status.stores.find((store: Body) => store.handoffId !== null);
    await shopper.post(`/handoffs/${handedOff.handoffId}/abandon`).expect(200);
    const after = (await shopper.get(`/checkout/sessions/${status.id}/status`).expect(200)).body;
    expect(after).toMatchObject({
      status: 'partially_completed',
      stores: [{ status: 'placed' }, { status: 'cancelled' }],
    });
    expect(await quantities()).toEqual([['A-1', 1]]);
  });

  it('gives its lines back when it expires, once', async () => {
    const { id, status } = await handOff({ productSku: 'A-1', quantity: 2 });
    const expire = () => muse.app.get(SessionExpiry, { strict: false }).expireHandoffs();
    await expire();
    expect(await quantities()).toEqual([]);
    await overdue(id);
    await Promise.all([expire(), expire(), expire()]);
    expect(await quantities()).toEqual([['A-1', 2]]);
    expect((await shopper.get(`/handoffs/${id}`).expect(200)).body.status).toBe('expired');
    const after = (await shopper.get(`/checkout/sessions/${status.id}/status`).expect(200)).body;
    expect(after).toMatchObject({ status: 'failed', stores: [{ status: 'cancelled' }] });
    expect((await ordered(id).expect(409)).body).toMatchObject({ handoffStatus: 'expired' });
  });

  it('either becomes an order or gives its lines back, whichever comes first', async () => {
    for (let round = 0; round < 4; round++) {
      shopper = await guest(muse);
      const { id } = await handOff({ productSku: 'A-1' });
      const [order, abandoned] = await Promise.all([ordered(id), shopper.post(`/handoffs/${id}/abandon`)]);
      expect(statusesOf([order, abandoned])).toEqual(order.status === 201 ? [201, 409] : [200, 409]);
      expect(await quantities()).toEqual(order.status === 201 ? [] : [['A-1', 1]]);
      expect((await shopper.get('/orders').expect(200)).body.data).toHaveLength(order.status === 201 ? 1 : 0);
    }
  });

  it('of another shopper is not found, like an unknown one, and stays', async () => {
    const { id } = await handOff();
    const stranger = await customer(muse);
    const details = new Set<string>();
    for (const target of [id, randomUUID()]) {
      for (const attempt of [
        stranger.get(`/handoffs/${target}`),
        stranger.post(`/handoffs/${target}/ordered`, { storeOrderNumber: 'X-1' }),
        stranger.post(`/handoffs/${target}/abandon`),
      ])
        details.add((await attempt.expect(404)).body.detail);
    }
    expect(details.size).toBe(1);
    expect((await shopper.get(`/handoffs/${id}`).expect(200)).body.status).toBe('waiting');
  });

  it('follows a guest who signs in', async () => {
    const { id } = await handOff();
    const account = { email: `${shopper.id}@example.com`, password: 'a long passphrase' };
    const { body } = await shopper.post('/auth/register', account).expect(201);
    shopper.headers['authorization'] = `Bearer ${body.accessToken}`;
    const { body: order } = await ordered(id, { storeOrderNumber: 'ON-9' }).expect(201);
    expect(order).toMatchObject({ status: 'confirmed', shippingAddress: ADDRESS });
  });

  it('needs no address: the store asks for it itself', async () => {
    await addDescribed(shopper, partner);
    const session = await begin(shopper);
    expect(session).toMatchObject({ readyToPlace: true, requiredFields: [] });
    await place(shopper, session).expect(202);
    const { stores } = await settled(shopper, session.id);
    expect((await ordered(stores[0].handoffId).expect(201)).body).toMatchObject({
      shippingAddress: null,
      status: 'awaiting_store',
    });
  });
});
