import { setTimeout as sleep } from 'node:timers/promises';
import { memoryOfTree } from '../../../../src/platform/browser/process-memory';
import type { Findings } from '../../harness/report';
import { catalogLine, type Shopper, type World } from '../../harness/world';
import { Buyer, type Linking } from './buyer';
import type { BrowserShops, BrowserStore } from './shops';
import { browsersOf } from './worker-browsers';

const RUNS = 102;
const P95_MS = 1_000;
const DONE_WITHIN_MS = 300_000;
const READ_EVERY_MS = 20;
const LOOK_EVERY_MS = 500;
/** A browser is given back after half a minute without work (BROWSER_IDLE_SECONDS). */
const IDLE_MS = 40_000;
const AFTERWARDS_MS = 120_000;
const GROWN = 1.2;

/** A hundred people give their sign-ins at once, and each is tried by a browser: nobody else must notice. */
export function crowd(shops: BrowserShops) {
  return async (world: World, findings: Findings): Promise<void> => {
    const stores = await shops.stores(world);
    for (const { shop } of stores) {
      await shop.control('quiet', {});
      await shop.clearFaults();
    }
    // Whatever is read and compiled once is there before the base is measured.
    await Promise.all(stores.map((store) => Buyer.link(world, store)));
    const reader = await readerOf(world, stores[0]!);
    await sleep(IDLE_MS);
    const base = megabytesOf(world);

    const people = await Promise.all(
      Array.from({ length: RUNS }, (_, n) => Buyer.toLink(world, stores[n % stores.length]!)),
    );
    const began = performance.now();
    const watch = new Watch(world, reader);
    const linked = await Promise.all(people.map((person) => linkedOrWhy(person)));
    const seconds = (performance.now() - began) / 1_000;
    const { reads, browsers, peak } = await watch.end();
    await sleep(AFTERWARDS_MS);
    const after = megabytesOf(world);

    const failed = linked.filter((why) => why !== null);
    findings.holds(failed.length === 0, `${failed.length} of ${RUNS} runs failed, the first: ${failed[0]}`);
    const p95 = reads.toSorted((a, b) => a - b)[Math.ceil(reads.length * 0.95) - 1] ?? Infinity;
    findings.holds(p95 < P95_MS, `a cart was read in p95 ${Math.round(p95)} ms`);
    // The one that ends, and the one that takes its place.
    findings.holds(browsers <= 2, `${browsers} browsers at once`);
    findings.holds(after <= base * GROWN, `${Math.round(after)} MiB two minutes after, ${Math.round(base)} MiB before`);
    findings.facts = `${RUNS - failed.length} of ${RUNS} runs in ${Math.round(seconds)} s; cart read p95 ${Math.round(p95)} ms of ${reads.length}; browsers at once ${browsers}; MiB ${Math.round(base)} before, ${Math.round(peak)} at most, ${Math.round(after)} two minutes after`;
  };
}

async function readerOf(world: World, store: BrowserStore): Promise<Shopper> {
  const reader = await world.user();
  for (const variantId of [...store.variantIds.values()].slice(0, 5)) await reader.add(catalogLine(variantId, 1));
  return reader;
}

async function linkedOrWhy(person: Linking): Promise<string | null> {
  return person.link({ ms: DONE_WITHIN_MS, lookEveryMs: 2_000 }).then(
    () => null,
    (error: Error) => error.message,
  );
}

/** Of the worker and every process below it. */
function megabytesOf({ worker }: World): number {
  return memoryOfTree(worker.pid).reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20;
}

/** What others notice meanwhile. */
class Watch {
  private readonly reads: number[] = [];
  private browsers = 0;
  private peak = 0;
  private over = false;
  private readonly loops: Promise<unknown>;

  constructor(
    private readonly world: World,
    private readonly reader: Shopper,
  ) {
    this.loops = Promise.all([this.read(), this.look()]);
  }

  async end(): Promise<{ reads: number[]; browsers: number; peak: number }> {
    this.over = true;
    await this.loops;
    const { reads, browsers, peak } = this;
    return { reads, browsers, peak };
  }

  private async read(): Promise<void> {
    for (; !this.over; await sleep(READ_EVERY_MS)) {
      const began = performance.now();
      await this.reader.expect('GET', '/cart');
      this.reads.push(performance.now() - began);
    }
  }

  private async look(): Promise<void> {
    for (; !this.over; await sleep(LOOK_EVERY_MS)) {
      this.browsers = Math.max(this.browsers, (await browsersOf(this.world.worker.pid)).length);
      this.peak = Math.max(this.peak, megabytesOf(this.world));
    }
  }
}
