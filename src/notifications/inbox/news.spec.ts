import { NEWS, UNTOLD, newsOf, paramsOf, type News, type Payload } from './news';
import { KINDS, WORDS } from './words';

/** What orders, conversations, trust, payments and stock say to others, as their modules publish it. */
const SAID = [
  ...['placed', 'confirmed', 'paid', 'payment_failed', 'refunded', 'shipped', 'delivered', 'cancelled'],
  ...['store_number_known', 'marked_complete', 'completed', 'verified', 'overridden', 'cancel_refused', 'unfollowed'],
  ...['change_proposed', 'change_accepted', 'change_refused', 'change_withdrawn', 'change_expired', 'change_applied'],
  ...['return_requested', 'return_approved', 'return_refused', 'return_received', 'return_cancelled'],
  ...['exchange_placed', 'returned'],
].map((name) => `order.${name}`);
const SAID_BESIDE = [
  ...['opened', 'message', 'blocked', 'unblocked', 'reported', 'contact_changed', 'key_changed', 'report_decided'].map(
    (name) => `conversation.${name}`,
  ),
  ...['report_filed', 'report_answered', 'report_decided', 'report_withdrawn'].map((name) => `trust.${name}`),
  ...['appeal_filed', 'appeal_decided', 'rating_given', 'ratings_shown'].map((name) => `trust.${name}`),
  ...['store.claimed', 'identity.key_changed'],
  ...['linked', 'unlinked', 'relink_needed'].map((name) => `store_account.${name}`),
  ...['refund_failed', 'disputed', 'dispute_ended', 'account_changed'].map((name) => `payment.${name}`),
  ...['mailbox.relink_needed', 'checkout.handoff_matched', 'checkout.order_found'],
  ...['payment.platform_fee_set', 'inventory.low', 'inventory.stock_changed', 'catalog.variant_repriced'],
];

const order = { isPaidByHand: false, marks: 1, deliveredBy: null };

/** Whom an event tells: the sides that have a kind and did not do it. */
function toldOf(type: string, payload: Payload = {}, of: Partial<typeof order> & { deliveredBy?: string } = {}) {
  const facts = { ...order, ...of };
  const news = newsOf(type, payload, facts);
  const by = news?.by(payload, facts);
  return Object.entries(news?.tells ?? {})
    .filter(([side]) => side !== by)
    .map(([side, kind]) => `${side}: ${kind}`);
}

describe('What is told of an event', () => {
  it.each([...SAID, ...SAID_BESIDE])('is decided for %s', (type) => {
    expect([type in NEWS, type in UNTOLD].filter(Boolean)).toHaveLength(1);
  });

  it('is of kinds that have words, and every kind with words is told of something', () => {
    const told = Object.values(NEWS).flatMap((rows) => rows.flatMap(({ tells }) => Object.values(tells)));
    expect([...new Set(told)].sort()).toEqual([...KINDS].sort());
  });

  it('is found by the same rows that say whose two sides are meant', () => {
    for (const rows of Object.values(NEWS)) {
      expect(new Set(rows.map(({ about }: News) => about)).size).toBe(1);
      // Whatever comes behind a row that always holds would never be told.
      expect(rows.slice(0, -1).every(({ when }) => when !== undefined)).toBe(true);
    }
  });

  it.each([
    ['order.placed', {}, ['merchant: order_placed']],
    ['order.shipped', {}, ['buyer: order_shipped']],
    ['order.parcel_moved', { to: 'out_for_delivery' }, ['buyer: parcel_out_for_delivery']],
    ['order.parcel_moved', { to: 'delivered' }, ['buyer: parcel_delivered']],
    ['order.parcel_moved', { to: 'exception' }, ['buyer: parcel_exception']],
    ['order.parcel_moved', { to: 'returned' }, ['buyer: parcel_returned']],
    ['order.estimate_changed', { from: '2026-12-01', to: '2026-12-03' }, ['buyer: estimate_changed']],
    ['order.cancelled', { by: 'buyer' }, ['merchant: order_cancelled']],
    ['order.cancelled', { by: 'merchant' }, ['buyer: order_cancelled']],
    ['order.cancelled', { by: 'support' }, ['buyer: order_cancelled', 'merchant: order_cancelled']],
    [
      ...(['order.cancelled', { by: 'system', code: 'not_confirmed_in_time' }] as const),
      ['buyer: order_not_confirmed', 'merchant: order_not_confirmed'],
    ],
    ['order.delivered', { by: 'buyer' }, ['merchant: order_delivered']],
    ['order.delivered', {}, ['buyer: order_delivered', 'merchant: order_delivered']],
    ['order.marked_complete', { side: 'buyer' }, ['merchant: order_marked_complete']],
    ['order.marked_complete', { side: 'merchant' }, ['buyer: order_marked_complete']],
    ['order.marked_complete', { side: 'merchant', byTimer: true }, []],
    ['order.completed', {}, []],
    ['order.change_accepted', {}, ['merchant: change_accepted']],
    ['order.change_applied', {}, ['merchant: change_applied']],
    ['order.change_applied', { atOnce: true }, []],
    ['order.return_received', {}, ['buyer: return_received']],
    ['order.return_received', { exchangeOrderId: 'x' }, []],
    ['conversation.message', { side: 'buyer' }, ['merchant: message']],
    ['conversation.message', { side: 'merchant' }, ['buyer: message']],
    ['conversation.message', { side: 'system' }, []],
    ['conversation.report_decided', { side: 'buyer', code: 'upheld' }, ['buyer: message_report_decided']],
    ['conversation.key_changed', { side: 'merchant' }, ['buyer: key_changed']],
    ['conversation.key_changed', { side: 'buyer' }, ['merchant: key_changed']],
    ['trust.report_filed', { side: 'merchant' }, ['buyer: report_filed']],
    ['trust.report_answered', { side: 'merchant' }, ['merchant: report_answered']],
    ['trust.report_withdrawn', { side: 'merchant' }, ['buyer: report_withdrawn']],
    [
      'trust.report_withdrawn',
      { side: 'buyer', by: 'system' },
      ['buyer: report_withdrawn', 'merchant: report_withdrawn'],
    ],
    ['trust.appeal_filed', { side: 'merchant', outcome: 'dismissed' }, ['buyer: appeal_filed']],
    ['trust.appeal_filed', { side: 'merchant', outcome: 'upheld' }, ['merchant: appeal_filed']],
    ['trust.appeal_filed', { side: 'merchant', by: 'merchant' }, ['buyer: appeal_filed']],
    ['trust.report_decided', { side: 'merchant' }, ['buyer: report_decided', 'merchant: report_decided']],
    ['payment.account_changed', { payable: true }, ['merchant: payments_on']],
    ['payment.account_changed', { payable: false }, ['merchant: payments_off']],
    ['payment.dispute_ended', { status: 'won' }, ['merchant: dispute_won']],
    ['payment.dispute_ended', { status: 'lost' }, ['merchant: dispute_lost']],
    ['store_account.relink_needed', {}, ['buyer: store_relink']],
    ['mailbox.relink_needed', {}, ['buyer: mailbox_relink']],
    ['checkout.handoff_matched', {}, ['buyer: order_from_mail']],
    ['checkout.order_found', {}, ['buyer: order_found']],
    ['catalog.variant_repriced', { price: 900, previousPrice: 1000 }, ['buyer: price_dropped']],
    ['catalog.variant_repriced', { price: 1100, previousPrice: 1000 }, []],
    ['inventory.stock_changed', { inStock: true }, ['buyer: back_in_stock']],
    ['inventory.stock_changed', { inStock: false }, []],
    ['never.heard_of', {}, []],
  ])('%s %j tells %j: never whoever did it', (type, payload, told) => expect(toldOf(type, payload)).toEqual(told));

  it('goes by the order where the event does not say who did it', () => {
    expect(toldOf('order.paid')).toEqual(['merchant: order_paid']);
    expect(toldOf('order.paid', {}, { isPaidByHand: true })).toEqual(['buyer: order_paid']);
    expect(toldOf('order.delivered', {}, { deliveredBy: 'buyer' } as never)).toEqual(['merchant: order_delivered']);
    expect(toldOf('order.marked_complete', { side: 'buyer' }, { marks: 2 })).toEqual([]);
    expect(toldOf('order.completed', {}, { marks: 0 })).toEqual([
      'buyer: order_completed',
      'merchant: order_completed',
    ]);
  });
});

describe('What a notification keeps of an event', () => {
  it('is amounts, counts and codes, and nothing that is written in words', () => {
    const payload = {
      ...{ orderId: 'x', storeId: 'y', totalBefore: 1000, totalAfter: 900, currency: 'USD', available: 3 },
      ...{ reason: 'Ana Pérez lives in Fifth Avenue', carrier: 'My cousin', code: 'A long sentence.', to: 'confirmed' },
    };
    expect(paramsOf(payload, 'M-1')).toEqual({
      orderNumber: 'M-1',
      amount: { amount: 900, currency: 'USD' },
      was: { amount: 1000, currency: 'USD' },
      available: 3,
      to: 'confirmed',
    });
  });

  it('has no amount without its currency', () => {
    expect(paramsOf({ amountCents: 100 })).toEqual({});
    expect(paramsOf({ amountCents: 1.5, currency: 'USD' })).toEqual({});
    expect(paramsOf({ amountCents: 100, currency: 'dollars' })).toEqual({});
  });
});

describe('The words', () => {
  it('are the same in every language: kind by kind', () => {
    const [first, ...others] = Object.values(WORDS).map((words) => Object.keys(words).sort());
    for (const other of others) expect(other).toEqual(first);
  });
});
