import type Stripe from 'stripe';
import { endpoint } from '../http/endpoint';
import { emptyableText, expand, metadata, mergeMetadata, page, required, text } from '../http/parameters';
import { pageOf } from '../world/lists';
import { search } from '../world/search';

/** https://docs.stripe.com/api/charges; made by payment intents and transfers only. */
export const chargeEndpoints = [
  endpoint<Stripe.ChargeSearchParams, Stripe.ApiSearchResult<Stripe.Charge>>(
    'GET',
    'charges/search',
    { query: required(text), limit: page.limit, page: text, ...expand },
    ({ world, owner }, given) =>
      search('/v1/charges/search', world.charges.searchable(owner, world.searchLagMs), given),
  ),
  endpoint<Stripe.ChargeListParams, Stripe.ApiList<Stripe.Charge>>(
    'GET',
    'charges',
    { ...page, customer: text, payment_intent: text, transfer_group: text },
    ({ world, owner }, { customer, payment_intent, transfer_group, ...given }) =>
      pageOf(
        '/v1/charges',
        world.charges
          .with(owner, { customer, payment_intent })
          .filter((charge) => transfer_group === undefined || charge.transfer_group === transfer_group),
        given,
      ),
  ),
  endpoint<Stripe.ChargeRetrieveParams, Stripe.Charge>('GET', 'charges/:id', expand, ({ world, owner }, _given, id) =>
    world.charges.get(owner, id),
  ),
  endpoint<Stripe.ChargeUpdateParams, Stripe.Charge>(
    'POST',
    'charges/:id',
    { metadata, description: emptyableText, transfer_group: text, ...expand },
    (call, given, id) => {
      const { world, owner } = call;
      const charge = world.charges.get(owner, id);
      charge.metadata = mergeMetadata(charge.metadata, given.metadata);
      if (given.description !== undefined) charge.description = given.description;
      if (given.transfer_group !== undefined) charge.transfer_group = given.transfer_group;
      world.emit('charge.updated', charge, { account: owner, call });
      return charge;
    },
  ),
];
