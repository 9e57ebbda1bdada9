import type { Findings } from './harness/report';
import { noteStripe, type Till } from './harness/till';
import type { Invariant } from './invariants';

/** Of each payment, what the ledger says of what is at Stripe. Amounts as Stripe counts them: what goes out is positive there. */
const LEDGER_SAYS = `
  SELECT payment_id, sum(amount_cents) AS held,
         coalesce(sum(amount_cents) FILTER (WHERE kind = 'capture'), 0) AS captured,
         coalesce(-sum(amount_cents) FILTER (WHERE kind = 'provider_fee'), 0) AS fees,
         coalesce(-sum(amount_cents) FILTER (WHERE kind IN ('refund_paid', 'refund_failed')), 0) AS refunded,
         coalesce(-sum(amount_cents) FILTER (WHERE kind = 'transfer'), 0) AS transferred,
         coalesce(sum(amount_cents) FILTER (WHERE kind = 'reversal'), 0) AS reversed
    FROM ledger_entries WHERE account = 'provider' GROUP BY payment_id`;

/** What a store was sent of a payment; not what it was given again when a refund came back. */
const SENT = `(SELECT * FROM torture.transfers t WHERE NOT EXISTS (SELECT FROM payment_steps s WHERE s.kind = 'credit' AND s.provider_ref = t.id)) AS sent`;

/** It was paid, and told of, before the bank sent it back. */
const CAME_BACK = `EXISTS (SELECT FROM payment_steps s WHERE s.refund_id = r.id AND s.kind = 'credit')`;

const ENDS = `(VALUES ('captured', 'succeeded'), ('cancelled', 'canceled'), ('declined', 'canceled'), ('failed', 'canceled')) AS ends (ours, theirs)`;

/** What has to hold of all payments once everything is calm; asked in SQL, of Muse's tables and of Stripe's state beside them. */
export const PAYMENT_INVARIANTS: Invariant[] = [
  {
    counts: 'doubled captures',
    says: 'a payment has one PaymentIntent at most, which was captured once at most',
    breaches: `SELECT payment_id, intents, captures, takings FROM torture.stripe_says WHERE intents > 1 OR captures > 1 OR takings <> captures`,
    checked: `SELECT count(*) FROM torture.intents`,
  },
  {
    counts: 'doubled captures',
    says: 'an order that was paid has one entry of a capture, of all that it cost; no other order has one',
    breaches: `SELECT o.id, o.payment_status, o.total_cents, e.entries, e.cents FROM orders o
       LEFT JOIN LATERAL (SELECT count(*) AS entries, sum(amount_cents) AS cents FROM ledger_entries WHERE kind = 'capture' AND order_id = o.id) e ON true
      WHERE e.entries <> (o.captured_cents > 0)::int OR (e.entries = 1 AND e.cents <> o.total_cents)`,
    checked: `SELECT count(*) FROM ledger_entries WHERE kind = 'capture'`,
  },
  {
    counts: 'lost cents',
    says: 'what was captured of a PaymentIntent is the sum of the orders that were placed under it',
    breaches: `SELECT p.id, p.status, p.captured_cents, s.captured AS at_stripe, o.cents AS of_orders FROM payments p
       LEFT JOIN torture.stripe_says s ON s.payment_id = p.id
       LEFT JOIN LATERAL (SELECT coalesce(sum(o.total_cents), 0) AS cents FROM payment_shares x JOIN orders o ON o.id = x.order_id
                           WHERE x.payment_id = p.id AND x.status = 'placed') o ON true
      WHERE p.captured_cents <> coalesce(s.captured, 0) OR p.captured_cents <> o.cents`,
    checked: `SELECT count(*) FROM payments`,
  },
  {
    counts: 'lost cents',
    says: 'no order is paid without its money, and no money is there without its order',
    breaches: `SELECT o.id::text, o.order_status, o.payment_status, o.total_cents, o.captured_cents, x.captured_cents AS of_share, o.refunded_cents, x.refunded_cents AS of_share_refunded
        FROM orders o LEFT JOIN payment_shares x ON x.order_id = o.id
       WHERE (o.payment_status IN ('paid', 'partially_refunded', 'refunded', 'disputed')) <> (coalesce(x.captured_cents, 0) > 0)
          OR o.captured_cents <> coalesce(x.captured_cents, 0) OR o.refunded_cents <> coalesce(x.refunded_cents, 0)
          OR (o.captured_cents > 0 AND o.captured_cents <> o.total_cents)
          OR (o.payment_status = 'paid' AND o.refunded_cents <> 0) OR (o.payment_status = 'refunded' AND o.refunded_cents <> o.captured_cents)
          OR (o.order_status = 'cancelled' AND o.captured_cents <> o.refunded_cents)
      UNION ALL
      SELECT x.order_id::text, 'no such order', x.status, x.amount_cents, NULL, x.captured_cents, NULL, x.refunded_cents
        FROM payment_shares x LEFT JOIN orders o ON o.id = x.order_id WHERE x.captured_cents > 0 AND o.id IS NULL`,
    checked: `SELECT count(*) FROM orders WHERE captured_cents > 0`,
  },
  {
    counts: 'lost cents',
    says: 'the ledger is zero, in each transaction and in sum, in each currency',
    breaches: `SELECT transaction_id::text, currency, sum(amount_cents) FROM ledger_entries GROUP BY 1, 2 HAVING sum(amount_cents) <> 0
      UNION ALL SELECT 'all', currency, sum(amount_cents) FROM ledger_entries GROUP BY 2 HAVING sum(amount_cents) <> 0`,
    checked: `SELECT count(DISTINCT transaction_id) FROM ledger_entries`,
  },
  {
    counts: 'lost cents',
    says: 'Stripe and the ledger agree on each payment: captured, fees, refunded, transferred, reversed',
    breaches: `SELECT coalesce(l.payment_id, s.payment_id) AS payment, row_to_json(l) AS ledger, row_to_json(s) AS stripe
       FROM (${LEDGER_SAYS}) l FULL JOIN torture.stripe_says s ON s.payment_id = l.payment_id
      WHERE (coalesce(l.captured, 0), coalesce(l.fees, 0), coalesce(l.refunded, 0), coalesce(l.transferred, 0), coalesce(l.reversed, 0))
            IS DISTINCT FROM (coalesce(s.captured, 0), coalesce(s.fees, 0), coalesce(s.refunded, 0), coalesce(s.transferred, 0), coalesce(s.reversed, 0))`,
    checked: `SELECT count(DISTINCT payment_id) FROM ledger_entries`,
  },
  {
    counts: 'lost cents',
    says: 'what the platform has at Stripe is what the ledger says that it has there, and what it paid in itself',
    breaches: `SELECT at_stripe, in_ledger FROM
        (SELECT coalesce(sum((x ->> 'amount')::bigint), 0) AS at_stripe FROM torture.stripe, jsonb_array_elements((object -> 'available') || (object -> 'pending')) x
          WHERE kind = 'balance') s,
        (SELECT coalesce(sum(amount), 0) AS paid_in FROM torture.movements WHERE type = 'topup') t,
        (SELECT coalesce(sum(amount_cents), 0) AS in_ledger FROM ledger_entries WHERE account = 'provider') l
      WHERE at_stripe - paid_in <> in_ledger`,
    checked: `SELECT count(*) FROM torture.movements`,
  },
  {
    counts: 'lost cents',
    says: 'a store was sent its share less fee and debt, once',
    breaches: `SELECT x.payment_id, x.store_id, x.captured_cents, x.fee_cents, debt.cents AS debt, x.transferred_cents, t.sent, t.transfers, x.transfer_status FROM payment_shares x
       LEFT JOIN LATERAL (SELECT coalesce(sum(amount_cents), 0) AS cents FROM ledger_entries
                           WHERE kind = 'debt_settled' AND account = 'merchant' AND payment_id = x.payment_id AND store_id = x.store_id) debt ON true
       LEFT JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS sent, count(*) AS transfers, min(destination) AS destination FROM ${SENT}
                           WHERE payment_id = x.payment_id AND store_id = x.store_id) t ON true
       LEFT JOIN payment_accounts a ON a.store_id = x.store_id
      WHERE x.transferred_cents <> t.sent OR t.transfers > 1 OR t.destination <> a.provider_account_id
         OR x.transferred_cents <> CASE WHEN x.captured_cents = 0 THEN 0 ELSE x.captured_cents - x.fee_cents - debt.cents END
         OR (x.transfer_status = 'sent') <> (t.transfers = 1)`,
    checked: `SELECT count(*) FROM payment_shares WHERE captured_cents > 0`,
  },
  {
    counts: 'lost cents',
    says: 'what came back of a transfer is the store’s part of refunds, less what it owes; what it owes is what the ledger says',
    breaches: `SELECT x.payment_id::text, x.store_id, x.reversed_cents, sent.reversed FROM payment_shares x
         LEFT JOIN ${SENT} ON sent.payment_id = x.payment_id AND sent.store_id = x.store_id WHERE x.reversed_cents <> coalesce(sent.reversed, 0)
      UNION ALL
      SELECT 'debt', d.store_id, d.debt_cents, l.cents FROM merchant_debts d FULL JOIN
        (SELECT store_id, currency, sum(amount_cents) AS cents FROM ledger_entries WHERE account = 'merchant_debt' GROUP BY 1, 2) l USING (store_id, currency)
       WHERE coalesce(d.debt_cents, 0) <> coalesce(l.cents, 0)`,
    checked: `SELECT count(*) FROM torture.reversals`,
  },
  {
    counts: 'lost cents',
    says: 'of a refund that came back a store is given again what had been taken of it for that refund, once',
    breaches: `SELECT r.id, r.status, taken.cents AS taken, given.cents AS given, given.transfers FROM refunds r
       CROSS JOIN LATERAL (SELECT coalesce(sum(amount_cents), 0) AS cents FROM payment_steps WHERE refund_id = r.id AND kind = 'reverse' AND status = 'done') taken
       CROSS JOIN LATERAL (SELECT coalesce(sum(t.amount), 0) AS cents, count(*) AS transfers FROM payment_steps s JOIN torture.transfers t ON t.id = s.provider_ref
                            WHERE s.refund_id = r.id AND s.kind = 'credit') given
      WHERE given.transfers > 1 OR given.cents <> CASE WHEN r.status = 'failed' THEN taken.cents ELSE 0 END`,
    checked: `SELECT count(*) FROM payment_steps WHERE kind = 'credit'`,
  },
  {
    counts: 'doubled captures',
    says: 'a refund was given back once, of the amount that was asked for, and all refunds of an order are within what it cost',
    breaches: `SELECT r.id::text, r.status, r.amount_cents, s.amount, s.status AS at_stripe FROM refunds r LEFT JOIN torture.refunds s ON s.id = r.provider_refund_id
       WHERE (r.status = 'succeeded') <> (coalesce(s.status, '') = 'succeeded') OR r.amount_cents <> coalesce(s.amount, r.amount_cents)
      UNION ALL
      SELECT order_id::text, 'too much', sum(r.amount_cents), NULL, NULL FROM refunds r JOIN orders o ON o.id = r.order_id
       WHERE r.status <> 'failed' GROUP BY order_id, o.captured_cents HAVING sum(r.amount_cents) > o.captured_cents`,
    checked: `SELECT count(*) FROM refunds`,
  },
  {
    counts: 'doubled captures',
    says: 'nothing is at Stripe that no step of Muse has made, and no step has made two things',
    breaches: `WITH made AS (
         SELECT id, payment_id::text AS of FROM torture.intents UNION ALL SELECT id, payment_id::text FROM torture.transfers
         UNION ALL SELECT id, charge_id FROM torture.refunds UNION ALL SELECT id, transfer_id FROM torture.reversals)
       SELECT made.id, made.of, count(s.id) AS steps FROM made
         LEFT JOIN payment_steps s ON s.provider_ref = made.id AND s.kind IN ('authorize', 'transfer', 'refund', 'reverse', 'credit')
        GROUP BY made.id, made.of HAVING count(s.id) <> 1`,
    checked: `SELECT count(*) FROM payment_steps`,
  },
  {
    counts: 'open payments',
    says: 'every payment has come to an end, the same here and at Stripe',
    breaches: `SELECT p.id, p.status, p.decline_code, p.undecided, i.id AS intent, i.status AS at_stripe FROM payments p
       LEFT JOIN torture.intents i ON i.payment_id = p.id LEFT JOIN ${ENDS} ON ends.ours = p.status
      WHERE ends.ours IS NULL OR p.provider_payment_id IS DISTINCT FROM i.id OR (i.id IS NOT NULL AND i.status <> ends.theirs)
         OR (i.id IS NULL AND p.status = 'captured') OR (p.status = 'captured' AND NOT p.provider_fee_booked)`,
    checked: `SELECT count(*) FROM payments`,
  },
  {
    counts: 'open payments',
    says: 'no step, refund or event of Stripe is open, given up, or waits for a person',
    breaches: `SELECT id::text, kind, status, error_code, attempts FROM payment_steps WHERE finished_at IS NULL
      UNION ALL SELECT id::text, 'refund', status, error_code, NULL FROM refunds WHERE status = 'pending'
      UNION ALL SELECT id, type, outcome, last_error, attempts FROM provider_events WHERE outcome IS NULL OR outcome = 'given_up'
      UNION ALL SELECT id::text, kind, status, error_code, attempts FROM payment_removals WHERE status <> 'done'`,
    checked: `SELECT (SELECT count(*) FROM payment_steps) + (SELECT count(*) FROM provider_events)`,
  },
  {
    counts: 'lost events',
    says: 'what became of a payment was told, once',
    breaches: `WITH fact AS (
         SELECT id, 'payment.' || status AS type, 1 AS times FROM payments WHERE status IN ('captured', 'declined', 'cancelled')
         UNION ALL SELECT id, 'payment.capture_failed', 1 FROM payments WHERE status = 'failed'
         UNION ALL SELECT p.id, 'payment.refunded', (SELECT count(*)::int FROM refunds r WHERE r.payment_id = p.id AND (r.status = 'succeeded' OR ${CAME_BACK})) FROM payments p)
       SELECT fact.id, fact.type, fact.times, (SELECT count(*) FROM events e WHERE e.aggregate_id = fact.id AND e.type = fact.type) AS events FROM fact
        WHERE fact.times <> (SELECT count(*) FROM events e WHERE e.aggregate_id = fact.id AND e.type = fact.type)`,
    checked: `SELECT count(*) FROM events WHERE type LIKE 'payment.%'`,
  },
];

/** Waits until all is calm, and asks everything of payments; one line: how many cents, captures, payments are not as they have to be. */
export async function checkPayments(till: Till, findings: Findings): Promise<void> {
  const { ground } = till.world;
  await till.calm().catch((error: unknown) => findings.broken.push(String(error)));
  await noteStripe(till.world);
  const totals = new Map<string, number>();
  for (const { counts, says, breaches } of PAYMENT_INVARIANTS) {
    const rows = await ground.rows(breaches);
    totals.set(counts, (totals.get(counts) ?? 0) + rows.length);
    findings.holds(
      rows.length === 0,
      `${says}: broken ${rows.length} times, first by ${JSON.stringify(rows.slice(0, 2))}`,
    );
  }
  const { payments, cents } = await ground.one<{ payments: number; cents: string }>(
    `SELECT count(*)::int AS payments, coalesce(sum(captured_cents), 0) / 100.0 AS cents FROM payments`,
  );
  const said = [...totals].map(([what, count]) => `${count} ${what}`).join(', ');
  findings.notes.push(`${said}, of ${payments} payments so far, ${Number(cents).toFixed(2)} USD captured`);
}
