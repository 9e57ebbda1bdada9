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

  it('is captured once, also when twenty ask at once', async () => {
    const { id } = await authorised(stripe);
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => stripe.paymentIntents.capture(id)));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await dollarsOf()).toEqual([0, 9680]);
  });

  it('is refunded never more than was captured, also when many ask at once', async () => {
    const charge = await captured();
    const answers = await Promise.allSettled(
      Array.from({ length: 10 }, () => stripe.refunds.create({ charge, amount: 3000 })),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(await stripe.charges.retrieve(charge)).toMatchObject({ amount_refunded: 9000, refunded: false });
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
    expect(await refusal(send(1, { transfer_group: 'another' }))).toMatchObject({ param: 'transfer_group' });
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
    await captured({ payment_method: 'pm_card_bypassPending' });
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

  it('is disputed in part, and not returned when that is lost', async () => {
    const charge = await captured();
    const { id } = await double.dispute(charge, 4000);
    await double.closeDispute(id, 'lost');
    expect(await stripe.disputes.retrieve(id)).toMatchObject({ amount: 4000, status: 'lost' });
    expect(await dollarsOf()).toEqual([-5500, 9680]);
    await expect(double.dispute(charge)).rejects.toThrow('once');
  });

  it('comes back when a bank does not take a refund, after Stripe said that it did', async () => {
    const charge = await captured({ payment_method: 'pm_card_refundFail' });
    const refund = await stripe.refunds.create({ charge, amount: 4000 });
    expect(refund.status).toBe('succeeded');
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({
      ...{ status: 'failed', failure_reason: 'expired_or_canceled_card' },
    });
    expect(await dollarsOf()).toEqual([0, 9680]);
  });

  it('is shown with what belongs to it, where that is asked for', async () => {
    const [destination, source_transaction] = [await merchant(), await captured()];
    const { id } = await stripe.transfers.create({ amount: 1000, currency: 'usd', destination, source_transaction });
    const reversal = await stripe.transfers.createReversal(id, { expand: ['transfer.source_transaction'] });
    expect(reversal.transfer).toMatchObject({ id, reversed: true, source_transaction: { object: 'charge' } });
    const refund = await stripe.refunds.create({ charge: source_transaction, expand: ['charge', 'payment_intent'] });
    expect(refund).toMatchObject({ charge: { id: source_transaction }, payment_intent: { status: 'succeeded' } });
    expect((await stripe.refunds.retrieve(refund.id)).charge).toBe(source_transaction);
    const before = (await double.objects()).refunds.length;
    const wrong = { charge: await captured(), expand: ['colour'] };
    expect(await refusal(stripe.refunds.create(wrong))).toMatchObject({ param: 'expand' });
    expect((await double.objects()).refunds).toHaveLength(before);
  });

  it('is listed by what it belongs to', async () => {
    const [account, other] = [await merchant(), await merchant()];
    const { id: customer } = await stripe.customers.create();
    const [charge, another] = [await captured({ customer, transfer_group: 'one' }), await captured()];
    const send = (source_transaction: string, destination: string) =>
      stripe.transfers.create({ amount: 1000, currency: 'usd', destination, source_transaction });
    const [first, second] = [await send(charge, account), await send(another, other)];
    const { payment_intent } = await stripe.charges.retrieve(charge);
    const ids = async (list: PromiseLike<{ data: { id: string }[] }>) => (await list).data.map(({ id }) => id);
    expect(await ids(stripe.charges.list())).toEqual([another, charge]);
    expect(await ids(stripe.charges.list({ payment_intent: payment_intent as string }))).toEqual([charge]);
    expect(await ids(stripe.charges.list({ customer }))).toEqual([charge]);
    expect(await ids(stripe.charges.list({ customer, transfer_group: 'two' }))).toEqual([]);
    expect(await ids(stripe.transfers.list())).toEqual([second.id, first.id]);
    expect(await ids(stripe.transfers.list({ destination: account }))).toEqual([first.id]);
    expect(await ids(stripe.transfers.list({ destination: other, transfer_group: 'one' }))).toEqual([]);
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
