import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startMailServer } from '../../support/mail-server';
import { exchange } from '../harness/client';
import type { Program } from '../harness/processes';
import type { Random } from '../harness/random';
import type { Findings } from '../harness/report';
import { ADDRESS, CONTACT, usd, type World } from '../harness/world';
import { Stage } from './stage';

const ENDS_WITHIN_MS = 30_000;

/** As in production: there readiness fails for a while before connections are refused. */
async function inProduction(world: World, smtp: string): Promise<Record<string, string>> {
  const secrets = JSON.parse(await readFile(join(world.ground.directory, 'secrets.json'), 'utf8')) as object;
  const mail = { SMTP_URL: smtp, MAIL_FROM: 'Muse <muse@example.com>' };
  return {
    ...{ NODE_ENV: 'production', PUBLIC_URL: 'https://muse.example.com', RATE_LIMIT_FACTOR: '100000' },
    ...mail,
    ...secrets,
  };
}

/** API and worker processes are asked to stop while everybody buys: nobody notices. */
export const sigterm = (random: Random) => async (world: World, findings: Findings) => {
  const mails = await startMailServer();
  const production = await inProduction(world, mails.url);
  await Stage.play(
    world,
    findings,
    random,
    async (stage) => {
      for (let round = 0; round < 2; round++) {
        const [api, worker] = [stage.apis.shift()!, stage.workers.shift()!];
        const [nextApi, nextWorker] = [stage.start('api', production), stage.start('worker', production)];
        stage.apis.push(await nextApi);
        stage.workers.push(await nextWorker);
        await endsWell(stage, api, worker);
      }
      const troubles = [...stage.load.troubles].map(([kind, count]) => `${kind} ×${count}`).join(', ');
      findings.holds(troubles === '', `clients noticed: ${troubles}`);
    },
    [production, production],
  ).finally(() => mails.close());
};

/** The balancer goes on sending to the old one until that says it is not ready; whatever it was sent is answered. */
async function endsWell({ findings, apis }: Stage, api: Program, worker: Program): Promise<void> {
  apis.push(api);
  const stream = openStreamless(api.port);
  const began = Date.now();
  api.child.signal('SIGTERM');
  worker.child.signal('SIGTERM');
  while ((await api.ready()) && Date.now() - began < 10_000) await sleep(50);
  findings.holds(!api.child.ended, 'an API process ended before it said that it is not ready');
  const unreadyMs = Date.now() - began;
  findings.holds(unreadyMs < 2_000, `readiness failed only after ${unreadyMs} ms`);
  // A balancer looks every second or so; until then requests still come, and are answered.
  await sleep(1_000);
  const late = await exchange(api.port, 'GET', '/api/v1/health/live').then(
    ({ status }) => status,
    (error: unknown) => String(error),
  );
  findings.holds(late === 200, `a request a second after SIGTERM was not answered: ${late}`);
  apis.splice(apis.indexOf(api), 1);
  for (const { child } of [api, worker]) {
    while (!child.ended && Date.now() - began < ENDS_WITHIN_MS) await sleep(50);
    findings.holds(
      child.ended === 'code 0',
      `${child.role}: ${child.ended ?? 'still running'} after ${Date.now() - began} ms`,
    );
    findings.notes.push(`${child.role} ended with ${child.ended} after ${((Date.now() - began) / 1000).toFixed(1)} s`);
  }
  const answered = await stream;
  findings.holds(answered === 200, `a request that was slow to arrive when SIGTERM came was not answered: ${answered}`);
}

/** A request whose body takes four seconds to come: it is under way when the signal comes, and is to be answered. */
async function openStreamless(port: number): Promise<number | string> {
  const body = JSON.stringify({ email: 'nobody@example.com', password: 'whatever it is' });
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request({
      host: '127.0.0.1',
      port,
      method: 'POST',
      path: '/api/v1/auth/login',
      headers,
      agent: false,
    });
    sent.on('response', (response) => {
      response.resume();
      // 401: it was understood and answered, which is what counts.
      response.on('end', () => resolve(response.statusCode === 401 ? 200 : response.statusCode!));
    });
    sent.on('error', (error) => resolve(String(error)));
    sent.write(body.slice(0, 10));
    setTimeout(() => sent.end(body.slice(10)), 4_000);
  });
}

const SHIFT_MS = 10 * 60_000;

/** Processes whose clocks are ten minutes ahead and behind: what is decided between them goes by the database's. */
export const clocksWrong = (random: Random) => {
  const shifted = (by: number) => ({
    PRELOAD: join(__dirname, '..', 'harness', 'shift-clock.cjs'),
    CLOCK_SHIFT_MS: String(by),
  });
  return (world: World, findings: Findings) =>
    Stage.play(
      world,
      findings,
      random,
      async (stage) => {
        const [ahead, behind] = stage.apis as [Program, Program];
        for (const { port } of [ahead, behind]) await accountsWork(findings, port);
        await expiryGoesByTheDatabase(stage, ahead, behind);
        await sleep(5_000);
      },
      [shifted(SHIFT_MS), shifted(-SHIFT_MS)],
    );
};

/** Who signs in at a process is known to it, whatever its clock says. */
async function accountsWork(findings: Findings, port: number): Promise<void> {
  const body = { email: `clock-${port}-${Date.now()}@example.com`, password: 'a passphrase of the torture' };
  const made = await exchange(port, 'POST', '/api/v1/auth/register', { body });
  const me = await exchange(port, 'GET', '/api/v1/me', { token: made.body.accessToken });
  findings.holds(me.status === 200, `a new account is not known where it was made: ${me.status}`);
  const again = await exchange(port, 'POST', '/api/v1/auth/refresh', {
    body: { refreshToken: made.body.refreshToken },
  });
  findings.holds(again.status === 200, `a refresh token made a moment ago is refused: ${again.status}`);
}

async function expiryGoesByTheDatabase(
  { world, findings, load }: Stage,
  ahead: Program,
  behind: Program,
): Promise<void> {
  const store = await world.merchantStore();
  const [variantId] = await world.variants(store, [10]);
  const ready = async (port: number) => {
    const token = (await exchange(port, 'POST', '/api/v1/guests')).body;
    const call = (method: string, path: string, body?: object, key?: string) =>
      exchange(port, method, `/api/v1${path}`, { token: token.accessToken, body, key });
    await call('POST', '/cart/items', { variantId, quantity: 1 });
    await world.ground.rows(`INSERT INTO torture.put_in VALUES ($1, $2, 1)`, [token.guest.id, variantId]);
    const { id } = (await call('POST', '/checkout/sessions', {})).body;
    const { total } = (await call('PUT', `/checkout/sessions/${id}/shipping`, { address: ADDRESS, contact: CONTACT }))
      .body;
    return {
      id: id as string,
      place: () => call('POST', `/checkout/sessions/${id}/place`, { expectedTotal: total ?? usd(0) }, id),
    };
  };
  const early = await ready(ahead.port);
  const { minutes } = await world.ground.one<{ minutes: number }>(
    `SELECT extract(epoch FROM expires_at - now())::float8 / 60 AS minutes FROM checkout_sessions WHERE id = $1`,
    [early.id],
  );
  findings.holds(minutes > 29 && minutes < 31, `a session made by a clock ahead lives ${minutes} minutes`);
  await world.ground.rows(`UPDATE checkout_sessions SET expires_at = now() + interval '2 minutes' WHERE id = $1`, [
    early.id,
  ]);
  const placed = await early.place();
  findings.holds(
    placed.status === 202,
    `a session with two minutes left, placed by a clock ahead: ${placed.status} ${placed.body?.code}`,
  );
  if (placed.status === 202) load.placed.push(early.id);

  const late = await ready(behind.port);
  await world.ground.rows(`UPDATE checkout_sessions SET expires_at = now() - interval '1 second' WHERE id = $1`, [
    late.id,
  ]);
  const refused = await late.place();
  findings.holds(
    refused.status >= 400 && refused.status < 500,
    `a session that has run out, placed by a clock behind: ${refused.status}`,
  );
}
