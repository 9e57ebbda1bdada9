import type Stripe from 'stripe';
import { endpoint } from '../http/endpoint';
import { amount, expand, metadata, mergeMetadata, page, required, text } from '../http/parameters';
import { supported } from '../world/currencies';
import { pageOf } from '../world/lists';
import { newPayout } from './payout';

/** https://docs.stripe.com/api/payouts; paid and failed by control. */
export const payoutEndpoints = [
  endpoint<Stripe.PayoutCreateParams, Stripe.Payout>(
    'POST',
    'payouts',
    { amount: required(amount), currency: required(text), description: text, metadata, ...expand },
    ({ world, owner }, given) =>
      newPayout(world, owner, {
        ...{ amount: given.amount, currency: supported(given.currency), automatic: false },
        ...{ description: given.description, metadata: mergeMetadata({}, given.metadata) },
      }),
  ),
  endpoint<Stripe.PayoutListParams, Stripe.ApiList<Stripe.Payout>>(
    'GET',
    'payouts',
    { ...page, status: text },
    ({ world, owner }, { status, ...given }) =>
      pageOf(
        '/v1/payouts',
        world.payouts.list(owner, (payout) => status === undefined || payout.status === status),
        given,
      ),
  ),
  endpoint<Stripe.PayoutRetrieveParams, Stripe.Payout>('GET', 'payouts/:id', expand, ({ world, owner }, _given, id) =>
    world.payouts.get(owner, id),
  ),
];
