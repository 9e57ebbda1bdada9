import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Call, CarrierFault, Control, Name, Scan } from '../sandbox/carriers/carriers';
import { afterFile } from './cleanup';

const ROOT = join(__dirname, '..', '..');
const READY_WITHIN_MS = 60_000;

export type { Name, Scan };

/** The carriers' doubles, with what their people do. */
export interface CarrierSandbox {
  url: string;
  /** What the program takes from its environment to ask them. */
  env: Record<string, string>;
  scan(carrier: Name, number: string, what: Scan, more?: { at?: string; city?: string; state?: string }): Promise<void>;
  due(carrier: Name, number: string, day: string | null): Promise<void>;
  /** Of the next call, or of so many. */
  fault(carrier: Name, kind: CarrierFault, times?: number): Promise<void>;
  /** None of its faults is left. */
  heal(carrier: Name): Promise<void>;
  calls(): Promise<Call[]>;
  reset(): Promise<void>;
}

/** The carriers as a process of their own, ended after the test file at the latest. */
export async function startCarriers(env: Record<string, string> = {}): Promise<CarrierSandbox> {
  const child = spawn(
    process.execPath,
    ['-r', join(ROOT, 'scripts', 'ts.cjs'), join(ROOT, 'test', 'sandbox', 'carriers', 'main.ts')],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { PATH: process.env['PATH'], ...env } },
  );
  const ended = once(child, 'exit');
  afterFile(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const late = sleep(READY_WITHIN_MS, undefined, { ref: false }).then(() => {
    throw new Error('The carriers were not ready in time.');
  });
  const [first] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>,
    late,
  ]);
  const { url } = JSON.parse(first) as { url: string };
  const control = async (body: Control): Promise<unknown> => {
    const answer = await fetch(`${url}/__control`, { method: 'POST', body: JSON.stringify(body) });
    return answer.json();
  };
  const keys = { CLIENT_ID: 'sandbox-carrier-id', CLIENT_SECRET: 'sandbox-carrier-secret' };
  return {
    url,
    env: {
      ...{ SANDBOX_ORIGINS: url, CARRIER_API_BASE: url, DHL_API_KEY: 'sandbox-carrier-key' },
      ...Object.fromEntries(
        ['UPS', 'FEDEX', 'USPS'].flatMap((carrier) =>
          Object.entries(keys).map(([name, value]) => [`${carrier}_${name}`, value]),
        ),
      ),
    },
    scan: async (scan, number, what, more = {}) => void (await control({ scan, number, what, ...more })),
    due: async (due, number, day) => void (await control({ due, number, day })),
    fault: async (fault, kind, times = 1) => void (await control({ fault, kind, times })),
    heal: async (heal) => void (await control({ heal })),
    calls: async () => (await control({ calls: true })) as Call[],
    reset: async () => void (await control({ reset: true })),
  };
}
