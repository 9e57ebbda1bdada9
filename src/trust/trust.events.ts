import type { OrderSide } from '../orders';
import type { NewEvent } from '../platform/events';

/** What trust says. Of reports, `side` is whose report it is. */
export const REPORT_FILED = 'trust.report_filed';
export const REPORT_ANSWERED = 'trust.report_answered';
export const REPORT_WITHDRAWN = 'trust.report_withdrawn';
/** With its `outcome`. */
export const REPORT_DECIDED = 'trust.report_decided';
export const APPEAL_FILED = 'trust.appeal_filed';
/** With the `outcome` that stands from now on. */
export const APPEAL_DECIDED = 'trust.appeal_decided';
/** Not again when it is changed. */
export const RATING_GIVEN = 'trust.rating_given';
/** Those of an order can be seen, and count. */
export const RATINGS_SHOWN = 'trust.ratings_shown';

export function reportEvent(
  type: string,
  report: { id: string; orderId: string; storeId: string; side: OrderSide },
  more: Record<string, unknown> = {},
): NewEvent {
  const { id, orderId, storeId, side } = report;
  return { type, aggregateId: id, payload: { reportId: id, orderId, storeId, side, ...more } };
}

export function ratingGiven(ratingId: string, orderId: string, storeId: string, side: OrderSide): NewEvent {
  return { type: RATING_GIVEN, aggregateId: ratingId, payload: { orderId, storeId, side } };
}

/** Its aggregate is the order: there may be two ratings of it. */
export function ratingsShown(orderId: string, storeId: string): NewEvent {
  return { type: RATINGS_SHOWN, aggregateId: orderId, payload: { orderId, storeId } };
}
