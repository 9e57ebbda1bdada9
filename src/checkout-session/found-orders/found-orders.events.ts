import type { NewEvent } from '../../platform/events';

/** A mail tells of an order that nothing here explains: its shopper is asked. { foundOrderId, userId, storeId or, of one that Muse does not know, code: its domain } */
export const ORDER_FOUND = 'checkout.order_found';
/** A mail has made an order of a hand-off. { orderId, storeId, handoffId } */
export const HANDOFF_MATCHED = 'checkout.handoff_matched';
/** Hand-offs have become a user's who has mails read: they may explain what was found. { userId } */
export const HANDOFFS_CLAIMED = 'checkout.handoffs_claimed';

export function orderFound(foundOrderId: string, userId: string, storeId: string | null, domain: string): NewEvent {
  const payload = { foundOrderId, userId, ...(storeId === null ? { code: domain } : { storeId }) };
  return { type: ORDER_FOUND, aggregateId: foundOrderId, payload };
}

export function handoffMatched(orderId: string, storeId: string, handoffId: string): NewEvent {
  return { type: HANDOFF_MATCHED, aggregateId: orderId, payload: { orderId, storeId, handoffId } };
}
