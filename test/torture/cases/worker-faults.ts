import { setTimeout as sleep } from 'node:timers/promises';
import { PLACEMENT_STEPS } from '../../../src/checkout-session/placement-steps';
import type { Child } from '../harness/processes';
import type { Findings } from '../harness/report';
import { catalogLine, describedLine, type Session, type Shopper, type Store, type World } from '../harness/world';

/** A placement is with another worker, done, within this time of the fault. */
const WITHIN_MS = 15_000;
/** A lease, a sweep's patience and its interval: whatever takes longer than that is shown in full. */
const SLOW_MS = 11_500;
const STRIKES_WITHIN_MS = 10_000;
/** Less than a lease. */
const STRIKING_MS = 5_500;

type Signal = 'SIGKILL' | 'SIGSTOP';
const TIERS = ['direct', 'redirect'] as const;
type Tier = (typeof TIERS)[number];

/** Before a step is after the one before it; before the first nothing has been done. */
const POINTS: readonly string[] = PLACEMENT_STEPS;

interface Fault {
  point: string;
  tier: Tier;
  victim: Child;
  session: Session;
  shopper: Shopper;
  struckAt: number;
  /** Until every store of the session was placed, once it was. */
  tookMs?: number;
}

interface Shops {
  direct: Store[];
  partners: Store[];
  variants: [string[], string[]];
}

/** What has been tried, for the check at the end that nothing was left out. */
const tried = new Set<string>();
const nameOf = (point: string, tier: Tier, signal: Signal) => `${signal} at ${point} of a ${tier} store`;

/** The four rounds of faults, and what they need: each round's workers are loaded while the round before is waiting. */
export class WorkerFaults {
  private loading: Promise<Child[]> | undefined;
  private shops: Shops | undefined;

  constructor(private readonly world: World) {}

  async round(findings: Findings, signal: Signal, tier: Tier, last: boolean): Promise<void> {
    this.shops ??= await this.makeShops();
    const victims = await (this.loading ?? this.preload());
    const faults = await Promise.all(POINTS.map((point, n) => this.prepare(point, tier, victims[n]!)));

    for (let left = faults; left.length > 0;) {
      const struck = await this.strikeInTime(left, findings, signal);
      left = left.slice(struck.length);
      if (left.length === 0 && !last) void this.preload();
      await this.takenOver(struck);
      for (const fault of struck) await this.expectPlacedOnce(findings, fault, signal);
      if (signal === 'SIGSTOP')
        for (const fault of struck) await this.expectLateWriterChangesNothing(findings, fault, struck);
      await Promise.all(struck.map(({ victim }) => victim.kill()));
    }
    const slowest = faults.toSorted((a, b) => (b.tookMs ?? Infinity) - (a.tookMs ?? Infinity))[0]!;
    const course = (slowest.tookMs ?? Infinity) > SLOW_MS ? `: ${await this.courseOf(slowest.session)}` : '';
    findings.facts = `${faults.length} faults, slowest takeover ${((slowest.tookMs ?? Infinity) / 1000).toFixed(1)} s (${slowest.point})${course}`;
  }

  private preload(): Promise<Child[]> {
    this.loading = this.world.processes.preloadVictims(POINTS.length);
    this.loading.catch(() => undefined); // said by whoever awaits it
    return this.loading;
  }

  /** One after the other, as many as fit into the time of a lease: whoever takes over is not one of those still to strike. */
  private async strikeInTime(faults: Fault[], findings: Findings, signal: Signal): Promise<Fault[]> {
    const began = Date.now();
    const struck: Fault[] = [];
    for (const fault of faults) {
      if (Date.now() - began > STRIKING_MS) break;
      await this.strike(fault, signal);
      findings.holds(fault.struckAt > 0, `${nameOf(fault.point, fault.tier, signal)} was never reached`);
      struck.push(fault);
    }
    return struck;
  }

  private async makeShops(): Promise<Shops> {
    const { world } = this;
    const direct = [await world.merchantStore(), await world.merchantStore()];
    const partners = [await world.partnerStore('redirect'), await world.partnerStore('headless')];
    const stock = Array.from({ length: POINTS.length * 4 }, () => 2);
    return {
      direct,
      partners,
      variants: [await world.variants(direct[0]!, stock), await world.variants(direct[1]!, stock)],
    };
  }

  /** A session of four stores, all it takes to place it. */
  private async prepare(point: string, tier: Tier, victim: Child): Promise<Fault> {
    const { partners, variants } = this.shops!;
    const shopper = await this.world.guest();
    await shopper.add(catalogLine(variants[0].pop()!, 2));
    await shopper.add(catalogLine(variants[1].pop()!, 1));
    for (const partner of partners) await shopper.add(describedLine(partner));
    return { point, tier, victim, shopper, session: await shopper.ready(), struckAt: 0 };
  }

  /** Has the session placed, by the victim: the worker that is well looks away until the victim has struck itself. */
  private async strike(fault: Fault, signal: Signal): Promise<void> {
    const { worker, processes } = this.world;
    const store = fault.tier === 'direct' ? this.shops!.direct[0]! : this.shops!.partners[0]!;
    const about = { task: 'place_store', session: fault.session.id, about: store.id } as const;
    await processes.begin(fault.victim, { do: 'begin', strike: { ...about, point: fault.point, signal } });
    worker.signal('SIGSTOP');
    try {
      const { status, body } = await fault.shopper.place(fault.session);
      if (status !== 202) throw new Error(`place answered ${status} ${body.code}`);
      fault.struckAt = (await fault.victim.says('struck', STRIKES_WITHIN_MS))?.ms ?? 0;
    } finally {
      worker.signal('SIGCONT');
    }
    if (fault.struckAt > 0) tried.add(nameOf(fault.point, fault.tier, signal));
  }

  /** Waits until every session is placed, or too late, and notes how long each took. */
  private async takenOver(faults: Fault[]): Promise<void> {
    const deadline = Date.now() + WITHIN_MS + 10_000;
    for (;;) {
      const open = faults.filter((fault) => fault.tookMs === undefined);
      if (open.length === 0 || Date.now() > deadline) return;
      const done = await this.world.ground.rows<{ id: string }>(
        `SELECT id FROM checkout_sessions WHERE id = ANY ($1::uuid[]) AND status <> 'processing'`,
        [open.map(({ session }) => session.id)],
      );
      const ids = new Set(done.map((row) => row.id));
      for (const fault of open) if (ids.has(fault.session.id)) fault.tookMs = Date.now() - fault.struckAt;
      await sleep(50);
    }
  }

  /** How each placement of a session went, in seconds from its making: for whoever looks into a slow one. */
  private async courseOf(session: Session): Promise<string> {
    const { course } = await this.world.ground.one<{ course: string }>(
      `SELECT string_agg(format('%s: %s after %s s and %s attempts, first begun after %s s', tier, status,
                round(extract(epoch FROM finished_at - created_at), 1), attempts, round(extract(epoch FROM started_at - created_at), 1)), '; ' ORDER BY id) AS course
         FROM placements WHERE session_id = $1`,
      [session.id],
    );
    return course;
  }

  private async expectPlacedOnce(
    findings: Findings,
    { point, tier, tookMs, session }: Fault,
    signal: Signal,
  ): Promise<void> {
    const name = nameOf(point, tier, signal);
    const inTime = tookMs !== undefined && tookMs <= WITHIN_MS;
    findings.holds(inTime, `${name}: ${tookMs ?? 'not'} ms until placed`);
    if (!inTime) findings.broken.push(`  ${await this.courseOf(session)}`);
    const found = await this.world.ground.one<{ status: string; orders: number; handoffs: number; events: number }>(
      `SELECT cs.status, (SELECT count(*)::int FROM orders WHERE checkout_session_id = cs.id) AS orders,
              (SELECT count(*)::int FROM handoffs WHERE session_id = cs.id) AS handoffs,
              (SELECT count(*)::int FROM events WHERE aggregate_id = cs.id AND type = 'checkout.store_outcome') AS events
         FROM checkout_sessions cs WHERE id = $1`,
      [session.id],
    );
    const wanted = { status: 'completed', orders: 2, handoffs: 2, events: 4 };
    findings.holds(JSON.stringify(found) === JSON.stringify(wanted), `${name}: ${JSON.stringify(found)}`);
  }

  /** The stopped worker goes on where it was, long after its lease: it may do what it likes, no row is another afterwards. */
  private async expectLateWriterChangesNothing(findings: Findings, fault: Fault, all: Fault[]): Promise<void> {
    const name = nameOf(fault.point, fault.tier, 'SIGSTOP');
    await this.everythingHeard();
    const before = await this.rowsOf(all);
    fault.victim.signal('SIGCONT');
    const late = await fault.victim.says('late', 15_000);
    findings.holds(
      late !== undefined,
      `${name}: the late worker came to no end (${fault.victim.ended ?? 'still running'})`,
    );
    await sleep(100);
    const after = await this.rowsOf(all);
    for (const [table, rows] of Object.entries(before)) {
      findings.holds(after[table] === rows, `${name}: the late worker changed ${table}`);
    }
    findings.holds(fault.victim.ended === undefined, `${name}: the late worker died of it (${fault.victim.ended})`);
  }

  /** What orders say is heard beside their placing: until it is, others than the late worker change deliveries. */
  private async everythingHeard(): Promise<void> {
    for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(50)) {
      const { open } = await this.world.ground.one<{ open: number }>(
        `SELECT count(*)::int AS open FROM event_deliveries WHERE status = 'pending'`,
      );
      if (open === 0) return;
    }
  }

  /** Every row that a placement may write, of all sessions of the round. */
  private rowsOf(faults: Fault[]): Promise<Record<string, string>> {
    return this.world.ground.one(
      `WITH s AS (SELECT id, shopper_id FROM checkout_sessions WHERE id = ANY ($1::uuid[])), o AS (SELECT * FROM orders WHERE checkout_session_id IN (SELECT id FROM s))
       SELECT (SELECT json_agg(cs ORDER BY id)::text FROM checkout_sessions cs WHERE id IN (SELECT id FROM s)) AS checkout_sessions,
              (SELECT json_agg(sc ORDER BY id)::text FROM store_checkouts sc WHERE session_id IN (SELECT id FROM s)) AS store_checkouts,
              (SELECT json_agg(p ORDER BY id)::text FROM placements p WHERE session_id IN (SELECT id FROM s)) AS placements,
              (SELECT json_agg(h ORDER BY id)::text FROM handoffs h WHERE session_id IN (SELECT id FROM s)) AS handoffs,
              (SELECT json_agg(o ORDER BY id)::text FROM o) AS orders,
              (SELECT json_agg(i ORDER BY id)::text FROM order_items i WHERE order_id IN (SELECT id FROM o)) AS order_items,
              (SELECT json_agg(e ORDER BY id)::text FROM order_events e WHERE order_id IN (SELECT id FROM o)) AS order_events,
              (SELECT json_agg(h ORDER BY session_id, variant_id)::text FROM holds h WHERE session_id IN (SELECT id FROM s)) AS holds,
              (SELECT json_agg(i ORDER BY variant_id)::text FROM inventory i
                WHERE variant_id IN (SELECT variant_id FROM holds WHERE session_id IN (SELECT id FROM s))) AS inventory,
              (SELECT json_agg(c ORDER BY id)::text FROM carts c WHERE shopper_id IN (SELECT shopper_id FROM s)) AS carts,
              (SELECT coalesce(json_agg(l ORDER BY l.id)::text, '') FROM cart_items l JOIN carts c ON c.id = l.cart_id
                WHERE c.shopper_id IN (SELECT shopper_id FROM s)) AS cart_items,
              (SELECT count(*)::text FROM events) AS events,
              (SELECT json_agg(d ORDER BY id)::text FROM event_deliveries d) AS event_deliveries`,
      [faults.map(({ session }) => session.id)],
    );
  }
}

/** A step without its cases breaks the run. */
export function expectEveryStepTried(findings: Findings): void {
  for (const point of PLACEMENT_STEPS) {
    for (const tier of TIERS) {
      for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
        const name = nameOf(point, tier, signal);
        findings.holds(tried.has(name), `not tried: ${name}`);
      }
    }
  }
  findings.facts = `${PLACEMENT_STEPS.length} steps, each before and after, killed and stopped, direct and redirect`;
}
