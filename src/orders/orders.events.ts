import type { NewEvent } from '../platform/events';

/** What orders say. */
export const ORDER_PLACED = 'order.placed';
/** The merchant takes it: a pay_later order can be paid from now on. */
export const ORDER_CONFIRMED = 'order.confirmed';
export const ORDER_PAID = 'order.paid';
/** It may be paid again; `code` says why not, as far as that is known. */
export const ORDER_PAYMENT_FAILED = 'order.payment_failed';
export const ORDER_REFUNDED = 'order.refunded';
export const ORDER_SHIPPED = 'order.shipped';
/** By the buyer's word, the merchant's, the carrier's, or the time that has gone by. */
export const ORDER_DELIVERED = 'order.delivered';
/** One side says that the sale is done. */
export const ORDER_MARKED_COMPLETE = 'order.marked_complete';
export const ORDER_COMPLETED = 'order.completed';
/** Both sides have said so, or one of them and the clock for the other. */
export const ORDER_VERIFIED = 'order.verified';
/** Every unit is back. */
export const ORDER_RETURNED = 'order.returned';
/** Support or an admin has put it elsewhere by hand. */
export const ORDER_OVERRIDDEN = 'order.overridden';
export const ORDER_CANCELLED = 'order.cancelled';
export const ORDER_NUMBER_KNOWN = 'order.store_number_known';
export const RETURN_REQUESTED = 'order.return_requested';

export function orderEvent(type: string, orderId: string, payload: Record<string, unknown>): NewEvent {
  return { type, aggregateId: orderId, payload: { orderId, ...payload } };
}
