import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultKind, ShopStep } from '../../../sandbox/shops/faults/faults';
import type { Body } from '../../harness/client';
import type { Child } from '../../harness/processes';
import type { Findings } from '../../harness/report';
import type { World } from '../../harness/world';
import { Buyer } from './buyer';
import { GOODS } from './goods';
import { PLACE_STEPS, type TorturedShop } from './plans';
import type { BrowserShops, BrowserStore } from './shops';
import { browsersOf, isOfBrowser } from './worker-browsers';

export const STRIKES = ['worker killed', 'browser killed', 'network cut'] as const;
export type StrikeKind = (typeof STRIKES)[number];

/** A step of a checkout as the shop sees it, before it has had its effect or after. */
interface Point {
  step: ShopStep;
  after: boolean;
}

/** The quote has told the shop the address: when it is placed there is nothing to suggest any more. */
const ONLY_OF_A_NEW_ADDRESS: ShopStep = 'suggest';
const REACHED_WITHIN_MS = 60_000;
/** A lease of a minute after the point of no return, and three looks at the list. */
const DECIDED_WITHIN_MS = 240_000;
const NETWORK_CUT_MS = 4_000;

/** Kills, or cuts, at each step of a checkout, at all three shops at once; then both books have to say the same. */
export function struckAtEveryStep(shops: BrowserShops, kind: StrikeKind) {
  return async (world: World, findings: Findings): Promise<void> => {
    const stores = await shops.stores(world);
    for (const { shop } of stores) {
      await shop.control('quiet', {});
      await shop.clearFaults();
    }
    const buyers = await Promise.all(stores.map((store) => Buyer.link(world, store)));
    const ends = new Map<string, number>();
    const rounds = Math.max(...stores.map((store) => pointsOf(store.kind).length));
    const began = performance.now();
    for (let round = 0; round < rounds; round++) {
      const points = stores.map((store) => pointsOf(store.kind)[round] ?? null);
      for (const end of await new Round(world, kind, stores, buyers, points).run(findings))
        ends.set(end, (ends.get(end) ?? 0) + 1);
    }
    const told = [...ends].map(([end, times]) => `${end} ×${times}`).join(', ');
    findings.facts = `${rounds} moments at ${stores.length} shops: ${told}; ${((performance.now() - began) / rounds / 1000).toFixed(0)} s each`;
  };
}

function pointsOf(shop: TorturedShop): Point[] {
  const steps = PLACE_STEPS[shop].filter((step) => step !== ONLY_OF_A_NEW_ADDRESS);
  const before = steps.map((step) => ({ step, after: false }));
  const all = [...before, { step: 'place' as const, after: true }];
  const only = process.env['TORTURE_STEPS']?.split(',');
  return only ? all.filter(({ step }) => only.includes(step)) : all;
}

/** One checkout at each shop, struck at once. */
class Round {
  constructor(
    private readonly world: World,
    private readonly kind: StrikeKind,
    private readonly stores: BrowserStore[],
    private readonly buyers: Buyer[],
    private readonly points: (Point | null)[],
  ) {}

  async run(findings: Findings): Promise<string[]> {
    const { world, kind, buyers } = this;
    await world.ground.rows('DELETE FROM store_breakers');
    const places = [...buyers.keys()].filter((place) => this.points[place] !== null);
    const sessions = new Map<number, Body>();
    await Promise.all(places.map(async (place) => void sessions.set(place, await this.quoted(place))));
    const ready = places.filter((place) => sessions.get(place)!.stores[0].checkout === 'in_muse');
    findings.holds(ready.length === places.length, `${kind}: ${places.length - ready.length} stores were not quoted`);
    // Every step is there to be met: nobody is signed in.
    for (const place of ready) await this.arm(place);
    const victim = kind === 'worker killed' ? await world.processes.preloadWorker() : world.worker;
    try {
      if (victim !== world.worker) {
        await world.processes.begin(victim);
        world.worker.signal('SIGSTOP');
      }
      await Promise.all(ready.map((place) => this.place(place, sessions.get(place))));
      await Promise.all(ready.map((place) => this.reached(place, findings)));
      await this.strike(victim, ready);
    } finally {
      world.worker.signal('SIGCONT');
      if (victim !== world.worker) await victim.kill();
      for (const { shop } of this.stores) await shop.clearFaults();
    }
    return Promise.all(ready.map((place) => this.judged(place, sessions.get(place), findings)));
  }

  private quoted(place: number): Promise<Body> {
    return this.buyers[place]!.quote(GOODS[this.stores[place]!.kind][1]!);
  }

  private async arm(place: number): Promise<void> {
    const { shop } = this.stores[place]!;
    const { step, after } = this.points[place]!;
    await shop.control('forgetVisits', {});
    const cut: FaultKind = after ? 'reset_after' : 'reset_before';
    const hangs: FaultKind = after ? 'hang_after' : 'hang';
    await shop.fault({ step, kind: this.kind === 'network cut' ? cut : hangs });
  }

  private async place(place: number, session: Body): Promise<void> {
    const { status, body } = await this.buyers[place]!.place(session);
    if (status !== 202) throw new Error(`place answered ${status} ${body.code}`);
  }

  private async reached(place: number, findings: Findings): Promise<void> {
    const { shop } = this.stores[place]!;
    const deadline = Date.now() + REACHED_WITHIN_MS;
    const isMet = async () => ((await shop.control('faults', {})) as { met: number }[]).some(({ met }) => met > 0);
    while (!(await isMet()) && Date.now() < deadline) await sleep(50);
    findings.holds(await isMet(), `${this.name(place)} was never reached`);
    // A network that is cut stays cut for a while.
    if (this.kind === 'network cut') await shop.fault({ step: '*', kind: 'reset_before', times: null });
  }

  private async strike(victim: Child, ready: number[]): Promise<void> {
    if (ready.length === 0) return;
    if (this.kind === 'worker killed') await killWithBrowsers(victim);
    else if (this.kind === 'browser killed')
      for (const pid of await browsersOf(victim.pid)) process.kill(pid, 'SIGKILL');
    else await sleep(NETWORK_CUT_MS);
  }

  /** What Muse says in the end is what the shop's own book says. */
  private async judged(place: number, session: Body, findings: Findings): Promise<string> {
    const [buyer, store] = [this.buyers[place]!, this.stores[place]!];
    const { status, order, failure, action } = await buyer.decided(session.id, DECIDED_WITHIN_MS);
    const ledger = (await store.shop.ledger()).filter(({ accountId }) => accountId === buyer.accountId);
    const known = await this.world.ground.rows<{ number: string }>(
      `SELECT order_number AS number FROM orders WHERE store_id = $1 AND buyer_user_id = $2`,
      [store.id, buyer.shopper.id],
    );
    const numbers = new Set(known.map(({ number }) => number));
    const strangers = ledger.filter(({ number }) => !numbers.has(number));
    const why = failure?.code ?? action?.type;
    const said = `${status}${why ? ` (${why})` : ''}${order ? ` ${order.storeOrderNumber}` : ''}`;
    const isEnd = ['placed', 'continue_at_store', 'failed', 'needs_attention'].includes(status);
    findings.holds(isEnd, `${this.name(place)}: ${said}`);
    // Every order of the shop's is one of Muse's, and the other way round.
    const books = `${this.name(place)}: ${said}, shop ${ledger.length} orders, Muse ${known.length}`;
    findings.holds(strangers.length === 0 && ledger.length === known.length, books);
    return String(status);
  }

  private name(place: number): string {
    const { step, after } = this.points[place]!;
    return `${this.kind} ${after ? 'after' : 'before'} ${step} at ${this.stores[place]!.kind}`;
  }
}

/** A worker that is killed leaves its browser to the system, as a machine that stops would not: both go. */
async function killWithBrowsers(victim: Child): Promise<void> {
  const browsers = await browsersOf(victim.pid);
  await victim.kill();
  for (const pid of browsers) if (await isOfBrowser(pid)) process.kill(pid, 'SIGKILL');
}
