import { randomUUID } from 'node:crypto';
import { PlacementRunner } from '../../src/checkout-session/placement-runner';
import { startApp, type RunningApp } from '../support/app';
import { openPartner, openShop, type Shop } from '../support/market';
import { ScriptedStrategy, UNAVAILABLE, withStrategies } from '../support/scripted-strategy';
import { makeUser, signIn, usd } from '../support/sellers';
import {
  addDescribed,
  addVariant,
  cartOf,
  eventually,
  checkoutToPlaced,
  customer,
  guest,
  linesOf,
  place,
  readySession,
  settled,
  shopperOf,
  sql,
  statusesOf,
  type Body,
  type Shopper,
} from '../support/shopper';

describe('A placement whose outcome nobody can know', () => {
  let muse: RunningApp;
  let scripted: ScriptedStrategy;
  let shop: Shop;
  let support: Shopper;
  let shopper: Shopper;
  let store: { id: string; name: string; hosts: string[] };

  beforeAll(async () => {
    scripted = new ScriptedStrategy('headless', false);
    muse = await startApp({}, withStrategies(scripted, new ScriptedStrategy('oauth_api', false, false)));
    const agent = await makeUser(muse, 'support');
    support = shopperOf(muse, agent.id, await signIn(muse, agent));
    shop = await openShop(muse);
  });
  beforeEach(async () => {
    shopper = await guest(muse);
    store = await openPartner(muse, { tier: 'headless' });
  });

  const lost = () => {
    throw new Error('ETIMEDOUT while talking to secret.example');
  };
  /** A checkout at a store whose connection breaks, and the placement that support sees then. */
  const uncertain = async (): Promise<{ status: Body; placement: Body }> => {
    scripted.will(store.id, lost);
    await addDescribed(shopper, store, { productSku: 'A-1', quantity: 2 });
    const status = await checkoutToPlaced(shopper);
    const { body } = await support.get('/admin/placements?status=needs_attention').expect(200);
    return { status, placement: body.data.find((one: Body) => one.sessionId === status.id) };
  };
  const resolve = (id: string, body: object, who = support) => who.post(`/admin/placements/${id}/resolve`, body);
  const reason = 'Called the store';
  const statusOf = async (id: string): Promise<Body> =>
    (await shopper.get(`/checkout/sessions/${id}/status`).expect(200)).body;
  const skus = async () => linesOf(await cartOf(shopper)).map((line) => [line.productSku, line.quantity]);

  it('is neither repeated nor given to another tier, but shown to support with what is known of it', async () => {
    const { status, placement } = await uncertain();
    expect(status).toMatchObject({
      status: 'needs_attention',
      completedAt: null,
      stores: [{ status: 'needs_attention', order: null, failure: null }],
    });
    expect(status.stores[0].message).toContain(store.name);
    expect(placement).toMatchObject({
      ...{
        storeId: store.id,
        storeName: store.name,
        tier: 'headless',
        status: 'needs_attention',
        storeStatus: 'needs_attention',
      },
      ...{ attempts: 1, total: usd(2600), outcome: null, finishedAt: null, sessionName: expect.stringMatching(/^cs_/) },
      evidence: [{ at: expect.any(String), attempt: 1, tier: 'headless', reason: 'Error' }],
    });
    expect(JSON.stringify(placement)).not.toMatch(/secret|Ana|Fifth/);
    expect(scripted.askedOf(store.id)).toHaveLength(1);
    await muse.app.get(PlacementRunner, { strict: false }).runOnce(placement.id);
    expect(scripted.askedOf(store.id)).toHaveLength(1);
  });

  it('keeps its lines from being offered again until it is resolved', async () => {
    const { placement } = await uncertain();
    expect((await cartOf(shopper)).problems).toMatchObject([{ code: 'being_placed' }]);
    await shopper.post('/checkout/sessions', {}).expect(409);
    await resolve(placement.id, { outcome: 'not_placed', reason }).expect(200);
    expect(await cartOf(shopper)).toMatchObject({ itemCount: 1, problems: [] });
    await shopper.post('/checkout/sessions', {}).expect(201);
  });

  it('becomes the order that the store has', async () => {
    const { status, placement } = await uncertain();
    const body = { outcome: 'placed', storeOrderNumber: 'ND-777', reason };
    const { body: resolved } = await resolve(placement.id, body).expect(200);
    expect(resolved).toMatchObject({
      id: placement.id,
      status: 'done',
      storeStatus: 'placed',
      finishedAt: expect.any(String),
    });
    expect(resolved.evidence).toMatchObject([{ attempt: 1 }, { by: support.id, outcome: 'placed', reason }]);
    const after = await statusOf(status.id);
    expect(after).toMatchObject({
      status: 'completed',
      stores: [{ status: 'placed', order: { storeOrderNumber: 'ND-777' } }],
    });
    const { body: order } = await shopper.get(`/orders/${after.stores[0].order.id}`).expect(200);
    expect(order).toMatchObject({
      status: 'confirmed',
      total: usd(2600),
      checkoutMethod: 'headless',
      storeOrderNumber: 'ND-777',
    });
    expect((await shopper.get(`/orders/${order.id}/history`).expect(200)).body.data).toMatchObject([
      { type: 'placed', actor: 'support' },
    ]);
    expect(await skus()).toEqual([]);
  });

  it('fails when the store has none, and its lines come back', async () => {
    const { status, placement } = await uncertain();
    await resolve(placement.id, { outcome: 'not_placed', reason }).expect(200);
    expect(await statusOf(status.id)).toMatchObject({
      status: 'failed',
      stores: [{ status: 'failed', failure: { code: 'not_placed' }, order: null }],
    });
    expect(await skus()).toEqual([['A-1', 2]]);
    expect((await shopper.get('/orders').expect(200)).body.data).toEqual([]);
  });

  it('is resolved once, also by two at the same time', async () => {
    const { status, placement } = await uncertain();
    const answers = await Promise.all([
      resolve(placement.id, { outcome: 'placed', reason }),
      resolve(placement.id, { outcome: 'not_placed', reason }),
      resolve(placement.id, { outcome: 'placed', reason }),
    ]);
    expect(statusesOf(answers)).toEqual([200, 409, 409]);
    const { body } = await resolve(placement.id, { outcome: 'placed', reason }).expect(409);
    expect(body.code).toBe('nothing_to_resolve');
    const orders = (await shopper.get('/orders').expect(200)).body.data;
    expect(orders).toHaveLength((await statusOf(status.id)).status === 'completed' ? 1 : 0);
  });

  it('does not hold up the other stores of the checkout', async () => {
    scripted.will(store.id, lost);
    await addDescribed(shopper, store);
    await addVariant(shopper, shop.variantIds[0]);
    const status = await checkoutToPlaced(shopper);
    expect(status).toMatchObject({
      status: 'needs_attention',
      stores: [{ status: 'needs_attention' }, { status: 'placed' }],
    });
  });

  it('is for support and admins alone to see and resolve', async () => {
    const { placement } = await uncertain();
    const admin = await makeUser(muse, 'admin');
    for (const who of [shopper, await customer(muse), shop.merchant]) {
      await who.get('/admin/placements').expect(403);
      await resolve(placement.id, { outcome: 'placed', reason }, who).expect(403);
    }
    await muse.http.get('/api/v1/admin/placements').expect(401);
    await resolve(randomUUID(), { outcome: 'placed', reason }).expect(404);
    await resolve(
      placement.id,
      { outcome: 'placed', reason },
      shopperOf(muse, admin.id, await signIn(muse, admin)),
    ).expect(200);
  });

  it('is not resolved without a reason, nor with an order number of no order', async () => {
    const { placement } = await uncertain();
    for (const wrong of [{}, { outcome: 'placed' }, { outcome: 'maybe', reason }, { outcome: 'placed', reason: 'x' }])
      await resolve(placement.id, wrong).expect(400);
    await resolve(placement.id, { outcome: 'not_placed', storeOrderNumber: 'X-1', reason }).expect(422);
    const { body } = await support.get('/admin/placements?status=needs_attention&limit=100').expect(200);
    expect(body.data.map((one: Body) => one.id)).toContain(placement.id);
  });

  it('is what a try ends as that was begun and never came back', async () => {
    await addDescribed(shopper, store);
    const session = await readySession(shopper);
    let arrived!: () => void;
    const begun = new Promise<void>((go) => (arrived = go));
    let answer!: () => void;
    scripted.will(store.id, async () => {
      arrived();
      await new Promise<void>((go) => (answer = go));
      return { type: 'placed', storeOrderNumber: 'LATE-1', placedAtStore: true };
    });
    await place(shopper, session).expect(202);
    await begun;
    // Its worker is dead as far as the database knows; the sweeper gives it to another.
    await sql(
      muse,
      `UPDATE placements SET lease_until = now() - interval '5 seconds', lease_token = $2 WHERE session_id = $1`,
      [session.id, randomUUID()],
    );
    expect(await settled(shopper, session.id)).toMatchObject({ status: 'needs_attention' });
    expect(scripted.askedOf(store.id)).toHaveLength(1);
    answer();
  });

  it('is not what a store that is known to be unavailable comes to: the next tier takes over', async () => {
    scripted.will(store.id, () => UNAVAILABLE);
    await addDescribed(shopper, store);
    const status = await checkoutToPlaced(shopper);
    expect(status).toMatchObject({
      status: 'completed',
      stores: [{ status: 'continue_at_store', continueUrl: expect.any(String) }],
    });
    const [row] = await sql(muse, 'SELECT tier, attempts, evidence FROM placements WHERE session_id = $1', [status.id]);
    expect(row).toMatchObject({
      tier: 'redirect',
      attempts: 2,
      evidence: [{ tier: 'headless', reason: 'store_down' }],
    });
  });

  it('is listed by page, newest first', async () => {
    const first = (await uncertain()).placement.id;
    shopper = await guest(muse);
    const second = (await uncertain()).placement.id;
    const { body: page } = await support.get('/admin/placements?status=needs_attention&limit=1').expect(200);
    expect(page.data.map((one: Body) => one.id)).toEqual([second]);
    const { body: next } = await support
      .get(`/admin/placements?status=needs_attention&limit=1&cursor=${page.nextCursor}`)
      .expect(200);
    expect(next.data.map((one: Body) => one.id)).toEqual([first]);
    await support.get('/admin/placements?status=lost').expect(400);
  });

  it('asks for a new quote before it is placed, where only the store can give one', async () => {
    store = await openPartner(muse, { tier: 'oauth_api' });
    await addDescribed(shopper, store);
    const { id } = await readySession(shopper);
    const quoted = () =>
      eventually(async () => {
        const { body } = await shopper.get(`/checkout/sessions/${id}`).expect(200);
        return body.stores[0].status === 'waiting' && body;
      });
    const session = await quoted();
    await sql(muse, `UPDATE store_checkouts SET quote_expires_at = now() - interval '1 second' WHERE session_id = $1`, [
      session.id,
    ]);
    const { body } = await place(shopper, session).expect(409);
    expect(body).toMatchObject({ code: 'quote_expired', storeIds: [store.id] });
    // It is being asked already.
    await place(shopper, await quoted()).expect(202);
    expect(await settled(shopper, session.id)).toMatchObject({ status: 'completed' });
  });
});
