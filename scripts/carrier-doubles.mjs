// In development, where no key of a carrier is set, carriers are asked at their doubles on loopback (test/sandbox/carriers): no
// parcel is anywhere. What they know of parcels is told to them by POST /__control, at the address in carrier-doubles.json.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const entry = join(root, 'test', 'sandbox', 'carriers', 'main.ts');
const READY_WITHIN_MS = 20_000;
const KEYS = ['UPS', 'FEDEX', 'USPS'].flatMap((carrier) => [
  [`${carrier}_CLIENT_ID`, 'sandbox-carrier-id'],
  [`${carrier}_CLIENT_SECRET`, 'sandbox-carrier-secret'],
]);

/** Where they are, for whoever knows the data directory of a server. */
export const placeOf = (env) => join(resolve(env.MUSE_DATA_DIR || join(root, '.muse')), 'carrier-doubles.json');

/** Starts them beside this process, with which they end, and says in the environment where they are. Nothing where they are not wanted, or not there. */
export async function startCarrierDoubles(env = process.env) {
  const isDevelopment = (env.NODE_ENV ?? 'development') === 'development' && env.MUSE_DEMO !== '0';
  const hasKeys = [...KEYS.map(([name]) => name), 'DHL_API_KEY', 'CARRIER_API_BASE'].some((name) => env[name]);
  if (!isDevelopment || hasKeys || !existsSync(entry)) return;
  const double = spawn(process.execPath, ['-r', join(root, 'scripts', 'ts.cjs'), entry], {
    // With the end of this process its standard input ends, and it ends too.
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: env.PATH },
  });
  const url = await readyAt(double);
  for (const stream of [double, double.stdin, double.stdout]) stream.unref();
  const place = placeOf(env);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, JSON.stringify({ url }));
  Object.assign(env, Object.fromEntries(KEYS), { DHL_API_KEY: 'sandbox-carrier-key', CARRIER_API_BASE: url });
  env.SANDBOX_ORIGINS = [env.SANDBOX_ORIGINS, url].filter(Boolean).join(',');
}

function readyAt(double) {
  return new Promise((done, failed) => {
    const late = setTimeout(() => failed(new Error('The carriers’ doubles were not ready in time.')), READY_WITHIN_MS);
    double.once('exit', () => failed(new Error('The carriers’ doubles ended before they were ready.')));
    createInterface({ input: double.stdout }).once('line', (line) => {
      clearTimeout(late);
      double.removeAllListeners('exit');
      done(JSON.parse(line).url);
    });
  });
}
