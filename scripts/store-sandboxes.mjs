// In development, stores that Muse checks out at run beside it on loopback, by their API (test/sandbox/stores) or by their
// pages (test/sandbox/shops): nothing is sold.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const entry = join(root, 'test', 'sandbox', 'stores', 'main.ts');
const shopEntry = join(root, 'test', 'sandbox', 'shops', 'main.ts');
const READY_WITHIN_MS = 20_000;
/** The kinds of stores, and the demo stores that they are. */
const STORES = { walmart: 'Walmart', target: 'Target' };
/** Those without an API: Muse has a recipe of each. */
const SHOPS = ['nordstrom', 'macys', 'oldnavy'];
/** A mail provider with one shopper's mailbox: the file says where it is, and is read by the demo. */
const mailEntry = join(root, 'test', 'sandbox', 'mail', 'main.ts');
const MAILBOX = { address: 'ana@mail.sandbox', password: 'ana-mail-passphrase' };

/**
 * Starts them beside this process, with which they end, and says in the environment where they are: the demo data is
 * connected to them. Nothing where they are not wanted, or not there.
 */
export async function startStoreSandboxes(env = process.env) {
  const wanted = (env.NODE_ENV ?? 'development') === 'development' && env.MUSE_DEMO !== '0' && !env.MUSE_DEMO_STORES;
  if (!wanted || !existsSync(entry)) return;
  const data = resolve(env.MUSE_DATA_DIR || join(root, '.muse'));
  mkdirSync(data, { recursive: true });
  const kinds = Object.keys(STORES);
  const begun = [
    ...kinds.map((kind) => start(entry, kind, data, env)),
    ...SHOPS.map((kind) => start(shopEntry, kind, data, env)),
  ];
  const [mail, ...ready] = await Promise.all([startMail(data, env), ...begun]);
  const where = Object.fromEntries(
    ready.flatMap(({ kind, url, frameUrl }) => [[kind, url], ...(frameUrl ? [[`${kind}Frame`, frameUrl]] : [])]),
  );
  env.SANDBOX_ORIGINS = [env.SANDBOX_ORIGINS, ...Object.values(where), mail.imap, mail.imaps].filter(Boolean).join(',');
  env.MUSE_DEMO_STORES = JSON.stringify(where);
  void tellWhereEventsGo(where.target, env);
}

async function start(program, kind, data, env) {
  const store = spawn(process.execPath, ['-r', join(root, 'scripts', 'ts.cjs'), program], {
    // With the end of this process its standard input ends, and it ends too.
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: env.PATH,
      KIND: kind,
      PORT: '0',
      STATE_FILE: join(data, `store-${kind}.json`),
      REDIRECT_URIS: `${publicUrl(env)}/api/v1/integrations/callback`,
      // Where it turns a payment provider's token into money: Stripe's double.
      ...(env.STRIPE_API_BASE && { STRIPE_API_BASE: env.STRIPE_API_BASE }),
    },
  });
  const ready = await readyAt(store, kind);
  for (const stream of [store, store.stdin, store.stdout]) stream.unref();
  return ready;
}

/** IMAP and SMTP on loopback; it keeps ports and mail from one start to the next. */
async function startMail(data, env) {
  const mail = spawn(process.execPath, ['-r', join(root, 'scripts', 'ts.cjs'), mailEntry], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: env.PATH,
      STATE_FILE: join(data, 'mail-sandbox.json'),
      ACCOUNTS: `${MAILBOX.address}=${MAILBOX.password}`,
    },
  });
  const ready = await readyAt(mail, 'mail');
  for (const stream of [mail, mail.stdin, mail.stdout]) stream.unref();
  return ready;
}

function readyAt(store, kind) {
  return new Promise((done, failed) => {
    const late = setTimeout(() => failed(new Error(`The ${kind} sandbox was not ready in time.`)), READY_WITHIN_MS);
    store.once('exit', () => failed(new Error(`The ${kind} sandbox ended before it was ready.`)));
    createInterface({ input: store.stdout }).once('line', (line) => {
      clearTimeout(late);
      store.removeAllListeners('exit');
      done(JSON.parse(line));
    });
  });
}

function publicUrl(env) {
  return (env.PUBLIC_URL || `http://localhost:${env.PORT || 3000}`).replace(/\/$/, '');
}

/** ACP agrees beforehand where order events go. Muse's address names the store, whose id is known once the demo data is there. */
async function tellWhereEventsGo(sandbox, env) {
  const api = `http://127.0.0.1:${env.PORT || 3000}/api/v1`;
  for (let tries = 0; tries < 600; tries++) {
    await sleep(500, undefined, { ref: false });
    try {
      const answer = await fetch(`${api}/stores?limit=100`, { signal: AbortSignal.timeout(2_000) });
      const { data } = await answer.json();
      const store = data.find(({ name }) => name === STORES.target);
      if (!store) continue;
      const body = JSON.stringify({ do: 'webhookTarget', url: `${api}/webhooks/acp/${store.id}` });
      await fetch(`${sandbox}/__control`, { method: 'POST', body });
      return;
    } catch {
      // Not there yet.
    }
  }
}
