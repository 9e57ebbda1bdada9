import type { NewEvent } from '../platform/events';

/** Says that the shopper's money is set aside: placing may begin. { purchaseId, amountCents, currency } */
export const PAYMENT_AUTHORIZED = 'payment.authorized';
/** The shopper has to do something first. { purchaseId, type } */
export const PAYMENT_ACTION_REQUIRED = 'payment.action_required';
/** { purchaseId, code } */
export const PAYMENT_DECLINED = 'payment.declined';
/** { purchaseId, currency, amountCents, shares: [{ storeId, orderId, amountCents }] } */
export const PAYMENT_CAPTURED = 'payment.captured';
/** The money could not be taken, for good. { purchaseId, code, shares: [{ storeId, orderId, amountCents }] } */
export const PAYMENT_CAPTURE_FAILED = 'payment.capture_failed';
/** { purchaseId } */
export const PAYMENT_CANCELLED = 'payment.cancelled';
/** { purchaseId, orderId, storeId, refundId, amountCents, refundedCents, capturedCents, currency } */
export const PAYMENT_REFUNDED = 'payment.refunded';
/** The provider could not give it back; it is not refunded. { purchaseId, orderId, storeId, refundId, amountCents, code } */
export const PAYMENT_REFUND_FAILED = 'payment.refund_failed';
/** { purchaseId, orderId, storeId, disputeId, amountCents, currency, status } */
export const PAYMENT_DISPUTED = 'payment.disputed';
/** A dispute was decided. { purchaseId, orderId, storeId, disputeId, amountCents, currency, status } */
export const PAYMENT_DISPUTE_ENDED = 'payment.dispute_ended';

/** A person decided what became of a step. { purchaseId, stepId, kind, outcome, by } */
export const PAYMENT_STEP_RESOLVED = 'payment.step_resolved';

export function paymentEvent(
  type: string,
  payment: { id: string; purchaseId: string; purchaseKind?: string | null },
  payload: Record<string, unknown> = {},
): NewEvent {
  const { id, purchaseId, purchaseKind = null } = payment;
  return { type, aggregateId: id, payload: { purchaseId, purchaseKind, ...payload } };
}

/** For subscribers: an event of a payment for this kind of purchase, or for one from before they were told apart. */
export const isOf = (kind: 'checkout' | 'order') => (payload: Record<string, unknown>) =>
  (payload['purchaseKind'] ?? kind) === kind;
