import { randomUUID } from 'node:crypto';
import { ErasureRegistry } from '../../src/identity';
import { Database } from '../../src/platform/database';
import { OrderPolls } from '../../src/store-integrations/following/order-polls';
import { StoreFault } from '../../src/store-integrations/protocols/store-fault';
import { startApp, type RunningApp } from '../support/app';
import {
  ScriptedStore,
  acpOrder,
  acpParcel,
  newOrderId,
  openApiStore,
  remoteOrder,
  remoteParcel,
  sendAcp,
  withStoreApi,
} from '../support/scripted-store';
import { ScriptedStrategy, withStrategies } from '../support/scripted-strategy';
import {
  addDescribed,
  checkoutToPlaced,
  customer,
  eventually,
  orderOf,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';

const T = (minute: number) => `2036-11-26T12:${String(minute).padStart(2, '0')}:00Z`;

describe('Orders at stores that tell of them', () => {
  const strategy = new ScriptedStrategy('oauth_api', true);
  const api = new ScriptedStore();
  let muse: RunningApp;
  let buyer: Shopper;
  let store: { id: string; hosts: string[] };

  beforeAll(async () => {
    muse = await startApp({}, (builder) => withStoreApi(api)(withStrategies(strategy)(builder)));
    [buyer, store] = [await customer(muse), await openApiStore(muse)];
  }, 60_000);

  const path = (order: Body, rest = '') => `/orders/${order.id}${rest}`;
  const read = async (order: Body): Promise<Body> => (await buyer.get(path(order)).expect(200)).body;
  const history = async (order: Body): Promise<Body[]> =>
    (await buyer.get(path(order, '/history')).expect(200)).body.data;
  const typesOf = async (order: Body): Promise<string[]> => (await history(order)).map(({ type }) => type);
  const tracking = async (order: Body): Promise<Body> => (await buyer.get(path(order, '/tracking')).expect(200)).body;
  const told = (order: Body, type: string) =>
    sql(muse, 'SELECT payload FROM events WHERE aggregate_id = $1 AND type = $2', [order.id, type]);
  /** The order once it is so. */
  const once = (order: Body, so: (order: Body) => boolean): Promise<Body> =>
    eventually(async () => {
      const found = await read(order);
      return so(found) && found;
    });
  /** Every row that a webhook could touch. */
  const rows = async () => {
    const [row] = await sql(
      muse,
      `SELECT (SELECT count(*)::int FROM store_webhooks) AS webhooks, (SELECT count(*) FROM store_orders) AS orders,
              (SELECT coalesce(sum(version), 0) FROM store_orders) AS told, (SELECT coalesce(sum(version), 0) FROM orders) AS versions,
              (SELECT count(*) FROM events) AS events`,
    );
    return row;
  };
  /** Nothing is under way any more. */
  const calm = () =>
    eventually(async () => {
      const [{ open }] = await sql(
        muse,
        `SELECT (SELECT count(*) FROM event_deliveries WHERE status = 'pending') + (SELECT count(*) FROM store_webhooks WHERE finished_at IS NULL) AS open`,
      );
      return Number(open) === 0;
    });

  /** One that the buyer has ordered by the store's interface, and which the store knows. */
  async function buy({ who = buyer, at = store, known = true, id = newOrderId() } = {}): Promise<[Body, string]> {
    strategy.will(at.id, () => ({
      ...{ type: 'placed', storeOrderNumber: `N-${id}`, placedAtStore: true, storeOrderId: id },
    }));
    if (known) api.book.set(id, remoteOrder(id));
    await addDescribed(who, at, { productSku: 'WM-1', quantity: 2 });
    const order = await orderOf(who, await checkoutToPlaced(who));
    return [order, id];
  }

  it('is moved by a webhook: status, parcels and what was seen of them, days; and its buyer is told', async () => {
    const [order, id] = await buy();
    expect(order).toMatchObject({ status: 'confirmed', paymentStatus: 'at_store', storeOrderNumber: `N-${id}` });
    const estimated_delivery = { earliest: T(0), latest: '2036-11-30T12:00:00Z' };
    await sendAcp(muse, store.id, acpOrder(id, { status: 'processing', estimated_delivery })).expect(200);
    await once(order, ({ status }) => status === 'processing');
    const parcel = acpParcel('p1', 'in_transit', [['e1', 'shipped', T(1)]]);
    await sendAcp(
      muse,
      store.id,
      acpOrder(id, { status: 'shipped', estimated_delivery, fulfillments: [parcel] }),
    ).expect(200);
    const shipped = await once(order, ({ status }) => status === 'shipped');
    expect(shipped).toMatchObject({
      ...{ trackingNumber: '1Zp1', carrier: 'UPS', estimatedDelivery: { from: '2036-11-26', to: '2036-11-30' } },
      parcels: [{ carrier: 'UPS', trackingNumber: '1Zp1', status: 'in_transit' }],
    });
    const events: [string, string, string][] = [
      ['e1', 'shipped', T(1)],
      ['e2', 'out_for_delivery', T(2)],
      ['e3', 'delivered', T(3)],
    ];
    const arrived = acpParcel('p1', 'delivered', events);
    await sendAcp(muse, store.id, acpOrder(id, { status: 'completed', fulfillments: [arrived] })).expect(200);
    const delivered = await once(order, ({ status }) => status === 'delivered');
    expect(delivered.parcels.map(({ status }: Body) => status)).toEqual(['delivered']);
    expect((await tracking(order)).events.map(({ detail }: Body) => detail)).toEqual([
      ...['shipped (e1)', 'out_for_delivery (e2)', 'delivered (e3)'],
    ]);
    expect(await typesOf(order)).toEqual(['placed', 'estimate_changed', 'processing', 'shipped', 'delivered']);
    expect(await told(order, 'order.shipped')).toHaveLength(1);
    expect(await told(order, 'order.delivered')).toHaveLength(1);
    const news = await eventually(async () => {
      const { data } = (await buyer.get('/notifications').expect(200)).body;
      const kinds = data.filter(({ target }: Body) => target?.id === order.id).map(({ kind }: Body) => kind);
      return kinds.includes('order_delivered') && kinds;
    });
    expect(news.sort()).toEqual(['order_delivered', 'order_shipped']);
  });

  it('nothing of the order is kept but what it is: no name, no address, and no webhook once it is worked', async () => {
    const [, id] = await buy();
    const buyerOf = { buyer: { name: 'Planted Person', email: 'planted@person.example' }, note: 'Planted Street 7' };
    await sendAcp(muse, store.id, acpOrder(id, { status: 'processing', ...buyerOf, shipping_address: buyerOf })).expect(
      200,
    );
    await calm();
    const [{ kept }] = await sql(
      muse,
      `SELECT (SELECT count(*) FROM store_webhooks w WHERE w::text ILIKE '%planted%' OR (w.snapshot IS NOT NULL AND w.finished_at IS NOT NULL))
            + (SELECT count(*) FROM store_orders o WHERE o::text ILIKE '%planted%') + (SELECT count(*) FROM events e WHERE e::text ILIKE '%planted%') AS kept`,
    );
    expect(Number(kept)).toBe(0);
  });

  describe('believes no webhook but its own store’s', () => {
    const order = (id: string) => acpOrder(id, { status: 'shipped' });
    let id: string;
    let other: { id: string };

    beforeAll(async () => {
      [, id] = await buy();
      other = await openApiStore(muse, { secrets: { webhookSecret: 'whsec_of_another_store_0123456789abc' } });
      await calm();
      // Nor is any of the orders asked after meanwhile.
      await sql(
        muse,
        `UPDATE store_orders SET next_poll_at = now() + interval '1 hour' WHERE next_poll_at IS NOT NULL`,
      );
      await calm();
    });

    it.each<[string, () => ReturnType<typeof sendAcp>]>([
      ['one without a signature', () => sendAcp(muse, store.id, order(id), { secret: null })],
      ['one signed with a secret of nobody', () => sendAcp(muse, store.id, order(id), { secret: 'whsec_guessed' })],
      [
        'one signed by another store',
        () => sendAcp(muse, store.id, order(id), { secret: 'whsec_of_another_store_0123456789abc' }),
      ],
      ['one sent to another store', () => sendAcp(muse, other.id, order(id))],
      [
        'one whose body was changed',
        () => sendAcp(muse, store.id, order(id), { alter: (body) => body.replace('shipped', 'canceled') }),
      ],
      ['one whose body was written anew', () => sendAcp(muse, store.id, order(id), { alter: (body) => `${body} ` })],
      [
        'one of ten minutes ago',
        () => sendAcp(muse, store.id, order(id), { seconds: Math.floor(Date.now() / 1000) - 600 }),
      ],
      [
        'one of ten minutes from now',
        () => sendAcp(muse, store.id, order(id), { seconds: Math.floor(Date.now() / 1000) + 600 }),
      ],
      ['one that is signed and no order', () => sendAcp(muse, store.id, { type: 'order' })],
      ['one of a store that there is not', () => sendAcp(muse, randomUUID(), order(id))],
    ])('%s: 400, and no row is touched', async (_, send) => {
      const before = await rows();
      const { body } = await send().expect(400);
      expect(body.code).toBe('webhook_not_verified');
      expect(await rows()).toEqual(before);
    });

    it('nor one that another store signs about an order there: it is none of that store’s', async () => {
      const [bought, foreign] = await buy();
      await sendAcp(muse, other.id, acpOrder(foreign, { status: 'canceled' }), {
        secret: 'whsec_of_another_store_0123456789abc',
      }).expect(200);
      await calm();
      expect((await read(bought)).status).toBe('confirmed');
    });

    it('nor unreadable ones of the other protocol', async () => {
      const before = await rows();
      await muse.http
        .post('/api/v1/webhooks/ucp')
        .set('content-type', 'application/json')
        .send('{"id":"order_1"}')
        .expect(400);
      expect(await rows()).toEqual(before);
    });
  });

  it('hears an event once, though it comes twenty times at once and again later', async () => {
    const [order, id] = await buy();
    await calm();
    const before = (await rows()).webhooks;
    const seconds = Math.floor(Date.now() / 1000);
    const parcel = acpParcel('p1', 'in_transit', [['e1', 'shipped', T(1)]]);
    const send = () =>
      sendAcp(muse, store.id, acpOrder(id, { status: 'shipped', fulfillments: [parcel] }), { seconds });
    const answers = await Promise.all(Array.from({ length: 20 }, async () => (await send()).status));
    expect(new Set(answers)).toEqual(new Set([200]));
    await once(order, ({ status }) => status === 'shipped');
    await calm();
    await send().expect(200);
    await calm();
    expect((await rows()).webhooks).toBe(before + 1);
    expect(await typesOf(order)).toEqual(['placed', 'shipped']);
    expect((await tracking(order)).events).toHaveLength(1);
    expect(await told(order, 'order.shipped')).toHaveLength(1);
  });

  it('comes to the same in whatever order its events come', async () => {
    const parcelAt = (count: number) => {
      const events: [string, string, string][] = [
        ['e1', 'shipped', T(1)],
        ['e2', 'in_transit', T(2)],
        ['e3', 'delivered', T(3)],
      ];
      return acpParcel('p1', ['shipped', 'in_transit', 'delivered'][count - 1]!, events.slice(0, count));
    };
    const way = [
      acpOrder('x', { status: 'processing' }),
      acpOrder('x', { status: 'shipped', fulfillments: [parcelAt(1)] }),
      acpOrder('x', { status: 'shipped', fulfillments: [parcelAt(2)] }),
      acpOrder('x', { status: 'completed', fulfillments: [parcelAt(3)] }),
    ];
    for (const places of [
      [3, 2, 1, 0],
      [1, 3, 0, 2],
      [2, 0, 3, 1],
    ]) {
      const [order, id] = await buy();
      for (const place of places) await sendAcp(muse, store.id, { ...way[place], id }).expect(200);
      const delivered = await once(order, ({ status }) => status === 'delivered');
      await calm();
      expect(await read(order)).toEqual(delivered);
      expect(delivered.parcels.map(({ status }: Body) => status)).toEqual(['delivered']);
      const seen = (await tracking(order)).events.map(({ status }: Body) => status);
      expect(seen).toEqual(['in_transit', 'in_transit', 'delivered']);
      expect((await history(order)).filter(({ type }) => type === 'delivered' || type === 'shipped')).toHaveLength(2);
    }
  });

  it('is heard of before it is one: what a webhook says before the order is written holds once it is', async () => {
    const id = newOrderId();
    const parcel = acpParcel('p1', 'in_transit', [['e1', 'shipped', T(1)]]);
    await sendAcp(muse, store.id, acpOrder(id, { status: 'shipped', fulfillments: [parcel] })).expect(200);
    await calm();
    const [order] = await buy({ id, known: false });
    const shipped = await once(order, ({ status }) => status === 'shipped');
    expect(shipped.parcels).toHaveLength(1);
  });

  it('is heard of while it is being written', async () => {
    for (let round = 0; round < 5; round++) {
      const id = newOrderId();
      const [[order]] = await Promise.all([
        buy({ id }),
        sendAcp(muse, store.id, acpOrder(id, { status: 'processing' })).expect(200),
      ]);
      await once(order, ({ status }) => status === 'processing');
    }
  });

  describe('at a store that never tells by itself', () => {
    const due = (id: string) =>
      sql(muse, 'UPDATE store_orders SET next_poll_at = now() WHERE remote_id = $1 AND next_poll_at IS NOT NULL', [id]);
    const followed = async (id: string): Promise<Body> =>
      (
        await sql(
          muse,
          `SELECT id, next_poll_at, poll_seconds, failures, last_error, extract(epoch FROM next_poll_at - now())::int AS wait, lease_token
         FROM store_orders WHERE remote_id = $1`,
          [id],
        )
      )[0];
    /** It was asked, and nobody is at it any more. */
    const asked = (id: string, count: number) =>
      eventually(async () => {
        const calls = api.asked.filter(({ what, orderId }) => what === 'order' && orderId === id);
        return calls.length >= count && (await followed(id)).lease_token === null && calls;
      });

    it('is asked for: at once, then ever less often, and no more at its end', async () => {
      const [order, id] = await buy();
      await asked(id, 1);
      expect((await followed(id)).wait).toBeGreaterThan(600);
      api.move(id, { status: 'shipped', parcels: [remoteParcel('p1')] });
      await due(id);
      await once(order, ({ status }) => status === 'shipped');
      await due(id);
      await asked(id, 3);
      expect((await followed(id)).poll_seconds).toBe(1_800);
      api.move(id, { status: 'delivered', parcels: [remoteParcel('p1', { status: 'delivered' })] });
      await due(id);
      await once(order, ({ status }) => status === 'delivered');
      api.move(id, { status: 'returned', refundedCents: 1600 });
      await due(id);
      await once(order, ({ status }) => status === 'returned');
      await eventually(async () => (await followed(id)).next_poll_at === null);
    });

    it('waits as long as the store says, and ever longer while it does not answer', async () => {
      const [, id] = await buy();
      await asked(id, 1);
      api.faults.push(new StoreFault('throttled', 'too_many', '', 120_000));
      await due(id);
      await eventually(async () => (await followed(id)).last_error === 'throttled: too_many');
      expect((await followed(id)).wait).toBeGreaterThan(100);
      expect((await followed(id)).failures).toBe(0);
      for (const failures of [1, 2]) {
        api.faults.push(new StoreFault('unavailable', 'connect_failed', ''));
        await due(id);
        await eventually(async () => (await followed(id)).failures === failures);
      }
      expect((await followed(id)).wait).toBeGreaterThan(100);
    });

    it('is left alone while it is known to be down', async () => {
      const down = await openApiStore(muse);
      const [, id] = await buy({ at: down });
      await asked(id, 1);
      await sql(
        muse,
        `INSERT INTO store_breakers (store_id, tier, state, failures, failing_since, opened_times, retry_at)
         VALUES ($1, 'oauth_api', 'open', 5, now(), 1, now() + interval '5 minutes')`,
        [down.id],
      );
      await due(id);
      await eventually(async () => (await followed(id)).last_error === 'throttled: known_down');
      expect((await followed(id)).failures).toBe(0);
      expect(api.asked.filter(({ what, orderId }) => what === 'order' && orderId === id)).toHaveLength(1);
    });

    it('is asked for in nobody’s name once the buyer’s account is closed', async () => {
      const gone = await customer(muse);
      const [, id] = await buy({ who: gone });
      await asked(id, 1);
      const userOf = async () =>
        (await sql(muse, 'SELECT user_id FROM store_orders WHERE remote_id = $1', [id]))[0].user_id;
      expect(await userOf()).toBe(gone.id);
      await muse.app
        .get(Database, { strict: false })
        .transaction((tx) => muse.app.get(ErasureRegistry, { strict: false }).run(tx, gone.id));
      expect(await userOf()).toBeNull();
    });

    it('is asked for by one worker at a time', async () => {
      const [, id] = await buy();
      await asked(id, 1);
      const { id: rowId } = await followed(id);
      await due(id);
      const polls = muse.app.get(OrderPolls, { strict: false });
      await Promise.all(Array.from({ length: 10 }, () => polls.runOnce(rowId)));
      await asked(id, 2);
      expect(api.asked.filter(({ what, orderId }) => what === 'order' && orderId === id)).toHaveLength(2);
    });

    it('comes to the same when a poll and a webhook come at once', async () => {
      for (let round = 0; round < 5; round++) {
        const [order, id] = await buy();
        await asked(id, 1);
        const parcel = remoteParcel('p1', {
          events: [{ key: 'e1', at: new Date(T(1)), status: 'in_transit', detail: 'shipped (e1)', location: null }],
        });
        api.move(id, { status: 'shipped', parcels: [parcel], updatedAt: new Date(T(1)) });
        const { id: rowId } = await followed(id);
        await due(id);
        const same = acpOrder(id, {
          status: 'shipped',
          fulfillments: [acpParcel('p1', 'in_transit', [['e1', 'shipped', T(1)]])],
        });
        await Promise.all([
          muse.app.get(OrderPolls, { strict: false }).runOnce(rowId),
          sendAcp(muse, store.id, same).expect(200),
        ]);
        await once(order, ({ status }) => status === 'shipped');
        await calm();
        const { parcels } = await read(order);
        expect(parcels).toHaveLength(1);
        expect((await tracking(order)).events).toHaveLength(1);
        expect((await typesOf(order)).filter((type) => type === 'shipped')).toHaveLength(1);
      }
    });
  });

  describe('is cancelled at the store', () => {
    const offered = (order: Body) => once(order, ({ allowedActions }) => allowedActions.includes('cancel'));

    it('which is asked once, with the buyer’s reason; the order is cancelled when the store says so', async () => {
      const [order, id] = await buy();
      await offered(order);
      const { body } = await buyer.put(path(order, '/cancel'), { reason: 'Ordered twice' }).expect(202);
      expect(body).toMatchObject({ status: 'confirmed', storeRequest: { kind: 'cancel', status: 'pending' } });
      expect(body.allowedActions).not.toContain('cancel');
      const cancelled = await once(order, ({ status }) => status === 'cancelled');
      expect(cancelled).toMatchObject({ storeRequest: { status: 'done', code: null }, paymentStatus: 'at_store' });
      expect(api.asked.filter(({ what, orderId }) => what === 'cancel' && orderId === id)).toMatchObject([
        { reason: 'Ordered twice' },
      ]);
      expect((await history(order)).at(-1)).toMatchObject({
        type: 'cancelled',
        actor: 'system',
        reason: 'asked_by_buyer',
      });
      const [{ sealed_reason }] = await sql(muse, 'SELECT sealed_reason FROM store_requests WHERE order_id = $1', [
        order.id,
      ]);
      expect(sealed_reason).toBeNull();
      await buyer.put(path(order, '/cancel'), {}).expect(200);
    });

    it('though ten ask for it at once, it is asked once', async () => {
      const [order, id] = await buy();
      await offered(order);
      const answers = await Promise.all(
        Array.from({ length: 10 }, async () => (await buyer.put(path(order, '/cancel'), {})).status),
      );
      expect(answers.every((status) => status === 202 || status === 200)).toBe(true);
      await once(order, ({ status }) => status === 'cancelled');
      expect(api.asked.filter(({ what, orderId }) => what === 'cancel' && orderId === id)).toHaveLength(1);
    });

    it('or not: 409 where the store does not offer it, and it is not among what may be done', async () => {
      const [order] = await buy();
      await offered(order);
      await sql(muse, `UPDATE orders SET store_offers = '{track}' WHERE id = $1`, [order.id]);
      expect((await read(order)).allowedActions).not.toContain('cancel');
      const { body } = await buyer.put(path(order, '/cancel'), {}).expect(409);
      expect(body).toMatchObject({ code: 'not_offered_by_store', ability: 'cancel' });
    });

    it('or refused: raced by its shipping, it goes on, and its buyer is told why', async () => {
      const [order, id] = await buy();
      await offered(order);
      api.will('cancel', id, () => {
        api.move(id, { status: 'shipped', parcels: [remoteParcel('p1')] });
        throw new StoreFault('refused', 'already_shipped', 'It has left.');
      });
      await buyer.put(path(order, '/cancel'), {}).expect(202);
      await sendAcp(
        muse,
        store.id,
        acpOrder(id, { status: 'shipped', fulfillments: [acpParcel('p1', 'in_transit')] }),
      ).expect(200);
      const shipped = await once(
        order,
        ({ status, storeRequest }) => status === 'shipped' && storeRequest.status === 'refused',
      );
      expect(shipped.storeRequest.code).toBe('already_shipped');
      expect((await typesOf(order)).sort()).toEqual(['cancel_asked', 'cancel_refused', 'placed', 'shipped']);
      await buyer.put(path(order, '/cancel'), {}).expect(409);
      await eventually(async () => {
        const { data } = (await buyer.get('/notifications').expect(200)).body;
        return data.some(({ kind, target }: Body) => kind === 'cancel_refused' && target?.id === order.id);
      });
    });

    it('or stopped on its way: raced by its shipping, and cancelled all the same, it is back with the store', async () => {
      const [order, id] = await buy();
      await offered(order);
      const [at, later] = [new Date(Date.now() + 1_000), new Date(Date.now() + 2_000)];
      api.will('cancel', id, async () => {
        const parcels = [remoteParcel('p1')];
        const shipped = acpOrder(id, {
          ...{ status: 'shipped' },
          fulfillments: [acpParcel('p1', 'in_transit', [['e1', 'shipped', at.toISOString()]])],
        });
        await sendAcp(muse, store.id, shipped).expect(200);
        await once(order, ({ status }) => status === 'shipped');
        return api.move(id, { status: 'cancelled', refundedCents: 1600, parcels, updatedAt: later });
      });
      await buyer.put(path(order, '/cancel'), {}).expect(202);
      const back = await once(order, ({ status }) => status === 'returned');
      expect(back).toMatchObject({ refundedAtStore: { amount: 1600 }, storeRequest: { status: 'done' } });
      expect((await history(order)).at(-1)).toMatchObject({ type: 'returned', reason: 'asked_by_buyer' });
    });

    it('once, where nobody knows what came of the first try: the store is asked how it stands before it is asked again', async () => {
      const [order, id] = await buy();
      await offered(order);
      api.will('cancel', id, () => {
        api.move(id, { status: 'cancelled' });
        throw new StoreFault('unknown', 'connection_lost', '');
      });
      await buyer.put(path(order, '/cancel'), {}).expect(202);
      await once(order, ({ status, storeRequest }) => status === 'cancelled' && storeRequest.status === 'done');
      expect(api.asked.filter(({ what, orderId }) => what === 'cancel' && orderId === id)).toHaveLength(1);
    });

    it('under one key, however often it is tried', async () => {
      const [order, id] = await buy();
      await offered(order);
      const fail = () => {
        throw new StoreFault('unavailable', 'connect_failed', '');
      };
      api.will('cancel', id, fail, fail, () => api.move(id, { status: 'cancelled' }));
      await buyer.put(path(order, '/cancel'), {}).expect(202);
      await once(order, ({ status }) => status === 'cancelled');
      const keys = api.asked.filter(({ what, orderId }) => what === 'cancel' && orderId === id).map(({ key }) => key);
      expect([keys.length, new Set(keys).size]).toEqual([3, 1]);
    });

    it('or not, while the buyer’s account there has to be linked again: it may be asked again after that', async () => {
      const [order, id] = await buy();
      await offered(order);
      api.will('cancel', id, () => {
        throw new StoreFault('relink', 'relink', '');
      });
      await buyer.put(path(order, '/cancel'), {}).expect(202);
      const failed = await once(order, ({ storeRequest }) => storeRequest?.status === 'failed');
      expect(failed).toMatchObject({ storeRequest: { code: 'relink_needed' }, status: 'confirmed' });
      expect(failed.allowedActions).toContain('cancel');
      api.will('cancel', id, () => api.move(id, { status: 'cancelled' }));
      await buyer.put(path(order, '/cancel'), {}).expect(202);
      await once(order, ({ status }) => status === 'cancelled');
    });

    it('by its buyer alone', async () => {
      const [order] = await buy();
      const other = await customer(muse);
      await other.put(path(order, '/cancel'), {}).expect(404);
    });
  });

  describe('is sent back to the store', () => {
    async function arrived(): Promise<[Body, string]> {
      const [order, id] = await buy();
      const parcels = [remoteParcel('p1', { status: 'delivered', lines: [{ externalId: 'WM-1', quantity: 2 }] })];
      api.move(id, { status: 'delivered', parcels });
      await sql(muse, 'UPDATE store_orders SET next_poll_at = now() WHERE remote_id = $1', [id]);
      return [
        await once(order, ({ status, allowedActions }) => status === 'delivered' && allowedActions.includes('return')),
        id,
      ];
    }
    const ask = (order: Body, quantity: number, more: object = {}) =>
      buyer.post(
        path(order, '/return'),
        { items: [{ itemId: order.items[0].id, quantity, reason: 'Too small' }], ...more },
        { 'idempotency-key': randomUUID() },
      );
    const returnOnce = (order: Body, id: string, status: string): Promise<Body> =>
      eventually(async () => {
        const { body } = await buyer.get(path(order, `/returns/${id}`)).expect(200);
        return body.status === status && body;
      });

    it('which is asked with units and reasons; it is received when the store gives money back', async () => {
      const [order, id] = await arrived();
      const { body } = await ask(order, 1).expect(201);
      expect(body).toMatchObject({ status: 'requested', allowedActions: [] });
      await returnOnce(order, body.id, 'approved');
      expect(api.asked.filter(({ what, orderId }) => what === 'return' && orderId === id)).toMatchObject([
        { lines: [{ externalId: 'WM-1', quantity: 1, reason: 'Too small' }] },
      ]);
      api.move(id, { refundedCents: 1000 });
      await sql(muse, 'UPDATE store_orders SET next_poll_at = now() WHERE remote_id = $1', [id]);
      const received = await returnOnce(order, body.id, 'received');
      expect(received.refund).toEqual({ amount: 1000, currency: 'USD' });
      const after = await once(order, ({ refundedAtStore }) => refundedAtStore.amount === 1000);
      expect(after).toMatchObject({ status: 'delivered', items: [{ quantityReturned: 1 }] });
      api.move(id, { status: 'returned', refundedCents: 1600 });
      await sql(muse, 'UPDATE store_orders SET next_poll_at = now() WHERE remote_id = $1', [id]);
      const back = await once(order, ({ status }) => status === 'returned');
      expect(back).toMatchObject({
        refundedAtStore: { amount: 1600 },
        items: [{ status: 'returned', quantityReturned: 2 }],
      });
      const refunds = await told(order, 'order.refunded');
      expect(new Set(refunds.map(({ payload }) => payload.amountCents))).toEqual(new Set([1000, 600]));
    });

    it('or not, where the store refuses: the units may be sent back another time', async () => {
      const [order, id] = await arrived();
      api.will('return', id, () => {
        throw new StoreFault('refused', 'final_sale', 'This was a final sale.');
      });
      const { body } = await ask(order, 2).expect(201);
      const refused = await returnOnce(order, body.id, 'refused');
      expect(refused.answer).toBe('This was a final sale.');
      expect((await read(order)).allowedActions).toContain('return');
      api.will('return', id, (remote) => remote);
      const again = await ask(order, 2).expect(201);
      await returnOnce(order, again.body.id, 'approved');
    });

    it('and the store alone decides: the buyer cannot take it back, nor exchange it', async () => {
      const [order] = await arrived();
      const { body } = await ask(order, 1).expect(201);
      await buyer.post(path(order, `/returns/${body.id}/cancel`)).expect(409);
      const exchangeFor = [{ variantId: randomUUID(), quantity: 1 }];
      await ask(order, 1, { kind: 'exchange', exchangeFor }).expect(422);
    });

    it('or not: 409 where the store does not offer it', async () => {
      const [order] = await arrived();
      await sql(muse, `UPDATE orders SET store_offers = '{track}' WHERE id = $1`, [order.id]);
      expect((await read(order)).allowedActions).not.toContain('return');
      const { body } = await ask(order, 1).expect(409);
      expect(body).toMatchObject({ code: 'not_offered_by_store', ability: 'return' });
    });
  });

  it('gives its versions and its history one entry each, whatever its store has told', async () => {
    const orders = await sql(
      muse,
      `SELECT o.id FROM orders o WHERE o.version <> (SELECT count(*) FROM order_events e WHERE e.order_id = o.id)`,
    );
    expect(orders).toEqual([]);
  });
});
