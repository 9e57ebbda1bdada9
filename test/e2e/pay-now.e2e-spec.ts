import { SessionExpiry } from '../../src/checkout-session/session-expiry';
import type { RunningApp } from '../support/app';
import { openPartner, openShop, postRate, type Shop } from '../support/market';
import {
  intentIs,
  intentsOf,
  lookAtAccount,
  onboard,
  openPayableShop,
  pay,
  payableSession,
  paymentIs,
  placeByCard,
  startWithWebhooks,
  statusIs,
} from '../support/payments';
import { makeProduct, makeStore, makeUser, signIn, usd } from '../support/sellers';
import {
  addDescribed,
  addVariant,
  begin,
  cartOf,
  customer,
  eventually,
  guest,
  place,
  readySession,
  shopperOf,
  sql,
  statusesOf,
  type Body,
  type Shopper,
} from '../support/shopper';
import type { StripeDouble } from '../support/stripe-double';

const DECLINED = 'pm_card_chargeDeclinedInsufficientFunds';
const THREE_D_SECURE = 'pm_card_authenticationRequired';

describe('Paying a checkout at once', () => {
  let muse: RunningApp;
  let stripe: StripeDouble;
  let shop: Shop & { accountId: string };
  let shopper: Shopper;

  beforeAll(async () => {
    ({ muse, stripe } = await startWithWebhooks());
  });
  beforeEach(async () => {
    shop = await openPayableShop(muse, stripe);
    shopper = await guest(muse);
  });
  afterEach(async () => {
    await stripe.faults.clear();
    await stripe.events.rules();
  });

  const at = (session: Body, rest = '') => `/checkout/sessions/${session.id}${rest}`;
  const storeOf = (of: Body, { storeId }: { storeId: string }): Body =>
    of.stores.find((store: Body) => store.storeId === storeId);
  const retire = async (of: Shop) => {
    const { body } = await of.merchant.get(`/merchant/stores/${of.storeId}/products`).expect(200);
    await of.merchant.delete(`/merchant/stores/${of.storeId}/products/${body.data[0].id}`).expect(204);
  };
  const settlementsOf = (session: Body) => session.stores.map((store: Body) => store.settlement);
  const giveUpDue = async (session: Body) => {
    await sql(muse, `UPDATE checkout_sessions SET give_up_at = now() - interval '1 second' WHERE id = $1`, [
      session.id,
    ]);
    await muse.app.get(SessionExpiry, { strict: false }).giveUpPayments();
  };
  /** Authorising takes so long that a test can look at what waits for it. */
  const slowly = (path: string, delayMs = 1_500) => stripe.faults.add({ kind: 'slow', method: 'POST', path, delayMs });

  describe('is offered', () => {
    it('by stores that can be paid, as the default; the others say why they are paid later', async () => {
      const [later, partner] = [await openShop(muse), await openPartner(muse)];
      await addVariant(shopper, shop.variantIds[0]);
      await addVariant(shopper, later.variantIds[0]);
      await addDescribed(shopper, partner);
      const session = await readySession(shopper);
      expect(session).toMatchObject({
        ...{ dueNow: usd(1500), dueLater: usd(1500), dueAtStores: usd(1600), charge: usd(1500) },
        ...{ readyToPlace: false, requiredFields: ['/paymentMethodId'], paymentMethodId: null, paymentMethod: null },
        steps: [
          { name: 'shipping', done: true, required: true },
          { name: 'payment', done: false, required: true },
          { name: 'review', done: false, required: true },
        ],
        problems: [{ code: 'pay_now_not_offered', severity: 'info', storeId: later.storeId, reason: 'not_onboarded' }],
      });
      expect(session.stores.map((store: Body) => [store.settlement, store.settlementOptions])).toEqual([
        ['pay_now', ['pay_now', 'pay_later']],
        ['pay_later', ['pay_later']],
        ['at_store', ['at_store']],
      ]);
      expect(session.disclosures.map((one: Body) => one.code)).toEqual([
        ...['separate_sellers', 'no_arbitration', 'pay_now', 'pay_later', 'finish_at_store'],
      ]);
    });

    it('until the shopper chooses otherwise, and the choice outlives further edits', async () => {
      await addVariant(shopper, shop.variantIds[0]);
      const session = await readySession(shopper);
      const store = at(session, `/stores/${shop.storeId}`);
      const { body } = await shopper.put(store, { settlement: 'pay_later' }).expect(200);
      expect(body).toMatchObject({ dueNow: usd(0), charge: null, requiredFields: [], readyToPlace: true });
      const noted = (await shopper.put(store, { note: 'n' }).expect(200)).body;
      expect(settlementsOf(noted)).toEqual(['pay_later']);
      const refreshed = (await shopper.post(at(session, '/refresh')).expect(200)).body;
      expect(settlementsOf(refreshed)).toEqual(['pay_later']);
      const back = (await shopper.put(store, { settlement: 'pay_now' }).expect(200)).body;
      expect(back).toMatchObject({ charge: usd(1500), requiredFields: ['/paymentMethodId'] });
      const never = await shopper.put(store, { settlement: 'at_store' }).expect(422);
      expect(never.body.code).toBe('settlement_not_offered');
    });

    it('in one currency: stores in another are paid later', async () => {
      await postRate(muse, { base: 'EUR', quote: 'USD', rate: '1.1' });
      const owner = await makeUser(muse);
      const { id: storeId } = await makeStore(muse, owner, { currency: 'EUR', country: 'DE' });
      const merchant = shopperOf(muse, owner.id, await signIn(muse, owner));
      const price = (amount: number) => ({ amount, currency: 'EUR' });
      const body = { name: 'Standard', price: price(500), minDays: 1, maxDays: 2 };
      await merchant.post(`/merchant/stores/${storeId}/delivery-options`, body).expect(201);
      const { variants } = await makeProduct(muse, owner, storeId, {
        variants: [{ sku: 'E-1', price: price(1000), onHand: 5 }],
      });
      await onboard(muse, stripe, { ...shop, merchant, storeId });
      await addVariant(shopper, variants[0]!.id);
      const alone = await readySession(shopper);
      expect(alone).toMatchObject({ charge: price(1500), stores: [{ settlement: 'pay_now' }] });
      await addVariant(shopper, shop.variantIds[0]);
      const ana = await customer(muse);
      await addVariant(ana, variants[0]!.id);
      await addVariant(ana, shop.variantIds[0]);
      const both = await readySession(ana);
      expect(both).toMatchObject({
        charge: usd(1500),
        problems: [{ code: 'pay_now_not_offered', storeId, reason: 'other_currency' }],
      });
      expect(settlementsOf(both)).toEqual(['pay_later', 'pay_now']);
    });

    it('no longer where the store can no longer be paid: placing says so, and buys nothing', async () => {
      await addVariant(shopper, shop.variantIds[0]);
      const session = await payableSession(shopper);
      await stripe.changeAccount(shop.accountId, { charges_enabled: false });
      await lookAtAccount(muse, shop.accountId);
      const refused = await place(shopper, session).expect(409);
      expect(refused.body.code).toBe('settlement_changed');
      const { body } = await shopper.get(at(session)).expect(200);
      expect(body).toMatchObject({ status: 'pending', charge: null, problems: [{ reason: 'not_enabled' }] });
      await place(shopper, body).expect(202);
      const status = await statusIs(shopper, session.id, 'completed');
      expect((await shopper.get(`/orders/${status.stores[0].order.id}`)).body).toMatchObject({
        ...{ settlement: 'pay_later', paymentStatus: 'unpaid' },
      });
    });
  });

  describe('takes a payment method', () => {
    it('that is the shopper’s own: shown by its last digits, and of nobody else', async () => {
      await addVariant(shopper, shop.variantIds[0]);
      const session = await readySession(shopper);
      const { body } = await pay(shopper, session.id, 'pm_card_visa').expect(200);
      expect(body).toMatchObject({
        ...{ readyToPlace: true, requiredFields: [], paymentMethod: { kind: 'card', brand: 'visa', last4: '4242' } },
        version: session.version + 1,
      });
      const other = await guest(muse);
      await addVariant(other, shop.variantIds[0]);
      const theirs = await readySession(other);
      const stolen = { paymentMethodId: body.paymentMethodId };
      await other.put(at(theirs, '/payment'), stolen).expect(404);
      await other.put(at(session, '/payment'), { providerToken: 'pm_card_visa' }).expect(404);
      await shopper.put(at(session, '/payment'), stolen, { 'if-match': '"1"' }).expect(412);
      await shopper.put(at(session, '/payment'), {}).expect(400);
    });

    it('before it can be placed', async () => {
      await addVariant(shopper, shop.variantIds[0]);
      const session = await readySession(shopper);
      const { body } = await place(shopper, session).expect(422);
      expect(body).toMatchObject({ code: 'incomplete', errors: [{ pointer: '/paymentMethodId' }] });
    });

    it('and an address to come back to, if it is one of ours', async () => {
      await addVariant(shopper, shop.variantIds[0]);
      const session = await payableSession(shopper);
      const elsewhere = await place(shopper, session, undefined, { returnUrl: 'https://elsewhere.example/' }).expect(
        422,
      );
      expect(elsewhere.body).toMatchObject({ code: 'invalid_field', errors: [{ pointer: '/returnUrl' }] });
      const returnUrl = `${muse.config.PUBLIC_URL}/back`;
      await place(shopper, session, undefined, { returnUrl }).expect(202);
      await statusIs(shopper, session.id, 'completed');
    });

    it('that may be removed before it pays: the session asks for another', async () => {
      shopper = await customer(muse);
      await addVariant(shopper, shop.variantIds[0]);
      const { body: method } = await shopper.post('/payment-methods', { providerToken: 'pm_card_visa' }).expect(201);
      const { id } = await readySession(shopper);
      const chosen = await shopper.put(`/checkout/sessions/${id}/payment`, { paymentMethodId: method.id }).expect(200);
      expect(chosen.body.readyToPlace).toBe(true);
      await shopper.delete(`/payment-methods/${method.id}`).expect(204);
      const { body: session } = await shopper.get(`/checkout/sessions/${id}`).expect(200);
      expect(session).toMatchObject({
        ...{ readyToPlace: false, requiredFields: ['/paymentMethodId'], paymentMethodId: null, paymentMethod: null },
      });
      expect((await place(shopper, session).expect(422)).body).toMatchObject({
        ...{ code: 'incomplete', errors: [{ pointer: '/paymentMethodId' }] },
      });
      await pay(shopper, id, 'pm_card_mastercard').expect(200);
      await place(shopper, session).expect(202);
      await statusIs(shopper, id, 'completed');
    });

    it('only where a store offers it', async () => {
      const later = await openShop(muse);
      await addVariant(shopper, later.variantIds[0]);
      const session = await readySession(shopper);
      expect((await pay(shopper, session.id).expect(409)).body.code).toBe('payment_not_offered');
    });
  });

  it('pays three merchants by one card: one authorisation, one capture, a transfer to each', async () => {
    const shops = [shop, await openPayableShop(muse, stripe), await openPayableShop(muse, stripe)];
    for (const { variantIds } of shops) await addVariant(shopper, variantIds[1]);
    const session = await placeByCard(shopper);
    const status = await statusIs(shopper, session.id, 'completed');
    const intent = await intentIs(muse, stripe, session.id, 'succeeded');
    expect(intent).toMatchObject({ amount: 7500, amount_received: 7500, currency: 'usd' });
    for (const { order } of status.stores as Body[]) {
      expect(await paymentIs(shopper, order.id, 'paid')).toMatchObject({
        ...{ settlement: 'pay_now', payment: { method: 'visa', last4: '4242' }, paid: usd(2500), refunded: usd(0) },
        allowedActions: ['cancel'],
      });
    }
    const transfers = await eventually(async () => {
      const made = (await stripe.objects()).transfers.filter((one) => one.transfer_group === intent.transfer_group);
      return made.length === 3 && made;
    });
    // 5 % is the platform's.
    expect(new Map(transfers.map(({ amount, destination }) => [destination, amount]))).toEqual(
      new Map(shops.map(({ accountId }) => [accountId, 2375])),
    );
    const { body: history } = await shopper.get(`/orders/${status.stores[0].order.id}/history`).expect(200);
    expect(history.data.map((one: Body) => one.type)).toEqual(['placed', 'paid']);
  });

  it('asks for nothing where everything is paid later', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const session = await readySession(shopper);
    const later = { settlement: 'pay_later' };
    const { body } = await shopper.put(at(session, `/stores/${shop.storeId}`), later).expect(200);
    await place(shopper, body).expect(202);
    await statusIs(shopper, session.id, 'completed');
    expect(await intentsOf(muse, stripe, session.id)).toEqual([]);
  });

  it('does not charge for a store that failed', async () => {
    const failing = await openPayableShop(muse, stripe);
    await addVariant(shopper, shop.variantIds[0]);
    await addVariant(shopper, failing.variantIds[1]);
    const session = await payableSession(shopper);
    expect(session.charge).toEqual(usd(4000));
    await retire(failing);
    await place(shopper, session).expect(202);
    const status = await statusIs(shopper, session.id, 'partially_completed');
    expect(storeOf(status, failing)).toMatchObject({ status: 'failed', failure: { code: 'unavailable' }, order: null });
    const intent = await intentIs(muse, stripe, session.id, 'succeeded');
    expect(intent).toMatchObject({ amount: 4000, amount_received: 1500 });
    expect(await cartOf(shopper)).toMatchObject({ itemCount: 1, stores: [{ storeId: failing.storeId }] });
    await paymentIs(shopper, storeOf(status, shop).order.id, 'paid');
  });

  it('charges nothing where every store failed', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const session = await payableSession(shopper);
    await retire(shop);
    await place(shopper, session).expect(202);
    await statusIs(shopper, session.id, 'failed');
    expect(await intentIs(muse, stripe, session.id, 'canceled')).toMatchObject({ amount_received: 0 });
    expect((await shopper.get('/orders').expect(200)).body.data).toEqual([]);
  });

  it('waits for the authorisation before anything is ordered anywhere', async () => {
    const later = await openShop(muse);
    await addVariant(shopper, shop.variantIds[0]);
    await addVariant(shopper, later.variantIds[0]);
    await slowly('/v1/payment_intents', 2_000);
    const session = await placeByCard(shopper);
    const { body } = await shopper.get(at(session, '/status')).expect(200);
    expect(body).toMatchObject({ status: 'processing', stores: [{ status: 'waiting' }, { status: 'waiting' }] });
    expect(await sql(muse, 'SELECT DISTINCT status FROM placements WHERE session_id = $1', [session.id])).toEqual([
      { status: 'gated' },
    ]);
    const status = await statusIs(shopper, session.id, 'completed');
    expect((await shopper.get(`/orders/${storeOf(status, later).order.id}`)).body.paymentStatus).toBe('unpaid');
  });

  it('is asked for once, however often it is placed', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const session = await payableSession(shopper);
    const answers = await Promise.all(Array.from({ length: 5 }, () => place(shopper, session)));
    expect(statusesOf(answers)).toEqual([202, 202, 202, 202, 202]);
    await statusIs(shopper, session.id, 'completed');
    expect(await intentIs(muse, stripe, session.id, 'succeeded')).toMatchObject({ amount_received: 1500 });
    expect((await shopper.get('/orders').expect(200)).body.data).toHaveLength(1);
  });

  describe('declined', () => {
    it('orders nothing anywhere, keeps the stock, and asks for another card, which then pays', async () => {
      const later = await openShop(muse);
      await addVariant(shopper, shop.variantIds[0]);
      await addVariant(shopper, later.variantIds[0]);
      const session = await placeByCard(shopper, DECLINED);
      const asking = await statusIs(shopper, session.id, 'action_required');
      expect(asking.action).toEqual({
        ...{ type: 'choose_payment', reason: 'insufficient_funds' },
        expiresAt: expect.any(String),
      });
      expect((await shopper.get('/orders').expect(200)).body.data).toEqual([]);
      expect(await shop.stockOf(shop.variantIds[0])).toEqual([100, 1]);

      // Nothing new to try: the status, whatever the key.
      expect((await place(shopper, session).expect(202)).body.status).toBe('action_required');
      expect(await intentsOf(muse, stripe, session.id)).toHaveLength(1);
      // And nothing else may change.
      expect((await shopper.put(at(session, `/stores/${shop.storeId}`), { note: 'n' }).expect(409)).body.code).toBe(
        'session_placed',
      );

      const { body } = await pay(shopper, session.id, 'pm_card_mastercard').expect(200);
      expect(body).toMatchObject({ status: 'action_required', paymentMethod: { brand: 'mastercard' } });
      const other = await place(shopper, { id: session.id, total: usd(1) }).expect(409);
      expect(other.body.code).toBe('total_changed');
      const again = await place(shopper, session).expect(202);
      expect(again.body).toMatchObject({ status: 'processing', action: null });
      const status = await statusIs(shopper, session.id, 'completed');
      const order = await paymentIs(shopper, storeOf(status, shop).order.id, 'paid');
      expect(order.payment).toEqual({ method: 'mastercard', last4: '4444', reference: null });
      const intents = await intentsOf(muse, stripe, session.id);
      expect(intents.map((intent) => intent.amount_received)).toEqual([0, 1500]);
    });

    it('says so where the store can no longer be paid at all, and then giving up helps', async () => {
      await addVariant(shopper, shop.variantIds[0]);
      const session = await placeByCard(shopper, DECLINED);
      await statusIs(shopper, session.id, 'action_required');
      await pay(shopper, session.id).expect(200);
      await stripe.changeAccount(shop.accountId, { charges_enabled: false });
      await lookAtAccount(muse, shop.accountId);
      expect((await place(shopper, session).expect(409)).body.code).toBe('payment_no_longer_possible');
      await shopper.post(at(session, '/cancel')).expect(200);
      expect((await begin(shopper)).stores[0].settlementOptions).toEqual(['pay_later']);
    });

    it.each(['amount_too_small', 'amount_too_large'])('says that the amount is why, where it is: %s', async (code) => {
      await stripe.faults.add({
        ...{ kind: 'refuse', method: 'POST', path: '/v1/payment_intents', status: 400 },
        error: { type: 'invalid_request_error', code, message: 'Amount.' } as never,
      });
      await addVariant(shopper, shop.variantIds[0]);
      const session = await placeByCard(shopper);
      const { action } = await statusIs(shopper, session.id, 'action_required');
      expect(action).toMatchObject({ type: 'choose_payment', reason: 'amount_not_accepted' });
      await shopper.post(at(session, '/cancel')).expect(200);
    });

    it('can be given up: stock and lines come back, and nothing was charged', async () => {
      await addVariant(shopper, shop.variantIds[0]);
      const session = await placeByCard(shopper, DECLINED);
      await statusIs(shopper, session.id, 'action_required');
      expect((await shopper.post(at(session, '/cancel')).expect(200)).body.status).toBe('cancelled');
      expect((await shopper.post(at(session, '/cancel')).expect(200)).body.status).toBe('cancelled');
      expect(await shop.stockOf(shop.variantIds[0])).toEqual([100, 0]);
      expect((await begin(shopper)).stores).toHaveLength(1);
      await pay(shopper, session.id).expect(409);
    });

    it('ends after fifteen minutes by itself', async () => {
      await addVariant(shopper, shop.variantIds[0]);
      const session = await placeByCard(shopper, DECLINED);
      const { action } = await statusIs(shopper, session.id, 'action_required');
      const minutes = (Date.parse(action.expiresAt) - Date.now()) / 60_000;
      expect(minutes).toBeGreaterThan(14);
      expect(minutes).toBeLessThanOrEqual(15.1);
      await giveUpDue(session);
      const { body } = await shopper.get(at(session, '/status')).expect(200);
      expect(body).toMatchObject({ status: 'expired', action: null, stores: [{ status: 'cancelled' }] });
      expect(body.completedAt).not.toBeNull();
      expect(await shop.stockOf(shop.variantIds[0])).toEqual([100, 0]);
      expect((await place(shopper, session).expect(409)).body.code).toBe('session_expired');
      expect((await begin(shopper)).stores).toHaveLength(1);
    });
  });

  describe('that the shopper has to authenticate', () => {
    const authenticating = async (): Promise<{ session: Body; intent: string }> => {
      await addVariant(shopper, shop.variantIds[0]);
      const session = await placeByCard(shopper, THREE_D_SECURE);
      const { action } = await statusIs(shopper, session.id, 'action_required');
      expect(action).toMatchObject({
        ...{ type: 'authenticate', clientSecret: expect.stringMatching(/^pi_.+_secret_/) },
        expiresAt: expect.any(String),
      });
      const { id } = (await intentsOf(muse, stripe, session.id))[0]!;
      return { session, intent: id };
    };
    const completed = async (session: Body) => {
      const status = await statusIs(shopper, session.id, 'completed');
      await paymentIs(shopper, status.stores[0].order.id, 'paid');
      const intent = await intentIs(muse, stripe, session.id, 'succeeded');
      expect(intent.amount_received).toBe(1500);
      expect((await shopper.get('/orders').expect(200)).body.data).toHaveLength(1);
    };

    it('goes on by the client’s word, and the secret is for the shopper alone', async () => {
      await stripe.events.rules({ action: 'withhold' });
      const { session, intent } = await authenticating();
      const other = await guest(muse);
      await other.get(at(session, '/status')).expect(404);
      await other.post(at(session, '/resume')).expect(404);
      // Too early changes nothing.
      expect((await shopper.post(at(session, '/resume')).expect(200)).body.status).toBe('action_required');
      await stripe.authenticate(intent, 'success');
      await shopper.post(at(session, '/resume')).expect(200);
      await completed(session);
    });

    it('goes on by the webhook, and the client’s word after it changes nothing', async () => {
      const { session, intent } = await authenticating();
      await stripe.authenticate(intent, 'success');
      await completed(session);
      expect((await shopper.post(at(session, '/resume')).expect(200)).body.status).toBe('completed');
    });

    it('goes on once, when both come together', async () => {
      await stripe.events.rules({ action: 'hold' });
      const { session, intent } = await authenticating();
      await stripe.authenticate(intent, 'success');
      const words = [1, 2, 3].map(() => shopper.post(at(session, '/resume')));
      const [answers] = await Promise.all([Promise.all(words), stripe.events.release()]);
      expect(statusesOf(answers)).toEqual([200, 200, 200]);
      await completed(session);
    });

    it('asks for another card where it failed', async () => {
      const { session, intent } = await authenticating();
      await stripe.authenticate(intent, 'failure');
      await shopper.post(at(session, '/resume')).expect(200);
      const asking = await eventually(async () => {
        const { body } = await shopper.get(at(session, '/status')).expect(200);
        return body.action?.type === 'choose_payment' && body;
      });
      expect(asking).toMatchObject({ status: 'action_required', action: { reason: expect.any(String) } });
      await pay(shopper, session.id, 'pm_card_visa').expect(200);
      await place(shopper, session).expect(202);
      await statusIs(shopper, session.id, 'completed');
    });

    it('is given up with its stock when nobody does; an authorisation that comes too late is let go', async () => {
      await stripe.events.rules({ action: 'hold' });
      const { session, intent } = await authenticating();
      await stripe.faults.add({ kind: 'error_500_before', method: 'POST', path: '/v1/payment_intents/:id/cancel' });
      await giveUpDue(session);
      expect((await shopper.get(at(session, '/status')).expect(200)).body.status).toBe('expired');
      await stripe.authenticate(intent, 'success').catch(() => undefined);
      await stripe.events.release();
      await intentIs(muse, stripe, session.id, 'canceled');
      expect(await shop.stockOf(shop.variantIds[0])).toEqual([100, 0]);
      expect((await shopper.get('/orders').expect(200)).body.data).toEqual([]);
    });

    it('is bought and paid, or given up and let go, when the time is over as the shopper authenticates', async () => {
      for (let round = 0; round < 4; round++) {
        const { session, intent } = await authenticating();
        const late = (async () => {
          await stripe.authenticate(intent, 'success').catch(() => undefined);
          await shopper.post(at(session, '/resume')).expect(200);
        })();
        await Promise.all([late, giveUpDue(session)]);
        const { status, stores } = await eventually(async () => {
          const { body } = await shopper.get(at(session, '/status')).expect(200);
          return ['completed', 'failed', 'expired'].includes(body.status) && body;
        });
        const bought = status === 'completed';
        await intentIs(muse, stripe, session.id, bought ? 'succeeded' : 'canceled');
        expect(stores[0].order === null).toBe(!bought);
        // Given up means that another checkout may have the lines.
        if (!bought) await shopper.delete('/cart').expect(200);
      }
      const orders = (await shopper.get('/orders').expect(200)).body.data;
      expect(await shop.stockOf(shop.variantIds[0])).toEqual([100 - orders.length, 0]);
    });

    it('is let go when the shopper closes the account before it is authorised: nothing is ordered or charged', async () => {
      shopper = await customer(muse);
      const { session, intent } = await authenticating();
      await shopper.delete('/me').expect(200);
      await stripe.authenticate(intent, 'success').catch(() => undefined);
      await intentIs(muse, stripe, session.id, 'canceled');
      const [row] = await sql(muse, 'SELECT status, completed_at FROM checkout_sessions WHERE id = $1', [session.id]);
      expect(row).toMatchObject({ status: 'cancelled', completed_at: expect.any(Date) });
      expect(await shop.stockOf(shop.variantIds[0])).toEqual([100, 0]);
      expect(await sql(muse, 'SELECT id FROM orders WHERE checkout_session_id = $1', [session.id])).toEqual([]);
      const [user] = await sql(muse, 'SELECT key_kept_until FROM users WHERE id = $1', [shopper.id]);
      expect(user.key_kept_until).toBeNull();
    });

    it('is bought whole or not at all when the account is closed as the shopper authenticates', async () => {
      for (let round = 0; round < 4; round++) {
        shopper = await customer(muse);
        const { session, intent } = await authenticating();
        await Promise.all([
          stripe.authenticate(intent, 'success').catch(() => undefined),
          shopper.delete('/me').expect(200),
        ]);
        // Whoever has the session's row first: both end, and the money goes with the goods.
        const { status } = await eventually(async () => {
          const [row] = await sql(
            muse,
            `SELECT status FROM checkout_sessions WHERE shopper_id = $1 AND completed_at IS NOT NULL`,
            [shopper.id],
          );
          return row;
        }, 20_000);
        const bought = status === 'completed';
        await intentIs(muse, stripe, session.id, bought ? 'succeeded' : 'canceled');
      }
    });

    it('leads to a page of another service, and back', async () => {
      await addVariant(shopper, shop.variantIds[0]);
      const session = await placeByCard(shopper, 'pm_paypal');
      const { action } = await statusIs(shopper, session.id, 'action_required');
      expect(action).toMatchObject({ type: 'redirect', url: expect.stringMatching(/^https?:/) });
      const { id } = (await intentsOf(muse, stripe, session.id))[0]!;
      await stripe.authenticate(id, 'success');
      await shopper.post(at(session, '/resume')).expect(200);
      await completed(session);
    });
  });

  it('cancels what no store has decided ten minutes after the authorisation, and charges for the rest', async () => {
    const stuck = await openPayableShop(muse, stripe);
    await addVariant(shopper, shop.variantIds[0]);
    await addVariant(shopper, stuck.variantIds[0]);
    await slowly('/v1/payment_intents');
    const session = await placeByCard(shopper);
    await sql(
      muse,
      `UPDATE placements SET status = 'needs_attention' WHERE session_id = $1 AND store_id = $2 AND status = 'gated'`,
      [session.id, stuck.storeId],
    );
    await eventually(async () => {
      const { body } = await shopper.get(at(session, '/status')).expect(200);
      return storeOf(body, shop).status === 'placed';
    });
    expect((await intentsOf(muse, stripe, session.id))[0]!.status).toBe('requires_capture');
    await giveUpDue(session);
    const status = await statusIs(shopper, session.id, 'partially_completed');
    expect(storeOf(status, stuck)).toMatchObject({ status: 'failed', failure: { code: 'not_decided_in_time' } });
    expect(await intentIs(muse, stripe, session.id, 'succeeded')).toMatchObject({ amount_received: 1500 });
    expect(await stuck.stockOf(stuck.variantIds[0])).toEqual([100, 0]);
    // And that is all there was to give up.
    expect(await muse.app.get(SessionExpiry, { strict: false }).giveUpPayments()).toBe(0);
  });
});
