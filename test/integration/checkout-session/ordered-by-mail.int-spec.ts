import { HandoffsService, type MailedOrder } from '../../../src/checkout-session';
import { SessionExpiry } from '../../../src/checkout-session/session-expiry';
import { Database } from '../../../src/platform/database';
import { startApp, type RunningApp } from '../../support/app';
import { openPartner } from '../../support/market';
import { usd } from '../../support/sellers';
import {
  addDescribed,
  cartOf,
  checkoutToPlaced,
  guest,
  linesOf,
  sql,
  type Body,
  type Shopper,
} from '../../support/shopper';

describe('A hand-off whose order is found in a mail of its store', () => {
  let muse: RunningApp;
  let partner: { id: string; name: string; hosts: string[] };
  let shopper: Shopper;

  beforeAll(async () => {
    muse = await startApp();
    partner = await openPartner(muse);
  });
  beforeEach(async () => {
    shopper = await guest(muse);
  });

  const handOff = async (item: object = {}): Promise<{ id: string; sessionId: string }> => {
    await addDescribed(shopper, partner, { productSku: 'A-1', quantity: 2, ...item });
    const status = await checkoutToPlaced(shopper);
    return { id: status.stores[0].handoffId, sessionId: status.id };
  };
  const found = (id: string, mailed: Partial<MailedOrder> = {}) =>
    muse.app.get(Database, { strict: false }).transaction((tx) =>
      muse.app.get(HandoffsService, { strict: false }).orderedByMail(tx, id, {
        ...{ storeOrderNumber: 'ON-1', totalCents: null, currency: null, at: new Date() },
        ...mailed,
      }),
    );
  const orders = async (): Promise<Body[]> => (await shopper.get('/orders').expect(200)).body.data;

  it('is that order, confirmed, at what it came to there', async () => {
    const { id, sessionId } = await handOff();
    const { orderId } = (await found(id, { totalCents: 3140, currency: 'USD' }))!;
    const { body: order } = await shopper.get(`/orders/${orderId}`).expect(200);
    expect(order).toMatchObject({
      ...{ status: 'confirmed', storeOrderNumber: 'ON-1', checkoutMethod: 'redirect', paymentStatus: 'at_store' },
      total: usd(3140),
    });
    const { body: status } = await shopper.get(`/checkout/sessions/${sessionId}/status`).expect(200);
    expect(status).toMatchObject({ status: 'completed', stores: [{ status: 'placed', order: { id: orderId } }] });
    expect((await shopper.get(`/handoffs/${id}`).expect(200)).body).toMatchObject({ status: 'ordered', orderId });
    const { body: history } = await shopper.get(`/orders/${orderId}/history`).expect(200);
    expect(history.data.map((entry: Body) => [entry.type, entry.actor])).toEqual([['placed', 'system']]);
    expect(linesOf(await cartOf(shopper))).toEqual([]);
  });

  it('is one order however many mails say so, and whatever the shopper says meanwhile', async () => {
    const { id } = await handOff();
    const answers = await Promise.all([
      ...Array.from({ length: 6 }, () => found(id)),
      shopper.post(`/handoffs/${id}/ordered`, { storeOrderNumber: 'ON-1' }).then(({ body }) => ({ orderId: body.id })),
    ]);
    expect(new Set(answers.map((answer) => answer?.orderId)).size).toBe(1);
    expect(await orders()).toMatchObject([{ storeOrderNumber: 'ON-1', status: 'confirmed' }]);
  });

  it('learns its number where the shopper did not know it, and no other afterwards', async () => {
    const { id } = await handOff();
    const { body: order } = await shopper.post(`/handoffs/${id}/ordered`, {}).expect(201);
    expect(await found(id, { storeOrderNumber: null })).toBeNull();
    expect(await found(id)).toEqual({ orderId: order.id });
    expect(await found(id)).toEqual({ orderId: order.id });
    expect(await found(id, { storeOrderNumber: 'ON-2' })).toBeNull();
    expect(await orders()).toMatchObject([{ storeOrderNumber: 'ON-1', status: 'confirmed' }]);
  });

  it('waits for its number where the mail has none', async () => {
    const { id } = await handOff();
    await found(id, { storeOrderNumber: null });
    expect(await orders()).toMatchObject([{ storeOrderNumber: null, status: 'awaiting_store' }]);
  });

  it('is over where the shopper changed their mind, or the mail was written too late', async () => {
    const { id } = await handOff();
    await shopper.post(`/handoffs/${id}/abandon`).expect(200);
    expect(await found(id)).toBeNull();
    const late = await handOff();
    await sql(muse, `UPDATE handoffs SET expires_at = now() - interval '1 minute' WHERE id = $1`, [late.id]);
    expect(await found(late.id)).toBeNull();
    // What was written in time counts, though it is read after it.
    expect(await found(late.id, { at: new Date(Date.now() - 3_600_000) })).toEqual({ orderId: expect.any(String) });
    await muse.app.get(SessionExpiry, { strict: false }).expireHandoffs();
    expect(await orders()).toHaveLength(1);
    expect(await found('01890000-0000-7000-8000-000000000000')).toBeNull();
  });
});
