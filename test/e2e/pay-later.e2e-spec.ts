import { createHmac, randomUUID } from 'node:crypto';
import { OrderPayments } from '../../src/orders/paying/order-payments';
import type { RunningApp } from '../support/app';
import { openShop, type Shop } from '../support/market';
import {
  intentIs,
  intentsOf,
  key,
  openPayableShop,
  paymentIs,
  placeByCard,
  startWithWebhooks,
  statusIs,
} from '../support/payments';
import { makeUser, signIn, usd } from '../support/sellers';
import {
  addVariant,
  checkoutToPlaced,
  customer,
  eventually,
  guest,
  orderOf,
  place,
  readySession,
  settled,
  shopperOf,
  sql,
  statusesOf,
  type Body,
  type Shopper,
} from '../support/shopper';
import type { StripeDouble } from '../support/stripe-double';

const METRICS_TOKEN = 'a-token-of-the-tests-of-orders';
const VISA = { providerToken: 'pm_card_visa' };
const DECLINED = { providerToken: 'pm_card_chargeDeclined' };
const THREE_D_SECURE = { providerToken: 'pm_card_authenticationRequired' };

describe('The money of orders', () => {
  let muse: RunningApp;
  let stripe: StripeDouble;
  let shop: Shop & { accountId: string };
  let buyer: Shopper;
  let support: Shopper;

  beforeAll(async () => {
    ({ muse, stripe } = await startWithWebhooks({ METRICS_TOKEN }));
    const account = await makeUser(muse, 'support');
    support = shopperOf(muse, account.id, await signIn(muse, account));
  });
  beforeEach(async () => {
    shop = await openPayableShop(muse, stripe);
    buyer = await guest(muse);
  });
  afterEach(async () => {
    await stripe.faults.clear();
    await stripe.events.rules();
  });

  const read = async (who: Shopper, order: Body): Promise<Body> =>
    (await who.get(`/orders/${order.id}`).expect(200)).body;
  const ofStore = (order: Body, rest = '', of: Shop = shop) =>
    `/merchant/stores/${of.storeId}/orders/${order.id}${rest}`;
  const confirm = (order: Body, of: Shop = shop) => of.merchant.post(ofStore(order, '/confirm', of));
  const pay = (order: Body, body: object = VISA, more = key()) => buyer.post(`/orders/${order.id}/pay`, body, more);

  /** An order of two units (20.00) and delivery (5.00), to be paid later. */
  const orderLater = async (): Promise<Body> => {
    await addVariant(buyer, shop.variantIds[0], 2);
    const session = await readySession(buyer);
    const store = `/checkout/sessions/${session.id}/stores/${shop.storeId}`;
    const { body } = await buyer.put(store, { settlement: 'pay_later' }).expect(200);
    await place(buyer, body).expect(202);
    return orderOf(buyer, await settled(buyer, session.id));
  };
  const confirmed = async (): Promise<Body> => {
    const order = await orderLater();
    return (await confirm(order).expect(200)).body;
  };
  /** An order of the same, paid at once. */
  const paidOrder = async (token?: string): Promise<Body> => {
    await addVariant(buyer, shop.variantIds[0], 2);
    const session = await placeByCard(buyer, token);
    const { stores } = await statusIs(buyer, session.id, 'completed');
    return paymentIs(buyer, stores[0].order.id, 'paid');
  };

  describe('paid later', () => {
    it('is paid once the merchant has confirmed the order, and the buyer sees when it can be', async () => {
      const order = await orderLater();
      expect(order).toMatchObject({ settlement: 'pay_later', paymentStatus: 'unpaid', allowedActions: ['cancel'] });
      const early = await pay(order).expect(409);
      expect(early.body).toMatchObject({ code: 'order_state', detail: 'The store has not confirmed this order yet.' });

      const taken = await confirm(order).expect(200);
      expect(taken.body).toMatchObject({
        status: 'confirmed',
        confirmedAt: expect.any(String),
        allowedActions: ['mark_paid', 'ship', 'cancel'],
      });
      expect((await confirm(order).expect(200)).body.version).toBe(taken.body.version);
      expect((await read(buyer, order)).allowedActions).toEqual(['cancel', 'pay']);

      const answer = await pay(order).expect(202);
      expect(answer.body).toMatchObject({ id: order.id, paymentStatus: 'unpaid', payment: null });
      const paid = await paymentIs(buyer, order.id, 'paid');
      expect(paid).toMatchObject({
        payment: { method: 'visa', last4: '4242' },
        paid: usd(2500),
        allowedActions: ['cancel'],
      });
      expect(await intentIs(muse, stripe, order.id, 'succeeded')).toMatchObject({ amount_received: 2500 });
      const { body: history } = await buyer.get(`/orders/${order.id}/history`).expect(200);
      expect(history.data.map((one: Body) => `${one.type} by ${one.actor}`)).toEqual([
        ...['placed by system', 'confirmed by merchant', 'payment_begun by buyer'],
        ...['payment_authorized by system', 'paid by system'],
      ]);
      expect((await pay(order).expect(409)).body).toMatchObject({
        code: 'order_state',
        detail: 'Its payment is paid.',
      });
      await shop.merchant.post(ofStore(order, '/ship'), { carrier: 'UPS', trackingNumber: '1Z999AA1' }).expect(200);
    });

    it('is asked for once, however often and under however many keys', async () => {
      const order = await confirmed();
      await stripe.faults.add({ kind: 'slow', method: 'POST', path: '/v1/payment_intents', delayMs: 1_000 });
      const one = key();
      const answers = await Promise.all([
        ...[one, one, one].map((same) => pay(order, VISA, same)),
        pay(order),
        pay(order),
      ]);
      expect(answers.filter((answer) => answer.status === 202).length).toBeGreaterThanOrEqual(1);
      for (const { status, body } of answers)
        expect([status, body.code]).toEqual(expect.arrayContaining([status === 202 ? 202 : 409]));
      await paymentIs(buyer, order.id, 'paid');
      expect(await intentIs(muse, stripe, order.id, 'succeeded')).toMatchObject({ amount_received: 2500 });
    });

    it('answers the same under the same key, whatever has become of it since', async () => {
      const order = await confirmed();
      const same = key();
      const first = await pay(order, VISA, same).expect(202);
      await paymentIs(buyer, order.id, 'paid');
      const again = await pay(order, VISA, same).expect(202);
      expect(again.body).toEqual(first.body);
      expect(again.headers['idempotency-replayed']).toBe('true');
      expect((await pay(order, { providerToken: 'pm_card_mastercard' }, same).expect(422)).body.code).toBe(
        'idempotency_key_reused',
      );
      expect((await pay(order, VISA, {} as never).expect(400)).body.code).toBe('idempotency_key_required');
    });

    it('may be declined, and then paid by another card', async () => {
      const order = await confirmed();
      await pay(order, DECLINED).expect(202);
      const failed = await paymentIs(buyer, order.id, 'failed');
      expect(failed).toMatchObject({
        status: 'confirmed',
        payment: null,
        payUntil: null,
        allowedActions: ['cancel', 'pay'],
      });
      await pay(order).expect(202);
      await paymentIs(buyer, order.id, 'paid');
      expect((await intentsOf(muse, stripe, order.id)).map((intent) => intent.amount_received)).toEqual([0, 2500]);
    });

    it('waits for its buyer to authenticate, by client or webhook', async () => {
      for (const by of ['client', 'webhook'] as const) {
        await stripe.events.rules(...(by === 'client' ? ([{ action: 'withhold' }] as const) : []));
        const order = await confirmed();
        await pay(order, THREE_D_SECURE).expect(202);
        const waiting = await eventually(async () => {
          const seen = await read(buyer, order);
          return seen.action && seen;
        });
        expect(waiting).toMatchObject({
          ...{ paymentStatus: 'unpaid', allowedActions: ['cancel'] },
          action: {
            type: 'authenticate',
            clientSecret: expect.stringMatching(/_secret_/),
            expiresAt: expect.any(String),
          },
        });
        const seen = (await shop.merchant.get(ofStore(order)).expect(200)).body;
        expect(seen.action).toBeNull();
        expect((await pay(order).expect(409)).body.code).toBe('payment_under_way');
        const [intent] = await intentsOf(muse, stripe, order.id);
        await stripe.authenticate(intent!.id, 'success');
        if (by === 'client') await buyer.post(`/orders/${order.id}/pay/resume`).expect(200);
        const paid = await paymentIs(buyer, order.id, 'paid');
        expect(paid.action).toBeNull();
        expect((await buyer.post(`/orders/${order.id}/pay/resume`).expect(200)).body.paymentStatus).toBe('paid');
      }
    });

    it('shows a program that only reads orders that its buyer has to act, and nothing to act with', async () => {
      buyer = await customer(muse);
      const order = await confirmed();
      await pay(order, THREE_D_SECURE).expect(202);
      await eventually(async () => (await read(buyer, order)).action?.clientSecret);
      const seenBy = async (...scopes: string[]) => {
        const { body } = await buyer.post('/me/api-keys', { name: 'Sync', scopes }).expect(201);
        const program = shopperOf(muse, buyer.id, { authorization: `Bearer ${body.token}` });
        const { body: list } = await program.get('/orders').expect(200);
        return [(await read(program, order)).action, list.data[0].action];
      };
      const bare = { type: 'authenticate', expiresAt: expect.any(String) };
      expect(await seenBy('orders:read')).toEqual([bare, bare]);
      const whole = { ...bare, clientSecret: expect.stringMatching(/_secret_/) };
      expect(await seenBy('orders:read', 'orders:write')).toEqual([whole, whole]);
    });

    it('is refused where the merchant cannot be paid, in a wrong state, and for others’ orders and methods', async () => {
      const plain = await openShop(muse);
      await addVariant(buyer, plain.variantIds[0]);
      const unpayable = await orderOf(buyer, await checkoutToPlaced(buyer));
      await confirm(unpayable, plain).expect(200);
      expect((await read(buyer, unpayable)).allowedActions).toEqual(['cancel']);
      expect((await pay(unpayable).expect(409)).body).toMatchObject({
        code: 'merchant_not_payable',
        reason: 'not_onboarded',
      });

      const order = await confirmed();
      const stranger = await customer(muse);
      await stranger.post(`/orders/${order.id}/pay`, VISA, key()).expect(404);
      await stranger.post(`/orders/${order.id}/pay/resume`).expect(404);
      await shop.merchant.post(`/orders/${order.id}/pay`, VISA, key()).expect(404);
      await confirm(order, plain).expect(404);
      await plain.merchant.post(ofStore(order, '/confirm')).expect(404);
      await pay(order, { paymentMethodId: randomUUID() }).expect(404);
      const { body: theirs } = await stranger.post('/payment-methods', VISA).expect(201);
      await pay(order, { paymentMethodId: theirs.id }).expect(404);
      await pay(order, { ...VISA, returnUrl: 'https://elsewhere.example/' }).expect(422);
      await pay(order, {}).expect(400);
      await pay(order, { providerToken: 'pm_nobody_knows' }).expect(404);
      await buyer.put(`/orders/${order.id}/cancel`, {}).expect(200);
      expect((await confirm(order).expect(409)).body.code).toBe('order_state');
      expect((await pay(order).expect(409)).body.code).toBe('order_state');
      expect(await intentsOf(muse, stripe, order.id)).toEqual([]);
    });

    it('is given up with the order: what comes of it later is let go, or goes back', async () => {
      const order = await confirmed();
      await pay(order, THREE_D_SECURE).expect(202);
      await eventually(async () => (await read(buyer, order)).action);
      await buyer.put(`/orders/${order.id}/cancel`, {}).expect(200);
      await intentIs(muse, stripe, order.id, 'canceled');
      await paymentIs(buyer, order.id, 'voided');
    });
  });

  it('stays with nobody when an order is cancelled as it is being paid', async () => {
    for (let round = 0; round < 4; round++) {
      const order = await confirmed();
      const [paying, cancelling] = await Promise.all([pay(order), buyer.put(`/orders/${order.id}/cancel`, {})]);
      expect([202, 409]).toContain(paying.status);
      expect(cancelling.status).toBe(200);
      if (paying.status === 409) continue;
      await eventually(async () => ['voided', 'refunded'].includes((await read(buyer, order)).paymentStatus), 20_000);
      const { charges, refunds } = await stripe.objects();
      const [intent] = await intentsOf(muse, stripe, order.id);
      const kept = charges
        .filter((charge) => charge.payment_intent === intent!.id)
        .reduce((sum, charge) => sum + charge.amount_captured, 0);
      const given = refunds
        .filter((one) => one.payment_intent === intent!.id)
        .reduce((sum, one) => sum + one.amount, 0);
      expect(kept).toBe(given);
    }
  });

  describe('whose capture fails for good', () => {
    const failing = async (): Promise<Body> => {
      await stripe.faults.add({
        ...{ kind: 'refuse', method: 'POST', path: '/v1/payment_intents/:id/capture', times: null, status: 402 },
        error: { type: 'card_error', code: 'charge_expired_for_capture', message: 'Too late.' } as never,
      });
      await addVariant(buyer, shop.variantIds[0], 2);
      const session = await placeByCard(buyer);
      const { stores } = await statusIs(buyer, session.id, 'completed');
      const order = await paymentIs(buyer, stores[0].order.id, 'failed');
      await stripe.faults.clear();
      return order;
    };

    it('leaves the order pending with its stock for a day, cannot be shipped, and can be paid again', async () => {
      const order = await failing();
      expect(order).toMatchObject({ status: 'pending', payment: null, allowedActions: ['cancel', 'pay'] });
      const hours = (Date.parse(order.payUntil) - Date.now()) / 3_600_000;
      expect(hours).toBeGreaterThan(23.9);
      expect(hours).toBeLessThanOrEqual(24);
      expect(await shop.stockOf(shop.variantIds[0])).toEqual([98, 0]);
      const ship = { carrier: 'UPS', trackingNumber: '1Z999AA1' };
      expect((await shop.merchant.post(ofStore(order, '/ship'), ship).expect(409)).body.code).toBe('order_state');
      await pay(order).expect(202);
      const paid = await paymentIs(buyer, order.id, 'paid');
      expect(paid).toMatchObject({ payUntil: null, paid: usd(2500) });
      await shop.merchant.post(ofStore(order, '/ship'), ship).expect(200);
    });

    it('keeps the stock for that day only, however often another card is tried', async () => {
      const order = await failing();
      await sql(muse, `UPDATE orders SET pay_failed_at = pay_failed_at - interval '23 hours' WHERE id = $1`, [
        order.id,
      ]);
      await pay(order, DECLINED).expect(202);
      const failed = await eventually(async () => {
        const seen = await read(buyer, order);
        return seen.payUntil !== null && seen.version >= order.version + 2 ? seen : undefined;
      });
      expect(Date.parse(order.payUntil) - Date.parse(failed.payUntil)).toBe(23 * 3_600_000);
      await pay(order).expect(202);
      expect(await paymentIs(buyer, order.id, 'paid')).toMatchObject({ payUntil: null });
    });

    it('cancels the order when nobody pays it in time, and its stock comes back', async () => {
      const order = await failing();
      await sql(muse, `UPDATE orders SET pay_until = now() - interval '1 second' WHERE id = $1`, [order.id]);
      await muse.app.get(OrderPayments, { strict: false }).lapse();
      expect(await read(buyer, order)).toMatchObject({ status: 'cancelled', payUntil: null, allowedActions: [] });
      expect(await shop.stockOf(shop.variantIds[0])).toEqual([100, 0]);
    });
  });

  describe('refunded', () => {
    const refund = (order: Body, body: object, more = key()) =>
      shop.merchant.post(ofStore(order, '/refunds'), body, more);

    it('in part by an amount, and then whole: the buyer sees each, and Stripe gives it back', async () => {
      const order = await paidOrder();
      const answer = await refund(order, { amount: usd(700), reason: 'Late' }).expect(201);
      expect(answer.body).toMatchObject({
        ...{ orderId: order.id, amount: usd(700), reason: 'Late', items: [], by: 'merchant' },
        createdAt: expect.any(String),
      });
      expect(await paymentIs(buyer, order.id, 'partially_refunded')).toMatchObject({
        paid: usd(2500),
        refunded: usd(700),
      });
      await refund(order, { amount: usd(1800), reason: 'Never came' }).expect(201);
      expect(await paymentIs(buyer, order.id, 'refunded')).toMatchObject({ refunded: usd(2500) });
      const { body } = await buyer.get(`/orders/${order.id}/refunds`).expect(200);
      expect(body.data).toMatchObject([
        { amount: usd(700), status: 'succeeded' },
        { amount: usd(1800), status: 'succeeded' },
      ]);
      expect((await shop.merchant.get(ofStore(order, '/refunds')).expect(200)).body).toEqual(body);
      expect((await support.get(`/admin/orders/${order.id}/refunds`).expect(200)).body).toEqual(body);
      expect((await refund(order, { amount: usd(1), reason: 'More' }).expect(409)).body.code).toBe('order_state');
      const [intent] = await intentsOf(muse, stripe, order.checkoutSessionId);
      const refunds = (await stripe.objects()).refunds.filter((one) => one.charge === intent!.latest_charge);
      expect(refunds.map(({ amount }) => amount).sort((a, b) => a - b)).toEqual([700, 1800]);
    });

    it('by items: what their units were paid, each unit once', async () => {
      const order = await paidOrder();
      const items = [{ itemId: order.items[0].id, quantity: 1 }];
      const first = await refund(order, { items, reason: 'Too small' }).expect(201);
      expect(first.body).toMatchObject({ amount: usd(1000), items });
      await refund(order, { items, reason: 'Too small too' }).expect(201);
      const third = await refund(order, { items, reason: 'r' }).expect(422);
      expect(third.body).toMatchObject({
        ...{
          code: 'invalid_field',
          errors: [{ pointer: '/items/0/quantity', detail: 'at most 0 can still be refunded' }],
        },
      });
      // Delivery is left.
      await eventually(async () => (await read(buyer, order)).refunded.amount === 2000);
    });

    it('never beyond what was paid, also when two ask at once', async () => {
      const order = await paidOrder();
      const whole = { amount: usd(2500), reason: 'All of it' };
      const both = await Promise.all([
        refund(order, whole),
        support.post(`/admin/orders/${order.id}/refunds`, whole, key()),
        refund(order, { amount: usd(2000), reason: 'Most of it' }),
      ]);
      expect(both.filter(({ status }) => status === 201)).toHaveLength(1);
      for (const { status, body } of both.filter((answer) => answer.status !== 201))
        expect([status, body.code]).toEqual(status === 422 ? [422, 'refund_too_large'] : [409, 'order_state']);
      await eventually(async () => {
        const { status, body } = await buyer.get(`/orders/${order.id}/refunds`);
        return status === 200 && body.data.every((one: Body) => one.status === 'succeeded');
      });
      const { refunded } = await read(buyer, order);
      expect(refunded.amount).toBeLessThanOrEqual(2500);
      const tooMuch = await paidOrder();
      expect((await refund(tooMuch, { amount: usd(2501), reason: 'r' }).expect(422)).body.code).toBe(
        'refund_too_large',
      );
    });

    it('once under one key', async () => {
      const order = await paidOrder();
      const same = key();
      const body = { amount: usd(100), reason: 'Twice' };
      const [first, second] = [
        await refund(order, body, same).expect(201),
        await refund(order, body, same).expect(201),
      ];
      expect(second.body).toEqual(first.body);
      expect((await refund(order, body, {} as never).expect(400)).body.code).toBe('idempotency_key_required');
      expect((await buyer.get(`/orders/${order.id}/refunds`).expect(200)).body.data).toHaveLength(1);
    });

    it('by nobody else than its merchant and support, of paid orders, with a sensible body', async () => {
      const order = await paidOrder();
      const body = { amount: usd(100), reason: 'r' };
      const other = await openShop(muse);
      await other.merchant.post(ofStore(order, '/refunds'), body, key()).expect(404);
      await other.merchant.post(ofStore(order, '/refunds', other), body, key()).expect(404);
      await buyer.post(ofStore(order, '/refunds'), body, key()).expect(403);
      await other.merchant.get(ofStore(order, '/refunds')).expect(404);
      await other.merchant.get(`/orders/${order.id}/refunds`).expect(404);
      await buyer.post(`/admin/orders/${order.id}/refunds`, body, key()).expect(403);
      await support.post(`/admin/orders/${randomUUID()}/refunds`, body, key()).expect(404);
      await support.get(`/admin/orders/${randomUUID()}/refunds`).expect(404);
      await refund(order, { reason: 'r' }).expect(400);
      await refund(order, { ...body, items: [{ itemId: order.items[0].id, quantity: 1 }] }).expect(400);
      await refund(order, { amount: usd(0), reason: 'r' }).expect(400);
      await refund(order, { amount: usd(100) }).expect(400);
      const another = await orderLater();
      for (const itemId of [randomUUID(), another.items[0].id])
        await refund(order, { items: [{ itemId, quantity: 1 }], reason: 'r' }).expect(400);
      await refund(order, { amount: { amount: 100, currency: 'EUR' }, reason: 'r' }).expect(422);
      const unpaid = await orderLater();
      expect((await refund(unpaid, body).expect(409)).body.code).toBe('order_state');
      const bySupport = await support.post(`/admin/orders/${order.id}/refunds`, body, key()).expect(201);
      expect(bySupport.body.by).toBe('support');
    });

    it('by itself when a paid order is cancelled: what has not gone back yet', async () => {
      const order = await paidOrder();
      await refund(order, { amount: usd(500), reason: 'Late' }).expect(201);
      expect((await buyer.put(`/orders/${order.id}/cancel`, {}).expect(200)).body.status).toBe('cancelled');
      expect(await paymentIs(buyer, order.id, 'refunded')).toMatchObject({ refunded: usd(2500) });
      const { body } = await buyer.get(`/orders/${order.id}/refunds`).expect(200);
      expect(body.data.map((one: Body) => [one.amount, one.by])).toEqual([
        [usd(500), 'merchant'],
        [usd(2000), 'system'],
      ]);
    });

    it('not by itself for ever: a cancelled order whose refund fails is counted for support', async () => {
      const owed = async () => {
        const { text } = await muse.http.get('/metrics').set({ authorization: `Bearer ${METRICS_TOKEN}` });
        return Number(/^muse_orders_refund_owed (\d+)$/m.exec(text)?.[1]);
      };
      const before = await owed();
      const order = await paidOrder('pm_card_refundFail');
      await buyer.put(`/orders/${order.id}/cancel`, {}).expect(200);
      await eventually(async () => {
        const { body } = await buyer.get(`/orders/${order.id}/refunds`).expect(200);
        return body.data[0]?.status === 'failed';
      }, 20_000);
      await eventually(async () => (await owed()) === before + 1, 20_000);
      expect(await read(buyer, order)).toMatchObject({ status: 'cancelled', paymentStatus: 'paid' });
    });

    it('by itself when it is cancelled while the money is being taken', async () => {
      await stripe.faults.add({
        kind: 'slow',
        method: 'POST',
        path: '/v1/payment_intents/:id/capture',
        delayMs: 1_500,
      });
      await addVariant(buyer, shop.variantIds[0], 2);
      const session = await placeByCard(buyer);
      const { stores } = await statusIs(buyer, session.id, 'completed');
      const { body } = await buyer.put(`/orders/${stores[0].order.id}/cancel`, {}).expect(200);
      expect(body).toMatchObject({ status: 'cancelled', paymentStatus: 'authorized' });
      expect(await paymentIs(buyer, body.id, 'refunded')).toMatchObject({ paid: usd(2500), refunded: usd(2500) });
    });

    it('not, where the bank gives it back to us: it may be asked for again', async () => {
      const order = await paidOrder('pm_card_refundFail');
      await refund(order, { amount: usd(1000), reason: 'r' }).expect(201);
      await eventually(async () => {
        const { body } = await buyer.get(`/orders/${order.id}/refunds`).expect(200);
        return body.data[0].status === 'failed';
      });
      expect(await paymentIs(buyer, order.id, 'paid')).toMatchObject({ refunded: usd(0) });
    });
  });

  it('is flagged while the buyer disputes it, and then nothing more goes back', async () => {
    const order = await paidOrder();
    const [intent] = await intentsOf(muse, stripe, order.checkoutSessionId);
    const dispute = await stripe.dispute(intent!.latest_charge as string);
    await paymentIs(buyer, order.id, 'disputed');
    const body = { amount: usd(100), reason: 'r' };
    const refused = await shop.merchant.post(ofStore(order, '/refunds'), body, key()).expect(409);
    expect(refused.body.code).toBe('order_state');
    await stripe.closeDispute(dispute.id, 'won');
    await paymentIs(buyer, order.id, 'paid');
  });

  it('does not tell by which card it was once the buyer has closed the account', async () => {
    const ana = await customer(muse);
    buyer = ana;
    const order = await paidOrder();
    expect(order.payment).toEqual({ method: 'visa', last4: '4242', reference: null });
    await ana.delete('/me').expect(200);
    expect((await shop.merchant.get(ofStore(order)).expect(200)).body).toMatchObject({
      ...{ payment: null, paid: usd(2500), paymentStatus: 'paid' },
    });
    const kept = await sql(
      muse,
      `SELECT 1 FROM checkout_sessions WHERE shopper_id = $1 AND payment_method IS NOT NULL`,
      [ana.id],
    );
    expect(kept).toEqual([]);
  });

  it('goes back when an order was cancelled in a dispute that we win', async () => {
    const order = await paidOrder();
    const [intent] = await intentsOf(muse, stripe, order.checkoutSessionId);
    const dispute = await stripe.dispute(intent!.latest_charge as string);
    await paymentIs(buyer, order.id, 'disputed');
    const { body } = await buyer.put(`/orders/${order.id}/cancel`, {}).expect(200);
    expect(body).toMatchObject({ status: 'cancelled', paymentStatus: 'disputed' });
    expect((await buyer.get(`/orders/${order.id}/refunds`).expect(200)).body.data).toEqual([]);
    await stripe.closeDispute(dispute.id, 'won');
    expect(await paymentIs(buyer, order.id, 'refunded')).toMatchObject({ paid: usd(2500), refunded: usd(2500) });
  });

  it('is told of by the provider alone: what is signed but odd, or signed for later, is refused and not kept', async () => {
    const tell = (event: object, seconds = 0) => {
      const payload = JSON.stringify({
        object: 'event',
        type: 'payment_intent.succeeded',
        created: 1_700_000_000,
        ...event,
      });
      const t = Math.floor(Date.now() / 1_000) + seconds;
      const v1 = createHmac('sha256', stripe.secret).update(`${t}.${payload}`).digest('hex');
      const headers = { 'stripe-signature': `t=${t},v1=${v1}`, 'content-type': 'application/json' };
      return muse.http.post('/api/v1/webhooks/stripe').set(headers).send(payload);
    };
    const data = { object: { object: 'payment_intent', id: 'pi_odd' } };
    // Without digits, which are a card's number now and then.
    const id = `evt_${randomUUID().replaceAll(/[\d-]/g, 'x')}`;
    for (const created of [1e300, 'x', -1e15, null]) await tell({ id, data, created }).expect(400);
    await tell({ id: 'e'.repeat(5_000), data }).expect(400);
    await tell({ id, data: { object: { ...data.object, id: 'p'.repeat(5_000) } } }).expect(400);
    await tell({ id: 7, data }).expect(400);
    await tell({ id, data }, 400).expect(400);
    const kept = 'SELECT count(*)::int AS kept FROM provider_events WHERE id = $1';
    expect(await sql(muse, kept, [id])).toEqual([{ kept: 0 }]);
    await tell({ id, data }, 200).expect(200);
    expect(await sql(muse, kept, [id])).toEqual([{ kept: 1 }]);
  });

  it('shows no more to a merchant than what may be done with it', async () => {
    const order = await paidOrder();
    const { body } = await shop.merchant.get(ofStore(order)).expect(200);
    expect(body).toMatchObject({ allowedActions: ['confirm', 'ship', 'cancel', 'refund'], action: null });
    expect(statusesOf([await confirm(order), await confirm(order)])).toEqual([200, 200]);
  });
});
