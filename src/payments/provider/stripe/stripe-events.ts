import type Stripe from 'stripe';
import type { ProviderEvent } from '../payment-provider';
import { idOf, labelsOf } from './stripe-objects';

interface EventObject {
  id?: string;
  object?: string;
  metadata?: Stripe.Metadata | null;
  payment_intent?: string | { id: string } | null;
}

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
    createdAt: new Date(event.created * 1000),
  };
}
