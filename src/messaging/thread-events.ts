import type { DomainEvent } from '../platform/events';
import type { ThreadEvent } from './conversation-row';

/** For whom something is news: not for the side that did it. */
type NewsFor = 'buyer' | 'merchant' | 'both' | 'nobody';
type Rule = NewsFor | ((payload: Record<string, unknown>) => NewsFor);

const OTHER = { buyer: 'merchant', merchant: 'buyer' } as const;
/** Done by one side, which the payload names; by anybody else it is news for both. */
const unlessBy =
  (member: string): Rule =>
  (payload) => {
    const by = payload[member];
    return (by === 'buyer' || by === 'merchant') && payload['byTimer'] !== true ? OTHER[by] : 'both';
  };

/** What of an order's life is told in its conversation, by the type of the event. */
const TOLD: Record<string, Rule> = {
  'order.confirmed': 'buyer',
  'order.paid': 'merchant',
  'order.payment_failed': 'buyer',
  'order.refunded': 'buyer',
  'order.shipped': 'buyer',
  'order.delivered': ({ by }) => (by === 'buyer' ? 'merchant' : 'buyer'),
  'order.cancelled': unlessBy('by'),
  'order.marked_complete': unlessBy('side'),
  'order.completed': 'both',
  'order.overridden': 'both',
  'order.change_proposed': 'buyer',
  'order.change_accepted': 'merchant',
  'order.change_refused': 'merchant',
  'order.change_withdrawn': 'buyer',
  'order.change_expired': 'both',
  // With its acceptance, which is news by itself, or once the difference is paid.
  'order.change_applied': ({ atOnce }) => (atOnce === true ? 'nobody' : 'both'),
  'order.return_requested': 'merchant',
  'order.return_approved': 'buyer',
  'order.return_refused': 'buyer',
  'order.return_received': 'buyer',
  'order.return_cancelled': 'merchant',
  'order.exchange_placed': 'buyer',
};
export const TOLD_TYPES: readonly string[] = Object.keys(TOLD);

/** What of a payload is told on: codes, ids and amounts. */
const KEPT: readonly string[] = [
  ...['by', 'code', 'side', 'byTimer', 'from', 'to', 'carrier', 'parcelId', 'changeId', 'returnId', 'refundId'],
  ...['exchangeOrderId', 'amount', 'amountCents', 'currency', 'totalBefore', 'totalAfter'],
];

/** How an event stands in the conversation, and for which side it counts as unread. */
export function threadEventOf({ type, occurredAt, payload }: Pick<DomainEvent, 'type' | 'occurredAt' | 'payload'>): {
  event: ThreadEvent;
  countsForBuyer: boolean;
  countsForMerchant: boolean;
} {
  const rule = TOLD[type]!;
  const newsFor = typeof rule === 'string' ? rule : rule(payload);
  const kept = Object.fromEntries(
    KEPT.filter((name) => payload[name] !== undefined).map((name) => [name, payload[name]]),
  );
  return {
    event: { type, occurredAt: occurredAt.toISOString(), ...kept },
    countsForBuyer: newsFor === 'buyer' || newsFor === 'both',
    countsForMerchant: newsFor === 'merchant' || newsFor === 'both',
  };
}
