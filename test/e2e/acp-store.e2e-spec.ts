import { createHmac } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';
import { assertNone, leaksOfDatabase } from '../support/leaks';
import { settingsOf } from '../support/paying';
import {
  CONTACT,
  addDescribed,
  customer,
  eventually,
  place,
  settled,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';
import { connectStore, linkStore, startStore, type StoreSandbox } from '../support/store-sandbox';
import { startStripeDouble, type StripeDouble } from '../support/stripe-double';

/** Where the sandbox delivers. */
const AUSTIN = {
  name: 'Ana Reyes',
  line1: '500 Congress Ave',
  city: 'Austin',
  region: 'TX',
  postalCode: '78701',
  country: 'US',
};
const [OURS, OTHERS] = ['acp-webhook-secret-of-muse-and-the-store', 'secret-of-muse-and-another-store'];
const FORGERIES = ['foreign_key', 'changed_body', 'unsigned', 'old'] as const;

describe('A store that speaks ACP', () => {
  let muse: RunningApp;
  let stripe: StripeDouble;
  let target: StoreSandbox;
  let storeId: string;
  const store = () => ({ id: storeId, hosts: ['target-sandbox.example'] });

  beforeAll(async () => {
    [target, stripe] = await Promise.all([startStore('target'), startStripeDouble()]);
    muse = await startApp({
      ...settingsOf(stripe),
      ...{ STRIPE_PREVIEW_VERSION: '2026-04-22.preview', SANDBOX_ORIGINS: target.url },
    });
    ({ storeId } = await connectStore(muse, target, {
      partner: { hosts: ['target-sandbox.example'], linkRequired: true },
      connection: { options: { delegatedPayment: { stripe: 'profile_test_target' } } },
    }));
  }, 120_000);
  afterEach(() => target.clearFaults());
  afterAll(async () => assertNone(await leaksOfDatabase(muse.database)));

  const linked = async (account: 'ana' | 'bo' | 'cy' = 'ana'): Promise<Shopper> => {
    const shopper = await customer(muse);
    await linkStore(shopper, storeId, account);
    return shopper;
  };
  /** A session with one of the store's goods in it, quoted by the store. */
  const quoted = async (shopper: Shopper, sku = 'TG-1', cents = 2000): Promise<Body> => {
    await addDescribed(shopper, store(), { productSku: sku, price: { amount: cents, currency: 'USD' } });
    const { body: begun } = await shopper.post('/checkout/sessions', {}).expect(201);
    await shopper.put(`/checkout/sessions/${begun.id}/shipping`, { address: AUSTIN, contact: CONTACT }).expect(200);
    return eventually(async () => {
      const { body } = await shopper.get(`/checkout/sessions/${begun.id}`).expect(200);
      return body.stores[0].status === 'waiting' && body.stores[0].tax.amount > 0 && body;
    });
  };
  const buy = async (shopper: Shopper): Promise<{ status: Body; order: Body }> => {
    const session = await quoted(shopper);
    await place(shopper, session).expect(202);
    const status = await settled(shopper, session.id);
    expect(status.stores[0]).toMatchObject({ status: 'placed', order: { storeOrderNumber: expect.any(String) } });
    return { status, order: await orderOf(shopper, status.stores[0].order.id) };
  };
  const orderOf = async (shopper: Shopper, id: string): Promise<Body> =>
    (await shopper.get(`/orders/${id}`).expect(200)).body;
  const inLedger = async (number: string) => (await target.ledger()).find((order) => order.number === number)!;

  it('is quoted, bought at with a card that it holds, and followed to the door by its own word', async () => {
    const ana = await linked();
    const { order } = await buy(ana);
    const theirs = await inLedger(order.storeOrderNumber);
    expect([order.total.amount, order.checkoutMethod, order.status]).toEqual([theirs.total, 'oauth_api', 'confirmed']);
    expect(theirs.paidBy).toMatchObject({ kind: 'saved', last4: '4242' });
    await target.advance({ orderId: theirs.id, to: 'shipped' });
    const shipped = await eventually(async () => {
      const now = await orderOf(ana, order.id);
      return now.status === 'shipped' && now;
    });
    expect(shipped).toMatchObject({ trackingNumber: theirs.trackingNumber, carrier: 'UPS' });
    await target.advance({ orderId: theirs.id, to: 'delivered' });
    await eventually(async () => (await orderOf(ana, order.id)).status === 'delivered');
  });

  it.each(FORGERIES)(
    'is not believed by a webhook with %s, and what was believed is believed once',
    async (forgery) => {
      const ana = await linked();
      const { order } = await buy(ana);
      const theirs = await inLedger(order.storeOrderNumber);
      // Muse asks by itself too, in time, and would be told so.
      await eventually(async () => {
        const later = `UPDATE store_orders SET next_poll_at = now() + interval '1 hour' WHERE remote_id = $1 AND lease_until IS NULL RETURNING id`;
        return (await sql(muse, later, [theirs.id])).length === 1;
      });
      await target.webhooks.mode('withhold');
      await target.advance({ orderId: theirs.id, to: 'shipped' });
      await target.webhooks.mode('deliver');
      const event = (await target.webhooks.state()).sent.filter(({ orderId }) => orderId === theirs.id).at(-1)!;
      const before = await sql(muse, 'SELECT count(*)::int AS n FROM store_webhooks');
      const forged = await target.webhooks.deliver(event.id, { times: 3, forgery });
      expect(forged.map(({ status }) => status)).toEqual([400, 400, 400]);
      expect(await sql(muse, 'SELECT count(*)::int AS n FROM store_webhooks')).toEqual(before);
      expect((await orderOf(ana, order.id)).status).toBe('confirmed');
      await target.webhooks.deliver(event.id, { times: 1 });
      await eventually(async () => (await orderOf(ana, order.id)).status === 'shipped');
    },
  );

  it('is paid by a token of a card in Muse, capped at what was agreed, where the shopper chose one', async () => {
    const cy = await linked('cy');
    const { body: method } = await cy.post('/payment-methods', { providerToken: 'pm_card_visa' }).expect(201);
    const session = await quoted(cy);
    await cy.put(`/checkout/sessions/${session.id}/payment`, { paymentMethodId: method.id }).expect(200);
    await place(cy, session).expect(202);
    const status = await settled(cy, session.id);
    expect(status.stores[0]).toMatchObject({ status: 'placed' });
    const order = await orderOf(cy, status.stores[0].order.id);
    expect((await inLedger(order.storeOrderNumber)).paidBy.kind).toBe('delegated');
    const [token, ...others] = (await stripe.objects()).sharedTokens;
    expect(others).toEqual([]);
    expect(token).toMatchObject({
      seller_details: { network_business_profile: 'profile_test_target' },
      usage_limits: { max_amount: order.total.amount, currency: 'usd' },
    });
  });

  it('is one of many that one card of Muse pays, each by a token of its own that is good for nothing more', async () => {
    const others = 'profile_test_another';
    const other = await connectStore(muse, target, {
      partner: { hosts: ['another-store.example'], linkRequired: true },
      connection: { options: { delegatedPayment: { stripe: others } } },
    });
    await target.own('webhookTarget', { url: `${muse.url}/api/v1/webhooks/acp/${storeId}` });
    const cy = await linked('cy');
    await linkStore(cy, other.storeId, 'cy');
    const { body: method } = await cy.post('/payment-methods', { providerToken: 'pm_card_visa' }).expect(201);
    const price = (amount: number) => ({ amount, currency: 'USD' });
    await addDescribed(cy, store(), { productSku: 'TG-1', price: price(2000) });
    await addDescribed(
      cy,
      { id: other.storeId, hosts: ['another-store.example'] },
      { productSku: 'TG-8', price: price(29900) },
    );
    const { body: begun } = await cy.post('/checkout/sessions', {}).expect(201);
    await cy.put(`/checkout/sessions/${begun.id}/shipping`, { address: AUSTIN, contact: CONTACT }).expect(200);
    const session = await eventually(async () => {
      const { body } = await cy.get(`/checkout/sessions/${begun.id}`).expect(200);
      return body.stores.every(({ status, tax }: Body) => status === 'waiting' && tax.amount > 0) && body;
    });
    await cy.put(`/checkout/sessions/${begun.id}/payment`, { paymentMethodId: method.id }).expect(200);
    const before = new Set((await stripe.objects()).sharedTokens.map(({ id }) => id));
    await place(cy, session).expect(202);
    const status = await settled(cy, session.id);
    expect(status.stores.map((there: Body) => there.status)).toEqual(['placed', 'placed']);
    const tokens = (await stripe.objects()).sharedTokens.filter(({ id }) => !before.has(id));
    const caps = new Map(
      tokens.map((one) => [one.seller_details.network_business_profile, one.usage_limits.max_amount]),
    );
    const totals = new Map(session.stores.map(({ storeId: id, total }: Body) => [id, total.amount]));
    expect([caps.get('profile_test_target'), caps.get(others)]).toEqual([
      totals.get(storeId),
      totals.get(other.storeId),
    ]);
    expect(tokens).toHaveLength(2);
    expect(new Set(tokens.map(({ payment_method }) => payment_method)).size).toBe(1);
  });

  it.each(['reset_after', '500_after', 'reset_before', '503'] as const)(
    'has one order, and Muse knows it, though its answer was lost by %s',
    async (kind) => {
      const bo = await linked('bo');
      const orders = (await target.ledger()).length;
      await target.fault({ step: 'complete', kind });
      const { order } = await buy(bo);
      expect((await target.ledger()).length).toBe(orders + 1);
      expect((await inLedger(order.storeOrderNumber)).total).toBe(order.total.amount);
    },
  );

  it('sends the shopper to its own page for what it sells only there, and has their order when they bought it', async () => {
    const ana = await linked();
    const session = await quoted(ana, 'TG-5', 799);
    expect(session.stores[0].problems).toContainEqual(expect.objectContaining({ code: 'go_on_at_store' }));
    await place(ana, session).expect(202);
    const status = () => ana.get(`/checkout/sessions/${session.id}/status`).expect(200);
    const { url } = await eventually(async () => {
      const [there] = (await status()).body.stores;
      return there.status === 'action_required' && there.action?.type === 'redirect' && there.action;
    });
    expect(new URL(url).origin).toBe(target.url);
    const sent = await fetch(url, { method: 'POST', body: new URLSearchParams({ agreed: 'yes' }), redirect: 'manual' });
    expect(sent.status).toBe(303);
    const bought = await eventually(async () => {
      const [there] = (await status()).body.stores;
      return there.status === 'placed' && there;
    }, 25_000);
    expect((await inLedger(bought.order.storeOrderNumber)).paidBy.kind).toBe('on_page');
  });

  it('is not believed by bytes that came before, nor by what another store signed', async () => {
    const ana = await linked();
    const { order } = await buy(ana);
    const theirs = await inLedger(order.storeOrderNumber);
    const seconds = Math.floor(Date.now() / 1000);
    const told = (status: string) =>
      JSON.stringify({
        type: 'order_update',
        data: {
          type: 'order',
          id: theirs.id,
          checkout_session_id: theirs.checkoutId,
          permalink_url: `${target.url}/o`,
          status,
        },
      });
    const post = (body: string, secret: string, at = storeId) =>
      muse.http
        .post(`/api/v1/webhooks/acp/${at}`)
        .set('content-type', 'application/json')
        .set(
          'merchant-signature',
          `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`,
        )
        .send(body);
    const rows = async () => (await sql(muse, 'SELECT id FROM store_webhooks WHERE store_id = $1', [storeId])).length;
    const other = await connectStore(muse, target, { connection: { secrets: { apiKey: 'x', webhookSecret: OTHERS } } });
    await target.own('webhookTarget', { url: `${muse.url}/api/v1/webhooks/acp/${storeId}` });

    // Signed by a store that is connected too, for an order that is not its own: at either address it moves nothing.
    await post(told('shipped'), OTHERS).expect(400);
    await post(told('shipped'), OTHERS, other.storeId);
    await post(told('shipped'), OURS, other.storeId).expect(400);
    const before = await rows();
    for (let times = 0; times < 3; times++) expect((await post(told('processing'), OURS)).status).toBeLessThan(300);
    expect(await rows()).toBe(before + 1);
    await eventually(async () => (await orderOf(ana, order.id)).status === 'processing');
    expect((await post(told('shipped'), OURS)).status).toBeLessThan(300);
    await eventually(async () => (await orderOf(ana, order.id)).status === 'shipped');
    // What was true before comes once more: the order goes on, and not back.
    await post(told('processing'), OURS);
    await post(told('confirmed'), OURS);
    await eventually(
      async () => (await sql(muse, `SELECT 1 FROM store_webhooks WHERE finished_at IS NULL`)).length === 0,
    );
    expect((await orderOf(ana, order.id)).status).toBe('shipped');
  });
});
