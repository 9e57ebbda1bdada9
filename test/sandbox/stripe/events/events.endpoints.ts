import type Stripe from 'stripe';
import { endpoint } from '../http/endpoint';
import { expand, listOf, page, text } from '../http/parameters';
import { pageOf } from '../world/lists';

/** https://docs.stripe.com/api/events */
export const eventEndpoints = [
  endpoint<Stripe.EventListParams, Stripe.ApiList<Stripe.EventBase>>(
    'GET',
    'events',
    { ...page, type: text, types: listOf(text) },
    ({ world, owner }, { type, types, ...given }) => {
      const patterns = types ?? (type === undefined ? ['*'] : [type]);
      return pageOf(
        '/v1/events',
        world.events.list(owner, (event) => patterns.some((pattern) => isOfType(event.type, pattern))),
        given,
      );
    },
  ),
  endpoint<Stripe.EventRetrieveParams, Stripe.EventBase>('GET', 'events/:id', expand, ({ world, owner }, _given, id) =>
    world.events.get(owner, id),
  ),
];

/** `charge.*` is all that begins with `charge.`, `*` is everything. */
export function isOfType(type: string, pattern: string): boolean {
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}
