import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { randomUUID } from 'node:crypto';
import { Refunds } from '../../../src/payments';
import { PaymentPoller } from '../../../src/payments/purchases/payment-poller';
import {
  PAYMENT_STEP_CHANNEL,
  PAYMENT_STEP_MOMENTS,
  type PaymentStepMoment,
} from '../../../src/payments/purchases/payment-steps';
import { LATER_ATTEMPTS, MAX_ATTEMPTS } from '../../../src/payments/purchases/step-waits';
import { StepRunner } from '../../../src/payments/purchases/step-runner';
import { END_STEP } from '../../../src/payments/purchases/payments.repository';
import { statement } from '../../../src/platform/database';
import { StepsRepository } from '../../../src/payments/purchases/steps.repository';
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

  const refuseOnce = (path: string, status: number, code?: string) =>
    world.stripe.faults.add({
      ...{ kind: 'refuse', method: 'POST', path, status },
      error: { type: status < 500 ? 'invalid_request_error' : 'api_error', message: 'x', ...(code && { code }) },
    });

  it('of every kind goes on under another key after a 500 that the provider has kept', async () => {
    await refuseOnce('/v1/payment_intents', 500);
    await refuseOnce('/v1/payment_intents/:id/capture', 500);
    await refuseOnce('/v1/transfers', 500);
    const paymentId = await begin();
    await world.run(paymentId, { waiting: true });
    await world.decide(paymentId, store.storeId);
    await world.run(paymentId, { waiting: true });
    const { payment, steps } = await world.read(paymentId);
    expect(payment.status).toBe('captured');
    expect(steps.map(({ kind, status, attempts }) => [kind, status, attempts])).toEqual([
      ['authorize', 'done', 2],
      ['capture', 'done', 2],
      ['transfer', 'done', 2],
    ]);
    expect(await intentsOf(paymentId)).toHaveLength(1);
  });

  it('that is refused for a while goes on under another key, for the refusal is kept under the first', async () => {
    const paymentId = await begin();
    await world.run(paymentId);
    await world.decide(paymentId, store.storeId);
    await refuseOnce('/v1/transfers', 400, 'balance_insufficient');
    await world.run(paymentId);
    const refused = await stepOf(paymentId, 'transfer');
    expect(refused).toMatchObject({ status: 'queued', error_code: 'balance_insufficient', sent_at: null });
    await world.run(paymentId, { waiting: true });
    const sent = await stepOf(paymentId, 'transfer');
    expect(sent).toMatchObject({ status: 'done', attempts: 2 });
    const { transfers } = await world.stripe.objects();
    expect(transfers.filter(({ transfer_group }) => transfer_group === paymentId)).toHaveLength(1);
  });

  it('whose effect came before the 500 is looked up, and not done again', async () => {
    await world.stripe.faults.add({ kind: 'error_500_after', method: 'POST', path: '/v1/payment_intents' });
    const paymentId = await begin();
    await world.run(paymentId);
    expect(await stepOf(paymentId)).toMatchObject({ status: 'done', attempts: 1 });
    expect(await intentsOf(paymentId)).toHaveLength(1);
  });

  it('that is old is not sent while it cannot be looked up, however often; and never twice', async () => {
    const paymentId = await begin();
    const { id } = await stepOf(paymentId);
    await world.stripe.faults.add({ kind: 'reset_after', method: 'POST', path: '/v1/payment_intents', times: null });
    await runner().runOnce(id);
    await world.stripe.faults.clear();
    const path = '/v1/payment_intents';
    for (const kind of ['rate_limit_429', 'error_500_before'] as const) {
      await world.stripe.faults.add({ kind, method: 'GET', path, times: null });
      await age(id, 25);
      await world.stripe.calls.clear();
      for (let n = 0; n < 3; n++) {
        await runner().runOnce(id);
        expect(await stepOf(paymentId)).toMatchObject({ status: 'queued', sent_at: expect.any(Date) });
        await sql(world.muse, `UPDATE payment_steps SET next_attempt_at = now() WHERE id = $1`, [id]);
      }
      expect((await world.stripe.calls.list()).filter(({ method }) => method === 'POST')).toEqual([]);
      await world.stripe.faults.clear();
    }
    await runner().runOnce(id);
    expect((await world.read(paymentId)).payment.status).toBe('authorized');
    expect(await intentsOf(paymentId)).toHaveLength(1);
  });

  it('is sent again under a live key without a look at all other payments', async () => {
    const paymentId = await begin();
    await world.stripe.faults.add({ kind: 'reset_before', method: 'POST', path: '/v1/payment_intents', times: 20 });
    await world.stripe.calls.clear();
    await world.run(paymentId, { waiting: true });
    expect((await stepOf(paymentId)).attempts).toBeGreaterThan(8);
    expect((await world.stripe.calls.list()).filter(({ method }) => method === 'GET')).toEqual([]);
    expect(await intentsOf(paymentId)).toHaveLength(1);
  });

  it('that is not ready for a week is for a person to look at', async () => {
    const paymentId = await begin();
    await world.run(paymentId);
    await world.decide(paymentId, store.storeId);
    await world.stripe.faults.add({
      ...{ kind: 'refuse', method: 'POST', path: '/v1/transfers', times: null },
      error: { type: 'invalid_request_error', code: 'balance_insufficient', message: 'x' },
    });
    await world.run(paymentId);
    const { id } = await stepOf(paymentId, 'transfer');
    const again = async (attempts: number) => {
      await sql(world.muse, `UPDATE payment_steps SET next_attempt_at = now(), attempts = $2 WHERE id = $1`, [
        ...[id, attempts],
      ]);
      await runner().runOnce(id);
      return (await stepOf(paymentId, 'transfer')).status;
    };
    expect(await again(LATER_ATTEMPTS - 2)).toBe('queued');
    expect(await again(LATER_ATTEMPTS - 1)).toBe('needs_attention');
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
    await world.exhaust(paymentId);
    expect(await stepOf(paymentId)).toMatchObject({
      ...{ status: 'needs_attention', error_code: 'http_500', attempts: MAX_ATTEMPTS },
    });
    await runner().runOnce(id);
    expect((await stepOf(paymentId)).attempts).toBe(MAX_ATTEMPTS);
  });

  it.each([
    [403, undefined, 'account_not_ready'],
    [400, 'parameter_unknown', 'invalid_request'],
  ])(
    'that captures, refused with %i while the money is still held, is for a person, and the orders stay as they are',
    async (status, given, code) => {
      const paymentId = await begin();
      await world.run(paymentId);
      await refuseOnce('/v1/payment_intents/:id/capture', status, given);
      await world.decide(paymentId, store.storeId);
      await world.run(paymentId);
      const step = await stepOf(paymentId, 'capture');
      expect(step).toMatchObject({ status: 'needs_attention', error_code: code });
      expect((await world.read(paymentId)).payment).toMatchObject({ status: 'capturing' });
      expect((await intentsOf(paymentId))[0]).toMatchObject({ status: 'requires_capture' });
      // What was wrong is put right; a person has it looked at again.
      await world.database.transaction(async (tx) => {
        const steps = world.muse.app.get(StepsRepository, { strict: false });
        const lease = randomUUID();
        await steps.takeToResolve(tx, step.id, lease);
        steps.lookAgain(tx, step.id, lease);
      });
      await world.run(paymentId);
      expect((await world.read(paymentId)).payment).toMatchObject({ status: 'captured', captured_cents: 1000 });
    },
  );

  it('that takes back is not done by a reversal of another amount', async () => {
    const { paymentId, orders } = await world.captured({ [store.storeId]: 1000 });
    await world.stripe.settle();
    const orderId = orders[store.storeId]!;
    const refunds = world.muse.app.get(Refunds, { strict: false });
    const by = { reason: 'returned', byKind: 'merchant', byId: randomUUID() } as const;
    await world.database.transaction((tx) => refunds.ask(tx, { orderId, amountCents: 500, ...by }));
    await runner().runOnce((await stepOf(paymentId, 'refund')).id);
    const { id } = await stepOf(paymentId, 'reverse');
    const [{ provider_transfer_id: transferId }] = (await world.read(paymentId)).shares;
    const made = await fetch(`${world.stripe.url}/v1/transfers/${transferId}/reversals`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.stripe.key}` },
      body: new URLSearchParams({ amount: '7', 'metadata[muse_step_id]': id }),
    });
    expect(made.status).toBe(200);
    await age(id, 25);
    await sql(world.muse, `UPDATE payment_steps SET attempts = 1 WHERE id = $1`, [id]);
    await runner().runOnce(id);
    expect(await stepOf(paymentId, 'reverse')).toMatchObject({
      ...{ status: 'needs_attention', error_code: 'reversed_otherwise' },
    });
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

  it('that another path has seen done is found by its payment, not among all that are open', async () => {
    const plan = await world.database.transaction(async (tx) => {
      await tx.run(statement('test.no_seqscan', 'SET LOCAL enable_seqscan = off'), []);
      return tx.rows(statement('test.plan', `EXPLAIN ${END_STEP.text}`), [
        ...[randomUUID(), 'reverse', 'done', null, null],
      ]);
    });
    expect(JSON.stringify(plan)).toContain('payment_steps_by_payment');
    expect(JSON.stringify(plan)).not.toContain('payment_steps_open');
  });

  it('whose shopper was late but has done it is not given up by the poller', async () => {
    const paymentId = await begin({ token: 'pm_card_authenticationRequired' });
    await world.run(paymentId);
    await world.stripe.authenticate((await intentsOf(paymentId))[0]!.id, 'success');
    await sql(
      world.muse,
      `UPDATE payments SET updated_at = now() - interval '31 minutes', next_look_at = now() - interval '1 second' WHERE id = $1`,
      [paymentId],
    );
    await world.muse.app.get(PaymentPoller, { strict: false }).runOnce();
    await world.run(paymentId);
    expect((await world.read(paymentId)).payment).toMatchObject({ status: 'authorized', undecided: [store.storeId] });
    await world.decide(paymentId, store.storeId);
    await world.run(paymentId);
    expect((await world.read(paymentId)).payment.status).toBe('captured');
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
