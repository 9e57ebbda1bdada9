import { setTimeout as sleep } from 'node:timers/promises';
import type { Findings } from './harness/report';
import { TOLD_TYPES } from '../../src/messaging/thread-events';
import { NEWS } from '../../src/notifications/inbox/news';
import { noteStripe } from './harness/till';
import type { World } from './harness/world';
import { PAYMENT_INVARIANTS } from './payment-invariants';

/** A sentence that has to hold of everything that was done, the rows that break it, and what it was looked for in. */
export interface Invariant {
  counts:
    | 'oversold'
    | 'duplicate orders'
    | 'lost lines'
    | 'lost events'
    | 'lost cents'
    | 'doubled captures'
    | 'open payments';
  says: string;
  /** One row for each breach, with what is wrong with it. */
  breaches: string;
  /** How many things it was checked on. */
  checked: string;
}

/** Sold and not taken back: units of orders that were not cancelled. */
const SOLD = `SELECT i.variant_id, sum(i.quantity)::int AS units FROM order_items i JOIN orders o ON o.id = i.order_id
   WHERE i.variant_id IS NOT NULL AND o.order_status <> 'cancelled' GROUP BY i.variant_id`;
/** Guests who signed in, by what they are now. */
const NOW_IS = `SELECT id, coalesce(claimed_by, id) AS is_now FROM guests UNION ALL SELECT id, id FROM users`;
/** Where units of goods stand: in a cart, in an order, in a hand-off that waits. What a guest of before has left is nowhere. */
const PLACES = `
  SELECT c.shopper_id AS shopper, coalesce(l.variant_id::text, l.product_sku) AS goods, l.quantity AS units, 'cart' AS place
    FROM cart_items l JOIN carts c ON c.id = l.cart_id AND c.status <> 'merged'
  UNION ALL
  SELECT coalesce(o.buyer_user_id, o.buyer_guest_id), coalesce(i.variant_id::text, i.product_sku), i.quantity, 'order'
    FROM order_items i JOIN orders o ON o.id = i.order_id
  UNION ALL
  SELECT h.shopper_id, coalesce(x ->> 'variantId', x ->> 'productSku'), (x ->> 'quantity')::int, 'handoff'
    FROM handoffs h, jsonb_array_elements(h.items) x WHERE h.status = 'waiting'`;
/**
 * The last click may have been made, the shop said nothing of it and lists no order: nobody clicks again. Nowhere else may a person
 * be needed. Until they have found out, the session has not ended, and nothing says that it has.
 */
const WAITS_FOR_A_PERSON = `sc.status = 'needs_attention' AND EXISTS (
  SELECT FROM store_browser_checkouts b WHERE b.store_checkout_id = sc.id AND b.state = 'clicking')`;
/** What everybody hears, by whom. */
const HEARD_BY: Record<string, string[]> = {
  'notifications.inbox': Object.keys(NEWS),
  messaging: ['order.placed', 'identity.key_changed', 'conversation.key_changed', ...TOLD_TYPES],
  'cart.streams': ['catalog.variant_repriced', 'inventory.stock_changed'],
  'notifications.mail': [
    ...['identity.registered', 'order.placed', 'order.shipped', 'order.delivered', 'order.cancelled', 'inventory.low'],
    ...['order.change_proposed', 'order.return_approved', 'order.return_refused', 'order.return_received'],
    ...['order.return_requested', 'order.exchange_placed'],
  ],
  'notifications.store-contact': ['conversation.message', 'conversation.contact_changed'],
  'checkout-session': ['payment.authorized', 'payment.action_required', 'payment.declined', 'payment.cancelled'],
  orders: [
    ...['payment.authorized', 'payment.action_required', 'payment.captured', 'payment.declined', 'payment.cancelled'],
    ...['payment.capture_failed', 'payment.refunded', 'payment.refund_failed', 'payment.disputed'],
    'payment.dispute_ended',
  ],
  'order-changes': [
    ...['payment.authorized', 'payment.action_required', 'payment.captured', 'payment.declined', 'payment.cancelled'],
    'payment.capture_failed',
  ],
  'order-returns': ['payment.refunded', 'order.refunded', 'order.dispute_ended'],
  'order-following': ['order.placed', 'store_order.changed'],
  'carrier-tracking': ['order.shipped', 'order.store_number_known', 'carrier.parcel_told'],
  'order-polls': ['store_account.linked', 'store_account.unlinked'],
  'checkout-session.links': ['store_account.linked', 'store_account.unlinked', 'store_account.relink_needed'],
  'cart-availability': ['store_account.unlinked'],
  'store-platforms': ['stores.store_opened'],
  'found-orders': ['mail.found', 'checkout.handoffs_claimed', 'order.placed', 'order.store_number_known'],
};
const HEARD = `(VALUES ${Object.entries(HEARD_BY)
  .flatMap(([consumer, types]) => types.map((type) => `('${type}', '${consumer}')`))
  .join(', ')}) AS heard (type, consumer)`;

/**
 * Goods that are dearer, or sold out, are told to nobody: the inbox does not hear of them. What a payment is for hears of it,
 * and before anything is bought nobody else.
 */
const WANTED = `CASE heard.consumer
   WHEN 'notifications.inbox' THEN CASE e.type WHEN 'inventory.stock_changed' THEN (e.payload ->> 'inStock')::boolean
     WHEN 'catalog.variant_repriced' THEN (e.payload ->> 'price')::bigint < (e.payload ->> 'previousPrice')::bigint ELSE true END
   WHEN 'order-following' THEN e.type <> 'order.placed' OR e.payload ->> 'checkoutMethod' IN ('oauth_api', 'headless')
   WHEN 'found-orders' THEN e.type <> 'order.placed' OR (e.payload ->> 'checkoutMethod' <> 'direct' AND e.payload ->> 'sealed' IS NULL)
   WHEN 'checkout-session' THEN e.payload ->> 'purchaseKind' IS DISTINCT FROM 'order'
   WHEN 'order-changes' THEN e.payload ->> 'purchaseKind' IS DISTINCT FROM 'checkout'
   WHEN 'orders' THEN e.type NOT IN ('payment.authorized', 'payment.action_required') OR e.payload ->> 'purchaseKind' IS DISTINCT FROM 'checkout'
   ELSE true END`;

/** That a shopper is asked to do something first is said of a placement on its way, not of its end. */
const IS_AN_END = `NOT (e.type = 'checkout.store_outcome' AND e.payload ->> 'outcome' = 'action_required')`;

const INVARIANTS: Invariant[] = [
  {
    counts: 'oversold',
    says: 'on hand and sold make what there was, of each variant',
    breaches: `SELECT i.variant_id, i.on_hand, s.units AS sold, o.on_hand AS opening
       FROM torture.opening_stock o JOIN inventory i USING (variant_id) LEFT JOIN (${SOLD}) s USING (variant_id)
      WHERE i.on_hand + coalesce(s.units, 0) <> o.on_hand`,
    checked: `SELECT count(*) FROM torture.opening_stock`,
  },
  {
    counts: 'oversold',
    says: 'reserved is the sum of the live holds, of each variant',
    breaches: `SELECT i.variant_id, i.reserved, h.units AS held FROM inventory i
       LEFT JOIN (SELECT variant_id, sum(quantity) AS units FROM holds WHERE status IN ('held', 'committed') GROUP BY variant_id) h USING (variant_id)
      WHERE i.reserved <> coalesce(h.units, 0)`,
    checked: `SELECT count(*) FROM inventory`,
  },
  {
    counts: 'oversold',
    says: 'no hold is left of a session that has ended',
    breaches: `SELECT h.session_id, h.variant_id, h.status, cs.status AS session FROM holds h JOIN checkout_sessions cs ON cs.id = h.session_id
      WHERE h.status IN ('held', 'committed') AND cs.status NOT IN ('pending', 'processing')`,
    checked: `SELECT count(*) FROM holds`,
  },
  {
    counts: 'duplicate orders',
    says: 'at most one order a session and store',
    breaches: `SELECT checkout_session_id, store_id, count(*) FROM orders GROUP BY 1, 2 HAVING count(*) > 1`,
    checked: `SELECT count(*) FROM orders`,
  },
  {
    counts: 'duplicate orders',
    says: 'an order has the units that its session agreed with its store, once',
    breaches: `SELECT o.id, o.checkout_session_id FROM orders o JOIN checkout_sessions cs ON cs.id = o.checkout_session_id
      WHERE (SELECT sum(quantity) FROM order_items WHERE order_id = o.id) IS DISTINCT FROM
            (SELECT sum((x ->> 'quantity')::int) FROM jsonb_array_elements(cs.cart_items) x WHERE (x ->> 'storeId')::uuid = o.store_id)`,
    checked: `SELECT count(*) FROM orders`,
  },
  {
    counts: 'lost cents',
    says: 'the money of an order adds up, and is what its session agreed with its store',
    breaches: `SELECT o.id, o.total_cents, sc.total_cents AS agreed FROM orders o
       JOIN store_checkouts sc ON sc.session_id = o.checkout_session_id AND sc.store_id = o.store_id
      WHERE o.total_cents <> sc.total_cents OR o.currency <> sc.currency
         OR o.total_cents <> o.subtotal_cents - o.discount_cents + o.shipping_cents + o.fees_cents + o.tax_cents
         OR o.subtotal_cents <> (SELECT sum(total_price_cents) FROM order_items WHERE order_id = o.id)
         OR EXISTS (SELECT FROM order_items WHERE order_id = o.id AND total_price_cents <> unit_price_cents * quantity)`,
    checked: `SELECT count(*) FROM orders`,
  },
  {
    counts: 'lost cents',
    says: 'what coupons took off an order is what its items, its stores and the coupons’ counters say',
    breaches: `SELECT o.id::text, o.discount_cents FROM orders o
        LEFT JOIN LATERAL (SELECT coalesce(sum(amount_cents), 0) AS cents FROM coupon_redemptions r
                            WHERE r.session_id = o.checkout_session_id AND r.store_id = o.store_id) r ON true
       WHERE o.discount_cents <> r.cents OR o.discount_cents <> (SELECT sum(discount_cents) FROM order_items WHERE order_id = o.id)
         + (SELECT coalesce(sum((d ->> 'deliveryCents')::bigint), 0) FROM jsonb_array_elements(o.discounts) d)
      UNION ALL
      SELECT k.id::text, k.redeemed FROM coupons k
       WHERE k.redeemed <> (SELECT count(DISTINCT session_id) FROM coupon_redemptions WHERE coupon_id = k.id AND given_back_at IS NULL)
          OR k.redeemed <> (SELECT coalesce(sum(used), 0) FROM coupon_uses WHERE coupon_id = k.id)`,
    checked: `SELECT count(*) FROM coupon_redemptions`,
  },
  {
    counts: 'lost lines',
    says: 'units that were put in are in one place: cart, order or waiting hand-off',
    breaches: `WITH now_is AS (${NOW_IS}), put AS (
         SELECT n.is_now AS shopper, p.goods, sum(p.units)::int AS units FROM torture.put_in p JOIN now_is n ON n.id = p.shopper_id GROUP BY 1, 2 HAVING sum(p.units) <> 0
       ), found AS (
         SELECT shopper, goods, sum(units)::int AS units, string_agg(place || ' ' || units, ', ') AS places FROM (${PLACES}) AS places GROUP BY 1, 2
       )
       SELECT shopper, goods, put.units AS put_in, found.places FROM put FULL JOIN found USING (shopper, goods) WHERE put.units IS DISTINCT FROM found.units`,
    checked: `SELECT coalesce(sum(units), 0) FROM torture.put_in`,
  },
  {
    counts: 'lost lines',
    says: 'a guest who has signed in has left nothing behind',
    breaches: `SELECT g.id, x.what, x.thing FROM guests g JOIN (
         SELECT 'cart' AS what, id AS thing, shopper_id FROM carts WHERE status <> 'merged'
         UNION ALL SELECT 'session', id, shopper_id FROM checkout_sessions
         UNION ALL SELECT 'handoff', id, shopper_id FROM handoffs
         UNION ALL SELECT 'order', id, buyer_guest_id FROM orders
       ) x ON x.shopper_id = g.id WHERE g.claimed_at IS NOT NULL`,
    checked: `SELECT count(*) FROM guests WHERE claimed_at IS NOT NULL`,
  },
  {
    counts: 'lost lines',
    says: 'no line is still being placed by a session that has ended',
    breaches: `SELECT l.id, l.checkout_session_id, cs.status FROM cart_items l LEFT JOIN checkout_sessions cs ON cs.id = l.checkout_session_id
      WHERE l.checkout_session_id IS NOT NULL AND cs.status IS DISTINCT FROM 'processing'
        AND NOT EXISTS (SELECT FROM store_checkouts sc WHERE sc.session_id = cs.id AND sc.store_id = l.store_id AND ${WAITS_FOR_A_PERSON})`,
    checked: `SELECT count(*) FROM cart_items`,
  },
  {
    counts: 'lost lines',
    says: 'every store of a session that was placed has come to an end, with an order or a hand-off where it says so, or waits for a person',
    breaches: `SELECT sc.id, sc.status, cs.status AS session FROM store_checkouts sc JOIN checkout_sessions cs ON cs.id = sc.session_id
       LEFT JOIN orders o ON o.id = sc.order_id LEFT JOIN handoffs h ON h.id = sc.handoff_id
       LEFT JOIN placements p ON p.store_checkout_id = sc.id
      WHERE cs.placed_at IS NOT NULL AND sc.included AND (p.lease_token IS NOT NULL OR CASE WHEN ${WAITS_FOR_A_PERSON}
         THEN cs.status <> 'needs_attention' OR o.id IS NOT NULL OR h.id IS NOT NULL OR p.status IS DISTINCT FROM 'needs_attention'
         ELSE sc.status NOT IN ('placed', 'continue_at_store', 'failed', 'cancelled')
         OR (sc.status = 'placed') <> (o.id IS NOT NULL) OR (sc.status = 'continue_at_store' AND h.status IS DISTINCT FROM 'waiting')
         OR p.status IS DISTINCT FROM 'done' END)`,
    checked: `SELECT count(*) FROM store_checkouts sc JOIN checkout_sessions cs ON cs.id = sc.session_id WHERE cs.placed_at IS NOT NULL AND sc.included`,
  },
  {
    counts: 'lost events',
    says: 'each fact has its event, once',
    breaches: `WITH fact AS (
         SELECT id, 'order.placed' AS type, 1 AS times FROM orders
         UNION ALL SELECT id, 'order.cancelled', (order_status = 'cancelled')::int FROM orders
         UNION ALL SELECT id, 'order.shipped', (shipped_at IS NOT NULL)::int FROM orders
         UNION ALL SELECT id, 'checkout.session_created', 1 FROM checkout_sessions
         UNION ALL SELECT id, 'checkout.placed', (placed_at IS NOT NULL)::int FROM checkout_sessions
         UNION ALL SELECT id, 'checkout.session_expired', (status = 'expired')::int FROM checkout_sessions
         UNION ALL SELECT id, 'checkout.session_cancelled', (status = 'cancelled')::int FROM checkout_sessions
         UNION ALL SELECT id, 'checkout.store_outcome', (SELECT count(*)::int FROM placements p WHERE p.session_id = cs.id) FROM checkout_sessions cs
         UNION ALL SELECT id, 'cart.created', 1 FROM carts WHERE id NOT IN (SELECT (payload ->> 'into')::uuid FROM events WHERE type = 'cart.merged')
       )
       SELECT fact.id, fact.type, fact.times, (SELECT count(*) FROM events e WHERE e.aggregate_id = fact.id AND e.type = fact.type AND ${IS_AN_END}) AS events
         FROM fact WHERE fact.times <> (SELECT count(*) FROM events e WHERE e.aggregate_id = fact.id AND e.type = fact.type AND ${IS_AN_END})`,
    checked: `SELECT count(*) FROM events`,
  },
  {
    counts: 'lost events',
    says: 'the end of a session has its event, which says how it stands; another end, by a hand-off, another event',
    breaches: `SELECT cs.id, cs.status, e.said FROM checkout_sessions cs
       LEFT JOIN LATERAL (SELECT array_agg(payload ->> 'status' ORDER BY occurred_at) AS said FROM events
                           WHERE aggregate_id = cs.id AND type = 'checkout.session_finished') e ON true
      WHERE cs.placed_at IS NOT NULL AND CASE
         WHEN EXISTS (SELECT FROM store_checkouts sc WHERE sc.session_id = cs.id AND ${WAITS_FOR_A_PERSON}) THEN e.said IS NOT NULL
         ELSE e.said[array_upper(e.said, 1)] IS DISTINCT FROM cs.status
         OR cardinality(e.said) > 1 + (SELECT count(*) FROM handoffs WHERE session_id = cs.id AND status IN ('abandoned', 'expired')) END`,
    checked: `SELECT count(*) FROM checkout_sessions WHERE placed_at IS NOT NULL`,
  },
  {
    counts: 'lost events',
    says: 'each event has one delivery for each subscriber, which was done once',
    breaches: `SELECT e.id, e.type, d.consumer, d.status, (SELECT count(*) FROM torture.done x WHERE x.delivery_id = d.id) AS times
       FROM (SELECT e.id, e.type, heard.consumer FROM events e JOIN ${HEARD} ON heard.type = e.type AND ${WANTED}) e
       FULL JOIN event_deliveries d ON d.event_id = e.id AND d.consumer = e.consumer
      WHERE e.id IS NULL OR d.id IS NULL OR d.status <> 'done' OR (SELECT count(*) FROM torture.done x WHERE x.delivery_id = d.id) <> 1`,
    checked: `SELECT count(*) FROM event_deliveries`,
  },
  {
    counts: 'lost events',
    says: 'each order was confirmed to its buyer by one mail, which was sent',
    breaches: `SELECT o.id, count(m.id) AS mails, min(m.status) AS status FROM orders o JOIN events e ON e.aggregate_id = o.id AND e.type = 'order.placed'
       LEFT JOIN users u ON u.id = o.buyer_user_id LEFT JOIN mails m ON m.cause_id = e.id AND m.kind = 'order_placed'
      WHERE o.contact IS NOT NULL AND u.disabled_at IS NULL GROUP BY o.id HAVING count(m.id) <> 1 OR min(m.status) <> 'sent'`,
    checked: `SELECT count(*) FROM mails`,
  },
  {
    counts: 'lost events',
    says: 'each merchant was told of every new order, and nobody of more than there are numbers for',
    breaches: `SELECT s.owner_user_id AS recipient, count(*) AS orders, coalesce(max(i.last_sequence), 0) AS told FROM orders o
       JOIN stores s ON s.id = o.store_id AND s.kind = 'merchant' JOIN users u ON u.id = s.owner_user_id AND u.disabled_at IS NULL
       JOIN events e ON e.aggregate_id = o.id AND e.type = 'order.placed' LEFT JOIN inboxes i ON i.recipient_id = s.owner_user_id
      WHERE s.owner_user_id IS DISTINCT FROM o.buyer_user_id GROUP BY 1 HAVING count(*) > coalesce(max(i.last_sequence), 0)
      UNION ALL
      SELECT i.recipient_id, count(*), i.last_sequence FROM inboxes i JOIN notifications n USING (recipient_id)
       GROUP BY i.recipient_id HAVING max(n.sequence) > i.last_sequence`,
    checked: `SELECT count(*) FROM notifications`,
  },
];

/** Waits until the workers have nothing left to do. */
async function quiet(world: World): Promise<void> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(200)) {
    const { open } = await world.ground.one<{ open: number }>(
      `SELECT ((SELECT count(*) FROM event_deliveries WHERE status = 'pending') + (SELECT count(*) FROM placements WHERE status IN ('queued', 'running'))
         + (SELECT count(*) FROM mails WHERE status = 'queued'))::int AS open`,
    );
    if (open === 0) return;
  }
}

/** Checks every invariant over all that was done, and gives the lines to print. A whole run has something for each. */
export async function checkInvariants(world: World, findings: Findings, whole: boolean): Promise<string[]> {
  await quiet(world);
  await noteStripe(world);
  const totals = new Map<Invariant['counts'], number>();
  const lines: string[] = [];
  for (const { counts, says, breaches, checked } of [...INVARIANTS, ...PAYMENT_INVARIANTS]) {
    const rows = await world.ground.rows(breaches);
    const { count } = await world.ground.one<{ count: string }>(`SELECT (${checked}) AS count`);
    totals.set(counts, (totals.get(counts) ?? 0) + rows.length);
    findings.holds(
      rows.length === 0,
      `${says}: broken ${rows.length} times, first by ${JSON.stringify(rows.slice(0, 3))}`,
    );
    if (whole) findings.holds(Number(count) > 0, `${says}: nothing to check it on`);
    lines.push(`${rows.length === 0 ? 'ok    ' : 'BROKEN'}  ${says} (checked on ${count})`);
  }
  const { deadlocks } = await world.ground.one<{ deadlocks: number }>(
    `SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()`,
  );
  const logged = (await world.ground.serverLog()).match(/deadlock detected/g)?.length ?? 0;
  findings.holds(deadlocks === 0 && logged === 0, `${deadlocks} deadlocks counted, ${logged} in the log of Postgres`);
  lines.push(
    `${deadlocks + logged === 0 ? 'ok    ' : 'BROKEN'}  no deadlock (counted ${deadlocks}, in the log of Postgres ${logged})`,
  );
  const { requests, serverErrors } = world.client;
  findings.holds(
    serverErrors.length === 0,
    `${serverErrors.length} answers were 5xx: ${serverErrors.slice(0, 5).join('; ')}`,
  );
  lines.push(`${serverErrors.length === 0 ? 'ok    ' : 'BROKEN'}  no answer is a 5xx (checked on ${requests})`);
  lines.push('', [...totals].map(([what, count]) => `${count} ${what}`).join(', '));
  return lines;
}
