import { randomUUID } from 'node:crypto';
import { default as Stripe } from 'stripe';

/** stripe-node as Muse uses it: it talks to the double unchanged. */
export function clientOf(double: { url: string; key: string }, options: Stripe.StripeConfig = {}): Stripe {
  const { hostname: host, port } = new URL(double.url);
  const connection = { host, port: Number(port), protocol: 'http' } as const;
  return new Stripe(double.key, { ...connection, telemetry: false, maxNetworkRetries: 0, ...options });
}

const RETURN_URL = 'https://shop.example/back';

/** What is refused, as stripe-node throws it. */
export async function refusal(promise: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Stripe.errors.StripeError) return error;
  throw new Error('It was not refused by Stripe.', { cause: error });
}

/** An authorisation of $100 on the visa. */
export function authorised(
  stripe: Stripe,
  change: Partial<Stripe.PaymentIntentCreateParams> = {},
): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({
    ...{ amount: 10_000, currency: 'usd', capture_method: 'manual', confirm: true, payment_method: 'pm_card_visa' },
    ...{ return_url: RETURN_URL, off_session: false },
    ...change,
  });
}

/** What is true of Stripe's test mode and of the double alike: run against each. */
export function stripeContract(party: () => Stripe): void {
  describe('payment methods', () => {
    it('are clones of the test methods, each of its own', async () => {
      const one = await party().paymentMethods.retrieve('pm_card_visa');
      const other = await party().paymentMethods.retrieve('pm_card_visa');
      expect(one).toMatchObject({ type: 'card', card: { brand: 'visa', last4: '4242' }, customer: null });
      expect(one.id).not.toBe('pm_card_visa');
      expect(one.id).not.toBe(other.id);
    });

    it('are a customer’s once attached, and no other’s', async () => {
      const [ana, ben] = [await party().customers.create(), await party().customers.create()];
      const { id } = await party().paymentMethods.attach('pm_card_mastercard', { customer: ana.id });
      const listed = await party().customers.listPaymentMethods(ana.id);
      expect(listed.data).toMatchObject([{ id, card: { brand: 'mastercard', last4: '4444' } }]);
      expect(await refusal(party().paymentMethods.attach(id, { customer: ben.id }))).toMatchObject({ statusCode: 400 });
      expect(await refusal(authorised(party(), { payment_method: id, customer: ben.id }))).toMatchObject({
        ...{ statusCode: 400, rawType: 'invalid_request_error' },
      });
      expect(await refusal(authorised(party(), { payment_method: id }))).toMatchObject({ statusCode: 400 });
    });

    it('cannot be used again once detached', async () => {
      const customer = await party().customers.create();
      const { id } = await party().paymentMethods.attach('pm_card_visa', { customer: customer.id });
      expect(await party().paymentMethods.detach(id)).toMatchObject({ id, customer: null });
      expect((await party().customers.listPaymentMethods(customer.id)).data).toEqual([]);
      expect(await refusal(party().paymentMethods.attach(id, { customer: customer.id }))).toMatchObject({
        statusCode: 400,
      });
    });

    it('of a card that the bank refuses cannot be saved', async () => {
      const customer = await party().customers.create();
      const refused = await refusal(party().paymentMethods.attach('pm_card_chargeDeclined', { customer: customer.id }));
      expect(refused).toMatchObject({ statusCode: 402, rawType: 'card_error', code: 'card_declined' });
    });

    it('come from a token too', async () => {
      const made = await party().paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
      expect(made).toMatchObject({ object: 'payment_method', card: { last4: '4242' } });
    });
  });

  describe('a setup intent', () => {
    it('makes the method the customer’s', async () => {
      const customer = await party().customers.create();
      const made = await party().setupIntents.create({ customer: customer.id, metadata: { muse: '1' } });
      expect(made).toMatchObject({ status: 'requires_payment_method', metadata: { muse: '1' } });
      expect(made.client_secret).toContain(`${made.id}_secret_`);
      const done = await party().setupIntents.confirm(made.id, {
        ...{ payment_method: 'pm_card_visa', return_url: RETURN_URL },
      });
      expect(done.status).toBe('succeeded');
      const method = await party().paymentMethods.retrieve(done.payment_method as string);
      expect(method.customer).toBe(customer.id);
      expect((await party().setupIntents.retrieve(made.id)).status).toBe('succeeded');
    });

    it('says why the bank refused, and waits for another method', async () => {
      const customer = await party().customers.create();
      const { id } = await party().setupIntents.create({ customer: customer.id });
      const refused = await refusal(
        party().setupIntents.confirm(id, { payment_method: 'pm_card_chargeDeclined', return_url: RETURN_URL }),
      );
      expect(refused).toMatchObject({ statusCode: 402, code: 'card_declined', setup_intent: { id } });
      expect(await party().setupIntents.retrieve(id)).toMatchObject({
        ...{ status: 'requires_payment_method', last_setup_error: { code: 'card_declined' } },
      });
    });
  });

  describe('a payment intent', () => {
    it('is authorised, then captured once, for no more than was authorised', async () => {
      const made = await authorised(party(), { transfer_group: 'group', metadata: { muse_step_id: 'one' } });
      expect(made).toMatchObject({ status: 'requires_capture', amount_capturable: 10_000, amount_received: 0 });
      expect(made).toMatchObject({ transfer_group: 'group', metadata: { muse_step_id: 'one' } });
      const tooMuch = await refusal(party().paymentIntents.capture(made.id, { amount_to_capture: 10_001 }));
      expect(tooMuch).toMatchObject({ statusCode: 400, code: 'amount_too_large' });
      const captured = await party().paymentIntents.capture(made.id, {
        ...{ amount_to_capture: 7000, expand: ['latest_charge.balance_transaction'] },
      });
      expect(captured).toMatchObject({ status: 'succeeded', amount_received: 7000, amount_capturable: 0 });
      expect(captured.latest_charge).toMatchObject({ captured: true, amount_captured: 7000, transfer_group: 'group' });
      expect(captured.latest_charge).toMatchObject({ balance_transaction: { amount: 7000, type: 'charge' } });
      expect(await refusal(party().paymentIntents.capture(made.id))).toMatchObject({
        ...{ statusCode: 400, code: 'payment_intent_unexpected_state', payment_intent: { id: made.id } },
      });
      expect(await refusal(party().paymentIntents.cancel(made.id))).toMatchObject({
        code: 'payment_intent_unexpected_state',
      });
    });

    it('is released when it is cancelled, and cannot be captured then', async () => {
      const made = await authorised(party());
      const cancelled = await party().paymentIntents.cancel(made.id, { cancellation_reason: 'abandoned' });
      expect(cancelled).toMatchObject({ status: 'canceled', cancellation_reason: 'abandoned', amount_capturable: 0 });
      expect(await refusal(party().paymentIntents.capture(made.id))).toMatchObject({
        code: 'payment_intent_unexpected_state',
      });
    });

    it.each([
      ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline'],
      ['pm_card_visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
      ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
    ])('says why the bank refused %s, and waits for another method', async (payment_method, code, decline_code) => {
      const refused = await refusal(authorised(party(), { payment_method }));
      expect(refused).toMatchObject({ statusCode: 402, rawType: 'card_error', code, decline_code });
      const { id } = refused.payment_intent!;
      const intent = await party().paymentIntents.retrieve(id, { expand: ['latest_charge'] });
      expect(intent).toMatchObject({ status: 'requires_payment_method', last_payment_error: { code, decline_code } });
      expect(intent.latest_charge).toMatchObject({ status: 'failed', paid: false });
      const again = await party().paymentIntents.confirm(id, {
        ...{ payment_method: 'pm_card_visa', return_url: RETURN_URL },
      });
      expect(again.status).toBe('requires_capture');
    });

    it.each(['pm_card_authenticationRequired', 'pm_card_threeDSecure2Required'])(
      'waits for the shopper with %s: at a URL, or in the client’s hands',
      async (payment_method) => {
        const redirected = await authorised(party(), { payment_method });
        expect(redirected).toMatchObject({ status: 'requires_action', next_action: { type: 'redirect_to_url' } });
        expect(redirected.next_action?.redirect_to_url?.return_url).toBe(RETURN_URL);
        const inClient = await authorised(party(), { payment_method, use_stripe_sdk: true });
        expect(inClient).toMatchObject({ status: 'requires_action', next_action: { type: 'use_stripe_sdk' } });
        expect(inClient.client_secret).toContain(`${inClient.id}_secret_`);
        expect(await refusal(party().paymentIntents.capture(inClient.id))).toMatchObject({
          code: 'payment_intent_unexpected_state',
        });
      },
    );

    it('keeps metadata, and loses what is emptied', async () => {
      const { id } = await authorised(party(), { metadata: { a: '1', b: '2' } });
      const changed = await party().paymentIntents.update(id, { metadata: { a: '', c: '3' } });
      expect(changed.metadata).toEqual({ b: '2', c: '3' });
    });

    it.each([
      [{ amount: 49 }, 'amount_too_small', 'amount'],
      [{ amount: 0 }, 'parameter_invalid_integer', 'amount'],
      [{ amount: 100_000_000 }, 'amount_too_large', 'amount'],
      [{ currency: 'ves' }, undefined, 'currency'],
      [{ payment_method: 'pm_of_nobody' }, 'resource_missing', 'payment_method'],
      [{ customer: 'cus_of_nobody' }, 'resource_missing', 'customer'],
    ])('is refused with %j', async (change, code, param) => {
      expect(await refusal(authorised(party(), change))).toMatchObject({ statusCode: 400, code, param });
    });

    it.each([
      ['jpy', 500],
      ['kwd', 5120],
    ])('is asked in %s, in its own smallest unit', async (currency, amount) => {
      const made = await authorised(party(), { currency, amount });
      expect(made).toMatchObject({ status: 'requires_capture', currency, amount_capturable: amount });
    });

    it('is asked in whole tens where a currency has three decimals', async () => {
      const refused = await refusal(authorised(party(), { currency: 'kwd', amount: 5124 }));
      expect(refused).toMatchObject({ statusCode: 400, rawType: 'invalid_request_error' });
    });
  });

  describe('refunds', () => {
    it('never exceed what was captured', async () => {
      const { id } = await authorised(party());
      const { latest_charge } = await party().paymentIntents.capture(id, { amount_to_capture: 7000 });
      const charge = latest_charge as string;
      const part = await party().refunds.create({ charge, amount: 3000, metadata: { muse_step_id: 'r' } });
      expect(part).toMatchObject({ amount: 3000, status: 'succeeded', charge, payment_intent: id });
      expect(await refusal(party().refunds.create({ charge, amount: 4001 }))).toMatchObject({ statusCode: 400 });
      expect(await party().refunds.create({ charge })).toMatchObject({ amount: 4000 });
      expect(await refusal(party().refunds.create({ charge, amount: 1 }))).toMatchObject({
        code: 'charge_already_refunded',
      });
      const listed = await party().refunds.list({ payment_intent: id });
      expect(listed.data.map(({ amount }) => amount)).toEqual([4000, 3000]);
      expect(listed.data[1]?.metadata).toEqual({ muse_step_id: 'r' });
      expect(await party().charges.retrieve(charge)).toMatchObject({ refunded: true, amount_captured: 7000 });
    });

    it('are refused before the capture', async () => {
      const { id } = await authorised(party());
      expect(await refusal(party().refunds.create({ payment_intent: id }))).toMatchObject({ statusCode: 400 });
    });
  });

  describe('an account', () => {
    it('can do nothing before its merchant has handed in what is due, at a link', async () => {
      const account = await party().accounts.create({
        ...{ type: 'express', country: 'US', email: 'merchant@example.com' },
        capabilities: { transfers: { requested: true }, card_payments: { requested: true } },
      });
      expect(account).toMatchObject({ charges_enabled: false, payouts_enabled: false, details_submitted: false });
      expect(account.requirements?.currently_due).not.toEqual([]);
      const link = await party().accountLinks.create({
        ...{ account: account.id, type: 'account_onboarding', return_url: RETURN_URL, refresh_url: RETURN_URL },
      });
      expect(link).toMatchObject({ object: 'account_link', url: expect.stringContaining('http') as string });
      expect(
        await refusal(party().transfers.create({ amount: 100, currency: 'usd', destination: account.id })),
      ).toMatchObject({ statusCode: 400, code: 'insufficient_capabilities_for_transfer' });
    });
  });

  describe('the same idempotency key', () => {
    it('with the same parameters gets the first answer again, a refusal by the bank too', async () => {
      const [key, other] = [randomUUID(), randomUUID()];
      const params = { amount: 500, currency: 'usd', metadata: { a: '1' } };
      const first = await party().paymentIntents.create(params, { idempotencyKey: key });
      const second = await party().paymentIntents.create(params, { idempotencyKey: key });
      expect(second.id).toBe(first.id);
      expect(second.lastResponse.headers['idempotent-replayed']).toBe('true');
      expect(first.lastResponse.headers['idempotent-replayed']).toBeUndefined();
      const declined = {
        ...params,
        confirm: true,
        payment_method: 'pm_card_visa_chargeDeclined',
        return_url: RETURN_URL,
      };
      const once = await refusal(party().paymentIntents.create(declined, { idempotencyKey: other }));
      const twice = await refusal(party().paymentIntents.create(declined, { idempotencyKey: other }));
      expect(twice).toMatchObject({ statusCode: 402, payment_intent: { id: once.payment_intent?.id } });
    });

    it('with other parameters is refused', async () => {
      const idempotencyKey = randomUUID();
      await party().customers.create({ email: 'a@example.com' }, { idempotencyKey });
      const refused = await refusal(party().customers.create({ email: 'b@example.com' }, { idempotencyKey }));
      expect(refused).toMatchObject({ statusCode: 400, rawType: 'idempotency_error' });
    });

    it('is free again when the request was refused before it began', async () => {
      const idempotencyKey = randomUUID();
      const wrong = { amount: 'much' as unknown as number, currency: 'usd' };
      await refusal(party().paymentIntents.create(wrong, { idempotencyKey }));
      expect(await party().paymentIntents.create({ amount: 500, currency: 'usd' }, { idempotencyKey })).toMatchObject({
        amount: 500,
      });
    });
  });

  it('refuses what it does not know', async () => {
    const params = { amount: 500, currency: 'usd', colour: 'red' } as unknown as Stripe.PaymentIntentCreateParams;
    expect(await refusal(party().paymentIntents.create(params))).toMatchObject({
      ...{ statusCode: 400, code: 'parameter_unknown', param: 'colour' },
    });
    expect(await refusal(party().paymentIntents.retrieve('pi_of_nobody'))).toMatchObject({
      ...{ statusCode: 404, code: 'resource_missing', param: 'intent' },
    });
    expect(await refusal(party().refunds.retrieve('re_of_nobody'))).toMatchObject({
      ...{ statusCode: 404, code: 'resource_missing' },
    });
    expect(await refusal(party().paymentIntents.list({ expand: ['data.colour'] }))).toMatchObject({ statusCode: 400 });
  });

  it('lists a page at a time, newest first', async () => {
    const { id: customer } = await party().customers.create();
    const made: string[] = [];
    for (let n = 0; n < 3; n++) made.unshift((await authorised(party(), { customer })).id);
    const first = await party().paymentIntents.list({ customer, limit: 2 });
    expect(first).toMatchObject({ has_more: true, data: [{ id: made[0] }, { id: made[1] }] });
    const rest = await party().paymentIntents.list({ customer, limit: 2, starting_after: made[1] });
    expect(rest).toMatchObject({ has_more: false, data: [{ id: made[2] }] });
    const { created } = rest.data[0]!;
    expect((await party().paymentIntents.list({ customer, created: { lt: created } })).data).toEqual([]);
    const all = await party().paymentIntents.list({ customer, limit: 1 }).autoPagingToArray({ limit: 10 });
    expect(all.map(({ id }) => id)).toEqual(made);
  });
}
