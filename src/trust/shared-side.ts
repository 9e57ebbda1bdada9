import type { OrderSide, SharedOrder } from '../orders';
import { NotFound } from '../platform/http';
import { NotBetweenTwo } from './trust.errors';

/**
 * The order, if the actor stands on that side of it, for merchants by way of that store. Throws NotFound, and NotBetweenTwo for
 * orders that have no two sides on Muse.
 */
export function sharedSide(
  order: SharedOrder | undefined,
  { side, storeId }: { side: OrderSide; storeId?: string },
): SharedOrder {
  const isSide = order && (side === 'buyer' ? order.isBuyer : order.isMerchant);
  if (!isSide || (storeId !== undefined && order.storeId !== storeId)) throw new NotFound('order');
  if (order.isBuyer && order.isMerchant) throw new NotBetweenTwo('You cannot rate or report yourself.');
  if (order.checkoutMethod !== 'direct')
    throw new NotBetweenTwo('This order was placed on the store’s own site: Muse knows nobody there who could answer.');
  return order;
}
