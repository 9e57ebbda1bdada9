import type Stripe from 'stripe';
import type { PaymentMilestone, ProviderEvent } from '../payment-provider';
import { idOf, labelsOf } from './stripe-objects';

interface EventObject {
  id?: string;
  object?: string;
  metadata?: Stripe.Metadata | null;
  payment_intent?: string | { id: string } | null;
}

/** What the two endpoints for webhooks listen to (docs/operations.md); other events do no harm. */
export const LISTENED_TO = [
  ...(['payment_intent.amount_capturable_updated', 'payment_intent.succeeded'] as const),
  ...(['payment_intent.payment_failed', 'payment_intent.canceled'] as const),
  ...(['payment_intent.requires_action', 'payment_intent.processing', 'charge.updated'] as const),
  ...(['refund.created', 'refund.updated', 'refund.failed'] as const),
  ...(['charge.dispute.created', 'charge.dispute.updated', 'charge.dispute.closed'] as const),
  ...(['charge.dispute.funds_withdrawn', 'charge.dispute.funds_reinstated'] as const),
  ...(['account.updated', 'capability.updated', 'payout.created', 'payout.updated'] as const),
  ...(['payout.paid', 'payout.failed', 'payout.canceled'] as const),
] satisfies Stripe.Event.Type[];

/** Events that tell of one step of a payment and of nothing else. See https://docs.stripe.com/api/events/types */
const TELLS: Record<string, PaymentMilestone> = {
  'payment_intent.created': 'created',
  'payment_intent.amount_capturable_updated': 'authorized',
  'charge.succeeded': 'authorized',
  'charge.captured': 'captured',
  'payment_intent.succeeded': 'captured',
};

/** Which object a verified event is about, and nothing else of it: what the object is now is asked of Stripe. */
export function eventOf(event: Stripe.Event): ProviderEvent {
  const object = event.data.object as EventObject;
  const isPayment = object.object === 'payment_intent';
  return {
    id: event.id,
    type: event.type,
    account: event.account ?? null,
    objectKind: object.object ?? 'unknown',
    objectId: object.id ?? null,
    labels: labelsOf(object.metadata),
    providerPaymentId: isPayment ? (object.id ?? null) : idOf(object.payment_intent),
    tells: TELLS[event.type] ?? null,
    createdAt: new Date(event.created * 1000),
  };
}
