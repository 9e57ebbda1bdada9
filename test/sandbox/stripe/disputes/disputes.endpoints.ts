import type Stripe from 'stripe';
import { endpoint } from '../http/endpoint';
import { expand, page, text } from '../http/parameters';
import { pageOf } from '../world/lists';

/** https://docs.stripe.com/api/disputes; opened and closed by control only. */
export const disputeEndpoints = [
  endpoint<Stripe.DisputeListParams, Stripe.ApiList<Stripe.Dispute>>(
    'GET',
    'disputes',
    { ...page, charge: text, payment_intent: text },
    ({ world, owner }, { charge, payment_intent, ...given }) =>
      pageOf('/v1/disputes', world.disputes.with(owner, { charge, payment_intent }), given),
  ),
  endpoint<Stripe.DisputeRetrieveParams, Stripe.Dispute>(
    'GET',
    'disputes/:id',
    expand,
    ({ world, owner }, _given, id) => world.disputes.get(owner, id),
  ),
];
