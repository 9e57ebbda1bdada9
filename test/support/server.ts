import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterFile } from './cleanup';
import { freshDatabase } from './database';
import { freePort } from './free-port';

const START = join(__dirname, '../../scripts/start.mjs');
/** A build comes first where the sources have changed. */
const READY_WITHIN_MS = 90_000;

export const DEMO_PASSWORD = 'a passphrase of the demo';

/** The program as `npm start` runs it, built, with its demo data, as a process of its own on a database of its own. */
export async function startDemoServer(): Promise<{ url: string }> {
  const [database, port, dataDir] = [
    await freshDatabase(),
    await freePort(),
    await mkdtemp(join(tmpdir(), 'muse-demo-')),
  ];
  const url = `http://127.0.0.1:${port}`;
  const server = spawn(process.execPath, [START], {
    env: {
      PATH: process.env['PATH'],
      ...{ NODE_ENV: 'development', MUSE_DEMO: '1', MUSE_DEMO_PASSWORD: DEMO_PASSWORD, LOG_LEVEL: 'silent' },
      ...{ PORT: String(port), PUBLIC_URL: url, DATABASE_URL: database, DATABASE_POOL: '6', MUSE_DATA_DIR: dataDir },
      ...{ MUSE_MASTER_KEY: randomBytes(32).toString('base64'), JWT_SECRET: randomBytes(32).toString('base64url') },
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (part) => (said += String(part)));
  afterFile(async () => {
    if (server.exitCode === null) {
      server.kill('SIGKILL');
      await once(server, 'exit');
    }
    // A process of its own may write a last file while the folder goes.
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });
  for (const end = Date.now() + READY_WITHIN_MS; Date.now() < end && server.exitCode === null; await sleep(100)) {
    const answer = await fetch(`${url}/api/v1/health/ready`).catch(() => undefined);
    if (answer?.ok) return { url };
  }
  throw new Error(`The server does not start. It said:\n${said}`);
}
