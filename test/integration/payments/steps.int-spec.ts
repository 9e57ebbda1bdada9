import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { randomUUID } from 'node:crypto';
import { PaymentPoller } from '../../../src/payments/purchases/payment-poller';
import {
  PAYMENT_STEP_CHANNEL,
  PAYMENT_STEP_MOMENTS,
  type PaymentStepMoment,
} from '../../../src/payments/purchases/payment-steps';
import { StepRunner } from '../../../src/payments/purchases/step-runner';
import { startPaying } from '../../support/paying';
import { PaymentsWorld, type PayableStore } from '../../support/payments-world';
import { sql, type Body } from '../../support/shopper';

describe('A step of a payment', () => {
  let world: PaymentsWorld;
  let store: PayableStore;

  beforeAll(async () => {
    const { muse, stripe } = await startPaying({ MUSE_ROLE: 'api' });
    world = new PaymentsWorld(muse, stripe);
    store = await world.store();
  });
  afterEach(() => world.stripe.faults.clear());

  const runner = () => world.muse.app.get(StepRunner, { strict: false });
  const begin = (options = {}) => world.begin({ [store.storeId]: 1000 }, options);
  const stepOf = async (paymentId: string, kind = 'authorize'): Promise<Body> =>
    (await world.read(paymentId)).steps.find((step) => step.kind === kind);
  const intentsOf = async (paymentId: string) =>
    (await world.stripe.objects()).paymentIntents.filter(({ metadata }) => metadata['muse_payment_id'] === paymentId);
  const age = (stepId: string, hours: number) =>
    sql(
      world.muse,
      `UPDATE payment_steps SET sent_at = now() - make_interval(hours => $2), next_attempt_at = now(), lease_until = now() - interval '1 second' WHERE id = $1`,
      [stepId, hours],
    );
  /** Takes the lease away at this moment, as if the worker had been stopped for long and another had taken over. */
  const losing = async (moment: PaymentStepMoment, stepId: string, work: () => Promise<void>) => {
    let lost: Promise<unknown> | undefined;
    const listener = (message: unknown) => {
      const reached = message as { moment: PaymentStepMoment; stepId: string };
      if (reached.moment !== moment || reached.stepId !== stepId) return;
      lost ??= sql(world.muse, `UPDATE payment_steps SET lease_token = $2 WHERE id = $1 AND lease_token IS NOT NULL`, [
        ...[stepId, randomUUID()],
      ]);
    };
    subscribe(PAYMENT_STEP_CHANNEL, listener);
    // The call takes so long that the lease is lost before its answer.
    await world.stripe.faults.add({ kind: 'slow', delayMs: 400, times: 1 });
    await work().catch(() => undefined);
    unsubscribe(PAYMENT_STEP_CHANNEL, listener);
    await lost;
  };

  it('is claimed by one of many who try at the same time', async () => {
    const paymentId = await begin();
    const { id } = await stepOf(paymentId);
    await Promise.all(Array.from({ length: 10 }, () => runner().runOnce(id)));
    expect(await stepOf(paymentId)).toMatchObject({ status: 'done', attempts: 1 });
    expect(await intentsOf(paymentId)).toHaveLength(1);
  });

  it('whose lease was lost while the provider was asked is written by who has it, and by nobody else', async () => {
    const paymentId = await begin();
    const { id } = await stepOf(paymentId);
    await losing('claimed', id, () => runner().runOnce(id));
    expect((await world.read(paymentId)).payment.status).toBe('created');
    expect((await world.read(paymentId)).events).toEqual([]);
    await age(id, 0);
    await runner().runOnce(id);
    expect((await world.read(paymentId)).payment.status).toBe('authorized');
    expect(await intentsOf(paymentId)).toHaveLength(1);
  });

  it('knows its moments, and reaches each of them once', async () => {
    const seen: string[] = [];
    const listener = (message: unknown) => seen.push((message as { moment: string }).moment);
    subscribe(PAYMENT_STEP_CHANNEL, listener);
    await world.run(await begin());
    unsubscribe(PAYMENT_STEP_CHANNEL, listener);
    expect(seen).toEqual([...PAYMENT_STEP_MOMENTS]);
  });

  it('that was sent a day ago is looked up by its label before it is sent again', async () => {
    // Lost after the effect; the double forgets its keys with a day, as Stripe does.
    const paymentId = await begin();
    const { id } = await stepOf(paymentId);
    await world.stripe.faults.add({ kind: 'reset_after', method: 'POST', path: '/v1/payment_intents', times: null });
    await runner().runOnce(id);
    expect(await stepOf(paymentId)).toMatchObject({ status: 'queued' });
    await world.stripe.faults.clear();
    await age(id, 25);
    await world.stripe.calls.clear();
    await runner().runOnce(id);
    const calls = (await world.stripe.calls.list()).map(({ method, path }) => `${method} ${path}`);
    expect(calls.filter((call) => call.startsWith('POST'))).toEqual([]);
    expect((await world.read(paymentId)).payment.status).toBe('authorized');
    expect(await intentsOf(paymentId)).toHaveLength(1);
  });

  it('that was sent a day ago and is not there is sent again', async () => {
    const paymentId = await begin();
    const { id } = await stepOf(paymentId);
    await world.stripe.faults.add({ kind: 'reset_before', method: 'POST', path: '/v1/payment_intents', times: null });
    await runner().runOnce(id);
    await world.stripe.faults.clear();
    await age(id, 25);
    await runner().runOnce(id);
    expect((await world.read(paymentId)).payment.status).toBe('authorized');
    expect(await intentsOf(paymentId)).toHaveLength(1);
  });

  it('that is old is not sent again while the provider does not say whether it is there', async () => {
    const paymentId = await begin();
    const { id } = await stepOf(paymentId);
    await world.stripe.faults.add({ kind: 'reset_after', method: 'POST', path: '/v1/payment_intents', times: null });
    await runner().runOnce(id);
    await world.stripe.faults.clear();
    await world.stripe.faults.add({ kind: 'error_500_before', method: 'GET', path: '/v1/payment_intents', times: 2 });
    await world.stripe.calls.clear();
    for (let n = 0; n < 3; n++) {
      await age(id, 25);
      await runner().runOnce(id);
    }
    expect((await world.stripe.calls.list()).filter(({ method }) => method === 'POST')).toEqual([]);
    expect((await world.read(paymentId)).payment.status).toBe('authorized');
  });

  it('stays old, however often it is tried', async () => {
    const paymentId = await begin();
    const { id } = await stepOf(paymentId);
    await world.stripe.faults.add({ kind: 'rate_limit_429', path: '/v1/payment_intents', times: null });
    await runner().runOnce(id);
    await age(id, 25);
    await runner().runOnce(id);
    const [{ hours }] = await sql(
      world.muse,
      'SELECT extract(epoch FROM now() - sent_at)::int / 3600 AS hours FROM payment_steps WHERE id = $1',
      [id],
    );
    expect(hours).toBe(25);
  });

  it('of every kind is looked up when it is old: captured, sent, refunded and taken back once', async () => {
    const paymentId = await begin();
    await world.run(paymentId);
    await world.decide(paymentId, store.storeId);
    for (const [kind, path] of [
      ['capture', '/v1/payment_intents/:id/capture'],
      ['transfer', '/v1/transfers'],
    ] as const) {
      await world.stripe.faults.add({ kind: 'reset_after', method: 'POST', path, times: null });
      const { id } = await stepOf(paymentId, kind);
      await runner().runOnce(id);
      await world.stripe.faults.clear();
      await age(id, 30);
      await runner().runOnce(id);
      expect(await stepOf(paymentId, kind)).toMatchObject({ kind, status: 'done' });
    }
    const { transfers, paymentIntents } = await world.stripe.objects();
    expect(transfers.filter(({ transfer_group }) => transfer_group === paymentId)).toMatchObject([{ amount: 950 }]);
    expect(paymentIntents.find(({ metadata }) => metadata['muse_payment_id'] === paymentId)!.amount_received).toBe(
      1000,
    );
  });

  it('whose outcome nobody can know ends with a person, not with another try', async () => {
    const paymentId = await begin();
    const { id } = await stepOf(paymentId);
    await world.stripe.faults.add({
      kind: 'error_500_before',
      method: 'POST',
      path: '/v1/payment_intents',
      times: null,
    });
    await world.run(paymentId, { waiting: true });
    expect(await stepOf(paymentId)).toMatchObject({ status: 'needs_attention', error_code: 'http_500', attempts: 12 });
    await runner().runOnce(id);
    expect((await stepOf(paymentId)).attempts).toBe(12);
  });

  it('waits ever longer between its tries', async () => {
    const paymentId = await begin();
    const { id } = await stepOf(paymentId);
    await world.stripe.faults.add({ kind: 'rate_limit_429', method: 'POST', path: '/v1/payment_intents', times: null });
    const waits: number[] = [];
    for (let n = 0; n < 4; n++) {
      await runner().runOnce(id);
      const [{ wait }] = await sql(
        world.muse,
        `UPDATE payment_steps SET next_attempt_at = now() WHERE id = $1
           RETURNING extract(epoch FROM (SELECT s.next_attempt_at FROM payment_steps s WHERE s.id = $1) - now())::float8 AS wait`,
        [id],
      );
      waits.push(Math.ceil(wait));
    }
    expect(waits).toEqual([1, 2, 4, 8]);
  });

  it('that was done is seen by the poller where no webhook ever came, and what the shopper leaves lying is given up', async () => {
    const [done, left] = [
      await begin({ token: 'pm_card_authenticationRequired' }),
      await begin({ token: 'pm_card_authenticationRequired' }),
    ];
    for (const paymentId of [done, left]) await world.run(paymentId);
    const [intent] = await intentsOf(done);
    await world.stripe.authenticate(intent!.id, 'success');
    const poller = world.muse.app.get(PaymentPoller, { strict: false });
    const poll = () => Promise.all([poller.runOnce(), poller.runOnce()]);
    await poll();
    expect((await world.read(done)).payment.status).toBe('action_required');
    await sql(world.muse, `UPDATE payments SET next_look_at = now() - interval '1 second' WHERE id = ANY ($1)`, [
      [done, left],
    ]);
    await sql(world.muse, `UPDATE payments SET updated_at = now() - interval '31 minutes' WHERE id = $1`, [left]);
    await poll();
    expect((await world.read(done)).events.map(({ type }) => type)).toEqual([
      'payment.action_required',
      'payment.authorized',
    ]);
    await world.run(left);
    expect((await world.read(left)).payment.status).toBe('cancelled');
  });
});
