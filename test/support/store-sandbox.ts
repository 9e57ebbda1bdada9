import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Controls } from '../sandbox/stores/control/control';
import type { Fault, NewFault } from '../sandbox/stores/faults/faults';
import type { CallRecord } from '../sandbox/stores/store';
import type { Delivery, Forgery, WebhookMode } from '../sandbox/stores/webhooks/outbox';
import type { Good } from '../sandbox/stores/world/catalogue';
import type { Order } from '../sandbox/stores/world/orders';
import type { RunningApp } from './app';
import { afterFile } from './cleanup';
import { keepSecret } from './leaks';
import { openPartner } from './market';
import { makeUser, signIn } from './sellers';
import { API, type Body, type Shopper } from './shopper';

const ROOT = join(__dirname, '..', '..');
const READY_WITHIN_MS = 60_000;

export type StoreKind = 'walmart' | 'target' | 'private';

export interface StoreSandboxOptions {
  /** Between two moves of an order. Default 0: by `advance` only. */
  moveMs?: number;
  guestCheckout?: boolean;
  accessTokenSeconds?: number;
  sessionSeconds?: number;
  redirectUris?: string[];
  /** Of UCP: the versions it speaks, its own first. Default 2026-08-25. */
  ucpVersions?: ('2026-04-08' | '2026-08-25')[];
  /** Whether it takes tokens of a payment provider. Default true. */
  delegated?: boolean;
  stateFile?: string;
  env?: Record<string, string>;
}

export interface WebhookState {
  mode: WebhookMode;
  sent: { id: string; orderId: string; type: string }[];
  held: string[];
  inFlight: number;
  deliveries: Delivery[];
}

export interface GrantState {
  revocations: number;
  reuses: number;
  grants: {
    id: string;
    clientId: string;
    accountId: string;
    scopes: string[];
    revoked: boolean;
    refreshes: number;
    accessTokens: number;
  }[];
}

/** A sandbox store, with its controls: what its people, its shoppers, the carrier, the network and the clock do. */
export interface StoreSandbox {
  url: string;
  kind: StoreKind;
  name: string;
  /** Any control, see test/sandbox/stores/control/control.ts. */
  control<What extends keyof Controls>(what: What, parameters: Controls[What]): Promise<unknown>;
  /** A control that only this protocol's store has. */
  own(what: string, parameters?: object): Promise<unknown>;
  /** For the next call of a step; see NewFault. */
  fault(fault: NewFault): Promise<Fault>;
  clearFaults(): Promise<void>;
  goods(): Promise<Good[]>;
  change(sku: string, change: { cents?: number; stock?: number }): Promise<void>;
  /** The store's own book of orders, the oldest first. */
  ledger(): Promise<Order[]>;
  /** The calls that it met, the oldest first; of one step, if so. */
  calls(step?: string): Promise<CallRecord[]>;
  clearCalls(): Promise<void>;
  advance(parameters?: Controls['advance']): Promise<void>;
  grants(): Promise<GrantState>;
  webhooks: {
    mode(mode: WebhookMode): Promise<void>;
    state(): Promise<WebhookState>;
    release(order?: 'as_happened' | 'reversed'): Promise<void>;
    deliver(id: string, options?: { times?: number; forgery?: Forgery }): Promise<Delivery[]>;
    /** Waits until none is on its way. */
    quiet(): Promise<void>;
  };
  /** Forgets everything but keys and where webhooks go. */
  reset(): Promise<void>;
  /** Ends it, as a machine does that is switched off; the file's end does so too. */
  kill(): Promise<void>;
}

/** A sandbox store as a process of its own, ended after the test file at the latest. */
export async function startStore(kind: StoreKind, options: StoreSandboxOptions = {}): Promise<StoreSandbox> {
  const child = spawn(
    process.execPath,
    ['-r', join(ROOT, 'scripts', 'ts.cjs'), join(ROOT, 'test', 'sandbox', 'stores', 'main.ts')],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { PATH: process.env['PATH'], ...environmentOf(kind, options) } },
  );
  const ended = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  afterFile(kill);
  const late = sleep(READY_WITHIN_MS, undefined, { ref: false }).then(() => {
    throw new Error('The sandbox store was not ready in time.');
  });
  const early = ended.then(() => {
    throw new Error('The sandbox store ended before it was ready.');
  });
  const line = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>;
  const [first] = await Promise.race([line, late, early]);
  early.catch(() => undefined);
  const { url, what: name } = JSON.parse(first) as { url: string; what: string };
  return { ...controlsOf(url), url, kind, name, kill };
}

function environmentOf(kind: StoreKind, options: StoreSandboxOptions): Record<string, string> {
  const folder = process.env['MUSE_RECORD_DIR'];
  if (folder) mkdirSync(folder, { recursive: true });
  const given: Record<string, string | undefined> = {
    KIND: kind,
    MOVE_MS: String(options.moveMs ?? 0),
    GUEST_CHECKOUT: options.guestCheckout ? '1' : '0',
    ACCESS_TOKEN_SECONDS: options.accessTokenSeconds?.toString(),
    SESSION_SECONDS: options.sessionSeconds?.toString(),
    REDIRECT_URIS: options.redirectUris?.join(','),
    UCP_VERSION: options.ucpVersions?.join(','),
    DELEGATED: options.delegated === false ? '0' : '1',
    STATE_FILE: options.stateFile,
    RECORD_FILE: folder && join(folder, `${kind}-${randomUUID()}.jsonl`),
    ...options.env,
  };
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function controlsOf(url: string): Omit<StoreSandbox, 'url' | 'kind' | 'name' | 'kill'> {
  const own = async (what: string, parameters: object = {}): Promise<unknown> => {
    const answer = await fetch(`${url}/__control`, {
      method: 'POST',
      body: JSON.stringify({ do: what, ...parameters }),
    });
    const body: unknown = await answer.json();
    if (!answer.ok) throw new Error(`The control ${what} failed: ${JSON.stringify(body)}`);
    return body;
  };
  const control = <What extends keyof Controls>(what: What, parameters: Controls[What]) => own(what, parameters);
  const done = async (work: Promise<unknown>): Promise<void> => void (await work);
  const state = () => control('webhooks', {}) as Promise<WebhookState>;
  return {
    own,
    control,
    fault: (fault) => control('fault', fault) as Promise<Fault>,
    clearFaults: () => done(control('clearFaults', {})),
    goods: () => control('goods', {}) as Promise<Good[]>,
    change: (sku, change) => done(control('change', { sku, ...change })),
    ledger: () => control('ledger', {}) as Promise<Order[]>,
    calls: async (step) =>
      ((await control('calls', {})) as CallRecord[]).filter((call) => step === undefined || call.step === step),
    clearCalls: () => done(control('clearCalls', {})),
    advance: (parameters = {}) => done(control('advance', parameters)),
    grants: () => control('grants', {}) as Promise<GrantState>,
    webhooks: {
      mode: (mode) => done(control('webhooks', { mode })),
      state,
      release: (order = 'as_happened') => done(control('release', { order })),
      deliver: (id, options = {}) => control('deliver', { id, ...options }) as Promise<Delivery[]>,
      quiet: async () => {
        while ((await state()).inFlight > 0) await sleep(20);
      },
    },
    reset: () => done(control('reset', {})),
  };
}

/** What a shopper does in their browser at the store: signs in, and allows it or does not. Where they are sent then. */
export async function allowAt(
  authorizationUrl: string,
  { account = 'ana', decision = 'allow' }: { account?: string; decision?: 'allow' | 'deny' } = {},
): Promise<URL> {
  const opened = await fetch(authorizationUrl, { redirect: 'manual' });
  // A request that is wrong in itself is sent back at once.
  const back = opened.headers.get('location');
  if (back !== null) return new URL(back);
  const { origin } = new URL(authorizationUrl);
  const signIn = await submit(`${origin}/oauth/sign-in`, {
    request: hidden(await opened.text(), 'request'),
    ...{ username: account, password: `${account}-store-passphrase` },
  });
  const consent = hidden(await signIn.text(), 'consent');
  const sent = await submit(`${origin}/oauth/consent`, { consent, decision });
  return new URL(sent.headers.get('location') ?? '');
}

function submit(url: string, form: Record<string, string>): Promise<Response> {
  return fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
}

function hidden(html: string, name: string): string {
  const value = new RegExp(`name="${name}" value="([^"]+)"`).exec(html)?.[1];
  if (value === undefined)
    throw new Error(`The store's page has no ${name}: ${html.replace(/\s+/g, ' ').slice(0, 600)}`);
  return value;
}

/** What Muse has to know to check out at a sandbox store: the body of PUT /admin/stores/{id}/connection. */
export function connectionTo(
  store: Pick<StoreSandbox, 'url' | 'kind'>,
  overrides: object = {},
): Record<string, unknown> {
  const { url, kind } = store;
  if (kind === 'private') return { ...PRIVATE(url), ...overrides };
  const scopes =
    kind === 'walmart' ? ['dev.ucp.shopping.checkout:manage', 'dev.ucp.shopping.order:read'] : ['checkout', 'orders'];
  const agreed = { apiKey: 'acp-key-of-muse-at-the-store', webhookSecret: 'acp-webhook-secret-of-muse-and-the-store' };
  return {
    ...{ protocol: kind === 'walmart' ? 'ucp' : 'acp', baseUrl: url, callsPerMinute: 100_000, enabled: true },
    oauth: { issuer: url, clientId: 'muse', clientAuth: 'none', scopes },
    ...{ options: {}, secrets: kind === 'target' ? agreed : {} },
    ...overrides,
  };
}

/** The same for the store with an interface of its own: see docs/adding-a-store.md. */
const PRIVATE = (url: string) => ({
  ...{ protocol: 'private', adapter: 'marlow', baseUrl: `${url}/shop/v1`, callsPerMinute: 100_000, enabled: true },
  oauth: { issuer: url, clientId: 'muse', clientAuth: 'none', scopes: ['baskets', 'orders', 'me'] },
  ...{ options: {}, secrets: { shopKey: 'marlow-shop-key-for-muse' } },
});

/**
 * A partner store of Muse's that is this one, of the tier that uses its API; Muse has to run with its url among
 * SANDBOX_ORIGINS. `store` may be one that exists already.
 */
export async function connectStore(
  muse: RunningApp,
  store: StoreSandbox,
  { connection = {}, partner = {} }: { connection?: object; partner?: Parameters<typeof openPartner>[1] } = {},
): Promise<{ storeId: string; url: string }> {
  const made = await openPartner(muse, { tier: 'oauth_api', ...partner });
  const admin = await signIn(muse, await makeUser(muse, 'admin'));
  const body = connectionTo(store, connection);
  for (const [name, value] of Object.entries(body['secrets'] as Record<string, string>))
    keepSecret(`the ${name} of a store`, value);
  await muse.http.put(`${API}/admin/stores/${made.id}/connection`).set(admin).send(body).expect(200);
  if (store.kind === 'target') await store.own('webhookTarget', { url: `${muse.url}${API}/webhooks/acp/${made.id}` });
  return { storeId: made.id, url: made.url ?? '' };
}

/** Links a shopper's account at a store, with what their browser would do done over plain HTTP. */
export async function linkStore(
  shopper: Shopper,
  storeId: string,
  account: 'ana' | 'bo' | 'cy' = 'ana',
): Promise<Body> {
  const { body: listed } = await shopper.get('/integrations').expect(200);
  const { body: begun } = await shopper
    .post(`/integrations/${storeId}/link`, { consent: listed.consent.version }, { 'idempotency-key': randomUUID() })
    .expect(201);
  const back = await allowAt(begun.authorizationUrl, { account });
  const { state, code, iss } = Object.fromEntries(back.searchParams);
  const key = { 'idempotency-key': randomUUID() };
  return (await shopper.post('/integrations/link/complete', { state, code, iss }, key).expect(200)).body;
}

export const CALLBACK = 'http://127.0.0.1/api/v1/integrations/callback';

/** An authorization request of the store's, as client `muse` makes it. */
export function authorizationUrl(store: StoreSandbox, challenge: string, more: Record<string, string> = {}): string {
  const scopes = { walmart: 'dev.ucp.shopping.checkout:manage dev.ucp.shopping.order:read', target: 'checkout orders' };
  const scope = store.kind === 'private' ? 'baskets orders me' : scopes[store.kind];
  const parameters = new URLSearchParams({
    ...{ response_type: 'code', client_id: 'muse', redirect_uri: CALLBACK, scope, state: 'state-of-this-link' },
    ...{ code_challenge: challenge, code_challenge_method: 'S256' },
    ...more,
  });
  return `${store.url}/oauth/authorize?${parameters.toString()}`;
}

/** Tokens of an account at a store, got without Muse: for tests of the store itself. */
export async function tokensAt(
  store: StoreSandbox,
  account = 'ana',
  more: Record<string, string> = {},
): Promise<{ access_token: string; refresh_token: string; expires_in: number; scope: string }> {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const back = await allowAt(authorizationUrl(store, challenge, more), { account });
  const answer = await fetch(`${store.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      ...{ grant_type: 'authorization_code', client_id: 'muse', redirect_uri: CALLBACK },
      ...{ code: back.searchParams.get('code') ?? '', code_verifier: verifier },
    }),
  });
  return answer.json() as never;
}
