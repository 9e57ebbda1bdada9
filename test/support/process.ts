import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterFile } from './cleanup';
import { assertNone, leaksIn } from './leaks';
import { freePort } from './free-port';

const ROOT = join(__dirname, '..', '..');
const READY_WITHIN_MS = 60_000;

export interface RunningProcess {
  child: ChildProcess;
  url: string;
  /** What it has written to both of its outputs so far. */
  output: () => string;
  /** Its exit code, or the signal that it ended by. */
  ended: Promise<number | NodeJS.Signals>;
}

/** The program as a process of its own, once it is ready; killed after the test file at the latest. */
export async function startProcess(
  environment: Record<string, string>,
  { preload = [] }: { preload?: string[] } = {},
): Promise<RunningProcess> {
  const [port, dataDir] = [await freePort(), await mkdtemp(join(tmpdir(), 'muse-process-'))];
  const env = { NODE_ENV: 'test', MUSE_DATA_DIR: dataDir, LOG_LEVEL: 'warn', HOST: '127.0.0.1', ...environment };
  const scripts = [...preload, join(ROOT, 'scripts', 'ts.cjs')].flatMap((path) => ['-r', path]);
  const child = spawn(process.execPath, [...scripts, join(ROOT, 'src', 'main.ts')], {
    cwd: dataDir,
    env: { PATH: process.env['PATH'], PORT: String(port), MUSE_SOURCE_MAPS: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (output += part.toString()));
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  afterFile(async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(dataDir, { recursive: true, force: true });
    assertNone(leaksIn('the output of a process', output));
  });
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await isReady(url))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`The process was not ready:\n${output}`);
    await sleep(100);
  }
  return { child, url, output: () => output, ended };
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/api/v1/health/ready`).then(
    ({ status }) => status === 200,
    () => false,
  );
}
