import type { NewEvent } from '../platform/events';

/** What orders say. */
/** With `returnId`: it replaces the goods of a return, whose order has `exchange_placed`. */
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
/** A store was asked by the buyer to cancel it, and does not; `code` says why not. */
export const CANCEL_REFUSED = 'order.cancel_refused';
/** Its buyer has unlinked the store, which tells of it in no other way: Muse hears nothing of it any more. { storeId } */
export const ORDER_UNFOLLOWED = 'order.unfollowed';
/** A parcel of an order that is still coming is out for delivery, has arrived, goes back, or something went wrong. { storeId, parcelId, to } */
export const PARCEL_MOVED = 'order.parcel_moved';
/** It should come on other days than was said before. { storeId, from, to } */
export const ESTIMATE_CHANGED = 'order.estimate_changed';
export const ORDER_NUMBER_KNOWN = 'order.store_number_known';
export const RETURN_REQUESTED = 'order.return_requested';
/** { changeId, storeId, totalBefore, totalAfter, currency } */
export const CHANGE_PROPOSED = 'order.change_proposed';
/**
 * These: { changeId, storeId }. What raises an order that is paid is applied once the difference is; anything else with its
 * acceptance (`atOnce`).
 */
export const CHANGE_ACCEPTED = 'order.change_accepted';
export const CHANGE_REFUSED = 'order.change_refused';
export const CHANGE_WITHDRAWN = 'order.change_withdrawn';
export const CHANGE_EXPIRED = 'order.change_expired';
export const CHANGE_APPLIED = 'order.change_applied';
/** These: { returnId, storeId }; received for an exchange: { exchangeOrderId } too */
export const RETURN_APPROVED = 'order.return_approved';
export const RETURN_REFUSED = 'order.return_refused';
export const RETURN_CANCELLED = 'order.return_cancelled';
export const RETURN_RECEIVED = 'order.return_received';
/** Of the order whose goods came back. { returnId, storeId, exchangeOrderId } */
export const EXCHANGE_PLACED = 'order.exchange_placed';

export function orderEvent(type: string, orderId: string, payload: Record<string, unknown>): NewEvent {
  return { type, aggregateId: orderId, payload: { orderId, ...payload } };
}
