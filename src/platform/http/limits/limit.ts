import { SetMetadata } from '@nestjs/common';
import { DomainError } from '../domain-error';

/** So many calls at once, after which they come back evenly: `most` in every `perSeconds`. */
export interface Limit {
  /** Names its counters, and the policy in the RateLimit headers. */
  readonly name: string;
  readonly most: number;
  readonly perSeconds: number;
}

/** A limit on a route: what one caller, or one network address, may do. */
export interface RouteLimit extends Limit {
  readonly by: 'caller' | 'address';
}

/** How far a limit is used up: the seconds until nothing of it is. */
export type DrainsIn = number;

/** Seconds that one call takes up of a limit's time. */
export const eachSeconds = ({ most, perSeconds }: Limit): number => perSeconds / most;

/** Seconds until one more call has room; 0 where it has now. */
export function waitFor(limit: Limit, drainsIn: DrainsIn): number {
  return Math.max(0, drainsIn + eachSeconds(limit) - limit.perSeconds);
}

/** What is left of a limit, as draft-ietf-httpapi-ratelimit-headers writes it. */
export function limitHeaders(limit: Limit, drainsIn: DrainsIn): Record<string, string> {
  const left = Math.max(0, Math.floor((limit.perSeconds - drainsIn) / eachSeconds(limit) + 1e-6));
  return {
    'ratelimit-policy': `"${limit.name}";q=${limit.most};w=${limit.perSeconds}`,
    ratelimit: `"${limit.name}";r=${left};t=${Math.ceil(left > 0 ? Math.max(0, drainsIn) : waitFor(limit, drainsIn))}`,
  };
}

/** 429: more than the limit allows; Retry-After says when there is room again. */
export class RateLimited extends DomainError {
  constructor(limit: Limit, seen: DrainsIn) {
    // Of calls that come at once, one may be refused by a counter that is fuller than what its statement has seen of it.
    const drainsIn = Math.max(seen, limit.perSeconds - 0.99 * eachSeconds(limit));
    const seconds = Math.max(1, Math.ceil(waitFor(limit, drainsIn)));
    super('rate_limited', 429, `Too many requests; try again in ${seconds} s.`, { limit: limit.name }, [], {
      'retry-after': String(seconds),
      ...limitHeaders(limit, drainsIn),
    });
  }
}

export const ROUTE_LIMIT = 'muse:route-limit';
export const UNLIMITED = 'muse:unlimited';

/** Counts the calls of a route in Postgres, over all processes, whatever becomes of them. Throws RateLimited. */
export const Limited = (limit: RouteLimit) => SetMetadata(ROUTE_LIMIT, limit);

/** A route that load balancers ask, as often as they like. */
export const Unlimited = () => SetMetadata(UNLIMITED, true);
