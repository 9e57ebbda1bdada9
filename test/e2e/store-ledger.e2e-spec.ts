import { Comparison } from '../../src/payments/purchases/comparison';
import { Refunds } from '../../src/payments';
import { startPaying } from '../support/paying';
import { PaymentsWorld, type PayableStore } from '../support/payments-world';
import { usd } from '../support/sellers';
import { customer, guest, sql, statusesOf } from '../support/shopper';

const today = new Date().toISOString().slice(0, 10);

describe('What a store has', () => {
  let world: PaymentsWorld;
  let store: PayableStore;
  let other: PayableStore;

  beforeAll(async () => {
    const { muse, stripe } = await startPaying({ MUSE_ROLE: 'api' });
    world = new PaymentsWorld(muse, stripe);
  });
  beforeEach(async () => {
    [store, other] = [await world.store(), await world.store()];
  });

  const balance = async ({ merchant, storeId }: PayableStore) => {
    const { body } = await merchant.get(`/merchant/stores/${storeId}/balance`).expect(200);
    const [{ pending, available, paidOut, debt }] = body.data;
    return [pending, available, paidOut, debt].map(({ amount }) => amount);
  };
  const statement = ({ merchant, storeId }: PayableStore, from = today, to = today) =>
    merchant.get(`/merchant/stores/${storeId}/statements?from=${from}&to=${to}`);
  const refund = async (paymentId: string, orderId: string, amountCents: number) => {
    const asked = { orderId, amountCents, reason: 'returned', byKind: 'merchant', byId: null } as const;
    await world.database.transaction((tx) => world.muse.app.get(Refunds, { strict: false }).ask(tx, asked));
    await world.run(paymentId);
  };
  const sold = async () => {
    const { paymentId, orders } = await world.captured({ [store.storeId]: 2000, [other.storeId]: 1000 });
    await world.stripe.settle();
    return { paymentId, orderId: orders[store.storeId]! };
  };

  it('is nothing at first, in its own currency', async () => {
    const { body } = await store.merchant.get(`/merchant/stores/${store.storeId}/balance`).expect(200);
    expect(body).toEqual({ data: [{ pending: usd(0), available: usd(0), paidOut: usd(0), debt: usd(0) }] });
  });

  it('is pending until it is sent, then available, then paid out; and what its account does not cover is its debt', async () => {
    await sql(world.muse, 'UPDATE payment_accounts SET provider_account_id = NULL WHERE store_id = $1', [
      store.storeId,
    ]);
    const { paymentId, orderId } = await sold();
    expect(await balance(store)).toEqual([1900, 0, 0, 0]);
    await sql(world.muse, 'UPDATE payment_accounts SET provider_account_id = $2 WHERE store_id = $1', [
      ...[store.storeId, store.accountId],
    ]);
    await world.run(paymentId, { waiting: true });
    expect(await balance(store)).toEqual([0, 1900, 0, 0]);
    await world.stripe.settle();
    await refund(paymentId, orderId, 1000);
    expect(await balance(store)).toEqual([0, 950, 0, 0]);
    const payout = await world.stripe.payOut(store.accountId, 'usd');
    await sql(
      world.muse,
      `INSERT INTO payouts (provider_payout_id, store_id, amount_cents, currency, status) VALUES ($1, $2, $3, 'USD', 'paid')`,
      [payout.id, store.storeId, payout.amount],
    );
    expect(await balance(store)).toEqual([0, 0, 950, 0]);
    await refund(paymentId, orderId, 1000);
    expect(await balance(store)).toEqual([0, 0, 950, 950]);
    expect(await balance(other)).toEqual([0, 950, 0, 0]);
  });

  it('is told movement by movement as CSV, from the store’s side', async () => {
    const { paymentId, orderId } = await sold();
    await refund(paymentId, orderId, 1000);
    const { text, headers } = await statement(store).expect(200);
    expect(headers['content-type']).toBe('text/csv; charset=utf-8');
    const [heading, ...lines] = text.trimEnd().split('\r\n');
    expect(heading).toBe('time,type,account,order,payment,amount,currency');
    expect(lines.map((line) => line.split(',').slice(1).join(' '))).toEqual([
      `sale balance ${orderId} ${paymentId} 20.00 USD`,
      `fee balance ${orderId} ${paymentId} -1.00 USD`,
      `transfer balance ${orderId} ${paymentId} -19.00 USD`,
      `refund balance ${orderId} ${paymentId} -9.50 USD`,
      `reversal balance ${orderId} ${paymentId} 9.50 USD`,
    ]);
    expect((await statement(store, '2020-01-01', '2020-01-31').expect(200)).text.trimEnd()).toBe(heading);
  });

  it('is told for days of the calendar, a year at most', async () => {
    const answers = [
      await statement(store, '2026-02-30', '2026-03-01'),
      await statement(store, '2026-1-1', '2026-03-01'),
      await statement(store, today, ''),
      await statement(store, '2026-03-02', '2026-03-01'),
      await statement(store, '2025-01-01', '2026-03-01'),
    ];
    expect(statusesOf(answers)).toEqual([400, 400, 400, 422, 422]);
  });

  it('is the business of the one who runs it alone', async () => {
    const [somebody, visitor] = [await customer(world.muse), await guest(world.muse)];
    for (const what of ['balance', `statements?from=${today}&to=${today}`]) {
      const path = `/merchant/stores/${store.storeId}/${what}`;
      const answers = [await other.merchant.get(path), await somebody.get(path), await visitor.get(path)];
      expect(statusesOf(answers)).toEqual([403, 404, 404]);
      await world.muse.http.get(`/api/v1${path}`).expect(401);
    }
  });

  it('is compared with the provider, and what differs is reported and changed by nobody', async () => {
    const { paymentId, orderId } = await sold();
    await refund(paymentId, orderId, 1000);
    const comparison = world.muse.app.get(Comparison, { strict: false });
    const age = () =>
      sql(world.muse, `UPDATE payments SET updated_at = now() - interval '1 hour' WHERE id = $1`, [paymentId]);
    await age();
    expect((await comparison.run(3)).differences.filter((found) => found.paymentId === paymentId)).toEqual([]);
    // Somebody refunds in the provider's own dashboard.
    const { latest_charge } = (await world.stripe.objects()).paymentIntents.find(
      ({ metadata }) => metadata['muse_payment_id'] === paymentId,
    )!;
    const answer = await fetch(`${world.stripe.url}/v1/refunds`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.stripe.key}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ charge: latest_charge as string, amount: '7' }),
    });
    expect(answer.status).toBe(200);
    const before = await world.ledger(paymentId);
    expect((await comparison.run(3)).differences.filter((found) => found.paymentId === paymentId)).toEqual([
      { paymentId, what: 'refunded', ours: '1000', theirs: '1007' },
    ]);
    expect(await world.ledger(paymentId)).toEqual(before);
    expect(
      await sql(world.muse, 'SELECT what, ours, theirs FROM ledger_differences WHERE payment_id = $1', [paymentId]),
    ).toEqual([{ what: 'refunded', ours: '1000', theirs: '1007' }]);
  });
});
