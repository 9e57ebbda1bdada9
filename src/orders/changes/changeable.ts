import { isPaidByHand } from '../../payments';
import { OrderStateForbids } from '../orders.errors';
import type { LockedOrder } from '../orders.repository';
import { BY_EXCHANGE } from '../paying/order-money';

/** Whether its money is there, so that a change moves money too. */
export function isPaid({ paymentStatus }: Pick<LockedOrder, 'paymentStatus'>): boolean {
  return paymentStatus === 'paid' || paymentStatus === 'partially_refunded';
}

/**
 * Whether an order can be changed by so much: a merchant store's, before it is shipped, while its money is there whole or not
 * at all. Throws OrderStateForbids.
 */
export function assertChangeable(order: LockedOrder, differenceCents: number): void {
  const why = whyNot(order, differenceCents);
  if (why !== null) throw new OrderStateForbids('changed', order.status, why);
}

function whyNot(order: LockedOrder, differenceCents: number): string | undefined | null {
  const { status, checkoutMethod, paymentStatus, paymentId, paymentMethod, trackingNumber } = order;
  if (checkoutMethod !== 'direct') return 'This order was placed on the store’s own site: it is changed there.';
  if (status !== 'pending' && status !== 'confirmed') return undefined;
  if (trackingNumber !== null) return 'Some of it is on its way already.';
  if (paymentMethod === BY_EXCHANGE) return 'This order replaces goods that came back: it is as it was agreed.';
  if (isPaid(order)) {
    if (differenceCents <= 0) return null;
    return isPaidByHand(paymentMethod)
      ? 'It was paid to the store itself: the difference cannot be taken in Muse.'
      : null;
  }
  if (paymentStatus !== 'unpaid' && paymentStatus !== 'failed' && paymentStatus !== 'at_store')
    return `Its payment is ${paymentStatus}.`;
  return paymentId === null ? null : 'Its buyer is paying it at this moment.';
}
