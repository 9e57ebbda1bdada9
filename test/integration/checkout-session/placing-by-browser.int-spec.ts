import { PlacementRunner } from '../../../src/checkout-session/placement-runner';
import { BrowserPlacing } from '../../../src/store-integrations/strategies/headless/browser-placing';
import { Challenges } from '../../../src/store-integrations/challenges';
import { quoted, runQuotes } from '../../support/api-stores';
import { startApp, type RunningApp } from '../../support/app';
import {
  ONE_TIME_CODE,
  ScriptedAutomation,
  asksFirst,
  clickGoesNowhere,
  clicksUnseen,
  notRun,
  openBrowserStore,
  stops,
  withAutomation,
} from '../../support/scripted-automation';
import {
  followed,
  ADDRESS,
  addDescribed,
  cartOf,
  customer,
  eventually,
  guest,
  linesOf,
  place,
  readySession,
  shopperOf,
  sql,
  statusesOf,
  type Body,
  type Shopper,
} from '../../support/shopper';
import { assertNone, keepSecret, leaksOfDatabase } from '../../support/leaks';
import { makeUser, signIn, usd } from '../../support/sellers';

const stores = new ScriptedAutomation();
let muse: RunningApp;
let shopper: Shopper;
let store: { id: string; name: string; hosts: string[] };

beforeAll(async () => {
  muse = await startApp({ MUSE_ROLE: 'api' }, withAutomation(stores));
});
beforeEach(async () => {
  shopper = await customer(muse);
  store = await openBrowserStore(muse);
  challenges().waitMs = 60_000;
});

interface Begun {
  session: Body;
  placementId: string;
}
const challenges = () => muse.app.get(Challenges, { strict: false });
const toBeQuoted = async (): Promise<Body> => {
  await addDescribed(shopper, store, { quantity: 2 });
  return readySession(shopper);
};
const begin = async (edit: object = {}): Promise<Begun> => {
  const { id } = await toBeQuoted();
  await shopper.put(`/checkout/sessions/${id}/stores/${store.id}`, edit).expect(200);
  const session = await quoted(muse, shopper, id);
  await place(shopper, session).expect(202);
  const [row] = await sql(muse, 'SELECT id FROM placements WHERE session_id = $1', [id]);
  return { session, placementId: row.id };
};
const runOnce = ({ placementId }: Begun) => muse.app.get(PlacementRunner, { strict: false }).runOnce(placementId);
const placementOf = async ({ placementId }: Begun): Promise<Body> =>
  (
    await sql(
      muse,
      `SELECT status, tier, attempts, waits_for, extract(epoch FROM next_attempt_at - now())::float8 AS wait,
              extract(epoch FROM lease_until - now())::float8 AS lease FROM placements WHERE id = $1`,
      [placementId],
    )
  )[0];
const rowOf = async ({ session }: { session: Body }): Promise<Body> =>
  (
    await sql(
      muse,
      `SELECT c.* FROM store_browser_checkouts c JOIN store_checkouts sc ON sc.id = c.store_checkout_id WHERE sc.session_id = $1`,
      [session.id],
    )
  )[0];
const statusOf = async (sessionId: string): Promise<Body> =>
  (await shopper.get(`/checkout/sessions/${sessionId}/status`).expect(200)).body;
const stateOf = async ({ session }: Begun): Promise<Body> => (await statusOf(session.id)).stores[0];
const sessionOf = async (id: string): Promise<Body> => (await shopper.get(`/checkout/sessions/${id}`).expect(200)).body;
/** Until somebody other than the runner has to do something. */
const toTheEnd = async (begun: Begun): Promise<Body> => {
  for (let tries = 0; tries < 12; tries++) {
    await runOnce(begun);
    const { status } = await stateOf(begun);
    if (status !== 'waiting' && status !== 'processing') break;
  }
  return stateOf(begun);
};
const linesInCart = async () => linesOf(await cartOf(shopper)).length;

describe('The quote of a store that is gone through by a browser', () => {
  it('is what its review page says: deliveries, amounts and what it will charge', async () => {
    const { id } = await toBeQuoted();
    expect((await sessionOf(id)).stores[0]).toMatchObject({ status: 'quoting', checkout: 'in_muse', tier: 'headless' });
    const session = await quoted(muse, shopper, id);
    expect(session.stores[0]).toMatchObject({
      ...{ status: 'waiting', settlement: 'at_store', settlementOptions: ['at_store'] },
      ...{ subtotal: usd(2000), shipping: usd(500), tax: usd(80), total: usd(2580) },
      deliveryOptions: [{ name: 'Standard', price: usd(500) }, { name: 'Express' }],
      link: {
        required: true,
        status: 'linked',
        url: `${muse.config.PUBLIC_URL}/api/v1/integrations/${store.id}/credentials`,
      },
      problems: [{ code: 'charged_at_store', severity: 'info', brand: 'visa', last4: '4242' }],
    });
    const run = stores.runs.at(-1)!;
    expect(run).toMatchObject({ flow: 'quote', userId: shopper.id, options: { dry: true } });
    expect(run.inputs).toMatchObject({ address: { line1: ADDRESS.line1 }, lines: [{ quantity: 2 }] });
    const express = session.stores[0].deliveryOptions[1].id;
    await shopper.put(`/checkout/sessions/${id}/stores/${store.id}`, { deliveryOptionId: express }).expect(200);
    expect((await quoted(muse, shopper, id)).stores[0].total).toEqual(usd(3580));
    expect(stores.runs.at(-1)!.inputs.delivery).toEqual({ name: 'Express' });
  });

  it('needs no browser before there is an address', async () => {
    await addDescribed(shopper, store, { quantity: 2 });
    const { body } = await shopper.post('/checkout/sessions', {}).expect(201);
    await runQuotes(muse, body.id);
    expect((await sessionOf(body.id)).stores[0]).toMatchObject({ status: 'waiting', subtotal: usd(2000) });
    expect(stores.flowsOf(store.id)).toEqual([]);
  });

  it.each([
    ['no_instrument', stops('no_instrument'), 'no_saved_payment', 'linked' as const],
    ['login_wall', stops('login_wall'), 'link_required', 'relink' as const],
    ['unknown_page', stops('unknown_page'), 'store_unreachable', 'linked'],
    ['fault', stops('fault'), 'store_unreachable', 'linked'],
    ['no browser', notRun('no_browser'), 'store_unreachable', 'linked'],
    ['a sign-in that was refused', notRun('refused'), 'link_required', 'relink' as const],
    ['policy', notRun('forbidden'), 'store_unreachable', 'linked'],
  ])('falls to the store’s own site, and says why: %s', async (_what, act, code, status) => {
    stores.will(store.id, 'quote', act);
    const { id } = await toBeQuoted();
    const session = await quoted(muse, shopper, id);
    expect(session.stores[0]).toMatchObject({ checkout: 'on_store_site', status: 'waiting', link: { status } });
    expect(session.problems[0]).toMatchObject({ code, severity: 'warning' });
    expect(session.readyToPlace).toBe(true);
    if (status === 'relink') stores.access.set(`${shopper.id} ${store.id}`, { serves: false, status });
    // It stays there while nothing else is asked.
    await shopper.put(`/checkout/sessions/${id}/stores/${store.id}`, { note: 'Ring twice' }).expect(200);
    await runQuotes(muse, id);
    expect(stores.flowsOf(store.id)).toEqual(['quote']);
    await place(shopper, await sessionOf(id)).expect(202);
    const [row] = await sql(muse, 'SELECT id FROM placements WHERE session_id = $1', [id]);
    await muse.app.get(PlacementRunner, { strict: false }).runOnce(row.id);
    expect((await statusOf(id)).stores[0]).toMatchObject({
      status: 'continue_at_store',
      continueUrl: expect.any(String),
    });
  });

  it('says what is sold out, and is not to be placed', async () => {
    stores.will(store.id, 'quote', stops('out_of_stock', false, 'add'));
    const { id } = await toBeQuoted();
    const session = await quoted(muse, shopper, id);
    const [item] = session.stores[0].items;
    expect(session.problems).toMatchObject([{ code: 'out_of_stock', severity: 'blocking', itemId: item.id }]);
    expect(session.readyToPlace).toBe(false);
  });

  it('is asked for again where no browser was free', async () => {
    stores.will(store.id, 'quote', notRun('busy'));
    const { id } = await toBeQuoted();
    await runQuotes(muse, id);
    expect((await sessionOf(id)).stores[0]).toMatchObject({ status: 'quoting' });
    const session = await eventually(async () => {
      const now = await quoted(muse, shopper, id);
      return now.stores[0].status === 'waiting' && now;
    });
    expect(session.stores[0].total).toEqual(usd(2580));
  });

  it('is not asked for, for guests and where nobody is let in', async () => {
    shopper = await guest(muse);
    const { id } = await toBeQuoted();
    expect((await sessionOf(id)).stores[0]).toMatchObject({ checkout: 'on_store_site', status: 'waiting' });
    shopper = await customer(muse);
    stores.access.set(`${shopper.id} ${store.id}`, { serves: false, status: 'proving' });
    const session = await toBeQuoted();
    expect(session.stores[0]).toMatchObject({ checkout: 'on_store_site', link: { status: 'not_linked' } });
    expect(session.problems).toContainEqual(expect.objectContaining({ code: 'link_required' }));
    expect(stores.flowsOf(store.id)).toEqual([]);
  });

  it('is no longer asked for where the store fails again and again', async () => {
    stores.will(store.id, 'quote', ...Array.from({ length: 9 }, () => stops('unknown_page')));
    const { id } = await toBeQuoted();
    for (let n = 0; n < 7; n++) {
      await quoted(muse, shopper, id);
      await shopper.post(`/checkout/sessions/${id}/refresh`).expect(200);
    }
    await quoted(muse, shopper, id);
    expect(stores.flowsOf(store.id)).toHaveLength(5);
    expect((await sessionOf(id)).problems[0]).toMatchObject({ code: 'store_unreachable', fault: 'store_down' });
  });
});

describe('Placing by a browser', () => {
  it('buys what was agreed at most, once, and knows the order by its number', async () => {
    const begun = await begin();
    await runOnce(begun);
    const [order] = stores.ordersOf(store.id);
    expect(await statusOf(begun.session.id)).toMatchObject({
      status: 'completed',
      stores: [{ status: 'placed', tier: 'headless', order: { storeOrderNumber: order!.number } }],
    });
    const run = stores.runs.at(-1)!;
    expect(run.inputs).toMatchObject({ agreedTotalCents: 2580, delivery: { name: 'Standard' } });
    const { body } = await shopper.get(`/orders?checkoutSessionId=${begun.session.id}`).expect(200);
    expect(body.data).toMatchObject([
      { checkoutMethod: 'headless', paymentStatus: 'at_store', status: 'confirmed', total: usd(2580) },
    ]);
    expect(await rowOf(begun)).toMatchObject({ state: 'placed', order_number: order!.number });
    expect(await linesInCart()).toBe(0);
  });

  it('places at a lower price for that price', async () => {
    const begun = await begin();
    stores.priceCents.set(store.id, 900);
    expect(await toTheEnd(begun)).toMatchObject({ status: 'placed' });
    const { body } = await shopper.get(`/orders?checkoutSessionId=${begun.session.id}`).expect(200);
    expect(body.data).toMatchObject([{ subtotal: usd(1800), total: usd(2380) }]);
  });

  it('and so where its page was lost', async () => {
    const begun = await begin();
    stores.priceCents.set(store.id, 900);
    stores.will(store.id, 'place', clicksUnseen);
    expect(await toTheEnd(begun)).toMatchObject({ status: 'placed' });
    const { body } = await shopper.get(`/orders?checkoutSessionId=${begun.session.id}`).expect(200);
    expect(body.data).toMatchObject([{ subtotal: usd(1800), total: usd(2380) }]);
  });

  it('commits that it may click, and holds the placement for a minute, before it does', async () => {
    const begun = await begin();
    const seen: Body = {};
    stores.will(store.id, 'place', async (run, usual) => {
      const outcome = await usual();
      Object.assign(seen, await rowOf(begun), await placementOf(begun));
      expect(await run.hooks.beforeLastClick?.()).toBe(false);
      return outcome;
    });
    await runOnce(begun);
    expect(seen).toMatchObject({ state: 'clicking', total_cents: expect.anything() });
    expect(seen.point_of_no_return_at).not.toBeNull();
    expect(seen.lease).toBeGreaterThan(50);
  });

  it('does not click once another worker has the placement', async () => {
    const begun = await begin();
    stores.will(store.id, 'place', async (_run, usual) => {
      await sql(muse, `UPDATE placements SET lease_until = now() - interval '1 second' WHERE id = $1`, [
        begun.placementId,
      ]);
      return usual();
    });
    await runOnce(begun);
    expect(stores.ordersOf(store.id)).toEqual([]);
    expect(await toTheEnd(begun)).toMatchObject({ status: 'placed' });
    expect(stores.ordersOf(store.id)).toHaveLength(1);
  });

  it.each([
    ['out_of_stock', stops('out_of_stock'), 'failed', 'out_of_stock'],
    ['price_moved', stops('price_moved'), 'failed', 'price_changed'],
    ['no_instrument', stops('no_instrument'), 'continue_at_store', null],
    ['unknown_page', stops('unknown_page'), 'continue_at_store', null],
    ['fault', stops('fault'), 'continue_at_store', null],
    ['no time left to click', stops('held_back'), 'continue_at_store', null],
    ['a store that was forbidden meanwhile', notRun('forbidden'), 'continue_at_store', null],
  ])('ends without a click: %s', async (_what, act, status, code) => {
    const begun = await begin();
    stores.will(store.id, 'place', act);
    const state = await toTheEnd(begun);
    expect(state).toMatchObject({ status, failure: code === null ? null : { code } });
    if (code === null) expect(await followed(state.continueUrl)).toMatch(/^https:/);
    expect(await rowOf(begun)).toMatchObject({ state: 'over', point_of_no_return_at: null });
    expect(await linesInCart()).toBe(code === null ? 0 : 1);
  });

  it('finds an order in the store’s list whose page was lost, and never clicks again', async () => {
    const begun = await begin();
    stores.will(store.id, 'place', clicksUnseen);
    expect(await toTheEnd(begun)).toMatchObject({
      status: 'placed',
      order: { storeOrderNumber: stores.ordersOf(store.id)[0]!.number },
    });
    expect(stores.flowsOf(store.id)).toEqual(['quote', 'place', 'orderList']);
  });

  it('finds it after the worker that clicked has died', async () => {
    const begun = await begin();
    stores.will(store.id, 'place', async (_run, usual) => {
      await usual();
      throw new Error('killed');
    });
    await runOnce(begun);
    expect(await toTheEnd(begun)).toMatchObject({ status: 'placed' });
    expect(stores.ordersOf(store.id)).toHaveLength(1);
    expect(stores.flowsOf(store.id).filter((flow) => flow === 'place')).toHaveLength(1);
  });

  it('takes no other order for it: another total, another time, one that is known', async () => {
    const at = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
    const known = await begin();
    await runOnce(known);
    const begun = await begin();
    stores.addOrder(store.id, { number: 'W-OTHER', total: 2581, placedAt: at(0) });
    stores.addOrder(store.id, { number: 'W-OLD', total: 2580, placedAt: at(-30) });
    stores.will(store.id, 'place', clickGoesNowhere);
    await runOnce(begun);
    expect(await stateOf(begun)).toMatchObject({ status: 'processing' });
    expect(await rowOf(begun)).toMatchObject({ state: 'clicking', looks: 1 });
    expect((await placementOf(begun)).wait).toBeGreaterThan(150);
  });

  it('looks three times, and then leaves it to a person', async () => {
    const begun = await begin();
    stores.will(store.id, 'place', clickGoesNowhere);
    for (let n = 1; n <= 3; n++) {
      await runOnce(begun);
      expect((await rowOf(begun)).looks).toBe(n);
    }
    expect(await stateOf(begun)).toMatchObject({ status: 'needs_attention' });
    expect(await placementOf(begun)).toMatchObject({ status: 'needs_attention', tier: 'headless' });
    expect(stores.flowsOf(store.id)).toEqual(['quote', 'place', 'orderList', 'orderList', 'orderList']);
    expect(await linesInCart()).toBe(1);
  });

  it('has not ended while it waits for a person; the order that they find is followed, and is nobody else’s', async () => {
    const ends = async ({ session }: Begun) =>
      (
        await sql(
          muse,
          `SELECT payload ->> 'status' AS status FROM events WHERE type = 'checkout.session_finished' AND aggregate_id = $1`,
          [session.id],
        )
      ).map(({ status }) => status);
    const waits = async () => {
      const begun = await begin();
      stores.will(store.id, 'place', clickGoesNowhere);
      for (let n = 1; n <= 3; n++) await runOnce(begun);
      expect(await stateOf(begun)).toMatchObject({ status: 'needs_attention' });
      return begun;
    };
    const account = await makeUser(muse, 'support');
    const support = shopperOf(muse, account.id, await signIn(muse, account));
    const found = (begun: Begun, storeOrderNumber: string) =>
      support.post(`/admin/placements/${begun.placementId}/resolve`, {
        outcome: 'placed',
        storeOrderNumber,
        reason: 'Seen there',
      });
    const first = await waits();
    expect(await ends(first)).toEqual([]);
    expect((await statusOf(first.session.id)).status).toBe('needs_attention');
    await found(first, 'W-FOUND').expect(200);
    expect(await ends(first)).toEqual(['completed']);
    const orders = await sql(muse, 'SELECT store_order_id AS id FROM orders WHERE checkout_session_id = $1', [
      first.session.id,
    ]);
    expect(orders).toEqual([{ id: 'W-FOUND' }]);
    const { body } = await found(await waits(), 'W-FOUND').expect(422);
    expect(body.errors).toEqual([{ pointer: '/storeOrderNumber', detail: 'is the number of another order' }]);
  });

  it('leaves it to a person where two orders may be it', async () => {
    const begun = await begin();
    stores.will(store.id, 'place', async (run, usual) => {
      stores.addOrder(store.id, { number: 'W-TWIN', total: 2580, placedAt: new Date().toISOString() });
      return clicksUnseen(run, usual);
    });
    expect(await toTheEnd(begun)).toMatchObject({ status: 'needs_attention' });
  });

  it('leaves it to a person where the list cannot be read for ten minutes', async () => {
    const begun = await begin();
    stores.will(store.id, 'place', clickGoesNowhere);
    stores.will(store.id, 'orderList', stops('fault'), stops('fault'));
    await runOnce(begun);
    expect(await stateOf(begun)).toMatchObject({ status: 'processing' });
    const placing = muse.app.get(BrowserPlacing, { strict: false });
    placing.giveUpLookingMs = 0;
    await runOnce(begun);
    placing.giveUpLookingMs = 600_000;
    expect(await stateOf(begun)).toMatchObject({ status: 'needs_attention' });
  });

  it.each([
    ['price_moved', 'price_changed'],
    ['out_of_stock', 'out_of_stock'],
    ['no_instrument', 'payment_declined'],
  ] as const)(
    'is refused where the page says so after the click, and the list has no order: %s',
    async (type, code) => {
      const begun = await begin();
      stores.will(store.id, 'place', async ({ hooks }) => {
        await hooks.beforeLastClick?.({ total: 2580 });
        return { type, section: 'place', step: 'x', detail: 'x', clicked: true, read: {} };
      });
      expect(await toTheEnd(begun)).toMatchObject({ status: 'failed', failure: { code } });
      expect(stores.flowsOf(store.id)).toEqual(['quote', 'place', 'orderList']);
      expect(await rowOf(begun)).toMatchObject({ state: 'over' });
    },
  );

  it('asks for the sign-in again where the store does not take it, and goes on', async () => {
    const begun = await begin();
    stores.will(store.id, 'place', stops('login_wall', false, 'signIn'));
    await runOnce(begun);
    expect(await stateOf(begun)).toMatchObject({
      status: 'action_required',
      action: { type: 'relink', url: expect.stringContaining(`/integrations/${store.id}/credentials`) },
    });
    expect(await placementOf(begun)).toMatchObject({ waits_for: 'relink', attempts: 0 });
    await runOnce(begun);
    expect(await stateOf(begun)).toMatchObject({ status: 'placed', action: null });
  });

  it('waits for a browser without counting it as a try', async () => {
    const begun = await begin();
    stores.will(store.id, 'place', notRun('busy'), notRun('proving'));
    for (let n = 0; n < 2; n++) {
      await runOnce(begun);
      expect(await placementOf(begun)).toMatchObject({ status: 'queued', attempts: 0 });
    }
    await runOnce(begun);
    expect(await stateOf(begun)).toMatchObject({ status: 'placed' });
  });
});

describe('What a store asks in the middle', () => {
  const answersHeard: (Record<string, string> | 'unanswered')[] = [];
  beforeEach(() => answersHeard.splice(0));
  const asked = async (sessionId: string): Promise<Body> => {
    const action = await eventually(async () => (await statusOf(sessionId)).stores[0].action);
    expect(action).toMatchObject({ type: 'challenge', challengeId: expect.any(String), expiresAt: expect.any(String) });
    return action;
  };
  const at = (sessionId: string, { challengeId }: Body) => `/checkout/sessions/${sessionId}/challenges/${challengeId}`;
  const rows = (sessionId: string) =>
    sql(muse, 'SELECT status, answer, shown, about FROM checkout_challenges WHERE session_id = $1 ORDER BY id', [
      sessionId,
    ]);

  it('is shown by the session, answered, and the order is placed', async () => {
    keepSecret('a one-time code', 'CANARY-482913');
    const begun = await begin();
    stores.will(store.id, 'place', asksFirst(answersHeard));
    const trying = runOnce(begun);
    const action = await asked(begun.session.id);
    expect(await statusOf(begun.session.id)).toMatchObject({
      status: 'action_required',
      stores: [{ status: 'action_required', message: `${store.name} asks you something before it goes on` }],
    });
    const path = at(begun.session.id, action);
    expect(action.url).toBe(`${muse.config.PUBLIC_URL}/api/v1${path}`);
    const { body, headers } = await shopper.get(path).expect(200);
    expect(body).toEqual({
      ...{ id: action.challengeId, store: { id: store.id, name: store.name }, about: 'place', kind: 'one_time_code' },
      ...{ round: 1, status: 'waiting', prompt: 'Enter the code that we sent you.', expiresAt: action.expiresAt },
      picture: 'data:image/png;base64,iVBORw0KGgo=',
      fields: [{ name: 'code', label: 'The code', type: 'code' }],
    });
    expect(headers['cache-control']).toBe('no-store');
    const answer = (await shopper.post(`${path}/answer`, { answers: { code: 'CANARY-482913' } }).expect(202)).body;
    expect(answer).toEqual({ id: action.challengeId, status: 'answered' });
    await trying;
    expect(answersHeard).toEqual([{ code: 'CANARY-482913' }]);
    expect(await stateOf(begun)).toMatchObject({ status: 'placed', action: null });
    expect(await rows(begun.session.id)).toEqual([{ status: 'used', answer: null, shown: null, about: 'place' }]);
    expect((await shopper.get(path).expect(200)).body).toMatchObject({ status: 'used', picture: null, fields: [] });
    await shopper.post(`${path}/answer`, { answers: { code: '1' } }).expect(409);
    assertNone(await leaksOfDatabase(muse.database));
  });

  it('is asked at the quote too; the time of the shopper is not the store’s', async () => {
    const { id } = await toBeQuoted();
    await sql(muse, `UPDATE store_quotes SET ask_until = now() + interval '3 seconds' WHERE session_id = $1`, [id]);
    stores.will(store.id, 'quote', asksFirst(answersHeard));
    const asking = runQuotes(muse, id);
    const action = await asked(id);
    const session = await sessionOf(id);
    expect(session).toMatchObject({ status: 'pending', readyToPlace: false });
    expect(session.stores[0]).toMatchObject({ status: 'action_required', action });
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    await shopper.post(`${at(id, action)}/answer`, { answers: { code: '123456' } }).expect(202);
    await asking;
    expect((await sessionOf(id)).stores[0]).toMatchObject({ status: 'waiting', total: usd(2580), action: null });
    expect((await statusOf(id)).stores[0]).toMatchObject({ message: 'Not placed yet', action: null });
  });

  it('takes one of two answers', async () => {
    const begun = await begin();
    stores.will(store.id, 'place', asksFirst(answersHeard));
    const trying = runOnce(begun);
    const path = `${at(begun.session.id, await asked(begun.session.id))}/answer`;
    const codes = ['1', '2', '3', '4', '5'];
    const answers = await Promise.all(codes.map((code) => shopper.post(path, { answers: { code } })));
    await trying;
    expect(statusesOf(answers)).toEqual([202, 409, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)!.body.code).toBe('challenge_answered');
    const taken = codes[answers.findIndex(({ status }) => status === 202)];
    expect(answersHeard).toEqual([{ code: taken }]);
  });

  it('answers a retry with the same key as the first time', async () => {
    const begun = await begin();
    stores.will(store.id, 'place', asksFirst(answersHeard));
    const trying = runOnce(begun);
    const path = `${at(begun.session.id, await asked(begun.session.id))}/answer`;
    const key = { 'idempotency-key': 'the-same' };
    const first = await shopper.post(path, { answers: { code: '1' } }, key).expect(202);
    const again = await shopper.post(path, { answers: { code: '1' } }, key).expect(202);
    expect(again.body).toEqual(first.body);
    await trying;
    expect(answersHeard).toHaveLength(1);
  });

  it('falls to the store’s own site where nobody answers in time, and takes no answer afterwards', async () => {
    challenges().waitMs = 300;
    const begun = await begin();
    stores.will(store.id, 'place', asksFirst(answersHeard));
    const trying = runOnce(begun);
    const action = await asked(begun.session.id);
    await trying;
    expect(answersHeard).toEqual(['unanswered']);
    const late = await shopper.post(`${at(begun.session.id, action)}/answer`, { answers: { code: '1' } }).expect(409);
    expect(late.body.code).toBe('challenge_expired');
    expect(await toTheEnd(begun)).toMatchObject({
      status: 'continue_at_store',
      continueUrl: expect.any(String),
      action: null,
    });
    expect(await rows(begun.session.id)).toMatchObject([{ status: 'expired', shown: null }]);
  });

  it('the same at the quote, with a reason; asked anew it may be answered', async () => {
    challenges().waitMs = 300;
    const { id } = await toBeQuoted();
    stores.will(store.id, 'quote', asksFirst(answersHeard));
    const session = await quoted(muse, shopper, id);
    expect(session.stores[0]).toMatchObject({ checkout: 'on_store_site', status: 'waiting', action: null });
    expect(session.problems[0]).toMatchObject({ code: 'challenge_unanswered', severity: 'warning' });
    await shopper.post(`/checkout/sessions/${id}/refresh`).expect(200);
    expect((await quoted(muse, shopper, id)).stores[0]).toMatchObject({
      checkout: 'in_muse',
      problems: [{ code: 'charged_at_store' }],
    });
  });

  it('ends with the worker that waits: nobody can answer, and another finishes at the store', async () => {
    const begun = await begin();
    // It never comes back to its worker.
    let goOn = (): void => undefined;
    stores.will(store.id, 'place', ({ hooks }, usual) => {
      void hooks.onChallenge?.(ONE_TIME_CODE);
      return new Promise<void>((resolve) => (goOn = resolve)).then(usual);
    });
    const late = runOnce(begun);
    const action = await asked(begun.session.id);
    // Dead: no sign of life, and the lease is over.
    await sql(muse, `UPDATE checkout_challenges SET alive_until = now() - interval '6 seconds' WHERE id = $1`, [
      action.challengeId,
    ]);
    await sql(
      muse,
      `UPDATE placements SET lease_token = gen_random_uuid(), lease_until = now() - interval '1 second' WHERE id = $1`,
      [begun.placementId],
    );
    await challenges().endDead();
    const answer = await shopper.post(`${at(begun.session.id, action)}/answer`, { answers: { code: '1' } }).expect(409);
    expect(answer.body.code).toBe('challenge_expired');
    expect(await toTheEndOf(begun)).toMatchObject({ status: 'continue_at_store', action: null });
    goOn();
    await late;
    expect(stores.ordersOf(store.id)).toEqual([]);
    expect(await stateOf(begun)).toMatchObject({ status: 'continue_at_store' });
  });
  const toTheEndOf = async (begun: Begun): Promise<Body> => {
    await runOnce(begun);
    await runOnce(begun);
    return stateOf(begun);
  };

  it('is over once the checkout is cancelled', async () => {
    const { id } = await toBeQuoted();
    stores.will(store.id, 'quote', asksFirst(answersHeard));
    const asking = runQuotes(muse, id);
    const action = await asked(id);
    await shopper.post(`/checkout/sessions/${id}/cancel`).expect(200);
    await asking;
    expect(answersHeard).toEqual(['unanswered']);
    await shopper.post(`${at(id, action)}/answer`, { answers: { code: '1' } }).expect(409);
    expect(await rows(id)).toMatchObject([{ status: 'expired', shown: null }]);
  });

  it('is over once something else is asked', async () => {
    const { id } = await toBeQuoted();
    stores.will(store.id, 'quote', asksFirst(answersHeard));
    const asking = runQuotes(muse, id);
    await asked(id);
    const address = { ...ADDRESS, line1: '1 Other Street' };
    const { body } = await shopper
      .put(`/checkout/sessions/${id}/shipping`, { address, contact: { email: 'a@b.example' } })
      .expect(200);
    expect(body.stores[0]).toMatchObject({ status: 'quoting' });
    await asking;
    expect(answersHeard).toEqual(['unanswered']);
    expect((await quoted(muse, shopper, id)).stores[0]).toMatchObject({ status: 'waiting', total: usd(2580) });
  });

  it('is nobody else’s, and wants each field once', async () => {
    const begun = await begin();
    stores.will(
      store.id,
      'place',
      asksFirst(answersHeard, {
        fields: [
          { name: 'code', label: 'The code', type: 'code' },
          { name: 'agree', label: 'I agree', type: 'confirm' },
        ],
      }),
    );
    const trying = runOnce(begun);
    const path = at(begun.session.id, await asked(begun.session.id));
    for (const other of [await customer(muse), await guest(muse)]) {
      await other.get(path).expect(404);
      await other.post(`${path}/answer`, { answers: { code: '1' } }).expect(404);
    }
    await muse.http.get(`/api/v1${path}`).expect(401);
    await shopper.get(`/checkout/sessions/${begun.session.id}/challenges/${begun.session.id}`).expect(404);
    const wrong = await shopper.post(`${path}/answer`, { answers: { agree: 'yes', other: '1' } }).expect(400);
    expect(wrong.body.errors).toEqual([
      { pointer: '/answers/other', detail: 'is not asked for' },
      { pointer: '/answers/code', detail: 'is required' },
      { pointer: '/answers/agree', detail: 'must be true or false' },
    ]);
    await shopper.post(`${path}/answer`, { answers: 'x' }).expect(400);
    await shopper.post(`${path}/answer`, { answers: { code: 'x'.repeat(501), agree: 'true' } }).expect(400);
    await shopper.post(`${path}/answer`, { answers: { code: '1', agree: 'true' } }).expect(202);
    await trying;
    expect(await stateOf(begun)).toMatchObject({ status: 'placed' });
  });
});
