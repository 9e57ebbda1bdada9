import { OrderTimers } from '../../../src/orders/life/order-timers';
import type { OrderStatus } from '../../../src/orders/order-states';
import { Database } from '../../../src/platform/database';
import { startApp, type RunningApp } from '../../support/app';
import { openShop } from '../../support/market';
import { OrdersWorld, parcel } from '../../support/orders';
import { addVariant, checkoutToPlaced, eventually, orderOf, sql, statusesOf, type Body } from '../../support/shopper';

const METRICS_TOKEN = 'a-token-for-metrics';
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('What the clock does to orders', () => {
  let muse: RunningApp;
  let other: RunningApp;
  let world: OrdersWorld;

  beforeAll(async () => {
    muse = await startApp({ METRICS_TOKEN });
    // A second process on the same database, which sweeps too.
    other = await startApp({ DATABASE_URL: muse.database, MUSE_MASTER_KEY: muse.config.MUSE_MASTER_KEY! });
    world = await OrdersWorld.make(muse);
  });

  const timersOf = (app: RunningApp) => app.app.get(OrderTimers, { strict: false });
  // One whose row somebody has that moment, such as whoever tells its conversation of it, is left for the next sweep.
  const sweep = () =>
    eventually(async () => {
      await timersOf(muse).runOnce();
      return (await sql(muse, 'SELECT FROM orders WHERE timer_at <= now()')).length === 0;
    });
  const timerOf = async (order: Body): Promise<{ kind: string | null; inMs: number | null }> => {
    const [row] = await sql(
      muse,
      `SELECT timer_kind AS kind, extract(epoch FROM timer_at - now()) * 1000 AS ms FROM orders WHERE id = $1`,
      [order.id],
    );
    return { kind: row.kind, inMs: row.ms === null ? null : Number(row.ms) };
  };
  const runOut = (order: Body) =>
    sql(muse, `UPDATE orders SET timer_at = now() - interval '1 second' WHERE id = $1 AND timer_kind IS NOT NULL`, [
      order.id,
    ]);
  const merchant = (order: Body, rest: string, body: object = {}) =>
    world.shop.merchant.post(world.at(order, rest), body);
  const stock = async () => (await world.shop.stockOf(world.shop.variantIds[0]))[0];

  it.each<[OrderStatus, string | null, number]>([
    ['pending', 'confirm', 72 * HOUR],
    ['confirmed', null, 0],
    ['processing', null, 0],
    ['shipped', 'deliver', 21 * DAY],
    ['delivered', 'complete', 14 * DAY],
    ['completed', null, 0],
    ['cancelled', null, 0],
    ['returned', null, 0],
  ])('begins with the state: %s', async (status, kind, ms) => {
    const timer = await timerOf(await world.bring(status));
    expect(timer.kind).toBe(kind);
    if (kind === null) expect(timer.inMs).toBeNull();
    else expect(Math.abs(timer.inMs! - ms)).toBeLessThan(60_000);
  });

  it('waits as long as the store has it, where it has a length of its own, for what comes from then on', async () => {
    const shop = await openShop(muse);
    const before = await world.bring('pending');
    const patch = async (body: object) =>
      muse.http.patch(`/api/v1/merchant/stores/${shop.storeId}`).set(shop.merchant.headers).send(body);
    expect((await patch({ orderConfirmHours: 5, orderCompleteDays: 3 })).body).toMatchObject({
      ...{ orderConfirmHours: 5, orderCompleteDays: 3 },
    });
    for (const wrong of [
      { orderConfirmHours: 0 },
      { orderConfirmHours: 721 },
      { orderCompleteDays: 91 },
      { orderCompleteDays: 'x' },
    ])
      expect((await patch(wrong)).status).toBe(400);
    await addVariant(world.buyer, shop.variantIds[0]);
    const order = await orderOf(world.buyer, await checkoutToPlaced(world.buyer));
    expect(Math.abs((await timerOf(order)).inMs! - 5 * HOUR)).toBeLessThan(60_000);
    await shop.merchant.post(world.at(order, '/ship'), parcel()).expect(200);
    await shop.merchant.post(world.at(order, '/delivered')).expect(200);
    expect(Math.abs((await timerOf(order)).inMs! - 3 * DAY)).toBeLessThan(60_000);
    expect(Math.abs((await timerOf(before)).inMs! - 72 * HOUR)).toBeLessThan(60_000);
    expect((await patch({ orderConfirmHours: null })).body).toMatchObject({
      orderConfirmHours: null,
      orderCompleteDays: 3,
    });
  });

  it('does not begin for a partner’s order', async () => {
    const order = await world.buyAtPartner('ON-1');
    await world.hear(order, 'delivered');
    expect(await timerOf(order)).toEqual({ kind: null, inMs: null });
  });

  it('cancels what nobody confirms, once, with everything that goes back', async () => {
    const before = await stock();
    const order = await world.buy(2);
    await sweep();
    expect((await world.read(order)).status).toBe('pending');
    await runOut(order);
    await Promise.all([sweep(), timersOf(other).runOnce(), sweep()]);
    await sweep();
    expect(await world.check(order)).toMatchObject({
      status: 'cancelled',
      version: 2,
      items: [{ status: 'cancelled' }],
    });
    expect(await stock()).toBe(before);
    expect((await world.history(order)).at(-1)).toMatchObject({ actor: 'system', reason: 'not_confirmed_in_time' });
    expect(await world.told(order, 'order.cancelled')).toEqual([
      { orderId: order.id, storeId: world.shop.storeId, by: 'system', code: 'not_confirmed_in_time' },
    ]);
  });

  it('takes what nobody tells of as delivered, and completes what nobody marks: no verified sale', async () => {
    const order = await world.bring('shipped');
    await runOut(order);
    await sweep();
    expect(await world.check(order)).toMatchObject({ status: 'delivered', parcels: [{ status: 'delivered' }] });
    expect((await world.history(order)).at(-1)).toMatchObject({ actor: 'system', reason: 'no_news' });
    await runOut(order);
    await sweep();
    expect(await world.check(order)).toMatchObject({
      ...{
        status: 'completed',
        buyerCompletedAt: null,
        merchantCompletedAt: null,
        verifiedSale: false,
        silentSide: null,
      },
    });
    expect(await world.told(order, 'order.marked_complete')).toEqual([]);
    expect(await world.told(order, 'order.completed')).toHaveLength(1);
  });

  it.each(['buyer', 'merchant'] as const)(
    'speaks for the other side where the %s alone has marked it, and says so',
    async (side) => {
      const order = await world.bring('delivered');
      if (side === 'buyer') await world.buyer.post(`/orders/${order.id}/complete`).expect(200);
      else await merchant(order, '/complete').expect(200);
      expect((await timerOf(order)).kind).toBe('complete');
      await runOut(order);
      await Promise.all([sweep(), timersOf(other).runOnce()]);
      await sweep();
      const silentSide = side === 'buyer' ? 'merchant' : 'buyer';
      const found = await world.check(order);
      expect(found).toMatchObject({ status: 'completed', verifiedSale: true, silentSide });
      expect([found.buyerCompletedAt !== null, found.merchantCompletedAt !== null]).toEqual([
        side === 'buyer',
        side === 'merchant',
      ]);
      expect(await sql(muse, 'SELECT silent_side FROM verified_sales WHERE order_id = $1', [order.id])).toEqual([
        { silent_side: silentSide },
      ]);
      expect(await world.told(order, 'order.marked_complete')).toMatchObject([
        { side },
        { side: silentSide, byTimer: true },
      ]);
      expect(await world.told(order, 'order.verified')).toMatchObject([{ silentSide }]);
      // Whoever was silent has nothing to add.
      await world.buyer.post(`/orders/${order.id}/complete`).expect(200);
      await merchant(order, '/complete').expect(200);
      expect(await world.check(order)).toEqual(found);
    },
  );

  it('completes nothing while units are on their way back, or while the money is disputed', async () => {
    const [returning, disputed] = [await world.bring('delivered'), await world.bring('delivered')];
    await sql(muse, 'UPDATE order_items SET quantity_in_return = 1 WHERE order_id = $1', [returning.id]);
    await sql(muse, `UPDATE orders SET payment_status = 'disputed' WHERE id = $1`, [disputed.id]);
    for (const order of [returning, disputed]) {
      await runOut(order);
      await sweep();
      expect((await world.check(order)).status).toBe('delivered');
      expect(Math.abs((await timerOf(order)).inMs! - DAY)).toBeLessThan(60_000);
    }
    await sql(muse, 'UPDATE order_items SET quantity_returned = 1 WHERE order_id = $1', [returning.id]);
    await runOut(returning);
    await sweep();
    expect((await world.check(returning)).status).toBe('completed');
  });

  it('cancels nothing that its merchant was paid for by hand', async () => {
    const order = await world.buy();
    const paid = { method: 'cash', reference: 'R-1' };
    await world.shop.merchant.post(world.at(order, '/mark-paid'), paid, { 'idempotency-key': order.id }).expect(200);
    await runOut(order);
    await sweep();
    expect((await world.check(order)).status).toBe('pending');
  });

  it('stops where the state has moved on without it', async () => {
    const order = await world.bring('confirmed');
    await sql(muse, `UPDATE orders SET timer_kind = 'confirm', timer_at = now() WHERE id = $1`, [order.id]);
    await sweep();
    expect(await timerOf(order)).toEqual({ kind: null, inMs: null });
    expect((await world.check(order)).status).toBe('confirmed');
  });

  it('leaves an order to whoever has it that moment, and does not wait', async () => {
    const order = await world.buy();
    await runOut(order);
    const database = muse.app.get(Database, { strict: false });
    const client = await database.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT 1 FROM orders WHERE id = $1 FOR NO KEY UPDATE', [order.id]);
      await timersOf(muse).runOnce();
      expect((await world.read(order)).status).toBe('pending');
      const { text } = await muse.http.get('/metrics').set({ authorization: `Bearer ${METRICS_TOKEN}` });
      expect(text).toMatch(/^muse_orders_overdue 1$/m);
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
    await sweep();
    expect((await world.check(order)).status).toBe('cancelled');
  });

  describe('Of two at once, one happens', () => {
    const ROUNDS = 6;
    const race = async (status: OrderStatus, ...works: ((order: Body) => PromiseLike<unknown>)[]) => {
      const found: { order: Body; answers: unknown[] }[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const order = await world.bring(status);
        const turned = round % 2 === 0 ? works : [...works].reverse();
        const answers = await Promise.all(turned.map((work) => work(order)));
        found.push({ order: await world.check(order), answers: round % 2 === 0 ? answers : answers.reverse() });
      }
      return found;
    };
    const cancelByBuyer = (order: Body) => world.buyer.put(`/orders/${order.id}/cancel`, {});
    const ship = (order: Body) => merchant(order, '/ship', parcel());

    it('confirming and cancelling', async () => {
      for (const { order, answers } of await race('pending', (o) => merchant(o, '/confirm'), cancelByBuyer)) {
        const [confirm, cancel] = answers as { status: number }[];
        // A confirmed one may still be cancelled, a cancelled one not be confirmed.
        expect(cancel!.status).toBe(200);
        expect([200, 409]).toContain(confirm!.status);
        expect(order.status).toBe('cancelled');
        expect(order.version).toBe(confirm!.status === 200 ? 3 : 2);
      }
    });

    it('confirming and the clock', async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const order = await world.bring('pending');
        await runOut(order);
        const [confirm] = await Promise.all([merchant(order, '/confirm'), sweep(), timersOf(other).runOnce()]);
        // Whoever has the order first; the clock comes again.
        await sweep();
        expect([200, 409]).toContain(confirm.status);
        expect((await world.check(order)).status).toBe(confirm.status === 200 ? 'confirmed' : 'cancelled');
      }
    });

    it('shipping and cancelling, whole or in part', async () => {
      const part = (o: Body) => merchant(o, '/ship', parcel([{ itemId: o.items[0].id, quantity: 1 }]));
      for (const [shipping, shipped] of [
        [ship, 'shipped'],
        [part, 'processing'],
      ] as const) {
        const before = await stock();
        let gone = 0;
        for (const { order, answers } of await race('confirmed', shipping, cancelByBuyer)) {
          const [one, cancel] = answers as { status: number }[];
          expect(statusesOf([one!, cancel!])).toEqual([200, 409]);
          expect(order.status).toBe(one!.status === 200 ? shipped : 'cancelled');
          if (one!.status === 200) gone += 2;
          expect(order.items[0].quantityShipped).toBe(one!.status !== 200 ? 0 : shipped === 'shipped' ? 2 : 1);
        }
        expect(await stock()).toBe(before - gone);
      }
    });

    it('parcels: never more leaves than was ordered', async () => {
      const order = await world.buy(5);
      const one = () => merchant(order, '/ship', parcel([{ itemId: order.items[0].id, quantity: 1 }]));
      const answers = await Promise.all(Array.from({ length: 12 }, one));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
      for (const answer of answers) expect([200, 409, 422]).toContain(answer.status);
      const found = await world.check(order);
      expect(found).toMatchObject({ status: 'shipped', items: [{ quantityShipped: 5 }] });
      expect(found.parcels).toHaveLength(5);
    });

    it('both marks: one sale, verified once', async () => {
      const outcomes = await race(
        'delivered',
        (o) => world.buyer.post(`/orders/${o.id}/complete`),
        (o) => merchant(o, '/complete'),
        (o) => world.buyer.post(`/orders/${o.id}/complete`),
        (o) => merchant(o, '/complete'),
      );
      for (const { order, answers } of outcomes) {
        expect(statusesOf(answers as { status: number }[])).toEqual([200, 200, 200, 200]);
        expect(order).toMatchObject({ status: 'completed', verifiedSale: true, silentSide: null });
        expect(await world.told(order, 'order.verified')).toHaveLength(1);
        expect(await world.told(order, 'order.completed')).toHaveLength(1);
      }
    });

    it('a hand and the clock: the second mark, or the clock for it', async () => {
      const outcomes: (string | null)[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const order = await world.bring('delivered');
        await merchant(order, '/complete').expect(200);
        await runOut(order);
        const [byHand] = await Promise.all([
          world.buyer.post(`/orders/${order.id}/complete`),
          sweep(),
          timersOf(other).runOnce(),
        ]);
        expect(byHand.status).toBe(200);
        const found = await world.check(order);
        expect(found).toMatchObject({ status: 'completed', verifiedSale: true });
        expect(found.silentSide).toBe(found.buyerCompletedAt === null ? 'buyer' : null);
        expect(await world.told(order, 'order.verified')).toHaveLength(1);
        outcomes.push(found.silentSide);
      }
      expect(outcomes).toHaveLength(ROUNDS);
    });

    it('receiving twice, and by both sides', async () => {
      const outcomes = await race(
        'shipped',
        (o) => world.buyer.put(`/orders/${o.id}/received`),
        (o) => merchant(o, '/delivered'),
        (o) => world.buyer.put(`/orders/${o.id}/received`),
      );
      for (const { order, answers } of outcomes) {
        expect(statusesOf(answers as { status: number }[])).toEqual([200, 200, 200]);
        expect(order.status).toBe('delivered');
        expect(await world.told(order, 'order.delivered')).toHaveLength(1);
      }
    });

    it('whoever does whatever: a history without gaps, and no unit and no sale too many', async () => {
      const before = await stock();
      let gone = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const order = await world.bring('pending');
        await runOut(order);
        const override = (status: string) =>
          world.support.post(`/admin/orders/${order.id}/override`, { status, reason: 'They called' });
        const part = () => merchant(order, '/ship', parcel([{ itemId: order.items[0].id, quantity: 1 }]));
        const hands = [
          ...[() => merchant(order, '/confirm'), part, part, () => ship(order), () => merchant(order, '/delivered')],
          ...[() => merchant(order, '/complete'), () => world.buyer.put(`/orders/${order.id}/received`)],
          ...[() => world.buyer.post(`/orders/${order.id}/complete`), () => override('delivered'), () => sweep()],
          () => (round % 2 === 0 ? cancelByBuyer(order) : override('cancelled')),
        ];
        // Twice over, so that what is refused the first time has its chance.
        for (let turn = 0; turn < 2; turn++) {
          const inTurn = hands.map((hand, at) => ({ hand, place: (at * 7 + round * 5 + turn) % hands.length }));
          const answers = await Promise.all(inTurn.sort((a, b) => a.place - b.place).map(({ hand }) => hand()));
          for (const answer of answers)
            if (typeof answer === 'object') expect([200, 409]).toContain((answer as { status: number }).status);
        }
        const found = await world.check(order);
        gone += found.status === 'cancelled' ? found.items[0].quantityShipped : 2;
        const inParcels = found.parcels
          .flatMap((one: Body) => one.items)
          .reduce((sum: number, one: Body) => sum + one.quantity, 0);
        expect(inParcels).toBeLessThanOrEqual(found.items[0].quantityShipped);
      }
      expect(await stock()).toBe(before - gone);
    });
  });
});
