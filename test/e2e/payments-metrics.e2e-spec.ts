import { setTimeout as sleep } from 'node:timers/promises';
import { startPaying } from '../support/paying';
import { PaymentsWorld, type PayableStore } from '../support/payments-world';
import { sql } from '../support/shopper';

const TOKEN = 'a-token-of-the-metrics-tests';
/** Longer than what was read for a scrape is kept. */
const KEPT_MS = 5_200;

describe('Metrics of payments', () => {
  let world: PaymentsWorld;
  let store: PayableStore;

  beforeAll(async () => {
    // Nobody works: what is due stays due.
    const { muse, stripe } = await startPaying({ METRICS_TOKEN: TOKEN, MUSE_ROLE: 'api' });
    world = new PaymentsWorld(muse, stripe);
    store = await world.store();
  });

  const scrape = async (): Promise<(series: string) => number | undefined> => {
    const { text } = await world.muse.http
      .get('/metrics')
      .set({ authorization: `Bearer ${TOKEN}` })
      .expect(200);
    return (series) => {
      const line = text.split('\n').find((one) => one.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(series.length + 1));
    };
  };
  const steps = (kind: string, state: string) => `muse_payment_steps{kind="${kind}",state="${state}"}`;
  const ended = (outcome: string) => `muse_payments{outcome="${outcome}"}`;

  it('are zero where nothing has happened', async () => {
    const valueOf = await scrape();
    for (const kind of ['authorize', 'capture', 'cancel', 'transfer', 'refund', 'reverse', 'credit'])
      for (const state of ['open', 'overdue', 'needs_attention']) expect(valueOf(steps(kind, state))).toBe(0);
    for (const outcome of ['captured', 'declined', 'cancelled', 'failed']) expect(valueOf(ended(outcome))).toBe(0);
    for (const series of [
      'muse_payment_steps_oldest_seconds',
      'muse_webhooks_open',
      'muse_webhooks_oldest_seconds',
      'muse_webhooks_given_up',
    ])
      expect(valueOf(series)).toBe(0);
    expect(valueOf('muse_ledger_differences')).toBe(0);
    expect(valueOf('muse_ledger_comparison_age_seconds')).toBe(0);
  });

  it('tell of steps by kind, of payments by outcome, of webhooks that wait and of differences', async () => {
    const { paymentId } = await world.captured({ [store.storeId]: 1000 });
    const declined = await world.begin({ [store.storeId]: 1000 }, { token: 'pm_card_visa_chargeDeclined' });
    await world.run(declined);
    const [waiting, late, unknown] = [await open(), await open(), await open()];
    await sql(
      world.muse,
      `UPDATE payment_steps SET next_attempt_at = now() + interval '1 hour' WHERE payment_id = $1`,
      [waiting],
    );
    await sql(
      world.muse,
      `UPDATE payment_steps SET next_attempt_at = now() - interval '2 minutes', created_at = now() - interval '3 minutes' WHERE payment_id = $1`,
      [late],
    );
    await sql(world.muse, `UPDATE payment_steps SET status = 'needs_attention' WHERE payment_id = $1`, [unknown]);
    // What waits for a store may wait: it is not what a shopper waits for.
    await sql(
      world.muse,
      `UPDATE payment_steps SET status = 'queued', finished_at = NULL, next_attempt_at = now() + interval '1 hour', created_at = now() - interval '3 days'
        WHERE payment_id = $1 AND kind = 'transfer'`,
      [paymentId],
    );
    await sql(
      world.muse,
      `INSERT INTO provider_events (id, provider, type, object_kind, occurred_at, received_at, finished_at, outcome)
       VALUES ('evt_1', 'stripe', 'charge.updated', 'charge', now(), now() - interval '4 minutes', NULL, NULL),
              ('evt_2', 'stripe', 'charge.updated', 'charge', now(), now() - interval '9 minutes', now(), 'done'),
              ('evt_3', 'stripe', 'charge.dispute.created', 'dispute', now(), now() - interval '4 days', now(), 'given_up'),
              ('evt_4', 'stripe', 'charge.dispute.created', 'dispute', now(), now() - interval '6 days', now() - interval '2 days', 'given_up')`,
    );
    await sql(
      world.muse,
      `INSERT INTO ledger_differences (payment_id, what, ours, theirs, seen_at)
       VALUES ($1, 'captured', '1', '2', now()), ($1, 'captured', '1', '3', now() - interval '2 days')`,
      [paymentId],
    );
    await sql(
      world.muse,
      `INSERT INTO ledger_comparisons (day, finished_at) VALUES (current_date - 2, now() - interval '2 days'), (current_date - 1, NULL)`,
    );
    await sleep(KEPT_MS);
    const valueOf = await scrape();
    expect(valueOf(steps('authorize', 'open'))).toBe(2);
    expect(valueOf(steps('authorize', 'overdue'))).toBe(1);
    expect(valueOf(steps('authorize', 'needs_attention'))).toBe(1);
    expect(valueOf(steps('transfer', 'open'))).toBe(1);
    expect(valueOf(steps('transfer', 'overdue'))).toBe(0);
    expect(valueOf('muse_payment_steps_oldest_seconds')).toBeGreaterThanOrEqual(180);
    expect(valueOf('muse_payment_steps_oldest_seconds')).toBeLessThan(600);
    expect(['captured', 'declined', 'cancelled', 'failed'].map((outcome) => valueOf(ended(outcome)))).toEqual([
      ...[1, 1, 0, 0],
    ]);
    expect(valueOf('muse_webhooks_open')).toBe(1);
    expect(valueOf('muse_webhooks_oldest_seconds')).toBeGreaterThanOrEqual(240);
    expect(valueOf('muse_webhooks_oldest_seconds')).toBeLessThan(500);
    expect(valueOf('muse_webhooks_given_up')).toBe(1);
    expect(valueOf('muse_ledger_differences')).toBe(1);
    expect(valueOf('muse_ledger_comparison_age_seconds')).toBeGreaterThanOrEqual(2 * 86_400);
  });

  const open = () => world.begin({ [store.storeId]: 1000 });
});
