import type { SidesOfOrder } from '../../orders';

/** The two who can be told of something: who buys, and who runs the store. */
export type Side = 'buyer' | 'merchant';

/** Where a notification leads. */
export const TARGETS = [
  'order',
  'conversation',
  'report',
  'return',
  'change',
  'store',
  'found_order',
  'mailbox',
] as const;
export type Target = (typeof TARGETS)[number];

export type Payload = Record<string, unknown>;
type Order = Pick<SidesOfOrder, 'isPaidByHand' | 'marks' | 'deliveredBy'>;

/** What an event is to those whom it concerns. */
export interface News {
  /**
   * Whose two sides are told: those of an order, of a conversation, a store's merchant, whoever has the variant in the cart, the
   * account at the store, or the shopper alone.
   */
  about: 'order' | 'conversation' | 'store' | 'variant' | 'account' | 'shopper';
  /** Who did it, and is not told; anybody else (`system`, `support`) is neither side. */
  by: (payload: Payload, order?: Order) => unknown;
  /** The kind of notification of each side; a side without one is not told. */
  tells: Partial<Record<Side, string>>;
  /** Where it leads, and by which member of the payload; without one to the order, the conversation or the store itself. */
  target?: { kind: Target; id: string };
  /** Only then; the first that holds counts. */
  when?: (payload: Payload, order?: Order) => boolean;
  /** Takes the place of an unread one of its kind about the same variant or conversation. */
  replaces?: true;
}

const buyer = () => 'buyer';
const merchant = () => 'merchant';
const nobodyOfThem = () => 'system';
const whoSays = ({ by }: Payload) => by;
const sideThatActed = ({ by, side }: Payload) => by ?? side;
const otherSide = ({ side }: Payload) => (side === 'buyer' ? 'merchant' : 'buyer');
/** `side` is whose report it is; against it appeals whom the decision went against. */
const whoAppeals = ({ by, side, outcome }: Payload) => by ?? (outcome === 'dismissed' ? side : otherSide({ side }));

const ofOrder = (by: News['by'], tells: News['tells'], more: Partial<News> = {}): News => ({
  about: 'order',
  by,
  tells,
  ...more,
});
const ofConversation = (tells: News['tells'], more: Partial<News> = {}): News => ({
  about: 'conversation',
  by: sideThatActed,
  tells,
  ...more,
});
const ofStore = (kind: string, more: Partial<News> = {}): News => ({
  about: 'store',
  by: nobodyOfThem,
  tells: { merchant: kind },
  ...more,
});
const both = (kind: string) => ({ buyer: kind, merchant: kind });

const RETURN = { kind: 'return', id: 'returnId' } as const;
const CHANGE = { kind: 'change', id: 'changeId' } as const;
const REPORT = { kind: 'report', id: 'reportId' } as const;
const EXCHANGE = { kind: 'order', id: 'exchangeOrderId' } as const;
const FOUND = { kind: 'found_order', id: 'foundOrderId' } as const;
const MAILBOX = { kind: 'mailbox', id: 'mailboxId' } as const;
const NOT_CONFIRMED = 'not_confirmed_in_time';

/** By the type of the event: what is told of it, to whom. The first row whose `when` holds. */
export const NEWS: Record<string, News[]> = {
  'order.placed': [ofOrder(buyer, { merchant: 'order_placed' })],
  'order.confirmed': [ofOrder(merchant, { buyer: 'order_confirmed' })],
  'order.paid': [ofOrder((_, order) => (order?.isPaidByHand ? 'merchant' : 'buyer'), both('order_paid'))],
  'order.payment_failed': [ofOrder(nobodyOfThem, { buyer: 'payment_failed' })],
  'order.refunded': [ofOrder(nobodyOfThem, { buyer: 'order_refunded' })],
  'order.shipped': [ofOrder(merchant, { buyer: 'order_shipped' })],
  'order.delivered': [ofOrder(({ by }, order) => by ?? order?.deliveredBy, both('order_delivered'))],
  'order.cancelled': [
    ofOrder(whoSays, both('order_not_confirmed'), { when: ({ code }) => code === NOT_CONFIRMED }),
    ofOrder(whoSays, both('order_cancelled')),
  ],
  'order.parcel_moved': [
    ofOrder(nobodyOfThem, { buyer: 'parcel_out_for_delivery' }, { when: ({ to }) => to === 'out_for_delivery' }),
    ofOrder(nobodyOfThem, { buyer: 'parcel_delivered' }, { when: ({ to }) => to === 'delivered' }),
    ofOrder(nobodyOfThem, { buyer: 'parcel_returned' }, { when: ({ to }) => to === 'returned' }),
    ofOrder(nobodyOfThem, { buyer: 'parcel_exception' }),
  ],
  'order.estimate_changed': [ofOrder(nobodyOfThem, { buyer: 'estimate_changed' })],
  'order.cancel_refused': [ofOrder(nobodyOfThem, { buyer: 'cancel_refused' })],
  'order.unfollowed': [ofOrder(nobodyOfThem, { buyer: 'order_unfollowed' })],
  'order.store_number_known': [ofOrder(buyer, { merchant: 'order_number_known' })],
  // The second mark, and the clock's for a silent side, makes a verified sale, which is told as such.
  'order.marked_complete': [
    ofOrder(sideThatActed, both('order_marked_complete'), {
      when: ({ byTimer }, order) => byTimer !== true && (order?.marks ?? 0) < 2,
    }),
  ],
  // Without a mark of either side it is no verified sale, and at its end all the same.
  'order.completed': [ofOrder(nobodyOfThem, both('order_completed'), { when: (_, order) => order?.marks === 0 })],
  'order.verified': [ofOrder(nobodyOfThem, both('sale_verified'))],
  'order.overridden': [ofOrder(nobodyOfThem, both('order_overridden'))],

  'order.change_proposed': [ofOrder(merchant, { buyer: 'change_proposed' }, { target: CHANGE })],
  'order.change_accepted': [ofOrder(buyer, { merchant: 'change_accepted' }, { target: CHANGE })],
  'order.change_refused': [ofOrder(buyer, { merchant: 'change_refused' }, { target: CHANGE })],
  'order.change_withdrawn': [ofOrder(merchant, { buyer: 'change_withdrawn' }, { target: CHANGE })],
  'order.change_expired': [ofOrder(nobodyOfThem, both('change_expired'), { target: CHANGE })],
  // By paying what it costs more; by accepting it is told as that.
  'order.change_applied': [
    ofOrder(buyer, { merchant: 'change_applied' }, { target: CHANGE, when: ({ atOnce }) => atOnce !== true }),
  ],

  'order.return_requested': [ofOrder(buyer, { merchant: 'return_requested' }, { target: RETURN })],
  'order.return_approved': [ofOrder(merchant, { buyer: 'return_approved' }, { target: RETURN })],
  'order.return_refused': [ofOrder(merchant, { buyer: 'return_refused' }, { target: RETURN })],
  // For other goods it is told as the order that brings them.
  'order.return_received': [
    ofOrder(
      merchant,
      { buyer: 'return_received' },
      { target: RETURN, when: ({ exchangeOrderId }) => exchangeOrderId === undefined },
    ),
  ],
  'order.return_cancelled': [ofOrder(buyer, { merchant: 'return_cancelled' }, { target: RETURN })],
  'order.exchange_placed': [ofOrder(merchant, { buyer: 'exchange_placed' }, { target: EXCHANGE })],

  // What the system says in a conversation is told as what happened.
  'conversation.message': [
    ofConversation(both('message'), { when: ({ side }) => side === 'buyer' || side === 'merchant', replaces: true }),
  ],
  // To and fro as often as one likes: it must not push out what else is unread.
  'conversation.blocked': [ofConversation(both('conversation_blocked'), { replaces: true })],
  'conversation.unblocked': [ofConversation(both('conversation_unblocked'), { replaces: true })],

  // `side` is who reported it.
  'conversation.report_decided': [ofConversation(both('message_report_decided'), { by: otherSide })],
  'conversation.key_changed': [ofConversation(both('key_changed'), { replaces: true })],

  'trust.report_filed': [ofOrder(sideThatActed, both('report_filed'), { target: REPORT })],
  'trust.report_answered': [ofOrder(otherSide, both('report_answered'), { target: REPORT })],
  'trust.report_decided': [ofOrder(nobodyOfThem, both('report_decided'), { target: REPORT })],
  'trust.report_withdrawn': [ofOrder(sideThatActed, both('report_withdrawn'), { target: REPORT })],
  'trust.appeal_filed': [ofOrder(whoAppeals, both('appeal_filed'), { target: REPORT })],
  'trust.appeal_decided': [ofOrder(nobodyOfThem, both('appeal_decided'), { target: REPORT })],
  'trust.rating_given': [ofOrder(sideThatActed, both('rating_given'))],
  'trust.ratings_shown': [ofOrder(nobodyOfThem, both('ratings_shown'))],

  'payment.refund_failed': [ofOrder(nobodyOfThem, both('refund_failed'))],
  'payment.disputed': [ofOrder(buyer, { merchant: 'payment_disputed' })],
  'payment.dispute_ended': [
    ofOrder(buyer, { merchant: 'dispute_won' }, { when: ({ status }) => status === 'won' }),
    ofOrder(buyer, { merchant: 'dispute_lost' }),
  ],
  'payment.account_changed': [
    ofStore('payments_on', { when: ({ payable }) => payable === true }),
    ofStore('payments_off'),
  ],
  'payment.platform_fee_set': [ofStore('platform_fee_set')],
  'inventory.low': [ofStore('stock_low', { replaces: true })],

  'store_account.relink_needed': [{ about: 'account', by: nobodyOfThem, tells: { buyer: 'store_relink' } }],

  'mailbox.relink_needed': [
    { about: 'shopper', by: nobodyOfThem, tells: { buyer: 'mailbox_relink' }, target: MAILBOX },
  ],

  'checkout.handoff_matched': [ofOrder(nobodyOfThem, { buyer: 'order_from_mail' })],
  'checkout.order_found': [{ about: 'shopper', by: nobodyOfThem, tells: { buyer: 'order_found' }, target: FOUND }],

  'catalog.variant_repriced': [
    {
      ...{ about: 'variant', by: merchant, tells: { buyer: 'price_dropped' }, replaces: true },
      when: ({ price, previousPrice }) => Number(price) < Number(previousPrice),
    },
  ],
  'inventory.stock_changed': [
    {
      ...{ about: 'variant', by: merchant, tells: { buyer: 'back_in_stock' }, replaces: true },
      when: ({ inStock }) => inStock === true,
    },
  ],
};

/** Events of the same modules that are told to nobody here, and why. */
export const UNTOLD: Record<string, string> = {
  'conversation.opened': 'its first message is told',
  'conversation.reported': 'it is for support to look at',
  'conversation.contact_changed':
    'whoever is the contact of a store without a merchant has no inbox, and is written to',
  'order.returned': 'each of its returns is told',
  'store.claimed': 'it is the act of the one whom it concerns',
  'store_account.linked': 'it is the act of the one whom it concerns',
  'store_account.unlinked':
    'it is the act of the one whom it concerns, or of the admin who ended the connection; orders tell of themselves',
  'identity.key_changed': 'each conversation in which something is sealed tells of it',
};

/** What is told of an event, if anything. */
export function newsOf(type: string, payload: Payload, order?: Order): News | undefined {
  return NEWS[type]?.find(({ when }) => !when || when(payload, order));
}

/** Amounts of payloads, by the name under which a notification keeps them. */
const AMOUNTS: Record<string, string> = {
  amountCents: 'amount',
  totalAfter: 'amount',
  price: 'amount',
  totalBefore: 'was',
  previousPrice: 'was',
};
const COUNTS = ['available', 'threshold'];
const CODE = /^[a-z0-9_.-]{1,60}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What a notification keeps beside its ids. */
export interface Params {
  orderNumber?: string;
  amount?: { amount: number; currency: string };
  was?: { amount: number; currency: string };
  available?: number;
  threshold?: number;
  /** States before and after, of an order that support has moved, or its new days; a code that says why. */
  from?: string;
  to?: string;
  code?: string;
}

/** What of a payload may be kept: amounts, counts and codes. Whatever else an event might carry is left. */
export function paramsOf(payload: Payload, orderNumber?: string): Params {
  const params: Record<string, unknown> = orderNumber === undefined ? {} : { orderNumber };
  const { currency } = payload;
  if (typeof currency === 'string' && /^[A-Z]{3}$/.test(currency))
    for (const [member, name] of Object.entries(AMOUNTS))
      if (Number.isSafeInteger(payload[member])) params[name] = { amount: payload[member], currency };
  for (const name of COUNTS) if (Number.isSafeInteger(payload[name])) params[name] = payload[name];
  for (const name of ['from', 'to', 'code']) {
    const value = payload[name];
    if (typeof value === 'string' && CODE.test(value)) params[name] = value;
  }
  return params;
}

/** An id in a payload. */
export function idIn(payload: Payload, name: string): string | undefined {
  const value = payload[name];
  return typeof value === 'string' && UUID.test(value) ? value : undefined;
}
