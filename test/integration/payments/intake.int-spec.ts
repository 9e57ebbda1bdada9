import { Refunds } from '../../../src/payments';
import { Intake } from '../../../src/payments/intake/intake';
import { ProviderEventsRepository } from '../../../src/payments/intake/provider-events.repository';
import { startPaying } from '../../support/paying';
import { PaymentsWorld, type PayableStore } from '../../support/payments-world';
import { sql } from '../../support/shopper';

describe('A verified webhook', () => {
  let world: PaymentsWorld;
  let store: PayableStore;
  let other: PayableStore;

  beforeAll(async () => {
    // Nobody works but who is told to.
    const { muse, stripe } = await startPaying({ MUSE_ROLE: 'api' });
    world = new PaymentsWorld(muse, stripe);
    await stripe.configure({ webhookUrl: `${muse.url}/api/v1/webhooks/stripe` });
    [store, other] = [await world.store(), await world.store()];
  });

  const intake = () => world.muse.app.get(Intake, { strict: false });
  const rowOf = async (eventId: string) =>
    (await sql(world.muse, 'SELECT * FROM provider_events WHERE id = $1', [eventId]))[0];
  const partsOf = (paymentId: string) =>
    sql(world.muse, 'SELECT order_id, amount_cents, status FROM disputes WHERE payment_id = $1 ORDER BY amount_cents', [
      paymentId,
    ]);
  const intentOf = async (paymentId: string) =>
    (await world.stripe.objects()).paymentIntents.find(({ metadata }) => metadata['muse_payment_id'] === paymentId)!;
  /** The event of a dispute of this payment, kept and not worked off. */
  const disputed = async (paymentId: string, amount?: number) => {
    const dispute = await world.stripe.dispute((await intentOf(paymentId)).latest_charge as string, amount);
    await world.stripe.events.quiet();
    return (await world.stripe.events.list('charge.dispute.created')).find(
      ({ data }) => (data.object as { id: string }).id === dispute.id,
    )!.id;
  };
  /** Captured at Stripe; here nobody has heard of it. */
  const capturedThere = async () => {
    const paymentId = await world.begin({ [store.storeId]: 1000, [other.storeId]: 3000 });
    await world.run(paymentId);
    await world.stripe.faults.add({
      ...{ kind: 'reset_after', method: 'POST', path: '/v1/payment_intents/:id/capture', times: 2 },
    });
    for (const { storeId } of [store, other]) await world.decide(paymentId, storeId);
    await world.run(paymentId);
    await world.stripe.faults.clear();
    expect((await world.read(paymentId)).payment.status).toBe('capturing');
    return paymentId;
  };

  it('of a dispute that comes before we know that the payment is captured finds that out first', async () => {
    const paymentId = await capturedThere();
    const event = await disputed(paymentId);
    await intake().runOnce(event);
    expect(await rowOf(event)).toMatchObject({ outcome: 'done' });
    expect(await partsOf(paymentId)).toMatchObject([{ amount_cents: 1000 }, { amount_cents: 3000 }]);
  });

  it('of a dispute of a payment that is not captured here is tried for three days, then given up', async () => {
    const paymentId = await capturedThere();
    const event = await disputed(paymentId);
    await sql(world.muse, `UPDATE payments SET status = 'authorized' WHERE id = $1`, [paymentId]);
    const attempt = async (age: string) => {
      await sql(
        world.muse,
        `UPDATE provider_events SET attempts = 500, received_at = now() - $2::interval WHERE id = $1`,
        [event, age],
      );
      await intake().runOnce(event);
      return rowOf(event);
    };
    expect(await attempt('71 hours')).toMatchObject({ finished_at: null, last_error: 'not_captured' });
    expect(await partsOf(paymentId)).toEqual([]);
    // In time it is as it should be.
    await sql(world.muse, `UPDATE payments SET status = 'capturing' WHERE id = $1`, [paymentId]);
    expect(await attempt('71 hours')).toMatchObject({ outcome: 'done' });
    expect(await partsOf(paymentId)).toHaveLength(2);
    const late = await disputed(await capturedThere());
    await world.stripe.faults.add({ kind: 'rate_limit_429', method: 'GET', path: '/v1/disputes/:id', times: null });
    await sql(world.muse, `UPDATE provider_events SET received_at = now() - interval '73 hours' WHERE id = $1`, [late]);
    await intake().runOnce(late);
    await world.stripe.faults.clear();
    expect(await rowOf(late)).toMatchObject({ outcome: 'given_up', finished_at: expect.any(Date) });
  });

  it('of a dispute is borne by what is not refunded', async () => {
    const { paymentId, orders } = await world.captured({ [store.storeId]: 1000, [other.storeId]: 3000 });
    await world.stripe.settle();
    const refund = (orderId: string, amountCents: number) =>
      world.database.transaction((tx) =>
        world.muse.app
          .get(Refunds, { strict: false })
          .ask(tx, { orderId, amountCents, reason: 'returned', byKind: 'system', byId: null }),
      );
    await refund(orders[store.storeId]!, 1000);
    await refund(orders[other.storeId]!, 500);
    await world.run(paymentId);
    const event = await disputed(paymentId, 2500);
    await intake().runOnce(event);
    expect(await partsOf(paymentId)).toEqual([
      { order_id: orders[store.storeId], amount_cents: 0, status: 'open' },
      { order_id: orders[other.storeId], amount_cents: 2500, status: 'open' },
    ]);
  });

  it('of an account or a payout survives an hour in which the provider does not answer', async () => {
    await world.stripe.changeAccount(store.accountId, { payouts_enabled: false });
    await world.stripe.events.quiet();
    const { id } = (await world.stripe.events.list('account.updated')).at(-1)!;
    await sql(
      world.muse,
      `UPDATE provider_events SET attempts = 40, received_at = now() - interval '1 hour' WHERE id = $1`,
      [id],
    );
    await world.stripe.faults.add({ kind: 'rate_limit_429', method: 'GET', path: '/v1/accounts/:id', times: null });
    await intake().runOnce(id);
    await world.stripe.faults.clear();
    expect(await rowOf(id)).toMatchObject({ finished_at: null });
    await intake().runOnce(id);
    expect(await rowOf(id)).toMatchObject({ outcome: 'done' });
  });

  describe('of a payment that tells one step of it', () => {
    const eventsOf = async (paymentId: string) => {
      const { id } = await intentOf(paymentId);
      await world.stripe.events.quiet();
      return sql(
        world.muse,
        `SELECT id, type, outcome, attempts FROM provider_events WHERE payload->>'providerPaymentId' = $1`,
        [id],
      );
    };
    const jobsOf = async (eventIds: string[]) =>
      (await sql(world.muse, `SELECT FROM graphile_worker.jobs WHERE key = ANY($1)`, [eventIds])).length;
    const sweep = () => world.muse.app.get(ProviderEventsRepository, { strict: false }).due();

    it('waits for the answer to our own call, which says the same, and is done without another', async () => {
      const { paymentId } = await world.captured({ [store.storeId]: 1000 });
      await sql(world.muse, `UPDATE provider_events SET next_attempt_at = now() - interval '1 minute'`);
      await world.stripe.calls.clear();
      const due = await sweep();
      const events = await eventsOf(paymentId);
      expect(events.map(({ type }) => type)).toEqual(
        expect.arrayContaining(['payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded']),
      );
      for (const event of events) {
        expect(event).toMatchObject({ outcome: 'done', attempts: 0 });
        expect(due).not.toContain(event.id);
      }
      expect(await jobsOf(events.map(({ id }) => id))).toBe(0);
      expect(await world.stripe.calls.list()).toEqual([]);
    });

    it('is done as it comes where that is known, and needs no job', async () => {
      const { paymentId } = await world.captured({ [store.storeId]: 1000 });
      const { id } = (await world.stripe.events.list('payment_intent.succeeded')).at(-1)!;
      await world.stripe.events.quiet();
      await sql(world.muse, `DELETE FROM provider_events WHERE id = $1`, [id]);
      await world.stripe.events.deliver(id);
      expect(await rowOf(id)).toMatchObject({ outcome: 'done', attempts: 0 });
      expect(await jobsOf([id])).toBe(0);
      expect((await world.read(paymentId)).payment.status).toBe('captured');
    });

    it('is worked off where our own answer never came', async () => {
      const paymentId = await capturedThere();
      const { id } = (await eventsOf(paymentId)).find(({ type }) => type === 'payment_intent.succeeded')!;
      expect(await rowOf(id)).toMatchObject({ finished_at: null });
      expect(await sweep()).not.toContain(id);
      await sql(world.muse, `UPDATE provider_events SET next_attempt_at = now() - interval '2 seconds' WHERE id = $1`, [
        id,
      ]);
      expect(await sweep()).toContain(id);
      await intake().runOnce(id);
      expect((await world.read(paymentId)).payment.status).toBe('captured');
    });
  });
});
