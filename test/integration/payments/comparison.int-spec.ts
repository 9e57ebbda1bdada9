import { Comparison } from '../../../src/payments/purchases/comparison';
import { startPaying } from '../../support/paying';
import { PaymentsWorld, type PayableStore } from '../../support/payments-world';
import { sql } from '../../support/shopper';

describe('The nightly comparison', () => {
  let world: PaymentsWorld;
  let store: PayableStore;

  beforeAll(async () => {
    const { muse, stripe } = await startPaying({ MUSE_ROLE: 'api' });
    world = new PaymentsWorld(muse, stripe);
    store = await world.store();
  });
  beforeEach(() => sql(world.muse, 'DELETE FROM ledger_comparisons'));

  const comparison = () => world.muse.app.get(Comparison, { strict: false });
  const nights = () => sql(world.muse, 'SELECT * FROM ledger_comparisons');
  const found = (paymentId: string) =>
    sql(world.muse, 'SELECT what, ours, theirs, seen_at FROM ledger_differences WHERE payment_id = $1', [paymentId]);
  const stripePost = async (path: string, body: Record<string, string>) => {
    const answer = await fetch(`${world.stripe.url}/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.stripe.key}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(body),
    });
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { id: string }).id;
  };

  it('that broke off is begun anew after an hour, by one of those who look, and not before', async () => {
    await sql(
      world.muse,
      `INSERT INTO ledger_comparisons (day, begun_at) VALUES ((now() - interval '3 hours')::date, now() - interval '50 minutes')`,
    );
    await comparison().nightly();
    expect(await nights()).toMatchObject([{ finished_at: null }]);
    await sql(world.muse, `UPDATE ledger_comparisons SET begun_at = now() - interval '61 minutes'`);
    await world.stripe.calls.clear();
    await Promise.all([1, 2, 3].map(() => comparison().nightly()));
    expect(await nights()).toMatchObject([{ finished_at: expect.any(Date) }]);
    const lists = (await world.stripe.calls.list()).filter(({ path }) => path === '/v1/payment_intents');
    expect(lists).toHaveLength(1);
    // What is done is done.
    await sql(world.muse, `UPDATE ledger_comparisons SET begun_at = now() - interval '2 hours'`);
    await world.stripe.calls.clear();
    await comparison().nightly();
    expect(await world.stripe.calls.list()).toEqual([]);
  });

  it('writes a difference once, however many nights find it, and when it was last found', async () => {
    const { paymentId } = await world.captured({ [store.storeId]: 2000 });
    await world.stripe.settle();
    await sql(world.muse, `UPDATE payments SET updated_at = now() - interval '1 hour' WHERE id = $1`, [paymentId]);
    const { latest_charge } = (await world.stripe.objects()).paymentIntents.find(
      ({ metadata }) => metadata['muse_payment_id'] === paymentId,
    )!;
    await stripePost('refunds', { charge: latest_charge as string, amount: '7' });
    await comparison().run(3);
    await sql(world.muse, `UPDATE ledger_differences SET seen_at = now() - interval '2 days'`);
    await comparison().run(3);
    const rows = await found(paymentId);
    expect(rows).toMatchObject([{ what: 'refunded', ours: '0', theirs: '7' }]);
    expect(Date.now() - rows[0]!.seen_at.getTime()).toBeLessThan(60_000);
  });

  it('finds a payment that bears our label there and is none that we know', async () => {
    const { paymentId } = await world.captured({ [store.storeId]: 2000 });
    const known = (await world.read(paymentId)).payment.provider_payment_id;
    const intent = (cancel: boolean) =>
      stripePost('payment_intents', {
        ...{
          amount: '2000',
          currency: 'usd',
          confirm: 'true',
          capture_method: 'manual',
          payment_method: 'pm_card_visa',
        },
        ...{ 'metadata[muse_payment_id]': paymentId, return_url: 'https://shop.example/back' },
      }).then(async (id) => {
        if (cancel) await stripePost(`payment_intents/${id}/cancel`, {});
        return id;
      });
    await intent(true);
    const doubled = await intent(false);
    const difference = { paymentId, what: 'another_payment', ours: known, theirs: doubled };
    const ours = ({ differences }: Awaited<ReturnType<Comparison['run']>>) =>
      differences.filter((one) => one.paymentId === paymentId);
    expect(ours(await comparison().run(3))).toEqual([difference]);
    expect(await found(paymentId)).toMatchObject([{ what: 'another_payment', ours: known, theirs: doubled }]);
  });
});
