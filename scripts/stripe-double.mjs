// In development, where no key of Stripe is set, payments go to a double of Stripe on loopback (test/sandbox/stripe): no money moves.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const entry = join(root, 'test', 'sandbox', 'stripe', 'main.ts');
const READY_WITHIN_MS = 20_000;

/** Starts it beside this process, with which it ends, and says in the environment where it is. Nothing where it is not wanted, or not there. */
export async function startStripeDouble(env = process.env) {
  const wanted = (env.NODE_ENV ?? 'development') === 'development' && !env.STRIPE_SECRET_KEY && env.MUSE_DEMO !== '0';
  if (!wanted || !existsSync(entry)) return;
  const data = resolve(env.MUSE_DATA_DIR || join(root, '.muse'));
  mkdirSync(data, { recursive: true });
  const [key, secret] = ['sk_test_double', 'whsec_double'];
  const double = spawn(process.execPath, ['-r', join(root, 'scripts', 'ts.cjs'), entry], {
    // With the end of this process its standard input ends, and it ends too.
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: env.PATH,
      PORT: '0',
      KEY: key,
      WEBHOOK_URL: `http://127.0.0.1:${env.PORT || 3000}/api/v1/webhooks/stripe`,
      WEBHOOK_SECRET: secret,
      STATE_FILE: join(data, 'stripe-double.json'),
    },
  });
  const url = await readyAt(double);
  for (const stream of [double, double.stdin, double.stdout]) stream.unref();
  Object.assign(env, { STRIPE_SECRET_KEY: key, STRIPE_WEBHOOK_SECRET: secret, STRIPE_API_BASE: url });
}

function readyAt(double) {
  return new Promise((done, failed) => {
    const late = setTimeout(() => failed(new Error('The Stripe double was not ready in time.')), READY_WITHIN_MS);
    double.once('exit', () => failed(new Error('The Stripe double ended before it was ready.')));
    createInterface({ input: double.stdout }).once('line', (line) => {
      clearTimeout(late);
      double.removeAllListeners('exit');
      done(JSON.parse(line).url);
    });
  });
}
