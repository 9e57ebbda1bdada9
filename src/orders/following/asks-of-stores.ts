import type { StoreAbility } from '../../store-integrations';
import { returnable, type OrderFacts } from '../order-states';

/** What decides whether a store may be asked about an order. */
export type AskableOrder = Pick<OrderFacts, 'status' | 'checkoutMethod' | 'trackingNumber'> & {
  storeOffers: readonly StoreAbility[] | null;
  /** What it was asked last. */
  storeRequest: { kind: 'cancel' | 'return'; status: string } | null;
};

/** Whether an order was placed at a store that can be asked about it, by its interface or its pages. */
export function isAtAskedStore({ checkoutMethod }: Pick<OrderFacts, 'checkoutMethod'>): boolean {
  return checkoutMethod === 'oauth_api' || checkoutMethod === 'headless';
}

/** Whether its buyer may ask the store to cancel it: it can, nothing has left, and it was not asked, or refused. */
export function mayAskToCancel(order: AskableOrder): boolean {
  const { status, storeOffers, storeRequest } = order;
  if (!isAtAskedStore(order) || !storeOffers?.includes('cancel')) return false;
  const isAsked = storeRequest?.status === 'pending' || storeRequest?.status === 'done';
  if (storeRequest?.kind === 'cancel' && isAsked) return false;
  return (status === 'confirmed' || status === 'processing') && (order.trackingNumber ?? null) === null;
}

/** Whether its buyer may ask the store to take something back; for how long is for others to say. */
export function mayAskToReturn({ status, checkoutMethod, storeOffers }: AskableOrder): boolean {
  return checkoutMethod === 'oauth_api' && (storeOffers?.includes('return') ?? false) && returnable(status);
}
