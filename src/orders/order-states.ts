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
  settlement: 'pay_now' | 'pay_later' | 'at_store';
  paymentStatus: PaymentStatus;
  /** A change that the merchant proposed and that is not decided, or not paid. */
  openChangeId?: string | null;
}

interface Transition {
  from: readonly OrderStatus[];
  to: OrderStatus;
  who: readonly Actor[];
  /** Which orders it is for, besides their state. */
  for: (order: OrderFacts) => boolean;
}

const onMuse = (order: OrderFacts) => order.checkoutMethod === 'direct';
/** Where the shopper was promised to pay at once, goods leave once the money is there. */
const notOwed = (order: OrderFacts) => order.settlement !== 'pay_now' || CAPTURED.has(order.paymentStatus);

/** Every change of an order's status, as data: from, to, by whom, for which orders. */
export const TRANSITIONS = {
  /** Before it is shipped; a partner store's order is cancelled at the store, unless it was only declared. */
  cancel: {
    from: ['pending', 'awaiting_store', 'confirmed', 'processing'],
    to: 'cancelled',
    who: ['buyer'],
    for: (order) => onMuse(order) || order.status === 'awaiting_store',
  },
  ship: {
    from: ['pending', 'confirmed', 'processing'],
    to: 'shipped',
    who: ['merchant'],
    // What is packed must be what was agreed.
    for: (order) => onMuse(order) && notOwed(order) && !order.openChangeId,
  },
  /** The merchant takes it: from now on it can be paid, where that was left for later. */
  confirm: { from: ['pending'], to: 'confirmed', who: ['merchant'], for: onMuse },
  /** The money that was authorised for it could not be taken: it waits for another payment. */
  reopen: { from: ['confirmed', 'processing'], to: 'pending', who: ['system'], for: onMuse },
  /** Nobody paid it in time after that. */
  lapse: {
    from: ['pending', 'confirmed', 'processing'],
    to: 'cancelled',
    who: ['system'],
    for: (order) => onMuse(order) && order.paymentStatus === 'failed',
  },
  /** Every unit of it is back. */
  return: { from: ['shipped', 'delivered', 'completed'], to: 'returned', who: ['system'], for: onMuse },
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

/** States in which something of the money is there, or was. */
const CAPTURED: ReadonlySet<PaymentStatus> = new Set(['paid', 'partially_refunded', 'refunded', 'disputed']);

/**
 * Whether its buyer may pay it in Muse, as far as the order says: agreed with the merchant and never paid, or a payment that
 * was promised has failed. (That no payment is under way, and that the merchant can be paid, is for others to say.)
 */
export function isToPay({ status, checkoutMethod, settlement, paymentStatus }: OrderFacts): boolean {
  if (checkoutMethod !== 'direct' || settlement === 'at_store') return false;
  if (settlement === 'pay_now') return paymentStatus === 'failed' && (status === 'pending' || status === 'confirmed');
  return status === 'confirmed' && (paymentStatus === 'unpaid' || paymentStatus === 'failed');
}

/** Whether the merchant may say that it was paid without Muse; as for isToPay, no payment must be under way. */
export function canBeMarkedPaid(order: OrderFacts & { totalCents: number }): boolean {
  const { status, checkoutMethod, settlement, paymentStatus, totalCents } = order;
  if (checkoutMethod !== 'direct' || settlement !== 'pay_later' || totalCents === 0) return false;
  return (status === 'pending' || status === 'confirmed') && (paymentStatus === 'unpaid' || paymentStatus === 'failed');
}

/** What of an order's money can go back, while nobody disputes it. */
export function isRefundable(paymentStatus: PaymentStatus): boolean {
  return paymentStatus === 'paid' || paymentStatus === 'partially_refunded';
}

/** What a payment tells of an order that it pays. */
export type PaymentNews =
  'authorized' | 'captured' | 'declined' | 'capture_failed' | 'cancelled' | 'refunded' | 'disputed' | 'undisputed';

/**
 * Where an order's money stands after a payment's news, as data; a pair that is missing changes nothing, for news come in
 * no promised order. `amounts`: what of it was taken and given back decides.
 */
const AFTER: Record<PaymentNews, Partial<Record<PaymentStatus, PaymentStatus | 'amounts'>>> = {
  authorized: { unpaid: 'authorized', failed: 'authorized' },
  captured: {
    unpaid: 'amounts',
    authorized: 'amounts',
    failed: 'amounts',
    paid: 'amounts',
    partially_refunded: 'amounts',
  },
  declined: { unpaid: 'failed' },
  capture_failed: { unpaid: 'failed', authorized: 'failed' },
  cancelled: { unpaid: 'failed', authorized: 'failed' },
  // A refund may come back from the bank, and then less is refunded than was.
  refunded: {
    unpaid: 'amounts',
    authorized: 'amounts',
    failed: 'amounts',
    paid: 'amounts',
    partially_refunded: 'amounts',
    refunded: 'amounts',
  },
  disputed: {
    unpaid: 'disputed',
    authorized: 'disputed',
    paid: 'disputed',
    partially_refunded: 'disputed',
    refunded: 'disputed',
  },
  undisputed: { disputed: 'amounts' },
};

/** See AFTER. Of an order that is cancelled, money that was never taken is voided. */
export function paymentStatusAfter(
  news: PaymentNews,
  { status, paymentStatus }: Pick<OrderFacts, 'status' | 'paymentStatus'>,
  capturedCents: number,
  refundedCents: number,
): PaymentStatus {
  const next = AFTER[news][paymentStatus] ?? paymentStatus;
  if (next === 'amounts') {
    if (refundedCents === 0) return 'paid';
    return refundedCents < capturedCents ? 'partially_refunded' : 'refunded';
  }
  return next === 'failed' && status === 'cancelled' ? 'voided' : next;
}
