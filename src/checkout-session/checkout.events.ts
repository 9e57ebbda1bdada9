import type { NewEvent } from '../platform/events';

/** What checkout says: each step of a session, each store's outcome, each hand-off's end. */
export const SESSION_CREATED = 'checkout.session_created';
export const ADDRESS_GIVEN = 'checkout.address_given';
export const SESSION_PLACED = 'checkout.placed';
export const STORE_OUTCOME = 'checkout.store_outcome';
export const SESSION_FINISHED = 'checkout.session_finished';
export const SESSION_CANCELLED = 'checkout.session_cancelled';
export const SESSION_EXPIRED = 'checkout.session_expired';
/** It runs out within 24 hours, and still waits: said once. */
export const HANDOFF_EXPIRING = 'checkout.handoff_expiring';
/** Its shopper followed one of its links for the first time. */
export const HANDOFF_OPENED = 'checkout.handoff_opened';
export const HANDOFF_ENDED = 'checkout.handoff_ended';

export function sessionEvent(type: string, sessionId: string, payload: Record<string, unknown> = {}): NewEvent {
  return { type, aggregateId: sessionId, payload: { sessionId, ...payload } };
}
