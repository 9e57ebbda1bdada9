import { setTimeout as sleep } from 'node:timers/promises';
import { Load, type Goods } from '../harness/load';
import type { Program } from '../harness/processes';
import { Proxy } from '../harness/proxy';
import type { Random } from '../harness/random';
import type { Findings } from '../harness/report';
import type { World } from '../harness/world';
import { checkInvariants } from '../invariants';

/** When a fault is over, everything is as it was within this time, without a restart of anything. */
const RECOVERS_WITHIN_MS = 20_000;
const SHOPPERS = 10;
const UNITS = 1_000_000;

let goods: Promise<Goods> | undefined;

async function makeGoods(world: World): Promise<Goods> {
  const stores = [await world.merchantStore(), await world.merchantStore()];
  const variants: string[] = [];
  for (const store of stores) variants.push(...(await world.variants(store, [UNITS, UNITS, UNITS])));
  return { variants, partners: [await world.partnerStore('redirect'), await world.partnerStore('headless')] };
}

/**
 * Two API processes and two workers that reach Postgres through a proxy, and shoppers who buy all the time. What happens
 * then is the case's; how it has to end is the same for all.
 */
export class Stage {
  readonly load: Load;
  /** What the shoppers may turn to; a case takes processes out and puts others in. */
  readonly apis: Program[] = [];
  readonly workers: Program[] = [];
  /** Processes that the case ended itself. */
  readonly meantToEnd = new Set<Program>();

  private constructor(
    readonly world: World,
    readonly findings: Findings,
    readonly random: Random,
    readonly proxy: Proxy,
    goods: Goods,
  ) {
    this.load = new Load(world, goods, random, () => this.apis.map(({ port }) => port));
  }

  /** Sets the stage, runs the case under load, and checks how everything stands afterwards. */
  static async play(
    world: World,
    findings: Findings,
    random: Random,
    act: (stage: Stage) => Promise<void>,
    environment: Record<string, string>[] = [{}, {}],
  ): Promise<void> {
    goods ??= makeGoods(world);
    const url = new URL(world.ground.databaseUrl);
    const proxy = await Proxy.open(Number(url.port), random.next);
    const stage = new Stage(world, findings, random, proxy, await goods);
    const goOn = world.processes.pauseWorkers();
    try {
      for (const more of environment) {
        stage.apis.push(await stage.start('api', more));
        stage.workers.push(await stage.start('worker', more));
      }
      stage.load.start(SHOPPERS);
      await sleep(1_500);
      await act(stage);
      await stage.recover();
      await sleep(1_000);
      await stage.load.stop();
      await stage.judge();
    } finally {
      await Promise.all([...stage.apis, ...stage.workers].map(({ child }) => child.kill()));
      goOn();
      await proxy.close();
    }
  }

  /** A process that reaches Postgres through the proxy. */
  start(role: 'api' | 'worker', more: Record<string, string> = {}): Promise<Program> {
    const url = new URL(this.world.ground.databaseUrl);
    url.port = String(this.proxy.port);
    const { PRELOAD: preload, ...environment } = more;
    return this.world.processes.startProgram(
      { MUSE_ROLE: role, DATABASE_URL: url.href, ...environment },
      preload ? [preload] : [],
    );
  }

  /** Each process answers again, and a shopper gets from nothing to an order through each API process. */
  private async recover(): Promise<void> {
    const began = Date.now();
    await Promise.all(
      [...this.apis, ...this.workers].map(async (program) => {
        const name = `${program.child.role} process ${program.child.pid}`;
        const deadline = began + RECOVERS_WITHIN_MS;
        while (!(await program.ready()) && Date.now() < deadline && !program.child.ended) await sleep(100);
        const isWell = !program.child.ended && (await program.ready());
        this.findings.holds(isWell, `${name} did not recover within ${RECOVERS_WITHIN_MS} ms (${program.child.ended})`);
        if (!isWell) this.findings.broken.push(await this.world.processes.tail('Not caught'));
      }),
    );
    for (const { port } of this.apis) {
      const journey = this.load
        .journey(() => [port])
        .then(
          () => undefined,
          (error: unknown) => String(error),
        );
      const failure = await Promise.race([journey, sleep(RECOVERS_WITHIN_MS, 'it took too long', { ref: false })]);
      this.findings.holds(failure === undefined, `a shopper at port ${port} after the fault: ${failure}`);
    }
    this.findings.facts = `well again ${((Date.now() - began) / 1000).toFixed(1)} s after it`;
  }

  private async judge(): Promise<void> {
    const { load, findings, world } = this;
    findings.holds(
      load.broken.length === 0,
      `${load.broken.length} shoppers failed: ${load.broken.slice(0, 3).join('; ')}`,
    );
    findings.holds(
      load.internalErrors.length === 0,
      `${load.internalErrors.length} answers were 500, which says that we do not know: ${load.internalErrors.slice(0, 5).join('; ')}`,
    );
    if (load.internalErrors.length > 0) {
      findings.broken.push(await world.processes.tail(load.internalErrors[0]!.split(' ').at(-1)));
    }
    findings.holds(load.journeys > 0, 'nobody came through');
    const invariants = await checkInvariants(world, findings, false);
    const { lost } = await world.ground.one<{ lost: number }>(
      `SELECT count(*)::int AS lost FROM unnest($1::uuid[]) AS placed (id) LEFT JOIN checkout_sessions cs USING (id)
        WHERE cs.placed_at IS NULL OR NOT EXISTS (SELECT FROM store_checkouts sc WHERE sc.session_id = cs.id AND (sc.order_id IS NOT NULL OR sc.handoff_id IS NOT NULL))`,
      [load.placed],
    );
    findings.holds(lost === 0, `${lost} acknowledged placings are lost`);
    const troubles = [...load.troubles].map(([kind, count]) => `${kind} ×${count}`).join(', ') || 'none';
    findings.notes.push(
      `${load.journeys} journeys, ${load.requests} requests; what clients met with: ${troubles}`,
      `acknowledged writes lost: ${lost} of ${load.acknowledged}; ${invariants.at(-1)}`,
    );
  }
}
