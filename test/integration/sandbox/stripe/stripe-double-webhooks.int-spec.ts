import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type Stripe from 'stripe';
import { afterFile } from '../../../support/cleanup';
import { startStripeDouble, type StripeDouble } from '../../../support/stripe-double';
import { authorised, clientOf } from './stripe.contract';

let double: StripeDouble;
let stripe: Stripe;
/** What the receiver answers next; then 200. */
let answers: number[] = [];
/** What arrived and was signed, and how often something was not. */
let received: Stripe.Event[] = [];
let forged = 0;

/** As Muse would: the signature on the raw body, and nothing else of it. */
async function startReceiver(): Promise<string> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const status = answers.shift() ?? 200;
      try {
        const signature = request.headers['stripe-signature'] ?? '';
        const event = stripe.webhooks.constructEvent(Buffer.concat(parts), signature, double.secret);
        if (status === 200) received.push(event);
        response.writeHead(status).end();
      } catch {
        forged++;
        response.writeHead(400).end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterFile(() => new Promise((resolve) => server.close(() => resolve())));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Waits until so many have arrived. */
async function arrived(count: number): Promise<string[]> {
  const deadline = Date.now() + 5000;
  while (received.length < count && Date.now() < deadline) await sleep(5);
  return received.map(({ type }) => type);
}

beforeAll(async () => {
  double = await startStripeDouble();
  stripe = clientOf(double);
  await double.configure({ webhookUrl: await startReceiver(), retryMs: 20 });
});

beforeEach(async () => {
  await double.reset();
  [answers, received, forged] = [[], [], 0];
});

const AUTHORISATION = ['payment_intent.created', 'charge.succeeded', 'payment_intent.amount_capturable_updated'];

describe('a webhook', () => {
  it('is signed, and tells each change of a payment as it was then', async () => {
    const { id } = await authorised(stripe, { metadata: { muse_payment_id: 'one' } });
    await stripe.paymentIntents.capture(id);
    const types = await arrived(5);
    expect(types.sort()).toEqual([...AUTHORISATION, 'charge.captured', 'payment_intent.succeeded'].sort());
    const statuses = received
      .filter(({ type }) => type.startsWith('payment_intent.'))
      .map(({ type, data }) => [type, (data.object as Stripe.PaymentIntent).status]);
    expect(Object.fromEntries(statuses)).toEqual({
      'payment_intent.created': 'requires_payment_method',
      'payment_intent.amount_capturable_updated': 'requires_capture',
      'payment_intent.succeeded': 'succeeded',
    });
    for (const { data } of received) expect(data.object).toMatchObject({ metadata: { muse_payment_id: 'one' } });
    expect(forged).toBe(0);
  });

  it('tells of a refusal by the bank, and of nothing that was refused before', async () => {
    await authorised(stripe, { payment_method: 'pm_card_visa_chargeDeclined' }).catch(() => undefined);
    await authorised(stripe, { amount: 1 }).catch(() => undefined);
    const types = await arrived(3);
    expect(types.sort()).toEqual(['charge.failed', 'payment_intent.created', 'payment_intent.payment_failed']);
  });

  it('tells of the rest: cancelled, refunded, transferred, reversed, disputed, set up, paid out', async () => {
    const { id: account } = await stripe.accounts.create({ capabilities: { transfers: { requested: true } } });
    await double.onboard(account);
    const { id: cancelled } = await authorised(stripe);
    await stripe.paymentIntents.cancel(cancelled);
    const { id } = await authorised(stripe);
    const { latest_charge } = await stripe.paymentIntents.capture(id);
    const charge = latest_charge as string;
    const transfer = await stripe.transfers.create({
      ...{ amount: 5000, currency: 'usd', destination: account, source_transaction: charge },
    });
    await stripe.refunds.create({ charge, amount: 1000 });
    await stripe.transfers.createReversal(transfer.id, { amount: 500 });
    await double.dispute(charge);
    await double.settle();
    await double.failPayout((await double.payOut(account, 'usd')).id);
    await stripe.setupIntents.create({
      ...{ payment_method: 'pm_card_visa', confirm: true, return_url: 'https://shop.example/' },
    });
    const expected = [
      ...['payment_intent.canceled', 'charge.refunded', 'refund.created', 'transfer.created', 'transfer.reversed'],
      ...['charge.dispute.created', 'payout.failed', 'setup_intent.succeeded', 'account.updated'],
    ];
    await arrived((await double.events.list()).length);
    expect(received.map(({ type }) => type)).toEqual(expect.arrayContaining(expected));
    const accounts = received
      .filter(({ type }) => type === 'account.updated' || type === 'payout.failed')
      .map((event) => event.account);
    expect(accounts).toEqual([account, account, account]);
    expect(received.find(({ type }) => type === 'payment_intent.canceled')?.account).toBeUndefined();
    expect((await stripe.events.list({ type: 'charge.*' })).data.length).toBeGreaterThan(3);
    expect(await stripe.events.retrieve(received[0]!.id, {}, { stripeAccount: received[0]!.account })).toMatchObject({
      id: received[0]!.id,
    });
  });

  it('is sent again until it is taken', async () => {
    answers = [500, 302];
    await stripe.setupIntents.create();
    await double.events.quiet();
    expect(received.map(({ type }) => type)).toEqual(['setup_intent.created']);
    expect(await double.events.deliveries()).toMatchObject([
      { attempt: 1, status: 500 },
      { attempt: 2, status: 302 },
      { attempt: 3, status: 200 },
    ]);
  });

  it('can be held, and released in another order', async () => {
    await double.events.rules({ action: 'hold', type: 'payment_intent.*' }, { action: 'withhold', type: 'charge.*' });
    const { id } = await authorised(stripe);
    await stripe.paymentIntents.capture(id);
    await sleep(50);
    expect(received).toEqual([]);
    expect(await double.events.held()).toHaveLength(3);
    await double.events.release('reversed');
    expect(received.map(({ type }) => type)).toEqual([
      ...['payment_intent.succeeded', 'payment_intent.amount_capturable_updated', 'payment_intent.created'],
    ]);
  });

  it('can be doubled, delayed and shuffled, and a rule be used up', async () => {
    await double.events.rules(
      { action: 'double', type: 'payment_intent.created', times: 1 },
      { action: 'delay', type: 'charge.*', delayMs: 150 },
      { action: 'reorder', delayMs: 20 },
    );
    await authorised(stripe);
    const types = await arrived(4);
    expect(types.filter((type) => type === 'payment_intent.created')).toHaveLength(2);
    expect(types[3]).toBe('charge.succeeded');
    await authorised(stripe);
    expect((await arrived(7)).filter((type) => type === 'payment_intent.created')).toHaveLength(3);
  });

  it('can be delivered again and again, as the same event', async () => {
    await stripe.setupIntents.create();
    await arrived(1);
    const sent = await double.events.deliver(received[0]!.id, { times: 20 });
    expect(sent.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(new Set(received.map(({ id }) => id)).size).toBe(1);
  });

  it.each(['foreign_secret', 'reserialised', 'old_timestamp', 'unsigned'] as const)(
    'that is forged (%s) is found out by stripe-node',
    async (forgery) => {
      await stripe.setupIntents.create();
      await arrived(1);
      expect(await double.events.deliver(received[0]!.id, { forgery })).toMatchObject([{ status: 400, forgery }]);
      expect([received.length, forged]).toEqual([1, 1]);
    },
  );

  it('can tell of something that did not happen', async () => {
    await double.events.emit('account.updated', { id: 'acct_foreign', object: 'account' }, 'acct_foreign');
    await arrived(1);
    expect(received).toMatchObject([{ type: 'account.updated', account: 'acct_foreign' }]);
  });
});
