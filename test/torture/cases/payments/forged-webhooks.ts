import { setTimeout as sleep } from 'node:timers/promises';
import type { Findings } from '../../harness/report';
import type { Till } from '../../harness/till';
import type { World } from '../../harness/world';

const FORGERIES = ['unsigned', 'foreign_secret', 'reserialised', 'old_timestamp'] as const;
const TIMES = 10;
/** A backend tells what it has touched at the end of a transaction, or when it has had nothing to do for ten seconds. */
const COUNTED_AFTER_MS = 12_000;

interface Touched {
  table: string;
  /** Of the counters: rows inserted, updated and deleted since ever; and how many there are. */
  said: string;
}

async function touchedIn({ ground }: World): Promise<Touched[]> {
  const counters = await ground.rows<Touched>(
    `SELECT format('%I.%I', schemaname, relname) AS table, format('%s inserted, %s updated, %s deleted', n_tup_ins, n_tup_upd, n_tup_del) AS said
       FROM pg_stat_user_tables WHERE schemaname <> 'torture' ORDER BY 1`,
  );
  const counts = counters.map(({ table }) => `SELECT '${table}' AS table, count(*)::text AS said FROM ${table}`);
  const rows = new Map((await ground.rows<Touched>(counts.join(' UNION ALL '))).map((row) => [row.table, row.said]));
  return counters.map(({ table, said }) => ({ table, said: `${said}, ${rows.get(table)} there` }));
}

/** Webhooks that Stripe has not signed, or not now, or not so: refused, and no row of any table is written for them. */
export async function forgedWebhooks(till: Till, findings: Findings): Promise<void> {
  const { stripe, world } = till;
  await stripe.events.rules({ action: 'withhold' });
  const purchase = await till.buyAndAsk();
  await stripe.authenticate(purchase.intent, 'success');
  const [event] = await till.eventsAbout(purchase.intent, 'payment_intent.amount_capturable_updated');
  await till.calm();

  const resume = world.processes.pauseWorkers();
  let touched: string[];
  let refused = 0;
  try {
    await sleep(COUNTED_AFTER_MS);
    const before = await touchedIn(world);
    for (const forgery of FORGERIES) {
      for (const delivery of await stripe.events.deliver(event!.id, { times: TIMES, forgery })) {
        findings.holds(delivery.status === 400, `${forgery}: answered ${delivery.status}`);
        refused++;
      }
    }
    await sleep(COUNTED_AFTER_MS);
    const after = await touchedIn(world);
    touched = changed(before, after);
    findings.holds(touched.length === 0, `rows were touched: ${touched.join(', ')}`);
    // The same by Stripe itself: the counters do tell.
    const [taken] = await stripe.events.deliver(event!.id);
    findings.holds(taken!.status === 200, `what Stripe has signed: answered ${taken!.status}`);
    await sleep(COUNTED_AFTER_MS);
    const told = changed(after, await touchedIn(world));
    findings.holds(
      told.some((name) => name.startsWith('public.provider_events')),
      `what Stripe has signed touched only: ${told.join(', ') || 'nothing'}`,
    );
  } finally {
    resume();
  }
  await till.until(`SELECT status = 'completed' AS done FROM checkout_sessions WHERE id = $1`, [purchase.session.id]);
  findings.facts = `${refused} refused (${FORGERIES.join(', ')}), ${touched.length} rows touched`;
}

function changed(before: Touched[], after: Touched[]): string[] {
  const known = new Map(before.map(({ table, said }) => [table, said]));
  return after
    .filter(({ table, said }) => known.get(table) !== said)
    .map(({ table, said }) => `${table} (${known.get(table)}, then ${said})`);
}
