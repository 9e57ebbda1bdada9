import type Stripe from 'stripe';
import { missing } from '../http/failure';

export interface PageParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Stripe.RangeQueryParam;
}

/** One page of a list, newest first. See https://docs.stripe.com/api/pagination */
export function pageOf<T extends { id: string; created?: number }>(
  url: string,
  objects: T[],
  { limit = 10, starting_after, ending_before, created }: PageParams,
): Stripe.ApiList<T> {
  const wanted = objects.filter((object) => isWithin(object.created ?? 0, created));
  const placeOf = (id: string, param: string) => {
    const place = wanted.findIndex((object) => object.id === id);
    if (place < 0) throw missing('object', id, param);
    return place;
  };
  if (ending_before !== undefined) {
    const end = placeOf(ending_before, 'ending_before');
    const start = Math.max(0, end - limit);
    return { object: 'list', data: wanted.slice(start, end), has_more: start > 0, url };
  }
  const start = starting_after === undefined ? 0 : placeOf(starting_after, 'starting_after') + 1;
  const data = wanted.slice(start, start + limit);
  return { object: 'list', data, has_more: start + limit < wanted.length, url };
}

function isWithin(moment: number, range: PageParams['created']): boolean {
  if (range === undefined) return true;
  if (typeof range === 'number') return moment === range;
  const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = range;
  return moment > gt && moment >= gte && moment < lt && moment <= lte;
}
