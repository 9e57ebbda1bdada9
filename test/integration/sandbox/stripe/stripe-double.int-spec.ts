import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type Stripe from 'stripe';
import { startStripeDouble, type StripeDouble } from '../../../support/stripe-double';
import { authorised, clientOf, refusal } from './stripe.contract';

const ROOT = join(__dirname, '..', '..', '..', '..');
let double: StripeDouble;
let stripe: Stripe;

/** A merchant that can be paid. */
async function merchant(): Promise<string> {
  const { id } = await stripe.accounts.create({
    ...{ type: 'express', country: 'US' },
    capabilities: { transfers: { requested: true }, card_payments: { requested: true } },
  });
  await double.onboard(id);
  return id;
}

beforeAll(async () => {
  double = await startStripeDouble();
  stripe = clientOf(double);
});

beforeEach(() => double.reset());

describe('the double', () => {
  it('says that it is one, wherever it appears', async () => {
    const answer = await fetch(`${double.url}/`);
    expect(answer.headers.get('x-stripe-double')).toBe('1');
    expect(await answer.text()).toContain('double of Stripe');
    const customer = await stripe.customers.create();
    expect(customer.lastResponse.headers['x-stripe-double']).toBe('1');
    expect(await merchant()).toMatch(/^acct_Double/);
  });

  it('lets nobody in without its key', async () => {
    const wrong = await refusal(clientOf({ ...double, key: 'sk_test_wrong' }).balance.retrieve());
    expect(wrong).toMatchObject({ statusCode: 401, type: 'StripeAuthenticationError' });
    expect(wrong.message).not.toContain('sk_test_wrong');
    expect((await fetch(`${double.url}/v1/balance`)).status).toBe(401);
  });

  it('answers every call with an id, and says which it does not speak', async () => {
    const one = await stripe.customers.create();
    expect(one.lastResponse.requestId).toMatch(/^req_/);
    expect(await refusal(stripe.products.list())).toMatchObject({ statusCode: 404 });
  });

  it('takes only a version that is one', async () => {
    const ask = (version: string) =>
      fetch(`${double.url}/v1/balance`, {
        headers: { authorization: `Basic ${btoa(`${double.key}:`)}`, 'stripe-version': version },
      });
    expect((await ask('2026-10-28.endive')).status).toBe(200);
    expect((await ask('newest')).status).toBe(400);
  });

  it('refuses a card number', async () => {
    const card = { number: '4242424242424242', exp_month: 12, exp_year: 2030 };
    const params = { type: 'card', card } as unknown as Stripe.PaymentMethodCreateParams;
    expect(await refusal(stripe.paymentMethods.create(params))).toMatchObject({ statusCode: 400 });
  });

  it('keeps what is one account’s from the others', async () => {
    const account = await merchant();
    const { id } = await stripe.customers.create({}, { stripeAccount: account });
    expect(await refusal(stripe.customers.retrieve(id))).toMatchObject({ statusCode: 404 });
    expect(await stripe.customers.retrieve(id, {}, { stripeAccount: account })).toMatchObject({ id });
    expect(await refusal(stripe.customers.list({}, { stripeAccount: 'acct_of_nobody' }))).toMatchObject({
      ...{ statusCode: 403, code: 'account_invalid' },
    });
  });

  it.each(['the end of its standard input', 'SIGTERM'])('ends with %s', async (signal) => {
    const script = join(ROOT, 'test', 'sandbox', 'stripe', 'main.ts');
    const child = spawn(process.execPath, ['-r', join(ROOT, 'scripts', 'ts.cjs'), script], {
      ...{ stdio: ['pipe', 'pipe', 'inherit'], env: { PATH: process.env['PATH'], KEY: 'sk_test_other' } },
    });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const { url } = JSON.parse(line) as { url: string };
    await clientOf({ url, key: 'sk_test_other' }).balance.retrieve();
    if (signal === 'SIGTERM') child.kill('SIGTERM');
    else child.stdin.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

describe('the shopper’s proof', () => {
  it('authorises', async () => {
    const { id } = await authorised(stripe, { payment_method: 'pm_card_threeDSecure2Required' });
    await double.authenticate(id, 'success');
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({
      ...{ status: 'requires_capture', amount_capturable: 10_000, next_action: null },
    });
    await expect(double.authenticate(id, 'success')).rejects.toThrow('payment_intent_unexpected_state');
  });

  it('that fails lets the intent wait for another method', async () => {
    const { id } = await authorised(stripe, { payment_method: 'pm_card_threeDSecure2Required' });
    await double.authenticate(id, 'failure');
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'payment_intent_authentication_failure' },
    });
  });

  it('does not help where the bank then refuses', async () => {
    const { id } = await authorised(stripe, {
      payment_method: 'pm_card_authenticationRequiredChargeDeclinedInsufficientFunds',
    });
    await double.authenticate(id, 'success');
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({
      ...{ status: 'requires_payment_method', last_payment_error: { decline_code: 'insufficient_funds' } },
    });
  });

  it('cannot be asked for when the shopper is not there', async () => {
    const { id: customer } = await stripe.customers.create();
    const { id: payment_method } = await stripe.paymentMethods.attach('pm_card_authenticationRequired', { customer });
    const refused = await refusal(authorised(stripe, { customer, payment_method, off_session: true }));
    expect(refused).toMatchObject({ statusCode: 402, code: 'authentication_required' });
  });

  it('saves a method', async () => {
    const { id: customer } = await stripe.customers.create();
    const { id } = await stripe.setupIntents.create({ customer });
    await double.confirmSetup(id, 'pm_card_threeDSecure2Required');
    expect(await stripe.setupIntents.retrieve(id)).toMatchObject({ status: 'requires_action' });
    expect((await stripe.customers.listPaymentMethods(customer)).data).toEqual([]);
    await double.authenticateSetup(id, 'success');
    expect((await stripe.customers.listPaymentMethods(customer)).data).toHaveLength(1);
  });

  it.each([
    ['success', 'succeeded', 'requires_capture'],
    ['failure', 'failed', 'requires_payment_method'],
  ])('on PayPal’s page (%s) comes back to the shop', async (outcome, redirect_status, status) => {
    const made = await authorised(stripe, {
      payment_method: 'pm_paypal',
      return_url: 'https://shop.example/back?session=1',
    });
    const page = made.next_action?.redirect_to_url?.url ?? '';
    expect(await (await fetch(page)).text()).toContain('double of Stripe');
    expect((await stripe.paymentIntents.retrieve(made.id)).status).toBe('requires_action');
    const answered = await fetch(page, {
      ...{ method: 'POST', body: new URLSearchParams({ outcome }), redirect: 'manual' },
    });
    expect(answered.status).toBe(303);
    const back = new URL(answered.headers.get('location') ?? '');
    expect(Object.fromEntries(back.searchParams)).toEqual({
      ...{ session: '1', payment_intent: made.id, payment_intent_client_secret: made.client_secret, redirect_status },
    });
    expect((await stripe.paymentIntents.retrieve(made.id)).status).toBe(status);
  });

  it('is not asked for again of a card that was saved with it', async () => {
    const { id: customer } = await stripe.customers.create();
    const { id } = await stripe.setupIntents.create({ customer });
    const { payment_method } = await double.confirmSetup(id, 'pm_card_authenticationRequiredOnSetup');
    expect((await authorised(stripe, { payment_method: 'pm_card_authenticationRequiredOnSetup' })).status).toBe(
      'requires_action',
    );
    await double.authenticateSetup(id, 'success');
    const saved = { customer, payment_method: payment_method as string };
    expect((await authorised(stripe, saved)).status).toBe('requires_capture');
  });

  it('that is not wanted is a refusal', async () => {
    const change = { payment_method: 'pm_card_threeDSecure2Required', error_on_requires_action: true };
    expect(await refusal(authorised(stripe, change))).toMatchObject({
      ...{ statusCode: 402, code: 'authentication_required', payment_intent: { status: 'requires_payment_method' } },
    });
  });

  it('needs an address to come back to', async () => {
    const refused = await refusal(authorised(stripe, { payment_method: 'pm_paypal', return_url: undefined }));
    expect(refused).toMatchObject({ statusCode: 400, param: 'return_url' });
    expect((await double.objects()).paymentIntents).toEqual([]);
    expect(await double.events.list()).toEqual([]);
  });
});

describe('a card that can be saved and never charged', () => {
  it('is saved, and declines', async () => {
    const { id: customer } = await stripe.customers.create();
    const { id: payment_method } = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer });
    expect(await refusal(authorised(stripe, { customer, payment_method }))).toMatchObject({ code: 'card_declined' });
    expect((await stripe.customers.listPaymentMethods(customer)).data).toMatchObject([{ id: payment_method }]);
  });
});

describe('a customer', () => {
  it('that is deleted takes its methods along', async () => {
    const { id: customer } = await stripe.customers.create({ email: 'ana@example.com' });
    const { id: payment_method } = await stripe.paymentMethods.attach('pm_card_visa', { customer });
    expect(await stripe.customers.del(customer)).toMatchObject({ deleted: true });
    expect(await stripe.customers.retrieve(customer)).toEqual(expect.objectContaining({ deleted: true }));
    expect(await refusal(authorised(stripe, { payment_method }))).toMatchObject({ statusCode: 400 });
    expect(await refusal(authorised(stripe, { customer }))).toMatchObject({ code: 'resource_missing' });
  });

  it('has a default method of its own only', async () => {
    const [ana, ben] = [await stripe.customers.create(), await stripe.customers.create()];
    const { id } = await stripe.paymentMethods.attach('pm_card_visa', { customer: ana.id });
    const change = { invoice_settings: { default_payment_method: id } };
    expect(await refusal(stripe.customers.update(ben.id, change))).toMatchObject({ code: 'resource_missing' });
    expect(await stripe.customers.update(ana.id, { ...change, name: 'Ana' })).toMatchObject({ ...change, name: 'Ana' });
  });
});

describe('a method without a customer', () => {
  it('pays once', async () => {
    const { id: payment_method } = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
    await authorised(stripe, { payment_method });
    expect(await refusal(authorised(stripe, { payment_method }))).toMatchObject({ statusCode: 400 });
  });

  it('is kept where the payment says so', async () => {
    const { id: customer } = await stripe.customers.create();
    const change = { customer, setup_future_usage: 'off_session' as const };
    const { payment_method } = await authorised(stripe, { ...change, payment_method: 'pm_card_visa' });
    expect((await stripe.paymentMethods.retrieve(payment_method as string)).customer).toBe(customer);
    await authorised(stripe, { ...change, payment_method: payment_method as string });
  });
});

describe('an account', () => {
  it('is enabled by handing in what is due, at the link, and by control taken back', async () => {
    const { id } = await stripe.accounts.create({ type: 'express', capabilities: { transfers: { requested: true } } });
    const { url } = await stripe.accountLinks.create({
      ...{ account: id, type: 'account_onboarding', return_url: 'https://muse.example/done' },
      refresh_url: 'https://muse.example/again',
    });
    const handedIn = await fetch(url, { method: 'POST', body: new URLSearchParams(), redirect: 'manual' });
    expect(handedIn.headers.get('location')).toBe('https://muse.example/done');
    expect(await stripe.accounts.retrieve(id)).toMatchObject({
      ...{ charges_enabled: true, payouts_enabled: true, details_submitted: true },
      ...{ capabilities: { transfers: 'active' }, requirements: { currently_due: [], disabled_reason: null } },
    });
    await double.changeAccount(id, {
      ...{ payouts_enabled: false, currently_due: ['external_account'], disabled_reason: 'requirements.past_due' },
    });
    expect(await stripe.accounts.retrieve(id)).toMatchObject({
      ...{ charges_enabled: true, payouts_enabled: false },
      requirements: { currently_due: ['external_account'], disabled_reason: 'requirements.past_due' },
    });
  });

  it('of nobody is forbidden', async () => {
    expect(await refusal(stripe.accounts.retrieve('acct_of_nobody'))).toMatchObject({
      ...{ statusCode: 403, code: 'account_invalid' },
    });
  });
});

describe('the search', () => {
  it('finds by metadata, fields and both', async () => {
    const made = await authorised(stripe, { metadata: { muse_step_id: 'one', "it's": 'x' } });
    await authorised(stripe, { metadata: { muse_step_id: 'two' } });
    const found = async (query: string) => (await stripe.paymentIntents.search({ query })).data.map(({ id }) => id);
    expect(await found("metadata['muse_step_id']:'one'")).toEqual([made.id]);
    expect(await found('metadata["muse_step_id"]:"one" AND status:"requires_capture"')).toEqual([made.id]);
    expect(await found("metadata['muse_step_id']:'one' AND status:'canceled'")).toEqual([]);
    expect(await found("metadata['muse_step_id']:'one' OR amount>9999")).toHaveLength(2);
    expect(await found("-metadata['muse_step_id']:'two'")).toEqual([made.id]);
    expect(await found("metadata['muse_step_id']:'three'")).toEqual([]);
    const charges = await stripe.charges.search({ query: "metadata['muse_step_id']:'one'" });
    expect(charges.data.map(({ id }) => id)).toEqual([made.latest_charge]);
    expect(await refusal(stripe.paymentIntents.search({ query: 'anything' }))).toMatchObject({ statusCode: 400 });
  });

  it('lags behind, when told so', async () => {
    await double.configure({ searchLagMs: 60_000 });
    await authorised(stripe, { metadata: { muse_step_id: 'one' } });
    const { data } = await stripe.paymentIntents.search({ query: "metadata['muse_step_id']:'one'" });
    expect(data).toEqual([]);
  });
});
