/** Where an order stands. */
export const ORDER_STATUSES = [
  ...(['pending', 'awaiting_store', 'confirmed', 'processing', 'shipped'] as const),
  ...(['delivered', 'completed', 'cancelled', 'returned'] as const),
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** Where its money stands: an axis of its own. */
export const PAYMENT_STATUSES = [
  ...(['unpaid', 'authorized', 'paid', 'partially_refunded', 'refunded'] as const),
  ...(['voided', 'failed', 'disputed', 'at_store'] as const),
] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

export type CheckoutMethod = 'direct' | 'oauth_api' | 'headless' | 'redirect';
export type Actor = 'buyer' | 'merchant' | 'system' | 'support' | 'admin';

/** What the guards look at. */
export interface OrderFacts {
  status: OrderStatus;
  checkoutMethod: CheckoutMethod;
}

interface Transition {
  from: readonly OrderStatus[];
  to: OrderStatus;
  who: readonly Actor[];
  /** Which orders it is for, besides their state. */
  for: (order: OrderFacts) => boolean;
}

const onMuse = (order: OrderFacts) => order.checkoutMethod === 'direct';

/** Every change of an order's status, as data: from, to, by whom, for which orders. */
export const TRANSITIONS = {
  /** Before it is shipped; a partner store's order is cancelled at the store, unless it was only declared. */
  cancel: {
    from: ['pending', 'awaiting_store', 'confirmed', 'processing'],
    to: 'cancelled',
    who: ['buyer'],
    for: (order) => onMuse(order) || order.status === 'awaiting_store',
  },
  ship: { from: ['pending', 'confirmed', 'processing'], to: 'shipped', who: ['merchant'], for: onMuse },
  /** The store's own number of a declared order has become known. */
  learnNumber: {
    from: ['awaiting_store'],
    to: 'confirmed',
    who: ['buyer', 'system', 'support', 'admin'],
    for: () => true,
  },
} as const satisfies Record<string, Transition>;

export type OrderAction = keyof typeof TRANSITIONS;

/** Whether an actor may do this to such an order. */
export function allows(action: OrderAction, actor: Actor, order: OrderFacts): boolean {
  const transition: Transition = TRANSITIONS[action];
  return transition.from.includes(order.status) && transition.who.includes(actor) && transition.for(order);
}

/** A return may be asked for while something that was shipped is still with the buyer. */
export function returnable(status: OrderStatus): boolean {
  return status === 'shipped' || status === 'delivered' || status === 'completed';
}
