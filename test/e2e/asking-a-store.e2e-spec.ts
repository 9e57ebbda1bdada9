import { randomUUID } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';
import { usd } from '../support/sellers';
import {
  addDescribed,
  cartOf,
  customer,
  eventually,
  linesOf,
  orderOf,
  place,
  readySession,
  settled,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';
import { connectStore, linkStore, startStore, type StoreSandbox } from '../support/store-sandbox';

describe('A store that cancels and takes back by its interface', () => {
  let muse: RunningApp;
  let store: StoreSandbox;
  let buyer: Shopper;
  let partner: { id: string; hosts: string[] };

  beforeAll(async () => {
    store = await startStore('private');
    muse = await startApp({ SANDBOX_ORIGINS: store.url });
    const { storeId, url } = await connectStore(muse, store);
    partner = { id: storeId, hosts: [new URL(url).host] };
    buyer = await customer(muse);
    await linkStore(buyer, storeId, 'ana');
  }, 90_000);

  afterEach(() => store.clearFaults());

  /** An order of which its buyer knows what the store can do about it. */
  async function buy(quantity = 1): Promise<[order: Body, id: string]> {
    await addDescribed(buyer, partner, { productSku: 'ML-1', price: usd(1450), quantity });
    const { id } = await readySession(buyer);
    const session = await eventually(async () => {
      const { body } = await buyer.get(`/checkout/sessions/${id}`).expect(200);
      return body.stores.every(({ status }: Body) => status === 'waiting') && body;
    });
    await place(buyer, session).expect(202);
    const order = await orderOf(buyer, await settled(buyer, id));
    await once(order, ({ allowedActions }) => allowedActions.includes('cancel'));
    return [order, (await store.ledger()).at(-1)!.id];
  }
  const once = (order: Body, so: (order: Body) => boolean): Promise<Body> =>
    eventually(async () => {
      const { body } = await buyer.get(`/orders/${order.id}`).expect(200);
      return so(body) && body;
    }, 20_000);
  const poll = (order: Body) =>
    sql(
      muse,
      `UPDATE store_orders s SET next_poll_at = now() FROM orders o WHERE o.id = $1 AND s.store_id = o.store_id AND s.remote_id = o.store_order_id`,
      [order.id],
    );
  const inTheBook = async (id: string) => (await store.ledger()).find((order) => order.id === id)!;

  it('cancels an order that has not left, when its buyer asks for it', async () => {
    const [order, id] = await buy();
    const { body } = await buyer.put(`/orders/${order.id}/cancel`, { reason: 'Ordered twice' }).expect(202);
    expect(body.storeRequest).toMatchObject({ kind: 'cancel', status: 'pending' });
    const cancelled = await once(order, ({ status }) => status === 'cancelled');
    expect(cancelled.storeRequest.status).toBe('done');
    expect((await inTheBook(id)).canceled).toBe(true);
  });

  it('cancels it once, though its answer was lost', async () => {
    const [order, id] = await buy();
    await store.fault({ step: 'cancel_order', kind: 'reset_after' });
    await buyer.put(`/orders/${order.id}/cancel`, {}).expect(202);
    await once(order, ({ status, storeRequest }) => status === 'cancelled' && storeRequest.status === 'done');
    expect((await inTheBook(id)).adjustments.filter(({ type }) => type === 'cancellation')).toHaveLength(1);
  });

  it('does not cancel what has left, and the order goes on', async () => {
    const [order, id] = await buy();
    await store.advance({ orderId: id, to: 'shipped' });
    await buyer.put(`/orders/${order.id}/cancel`, {}).expect(202);
    const refused = await once(order, ({ storeRequest }) => storeRequest?.status === 'refused');
    expect(refused.storeRequest.code).toEqual(expect.any(String));
    await poll(order);
    const shipped = await once(order, ({ status }) => status === 'shipped');
    expect(shipped.allowedActions).toEqual(['return']);
  });

  it('takes units back, and what it gives back for them is shown', async () => {
    const [order, id] = await buy(2);
    await store.advance({ orderId: id, to: 'delivered' });
    await poll(order);
    const delivered = await once(order, ({ status }) => status === 'delivered');
    const items = [{ itemId: delivered.items[0].id, quantity: 1, reason: 'Too small' }];
    const { body } = await buyer
      .post(`/orders/${order.id}/return`, { items }, { 'idempotency-key': randomUUID() })
      .expect(201);
    expect(body.status).toBe('requested');
    const after = await once(order, ({ refundedAtStore }) => refundedAtStore.amount > 0);
    expect(after.refundedAtStore.amount).toBe((await inTheBook(id)).adjustments[0]!.cents);
    const back = await eventually(async () => {
      const { body: found } = await buyer.get(`/orders/${order.id}/returns/${body.id}`).expect(200);
      return found.status === 'received' && found;
    });
    expect(back).toMatchObject({ refund: after.refundedAtStore, allowedActions: [] });
    expect(after).toMatchObject({ status: 'delivered', items: [{ quantityReturned: 1 }] });
  });

  it('keeps carts fresh: what moved or went there is a problem of the cart', async () => {
    const shopper = await customer(muse);
    await linkStore(shopper, partner.id, 'bo');
    await addDescribed(shopper, partner, { productSku: 'ML-2', price: usd(1000) });
    await store.change('ML-2', { cents: 1111, stock: 3 });
    const dearer = await eventually(async () => {
      const cart = await cartOf(shopper);
      return linesOf(cart)[0].lastStockCheck !== null && cart;
    }, 20_000);
    expect(dearer.problems).toMatchObject([{ code: 'price_changed', was: usd(1000), now: usd(1111) }]);
    expect(linesOf(dearer)[0].maxQuantity).toBe(3);
    await store.change('ML-2', { stock: 0 });
    await sql(muse, 'UPDATE availability_checks SET next_check_at = now()');
    await eventually(async () => {
      const { problems } = await cartOf(shopper);
      return problems.some(({ code }: Body) => code === 'out_of_stock');
    }, 20_000);
  });
});
