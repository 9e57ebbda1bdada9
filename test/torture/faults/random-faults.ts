import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../harness/random';
import type { Findings } from '../harness/report';
import type { World } from '../harness/world';
import { terminateBackends } from './postgres-faults';
import { Stage } from './stage';

const LASTS_MS = Number(process.env['TORTURE_RANDOM_SECONDS'] ?? 180) * 1_000;

type Fault = (stage: Stage) => Promise<void>;

/** What can happen on a bad day; each is over when it returns. */
const FAULTS: [name: string, fault: Fault][] = [
  ['connections ended', async ({ world }) => void (await terminateBackends(world, 0.7))],
  [
    'answers to COMMIT swallowed',
    async ({ proxy }) => {
      proxy.swallowing = 0.3;
      await sleep(2_000);
      proxy.swallowing = 0;
    },
  ],
  [
    'black hole',
    async ({ proxy, random }) => {
      proxy.blackHole(true);
      await sleep(random.between(500, 6_000));
      proxy.blackHole(false);
    },
  ],
  [
    'Postgres killed',
    async ({ world, random }) => {
      await world.ground.killPostgres();
      await sleep(random.between(100, 2_000));
      await world.ground.restartPostgres();
    },
  ],
  ['worker killed', (stage) => killed(stage, 'worker')],
  ['API process killed', (stage) => killed(stage, 'api')],
  ['worker stopped and continued', (stage) => stopped(stage, 'worker')],
  ['API process stopped and continued', (stage) => stopped(stage, 'api')],
];

/** `kill -9`; whoever runs Muse starts another one. */
async function killed(stage: Stage, role: 'api' | 'worker'): Promise<void> {
  const programs = role === 'api' ? stage.apis : stage.workers;
  const victim = stage.random.oneOf(programs);
  programs.splice(programs.indexOf(victim), 1);
  await victim.child.kill();
  programs.push(await stage.start(role));
}

async function stopped(stage: Stage, role: 'api' | 'worker'): Promise<void> {
  const { child } = stage.random.oneOf(role === 'api' ? stage.apis : stage.workers);
  child.signal('SIGSTOP');
  await sleep(stage.random.between(500, 12_000));
  child.signal('SIGCONT');
}

/** Three minutes of random load and random faults, one after the other; the seed says which. */
export const randomFaults = (random: Random) => (world: World, findings: Findings) =>
  Stage.play(world, findings, random, async (stage) => {
    const happened = new Map<string, number>();
    for (const end = Date.now() + LASTS_MS; Date.now() < end;) {
      const [name, fault] = random.oneOf(FAULTS);
      happened.set(name, (happened.get(name) ?? 0) + 1);
      await fault(stage);
      await sleep(random.between(300, 3_000));
    }
    findings.notes.push([...happened].map(([name, times]) => `${name} ×${times}`).join(', '));
  });
