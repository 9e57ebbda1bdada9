import { join } from 'node:path';
import { Refunds } from '../../../src/payments';
import type { PaymentStepMoment, StepKind } from '../../../src/payments/purchases/payment-steps';
import { startPaying, settingsOf } from '../../support/paying';
import { PaymentsWorld, type PayableStore } from '../../support/payments-world';
import { startProcess } from '../../support/process';
import { eventually, sql } from '../../support/shopper';

const PRELOAD = join(__dirname, '..', '..', 'support', 'die-at-payment-step.cjs');

describe('A worker that is killed', () => {
  let world: PaymentsWorld;
  let store: PayableStore;

  beforeAll(async () => {
    const { muse, stripe } = await startPaying({ MUSE_ROLE: 'api' });
    world = new PaymentsWorld(muse, stripe);
    store = await world.store();
  });

  const workerThatDiesAt = (step: string) => {
    const { DATABASE_URL, MUSE_MASTER_KEY, JWT_SECRET } = world.muse.config;
    const secrets = { DATABASE_URL: DATABASE_URL!, MUSE_MASTER_KEY: MUSE_MASTER_KEY!, JWT_SECRET: JWT_SECRET! };
    const environment = { ...settingsOf(world.stripe), ...secrets, MUSE_DEMO: '0', DIE_AT: step };
    return startProcess(environment, { preload: [PRELOAD] });
  };
  const refund = (orderId: string) =>
    world.database.transaction((tx) =>
      world.muse.app
        .get(Refunds, { strict: false })
        .ask(tx, { orderId, amountCents: 1000, reason: 'returned', byKind: 'merchant', byId: null }),
    );

  const CASES: [StepKind, PaymentStepMoment][] = [
    ['authorize', 'claimed'],
    ['authorize', 'asked'],
    ['capture', 'asked'],
    ['capture', 'outcome_written'],
    ['transfer', 'asked'],
    ['refund', 'asked'],
    ['reverse', 'outcome_begun'],
  ];
  it.each(CASES)(
    'at %s, %s, is replaced, and the money moves once',
    async (kind, moment) => {
      const worker = await workerThatDiesAt(`${kind}.${moment}`);
      const paymentId = await world.begin({ [store.storeId]: 1000 });
      const reaches = (status: string) =>
        eventually(async () => {
          // Whoever comes after the dead one; its lease is not waited for.
          if (worker.child.signalCode !== null) {
            await sql(
              world.muse,
              `UPDATE payment_steps SET lease_until = now() WHERE payment_id = $1 AND finished_at IS NULL AND lease_until IS NOT NULL`,
              [paymentId],
            );
            await world.run(paymentId, { waiting: true });
          }
          return (await world.read(paymentId)).payment.status === status;
        }, 20_000);
      await reaches('authorized');
      const orderId = (await world.decide(paymentId, store.storeId))!;
      await reaches('captured');
      const isOver = () =>
        eventually(async () => {
          await reaches('captured');
          return (await world.read(paymentId)).steps.every(({ status }) => status === 'done');
        }, 20_000);
      await isOver();
      await world.stripe.settle();
      await refund(orderId);
      await isOver();
      expect(await worker.ended).toBe('SIGKILL');
      const all = await world.stripe.objects();
      const amounts = (objects: { amount: number; metadata: Record<string, string> | null }[]) =>
        objects.filter(({ metadata }) => metadata?.['muse_payment_id'] === paymentId).map(({ amount }) => amount);
      expect([
        amounts(all.paymentIntents),
        amounts(all.transfers),
        amounts(all.refunds),
        amounts(all.reversals),
      ]).toEqual([[1000], [950], [1000], [950]]);
      const ledger = await world.ledger(paymentId);
      for (const account of ['merchant', 'refunds', 'merchant_debt', 'authorized'])
        expect(ledger).not.toHaveProperty(account);
      const { events } = await world.read(paymentId);
      expect(events.map(({ type }) => type)).toEqual([
        ...['payment.authorized', 'payment.captured', 'payment.refunded'],
      ]);
    },
    90_000,
  );
});
