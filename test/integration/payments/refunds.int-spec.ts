import { randomUUID } from 'node:crypto';
import { Refunds } from '../../../src/payments';
import { PaymentProviders } from '../../../src/payments/provider';
import { StepRunner } from '../../../src/payments/purchases/step-runner';
import { startPaying } from '../../support/paying';
import { PaymentsWorld, type PayableStore } from '../../support/payments-world';
import { sql } from '../../support/shopper';

describe('A refund', () => {
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

  const refunds = () => world.muse.app.get(Refunds, { strict: false });
  const ask = (orderId: string, amountCents: number) =>
    world.database.transaction((tx) =>
      refunds().ask(tx, { orderId, amountCents, reason: 'returned', byKind: 'merchant', byId: randomUUID() }),
    );
  const rowsOf = (orderId: string) => refunds().of(world.database, orderId);
  const bought = async (token = 'pm_card_visa') => {
    const { paymentId, orders } = await world.captured({ [store.storeId]: 2000, [other.storeId]: 1001 }, { token });
    await world.stripe.settle();
    return { paymentId, orderId: orders[store.storeId]!, otherOrderId: orders[other.storeId]! };
  };
  const eventsOf = async (paymentId: string, type: string) =>
    (await world.read(paymentId)).events.filter((event) => event.type === type).map(({ payload }) => payload);
  const debtOf = async (storeId: string) =>
    (await sql(world.muse, 'SELECT debt_cents FROM merchant_debts WHERE store_id = $1', [storeId]))[0]?.debt_cents ?? 0;

  it('is owed at once, paid by the charge, and taken back from store and platform in proportion', async () => {
    const { paymentId, orderId } = await bought();
    const before = await world.ledger(paymentId);
    const refund = await ask(orderId, 1000);
    expect(refund).toMatchObject({ status: 'pending', amountCents: 1000, merchantCents: 950, feeCents: 50 });
    expect((await world.ledger(paymentId))['refunds']).toBe(-1000);
    await world.run(paymentId);
    expect(await rowsOf(orderId)).toMatchObject([{ status: 'succeeded', providerRefundId: expect.any(String) }]);
    const { refunds: atStripe, reversals } = await world.stripe.objects();
    expect(atStripe.find(({ metadata }) => metadata?.['muse_order_id'] === orderId)).toMatchObject({ amount: 1000 });
    expect(reversals.find(({ metadata }) => metadata?.['muse_order_id'] === orderId)).toMatchObject({ amount: 950 });
    const after = await world.ledger(paymentId);
    expect(after['provider']! - before['provider']!).toBe(-50);
    expect(after).not.toHaveProperty('refunds');
    expect(after).not.toHaveProperty('merchant');
    expect(await eventsOf(paymentId, 'payment.refunded')).toMatchObject([
      { orderId, refundId: refund.id, amountCents: 1000, refundedCents: 1000, capturedCents: 2000, currency: 'USD' },
    ]);
  });

  it('in pieces gives back the whole, and no cent more', async () => {
    const { paymentId, otherOrderId } = await bought();
    for (const cents of [333, 333, 335]) await ask(otherOrderId, cents);
    await expect(ask(otherOrderId, 1)).rejects.toMatchObject({ code: 'refund_too_large', status: 422 });
    await world.run(paymentId);
    const [share] = (await world.read(paymentId)).shares;
    expect(share).toMatchObject({ captured_cents: 1001, refunded_cents: 1001, reversed_cents: 1001 - share.fee_cents });
    expect((await world.read(paymentId)).payment.refunded_cents).toBe(1001);
  });

  it('of all, asked for twice at the same time, is made once', async () => {
    for (let round = 0; round < 3; round++) {
      const { paymentId, orderId } = await bought();
      const asked = await Promise.allSettled([ask(orderId, 2000), ask(orderId, 2000), ask(orderId, 1500)]);
      expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const refused = asked.filter((result) => result.status === 'rejected');
      expect(refused.map(({ reason }) => reason.code)).toEqual(['refund_too_large', 'refund_too_large']);
      await world.run(paymentId);
      const [row] = await rowsOf(orderId);
      expect((await world.read(paymentId)).payment.refunded_cents).toBe(row!.amountCents);
    }
  });

  it('that the store’s account cannot cover becomes its debt, and the next transfer settles it', async () => {
    const { paymentId, orderId } = await bought();
    await world.stripe.payOut(store.accountId, 'usd');
    await ask(orderId, 2000);
    await world.run(paymentId);
    expect(await debtOf(store.storeId)).toBe(1900);
    expect((await world.ledger(paymentId))['merchant_debt']).toBe(1900);
    expect((await rowsOf(orderId))[0]!.status).toBe('succeeded');
    // 2850 of the next sale are the store's; 1900 of them settle the debt.
    const next = await world.captured({ [store.storeId]: 3000 });
    expect(await debtOf(store.storeId)).toBe(0);
    expect((await world.read(next.paymentId)).shares).toMatchObject([
      { transferred_cents: 950, transfer_status: 'sent' },
    ]);
    expect((await world.ledger(next.paymentId))['merchant_debt']).toBe(-1900);
    // What was never sent cannot be taken back: it is a debt again.
    await ask(next.orders[store.storeId]!, 3000);
    await world.stripe.settle();
    await world.run(next.paymentId);
    expect(await debtOf(store.storeId)).toBe(1900);
  });

  it('takes a debt from one of two sales that are captured at the same time, not from both', async () => {
    const { paymentId, orderId } = await bought();
    await world.stripe.payOut(store.accountId, 'usd');
    await ask(orderId, 2000);
    await world.run(paymentId);
    const both = await Promise.all([
      world.captured({ [store.storeId]: 3000 }),
      world.captured({ [store.storeId]: 3000 }),
    ]);
    const sent = await Promise.all(
      both.map(async (sale) => (await world.read(sale.paymentId)).shares[0].transferred_cents),
    );
    expect(sent.sort((a, b) => a - b)).toEqual([950, 2850]);
    expect(await debtOf(store.storeId)).toBe(0);
  });

  it('whose transfer is not sent yet waits with the store’s part until it is', async () => {
    await sql(world.muse, `UPDATE payment_accounts SET provider_account_id = NULL WHERE store_id = $1`, [
      store.storeId,
    ]);
    const { paymentId, orderId } = await bought();
    await ask(orderId, 2000);
    await world.run(paymentId);
    const open = async () =>
      (await world.read(paymentId)).steps
        .filter(({ status }) => status !== 'done')
        .map(({ kind, error_code }) => [kind, error_code]);
    expect(await open()).toEqual([
      ['transfer', 'account_not_ready'],
      ['reverse', 'transfer_first'],
    ]);
    await sql(world.muse, `UPDATE payment_accounts SET provider_account_id = $2 WHERE store_id = $1`, [
      store.storeId,
      store.accountId,
    ]);
    await sql(world.muse, `UPDATE payment_steps SET next_attempt_at = now() WHERE payment_id = $1`, [paymentId]);
    await world.run(paymentId);
    await world.stripe.settle();
    await world.run(paymentId, { waiting: true });
    expect(await open()).toEqual([]);
    expect(await debtOf(store.storeId)).toBe(0);
  });

  it('that the provider finishes later is told of later, and one that it gives up is owed no more', async () => {
    for (const end of ['completeRefund', 'failRefund'] as const) {
      const { paymentId, orderId } = await bought('pm_card_pendingRefund');
      const refund = await ask(orderId, 500);
      await world.run(paymentId);
      const [row] = await rowsOf(orderId);
      expect(row).toMatchObject({ status: 'pending', providerRefundId: expect.any(String) });
      expect(await eventsOf(paymentId, 'payment.refunded')).toEqual([]);
      await world.stripe[end](row!.providerRefundId!);
      await sql(world.muse, 'UPDATE refunds SET next_look_at = now()');
      await Promise.all([refunds().pollOnce(), refunds().pollOnce()]);
      await world.run(paymentId);
      const succeeded = end === 'completeRefund';
      expect((await rowsOf(orderId))[0]!.status).toBe(succeeded ? 'succeeded' : 'failed');
      expect((await eventsOf(paymentId, 'payment.refunded')).length).toBe(succeeded ? 1 : 0);
      expect((await eventsOf(paymentId, 'payment.refund_failed')).length).toBe(succeeded ? 0 : 1);
      expect((await world.read(paymentId)).payment.refunded_cents).toBe(succeeded ? 500 : 0);
      expect(await world.ledger(paymentId)).not.toHaveProperty('refunds');
      if (!succeeded) expect(await ask(orderId, 2000)).not.toMatchObject({ id: refund.id });
    }
  });

  describe('that comes back after it was paid', () => {
    /** 2000 sold, all of it refunded, and then the shopper's bank sends the refund back. */
    const refunded = async () => {
      const { paymentId, orderId } = await bought();
      const refund = await ask(orderId, 2000);
      return { paymentId, orderId, refund };
    };
    // The platform's own money: transfers without a charge of their own are paid from it.
    beforeAll(async () => {
      const { storeId } = await world.store();
      await sql(world.muse, `UPDATE payment_accounts SET provider_account_id = NULL WHERE store_id = $1`, [storeId]);
      await world.captured({ [storeId]: 500_000 });
      await world.stripe.settle();
    });

    const comesBack = async (orderId: string) => {
      const { providerRefundId } = (await rowsOf(orderId))[0]!;
      await world.stripe.failRefund(providerRefundId!);
      const { paymentId, id } = (await rowsOf(orderId))[0]!;
      const provider = world.muse.app.get(PaymentProviders, { strict: false }).main;
      const state = await provider.retrieveRefund(providerRefundId!);
      if (state.type !== 'done') throw new Error(state.code);
      await Promise.all([1, 2].map(() => refunds().settle(paymentId, id, state.value)));
    };
    const stepOf = async (paymentId: string, kind: string) =>
      (await world.read(paymentId)).steps.filter((step) => step.kind === kind);
    const atStripe = async (orderId: string) => {
      const { transfers, reversals } = await world.stripe.objects();
      const ours = ({ metadata }: { metadata: Record<string, string> | null }) =>
        metadata?.['muse_order_id'] === orderId;
      const sum = (objects: { amount: number }[]) => objects.reduce((all, { amount }) => all + amount, 0);
      return sum(transfers.filter(ours)) - sum(reversals.filter(ours));
    };
    const isWhole = async (paymentId: string, orderId: string) => {
      expect(await atStripe(orderId)).toBe(1900);
      const ledger = await world.ledger(paymentId);
      for (const account of ['refunds', 'merchant', 'merchant_debt']) expect(ledger).not.toHaveProperty(account);
      expect(await debtOf(store.storeId)).toBe(0);
    };

    it('gives the store back what was taken from it, once', async () => {
      const { paymentId, orderId } = await refunded();
      await world.run(paymentId);
      expect(await atStripe(orderId)).toBe(0);
      await comesBack(orderId);
      await world.run(paymentId);
      expect((await stepOf(paymentId, 'credit')).map((step) => [step.amount_cents, step.status])).toEqual([
        [1900, 'done'],
      ]);
      await isWhole(paymentId, orderId);
      // Refunded again, the store owes its part once.
      await ask(orderId, 2000);
      await world.run(paymentId);
      expect(await debtOf(store.storeId)).toBe(1900);
      expect(await world.ledger(paymentId)).not.toHaveProperty('merchant');
    });

    it('takes nothing from the store where nothing was taken yet', async () => {
      const { paymentId, orderId, refund } = await refunded();
      const runner = world.muse.app.get(StepRunner, { strict: false });
      await runner.runOnce((await stepOf(paymentId, 'refund'))[0]!.id);
      expect(await rowsOf(orderId)).toMatchObject([{ id: refund.id, status: 'succeeded' }]);
      await comesBack(orderId);
      await world.run(paymentId);
      expect((await stepOf(paymentId, 'reverse')).map((step) => [step.status, step.error_code])).toEqual([
        ['failed', 'refund_failed'],
      ]);
      expect(await stepOf(paymentId, 'credit')).toEqual([]);
      await isWhole(paymentId, orderId);
      expect((await world.read(paymentId)).shares.at(-1)).toMatchObject({ reversed_cents: 0, refunded_cents: 0 });
    });

    it('gives back what was on its way to be taken, when it is known to be', async () => {
      const { paymentId, orderId } = await refunded();
      await world.stripe.faults.add({
        ...{ kind: 'reset_after', method: 'POST', path: '/v1/transfers/:id/reversals', times: 2 },
      });
      await world.run(paymentId);
      await world.stripe.faults.clear();
      expect((await stepOf(paymentId, 'reverse'))[0]!.status).toBe('queued');
      await comesBack(orderId);
      expect(await stepOf(paymentId, 'credit')).toEqual([]);
      await world.run(paymentId, { waiting: true });
      await isWhole(paymentId, orderId);
    });

    it('takes back the debt that it made, or sends what has been paid of that meanwhile', async () => {
      for (const isPaid of [false, true]) {
        const { paymentId, orderId } = await refunded();
        await world.stripe.payOut(store.accountId, 'usd');
        await world.run(paymentId);
        expect(await debtOf(store.storeId)).toBe(1900);
        if (isPaid) {
          await world.captured({ [store.storeId]: 3000 });
          expect(await debtOf(store.storeId)).toBe(0);
        }
        await comesBack(orderId);
        await world.run(paymentId);
        expect((await stepOf(paymentId, 'credit')).map((step) => step.amount_cents)).toEqual(isPaid ? [1900] : []);
        expect(await debtOf(store.storeId)).toBe(0);
        expect(await world.ledger(paymentId)).not.toHaveProperty('merchant');
      }
    });
  });

  it('survives every fault at both of its calls: refunded once, taken back once', async () => {
    for (const kind of [
      'reset_before',
      'reset_after',
      'error_500_before',
      'error_500_after',
      'conflict_409',
    ] as const) {
      for (const path of ['/v1/refunds', '/v1/transfers/:id/reversals']) {
        const { paymentId, orderId } = await bought();
        await world.stripe.faults.add({ kind, method: 'POST', path });
        await ask(orderId, 2000);
        await world.run(paymentId, { waiting: true });
        await world.stripe.faults.clear();
        const { refunds: all, reversals } = await world.stripe.objects();
        const ours = ({ metadata }: { metadata: Record<string, string> | null }) =>
          metadata?.['muse_order_id'] === orderId;
        const amounts = (objects: { amount: number }[]) => objects.map(({ amount }) => amount);
        expect([kind, path, amounts(all.filter(ours)), amounts(reversals.filter(ours))]).toEqual([
          ...[kind, path, [2000], [1900]],
        ]);
        expect(await world.ledger(paymentId)).not.toHaveProperty('merchant');
        expect(await debtOf(store.storeId)).toBe(0);
      }
    }
  });

  it('of an order that nothing was paid for is refused', async () => {
    await expect(ask(randomUUID(), 100)).rejects.toMatchObject({ code: 'nothing_to_refund', status: 409 });
    const paymentId = await world.begin({ [store.storeId]: 1000 });
    await world.run(paymentId);
    const orderId = await world.decide(paymentId, store.storeId);
    await expect(ask(orderId!, 100)).rejects.toMatchObject({ code: 'nothing_to_refund' });
  });
});
