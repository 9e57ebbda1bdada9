import { randomUUID } from 'node:crypto';
import type { RunningApp } from '../support/app';
import { openShop, type Shop } from '../support/market';
import {
  intentsOf,
  key,
  onboard,
  openPayableShop,
  pay,
  paymentIs,
  startWithWebhooks,
  statusIs,
} from '../support/payments';
import { holderOf, paranoid, publishKey } from '../support/sealed';
import {
  ADDRESS,
  CONTACT,
  addVariant,
  begin,
  customer,
  eventually,
  place,
  settled,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';
import type { StripeDouble } from '../support/stripe-double';

describe('Paying for what is sealed', () => {
  let muse: RunningApp;
  let stripe: StripeDouble;
  let shop: Shop;
  let buyer: Shopper;

  beforeAll(async () => {
    ({ muse, stripe } = await startWithWebhooks());
  }, 60_000);
  beforeEach(async () => {
    shop = await openPayableShop(muse, stripe);
    await publishKey(shop);
    buyer = await paranoid(muse);
    await addVariant(buyer, shop.variantIds[0]);
  });

  const ready = async (who: Shopper = buyer): Promise<Body> => {
    const session = await begin(who, { sealed: true });
    const body = { address: ADDRESS, contact: CONTACT };
    return (await who.put(`/checkout/sessions/${session.id}/shipping`, body).expect(200)).body;
  };
  /** Later, by agreement: the shop is not paid in Muse yet. */
  const placedForLater = async () => {
    const later = await openShop(muse);
    await publishKey(later);
    const who = await paranoid(muse);
    await addVariant(who, later.variantIds[0]);
    const session = await ready(who);
    const { orderAccess } = (await place(who, session).expect(202)).body;
    await settled(who, session.id);
    const at = `/merchant/stores/${later.storeId}/orders/${orderAccess[0].orderId}`;
    return { later, at, orderId: orderAccess[0].orderId as string, holder: holderOf(muse, orderAccess[0]) };
  };

  it('takes a one-time token and nothing that is saved: no customer is named to the provider', async () => {
    const open = await customer(muse);
    await addVariant(open, shop.variantIds[0]);
    const saved = (await open.post('/payment-methods', { providerToken: 'pm_card_visa' }, key()).expect(201)).body;
    const session = await ready(open);
    const at = `/checkout/sessions/${session.id}/payment`;
    for (const body of [{ paymentMethodId: saved.id }, { providerToken: 'pm_card_mastercard', save: true }])
      expect((await open.put(at, body).expect(422)).body.code).toBe('one_time_token_needed');
    const { body: paid } = await pay(open, session.id).expect(200);
    const { orderAccess } = (await place(open, paid).expect(202)).body;
    await statusIs(open, session.id, 'completed');
    await paymentIs(holderOf(muse, orderAccess[0]), orderAccess[0].orderId, 'paid');
    const [intent] = await intentsOf(muse, stripe, session.id);
    expect(intent!.customer).toBeNull();
    expect(JSON.stringify(intent)).not.toContain(open.id);
    const [payment] = await sql(muse, 'SELECT * FROM payments WHERE purchase_id = $1', [session.id]);
    expect(payment).toMatchObject({ payment_method_id: null, provider_customer_id: null });
    expect(payment.shopper_id).not.toBe(open.id);
    expect(await sql(muse, 'SELECT 1 FROM payment_methods WHERE shopper_id = $1 AND single_use', [open.id])).toEqual(
      [],
    );
  });

  it('tells the shopper what to do where it is refused, and takes another token', async () => {
    const session = await ready();
    const { body: refused } = await pay(buyer, session.id, 'pm_card_chargeDeclinedInsufficientFunds').expect(200);
    const { orderAccess } = (await place(buyer, refused).expect(202)).body;
    const status = await statusIs(buyer, session.id, 'action_required');
    expect(status.action).toMatchObject({ type: 'choose_payment', reason: 'insufficient_funds' });
    const { body: again } = await pay(buyer, session.id).expect(200);
    expect((await place(buyer, again).expect(202)).body.orderAccess).toBeUndefined();
    await statusIs(buyer, session.id, 'completed');
    await paymentIs(holderOf(muse, orderAccess[0]), orderAccess[0].orderId, 'paid');
  });

  it('later is done by whoever holds the token of the order, and leads to nobody', async () => {
    const { later, at, orderId, holder } = await placedForLater();
    await onboard(muse, stripe, later);
    await later.merchant.post(`${at}/confirm`).expect(200);
    const { body: order } = await holder.get(`/orders/${orderId}`).expect(200);
    expect(order.allowedActions).toEqual(expect.arrayContaining(['cancel', 'pay']));
    const request = key();
    const token = { providerToken: 'pm_card_visa' };
    expect((await holder.post(`/orders/${orderId}/pay`, { ...token, save: true }, key()).expect(422)).body.code).toBe(
      'one_time_token_needed',
    );
    await holder.post(`/orders/${orderId}/pay`, token, request).expect(202);
    await holder.post(`/orders/${orderId}/pay`, token, request).expect(202);
    await paymentIs(holder, orderId, 'paid');
    const payments = await sql(muse, 'SELECT * FROM payments WHERE purchase_id = $1', [orderId]);
    expect(payments).toHaveLength(1);
    expect(payments[0]).toMatchObject({ payment_method_id: null, provider_customer_id: null });
    const known = await sql(muse, 'SELECT 1 FROM shoppers WHERE id = $1', [payments[0].shopper_id]);
    expect(known).toEqual([]);
    await later.merchant.post(`${at}/refunds`, { amount: order.total, reason: 'r' }, key()).expect(201);
    await paymentIs(holder, orderId, 'refunded');
    expect((await holder.get(`/orders/${orderId}/refunds`).expect(200)).body.data).toHaveLength(1);
  });

  it('by the token asks for authentication where the bank does, and goes on after it', async () => {
    const { later, at, orderId, holder } = await placedForLater();
    await onboard(muse, stripe, later);
    await later.merchant.post(`${at}/confirm`).expect(200);
    await holder.post(`/orders/${orderId}/pay`, { providerToken: 'pm_card_authenticationRequired' }, key()).expect(202);
    const waiting = await eventually(async () => {
      const { body } = await holder.get(`/orders/${orderId}`).expect(200);
      return body.action && body;
    });
    expect(waiting.action).toMatchObject({ type: 'authenticate', clientSecret: expect.stringMatching(/_secret_/) });
    expect((await later.merchant.get(at).expect(200)).body.action).toBeNull();
    const [intent] = await intentsOf(muse, stripe, orderId);
    await stripe.authenticate(intent!.id, 'success');
    await holder.post(`/orders/${orderId}/pay/resume`).expect(200);
    await paymentIs(holder, orderId, 'paid');
  });

  it('may be noted by the store, which was paid by hand', async () => {
    const { later, at, orderId, holder } = await placedForLater();
    await later.merchant.post(`${at}/confirm`).expect(200);
    await later.merchant.post(`${at}/mark-paid`, { method: 'cash', reference: 'R-1' }, key()).expect(200);
    expect((await holder.get(`/orders/${orderId}`).expect(200)).body.paymentStatus).toBe('paid');
  });

  it('is for the token of that order alone', async () => {
    const [one, other] = [await placedForLater(), await placedForLater()];
    const token = { providerToken: 'pm_card_visa' };
    const calls = [
      other.holder.get(`/orders/${one.orderId}`),
      other.holder.post(`/orders/${one.orderId}/pay`, token, key()),
      other.holder.post(`/orders/${one.orderId}/pay/resume`),
      other.holder.put(`/orders/${one.orderId}/cancel`, {}),
      other.holder.get(`/orders/${one.orderId}/refunds`),
      other.holder.get(`/orders/${one.orderId}/returns`),
      other.holder.post(
        `/orders/${one.orderId}/return`,
        { items: [{ itemId: randomUUID(), quantity: 1, reason: 'r' }] },
        key(),
      ),
    ];
    for (const call of calls) await call.expect(404);
    await one.holder.get('/orders').expect(401);
    await one.holder.get('/cart').expect(401);
  });

  it('of words nothing is kept: a reason is refused, a return is asked for without', async () => {
    const { later, at, orderId, holder } = await placedForLater();
    const refused = await holder.put(`/orders/${orderId}/cancel`, { reason: 'Murmur' }).expect(422);
    expect(refused.body.errors[0].pointer).toBe('/reason');
    await later.merchant.post(`${at}/confirm`).expect(200);
    await later.merchant.post(`${at}/mark-paid`, { method: 'cash', reference: 'R-1' }, key()).expect(200);
    await later.merchant.post(`${at}/ship`, { carrier: 'UPS', trackingNumber: '1Z999AA10123456784' }).expect(200);
    const { body: order } = await holder.get(`/orders/${orderId}`).expect(200);
    const items = [{ itemId: order.items[0].id, quantity: 1, reason: 'Murmur' }];
    const { body: asked } = await holder.post(`/orders/${orderId}/return`, { items }, key()).expect(201);
    expect(asked.items[0].reason).toBe('');
    const rows = await sql(muse, `SELECT row_to_json(r)::text AS text FROM return_items r`);
    expect(rows.map((row) => row.text).join()).not.toContain('Murmur');
    expect((await holder.get(`/orders/${orderId}/returns`).expect(200)).body.data).toHaveLength(1);
  });
});
