import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const SECONDS = 45;
/** It counts the service as away for a second in which an answer takes longer. */
const PATIENCE_S = 3;

/** What slowhttptest found. */
export interface SlowHttpTest {
  /** Whether the server was rid of every connection before the time was over. */
  cut: boolean;
  seconds: number;
  /** The share of these seconds in which others were answered, 0 to 1. */
  available: number;
}

/** The attacks: slow headers, slow bodies, slow readers. */
export type Attack = 'H' | 'B' | 'X';

const PATHS: Record<Attack, string> = { H: '/api/v1/stores', B: '/api/v1/auth/login', X: '/api/docs-json' };

/** One attack by slowhttptest (https://github.com/shekyan/slowhttptest); undefined where it is not on the PATH. */
export async function slowHttpTest(
  attack: Attack,
  port: number,
  connections: number,
  directory: string,
): Promise<SlowHttpTest | undefined> {
  const prefix = `slow-${attack}`;
  const options = {
    ...{ c: connections, r: connections, i: 1, x: 2, l: SECONDS, p: PATIENCE_S, v: 1, f: 'application/json' },
    ...{ o: prefix, u: `http://127.0.0.1:${port}${PATHS[attack]}` },
  };
  const args = [`-${attack}`, '-g', ...Object.entries(options).flatMap(([name, value]) => [`-${name}`, String(value)])];
  const said = await output(args, directory);
  if (said === undefined) return undefined;
  // Seconds,Closed,Pending,Connected,Service Available (the number of connections, or 0)
  const rows = (await readFile(join(directory, `${prefix}.csv`), 'utf8')).trim().split('\n').slice(1);
  const available = rows.filter((row) => Number(row.split(',')[4]) > 0).length;
  return {
    cut: said.includes('No open connections left'),
    seconds: rows.length,
    available: available / rows.length,
  };
}

function output(args: string[], cwd: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn('slowhttptest', args, {
      cwd,
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: (SECONDS + 30) * 1_000,
      killSignal: 'SIGKILL',
    });
    let said = '';
    child.stdout.on('data', (part: Buffer) => (said += part.toString()));
    child.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? resolve(undefined) : reject(error),
    );
    child.once('close', () => resolve(said));
  });
}
