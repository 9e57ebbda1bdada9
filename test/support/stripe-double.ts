import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type Stripe from 'stripe';
import type { AccountChange } from '../sandbox/stripe/accounts/account';
import type { Settings } from '../sandbox/stripe/control/control';
import type { CallRecord } from '../sandbox/stripe/double';
import type { Fault, NewFault } from '../sandbox/stripe/faults/faults';
import type { Delivery, Forgery, WebhookRule } from '../sandbox/stripe/webhooks/webhooks';
import type { SharedToken } from '../sandbox/stripe/shared-payment/token';
import { afterFile } from './cleanup';

const ROOT = join(__dirname, '..', '..');
const KEY = 'sk_test_double';
const SECRET = 'whsec_double';
const READY_WITHIN_MS = 60_000;

/** Everything that the double knows, by kind. */
export interface DoubleState {
  customers: Stripe.Customer[];
  paymentMethods: Stripe.PaymentMethod[];
  setupIntents: Stripe.SetupIntent[];
  paymentIntents: Stripe.PaymentIntent[];
  charges: Stripe.Charge[];
  refunds: Stripe.Refund[];
  accounts: Stripe.Account[];
  transfers: Stripe.Transfer[];
  reversals: Stripe.TransferReversal[];
  payouts: Stripe.Payout[];
  disputes: Stripe.Dispute[];
  balanceTransactions: Stripe.BalanceTransaction[];
  events: Stripe.Event[];
  sharedTokens: SharedToken[];
}

/** The Stripe double, with its controls: what the shopper, the bank, the network and the clock do. */
export interface StripeDouble {
  url: string;
  /** The secret key that it takes. */
  key: string;
  /** What it signs webhooks with. */
  secret: string;
  /** Where webhooks go and how they are retried; what is left out stays. */
  configure(settings: Settings): Promise<void>;
  faults: {
    /** For the next call of a method and path; see NewFault. */
    add(fault: NewFault): Promise<Fault>;
    list(): Promise<Fault[]>;
    clear(): Promise<void>;
  };
  /** The calls that it met, the oldest first. */
  calls: { list(): Promise<CallRecord[]>; clear(): Promise<void> };
  events: {
    list(type?: Stripe.Event.Type): Promise<Stripe.Event[]>;
    /** What becomes of events from now on, by type: held, withheld, delayed, reordered, doubled. Replaces what was said. */
    rules(...rules: WebhookRule[]): Promise<void>;
    held(): Promise<string[]>;
    /** Sends what was held. */
    release(order?: 'as_happened' | 'reversed'): Promise<void>;
    /** Sends one now, `times` at once; forged, or with some of its fields changed, if so. Not tried again. */
    deliver(id: string, options?: { times?: number; forgery?: Forgery; change?: object }): Promise<Delivery[]>;
    /** Tells of something that did not happen. */
    emit(type: Stripe.Event.Type, object: object, account?: string): Promise<void>;
    deliveries(): Promise<Delivery[]>;
    /** Waits until none is on its way: each was taken, or is held or withheld, or nobody took it. */
    quiet(): Promise<void>;
  };
  /** Reads everything. */
  objects(): Promise<DoubleState>;
  /** 3-D Secure, or PayPal's page, as the shopper answers it. */
  authenticate(paymentIntent: string, outcome: 'success' | 'failure'): Promise<Stripe.PaymentIntent>;
  /** The time of a shared payment token is over. */
  expireSharedToken(id: string): Promise<SharedToken>;
  /** The authorisation expires. */
  expire(paymentIntent: string): Promise<Stripe.PaymentIntent>;
  /** The shopper's client confirms, as Stripe.js would with the client secret. */
  confirmSetup(setupIntent: string, paymentMethod: string, returnUrl?: string): Promise<Stripe.SetupIntent>;
  authenticateSetup(setupIntent: string, outcome: 'success' | 'failure'): Promise<Stripe.SetupIntent>;
  /** The merchant hands in everything: charges, payouts and transfers are enabled. */
  onboard(account: string): Promise<Stripe.Account>;
  changeAccount(account: string, change: AccountChange): Promise<Stripe.Account>;
  /** What is pending becomes available; of all accounts, or of one. */
  settle(account?: string): Promise<void>;
  /** The platform pays in, so that it has something to pay out of. Minor units. */
  fund(currency: string, amount: number): Promise<void>;
  /** The account's automatic payout: of all that is available, unless an amount is given. */
  payOut(account: string, currency: string, amount?: number): Promise<Stripe.Payout>;
  pay(payout: string): Promise<Stripe.Payout>;
  failPayout(payout: string): Promise<Stripe.Payout>;
  completeRefund(refund: string): Promise<Stripe.Refund>;
  failRefund(refund: string): Promise<Stripe.Refund>;
  dispute(charge: string, amount?: number): Promise<Stripe.Dispute>;
  closeDispute(dispute: string, status: 'won' | 'lost'): Promise<Stripe.Dispute>;
  /** Forgets everything but where webhooks go. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** The double as a process of its own on a free port, once it is ready; stopped after the test file at the latest. */
export async function startStripeDouble(options: { webhookUrl?: string; secret?: string } = {}): Promise<StripeDouble> {
  const { webhookUrl = '', secret = SECRET } = options;
  const child = spawn(
    process.execPath,
    ['-r', join(ROOT, 'scripts', 'ts.cjs'), join(ROOT, 'test', 'sandbox', 'stripe', 'main.ts')],
    {
      // With the end of this process its standard input ends, and it ends too.
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'], PORT: '0', KEY, WEBHOOK_URL: webhookUrl, WEBHOOK_SECRET: secret },
    },
  );
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  afterFile(stop);
  const lines = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([
    once(lines, 'line', { signal: AbortSignal.timeout(READY_WITHIN_MS) }),
    ended.then(() => Promise.reject(new Error('The Stripe double ended before it was ready.'))),
  ])) as [string];
  const { url } = JSON.parse(line) as { url: string };
  return { ...controlsOf(url), url, key: KEY, secret, stop };
}

/** The controls of a double that runs somewhere. */
export function controlsOf(url: string): Omit<StripeDouble, 'url' | 'key' | 'secret' | 'stop'> {
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const response = await fetch(`${url}/_double/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`The Stripe double refused ${method} ${path}: ${answer}`);
    return JSON.parse(answer) as T;
  };
  const get = <T>(path: string) => call<T>('GET', path);
  const post = <T>(path: string, body: object = {}) => call<T>('POST', path, body);
  const done = (promise: Promise<unknown>) => promise.then(() => undefined);
  const objects = () => get<DoubleState>('state');
  return {
    configure: (settings) => done(post('config', settings)),
    faults: {
      add: (fault) => post('faults', fault),
      list: () => get('faults'),
      clear: () => done(call('DELETE', 'faults')),
    },
    calls: { list: () => get('calls'), clear: () => done(call('DELETE', 'calls')) },
    events: {
      list: async (type) => (await objects()).events.filter((event) => type === undefined || event.type === type),
      rules: (...rules) => done(post('webhooks/rules', rules)),
      held: async () => (await get<{ held: string[] }>('webhooks')).held,
      release: (order = 'as_happened') => done(post('webhooks/release', { order })),
      deliver: (id, options = {}) => post(`events/${id}/deliver`, options),
      emit: (type, object, account) => done(post('events', { type, object, account })),
      deliveries: async () => (await get<{ deliveries: Delivery[] }>('webhooks')).deliveries,
      quiet: async () => {
        while ((await get<{ inFlight: number }>('webhooks')).inFlight > 0) await sleep(10);
      },
    },
    objects,
    authenticate: (id, outcome) => post(`payment_intents/${id}/authenticate`, { outcome }),
    expireSharedToken: (id) => post(`shared_payment/issued_tokens/${id}/expire`),
    expire: (id) => post(`payment_intents/${id}/expire`),
    confirmSetup: (id, payment_method, return_url) =>
      post(`setup_intents/${id}/confirm`, { payment_method, return_url }),
    authenticateSetup: (id, outcome) => post(`setup_intents/${id}/authenticate`, { outcome }),
    onboard: (id) => post(`accounts/${id}/onboard`),
    changeAccount: (id, change) => post(`accounts/${id}`, change),
    settle: (account) => done(post('settle', { account })),
    fund: (currency, amount) => done(post('fund', { currency, amount })),
    payOut: (account, currency, amount) => post('payouts', { account, currency, amount }),
    pay: (id) => post(`payouts/${id}/pay`),
    failPayout: (id) => post(`payouts/${id}/fail`),
    completeRefund: (id) => post(`refunds/${id}/complete`),
    failRefund: (id) => post(`refunds/${id}/fail`),
    dispute: (id, amount) => post(`charges/${id}/dispute`, { amount }),
    closeDispute: (id, status) => post(`disputes/${id}/close`, { status }),
    reset: () => done(post('reset')),
  };
}
