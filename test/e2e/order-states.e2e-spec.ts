import { startApp, type RunningApp } from '../support/app';
import { OrdersWorld, parcel } from '../support/orders';
import type { OrderStatus } from '../../src/orders/order-states';
import type { Body } from '../support/shopper';

/** What a request does to an order: moves it there, changes nothing because it is so already, or is refused. */
type Outcome = OrderStatus | 'same' | 'refused';

const ACTIONS = {
  'buyer cancels': (w: OrdersWorld, o: Body) => w.buyer.put(`/orders/${o.id}/cancel`, { reason: 'Ordered twice' }),
  'buyer receives': (w: OrdersWorld, o: Body) => w.buyer.put(`/orders/${o.id}/received`),
  'buyer completes': (w: OrdersWorld, o: Body) => w.buyer.post(`/orders/${o.id}/complete`),
  'merchant confirms': (w: OrdersWorld, o: Body) => w.merchantOf(o).post(w.at(o, '/confirm')),
  'merchant cancels': (w: OrdersWorld, o: Body) => w.merchantOf(o).post(w.at(o, '/cancel'), { reason: 'Out of stock' }),
  'merchant ships a part': (w: OrdersWorld, o: Body) =>
    w.merchantOf(o).post(w.at(o, '/ship'), parcel([{ itemId: o.items[0].id, quantity: 1 }])),
  'merchant ships all': (w: OrdersWorld, o: Body) => w.merchantOf(o).post(w.at(o, '/ship'), parcel()),
  'merchant delivers': (w: OrdersWorld, o: Body) => w.merchantOf(o).post(w.at(o, '/delivered')),
  'merchant completes': (w: OrdersWorld, o: Body) => w.merchantOf(o).post(w.at(o, '/complete')),
  ...Object.fromEntries(
    (['confirmed', 'processing', 'shipped', 'delivered', 'completed', 'cancelled'] as const).flatMap((status) =>
      (['support', 'admin'] as const).map((who) => [
        `${who} sets ${status}`,
        (w: OrdersWorld, o: Body) => w[who].post(`/admin/orders/${o.id}/override`, { status, reason: 'They called' }),
      ]),
    ),
  ),
};
type Action = keyof typeof ACTIONS;

const byHand = (...statuses: OrderStatus[]) =>
  Object.fromEntries(
    statuses.flatMap((status) => [
      [`support sets ${status}`, status],
      [`admin sets ${status}`, status],
    ]),
  );

/** What is not named is refused: 409, and the order stays as it was. */
const OF_MERCHANT_STORE: Partial<Record<OrderStatus, Partial<Record<Action, Outcome>>>> = {
  pending: {
    ...{ 'buyer cancels': 'cancelled', 'merchant cancels': 'cancelled', 'merchant confirms': 'confirmed' },
    ...{ 'merchant ships a part': 'processing', 'merchant ships all': 'shipped' },
    ...byHand('confirmed', 'processing', 'shipped', 'delivered', 'cancelled'),
  },
  confirmed: {
    ...{ 'buyer cancels': 'cancelled', 'merchant cancels': 'cancelled', 'merchant confirms': 'same' },
    ...{ 'merchant ships a part': 'processing', 'merchant ships all': 'shipped' },
    ...byHand('processing', 'shipped', 'delivered', 'cancelled'),
  },
  // One of two units has left: the part that is shipped is the rest.
  processing: {
    ...{ 'merchant ships a part': 'shipped', 'merchant ships all': 'shipped' },
    ...byHand('shipped', 'delivered', 'cancelled'),
  },
  shipped: {
    ...{ 'buyer receives': 'delivered', 'merchant delivers': 'delivered' },
    ...byHand('delivered', 'completed', 'cancelled'),
  },
  delivered: {
    ...{ 'buyer receives': 'same', 'merchant delivers': 'same' },
    ...{ 'buyer completes': 'delivered', 'merchant completes': 'delivered' },
    ...byHand('shipped', 'completed'),
  },
  completed: {
    ...{ 'buyer receives': 'same', 'merchant delivers': 'same' },
    ...{ 'buyer completes': 'same', 'merchant completes': 'same' },
  },
  cancelled: { 'buyer cancels': 'same', 'merchant cancels': 'same' },
  returned: {},
};

/** Moved by what tracking tells alone; by hand only where that was wrong. */
const OF_PARTNER: Partial<Record<OrderStatus, Partial<Record<Action, Outcome>>>> = {
  awaiting_store: { 'buyer cancels': 'cancelled', ...byHand('confirmed', 'shipped', 'delivered', 'cancelled') },
  confirmed: byHand('processing', 'shipped', 'delivered', 'cancelled'),
  processing: byHand('shipped', 'delivered', 'cancelled'),
  shipped: byHand('delivered', 'cancelled'),
  delivered: byHand('shipped'),
  returned: {},
  cancelled: { 'buyer cancels': 'same' },
};

describe('Every action on an order in every state, over HTTP', () => {
  let muse: RunningApp;
  let world: OrdersWorld;

  beforeAll(async () => {
    muse = await startApp();
    world = await OrdersWorld.make(muse);
  });

  const check = async (bring: () => Promise<Body>, expected: Partial<Record<Action, Outcome>>) => {
    let standing: Body = null;
    for (const [action, send] of Object.entries(ACTIONS) as [Action, (typeof ACTIONS)[Action]][]) {
      const outcome = expected[action] ?? 'refused';
      // What changes nothing leaves the order for the next.
      const order = (standing ??= await bring());
      const [before, history] = [await world.read(order), await world.history(order)];
      const answer = await send(world, order);
      const after = await world.check(order);
      if (outcome === 'refused') {
        expect([action, answer.status, answer.body.code]).toEqual([action, 409, 'order_state']);
        expect(answer.body.orderStatus).toBe(before.status);
      } else expect([action, answer.status]).toEqual([action, 200]);
      if (outcome === 'refused' || outcome === 'same') {
        expect([action, after]).toEqual([action, before]);
        expect(await world.history(order)).toEqual(history);
        continue;
      }
      expect([action, answer.body.status, after.status]).toEqual([action, outcome, outcome]);
      expect(after.version).toBeGreaterThan(before.version);
      standing = null;
    }
  };

  it.each(Object.keys(OF_MERCHANT_STORE) as OrderStatus[])(
    'does what the table says to one of a merchant store that is %s',
    (status) => check(() => world.bring(status), OF_MERCHANT_STORE[status]!),
    60_000,
  );

  it.each(Object.keys(OF_PARTNER) as OrderStatus[])(
    'does what the table says to one of a partner store that is %s',
    (status) =>
      check(async () => {
        const order = await world.buyAtPartner(status === 'awaiting_store' ? undefined : 'ON-1');
        if (status === 'processing') await world.move(order, 'processing');
        if (status === 'shipped' || status === 'delivered' || status === 'returned')
          expect(await world.hear(order, 'shipped')).toBe(true);
        if (status === 'delivered') expect(await world.hear(order, 'delivered')).toBe(true);
        if (status === 'returned') await world.move(order, 'returned');
        if (status === 'cancelled') expect(await world.hear(order, 'cancelled')).toBe(true);
        return world.read(order);
      }, OF_PARTNER[status]!),
    60_000,
  );

  it('takes what tracking tells of a partner’s order once, and nothing that comes late', async () => {
    const order = await world.buyAtPartner('ON-2');
    expect([await world.hear(order, 'shipped'), await world.hear(order, 'shipped')]).toEqual([true, false]);
    expect([await world.hear(order, 'delivered'), await world.hear(order, 'delivered')]).toEqual([true, false]);
    expect(await world.hear(order, 'cancelled')).toBe(false);
    expect(await world.check(order)).toMatchObject({
      ...{ status: 'delivered', shippedAt: expect.any(String), deliveredAt: expect.any(String) },
      // It goes back to the store where it was bought.
      allowedActions: [],
    });
    expect(await world.told(order, 'order.delivered')).toHaveLength(1);
    // Nobody told that it had left.
    const unheard = await world.buyAtPartner('ON-3');
    expect(await world.hear(unheard, 'delivered')).toBe(true);
    expect(await world.check(unheard)).toMatchObject({ status: 'delivered', shippedAt: expect.any(String) });
  });

  it('lets a carrier tell of a merchant store’s order only that it has arrived', async () => {
    const order = await world.bring('confirmed');
    expect([await world.hear(order, 'shipped'), await world.hear(order, 'cancelled')]).toEqual([false, false]);
    const shipped = await world.bring('shipped');
    expect(await world.hear(shipped, 'delivered')).toBe(true);
    expect(await world.check(shipped)).toMatchObject({ status: 'delivered', parcels: [{ status: 'delivered' }] });
  });

  it('writes no move that stands in no table, whoever asks for it', async () => {
    const order = await world.bring('cancelled');
    await expect(world.move(order, 'shipped', 'merchant')).rejects.toThrow('No transition');
    expect(await world.check(order)).toEqual(order);
  });
});
