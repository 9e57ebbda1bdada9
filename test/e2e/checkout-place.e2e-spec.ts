import { randomUUID } from 'node:crypto';
import { PlacementRunner } from '../../src/checkout-session/placement-runner';
import { startApp, type RunningApp } from '../support/app';
import { openPartner, openShop, postVesRate, type Shop } from '../support/market';
import { usd } from '../support/sellers';
import {
  followed,
  PAID_LATER,
  ADDRESS,
  CONTACT,
  addDescribed,
  addVariant,
  begin,
  cartOf,
  customer,
  giveAddress,
  guest,
  linesOf,
  orderOf,
  place,
  readySession,
  settled,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';

describe('Placing a checkout over HTTP', () => {
  let muse: RunningApp;
  let shop: Shop;
  let partner: { id: string; hosts: string[] };
  let shopper: Shopper;

  beforeAll(async () => {
    // No worker: each test says when the placements run.
    muse = await startApp({ MUSE_ROLE: 'api' });
    partner = await openPartner(muse);
    await postVesRate(muse, '36.5');
  });
  beforeEach(async () => {
    shop = await openShop(muse);
    shopper = await guest(muse);
  });

  it('is refused to access tokens from before signing out everywhere', async () => {
    const ana = await customer(muse);
    await addVariant(ana, shop.variantIds[0]);
    const session = await readySession(ana);
    await ana.post('/auth/logout-everywhere').expect(204);
    expect((await place(ana, session).expect(401)).body.code).toBe('unauthenticated');
    expect(await placementsOf(session.id)).toEqual([]);
  });

  const placementsOf = (sessionId: string) =>
    sql(muse, 'SELECT id, status, attempts FROM placements WHERE session_id = $1 ORDER BY id', [sessionId]);
  const runPlacements = async (sessionId: string) => {
    const runner = muse.app.get(PlacementRunner, { strict: false });
    await Promise.all((await placementsOf(sessionId)).map(({ id }) => runner.runOnce(id)));
  };
  const nothingBought = async (session: Body) => {
    expect(await placementsOf(session.id)).toEqual([]);
    expect((await shopper.get('/orders').expect(200)).body.data).toEqual([]);
    expect((await shopper.get(`/checkout/sessions/${session.id}`).expect(200)).body.status).toBe('pending');
    expect(
      await sql(muse, `SELECT 1 FROM holds WHERE session_id = $1 AND status IN ('committed', 'sold')`, [session.id]),
    ).toEqual([]);
  };

  it('makes one order per store, with everything that was agreed', async () => {
    await addVariant(shopper, shop.variantIds[0], 2);
    await addDescribed(shopper, partner);
    const session = await readySession(shopper);
    const instructions = { note: 'Ring twice', gift: { message: 'For you', wrap: true }, deliveryNote: 'Porter' };
    await shopper.put(`/checkout/sessions/${session.id}/stores/${shop.storeId}`, instructions).expect(200);
    const answer = await place(shopper, session).expect(202);
    expect(answer.body).toMatchObject({
      id: session.id,
      status: 'processing',
      startedAt: expect.any(String),
      completedAt: null,
    });
    expect(answer.body.stores.map((store: Body) => store.status)).toEqual(['waiting', 'waiting']);
    await runPlacements(session.id);
    const status = await settled(shopper, session.id);
    expect(status).toMatchObject({
      ...{ status: 'completed', completedAt: expect.any(String), action: null },
      stores: [
        { storeId: shop.storeId, status: 'placed', continueUrl: null, failure: null, conversationId: null },
        {
          storeId: partner.id,
          status: 'continue_at_store',
          order: null,
          continueUrl: expect.any(String),
        },
      ],
    });
    expect(await followed(status.stores[1].continueUrl)).toContain(`https://${partner.hosts[0]!}/`);
    const order = await orderOf(shopper, status);
    expect(order).toMatchObject({
      ...{
        number: expect.stringMatching(/^M-[0-9A-Z]{5}-[0-9A-Z]{5}$/i),
        storeOrderNumber: null,
        checkoutSessionId: session.id,
      },
      ...{
        status: 'pending',
        paymentStatus: 'unpaid',
        checkoutMethod: 'direct',
        settlement: 'pay_later',
        payment: null,
      },
      ...{ subtotal: usd(2000), discount: usd(0), shipping: usd(500), tax: usd(0), total: usd(2500), fees: [] },
      ...{
        totalIn: { VES: { amount: 91_250, currency: 'VES', rateId: session.rates[0].id } },
        verifiedSale: false,
        version: 1,
      },
      ...{ shippingAddress: ADDRESS, billingAddress: ADDRESS, instructions, allowedActions: ['cancel'], parcels: [] },
      items: [
        {
          productName: 'Linen shirt',
          productSku: 'SHIRT-M',
          size: 'M',
          quantity: 2,
          unitPrice: usd(1000),
          lineTotal: usd(2000),
          status: 'ordered',
        },
      ],
    });
    expect(order.estimatedDelivery).toEqual(session.stores[0].estimatedDelivery);
    expect(await shop.stockOf(shop.variantIds[0])).toEqual([98, 0]);
    expect(await cartOf(shopper)).toMatchObject({ itemCount: 0 });
  });

  it('buys nothing where the total is another than the shopper saw', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const session = await readySession(shopper);
    for (const expectedTotal of [usd(1499), usd(1501), { amount: 1500, currency: 'EUR' }]) {
      const { body } = await place(shopper, { id: session.id, total: expectedTotal }).expect(409);
      expect(body).toMatchObject({ code: 'total_changed', expected: expectedTotal, actual: usd(1500) });
    }
    await nothingBought(session);
  });

  it('takes quotes that are over anew, and buys nothing where that moves the total', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const session = await readySession(shopper);
    await shop.reprice(shop.variantIds[0], 1234);
    await sql(muse, `UPDATE store_checkouts SET quote_expires_at = now() - interval '1 second' WHERE session_id = $1`, [
      session.id,
    ]);
    const { body } = await place(shopper, session).expect(409);
    expect(body).toMatchObject({ code: 'total_changed', expected: usd(1500), actual: usd(1734) });
    await nothingBought(session);
    const seen = (await shopper.get(`/checkout/sessions/${session.id}`).expect(200)).body;
    expect(seen).toMatchObject({
      total: usd(1734),
      problems: [{ code: 'price_changed', was: usd(1000), now: usd(1234) }, PAID_LATER],
    });
    await place(shopper, seen).expect(202);
  });

  it('takes quotes that are over anew, and goes on where the total is the same', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const session = await readySession(shopper);
    await sql(muse, `UPDATE store_checkouts SET quote_expires_at = now() - interval '1 second' WHERE session_id = $1`, [
      session.id,
    ]);
    await place(shopper, session).expect(202);
  });

  it('says what is missing', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const session = await begin(shopper);
    const { body } = await place(shopper, session).expect(422);
    expect(body.code).toBe('incomplete');
    expect(body.errors.map((error: Body) => error.pointer)).toEqual(['/shippingAddress', '/contact/email']);
    await shopper.put(`/checkout/sessions/${session.id}/stores/${shop.storeId}`, { included: false }).expect(200);
    const none = await place(shopper, { id: session.id, total: usd(0) }).expect(422);
    expect(none.body.errors).toMatchObject([{ pointer: '/stores' }]);
    await nothingBought(session);
  });

  it('says which goods are gone', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    await addVariant(shopper, shop.variantIds[1]);
    const session = await readySession(shopper);
    const at = `/merchant/stores/${shop.storeId}/variants/${shop.variantIds[1]}`;
    await shop.merchant.delete(at).expect(204);
    const { body: refreshed } = await shopper.post(`/checkout/sessions/${session.id}/refresh`).expect(200);
    expect(refreshed).toMatchObject({ total: usd(1500), readyToPlace: false });
    const { body } = await place(shopper, refreshed).expect(422);
    expect(body).toMatchObject({
      code: 'incomplete',
      problems: [{ code: 'unavailable', itemId: linesOf(session)[1].id }],
    });
    await nothingBought(session);
  });

  it('fails at a store that has sold its goods elsewhere meanwhile, and that store’s lines come back', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    await addDescribed(shopper, partner);
    const session = await readySession(shopper);
    await place(shopper, session).expect(202);
    await shop.merchant.delete(`/merchant/stores/${shop.storeId}/variants/${shop.variantIds[0]}`).expect(204);
    await runPlacements(session.id);
    expect(await settled(shopper, session.id)).toMatchObject({
      status: 'partially_completed',
      stores: [{ status: 'failed', failure: { code: 'unavailable' }, order: null }, { status: 'continue_at_store' }],
    });
    expect(linesOf(await cartOf(shopper))).toMatchObject([{ variantId: shop.variantIds[0] }]);
    expect(await shop.stockOf(shop.variantIds[0])).toEqual([100, 0]);
  });

  it('answers its status under every other key, and places nothing again', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const session = await readySession(shopper);
    await place(shopper, session).expect(202);
    const again = await place(shopper, { ...session, total: usd(1) }).expect(202);
    expect(again.body).toMatchObject({ id: session.id, status: 'processing' });
    expect(await placementsOf(session.id)).toHaveLength(1);
    await runPlacements(session.id);
    const later = await place(shopper, session).expect(202);
    expect(later.body).toMatchObject({ status: 'completed', stores: [{ order: { id: expect.any(String) } }] });
    expect((await shopper.get('/orders').expect(200)).body.data).toHaveLength(1);
  });

  it.each(['one key', 'a key each'])('orders once when it is sent twenty times at once, under %s', async (keys) => {
    await addVariant(shopper, shop.variantIds[0]);
    const session = await readySession(shopper);
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => place(shopper, session, keys === 'one key' ? key : randomUUID())),
    );
    for (const answer of answers) expect([202, 409]).toContain(answer.status);
    for (const { body } of answers.filter((answer) => answer.status === 409)) expect(body.code).toBe('still_running');
    expect(answers.some((answer) => answer.status === 202)).toBe(true);
    expect(await placementsOf(session.id)).toHaveLength(1);
    await Promise.all([runPlacements(session.id), runPlacements(session.id)]);
    expect((await shopper.get('/orders').expect(200)).body.data).toHaveLength(1);
    expect(await shop.stockOf(shop.variantIds[0])).toEqual([99, 0]);
  });

  it('cannot be changed, cancelled or refreshed any more', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const session = await readySession(shopper);
    await place(shopper, session).expect(202);
    const at = `/checkout/sessions/${session.id}`;
    for (const attempt of [
      shopper.put(`${at}/items/${linesOf(session)[0].id}`, { quantity: 2 }),
      shopper.put(`${at}/shipping`, { address: ADDRESS, contact: CONTACT }),
      shopper.put(`${at}/stores/${shop.storeId}`, { note: 'x' }),
      shopper.put(`${at}/payment`, { providerToken: 'pm_123456' }),
      shopper.post(`${at}/refresh`),
      shopper.post(`${at}/cancel`),
    ]) {
      expect((await attempt.expect(409)).body.code).toBe('session_placed');
    }
  });

  it('pins the VES rate: a newer one moves neither the session nor the order', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const session = await begin(shopper);
    await postVesRate(muse, '99');
    try {
      const after = await giveAddress(shopper, session.id);
      expect([after.rates, after.totalIn]).toEqual([session.rates, session.totalIn]);
      await place(shopper, after).expect(202);
      await runPlacements(session.id);
      expect((await orderOf(shopper, await settled(shopper, session.id))).totalIn).toEqual(session.totalIn);
      const other = await customer(muse);
      await addVariant(other, shop.variantIds[0]);
      expect((await begin(other)).totalIn.VES.amount).toBe(1500 * 99);
    } finally {
      await postVesRate(muse, '36.5');
    }
  });

  it('records which disclosures the shopper accepted, and requires none', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const session = await readySession(shopper);
    expect(session.disclosures.map((one: Body) => one.code)).toEqual([
      ...['separate_sellers', 'no_arbitration', 'pay_later'],
    ]);
    await place(shopper, session, randomUUID(), { accepted: ['pay_later', 'made_up'] }).expect(202);
    const [{ accepted }] = await sql(muse, 'SELECT accepted FROM checkout_sessions WHERE id = $1', [session.id]);
    expect(accepted).toEqual([{ code: 'pay_later', version: 1, at: expect.any(String) }]);
  });
});
