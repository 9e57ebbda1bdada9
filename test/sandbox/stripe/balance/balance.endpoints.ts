import type Stripe from 'stripe';
import { endpoint } from '../http/endpoint';
import { expand, page, text } from '../http/parameters';
import { pageOf } from '../world/lists';
import { holdings } from './balance-transactions';

/** https://docs.stripe.com/api/balance and https://docs.stripe.com/api/balance_transactions */
export const balanceEndpoints = [
  endpoint<Stripe.BalanceRetrieveParams, Stripe.Balance>('GET', 'balance', expand, ({ world, owner }) => {
    const currencies = new Set(world.balanceTransactions.list(owner).map(({ currency }) => currency));
    if (currencies.size === 0) currencies.add('usd');
    const parts = [...currencies].sort().map((currency) => ({ currency, ...holdings(world, owner, currency) }));
    return {
      object: 'balance',
      available: parts.map(({ currency, available }) => ({ amount: available, currency })),
      pending: parts.map(({ currency, pending }) => ({ amount: pending, currency })),
      livemode: false,
    };
  }),
  endpoint<Stripe.BalanceTransactionListParams, Stripe.ApiList<Stripe.BalanceTransaction>>(
    'GET',
    'balance_transactions',
    { ...page, source: text, type: text, currency: text },
    ({ world, owner }, given) =>
      pageOf(
        '/v1/balance_transactions',
        world.balanceTransactions.list(
          owner,
          (one) =>
            (given.source === undefined || one.source === given.source) &&
            (given.type === undefined || one.type === given.type) &&
            (given.currency === undefined || one.currency === given.currency),
        ),
        given,
      ),
  ),
  endpoint<Stripe.BalanceTransactionRetrieveParams, Stripe.BalanceTransaction>(
    'GET',
    'balance_transactions/:id',
    expand,
    ({ world, owner }, _given, id) => world.balanceTransactions.get(owner, id),
  ),
];
