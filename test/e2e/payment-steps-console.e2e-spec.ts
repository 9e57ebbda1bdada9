import { startPaying } from '../support/paying';
import { PaymentsWorld, type PayableStore } from '../support/payments-world';
import { makeUser, signIn } from '../support/sellers';
import { customer, shopperOf, sql, type Shopper } from '../support/shopper';

const STEPS = '/admin/payment-steps';

describe('Support, about calls to the payment provider', () => {
  let world: PaymentsWorld;
  let store: PayableStore;
  let support: Shopper;

  beforeAll(async () => {
    const { muse, stripe } = await startPaying({ MUSE_ROLE: 'api' });
    world = new PaymentsWorld(muse, stripe);
    store = await world.store();
    const account = await makeUser(muse, 'support');
    support = shopperOf(muse, account.id, await signIn(muse, account));
  });

  /** A capture that nobody knows the outcome of. */
  const stuck = async (kind: 'error_500_before' | 'error_500_after') => {
    const paymentId = await world.begin({ [store.storeId]: 1000 });
    await world.run(paymentId);
    await world.decide(paymentId, store.storeId);
    const path = '/v1/payment_intents/:id/capture';
    await world.stripe.faults.add({ kind, method: 'POST', path, times: null });
    await world.stripe.faults.add({ kind: 'error_500_before', method: 'GET', times: null });
    await world.run(paymentId, { waiting: true });
    await world.stripe.faults.clear();
    const step = (await world.read(paymentId)).steps.find((row) => row.kind === 'capture');
    return { paymentId, stepId: step.id as string };
  };

  it('sees those that need attention, and nothing of shopper or card', async () => {
    const { paymentId, stepId } = await stuck('error_500_before');
    const { body } = await support.get(`${STEPS}?status=needs_attention&limit=1`).expect(200);
    const [payment] = await sql(world.muse, 'SELECT provider_payment_id AS id FROM payments WHERE id = $1', [
      paymentId,
    ]);
    expect(body.data).toMatchObject([
      {
        ...{ id: stepId, kind: 'capture', status: 'needs_attention', paymentId, paymentStatus: 'capturing' },
        ...{ providerPaymentId: payment.id, amount: { amount: 1000, currency: 'USD' }, attempts: 12 },
        ...{ errorCode: 'http_500', storeId: null, refundId: null, finishedAt: null },
      },
    ]);
    expect(JSON.stringify(body)).not.toMatch(/4242|visa|secret/);
  });

  it.each(['error_500_before', 'error_500_after'] as const)(
    'has one tried again (%s), and the money is taken once',
    async (kind) => {
      const { paymentId, stepId } = await stuck(kind);
      const answer = await support.post(`${STEPS}/${stepId}/try-again`).expect(200);
      expect(answer.body).toMatchObject({ id: stepId, status: 'queued', attempts: 0 });
      await support
        .post(`${STEPS}/${stepId}/try-again`)
        .expect(409)
        .expect(({ body }) => expect(body).toMatchObject({ code: 'nothing_to_try_again', stepStatus: 'queued' }));
      await world.run(paymentId, { waiting: true });
      const { payment, events } = await world.read(paymentId);
      expect(payment).toMatchObject({ status: 'captured', captured_cents: 1000 });
      expect(events.map(({ type }) => type)).toEqual([
        ...['payment.authorized', 'payment.step_tried_again', 'payment.captured'],
      ]);
    },
  );

  it('is nobody else, and finds no step that is none', async () => {
    const somebody = await customer(world.muse);
    await somebody.get(STEPS).expect(403);
    await somebody.post(`${STEPS}/${store.storeId}/try-again`).expect(403);
    await support.post(`${STEPS}/${store.storeId}/try-again`).expect(404);
    await support.get(`${STEPS}?status=lost`).expect(400);
  });
});
