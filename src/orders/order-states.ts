import {
  ORDER_CANCELLED,
  ORDER_COMPLETED,
  ORDER_CONFIRMED,
  ORDER_DELIVERED,
  ORDER_MARKED_COMPLETE,
  ORDER_NUMBER_KNOWN,
  ORDER_RETURNED,
  ORDER_SHIPPED,
} from './orders.events';

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
  /** Of the latest parcel: known once anything has left the store. */
  trackingNumber?: string | null;
  /** Each side's mark that the sale is done. */
  buyerCompletedAt?: Date | null;
  merchantCompletedAt?: Date | null;
}

/** What a change of state brings with it, in its transaction, besides what items and timers do by the state alone. */
interface Effects {
  /** Said to whoever listens. */
  tells?: string;
  /** Money, stock that has not left, and coupons go back. */
  givesBack?: true;
}

interface Transition {
  from: readonly OrderStatus[];
  to: OrderStatus;
  who: readonly Actor[];
  /** Which orders it is for, besides their state. */
  for: (order: OrderFacts, actor: Actor) => boolean;
  effects: Effects;
}

const onMuse = (order: OrderFacts) => order.checkoutMethod === 'direct';
const atPartner = (order: OrderFacts) => !onMuse(order);
/** What is packed must be what was agreed. */
const agreed = (order: OrderFacts) => (order.openChangeId ?? null) === null;
/** Where the shopper was promised to pay at once, goods leave once the money is there. */
const notOwed = (order: OrderFacts) => order.settlement !== 'pay_now' || CAPTURED.has(order.paymentStatus);
const nothingLeft = (order: OrderFacts) => (order.trackingNumber ?? null) === null;
const markOf = (order: OrderFacts, actor: Actor) =>
  (actor === 'buyer' ? order.buyerCompletedAt : order.merchantCompletedAt) ?? null;
/** Of a sale that the merchant has not confirmed, but done something for all the same: a payment was promised again, or taken by hand. */
const beingPaid = ({ settlement, paymentStatus }: OrderFacts) =>
  settlement === 'pay_now' ? paymentStatus === 'failed' : CAPTURED.has(paymentStatus);

/**
 * Every change of an order's status, as data: from, to, by whom, for which orders, with which effects. An order of a merchant
 * store is moved by its two sides and by timers; one of a partner store by tracking alone ('system'). What support and admins
 * may do by hand stands in OVERRIDES.
 */
export const TRANSITIONS = {
  /** Before anything is shipped; a partner store's order is cancelled at the store, unless it was only declared. */
  cancel: {
    from: ['pending', 'awaiting_store', 'confirmed', 'processing'],
    to: 'cancelled',
    who: ['buyer', 'merchant'],
    for: (order, actor) =>
      (onMuse(order) && nothingLeft(order)) || (actor === 'buyer' && order.status === 'awaiting_store'),
    effects: { givesBack: true, tells: ORDER_CANCELLED },
  },
  /** The partner store says so. */
  cancelAtStore: {
    from: ['awaiting_store', 'confirmed', 'processing'],
    to: 'cancelled',
    who: ['system'],
    for: atPartner,
    effects: { givesBack: true, tells: ORDER_CANCELLED },
  },
  /** The merchant takes it: from now on it can be paid, where that was left for later. */
  confirm: { from: ['pending'], to: 'confirmed', who: ['merchant'], for: onMuse, effects: { tells: ORDER_CONFIRMED } },
  /** The merchant did not, in time. */
  expire: {
    from: ['pending'],
    to: 'cancelled',
    who: ['system'],
    for: (order) => onMuse(order) && !beingPaid(order),
    effects: { givesBack: true, tells: ORDER_CANCELLED },
  },
  /** The partner store is at it. */
  prepare: { from: ['confirmed'], to: 'processing', who: ['system'], for: atPartner, effects: {} },
  /** Some of its units leave, and some stay. */
  shipPart: {
    from: ['pending', 'confirmed', 'processing'],
    to: 'processing',
    who: ['merchant', 'system'],
    for: (order, actor) => (actor === 'system' ? atPartner(order) : onMuse(order) && notOwed(order) && agreed(order)),
    effects: { tells: ORDER_SHIPPED },
  },
  /** All that is left leaves. */
  ship: {
    from: ['pending', 'confirmed', 'processing'],
    to: 'shipped',
    who: ['merchant', 'system'],
    for: (order, actor) => (actor === 'system' ? atPartner(order) : onMuse(order) && notOwed(order) && agreed(order)),
    effects: { tells: ORDER_SHIPPED },
  },
  /** It is there: says the buyer, the merchant, the carrier, or the time that has gone by without any news. */
  deliver: {
    from: ['shipped'],
    to: 'delivered',
    who: ['buyer', 'merchant', 'system'],
    for: (order, actor) => actor === 'system' || onMuse(order),
    effects: { tells: ORDER_DELIVERED },
  },
  /** One side says that the sale is done. */
  markComplete: {
    from: ['delivered'],
    to: 'delivered',
    who: ['buyer', 'merchant'],
    for: (order, actor) => onMuse(order) && markOf(order, actor) === null,
    effects: { tells: ORDER_MARKED_COMPLETE },
  },
  /** Both have. */
  complete: {
    from: ['delivered'],
    to: 'completed',
    who: ['buyer', 'merchant'],
    for: (order) => onMuse(order) && markOf(order, 'buyer') !== null && markOf(order, 'merchant') !== null,
    effects: { tells: ORDER_COMPLETED },
  },
  /** Who has said nothing for so long has nothing against it; while the money is disputed somebody has. */
  autoComplete: {
    from: ['delivered'],
    to: 'completed',
    who: ['system'],
    for: (order) => onMuse(order) && order.paymentStatus !== 'disputed' && agreed(order),
    effects: { tells: ORDER_COMPLETED },
  },
  /** Every unit is back. */
  return: {
    from: ['shipped', 'delivered', 'completed'],
    to: 'returned',
    who: ['system'],
    for: () => true,
    effects: { tells: ORDER_RETURNED },
  },
  /** The money that was authorised for it could not be taken: it waits for another payment. */
  reopen: { from: ['confirmed', 'processing'], to: 'pending', who: ['system'], for: onMuse, effects: {} },
  /** Nobody paid it in time after that. */
  lapse: {
    from: ['pending', 'confirmed', 'processing'],
    to: 'cancelled',
    who: ['system'],
    for: (order) => onMuse(order) && order.paymentStatus === 'failed',
    effects: { givesBack: true, tells: ORDER_CANCELLED },
  },
  /** The store's own number of a declared order has become known. */
  learnNumber: {
    from: ['awaiting_store'],
    to: 'confirmed',
    who: ['buyer', 'system', 'support', 'admin'],
    for: () => true,
    effects: { tells: ORDER_NUMBER_KNOWN },
  },
} as const satisfies Record<string, Transition>;

export type OrderAction = keyof typeof TRANSITIONS;

/** Whether an actor may do this to such an order. */
export function allows(action: OrderAction, actor: Actor, order: OrderFacts): boolean {
  const transition: Transition = TRANSITIONS[action];
  return transition.from.includes(order.status) && transition.who.includes(actor) && transition.for(order, actor);
}

/**
 * Where support and admins may put an order by hand, with a reason. Nothing leads out of a state in which money and stock
 * have gone back, or in which the sale is over.
 */
export const OVERRIDES: Record<OrderStatus, readonly OrderStatus[]> = {
  pending: ['confirmed', 'processing', 'shipped', 'delivered', 'cancelled'],
  awaiting_store: ['confirmed', 'shipped', 'delivered', 'cancelled'],
  confirmed: ['processing', 'shipped', 'delivered', 'cancelled'],
  processing: ['shipped', 'delivered', 'cancelled'],
  // Lost on its way.
  shipped: ['delivered', 'completed', 'cancelled'],
  // It had not arrived after all.
  delivered: ['shipped', 'completed'],
  completed: [],
  cancelled: [],
  returned: [],
};

/** Whether it may be put there by hand. Completion is for merchant stores. */
export function overridable(actor: Actor, order: OrderFacts, to: OrderStatus): boolean {
  if (actor !== 'support' && actor !== 'admin') return false;
  return OVERRIDES[order.status].includes(to) && (to !== 'completed' || onMuse(order));
}

/** Whether any line of the tables leads this actor from there to there: what is written must be one of them. */
export function isMove(from: OrderStatus, to: OrderStatus, actor: Actor): boolean {
  const moves: Transition[] = Object.values(TRANSITIONS);
  if (moves.some((one) => one.from.includes(from) && one.to === to && one.who.includes(actor))) return true;
  return (actor === 'support' || actor === 'admin') && OVERRIDES[from].includes(to);
}

/** What an order waits for by the clock. */
export const TIMERS = ['confirm', 'deliver', 'complete'] as const;
export type OrderTimer = (typeof TIMERS)[number];

/** The timer that begins with a state, at a merchant store. Every other state has none. */
export const TIMER_OF: Partial<Record<OrderStatus, OrderTimer>> = {
  pending: 'confirm',
  shipped: 'deliver',
  delivered: 'complete',
};

/** An order of which no carrier tells anything is taken to have arrived so long after it was shipped. */
export const DELIVERED_WITHOUT_NEWS_DAYS = 21;

/** Whom the timer may speak for: the side that is silent while the other one has said that the sale is done. */
export type Side = 'buyer' | 'merchant';
export function silentSide(order: OrderFacts): Side | null {
  const [buyer, merchant] = [markOf(order, 'buyer') !== null, markOf(order, 'merchant') !== null];
  if (buyer === merchant) return null;
  return buyer ? 'merchant' : 'buyer';
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
  | 'authorized'
  | 'captured'
  | 'declined'
  | 'capture_failed'
  | 'cancelled'
  | 'refunded'
  | 'disputed'
  | 'undisputed';

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
