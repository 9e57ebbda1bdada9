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
/** Heard, and not said by anything yet: tracking will. */
export const ORDER_DELIVERED = 'order.delivered';
export const ORDER_CANCELLED = 'order.cancelled';
export const ORDER_NUMBER_KNOWN = 'order.store_number_known';
export const RETURN_REQUESTED = 'order.return_requested';

export function orderEvent(type: string, orderId: string, payload: Record<string, unknown>): NewEvent {
  return { type, aggregateId: orderId, payload: { orderId, ...payload } };
}
