import { setTimeout as sleep } from 'node:timers/promises';
import { DELIVERY_POINTS } from '../harness/orders';
import type { Child } from '../harness/processes';
import type { Findings } from '../harness/report';
import { usd, type World } from '../harness/world';

const SIGNALS = ['SIGKILL', 'SIGSTOP'] as const;
/** Changes of price and of stock that are under way when a worker is struck. */
const CHANGES = 30;
const DELIVERED_WITHIN_MS = 30_000;

interface Fault {
  point: string;
  signal: (typeof SIGNALS)[number];
  victim: Child;
  variants: string[];
}

/** Workers that die, or stop for a while, in the middle of deliveries: each effect happens once. */
export async function outboxFaults(world: World, findings: Findings): Promise<void> {
  const store = await world.merchantStore();
  const kinds = DELIVERY_POINTS.flatMap((point) => SIGNALS.map((signal) => ({ point, signal })));
  const victims = await world.processes.preloadVictims(kinds.length);
  const faults: Fault[] = [];
  for (const [n, kind] of kinds.entries()) {
    const variants = await world.variants(
      store,
      Array.from({ length: CHANGES }, () => 5),
    );
    faults.push({ ...kind, victim: victims[n]!, variants });
  }
  const { since } = await world.ground.one<{ since: Date }>(`SELECT clock_timestamp() AS since`);

  for (const { point, signal, victim, variants } of faults) {
    const about = variants[Math.floor(CHANGES / 2)]!;
    await world.processes.begin(victim, { do: 'begin', strike: { task: 'deliver_event', about, point, signal } });
    world.worker.signal('SIGSTOP');
    try {
      await Promise.all(variants.map((variantId, n) => change(world, store.id, variantId, n)));
      findings.holds((await victim.says('struck', 10_000)) !== undefined, `${signal} at ${point} was never reached`);
    } finally {
      world.worker.signal('SIGCONT');
    }
  }

  const seconds = await delivered(world, since);
  findings.holds(seconds !== undefined, `not everything was delivered within ${DELIVERED_WITHIN_MS / 1000} s`);
  const before = await rows(world);
  for (const { point, signal, victim } of faults) {
    if (signal !== 'SIGSTOP') continue;
    victim.signal('SIGCONT');
    findings.holds((await victim.says('late', 15_000)) !== undefined, `stopped at ${point}: it came to no end`);
  }
  await sleep(500);
  findings.holds(before === (await rows(world)), 'a late worker changed a delivery');
  await Promise.all(victims.map((victim) => victim.kill()));

  const variants = faults.flatMap((fault) => fault.variants);
  const counts = await world.ground.one<{ events: number; deliveries: number; done: number }>(
    `SELECT count(DISTINCT e.id)::int AS events, count(d.id)::int AS deliveries,
            (SELECT count(*)::int FROM torture.done WHERE delivery_id IN
               (SELECT d.id FROM event_deliveries d JOIN events e ON e.id = d.event_id WHERE e.aggregate_id = ANY ($1::uuid[]))) AS done
       FROM events e LEFT JOIN event_deliveries d ON d.event_id = e.id WHERE e.aggregate_id = ANY ($1::uuid[])`,
    [variants],
  );
  const wanted = variants.length;
  const all = counts.events === wanted && counts.deliveries === wanted && counts.done === wanted;
  findings.holds(all, `${wanted} changes: ${JSON.stringify(counts)}`);
  findings.facts = `${faults.length} faults, ${counts.events} events, ${counts.done} delivered once, the last after ${seconds?.toFixed(1)} s`;
}

/** Each change is one event with one subscriber. */
async function change(world: World, storeId: string, variantId: string, n: number): Promise<void> {
  const path = `/merchant/stores/${storeId}/variants/${variantId}`;
  const token = world.merchantToken;
  if (n % 2 === 0) {
    await world.client.expect('PUT', `${path}/inventory`, { token, body: { onHand: 0 } });
    await world.ground.rows(`UPDATE torture.opening_stock SET on_hand = 0 WHERE variant_id = $1`, [variantId]);
  } else await world.client.expect('PATCH', path, { token, body: { price: usd(2099 + n) } });
}

/** Seconds until nothing was left to deliver. */
async function delivered(world: World, since: Date): Promise<number | undefined> {
  const began = Date.now();
  while (Date.now() - began < DELIVERED_WITHIN_MS) {
    const { open } = await world.ground.one<{ open: number }>(
      `SELECT count(*)::int AS open FROM event_deliveries d JOIN events e ON e.id = d.event_id
        WHERE d.status <> 'done' AND e.occurred_at >= $1`,
      [since],
    );
    if (open === 0) return (Date.now() - began) / 1000;
    await sleep(50);
  }
  return undefined;
}

async function rows(world: World): Promise<string> {
  const { text } = await world.ground.one<{ text: string }>(
    `SELECT (SELECT json_agg(d ORDER BY id) FROM event_deliveries d)::text || (SELECT count(*) FROM torture.done) || (SELECT count(*) FROM events) AS text`,
  );
  return text;
}
