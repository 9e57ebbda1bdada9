import type { NewEvent } from '../platform/events';

/** What orders say. */
export const ORDER_PLACED = 'order.placed';
export const ORDER_SHIPPED = 'order.shipped';
/** Heard, and not said by anything yet: tracking will. */
export const ORDER_DELIVERED = 'order.delivered';
export const ORDER_CANCELLED = 'order.cancelled';
export const ORDER_NUMBER_KNOWN = 'order.store_number_known';
export const RETURN_REQUESTED = 'order.return_requested';

export function orderEvent(type: string, orderId: string, payload: Record<string, unknown>): NewEvent {
  return { type, aggregateId: orderId, payload: { orderId, ...payload } };
}
