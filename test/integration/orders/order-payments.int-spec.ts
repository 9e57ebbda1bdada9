import { randomUUID } from 'node:crypto';
import {
  PAYMENT_ACTION_REQUIRED,
  PAYMENT_AUTHORIZED,
  PAYMENT_CANCELLED,
  PAYMENT_CAPTURED,
  PAYMENT_CAPTURE_FAILED,
  PAYMENT_DECLINED,
} from '../../../src/payments';
import { Database } from '../../../src/platform/database';
import { Events } from '../../../src/platform/events';
import { startApp, type RunningApp } from '../../support/app';
import { openShop, type Shop } from '../../support/market';
import {
  addVariant,
  checkoutToPlaced,
  eventually,
  guest,
  orderOf,
  sql,
  type Body,
  type Shopper,
} from '../../support/shopper';

/** What payments tell, in orders that no provider would produce on purpose: each is measured against the present row. */
describe('News of payments that come twice, late, or of another payment', () => {
  let muse: RunningApp;
  let shop: Shop;
  let buyer: Shopper;
  let order: Body;
  let paymentId: string;

  beforeAll(async () => {
    muse = await startApp();
    shop = await openShop(muse);
  });
  beforeEach(async () => {
    buyer = await guest(muse);
    await addVariant(buyer, shop.variantIds[0]);
    order = await orderOf(buyer, await checkoutToPlaced(buyer));
    paymentId = randomUUID();
  });

  /** As a checkout leaves its order: authorised, under a payment. */
  const underPayment = (settlement: 'pay_now' | 'pay_later' = 'pay_now', paymentStatus = 'authorized') =>
    sql(muse, 'UPDATE orders SET payment_id = $2, settlement = $3, payment_status = $4 WHERE id = $1', [
      ...[order.id, paymentId, settlement, paymentStatus],
    ]);
  /** Tells it, and waits until it was heard. */
  const tell = async (type: string, payload: object = {}, aggregateId = paymentId) => {
    const events = muse.app.get(Events, { strict: false });
    const told = { purchaseId: order.checkoutSessionId, ...payload };
    await muse.app
      .get(Database, { strict: false })
      .transaction((tx) => events.publish(tx, { type, aggregateId, payload: told }));
    await eventually(async () => {
      const open = await sql(
        muse,
        `SELECT 1 FROM event_deliveries d JOIN events e ON e.id = d.event_id WHERE e.aggregate_id = $1 AND d.delivered_at IS NULL`,
        [aggregateId],
      );
      return open.length === 0;
    });
  };
  const seen = async (): Promise<Body> => (await buyer.get(`/orders/${order.id}`).expect(200)).body;
  const shares = () => ({ shares: [{ storeId: shop.storeId, orderId: order.id, amountCents: 1500 }] });

  it('a capture that is told twice is counted once, and nothing that comes after it takes it back', async () => {
    await underPayment();
    await tell(PAYMENT_CAPTURED, shares());
    await tell(PAYMENT_CAPTURED, shares());
    const paid = await seen();
    expect(paid).toMatchObject({ paymentStatus: 'paid', paid: { amount: 1500 } });
    await tell(PAYMENT_AUTHORIZED);
    await tell(PAYMENT_ACTION_REQUIRED, { type: 'authenticate' });
    await tell(PAYMENT_DECLINED, { code: 'declined' });
    await tell(PAYMENT_CAPTURE_FAILED, { code: 'late' });
    await tell(PAYMENT_CANCELLED);
    expect(await seen()).toEqual(paid);
  });

  it('of a payment that the order has let go of, or never had, changes nothing', async () => {
    await underPayment();
    await tell(PAYMENT_CAPTURE_FAILED, { code: 'card_error' });
    const failed = await seen();
    expect(failed).toMatchObject({ status: 'pending', paymentStatus: 'failed', payUntil: expect.any(String) });
    await tell(PAYMENT_CAPTURE_FAILED, { code: 'card_error' });
    await tell(PAYMENT_CAPTURED, shares());
    await tell(PAYMENT_CAPTURED, shares(), randomUUID());
    expect(await seen()).toEqual(failed);
  });

  it('a capture that failed puts a confirmed order back to pending, but only where it was to be paid at once', async () => {
    await shop.merchant.post(`/merchant/stores/${shop.storeId}/orders/${order.id}/confirm`).expect(200);
    await underPayment();
    await tell(PAYMENT_CAPTURE_FAILED, { code: 'card_error' });
    expect(await seen()).toMatchObject({ status: 'pending', confirmedAt: null, paymentStatus: 'failed' });
    await shop.merchant.post(`/merchant/stores/${shop.storeId}/orders/${order.id}/confirm`).expect(200);
    await underPayment('pay_later');
    await tell(PAYMENT_CAPTURE_FAILED, { code: 'card_error' });
    expect(await seen()).toMatchObject({ status: 'confirmed', paymentStatus: 'failed', payUntil: null });
  });

  it('a cancelled payment voids what a cancelled order never took', async () => {
    await underPayment();
    await buyer.put(`/orders/${order.id}/cancel`, {}).expect(200);
    await tell(PAYMENT_CANCELLED);
    expect(await seen()).toMatchObject({ status: 'cancelled', paymentStatus: 'voided' });
  });
});
