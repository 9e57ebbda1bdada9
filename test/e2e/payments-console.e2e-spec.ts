import { randomUUID } from 'node:crypto';
import type { StepKind } from '../../src/payments/purchases/payment-steps';
import { MAX_ATTEMPTS } from '../../src/payments/purchases/step-waits';
import { Refunds } from '../../src/payments';
import type { FaultKind } from '../sandbox/stripe/faults/faults';
import { startPaying } from '../support/paying';
import { PaymentsWorld, type PayableStore } from '../support/payments-world';
import { makeUser, signIn, usd } from '../support/sellers';
import { customer, guest, shopperOf, sql, statusesOf, type Body, type Shopper } from '../support/shopper';

/** Where each kind of step is asked for. */
const ASKED_AT: Record<StepKind, string> = {
  authorize: '/v1/payment_intents',
  capture: '/v1/payment_intents/:id/capture',
  cancel: '/v1/payment_intents/:id/cancel',
  transfer: '/v1/transfers',
  refund: '/v1/refunds',
  reverse: '/v1/transfers/:id/reversals',
  credit: '/v1/transfers',
};

describe('A payment whose step nobody can know the outcome of', () => {
  let world: PaymentsWorld;
  let support: Shopper;
  let [first, second]: PayableStore[] = [];

  beforeAll(async () => {
    const { muse, stripe } = await startPaying({ MUSE_ROLE: 'api' });
    world = new PaymentsWorld(muse, stripe);
    [first, second] = [await world.store(), await world.store()];
    const agent = await makeUser(muse, 'support');
    support = shopperOf(muse, agent.id, await signIn(muse, agent));
  });
  afterEach(() => world.stripe.faults.clear());

  const shown = async (paymentId: string): Promise<Body> =>
    (await support.get(`/admin/payments/${paymentId}`).expect(200)).body;
  const resolve = (stepId: string, body: object, who = support, key?: string) =>
    who.post(`/admin/payment-steps/${stepId}/resolve`, body, key === undefined ? {} : { 'idempotency-key': key });
  const reason = 'Looked at the provider';
  const openOf = (payment: Body): Body => payment.steps.find((step: Body) => step.status === 'needs_attention');

  /** Every call of a kind meets this, and nobody can look, until a person is asked; gives the step. */
  const lose = async (paymentId: string, kind: StepKind, fault: FaultKind): Promise<Body> => {
    await world.stripe.faults.add({ kind: fault, method: 'POST', path: ASKED_AT[kind], times: 1 });
    await world.stripe.faults.add({ kind: 'error_500_before', times: null });
    await world.exhaust(paymentId);
    await world.stripe.faults.clear();
    return openOf(await shown(paymentId));
  };
  const authorized = async (): Promise<string> => {
    const paymentId = await world.begin({ [first!.storeId]: 2000, [second!.storeId]: 3000 });
    await world.run(paymentId);
    return paymentId;
  };
  const capturing = async (): Promise<string> => {
    const paymentId = await authorized();
    await world.decide(paymentId, first!.storeId);
    await world.decide(paymentId, second!.storeId, null);
    return paymentId;
  };
  const captured = async () => {
    const { paymentId, orders } = await world.captured({ [first!.storeId]: 2000 });
    return { paymentId, orderId: orders[first!.storeId]! };
  };
  const refunding = async () => {
    const { paymentId, orderId } = await captured();
    const refund = { orderId, amountCents: 500, reason: 'Too small', byKind: 'support', byId: support.id } as const;
    const refunds = world.muse.app.get(Refunds, { strict: false });
    await world.database.transaction((tx) => refunds.ask(tx, refund));
    return { paymentId, orderId };
  };
  const objectsOf = async (paymentId: string) => {
    const { paymentIntents, transfers, refunds } = await world.stripe.objects();
    const intent = paymentIntents.find(({ metadata }) => metadata['muse_payment_id'] === paymentId)!;
    return {
      intent,
      transfers: transfers.filter(({ transfer_group }) => transfer_group === paymentId),
      refunds: refunds.filter(({ charge }) => charge !== null && charge === intent?.latest_charge),
    };
  };

  it('is shown with its shares, its steps and what is known of them, its refunds, and a ledger that is zero', async () => {
    const { paymentId, orderId } = await refunding();
    await world.run(paymentId);
    const payment = await shown(paymentId);
    const { intent, transfers, refunds } = await objectsOf(paymentId);
    expect(payment).toMatchObject({
      ...{ id: paymentId, status: 'captured', needsAttention: false, provider: 'stripe', providerPaymentId: intent.id },
      ...{ method: 'visa', last4: '4242', amount: usd(2000), captured: usd(2000), refunded: usd(500) },
      shares: [
        {
          ...{ storeId: first!.storeId, orderId, status: 'placed', amount: usd(2000), fee: usd(100) },
          ...{ captured: usd(2000), refunded: usd(500), transferStatus: 'sent', transferred: usd(1900) },
          ...{ reversed: usd(475), providerTransferId: transfers[0]!.id },
        },
      ],
      refunds: [
        {
          ...{ orderId, status: 'succeeded', amount: usd(500), fromStore: usd(475), fromPlatform: usd(25) },
          ...{ reason: 'Too small', by: 'support', providerRefundId: refunds[0]!.id },
        },
      ],
    });
    expect(payment.steps.map((step: Body) => [step.kind, step.status, step.attempts, step.providerRef])).toEqual([
      ['authorize', 'done', 1, intent.id],
      ['capture', 'done', 1, intent.id],
      ['transfer', 'done', 1, transfers[0]!.id],
      ['refund', 'done', 1, refunds[0]!.id],
      ['reverse', 'done', 1, expect.stringMatching(/^trr_/)],
    ]);
    expect(payment.ledger.sums).toEqual([usd(0)]);
    expect(payment.ledger.transactions.length).toBeGreaterThan(4);
    for (const { sums, entries } of payment.ledger.transactions) {
      expect(sums).toEqual([usd(0)]);
      expect(entries.length).toBeGreaterThan(1);
    }
    expect(JSON.stringify(payment)).not.toContain('secret');
  });

  it('is listed: by state, by need, by purchase and by order, page by page', async () => {
    const paymentId = await capturing();
    const step = await lose(paymentId, 'capture', 'reset_after');
    expect(step).toMatchObject({
      kind: 'capture',
      attempts: MAX_ATTEMPTS,
      code: expect.any(String),
      nextAttemptAt: null,
    });
    const idsOf = async (query: string): Promise<string[]> =>
      (await support.get(`/admin/payments?${query}`).expect(200)).body.data.map(({ id }: Body) => id);
    const { payment, shares } = await world.read(paymentId);
    const orderId = shares.find(({ order_id }) => order_id !== null)!.order_id;
    expect(await idsOf('needsAttention=true')).toEqual([paymentId]);
    expect(await idsOf('needsAttention=false&limit=100')).not.toContain(paymentId);
    expect(await idsOf('status=capturing')).toEqual([paymentId]);
    expect(await idsOf('status=captured&needsAttention=true')).toEqual([]);
    expect(await idsOf(`purchaseId=${payment.purchase_id}`)).toEqual([paymentId]);
    expect(await idsOf(`orderId=${orderId}`)).toEqual([paymentId]);
    expect(await idsOf(`orderId=${orderId}&needsAttention=false`)).toEqual([]);
    expect(await idsOf(`orderId=${orderId}&purchaseId=${randomUUID()}`)).toEqual([]);
    const newer = await authorized();
    const { body: page } = await support.get('/admin/payments?limit=1').expect(200);
    expect(page.data).toMatchObject([{ id: newer, needsAttention: false }]);
    const { body: next } = await support.get(`/admin/payments?limit=1&cursor=${page.nextCursor}`).expect(200);
    expect(next.data).toMatchObject([{ id: paymentId, needsAttention: true }]);
    for (const wrong of ['status=lost', 'needsAttention=maybe', 'orderId=1', 'purchaseId=x', 'limit=0', 'cursor=x'])
      await support.get(`/admin/payments?${wrong}`).expect(400);
    await resolve(step.id, { outcome: 'look_again', reason }).expect(200);
    await world.run(paymentId);
  });

  it('goes on by a look: what the lost call has done is found, and not done again', async () => {
    const paymentId = await capturing();
    const step = await lose(paymentId, 'capture', 'reset_after');
    expect((await objectsOf(paymentId)).intent.status).toBe('succeeded');
    const { body } = await resolve(step.id, { outcome: 'look_again', reason }).expect(200);
    expect(body.steps.find(({ id }: Body) => id === step.id)).toMatchObject({
      status: 'queued',
      resolutions: [{ outcome: 'look_again', reason, code: step.code, by: 'support', byId: support.id }],
    });
    await world.stripe.calls.clear();
    await world.run(paymentId);
    expect(await shown(paymentId)).toMatchObject({ status: 'captured', needsAttention: false, captured: usd(2000) });
    const sent = (await world.stripe.calls.list()).filter(({ path }) => path.endsWith('/capture'));
    expect(sent).toEqual([]);
  });

  it('is not sent again by a look that finds nothing, once the provider has forgotten its key', async () => {
    const { paymentId } = await refunding();
    const step = await lose(paymentId, 'refund', 'error_500_before');
    await sql(world.muse, `UPDATE payment_steps SET sent_at = now() - interval '25 hours' WHERE id = $1`, [step.id]);
    await resolve(step.id, { outcome: 'look_again', reason }).expect(200);
    await world.run(paymentId);
    expect(openOf(await shown(paymentId))).toMatchObject({ id: step.id, code: 'not_found_at_provider' });
    expect((await objectsOf(paymentId)).refunds).toEqual([]);
  });

  it('is captured by the word of a person, as the runner would have written it', async () => {
    const paymentId = await capturing();
    const step = await lose(paymentId, 'capture', 'reset_after');
    await resolve(step.id, { outcome: 'done', reason }).expect(200);
    await world.run(paymentId);
    const payment = await shown(paymentId);
    expect(payment).toMatchObject({ status: 'captured', captured: usd(2000), needsAttention: false });
    expect(payment.steps.map(({ kind, status }: Body) => [kind, status])).toEqual([
      ...[
        ['authorize', 'done'],
        ['capture', 'done'],
        ['transfer', 'done'],
      ],
    ]);
    const { events } = await world.read(paymentId);
    expect(events.map(({ type }) => type)).toEqual([
      ...['payment.authorized', 'payment.captured', 'payment.step_resolved'],
    ]);
    expect(events[2]!.payload).toMatchObject({ stepId: step.id, kind: 'capture', outcome: 'done', by: 'support' });
    expect(JSON.stringify(events)).not.toContain(reason);
  });

  it('that was not captured fails, frees its orders, and lets go of what is held', async () => {
    const paymentId = await capturing();
    const step = await lose(paymentId, 'capture', 'error_500_before');
    const { body } = await resolve(step.id, { outcome: 'not_done', reason }).expect(200);
    expect(body).toMatchObject({ status: 'failed', needsAttention: false, declineCode: 'not_done' });
    await world.run(paymentId);
    expect((await objectsOf(paymentId)).intent.status).toBe('canceled');
    expect((await shown(paymentId)).ledger.sums).toEqual([usd(0)]);
    expect((await world.read(paymentId)).events.map(({ type }) => type)).toContain('payment.capture_failed');
  });

  it('asks for a person again where it was said not to be captured, and was', async () => {
    const paymentId = await capturing();
    const step = await lose(paymentId, 'capture', 'reset_after');
    await resolve(step.id, { outcome: 'not_done', reason }).expect(200);
    await world.run(paymentId, { waiting: true });
    expect(openOf(await shown(paymentId))).toMatchObject({ kind: 'cancel', code: 'captured_otherwise' });
  });

  it('is authorised or declined by the word of a person', async () => {
    const lost = async (fault: FaultKind) => {
      const paymentId = await world.begin({ [first!.storeId]: 2000 });
      return { paymentId, step: await lose(paymentId, 'authorize', fault) };
    };
    const there = await lost('reset_after');
    expect((await resolve(there.step.id, { outcome: 'done', reason }).expect(422)).body.errors).toMatchObject([
      { pointer: '/providerRef' },
    ]);
    const { intent } = await objectsOf(there.paymentId);
    const done = { outcome: 'done', providerRef: intent.id, reason };
    expect((await resolve(there.step.id, done).expect(200)).body).toMatchObject({
      ...{ status: 'authorized', authorized: usd(2000), providerPaymentId: intent.id, needsAttention: false },
    });
    const gone = await lost('error_500_before');
    const taken = await resolve(gone.step.id, done).expect(422);
    expect(taken.body.code).toBe('provider_ref_taken');
    expect((await resolve(gone.step.id, { outcome: 'not_done', reason }).expect(200)).body).toMatchObject({
      ...{ status: 'declined', declineCode: 'processing_error', needsAttention: false },
    });
  });

  it('has sent its transfer by the word of a person, or sends it anew', async () => {
    const { paymentId } = await captured();
    const { payment } = await world.read(paymentId);
    expect(payment.status).toBe('captured');
    const [there, gone] = [await capturing(), await capturing()];
    for (const [one, fault] of [
      [there, 'reset_after'],
      [gone, 'error_500_before'],
    ] as const) {
      await world.stripe.faults.add({ kind: fault, method: 'POST', path: ASKED_AT.transfer, times: 1 });
      await world.stripe.faults.add({ kind: 'error_500_before', path: ASKED_AT.transfer, times: null });
      await world.run(one);
      await world.exhaust(one);
      await world.stripe.faults.clear();
    }
    const [sent] = (await objectsOf(there)).transfers;
    const stepOf = async (id: string) => openOf(await shown(id));
    expect(await stepOf(there)).toMatchObject({ kind: 'transfer' });
    await resolve((await stepOf(there)).id, { outcome: 'done', providerRef: sent!.id, reason }).expect(200);
    expect((await shown(there)).shares.find(({ status }: Body) => status === 'placed')).toMatchObject({
      ...{ transferStatus: 'sent', providerTransferId: sent!.id },
    });
    expect((await objectsOf(gone)).transfers).toEqual([]);
    await resolve((await stepOf(gone)).id, { outcome: 'not_done', reason }).expect(200);
    await world.run(gone);
    expect((await objectsOf(gone)).transfers).toHaveLength(1);
    for (const one of [there, gone])
      expect(await shown(one)).toMatchObject({ needsAttention: false, ledger: { sums: [usd(0)] } });
  });

  it('has refunded by the word of a person, or has not, and then it may be asked for again', async () => {
    const there = await refunding();
    const step = await lose(there.paymentId, 'refund', 'reset_after');
    const [made] = (await objectsOf(there.paymentId)).refunds;
    await resolve(step.id, { outcome: 'done', providerRef: made!.id, reason }).expect(200);
    await world.run(there.paymentId);
    expect(await shown(there.paymentId)).toMatchObject({
      refunds: [{ status: 'succeeded', providerRefundId: made!.id }],
      shares: [{ reversed: usd(475) }],
      ledger: { sums: [usd(0)] },
    });
    const gone = await refunding();
    const other = await lose(gone.paymentId, 'refund', 'error_500_before');
    expect((await resolve(other.id, { outcome: 'not_done', reason }).expect(200)).body).toMatchObject({
      ...{ refunded: usd(0), refunds: [{ status: 'failed', code: 'not_done' }], ledger: { sums: [usd(0)] } },
    });
  });

  it('makes what a reversal did not bring back the store’s debt', async () => {
    const { paymentId } = await refunding();
    await world.stripe.faults.add({ kind: 'error_500_before', path: ASKED_AT.reverse, times: null });
    await world.exhaust(paymentId);
    await world.stripe.faults.clear();
    const step = openOf(await shown(paymentId));
    expect(step.kind).toBe('reverse');
    const { body } = await resolve(step.id, { outcome: 'not_done', reason }).expect(200);
    expect(body).toMatchObject({ needsAttention: false, shares: [{ reversed: usd(0) }], ledger: { sums: [usd(0)] } });
    expect((await world.ledger(paymentId))['merchant_debt']).toBe(475);
    // The next sale settles it.
    await world.captured({ [first!.storeId]: 1000 });
  });

  it('is resolved once, also by three at the same time, and the same again under the same key', async () => {
    const paymentId = await capturing();
    const step = await lose(paymentId, 'capture', 'reset_after');
    const key = randomUUID();
    const answers = await Promise.all([
      resolve(step.id, { outcome: 'done', reason }, support, key),
      resolve(step.id, { outcome: 'done', reason }, support, randomUUID()),
      resolve(step.id, { outcome: 'done', reason }),
    ]);
    expect(statusesOf(answers)).toEqual([200, 409, 409]);
    expect(answers.find(({ status }) => status === 409)!.body.code).toBe('nothing_to_resolve');
    const replayed = await resolve(step.id, { outcome: 'done', reason }, support, key);
    expect(replayed.status).toBe(answers[0].status);
    const captures = await sql(world.muse, `SELECT 1 FROM ledger_entries WHERE payment_id = $1 AND kind = 'capture'`, [
      paymentId,
    ]);
    expect(captures).toHaveLength(1);
    await world.run(paymentId);
  });

  it('is not what a person says where the payment stands otherwise', async () => {
    const paymentId = await capturing();
    const step = await lose(paymentId, 'capture', 'error_500_before');
    const other = await resolve(step.id, { outcome: 'done', providerRef: 'pi_another', reason }).expect(422);
    expect(other.body.errors).toMatchObject([{ pointer: '/providerRef' }]);
    await sql(world.muse, `UPDATE payments SET status = 'authorized' WHERE id = $1`, [paymentId]);
    const { body } = await resolve(step.id, { outcome: 'done', reason }).expect(409);
    expect(body).toMatchObject({ code: 'outcome_does_not_fit', reason: 'captured_otherwise' });
    expect(openOf(await shown(paymentId))).toMatchObject({ id: step.id, resolutions: [] });
  });

  it('is for support and admins alone to see and resolve, with a reason', async () => {
    const paymentId = await capturing();
    const { id } = await lose(paymentId, 'capture', 'reset_after');
    const body = { outcome: 'look_again', reason };
    for (const who of [await guest(world.muse), await customer(world.muse), first!.merchant]) {
      await who.get('/admin/payments').expect(403);
      await who.get(`/admin/payments/${paymentId}`).expect(403);
      await resolve(id, body, who).expect(403);
    }
    for (const path of ['/admin/payments', `/admin/payments/${paymentId}`])
      await world.muse.http.get(`/api/v1${path}`).expect(401);
    await world.muse.http.post(`/api/v1/admin/payment-steps/${id}/resolve`).send(body).expect(401);
    await support.get(`/admin/payments/${randomUUID()}`).expect(404);
    await resolve(randomUUID(), body).expect(404);
    for (const wrong of [
      ...[{}, { outcome: 'look_again' }, { outcome: 'maybe', reason }, { ...body, reason: 'x' }],
      { outcome: 'done', providerRef: 'not an id', reason },
    ])
      await resolve(id, wrong).expect(400);
    const { steps } = await shown(paymentId);
    const done = steps.find(({ status }: Body) => status === 'done');
    expect((await resolve(done.id, body).expect(409)).body.code).toBe('nothing_to_resolve');
    const admin = await makeUser(world.muse, 'admin');
    const resolved = await resolve(id, body, shopperOf(world.muse, admin.id, await signIn(world.muse, admin)));
    expect(resolved.status).toBe(200);
    await world.run(paymentId);
  });
});
