import type Stripe from 'stripe';
import type { PaymentMilestone, ProviderEvent } from '../payment-provider';
import { idOf, labelsOf } from './stripe-objects';

interface EventObject {
  id?: string;
  object?: string;
  metadata?: Stripe.Metadata | null;
  payment_intent?: string | { id: string } | null;
}

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
