import { Client } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../harness/random';
import type { Findings } from '../harness/report';
import type { World } from '../harness/world';
import { Stage } from './stage';

/** Ends a part of the program's connections, as an administrator or a failing network would. */
export async function terminateBackends(world: World, part: number): Promise<number> {
  const { ended } = await world.ground.one<{ ended: number }>(
    `SELECT count(pg_terminate_backend(pid))::int AS ended FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend' AND application_name NOT IN ('torture', 'muse-keeper')
        AND random() < $1`,
    [part],
  );
  return ended;
}

/** pg_terminate_backend in the middle of requests and jobs, again and again. */
export const backendsTerminated = (random: Random) => (world: World, findings: Findings) =>
  Stage.play(world, findings, random, async () => {
    let ended = 0;
    for (let n = 0; n < 20; n++) {
      ended += await terminateBackends(world, 0.5);
      await sleep(300);
    }
    findings.notes.push(`${ended} connections ended`);
    findings.holds(ended > 50, `only ${ended} connections were ended`);
  });

/** The answer to COMMIT is lost on its way, and the connection with it: done, and nobody knows. */
export const commitUnanswered = (random: Random) => (world: World, findings: Findings) =>
  Stage.play(world, findings, random, async ({ proxy }) => {
    proxy.swallowing = 0.3;
    await sleep(8_000);
    proxy.swallowing = 0;
    findings.notes.push(`${proxy.swallowed} answers to COMMIT swallowed`);
    findings.holds(proxy.swallowed > 10, `only ${proxy.swallowed} answers were swallowed`);
  });

/** Postgres is killed, is away for a while, and comes back, twice. */
export const postgresKilled = (random: Random) => (world: World, findings: Findings) =>
  Stage.play(world, findings, random, async () => {
    for (const awayMs of [500, 4_000]) {
      await world.ground.killPostgres();
      await sleep(awayMs);
      await world.ground.restartPostgres();
      await sleep(4_000);
    }
  });

/** Nothing comes through to Postgres and back, and nobody is told: 30 seconds long. */
export const blackHole = (random: Random) => (world: World, findings: Findings) =>
  Stage.play(world, findings, random, async ({ proxy, apis }) => {
    proxy.blackHole(true);
    await sleep(8_000);
    const began = Date.now();
    const ready = await Promise.all(apis.map((api) => api.ready()));
    findings.holds(!ready.includes(true), 'a process says that it is ready while its database cannot be reached');
    const live = await Promise.all(apis.map(({ port }) => fetch(`http://127.0.0.1:${port}/api/v1/health/live`)));
    findings.holds(
      live.every(({ status }) => status === 200),
      'a process does not say that it lives',
    );
    await sleep(22_000 - (Date.now() - began));
    proxy.blackHole(false);
  });

const LOCKED_MS = 9_000;

/** Every connection of the pools waits for a lock, and more requests wait for a connection. */
export const poolExhausted = (random: Random) => (world: World, findings: Findings) =>
  Stage.play(
    world,
    findings,
    random,
    async ({ load, apis }) => {
      const holder = new Client({ connectionString: world.ground.databaseUrl, application_name: 'torture' });
      await holder.connect();
      try {
        await holder.query('BEGIN');
        await holder.query('LOCK TABLE carts IN ACCESS EXCLUSIVE MODE');
        load.start(30);
        await sleep(LOCKED_MS);
        const text = await metricsOf(apis[0]!.port);
        const waiting = Number(/^muse_pool_waiting (\d+)/m.exec(text)?.[1] ?? 0);
        findings.notes.push(`${waiting} waited for a connection in one process`);
        findings.holds(waiting > 0, 'the pool was not exhausted');
      } finally {
        await holder.query('ROLLBACK').catch(() => undefined);
        await holder.end();
      }
    },
    [
      { DATABASE_POOL: '4', METRICS_TOKEN: TOKEN },
      { DATABASE_POOL: '4', METRICS_TOKEN: TOKEN },
    ],
  );

const TOKEN = 'a-token-of-the-torture';

async function metricsOf(port: number): Promise<string> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  return (await fetch(`http://127.0.0.1:${port}/metrics`, { headers })).text();
}
