import type Stripe from 'stripe';
import type { Owner } from '../http/endpoint';
import { newId, now } from '../world/ids';
import type { Holdings, World } from '../world/world';

interface Movement {
  type: Stripe.BalanceTransaction.Type;
  amount: number;
  fee?: number;
  currency: string;
  source: string;
  status: 'available' | 'pending';
}

const CATEGORIES: Record<string, string> = {
  ...{
    charge: 'charge',
    payment: 'charge',
    refund: 'refund',
    transfer: 'transfer',
    transfer_refund: 'transfer_reversal',
  },
  ...{ payment_refund: 'refund', payout: 'payout', payout_failure: 'payout_reversal', adjustment: 'dispute' },
  ...{ refund_failure: 'refund_failure' },
};

/** One movement of an account's money. See https://docs.stripe.com/api/balance_transactions/object */
export function move(world: World, owner: Owner, movement: Movement): Stripe.BalanceTransaction {
  const { type, amount, fee = 0, currency, source, status } = movement;
  const details = {
    amount: fee,
    application: null,
    currency,
    description: 'Stripe processing fees',
    type: 'stripe_fee',
  };
  const sums = world.holdings.get(keyOf(owner, currency));
  if (sums) sums[status] += amount - fee;
  return world.balanceTransactions.add(owner, {
    ...{ id: newId('txn'), object: 'balance_transaction', type, amount, fee, net: amount - fee, currency, source },
    ...{ status, available_on: now() + (status === 'pending' ? 2 * 86_400 : 0), created: now() },
    ...{ description: null, exchange_rate: null, balance_type: 'payments' },
    ...{ reporting_category: CATEGORIES[type] ?? type, fee_details: fee === 0 ? [] : [details] },
  } satisfies Stripe.BalanceTransaction);
}

/** What an account has of a currency. */
export function holdings(world: World, owner: Owner, currency: string): Holdings {
  const known = world.holdings.get(keyOf(owner, currency));
  if (known) return { ...known };
  const sums: Holdings = { available: 0, pending: 0 };
  for (const one of world.balanceTransactions.list(owner, (one) => one.currency === currency))
    sums[one.status === 'pending' ? 'pending' : 'available'] += one.net;
  world.holdings.set(keyOf(owner, currency), sums);
  return { ...sums };
}

/** What was pending becomes available: of all accounts, or of one. */
export function settle(world: World, account?: string): void {
  for (const { owner, object } of world.balanceTransactions.all())
    if (account === undefined || owner === account) object.status = 'available';
  world.holdings.clear();
}

function keyOf(owner: Owner, currency: string): string {
  return `${owner ?? ''} ${currency}`;
}

/** 2.9 % and 30 minor units, rounded half up; the double's price in every currency. */
export function processingFee(amount: number): number {
  return Math.floor((amount * 29 + 500) / 1000) + 30;
}
