import { randomUUID } from 'node:crypto';
import { PlacementRunner } from '../../../src/checkout-session/placement-runner';
import { PlacementsRepository } from '../../../src/checkout-session/placements.repository';
import { Deliveries, Events } from '../../../src/platform/events';
import { Database } from '../../../src/platform/database';
import { BESIDE_AT_ONCE, Jobs } from '../../../src/platform/jobs/jobs';
import { API_CHECKOUT_STEPS } from '../../../src/store-integrations';
import { ApiCheckouts } from '../../../src/store-integrations/strategies/oauth-api/api-checkouts.repository';
import { StoreAsking } from '../../../src/store-integrations/strategies/oauth-api/store-asking';
import { startApp, type RunningApp } from '../../support/app';
import { ScriptedStores, fault, lostAnswer, openApiStore, quoted, withStores } from '../../support/api-stores';
import {
  followed,
  ADDRESS,
  addDescribed,
  cartOf,
  customer,
  eventually,
  linesOf,
  place,
  readySession,
  sql,
  type Body,
  type Shopper,
} from '../../support/shopper';
import { usd } from '../../support/sellers';

describe('Placing by a store’s own interface', () => {
  const stores = new ScriptedStores();
  let muse: RunningApp;
  let shopper: Shopper;
  let store: { id: string; name: string; hosts: string[] };

  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api' }, withStores(stores));
  });
  beforeEach(async () => {
    shopper = await customer(muse);
    store = await openApiStore(muse);
  });

  interface Begun {
    session: Body;
    placementId: string;
  }
  const begin = async (edit: object = {}): Promise<Begun> => {
    await addDescribed(shopper, store, { quantity: 2 });
    const { id } = await readySession(shopper);
    await shopper.put(`/checkout/sessions/${id}/stores/${store.id}`, edit).expect(200);
    const session = await quoted(muse, shopper, id);
    await place(shopper, session).expect(202);
    const [row] = await sql(muse, 'SELECT id FROM placements WHERE session_id = $1', [id]);
    return { session, placementId: row.id };
  };
  const runOnce = ({ placementId }: Begun) => muse.app.get(PlacementRunner, { strict: false }).runOnce(placementId);
  const rowOf = async ({ placementId }: Begun): Promise<Body> =>
    (
      await sql(
        muse,
        `SELECT status, tier, attempts, evidence, waits_for, extract(epoch FROM next_attempt_at - now())::float8 AS wait FROM placements WHERE id = $1`,
        [placementId],
      )
    )[0];
  const apiRow = async ({ session }: Begun): Promise<Body> =>
    (
      await sql(
        muse,
        `SELECT c.* FROM store_api_checkouts c JOIN store_checkouts sc ON sc.id = c.store_checkout_id WHERE sc.session_id = $1`,
        [session.id],
      )
    )[0];
  const statusOf = async ({ session }: Begun): Promise<Body> =>
    (await shopper.get(`/checkout/sessions/${session.id}/status`).expect(200)).body;
  const stateOf = async (begun: Begun): Promise<Body> => (await statusOf(begun)).stores[0];
  const toTheEnd = async (begun: Begun, tries = 12): Promise<Body> => {
    for (let n = 0; n < tries; n++) {
      await runOnce(begun);
      const { status } = await stateOf(begun);
      if (status !== 'waiting' && status !== 'processing') break;
    }
    return stateOf(begun);
  };
  const linesInCart = async () => linesOf(await cartOf(shopper)).length;

  it('buys what was agreed, with what the store holds, and knows the order by the store’s key', async () => {
    const begun = await begin({ note: 'Ring twice' });
    await runOnce(begun);
    const [order] = stores.ordersOf(store.id);
    expect(await statusOf(begun)).toMatchObject({
      status: 'completed',
      stores: [{ status: 'placed', order: { storeOrderNumber: expect.stringMatching(/^N-/) }, action: null }],
    });
    const [row] = await sql(
      muse,
      `SELECT store_order_id, checkout_method, payment_status, order_status, total_cents FROM orders WHERE checkout_session_id = $1`,
      [begun.session.id],
    );
    expect(row).toEqual({
      ...{ store_order_id: order!.id, checkout_method: 'oauth_api', payment_status: 'at_store' },
      ...{ order_status: 'confirmed', total_cents: 2580 },
    });
    const complete = stores.asked.find((one) => one.storeId === store.id && one.step === 'complete')!;
    expect(complete).toMatchObject({ userId: shopper.id, payment: { type: 'saved', instrumentId: 'card_1' } });
    expect(await apiRow(begun)).toMatchObject({
      state: 'completed',
      remote_order_id: order!.id,
      instrument_id: 'card_1',
    });
    expect(await linesInCart()).toBe(0);
  });

  it.each([
    ['refused', fault('refused', 'not_for_you'), 'failed', 'refused_by_store'],
    ['unavailable', fault('unavailable', 'connect_failed'), 'continue_at_store', null],
    ['unknown', lostAnswer, 'continue_at_store', null],
  ])('before the point of no return, a fault that is %s ends it without an order', async (_kind, act, status, code) => {
    const begun = await begin();
    stores.will(store.id, 'quote', act);
    const state = await toTheEnd(begun);
    expect(state).toMatchObject({ status, failure: code === null ? null : { code } });
    expect(stores.ordersOf(store.id)).toEqual([]);
    expect(await rowOf(begun)).toMatchObject({ tier: code === null ? 'redirect' : 'oauth_api' });
    expect(await apiRow(begun)).toMatchObject({ state: 'over', point_of_no_return_at: null });
  });

  it.each([
    ['throttled', fault('throttled', 'slow_down', 4_000), 3],
    ['conflict', fault('conflict', 'busy'), 0.5],
  ])('is put off where the store says %s, and that is no attempt', async (_kind, act, seconds) => {
    const begun = await begin();
    stores.will(store.id, 'quote', act, act);
    for (let n = 0; n < 2; n++) {
      await runOnce(begun);
      const row = await rowOf(begun);
      expect(row).toMatchObject({ status: 'queued', tier: 'oauth_api', attempts: 0 });
      expect(row.wait).toBeGreaterThan(seconds);
      expect(await stateOf(begun)).toMatchObject({ status: 'processing' });
    }
    await runOnce(begun);
    expect(await stateOf(begun)).toMatchObject({ status: 'placed' });
  });

  it('falls to the next tier where the store puts it off for too long', async () => {
    const begun = await begin();
    stores.will(store.id, 'quote', fault('throttled', 'slow_down', 120_000));
    expect(await toTheEnd(begun)).toMatchObject({ status: 'continue_at_store' });
  });

  it.each([
    ['throttled', fault('throttled', 'slow_down', 1_000), [] as string[]],
    ['unavailable', fault('unavailable', 'connect_failed'), ['retrieve']],
    ['conflict', fault('conflict', 'busy'), ['retrieve']],
    ['unknown before any effect', fault('unknown', 'reset'), ['retrieve']],
  ])('past the point of no return asks again under the same key: %s', async (_kind, act, then) => {
    const begun = await begin();
    stores.will(store.id, 'complete', act);
    await runOnce(begun);
    expect(await stateOf(begun)).toMatchObject({ status: 'processing' });
    expect(await apiRow(begun)).toMatchObject({ state: 'completing' });
    await runOnce(begun);
    expect(await stateOf(begun)).toMatchObject({ status: 'placed' });
    const steps = stores.stepsOf(store.id).slice(2);
    expect(steps).toEqual(['complete', ...then, 'retrieve', 'complete']);
    const keys = stores.asked
      .filter((one) => one.storeId === store.id && one.step === 'complete')
      .map(({ key }) => key);
    expect(new Set(keys).size).toBe(1);
    expect(stores.ordersOf(store.id)).toHaveLength(1);
  });

  it('finds the order at once where only the answer was lost', async () => {
    const begun = await begin();
    stores.will(store.id, 'complete', lostAnswer);
    await runOnce(begun);
    expect(await stateOf(begun)).toMatchObject({ status: 'placed' });
    expect(stores.ordersOf(store.id)).toHaveLength(1);
  });

  it('asks first, and for long, where nobody can know: then a person looks at it, and no other tier tries', async () => {
    const begun = await begin();
    stores.will(store.id, 'complete', lostAnswer);
    stores.will(store.id, 'retrieve', ...Array.from({ length: 20 }, () => fault('unavailable', 'connect_failed')));
    const state = await toTheEnd(begun);
    expect(state).toMatchObject({ status: 'needs_attention' });
    expect(await rowOf(begun)).toMatchObject({ tier: 'oauth_api', attempts: 8, status: 'needs_attention' });
    expect(stores.stepsOf(store.id).filter((step) => step === 'complete')).toHaveLength(1);
    expect(await linesInCart()).toBe(1);
  });

  it('is refused where the store says no to completing, and the store’s checkout is over', async () => {
    const begun = await begin();
    stores.will(store.id, 'complete', fault('refused', 'card_declined'));
    const refused = { code: 'payment_declined', storeCode: 'card_declined' };
    expect(await toTheEnd(begun)).toMatchObject({ status: 'failed', failure: refused });
    expect(stores.checkoutOf(store.id).status).toBe('canceled');
    expect(await linesInCart()).toBe(1);
  });

  it('is not over while the store keeps its checkout open and will not end it', async () => {
    const begun = await begin();
    stores.will(store.id, 'complete', fault('refused', 'card_declined'));
    stores.will(store.id, 'cancel', fault('refused', 'not_now'));
    await runOnce(begun);
    expect(['waiting', 'processing', 'needs_attention']).toContain((await stateOf(begun)).status);
    expect(stores.checkoutOf(store.id).status).toBe('ready');
    expect(await linesInCart()).toBe(1);
    expect(stores.ordersOf(store.id)).toEqual([]);
  });

  it('never pays more than was agreed, nor for fewer goods', async () => {
    const dearer = await begin();
    stores.priceCents.set(store.id, 1001);
    expect(await toTheEnd(dearer)).toMatchObject({ status: 'failed', failure: { code: 'price_changed' } });
    expect(stores.checkoutOf(store.id).status).toBe('canceled');
    [shopper, store] = [await customer(muse), await openApiStore(muse)];
    const fewer = await begin();
    stores.stock.set(store.id, 1);
    expect(await toTheEnd(fewer)).toMatchObject({ status: 'failed', failure: { code: 'stock_short' } });
    expect(stores.ordersOf(store.id)).toEqual([]);
  });

  it('places at a lower price for that price', async () => {
    const begun = await begin();
    stores.priceCents.set(store.id, 900);
    expect(await toTheEnd(begun)).toMatchObject({ status: 'placed' });
    const { body } = await shopper.get(`/orders?checkoutSessionId=${begun.session.id}`).expect(200);
    expect(body.data).toMatchObject([{ subtotal: usd(1800), total: usd(2380) }]);
    const { body: session } = await shopper.get(`/checkout/sessions/${begun.session.id}`).expect(200);
    expect(session.stores[0].total).toEqual(usd(2380));
  });

  it('pays with the instrument that was chosen, and with no other', async () => {
    stores.cards.push({ id: 'card_2', brand: 'mastercard', last4: '4444', isDefault: false });
    const begun = await begin({ storeInstrumentId: 'card_2' });
    await runOnce(begun);
    expect(stores.asked.at(-1)!.payment).toEqual({ type: 'saved', instrumentId: 'card_2', maxCents: 2580 });
    shopper = await customer(muse);
    const other = await begin({ storeInstrumentId: 'card_3' });
    expect(await toTheEnd(other)).toMatchObject({ status: 'continue_at_store' });
    stores.cards.pop();
  });

  it('leaves the filled cart with the store where Muse cannot pay there', async () => {
    stores.noInstruments.add(store.id);
    const begun = await begin();
    expect(begun.session.problems).toMatchObject([{ code: 'pay_at_store' }]);
    const state = await toTheEnd(begun);
    const { continueUrl } = stores.checkoutOf(store.id);
    expect(state.status).toBe('continue_at_store');
    expect(await followed(state.continueUrl)).toBe(continueUrl);
    expect(await linesInCart()).toBe(0);
  });

  describe('asks the shopper to link the account again', () => {
    const dead = { serves: false, link: { required: true, status: 'relink', url: 'http://muse/link' } } as const;
    const link = (alive: boolean) =>
      alive ? stores.links.delete(`${shopper.id} ${store.id}`) : stores.links.set(`${shopper.id} ${store.id}`, dead);
    const tellLinked = async () => {
      const events = muse.app.get(Events, { strict: false });
      await muse.app.get(Database, { strict: false }).transaction((tx) => {
        const payload = { userId: shopper.id, storeId: store.id };
        return events.publish(tx, { type: 'store_account.linked', aggregateId: shopper.id, payload });
      });
      const due = await sql(
        muse,
        `SELECT id FROM event_deliveries WHERE status = 'pending' AND consumer = 'checkout-session.links'`,
      );
      for (const { id } of due) await muse.app.get(Deliveries, { strict: false }).deliver(id);
    };

    it('and goes on as soon as it was', async () => {
      const begun = await begin();
      link(false);
      await runOnce(begun);
      const status = await statusOf(begun);
      expect(status).toMatchObject({
        status: 'action_required',
        stores: [
          {
            status: 'action_required',
            action: { type: 'relink', url: 'http://muse/link', expiresAt: expect.any(String) },
          },
        ],
      });
      expect(await rowOf(begun)).toMatchObject({ waits_for: 'relink', attempts: 0 });
      // Looked at meanwhile: nothing is new, so nothing is told.
      await runOnce(begun);
      expect(await statusOf(begun)).toEqual(status);
      link(true);
      expect((await rowOf(begun)).wait).toBeGreaterThan(30);
      await tellLinked();
      expect((await rowOf(begun)).wait).toBeLessThan(1);
      await runOnce(begun);
      expect(await stateOf(begun)).toMatchObject({ status: 'placed', action: null });
    });

    it('and falls to the next tier where nobody does', async () => {
      const begun = await begin();
      link(false);
      await runOnce(begun);
      await sql(muse, `UPDATE store_api_checkouts SET act_until = now() - interval '1 second' WHERE store_id = $1`, [
        store.id,
      ]);
      await runOnce(begun);
      expect(await stateOf(begun)).toMatchObject({ status: 'processing' });
      expect(await toTheEnd(begun)).toMatchObject({ status: 'continue_at_store', action: null });
      link(true);
    });

    it('and never to another tier past the point of no return', async () => {
      const begun = await begin();
      stores.will(store.id, 'complete', fault('unknown', 'reset'));
      stores.will(store.id, 'retrieve', fault('unknown', 'reset'));
      await runOnce(begun);
      link(false);
      await runOnce(begun);
      expect(await stateOf(begun)).toMatchObject({ status: 'action_required', action: { type: 'relink' } });
      await sql(muse, `UPDATE store_api_checkouts SET act_until = now() - interval '1 second' WHERE store_id = $1`, [
        store.id,
      ]);
      expect(await toTheEnd(begun)).toMatchObject({ status: 'needs_attention', action: null });
      expect(await rowOf(begun)).toMatchObject({ tier: 'oauth_api' });
      link(true);
    });
  });

  describe('sends the shopper to the store where it wants to see them', () => {
    const escalated = async () => {
      const begun = await begin();
      stores.will(store.id, 'complete', () => {
        const remote = stores.checkoutOf(store.id);
        remote.status = 'escalation';
        return remote;
      });
      await runOnce(begun);
      const { continueUrl } = stores.checkoutOf(store.id);
      expect(await stateOf(begun)).toMatchObject({
        status: 'action_required',
        action: { type: 'redirect', url: continueUrl },
      });
      return begun;
    };

    it('and takes the order that they finished there', async () => {
      const begun = await escalated();
      stores.finishThere(store.id);
      await runOnce(begun);
      expect(await stateOf(begun)).toMatchObject({ status: 'placed', order: { storeOrderNumber: expect.any(String) } });
    });

    it('and buys where they have only confirmed it', async () => {
      const begun = await escalated();
      stores.checkoutOf(store.id).status = 'ready';
      await runOnce(begun);
      expect(await stateOf(begun)).toMatchObject({ status: 'placed' });
      expect(stores.ordersOf(store.id)).toHaveLength(1);
    });

    it('and gives up where they gave up', async () => {
      const begun = await escalated();
      stores.checkoutOf(store.id).status = 'canceled';
      await runOnce(begun);
      expect(await stateOf(begun)).toMatchObject({ status: 'failed', failure: { code: 'canceled_at_store' } });
    });

    it('and ends the store’s checkout where nothing comes of it in time', async () => {
      const begun = await escalated();
      await sql(muse, `UPDATE store_api_checkouts SET act_until = now() - interval '1 second' WHERE store_id = $1`, [
        store.id,
      ]);
      await runOnce(begun);
      expect(await stateOf(begun)).toMatchObject({ status: 'failed', failure: { code: 'not_finished_at_store' } });
      expect(stores.checkoutOf(store.id).status).toBe('canceled');
      expect(await linesInCart()).toBe(1);
    });
  });

  it('stays with the worker that has to wait until others are done at their stores', async () => {
    const begun = await begin();
    const jobs = muse.app.get(Jobs, { strict: false });
    const runner = muse.app.get(PlacementRunner, { strict: false });
    const lease = randomUUID();
    const claimed = await muse.app.get(PlacementsRepository, { strict: false }).claim(begun.placementId, lease, []);
    let goOn!: () => void;
    const may = new Promise<void>((resolve) => (goOn = resolve));
    for (let waiting = 0; waiting < BESIDE_AT_ONCE; waiting++) await jobs.beside(() => may);
    const leaseOf = async () =>
      (await sql(muse, 'SELECT lease_until::text AS until FROM placements WHERE id = $1', [begun.placementId]))[0]
        .until;
    const taken = runner.begin(claimed!, lease);
    const first = await leaseOf();
    await eventually(async () => (await leaseOf()) > first);
    expect(stores.stepsOf(store.id)).not.toContain('complete');
    goOn();
    await taken;
    await eventually(async () => (await stateOf(begun)).status === 'placed');
    expect(stores.ordersOf(store.id)).toHaveLength(1);
  });

  describe('goes on after a worker has died', () => {
    /** The next call of this method does its work and then never comes back, until `goOn`. */
    const stopAfter = (of: object, method: string, when: (args: unknown[]) => boolean = () => true) => {
      const holder = of as Record<string, (...args: unknown[]) => Promise<unknown>>;
      const real = holder[method]!.bind(of);
      let goOn!: () => void;
      const may = new Promise<void>((resolve) => (goOn = resolve));
      const arrived = new Promise<void>((resolve) => {
        holder[method] = async (...args) => {
          if (!when(args)) return real(...args);
          holder[method] = real;
          const result = await real(...args);
          resolve();
          await may;
          return result;
        };
      });
      return { arrived, goOn };
    };
    const POINTS: Record<(typeof API_CHECKOUT_STEPS)[number], () => { arrived: Promise<void>; goOn: () => void }> = {
      begun: () => stopAfter(muse.app.get(ApiCheckouts, { strict: false }), 'begin'),
      agreed: () => stopAfter(muse.app.get(ApiCheckouts, { strict: false }), 'agreed'),
      promised: () => stopAfter(muse.app.get(ApiCheckouts, { strict: false }), 'promise'),
      answered: () =>
        stopAfter(
          muse.app.get(StoreAsking, { strict: false }),
          'ask',
          () => stores.stepsOf(store.id).at(-1) === 'quote' && promised(),
        ),
      recorded: () => stopAfter(muse.app.get(ApiCheckouts, { strict: false }), 'completed'),
    };
    let hasPromised = false;
    const promised = () => hasPromised;

    it.each(API_CHECKOUT_STEPS)('at %s: one order, whoever comes first', async (step) => {
      const begun = await begin();
      hasPromised = step === 'answered';
      const rows = muse.app.get(ApiCheckouts, { strict: false });
      if (step === 'answered') {
        const promise = rows.promise.bind(rows);
        hasPromised = false;
        rows.promise = async (...args) => {
          rows.promise = promise;
          const done = await promise(...args);
          hasPromised = true;
          return done;
        };
      }
      const { arrived, goOn } = POINTS[step]();
      const late = runOnce(begun);
      await arrived;
      await sql(muse, `UPDATE placements SET lease_until = now() - interval '1 second' WHERE id = $1`, [
        begun.placementId,
      ]);
      const state = await toTheEnd(begun);
      expect(state).toMatchObject({ status: 'placed', failure: null });
      const before = [await statusOf(begun), await apiRow(begun), await rowOf(begun)].map((one) => ({
        ...one,
        wait: 0,
      }));
      goOn();
      await late;
      const after = [await statusOf(begun), await apiRow(begun), await rowOf(begun)].map((one) => ({
        ...one,
        wait: 0,
      }));
      expect(after).toEqual(before);
      expect(stores.ordersOf(store.id)).toHaveLength(1);
      expect(await sql(muse, 'SELECT 1 FROM orders WHERE store_id = $1', [store.id])).toHaveLength(1);
    });

    it('who decides against it is not overtaken by one that wanted it', async () => {
      const begun = await begin();
      const { arrived, goOn } = POINTS.agreed();
      const late = runOnce(begun);
      await arrived;
      await sql(muse, `UPDATE placements SET lease_until = now() - interval '1 second' WHERE id = $1`, [
        begun.placementId,
      ]);
      stores.priceCents.set(store.id, 5000);
      expect(await toTheEnd(begun)).toMatchObject({ status: 'failed', failure: { code: 'price_changed' } });
      stores.priceCents.delete(store.id);
      goOn();
      await late;
      expect(stores.ordersOf(store.id)).toEqual([]);
      expect(await stateOf(begun)).toMatchObject({ status: 'failed' });
    });
  });

  it('tells the store where it goes, and nobody else who bought, in a sealed checkout', async () => {
    await addDescribed(shopper, store, { quantity: 2 });
    const { id } = await readySession(shopper, { sealed: true });
    const session = await quoted(muse, shopper, id);
    expect(session).toMatchObject({ sealed: true, readyToPlace: true, shippingAddress: null });
    await place(shopper, session).expect(202);
    const [{ id: placementId }] = await sql(muse, 'SELECT id FROM placements WHERE session_id = $1', [id]);
    await muse.app.get(PlacementRunner, { strict: false }).runOnce(placementId);
    expect(stores.ordersOf(store.id)).toHaveLength(1);
    const asked = stores.asked.findLast((one) => one.storeId === store.id && one.step === 'quote')!;
    expect(asked.basket).toMatchObject({ buyer: null, address: { line1: ADDRESS.line1 } });
    const [order] = await sql(
      muse,
      `SELECT sealed, buyer_user_id, buyer_guest_id, shipping_address, contact, store_order_id IS NOT NULL AS known FROM orders WHERE store_id = $1`,
      [store.id],
    );
    expect(order).toEqual({
      ...{
        sealed: true,
        buyer_user_id: null,
        buyer_guest_id: null,
        shipping_address: null,
        contact: null,
        known: true,
      },
    });
  });

  it('says again what it said, where the outcome was not written', async () => {
    const begun = await begin();
    await runOnce(begun);
    const [{ outcome }] = await sql(muse, 'SELECT outcome FROM placements WHERE id = $1', [begun.placementId]);
    expect(await apiRow(begun)).toMatchObject({ outcome });
  });
});
