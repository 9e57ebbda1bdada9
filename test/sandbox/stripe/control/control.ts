import type Stripe from 'stripe';
import { changeAccount, ONBOARDED, type AccountChange } from '../accounts/account';
import { holdings, move, settle } from '../balance/balance-transactions';
import { closeDispute, openDispute } from '../disputes/dispute';
import type { Double } from '../double';
import type { NewFault } from '../faults/faults';
import { Failure, invalid } from '../http/failure';
import { authenticate, unexpected } from '../payment-intents/confirm';
import { cancel } from '../payment-intents/pay';
import { failPayout, newPayout, payPayout } from '../payouts/payout';
import { completeRefund, failRefund } from '../refunds/refund';
import { authenticateSetup, confirmSetup } from '../setup-intents/setup-intent';
import { seen } from '../shared-payment/token';
import type { Forgery, WebhookRule } from '../webhooks/webhooks';
import { newId, now } from '../world/ids';
import type { Table } from '../world/table';

/** Where webhooks go and how; what is left out stays. */
export interface Settings {
  webhookUrl?: string | null;
  webhookSecret?: string;
  retryMs?: number;
  attempts?: number;
  /** What the endpoint listens to; null: everything. */
  enabledEvents?: string[] | null;
  /** How long the search does not know what is new. */
  searchLagMs?: number;
}

interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  /** Below /_double. */
  path: string;
  run(double: Double, id: string, body: never): unknown;
}

function control<B = object>(
  method: Route['method'],
  path: string,
  run: (double: Double, id: string, body: B) => unknown,
): Route {
  return { method, path, run };
}

/** What no client of Stripe can do: the shopper, the bank, the network and the clock. */
export const CONTROLS: Route[] = [
  control('GET', 'state', ({ world }) =>
    Object.fromEntries(
      Object.entries(world.tables).map(([name, table]) => [name, table.all().map(({ object }) => object)]),
    ),
  ),
  control('POST', 'reset', (double) => double.reset()),
  control('GET', 'config', ({ webhooks, world }) => ({ ...webhooks.target, searchLagMs: world.searchLagMs })),
  control<Settings>('POST', 'config', ({ webhooks, world }, _id, settings) => {
    const { webhookUrl: url, webhookSecret: secret, retryMs, attempts, enabledEvents, searchLagMs } = settings;
    const change = { url, secret, retryMs, attempts, enabledEvents };
    Object.assign(
      webhooks.target,
      Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)),
    );
    if (searchLagMs !== undefined) world.searchLagMs = searchLagMs;
  }),

  control('GET', 'calls', ({ calls }) => calls),
  control('DELETE', 'calls', ({ calls }) => void (calls.length = 0)),
  control('GET', 'faults', ({ faults }) => faults.list()),
  control<NewFault>('POST', 'faults', ({ faults }, _id, fault) => faults.add(fault)),
  control('DELETE', 'faults', ({ faults }) => faults.reset()),
  control('DELETE', 'faults/:id', ({ faults }, id) => faults.remove(Number(id))),

  control('GET', 'webhooks', ({ webhooks }) => ({
    held: webhooks.heldIds,
    inFlight: webhooks.inFlight,
    deliveries: webhooks.deliveries,
  })),
  control<WebhookRule[]>('POST', 'webhooks/rules', ({ webhooks }, _id, rules) => webhooks.setRules(rules)),
  control<{ order?: 'as_happened' | 'reversed' }>('POST', 'webhooks/release', ({ webhooks }, _id, { order }) =>
    webhooks.release(order ?? 'as_happened'),
  ),
  control<{ times?: number; forgery?: Forgery; change?: object }>(
    'POST',
    'events/:id/deliver',
    ({ world, webhooks }, id, { times = 1, forgery = null, change = {} }) =>
      webhooks.deliver({ ...find(world.events, id), ...change }, times, forgery),
  ),
  control<{ type: Stripe.Event.Type; object: object; account?: string }>(
    'POST',
    'events',
    ({ world }, _id, { type, object, account }) => world.emit(type, object, { account: account ?? null }),
  ),

  control<{ outcome: 'success' | 'failure' }>('POST', 'payment_intents/:id/authenticate', (double, id, { outcome }) => {
    const { world } = double;
    const intent = find(world.paymentIntents, id);
    authenticate({ world, owner: world.paymentIntents.anywhere(id)!.owner }, intent, outcome);
    return intent;
  }),
  control('POST', 'payment_intents/:id/expire', ({ world }, id) => {
    const intent = find(world.paymentIntents, id);
    if (intent.status !== 'requires_capture') throw unexpected(intent, 'It has no authorisation that could expire.');
    cancel({ world, owner: world.paymentIntents.anywhere(id)!.owner }, intent, 'automatic', true);
    return intent;
  }),
  control('POST', 'shared_payment/issued_tokens/:id/expire', ({ world }, id) => {
    const token = find(world.sharedTokens, id);
    token.usage_limits.expires_at = now();
    return seen(token);
  }),
  control<{ payment_method: string; return_url?: string }>(
    'POST',
    'setup_intents/:id/confirm',
    ({ world, baseUrl }, id, body) => {
      const intent = find(world.setupIntents, id);
      confirmSetup({ world, owner: world.setupIntents.anywhere(id)!.owner }, intent, body, baseUrl);
      return intent;
    },
  ),
  control<{ outcome: 'success' | 'failure' }>(
    'POST',
    'setup_intents/:id/authenticate',
    ({ world }, id, { outcome }) => {
      const intent = find(world.setupIntents, id);
      authenticateSetup({ world, owner: world.setupIntents.anywhere(id)!.owner }, intent, outcome);
      return intent;
    },
  ),

  control('POST', 'accounts/:id/onboard', ({ world }, id) => {
    const account = find(world.accounts, id);
    changeAccount(world, account, ONBOARDED);
    return account;
  }),
  control<AccountChange>('POST', 'accounts/:id', ({ world }, id, change) => {
    const account = find(world.accounts, id);
    changeAccount(world, account, change);
    return account;
  }),

  control<{ account?: string }>('POST', 'settle', ({ world }, _id, { account }) => settle(world, account)),
  control<{ currency: string; amount: number }>('POST', 'fund', ({ world }, _id, { currency, amount }) =>
    move(world, null, { type: 'topup', amount, currency, source: newId('tu'), status: 'available' }),
  ),
  control<{ account?: string; currency: string; amount?: number }>('POST', 'payouts', ({ world }, _id, body) => {
    const { account: owner = null, currency } = body;
    const { amount = holdings(world, owner, currency).available } = body;
    if (amount < 1) throw invalid('There is nothing to pay out.');
    return newPayout(world, owner, { amount, currency, automatic: true });
  }),
  control('POST', 'payouts/:id/pay', ({ world }, id) => {
    const payout = find(world.payouts, id);
    payPayout(world, world.payouts.anywhere(id)!.owner, payout);
    return payout;
  }),
  control('POST', 'payouts/:id/fail', ({ world }, id) => {
    const payout = find(world.payouts, id);
    failPayout(world, world.payouts.anywhere(id)!.owner, payout);
    return payout;
  }),
  control('POST', 'refunds/:id/complete', ({ world }, id) => {
    const refund = find(world.refunds, id);
    completeRefund({ world, owner: world.refunds.anywhere(id)!.owner }, refund);
    return refund;
  }),
  control('POST', 'refunds/:id/fail', ({ world }, id) => {
    const refund = find(world.refunds, id);
    failRefund({ world, owner: world.refunds.anywhere(id)!.owner }, refund);
    return refund;
  }),
  control<{ amount?: number }>('POST', 'charges/:id/dispute', ({ world }, id, { amount }) => {
    const charge = find(world.charges, id);
    if (!charge.captured || charge.disputed) throw invalid('Only a captured charge can be disputed, and once.');
    return openDispute(world, world.charges.anywhere(id)!.owner, charge, amount);
  }),
  control<{ status: 'won' | 'lost' }>('POST', 'disputes/:id/close', ({ world }, id, { status }) => {
    const dispute = find(world.disputes, id);
    closeDispute(world, world.disputes.anywhere(id)!.owner, dispute, status);
    return dispute;
  }),
];

function find<T extends { id: string }>(table: Table<T>, id: string): T {
  const row = table.anywhere(id);
  if (!row) throw new Failure(404, { type: 'invalid_request_error', message: `The double has no ${id}.` });
  return row.object;
}
