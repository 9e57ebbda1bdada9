import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import { FAULT_KINDS, type FaultKind } from '../../../sandbox/stripe/faults/faults';
import { startStripeDouble, type StripeDouble } from '../../../support/stripe-double';
import { authorised, clientOf, refusal } from './stripe.contract';

const PARAMS = { amount: 500, currency: 'usd' };
/** stripe-node tries once more by itself when a connection was reset, whatever it was told of retries. */
const RESETS_UNTIL_HEARD = 2;
const CREATE = { method: 'POST', path: '/v1/payment_intents' };
const BEFORE_OR_AFTER: [FaultKind, string, number | undefined, number, number][] = [
  ['timeout_before', 'StripeConnectionError', undefined, 0, 200],
  ['timeout_after', 'StripeConnectionError', undefined, 1, 200],
  ['reset_before', 'StripeConnectionError', undefined, 0, 200],
  ['reset_after', 'StripeConnectionError', undefined, 1, 200],
  ['error_500_before', 'StripeAPIError', 500, 0, 200],
  ['error_500_after', 'StripeAPIError', 500, 1, 500],
  ['conflict_409', 'StripeAPIError', 409, 0, 200],
  ['rate_limit_429', 'StripeRateLimitError', 429, 0, 200],
];
let double: StripeDouble;
let stripe: Stripe;

beforeAll(async () => {
  double = await startStripeDouble();
  stripe = clientOf(double, { timeout: 400 });
});

beforeEach(() => double.reset());

const made = async () => (await double.objects()).paymentIntents.length;

describe('a fault', () => {
  it.each(BEFORE_OR_AFTER)(
    '%s is a %s (%s); then %i is made, and the same key answers %i',
    async (kind, type, statusCode, count, status) => {
      await double.faults.add({ ...CREATE, kind, times: kind.startsWith('reset') ? RESETS_UNTIL_HEARD : 1 });
      const idempotencyKey = randomUUID();
      expect(await refusal(stripe.paymentIntents.create(PARAMS, { idempotencyKey }))).toMatchObject({
        type,
        statusCode,
      });
      expect(await made()).toBe(count);
      const again = stripe.paymentIntents.create(PARAMS, { idempotencyKey });
      if (status === 200) expect(await again).toMatchObject({ amount: 500 });
      else expect(await refusal(again)).toMatchObject({ statusCode: status });
      expect(await made()).toBe(1);
    },
  );

  it('is of one of the kinds that are tried here', () => {
    const tried = [...BEFORE_OR_AFTER.map(([kind]) => kind), 'refuse', 'slow'];
    expect(tried.sort()).toEqual([...FAULT_KINDS].sort());
  });

  it('meets the calls that it was ordered for, and is counted', async () => {
    const path = '/v1/payment_intents/:id/capture';
    const order = { kind: 'error_500_before', method: 'POST', path, skip: 1, times: 2 } as const;
    const { id: fault } = await double.faults.add(order);
    const { id } = await authorised(stripe);
    await stripe.paymentIntents.retrieve(id);
    const tooMuch = () => stripe.paymentIntents.capture(id, { amount_to_capture: 10_001 });
    const statuses: (number | undefined)[] = [];
    for (let n = 0; n < 4; n++) statuses.push((await refusal(tooMuch())).statusCode);
    expect(statuses).toEqual([400, 500, 500, 400]);
    expect(await double.faults.list()).toMatchObject([{ id: fault, seen: 4, met: 2 }]);
    await double.faults.clear();
    expect(await double.faults.list()).toEqual([]);
  });

  it('refuses with an error of one’s choice, without an effect', async () => {
    await double.faults.add({
      ...{ kind: 'refuse', path: '/v1/payment_intents/:id/capture', status: 400, times: null },
      error: { type: 'invalid_request_error', code: 'charge_expired_for_capture', message: 'Too late.' },
    });
    const { id } = await authorised(stripe);
    expect(await refusal(stripe.paymentIntents.capture(id))).toMatchObject({ code: 'charge_expired_for_capture' });
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({ status: 'requires_capture' });
  });

  it('lets nothing be heard of what did not happen', async () => {
    await double.faults.add({ ...CREATE, kind: 'error_500_before' });
    await refusal(stripe.paymentIntents.create(PARAMS));
    expect(await double.events.list()).toEqual([]);
  });

  it('is seen among the calls', async () => {
    await double.faults.add({ ...CREATE, kind: 'reset_after' });
    const idempotencyKey = randomUUID();
    await stripe.paymentIntents.create(PARAMS, { idempotencyKey });
    expect(await double.calls.list()).toMatchObject([
      { ...CREATE, idempotencyKey, status: null, fault: 'reset_after', replayed: false },
      { ...CREATE, idempotencyKey, status: 200, fault: null, replayed: true },
    ]);
  });
});

describe('an idempotency key', () => {
  it('in use is a conflict, and its effect happens once', async () => {
    await double.faults.add({ ...CREATE, kind: 'slow', delayMs: 200 });
    const idempotencyKey = randomUUID();
    const first = stripe.paymentIntents.create(PARAMS, { idempotencyKey });
    // Not before the first has arrived.
    while ((await double.calls.list()).length === 0);
    expect(await refusal(stripe.paymentIntents.create(PARAMS, { idempotencyKey }))).toMatchObject({
      ...{ statusCode: 409, code: 'idempotency_key_in_use' },
    });
    const { id } = await first;
    expect(await stripe.paymentIntents.create(PARAMS, { idempotencyKey })).toMatchObject({ id });
    expect(await made()).toBe(1);
  });

  it('asked for twenty times at once makes one thing', async () => {
    const idempotencyKey = randomUUID();
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, () => stripe.paymentIntents.create(PARAMS, { idempotencyKey })),
    );
    const ids = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.id] : []));
    expect(new Set(ids).size).toBe(1);
    expect(await made()).toBe(1);
  });

  it('is an account’s own', async () => {
    const { id: stripeAccount } = await stripe.accounts.create({ type: 'express' });
    const idempotencyKey = randomUUID();
    const ours = await stripe.customers.create({}, { idempotencyKey });
    const theirs = await stripe.customers.create({}, { idempotencyKey, stripeAccount });
    expect(theirs.id).not.toBe(ours.id);
  });

  it('keeps the answer as it was, also when the object has changed since', async () => {
    const { id } = await authorised(stripe);
    const idempotencyKey = randomUUID();
    const { latest_charge } = await stripe.paymentIntents.capture(id, {}, { idempotencyKey });
    await stripe.paymentIntents.update(id, { metadata: { later: '1' } });
    const replayed = await stripe.paymentIntents.capture(id, {}, { idempotencyKey });
    expect(replayed).toMatchObject({ status: 'succeeded', latest_charge, metadata: {} });
    expect((await double.objects()).charges).toHaveLength(1);
  });

  it('keeps a refusal of the endpoint itself', async () => {
    const { id } = await authorised(stripe);
    const idempotencyKey = randomUUID();
    const refund = { payment_intent: id };
    await refusal(stripe.refunds.create(refund, { idempotencyKey }));
    await stripe.paymentIntents.capture(id);
    expect(await refusal(stripe.refunds.create(refund, { idempotencyKey }))).toMatchObject({ statusCode: 400 });
    expect(await stripe.refunds.create(refund)).toMatchObject({ status: 'succeeded' });
  });
});
