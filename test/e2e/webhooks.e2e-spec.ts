import { startPaying } from '../support/paying';
import { PaymentsWorld, type PayableStore } from '../support/payments-world';
import { eventually, sql } from '../support/shopper';

const ROUTE = '/api/v1/webhooks/stripe';

describe('A webhook of Stripe', () => {
  let world: PaymentsWorld;
  let store: PayableStore;
  let other: PayableStore;

  beforeAll(async () => {
    const { muse, stripe } = await startPaying({ STRIPE_WEBHOOK_SECRET: 'whsec_double,whsec_of_connected' });
    world = new PaymentsWorld(muse, stripe);
    await stripe.configure({ webhookUrl: `${muse.url}${ROUTE}`, webhookSecret: stripe.secret });
    [store, other] = [await world.store(), await world.store()];
  });
  afterEach(() => world.stripe.events.rules());

  const kept = async (): Promise<number> =>
    (await sql(world.muse, 'SELECT count(*)::int AS n FROM provider_events'))[0].n;
  const intentOf = (paymentId: string) =>
    eventually(async () =>
      (await world.stripe.objects()).paymentIntents.find(({ metadata }) => metadata['muse_payment_id'] === paymentId),
    );
  const reaches = (paymentId: string, status: string) =>
    eventually(async () => {
      const read = await world.read(paymentId);
      return read.payment.status === status && read;
    });
  const worked = () =>
    eventually(
      async () =>
        (await sql(world.muse, 'SELECT count(*)::int AS n FROM provider_events WHERE finished_at IS NULL'))[0].n === 0,
    );
  const eventOf = async (type: string): Promise<string> => (await world.stripe.events.list(type as never)).at(-1)!.id;
  const begin = async (token: string) => {
    const paymentId = await world.begin({ [store.storeId]: 1000, [other.storeId]: 3000 }, { token });
    return paymentId;
  };

  it('brings an authenticated payment on, and the same event twenty times at once brings it on once', async () => {
    await world.stripe.events.rules({ action: 'hold' });
    const paymentId = await begin('pm_card_authenticationRequired');
    await reaches(paymentId, 'action_required');
    await world.stripe.authenticate((await intentOf(paymentId)).id, 'success');
    const id = await eventOf('payment_intent.amount_capturable_updated');
    const before = await kept();
    const deliveries = await world.stripe.events.deliver(id, { times: 20 });
    expect(deliveries.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(await kept()).toBe(before + 1);
    const { events } = await reaches(paymentId, 'authorized');
    expect(events.map(({ type }) => type)).toEqual(['payment.action_required', 'payment.authorized']);
    await worked();
    expect((await world.read(paymentId)).events).toHaveLength(2);
  });

  it('and the client’s word meet in either order and at the same time, and one of them writes', async () => {
    for (const order of ['webhook', 'client', 'both']) {
      await world.stripe.events.rules({ action: 'hold' });
      const paymentId = await begin('pm_card_authenticationRequired');
      await reaches(paymentId, 'action_required');
      await world.stripe.authenticate((await intentOf(paymentId)).id, 'success');
      const id = await eventOf('payment_intent.amount_capturable_updated');
      const webhook = () => world.stripe.events.deliver(id);
      const client = () => world.payments.resume(paymentId);
      if (order === 'both') await Promise.all([webhook(), client(), webhook(), client()]);
      else if (order === 'client') await client().then(webhook);
      else await webhook().then(client);
      await reaches(paymentId, 'authorized');
      await worked();
      const { events } = await world.read(paymentId);
      expect([order, events.filter(({ type }) => type === 'payment.authorized').length]).toEqual([order, 1]);
      expect(await world.ledger(paymentId)).toEqual({ authorized: 4000, shopper: -4000 });
    }
  });

  it('of any order and any number leaves one capture, equal at provider and in the ledger', async () => {
    await world.stripe.events.rules({ action: 'hold' });
    const paymentId = await begin('pm_card_visa');
    await reaches(paymentId, 'authorized');
    await world.decide(paymentId, store.storeId);
    await world.decide(paymentId, other.storeId, null);
    await world.stripe.events.release('reversed');
    await reaches(paymentId, 'captured');
    for (const { id } of await world.stripe.events.list()) await world.stripe.events.deliver(id, { times: 2 });
    await worked();
    const captures = await sql(
      world.muse,
      `SELECT amount_cents FROM ledger_entries WHERE payment_id = $1 AND kind = 'capture'`,
      [paymentId],
    );
    expect(captures).toEqual([{ amount_cents: 1000 }]);
    expect((await intentOf(paymentId)).amount_received).toBe(1000);
  });

  it.each(['foreign_secret', 'reserialised', 'old_timestamp', 'unsigned'] as const)(
    'that is forged (%s) is refused, and changes nothing',
    async (forgery) => {
      const [event] = await world.stripe.events.list();
      await worked();
      await sql(world.muse, `DELETE FROM provider_events WHERE id = $1`, [event!.id]);
      const before = await kept();
      const [delivery] = await world.stripe.events.deliver(event!.id, { forgery });
      expect(delivery!.status).toBe(400);
      expect(await kept()).toBe(before);
      // The same event, as Stripe signs it, is taken.
      expect((await world.stripe.events.deliver(event!.id))[0]!.status).toBe(200);
    },
  );

  it('is taken by the secret of any of our endpoints', async () => {
    const [event] = await world.stripe.events.list();
    for (const [webhookSecret, status] of [
      ['whsec_of_connected', 200],
      ['whsec_of_somebody', 400],
      [world.stripe.secret, 200],
    ] as const) {
      await world.stripe.configure({ webhookSecret });
      expect((await world.stripe.events.deliver(event!.id)).map((delivery) => delivery.status)).toEqual([status]);
    }
  });

  it('without a body, of another type, or too large is refused as a problem', async () => {
    const { http } = world.muse;
    const post = (type: string, body: string) => http.post(ROUTE).set('content-type', type).send(body);
    expect((await post('application/json', '{}')).body).toMatchObject({ status: 400, code: 'webhook_not_verified' });
    expect((await post('application/json', '{"a":')).body).toMatchObject({ code: 'webhook_not_verified' });
    expect((await http.post(ROUTE)).body).toMatchObject({ status: 400 });
    expect((await post('text/plain', 'x')).body).toMatchObject({ code: 'webhook_not_verified' });
    expect((await post('application/xml', '<a/>')).body).toMatchObject({ code: 'unsupported_media_type' });
    expect((await post('application/json', `"${'x'.repeat(300_000)}"`)).body).toMatchObject({
      status: 413,
      code: 'body_too_large',
    });
  });

  it('of a connected account that we do not know, or about a thing that is none of ours, is kept and does nothing', async () => {
    await world.stripe.events.emit('account.updated', { id: 'acct_unknown', object: 'account' }, 'acct_unknown');
    await world.stripe.events.emit('customer.created', { id: 'cus_1', object: 'customer' });
    await world.stripe.events.emit('payment_intent.succeeded', { id: 'pi_of_nobody', object: 'payment_intent' });
    const outcomes = await eventually(async () => {
      const rows = await sql(
        world.muse,
        `SELECT outcome FROM provider_events WHERE object_id IN ('acct_unknown', 'cus_1', 'pi_of_nobody') ORDER BY object_id`,
      );
      return rows.length === 3 && rows.every(({ outcome }) => outcome) && rows;
    });
    expect(outcomes).toEqual([{ outcome: 'unknown_account' }, { outcome: 'ignored' }, { outcome: 'ignored' }]);
  });

  it('of an account of ours makes the store payable, and a failed payout is recorded', async () => {
    const fresh = await world.store();
    await world.stripe.changeAccount(fresh.accountId, { payouts_enabled: false });
    await eventually(
      async () =>
        (await sql(world.muse, 'SELECT payable FROM payment_accounts WHERE store_id = $1', [fresh.storeId]))[0]
          .payable === false,
    );
    await world.captured({ [other.storeId]: 1000 });
    const sale = await world.captured({ [other.storeId]: 2000 });
    await reaches(sale.paymentId, 'captured');
    await eventually(async () => (await world.read(sale.paymentId)).shares[0].transfer_status === 'sent');
    await world.stripe.settle();
    const payout = await world.stripe.payOut(other.accountId, 'usd');
    await world.stripe.failPayout(payout.id);
    const failed = await eventually(
      async () =>
        (
          await sql(world.muse, `SELECT * FROM payouts WHERE provider_payout_id = $1 AND status = 'failed'`, [
            payout.id,
          ])
        )[0],
    );
    expect(failed).toMatchObject({ store_id: other.storeId, amount_cents: payout.amount, currency: 'USD' });
  });

  it('of a dispute is spread over the orders, flagged, and won back or lost', async () => {
    for (const end of ['won', 'lost'] as const) {
      const paymentId = await begin('pm_card_visa');
      await reaches(paymentId, 'authorized');
      for (const { storeId } of [store, other]) await world.decide(paymentId, storeId);
      await reaches(paymentId, 'captured');
      const before = await world.ledger(paymentId);
      const { latest_charge } = await intentOf(paymentId);
      const dispute = await world.stripe.dispute(latest_charge as string);
      const disputes = await eventually(async () => {
        const rows = await sql(
          world.muse,
          'SELECT amount_cents, status FROM disputes WHERE payment_id = $1 ORDER BY amount_cents',
          [paymentId],
        );
        return rows.length === 2 && rows;
      });
      expect(disputes).toEqual([
        { amount_cents: 1000, status: 'open' },
        { amount_cents: 3000, status: 'open' },
      ]);
      expect((await world.ledger(paymentId))['disputes']).toBe(4000);
      await world.stripe.closeDispute(dispute.id, end);
      await eventually(async () => !('disputes' in (await world.ledger(paymentId))));
      const { events } = await world.read(paymentId);
      const told = events.filter(({ type }) => type.startsWith('payment.dispute'));
      const tellsOf = ({ type, payload }: (typeof told)[number]) => `${type} ${payload.status}`;
      expect(told.map(tellsOf)).toEqual([
        ...['payment.disputed open', 'payment.disputed open'],
        ...[`payment.dispute_ended ${end}`, `payment.dispute_ended ${end}`],
      ]);
      await worked();
      const { merchant_debt: debt = 0 } = await world.ledger(paymentId);
      expect([end, debt - (before['merchant_debt'] ?? 0)]).toEqual([end, end === 'won' ? 0 : 3800]);
    }
  });
});
