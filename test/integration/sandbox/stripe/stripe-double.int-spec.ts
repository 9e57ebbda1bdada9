import type Stripe from 'stripe';
import { startStripeDouble, type StripeDouble } from '../../../support/stripe-double';
import { authorised, clientOf, refusal } from './stripe.contract';

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

/** A captured charge of $100. */
async function captured(change: Partial<Stripe.PaymentIntentCreateParams> = {}): Promise<string> {
  const { id } = await authorised(stripe, change);
  return (await stripe.paymentIntents.capture(id)).latest_charge as string;
}

/** What an account has in dollars: available and pending. */
async function dollarsOf(account?: string): Promise<[number, number]> {
  const { available, pending } = await stripe.balance.retrieve({}, account ? { stripeAccount: account } : {});
  const of = (parts: { amount: number; currency: string }[]) =>
    parts.find(({ currency }) => currency === 'usd')?.amount ?? 0;
  return [of(available), of(pending)];
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

  it('ends with its parent', async () => {
    const other = await startStripeDouble();
    await other.stop();
    await expect(fetch(other.url)).rejects.toThrow();
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

  it('needs an address to come back to', async () => {
    const refused = await refusal(authorised(stripe, { payment_method: 'pm_paypal', return_url: undefined }));
    expect(refused).toMatchObject({ statusCode: 400, param: 'return_url' });
    expect((await double.objects()).paymentIntents).toEqual([]);
    expect(await double.events.list()).toEqual([]);
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

describe('money', () => {
  it('costs 2.9 % and 30 for a charge, of what was captured, and nothing of a release', async () => {
    await authorised(stripe).then(({ id }) => stripe.paymentIntents.cancel(id));
    expect(await dollarsOf()).toEqual([0, 0]);
    const { id } = await authorised(stripe);
    const intent = await stripe.paymentIntents.capture(id, {
      ...{ amount_to_capture: 7000, expand: ['latest_charge.balance_transaction'] },
    });
    const { balance_transaction } = intent.latest_charge as Stripe.Charge;
    expect(balance_transaction).toMatchObject({ amount: 7000, fee: 233, net: 6767, status: 'pending' });
    expect(await dollarsOf()).toEqual([0, 6767]);
    await double.settle();
    expect(await dollarsOf()).toEqual([6767, 0]);
  });

  it('of an authorisation that expires cannot be captured', async () => {
    const { id } = await authorised(stripe);
    await double.expire(id);
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({ status: 'canceled' });
    expect(await refusal(stripe.paymentIntents.capture(id))).toMatchObject({
      code: 'payment_intent_unexpected_state',
    });
    expect(await double.events.list('charge.expired')).toHaveLength(1);
  });

  it('is transferred from a charge, never more than it has', async () => {
    const [account, charge] = [await merchant(), await captured({ transfer_group: 'group' })];
    const send = (amount: number, change: Partial<Stripe.TransferCreateParams> = {}) =>
      stripe.transfers.create({
        ...{ amount, currency: 'usd', destination: account, source_transaction: charge, metadata: { muse: '1' } },
        ...change,
      });
    expect(await refusal(send(10_001))).toMatchObject({ statusCode: 400 });
    expect(await send(6000)).toMatchObject({ amount: 6000, transfer_group: 'group', destination: account });
    expect(await refusal(send(4001))).toMatchObject({ statusCode: 400 });
    await send(4000);
    expect(await refusal(send(1, { currency: 'eur' }))).toMatchObject({ param: 'currency' });
    expect(await refusal(send(1, { destination: 'acct_of_nobody' }))).toMatchObject({ code: 'resource_missing' });
    expect(await dollarsOf(account)).toEqual([0, 10_000]);
    expect(await dollarsOf()).toEqual([0, 9680 - 10_000]);
    const { data } = await stripe.transfers.list({ transfer_group: 'group', expand: ['data.destination_payment'] });
    expect(data.map(({ amount }) => amount)).toEqual([4000, 6000]);
    expect(data[0]?.destination_payment).toMatchObject({ amount: 4000, source_transfer: data[0]?.id });
  });

  it('is not transferred from what was only authorised, nor to who may not receive it', async () => {
    const account = await merchant();
    const { latest_charge } = await authorised(stripe);
    const params = { amount: 1000, currency: 'usd', destination: account };
    expect(
      await refusal(stripe.transfers.create({ ...params, source_transaction: latest_charge as string })),
    ).toMatchObject({ param: 'source_transaction' });
    const source_transaction = await captured();
    await double.changeAccount(account, { transfers: 'inactive' });
    expect(await refusal(stripe.transfers.create({ ...params, source_transaction }))).toMatchObject({
      code: 'insufficient_capabilities_for_transfer',
    });
  });

  it('is transferred without a charge only when it is available', async () => {
    const params = { amount: 1000, currency: 'usd', destination: await merchant() };
    await captured();
    expect(await refusal(stripe.transfers.create(params))).toMatchObject({ code: 'balance_insufficient' });
    await double.settle();
    expect(await stripe.transfers.create(params)).toMatchObject({ amount: 1000, source_transaction: null });
  });

  it('comes back by reversals, never more than was sent, nor than the account has', async () => {
    const [account, source_transaction] = [await merchant(), await captured()];
    const params = { amount: 6000, currency: 'usd', destination: account, source_transaction };
    const { id } = await stripe.transfers.create(params);
    expect(await stripe.transfers.createReversal(id, { amount: 1000, metadata: { a: '1' } })).toMatchObject({
      ...{ amount: 1000, transfer: id, metadata: { a: '1' } },
    });
    expect(await refusal(stripe.transfers.createReversal(id, { amount: 5001 }))).toMatchObject({ param: 'amount' });
    await double.settle();
    await double.payOut(account, 'usd', 4500);
    expect(await refusal(stripe.transfers.createReversal(id, { amount: 600 }))).toMatchObject({
      ...{ statusCode: 400, code: 'balance_insufficient' },
    });
    await stripe.transfers.createReversal(id, { amount: 500 });
    expect(await dollarsOf(account)).toEqual([0, 0]);
    expect(await stripe.transfers.retrieve(id)).toMatchObject({ amount_reversed: 1500, reversed: false });
    const { data } = await stripe.transfers.listReversals(id);
    expect(data.map(({ amount }) => amount)).toEqual([500, 1000]);
    expect(await stripe.transfers.retrieveReversal(id, data[0]!.id)).toMatchObject({ amount: 500 });
  });

  it('is the account’s again when its payout fails', async () => {
    const [account, source_transaction] = [await merchant(), await captured()];
    await stripe.transfers.create({ amount: 6000, currency: 'usd', destination: account, source_transaction });
    await double.settle();
    const { id } = await double.payOut(account, 'usd');
    expect(await dollarsOf(account)).toEqual([0, 0]);
    await double.failPayout(id);
    expect(await dollarsOf(account)).toEqual([6000, 0]);
    expect(await stripe.payouts.retrieve(id, {}, { stripeAccount: account })).toMatchObject({
      ...{ status: 'failed', failure_code: 'account_closed' },
    });
    expect(await double.events.list('payout.failed')).toMatchObject([{ account, data: { object: { id } } }]);
  });

  it('is the platform’s again when a refund fails, and may be refunded anew', async () => {
    const charge = await captured({ payment_method: 'pm_card_pendingRefund' });
    const { id, status } = await stripe.refunds.create({ charge });
    expect(status).toBe('pending');
    await double.failRefund(id);
    expect(await stripe.refunds.retrieve(id)).toMatchObject({ status: 'failed' });
    expect(await stripe.charges.retrieve(charge)).toMatchObject({ refunded: false, amount_refunded: 0 });
    expect(await dollarsOf()).toEqual([0, 9680]);
    const again = await stripe.refunds.create({ charge });
    await double.completeRefund(again.id);
    expect(await stripe.refunds.retrieve(again.id)).toMatchObject({ status: 'succeeded' });
  });

  it('is taken back by a dispute, with a fee, and then not refunded; won, it returns', async () => {
    const charge = await captured({ payment_method: 'pm_card_createDispute' });
    const [dispute] = (await stripe.disputes.list({ charge })).data;
    expect(dispute).toMatchObject({ amount: 10_000, status: 'needs_response', charge });
    expect(await stripe.charges.retrieve(charge)).toMatchObject({ disputed: true });
    expect(await dollarsOf()).toEqual([-11_500, 9680]);
    expect(await refusal(stripe.refunds.create({ charge }))).toMatchObject({ code: 'charge_disputed' });
    await double.closeDispute(dispute!.id, 'won');
    expect(await dollarsOf()).toEqual([-1500, 9680]);
  });

  it('is the sum of its movements', async () => {
    const [account, charge] = [await merchant(), await captured()];
    await stripe.transfers.create({ amount: 5000, currency: 'usd', destination: account, source_transaction: charge });
    await stripe.refunds.create({ charge, amount: 2500 });
    const { data } = await stripe.balanceTransactions.list({ limit: 100 });
    expect(data.map(({ type, net }) => [type, net])).toEqual([
      ['refund', -2500],
      ['transfer', -5000],
      ['charge', 9680],
    ]);
    const [available, pending] = await dollarsOf();
    expect(available + pending).toBe(9680 - 5000 - 2500);
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
