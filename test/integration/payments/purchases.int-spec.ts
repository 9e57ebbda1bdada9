import { randomUUID } from 'node:crypto';
import { ClaimRegistry, ErasureRegistry } from '../../../src/identity';
import { startPaying } from '../../support/paying';
import { PaymentsWorld, type PayableStore } from '../../support/payments-world';
import { makeUser } from '../../support/sellers';
import { sql } from '../../support/shopper';

const sum = (parts: number[]) => parts.reduce((a, b) => a + b, 0);
const ascending = (objects: { amount: number }[]) => objects.map(({ amount }) => amount).sort((a, b) => a - b);

describe('A payment', () => {
  let world: PaymentsWorld;
  let [first, second, third]: PayableStore[] = [];

  beforeAll(async () => {
    const { muse, stripe } = await startPaying({ MUSE_ROLE: 'api' });
    world = new PaymentsWorld(muse, stripe);
    [first, second, third] = [await world.store(), await world.store(), await world.store()];
  });
  const at = (...amounts: number[]) =>
    Object.fromEntries(amounts.map((amount, index) => [[first, second, third][index]!.storeId, amount]));
  const intentOf = async (paymentId: string) =>
    (await world.stripe.objects()).paymentIntents.find(({ metadata }) => metadata['muse_payment_id'] === paymentId)!;
  const transfersOf = async (paymentId: string) =>
    (await world.stripe.objects()).transfers.filter(({ transfer_group }) => transfer_group === paymentId);
  const typesOf = async (paymentId: string) => (await world.read(paymentId)).events.map(({ type }) => type);

  it('is authorised once for all stores, captured once for what was placed, and sent to each store less the fee', async () => {
    const paymentId = await world.begin(at(1000, 2000, 4001));
    await world.run(paymentId);
    expect((await world.read(paymentId)).payment).toMatchObject({ status: 'authorized', authorized_cents: 7001 });
    expect(await world.ledger(paymentId)).toEqual({ authorized: 7001, shopper: -7001 });
    const orderId = await world.decide(paymentId, first!.storeId);
    await world.decide(paymentId, second!.storeId, null);
    await world.run(paymentId);
    expect((await world.read(paymentId)).payment.status).toBe('authorized');
    await world.decide(paymentId, third!.storeId);
    expect((await world.read(paymentId)).payment.status).toBe('capturing');
    await world.run(paymentId);
    const { payment, shares, steps, events } = await world.read(paymentId);
    expect(payment).toMatchObject({ status: 'captured', captured_cents: 5001, undecided: [] });
    expect(shares).toMatchObject([
      { status: 'placed', order_id: orderId, captured_cents: 1000, fee_cents: 50, transfer_status: 'sent' },
      { status: 'dropped', order_id: null, captured_cents: 0, transfer_status: 'none' },
      { status: 'placed', captured_cents: 4001, fee_cents: 200, transferred_cents: 3801, transfer_status: 'sent' },
    ]);
    expect(steps.map(({ kind, status }) => [kind, status])).toEqual([
      ['authorize', 'done'],
      ['capture', 'done'],
      ['transfer', 'done'],
      ['transfer', 'done'],
    ]);
    expect(events.map(({ type }) => type)).toEqual(['payment.authorized', 'payment.captured']);
    expect(events[1]!.payload).toMatchObject({
      purchaseId: payment.purchase_id,
      amountCents: 5001,
      shares: expect.arrayContaining([{ storeId: first!.storeId, orderId, amountCents: 1000 }]),
    });
    const intent = await intentOf(paymentId);
    expect(intent).toMatchObject({ status: 'succeeded', amount: 7001, amount_received: 5001 });
    const transfers = await transfersOf(paymentId);
    expect(ascending(transfers)).toEqual([950, 3801]);
    expect(transfers.every(({ source_transaction }) => source_transaction === intent.latest_charge)).toBe(true);
    // What is left is the platform's: fees less what Stripe took.
    const ledger = await world.ledger(paymentId);
    expect(ledger).toEqual({ provider: -ledger['platform']!, platform: expect.any(Number) });
    expect(ledger['provider']).toBeLessThan(250);
  });

  it('is cancelled when nothing was placed', async () => {
    const paymentId = await world.begin(at(1000, 2000));
    await world.run(paymentId);
    for (const { storeId } of [first!, second!]) await world.decide(paymentId, storeId, null);
    await world.run(paymentId);
    expect((await world.read(paymentId)).payment).toMatchObject({ status: 'cancelled', captured_cents: 0 });
    expect(await typesOf(paymentId)).toEqual(['payment.authorized', 'payment.cancelled']);
    expect((await intentOf(paymentId)).status).toBe('canceled');
    expect(await world.ledger(paymentId)).toEqual({});
  });

  it('that is declined says why, in our words, and lets go of it at the provider', async () => {
    const paymentId = await world.begin(at(1000), { token: 'pm_card_visa_chargeDeclinedInsufficientFunds' });
    await world.run(paymentId);
    const { payment, events } = await world.read(paymentId);
    expect(payment).toMatchObject({ status: 'declined', decline_code: 'insufficient_funds' });
    expect(events).toEqual([
      {
        type: 'payment.declined',
        payload: { purchaseId: payment.purchase_id, purchaseKind: 'checkout', code: 'insufficient_funds' },
      },
    ]);
    expect((await intentOf(paymentId)).status).toBe('canceled');
  });

  it('of one purchase is one at a time, and may be begun anew once it is declined', async () => {
    const purchaseId = randomUUID();
    const declined = await world.begin(at(1000), { purchaseId, token: 'pm_card_visa_chargeDeclined' });
    await expect(world.begin(at(1000), { purchaseId })).rejects.toMatchObject({ code: 'payment_under_way' });
    await world.run(declined);
    const again = await Promise.allSettled(Array.from({ length: 5 }, () => world.begin(at(1000), { purchaseId })));
    expect(again.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('that the shopper must authenticate keeps the secret sealed, and goes on when they have', async () => {
    const paymentId = await world.begin(at(1000), { token: 'pm_card_authenticationRequired' });
    await world.run(paymentId);
    expect(await typesOf(paymentId)).toEqual(['payment.action_required']);
    const intent = await intentOf(paymentId);
    const { payment } = await world.read(paymentId);
    expect(JSON.stringify(payment)).not.toContain(intent.client_secret);
    expect(await world.payments.actionOf(paymentId)).toMatchObject({
      type: 'authenticate',
      clientSecret: intent.client_secret,
    });
    await world.payments.resume(paymentId);
    expect(await typesOf(paymentId)).toEqual(['payment.action_required']);
    await world.stripe.authenticate(intent.id, 'success');
    await Promise.all(Array.from({ length: 10 }, () => world.payments.resume(paymentId)));
    expect(await typesOf(paymentId)).toEqual(['payment.action_required', 'payment.authorized']);
    expect(await world.payments.actionOf(paymentId)).toBeNull();
    expect((await world.read(paymentId)).payment).toMatchObject({ status: 'authorized', action: null });
  });

  it('by a method with a page of its own says where that is', async () => {
    const paymentId = await world.begin(at(1000), { token: 'pm_paypal' });
    await world.run(paymentId);
    expect(await world.payments.actionOf(paymentId)).toMatchObject({ type: 'redirect', url: expect.any(String) });
  });

  it('that fails authentication is declined', async () => {
    const paymentId = await world.begin(at(1000), { token: 'pm_card_authenticationRequired' });
    await world.run(paymentId);
    await world.stripe.authenticate((await intentOf(paymentId)).id, 'failure');
    await world.payments.resume(paymentId);
    expect((await world.read(paymentId)).payment).toMatchObject({
      status: 'declined',
      decline_code: 'authentication_failed',
    });
  });

  it('that is given up while the shopper thinks is cancelled, and what they do afterwards changes nothing', async () => {
    const paymentId = await world.begin(at(1000, 2000), { token: 'pm_card_authenticationRequired' });
    await world.run(paymentId);
    await world.database.transaction((tx) => world.payments.giveUp(tx, paymentId));
    await world.stripe.authenticate((await intentOf(paymentId)).id, 'success');
    await world.payments.resume(paymentId);
    await world.run(paymentId);
    expect((await world.read(paymentId)).payment.status).toBe('cancelled');
    expect((await intentOf(paymentId)).status).toBe('canceled');
    expect(await typesOf(paymentId)).toEqual(['payment.action_required', 'payment.cancelled']);
    expect(await world.ledger(paymentId)).toEqual({});
  });

  it('that is given up before anybody was asked is cancelled without a call', async () => {
    const paymentId = await world.begin(at(1000));
    await world.database.transaction((tx) => world.payments.giveUp(tx, paymentId));
    await world.run(paymentId);
    expect((await world.read(paymentId)).payment.status).toBe('cancelled');
    expect(await intentOf(paymentId)).toBeUndefined();
  });

  it('is captured once, for the sum of what was placed, when all stores are decided at the same time, twice each', async () => {
    for (let round = 0; round < 5; round++) {
      const paymentId = await world.begin(at(1000, 2000, 3000));
      await world.run(paymentId);
      const decisions: [string, string | null][] = [
        [first!.storeId, randomUUID()],
        [second!.storeId, round % 2 ? null : randomUUID()],
        [third!.storeId, randomUUID()],
      ];
      await Promise.all(
        [...decisions, ...decisions].map(([storeId, order]) => world.decide(paymentId, storeId, order)),
      );
      const { payment, steps } = await world.read(paymentId);
      expect(payment).toMatchObject({ status: 'capturing', placed_cents: round % 2 ? 4000 : 6000 });
      expect(steps.map(({ kind, amount_cents }) => [kind, amount_cents])).toEqual([
        ['authorize', 6000],
        ['capture', payment.placed_cents],
      ]);
    }
  });

  it('survives every fault of the provider at every call: each call has its effect once', async () => {
    const faults = [
      ...(['reset_before', 'reset_after', 'error_500_before', 'error_500_after'] as const),
      ...(['conflict_409', 'rate_limit_429'] as const),
    ];
    const paths = ['/v1/payment_intents', '/v1/payment_intents/:id/capture', '/v1/transfers'];
    for (const kind of faults) {
      for (const path of paths) {
        await world.stripe.faults.add({ kind, method: 'POST', path });
        const paymentId = await world.begin(at(1000, 3000));
        await world.run(paymentId, { waiting: true });
        for (const { storeId } of [first!, second!]) await world.decide(paymentId, storeId);
        await world.run(paymentId, { waiting: true });
        const { payment, shares, steps } = await world.read(paymentId);
        expect([kind, path, payment.status, shares.map((share) => share.transfer_status)]).toEqual([
          ...[kind, path, 'captured', ['sent', 'sent']],
        ]);
        expect(steps.every(({ status }) => status === 'done')).toBe(true);
        const { paymentIntents } = await world.stripe.objects();
        const ours = paymentIntents.filter(({ metadata }) => metadata['muse_payment_id'] === paymentId);
        expect(ours.filter(({ status }) => status === 'succeeded')).toMatchObject([{ amount_received: 4000 }]);
        expect(ascending(await transfersOf(paymentId))).toEqual([950, 2850]);
        await world.stripe.faults.clear();
      }
    }
  });

  it('is let go once, whatever fault the provider has at that', async () => {
    const path = '/v1/payment_intents/:id/cancel';
    for (const kind of [
      'reset_before',
      'reset_after',
      'error_500_before',
      'error_500_after',
      'conflict_409',
    ] as const) {
      await world.stripe.faults.add({ kind, method: 'POST', path });
      const paymentId = await world.begin(at(1000));
      await world.run(paymentId);
      await world.decide(paymentId, first!.storeId, null);
      await world.run(paymentId, { waiting: true });
      await world.stripe.faults.clear();
      const { payment, events } = await world.read(paymentId);
      expect([kind, payment.status, (await intentOf(paymentId)).status]).toEqual([kind, 'cancelled', 'canceled']);
      expect(events.map(({ type }) => type)).toEqual(['payment.authorized', 'payment.cancelled']);
      expect(await world.ledger(paymentId)).toEqual({});
    }
  });

  it('keeps its worker’s lease while the provider is silent, and goes on under the same key', async () => {
    const paymentId = await world.begin(at(1000));
    const { id } = (await world.read(paymentId)).steps[0];
    await world.stripe.faults.add({ kind: 'timeout_after', method: 'POST', path: '/v1/payment_intents' });
    const running = world.run(paymentId);
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    const [{ held }] = await sql(world.muse, 'SELECT lease_until > now() AS held FROM payment_steps WHERE id = $1', [
      id,
    ]);
    expect(held).toBe(true);
    await running;
    expect((await world.read(paymentId)).steps[0]).toMatchObject({ status: 'queued', error_code: 'no_answer' });
    await world.run(paymentId, { waiting: true });
    expect((await world.read(paymentId)).payment.status).toBe('authorized');
    const { paymentIntents } = await world.stripe.objects();
    expect(paymentIntents.filter(({ metadata }) => metadata['muse_payment_id'] === paymentId)).toHaveLength(1);
  }, 60_000);

  it('that is given up at the moment at which it is authenticated is cancelled, whoever comes first', async () => {
    for (let round = 0; round < 5; round++) {
      const paymentId = await world.begin(at(1000, 2000), { token: 'pm_card_authenticationRequired' });
      await world.run(paymentId);
      await world.stripe.authenticate((await intentOf(paymentId)).id, 'success');
      await Promise.all([
        world.payments.resume(paymentId),
        world.database.transaction((tx) => world.payments.giveUp(tx, paymentId)),
        world.payments.resume(paymentId),
      ]);
      await world.run(paymentId, { waiting: true });
      expect((await world.read(paymentId)).payment.status).toBe('cancelled');
      expect((await intentOf(paymentId)).status).toBe('canceled');
      expect(await world.ledger(paymentId)).toEqual({});
      expect((await typesOf(paymentId)).filter((type) => type === 'payment.cancelled')).toHaveLength(1);
    }
  });

  it('whose capture the bank refuses is failed, and what it held is let go', async () => {
    const paymentId = await world.begin(at(1000, 2000));
    await world.run(paymentId);
    const error = { type: 'card_error', code: 'card_declined', decline_code: 'insufficient_funds' } as never;
    const path = '/v1/payment_intents/:id/capture';
    await world.stripe.faults.add({ kind: 'refuse', status: 402, method: 'POST', path, error });
    for (const { storeId } of [first!, second!]) await world.decide(paymentId, storeId);
    await world.run(paymentId, { waiting: true });
    const { payment, shares } = await world.read(paymentId);
    expect(payment).toMatchObject({ status: 'failed', captured_cents: 0 });
    expect(shares.every((share) => share.captured_cents === 0 && share.transfer_status === 'none')).toBe(true);
    expect((await intentOf(paymentId)).status).toBe('canceled');
    expect(await typesOf(paymentId)).toEqual(['payment.authorized', 'payment.capture_failed']);
    expect(await world.ledger(paymentId)).toEqual({});
  });

  it.each([
    ['JPY', 'JP', [1001, 2003]],
    ['KWD', 'US', [10_010, 20_030]],
    ['ISK', 'US', [1001, 2003]],
  ] as const)('in %s is the same to the unit at the provider and in the ledger', async (currency, country, amounts) => {
    const stores = [await world.store({ currency, country }), await world.store({ currency, country })];
    const asked = Object.fromEntries(stores.map(({ storeId }, index) => [storeId, amounts[index]!]));
    const { paymentId } = await world.captured(asked, { currency });
    const { payment, shares } = await world.read(paymentId);
    expect(payment).toMatchObject({ status: 'captured', captured_cents: sum([...amounts]) });
    expect(shares.map((share) => share.transfer_status)).toEqual(['sent', 'sent']);
    const factor = currency === 'ISK' ? 100 : 1;
    expect((await intentOf(paymentId)).amount_received).toBe(sum([...amounts]) * factor);
    expect(ascending(await transfersOf(paymentId)).map((amount) => amount / factor)).toEqual(
      shares.map((share) => share.transferred_cents),
    );
    expect(await world.ledger(paymentId)).not.toHaveProperty('merchant');
  });

  it('is the user’s when its guest signs in, and forgets by what it was paid when the account is closed', async () => {
    const paymentId = await world.begin(at(1000));
    await world.run(paymentId);
    const { muse } = world;
    const { shopper_id: guestId } = (await world.read(paymentId)).payment;
    const user = await makeUser(muse);
    await world.database.transaction((tx) => muse.app.get(ClaimRegistry, { strict: false }).run(tx, guestId, user.id));
    expect((await world.read(paymentId)).payment.shopper_id).toBe(user.id);
    await world.database.transaction((tx) => muse.app.get(ErasureRegistry, { strict: false }).run(tx, user.id));
    expect((await world.read(paymentId)).payment).toMatchObject({
      ...{
        method_kind: 'card',
        method_brand: null,
        method_last4: null,
        provider_method_id: null,
        return_url: '',
        status: 'authorized',
      },
    });
  });

  it('whose capture fails for good is failed, and may be paid anew', async () => {
    const purchaseId = randomUUID();
    const paymentId = await world.begin(at(1000), { purchaseId });
    await world.run(paymentId);
    await world.stripe.expire((await intentOf(paymentId)).id);
    const orderId = await world.decide(paymentId, first!.storeId);
    await world.run(paymentId);
    const { payment, events } = await world.read(paymentId);
    expect(payment).toMatchObject({ status: 'failed', captured_cents: 0 });
    expect(events.at(-1)).toMatchObject({
      type: 'payment.capture_failed',
      payload: { shares: [{ storeId: first!.storeId, orderId, amountCents: 1000 }] },
    });
    expect(await world.ledger(paymentId)).toEqual({});
    await world.begin(at(1000), { purchaseId });
  });

  it('in a currency with three decimals is in tens of the smallest unit, or refused before it begins', async () => {
    await expect(world.begin(at(1234), { currency: 'KWD' })).rejects.toMatchObject({ code: 'amount_not_chargeable' });
  });

  it('by a method that is not the shopper’s is refused', async () => {
    const { paymentMethodId } = await world.method();
    await expect(world.begin(at(1000), { paymentMethodId })).rejects.toMatchObject({ status: 404 });
  });

  it('leaves a ledger of which every transaction is zero, and that nobody can change', async () => {
    const { muse } = world;
    expect(
      await sql(
        muse,
        'SELECT transaction_id FROM ledger_entries GROUP BY transaction_id, currency HAVING sum(amount_cents) <> 0',
      ),
    ).toEqual([]);
    for (const change of [
      'UPDATE ledger_entries SET amount_cents = amount_cents + 1',
      'DELETE FROM ledger_entries',
      'TRUNCATE ledger_entries',
      `INSERT INTO ledger_entries (transaction_id, kind, payment_id, account, amount_cents, currency)
         SELECT transaction_id, kind, payment_id, account, 1, currency FROM ledger_entries LIMIT 1`,
    ])
      await expect(sql(muse, change)).rejects.toThrow(/append-only|not zero/);
    const fees = await sql(muse, `SELECT fee_cents FROM payment_shares WHERE status = 'placed'`);
    expect(sum(fees.map(({ fee_cents }) => fee_cents))).toBeGreaterThan(0);
  });
});
