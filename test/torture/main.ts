// npm run torture: races and faults against the built program, as processes of its own on a Postgres of its own.
// `npm run torture -- sign-in outbox` runs the cases whose names have one of these words in them; TORTURE_SEED=1234 takes a
// seed from an earlier run.
import { BrowserShops, STRIKES, checkoutsByBrowser, crowd, struckAtEveryStep } from './cases/browser';
import { cancelAgainstShip } from './cases/cancel-against-ship';
import { expiryAgainstPlace } from './cases/expiry-against-place';
import { handoffEnds } from './cases/handoff-ends';
import { lastUnits } from './cases/last-units';
import { paymentCases } from './cases/payments';
import { oppositeOrders } from './cases/opposite-orders';
import { outboxFaults } from './cases/outbox-faults';
import { parallelCartWrites } from './cases/parallel-cart-writes';
import { placeAtOnce } from './cases/place-at-once';
import { scarceCoupon } from './cases/scarce-coupon';
import { signIn } from './cases/sign-in';
import { storesByApi } from './cases/stores-by-api';
import { twoTabs } from './cases/two-tabs';
import { WorkerFaults, expectEveryStepTried } from './cases/worker-faults';
import {
  backendsTerminated,
  blackHole,
  commitUnanswered,
  poolExhausted,
  postgresKilled,
} from './faults/postgres-faults';
import { clocksWrong, sigterm } from './faults/process-faults';
import { randomFaults } from './faults/random-faults';
import { slowClients } from './faults/slow-clients';
import { freePort } from '../support/free-port';
import type { StoreSandbox } from '../support/store-sandbox';
import { openSandboxes } from './harness/api-stores';
import { Client } from './harness/client';
import { Ground, ensureBuilt } from './harness/ground';
import { Processes } from './harness/processes';
import { Random } from './harness/random';
import { Findings, printHead, printRow, type Row } from './harness/report';
import { Till, openStripe } from './harness/till';
import { World } from './harness/world';
import { checkInvariants } from './invariants';

/** Whatever happens, the run ends by then. */
const GIVE_UP_MS = 45 * 60_000;
const API_PROCESSES = 2;

type Case = [name: string, run: (world: World, findings: Findings) => Promise<void>];

function casesOf(world: World, random: Random, sandboxes: StoreSandbox[], shops: BrowserShops | null): Case[] {
  const faults = new WorkerFaults(world);
  const till = new Till(world);
  return [
    ['place, 50 at once', placeAtOnce],
    ['one cart, two tabs', twoTabs],
    ['the last units', lastUnits],
    ['a coupon of ten uses', scarceCoupon],
    ['opposite line orders', oppositeOrders],
    ['cart writes, 20 at once', parallelCartWrites],
    ['expiry against place', expiryAgainstPlace],
    ['sign-in against adding and placing', signIn],
    ['cancel against ship', cancelAgainstShip],
    ['a hand-off ends in three ways', handoffEnds],
    ['worker killed, direct store', (_, findings) => faults.round(findings, 'SIGKILL', 'direct', false)],
    ['worker stopped and continued, direct store', (_, findings) => faults.round(findings, 'SIGSTOP', 'direct', false)],
    ['worker killed, redirect store', (_, findings) => faults.round(findings, 'SIGKILL', 'redirect', false)],
    [
      'worker stopped and continued, redirect store',
      (_, findings) => faults.round(findings, 'SIGSTOP', 'redirect', true),
    ],
    ['worker faults: no step left out', (_, findings) => Promise.resolve(expectEveryStepTried(findings))],
    ['worker killed and stopped, outbox', outboxFaults],
    ['stores by API: workers killed, stores faulty', storesByApi(sandboxes)],
    ...paymentCases(till).map(([name, run]): Case => [`payments: ${name}`, (_, findings) => run(till, findings)]),
    ...(shops ? BROWSER_CASES.map(([name, run]): Case => [name, run(shops)]) : []),
    ['connections terminated', backendsTerminated(random)],
    ['COMMIT unanswered', commitUnanswered(random)],
    ['Postgres killed and restarted', postgresKilled(random)],
    ['black hole for 30 s', blackHole(random)],
    ['pool exhausted', poolExhausted(random)],
    ['SIGTERM under load', sigterm(random)],
    ['clocks ten minutes wrong', clocksWrong(random)],
    ['slow clients', slowClients(random)],
    ['random faults', randomFaults(random)],
  ];
}

/** A seed of their own, that is always the same: so many checkouts are to be comparable. */
const BROWSER_SEED = 7;

const BROWSER_CASES: [name: string, run: (shops: BrowserShops) => Case[1]][] = [
  ['browser: checkouts at three shops', (shops) => checkoutsByBrowser(shops, new Random(BROWSER_SEED))],
  ['browser: a hundred runs at once', crowd],
  ...STRIKES.map((kind): (typeof BROWSER_CASES)[number] => [
    `browser: ${kind} at every step`,
    (shops) => struckAtEveryStep(shops, kind),
  ]),
];

const isWanted = (name: string, words: string[]) => words.length === 0 || words.some((word) => name.includes(word));

async function time(name: string, run: (findings: Findings) => Promise<void>): Promise<Row> {
  const findings = new Findings();
  const began = performance.now();
  await run(findings).catch((error: unknown) => findings.broken.push(String((error as Error).stack)));
  const row = { name, seconds: (performance.now() - began) / 1000, findings };
  printRow(row);
  return row;
}

/** Tears down in the opposite order of building up, and goes on whatever fails. */
class Undo {
  private readonly steps: (() => Promise<void>)[] = [];
  private running: Promise<void> | undefined;

  add(step: () => Promise<void>): void {
    this.steps.push(step);
  }

  all(): Promise<void> {
    return (this.running ??= this.run());
  }

  private async run(): Promise<void> {
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      await step().catch((error: unknown) => console.error(`Cleaning up: ${String(error)}`));
    }
  }
}

async function torture(undo: Undo, words: string[]): Promise<boolean> {
  const began = performance.now();
  const seed = Number(process.env['TORTURE_SEED'] ?? Date.now() % 1_000_000_000);
  console.log(`Seed ${seed}`);
  await ensureBuilt();
  const ground = await Ground.lay();
  undo.add(() => ground.clear());
  const { stripe, settings } = await openStripe();
  undo.add(() => stripe.stop());
  const shops = BROWSER_CASES.some(([name]) => isWanted(name, words)) ? await BrowserShops.open() : null;
  if (shops) undo.add(() => shops.stop());
  const sandboxes = await openSandboxes();
  for (const sandbox of sandboxes) undo.add(() => sandbox.kill());
  // Where stores find out who asks them, and send browsers back to.
  const firstPort = await freePort();
  const origins = [...sandboxes.map(({ url }) => url), ...(shops?.origins ?? [])];
  const own = { PUBLIC_URL: `http://127.0.0.1:${firstPort}`, SANDBOX_ORIGINS: origins.join(',') };
  const processes = new Processes(ground, { ...settings, ...own });
  undo.add(() => processes.endAll());
  const [worker, ...ports] = await Promise.all([
    processes.startWorker(),
    ...Array.from({ length: API_PROCESSES }, (_, n) => processes.startApi(n === 0 ? firstPort : undefined)),
  ]);
  const client = new Client(ports);
  undo.add(() => Promise.resolve(client.close()));
  const world = await World.make(ground, processes, client, worker, stripe);
  await stripe.configure({ webhookUrl: `http://127.0.0.1:${ports[0]}/api/v1/webhooks/stripe` });
  console.log(
    `${API_PROCESSES} API processes and a worker stand after ${((performance.now() - began) / 1000).toFixed(1)} s.`,
  );

  printHead();
  const rows: Row[] = [];
  for (const [name, run] of casesOf(world, new Random(seed), sandboxes, shops)) {
    if (!isWanted(name, words)) continue;
    rows.push(await time(name, (findings) => run(world, findings)));
  }
  let lines: string[] = [];
  rows.push(
    await time(
      'invariants',
      async (findings) => void (lines = await checkInvariants(world, findings, words.length === 0)),
    ),
  );
  if (worker.ended) rows.at(-1)!.findings.broken.push(`The worker that was let alone has ended: ${worker.ended}`);
  console.log(`\n${lines.join('\n')}`);

  const broken = rows.filter(({ findings }) => findings.broken.length > 0);
  const checks = rows.reduce((sum, { findings }) => sum + findings.checks, 0);
  console.log(
    `\n${checks} checks in ${((performance.now() - began) / 1000).toFixed(0)} s. ${broken.length === 0 ? 'All hold.' : `BROKEN: ${broken.map((row) => row.name).join(', ')}`}`,
  );
  return broken.length === 0;
}

async function main(): Promise<void> {
  const undo = new Undo();
  const leave = async (code: number, why?: string) => {
    if (why) console.error(`\n${why}`);
    await undo.all();
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void leave(130, `${signal}: cleaning up …`));
  setTimeout(() => void leave(1, `Not done within ${GIVE_UP_MS / 60_000} minutes.`), GIVE_UP_MS).unref();
  try {
    const held = await torture(undo, process.argv.slice(2));
    await leave(held ? 0 : 1);
  } catch (error) {
    await leave(1, String((error as Error).stack));
  }
}

void main();
