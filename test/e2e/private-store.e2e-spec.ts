import { randomUUID } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';
import { assertNone, leaksOfDatabase } from '../support/leaks';
import { addDescribed, customer, eventually, place, settled, sql, type Body, type Shopper } from '../support/shopper';
import { connectStore, linkStore, startStore, type StoreSandbox } from '../support/store-sandbox';

describe('A store with an interface of its own', () => {
  let muse: RunningApp;
  let marlow: StoreSandbox;
  let storeId: string;
  let ana: Shopper;
  const hosts = ['marlow-lane.example'];

  beforeAll(async () => {
    marlow = await startStore('private');
    muse = await startApp({ SANDBOX_ORIGINS: marlow.url });
    ({ storeId } = await connectStore(muse, marlow, { partner: { hosts, linkRequired: true } }));
    ana = await customer(muse);
    await linkStore(ana, storeId, 'ana');
  }, 120_000);
  afterAll(async () => assertNone(await leaksOfDatabase(muse.database)));

  const orderOf = async (id: string): Promise<Body> => (await ana.get(`/orders/${id}`).expect(200)).body;
  const once = (id: string, is: (order: Body) => boolean): Promise<Body> =>
    eventually(async () => {
      const order = await orderOf(id);
      return is(order) && order;
    }, 20_000);
  const inLedger = async (order: Body) =>
    (await marlow.ledger()).find(({ number }) => number === order.storeOrderNumber)!;

  /** Bought with what the shopper holds there: an address and a card, by their ids at the store. */
  const buy = async (quantity = 1): Promise<Body> => {
    const price = { amount: 1450, currency: 'USD' };
    await addDescribed(ana, { id: storeId, hosts }, { productSku: 'ML-1', quantity, price });
    const { body: begun } = await ana.post('/checkout/sessions', {}).expect(201);
    const [work] = (await ana.get(`/integrations/${storeId}/addresses`).expect(200)).body.data.filter(
      ({ isDefault }: Body) => !isDefault,
    );
    const [card] = (await ana.get(`/integrations/${storeId}/instruments`).expect(200)).body.data.filter(
      ({ brand }: Body) => brand === 'amex',
    );
    const at = `/checkout/sessions/${begun.id}`;
    await ana.put(`${at}/stores/${storeId}`, { storeAddressId: work.id, storeInstrumentId: card.id }).expect(200);
    const session = await eventually(async () => {
      const { body } = await ana.get(at).expect(200);
      return body.stores[0].status === 'waiting' && body.stores[0].shipping.amount > 0 && body;
    });
    await place(ana, session).expect(202);
    const status = await settled(ana, begun.id);
    expect(status.stores[0]).toMatchObject({ status: 'placed' });
    return orderOf(status.stores[0].order.id);
  };

  it('is bought at with an address and a card that it holds', async () => {
    const order = await buy();
    const theirs = await inLedger(order);
    expect(theirs).toMatchObject({
      total: order.total.amount,
      destination: { id: 'addr_ana_work' },
      paidBy: { last4: '0005' },
    });
  });

  it('cancels an order that its buyer asks for in Muse', async () => {
    const order = await once((await buy()).id, ({ allowedActions }) => allowedActions.includes('cancel'));
    await ana.put(`/orders/${order.id}/cancel`, { reason: 'Ordered twice' }).expect(202);
    await once(order.id, ({ status }) => status === 'cancelled');
    expect((await inLedger(order)).canceled).toBe(true);
  });

  it('is followed by asking, and takes goods back that their buyer sends back', async () => {
    const order = await buy(2);
    const theirs = await inLedger(order);
    await marlow.advance({ orderId: theirs.id, to: 'delivered' });
    const look = () => sql(muse, 'UPDATE store_orders SET next_poll_at = now() WHERE remote_id = $1', [theirs.number]);
    await look();
    const arrived = await once(
      order.id,
      ({ status, allowedActions }) => status === 'delivered' && allowedActions.includes('return'),
    );
    expect(arrived.trackingNumber).toBe(theirs.trackingNumber);
    const items = [{ itemId: arrived.items[0].id, quantity: 2, reason: 'It came damaged' }];
    await ana.post(`/orders/${order.id}/return`, { items }, { 'idempotency-key': randomUUID() }).expect(201);
    await eventually(async () => (await inLedger(order)).adjustments.some(({ type }) => type === 'return'), 20_000);
    await look();
    const back = await once(order.id, ({ status }) => status === 'returned');
    expect(back.refundedAtStore).toMatchObject({ amount: 2900 });
  });

  it('is asked for its price, whatever a client said', async () => {
    await marlow.change('ML-2', { cents: 2345 });
    await addDescribed(ana, { id: storeId, hosts }, { productSku: 'ML-2', price: { amount: 1, currency: 'USD' } });
    const { body: begun } = await ana.post('/checkout/sessions', {}).expect(201);
    const session = await eventually(async () => {
      const { body } = await ana.get(`/checkout/sessions/${begun.id}`).expect(200);
      return body.stores[0].status === 'waiting' && body.stores[0].subtotal.amount !== 1 && body;
    });
    expect(session.stores[0]).toMatchObject({ subtotal: { amount: 2345 }, items: [{ unitPrice: { amount: 2345 } }] });
  });
});
