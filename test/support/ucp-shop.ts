import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterFile } from './cleanup';

/** A request as the shop met it. */
export interface Met {
  method: string;
  path: string;
  headers: Record<string, string | undefined>;
  body: unknown;
  raw: string;
}

type Answer = { status?: number; headers?: Record<string, string>; body?: unknown };
type Script = (met: Met, response: ServerResponse, socket: Socket) => Answer | undefined | Promise<Answer | undefined>;

/**
 * A store that says what a test tells it to, over real HTTP: for what no well-behaved store says. It knows nothing of UCP
 * but how a profile and an order's webhook look.
 */
export interface UcpShop {
  url: string;
  profileUrl: string;
  /** What was asked, the oldest first; profiles apart. */
  met: Met[];
  profiles: Met[];
  /** Of the profile: changes before it is answered, or another answer. */
  profile: (profile: Profile) => Answer;
  /** Of everything else. */
  script: Script;
  key: { kid: string; key: KeyObject; jwk: object };
  close(): Promise<void>;
}

export interface Profile {
  ucp: Record<string, unknown>;
  keys?: object[];
  signing_keys?: object[];
}

export function signingKey(kid: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' };
  return { kid, key: privateKey, jwk };
}

export async function openUcpShop(version = '2026-08-25'): Promise<UcpShop> {
  const key = signingKey('shop-1');
  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  const shop: UcpShop = {
    ...{ url: '', profileUrl: '', met: [], profiles: [], key },
    profile: (profile) => ({ body: profile }),
    script: () => ({ status: 500 }),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const met = await metOf(request);
    const isProfile = met.path.startsWith('/.well-known/ucp');
    (isProfile ? shop.profiles : shop.met).push(met);
    const said = isProfile ? shop.profile(profileOf(shop, version)) : await shop.script(met, response, request.socket);
    if (said === undefined || response.destroyed) return;
    const { status = 200, headers = {}, body } = said;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  shop.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  shop.profileUrl = `${shop.url}/.well-known/ucp`;
  afterFile(shop.close);
  return shop;
}

async function metOf(request: IncomingMessage): Promise<Met> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const raw = Buffer.concat(parts).toString();
  return {
    method: request.method!,
    path: request.url!,
    headers: request.headers as Record<string, string | undefined>,
    body: raw === '' ? undefined : JSON.parse(raw),
    raw,
  };
}

function profileOf(shop: UcpShop, version: string): Profile {
  const names = ['checkout', 'fulfillment', 'discount', 'order', 'catalog.lookup'];
  const capabilities = Object.fromEntries(names.map((name) => [`dev.ucp.shopping.${name}`, [{ version }]]));
  return {
    ucp: {
      version,
      services: { 'dev.ucp.shopping': [{ version, transport: 'rest', endpoint: `${shop.url}/ucp` }] },
      capabilities,
      payment_handlers: {},
    },
    ...(version < '2026-08-25' ? { signing_keys: [shop.key.jwk] } : { keys: [shop.key.jwk] }),
  };
}

/** A checkout of one `WM-1` that is ready, as a store answers it. */
export function aCheckout(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    ucp: { version: '2026-08-25', status: 'success', payment_handlers: { saved: [{ id: 'h1', version: '1' }] } },
    ...{ id: 'chk_1', status: 'ready_for_complete', currency: 'USD', links: [] },
    line_items: [{ id: 'li_1', item: { id: 'WM-1', title: 'Thing', price: 1_000 }, quantity: 1, totals: [] }],
    totals: [
      { type: 'subtotal', amount: 1_000 },
      { type: 'total', amount: 1_000 },
    ],
    payment: { instruments: [{ id: 'card_1', handler_id: 'h1', type: 'card' }] },
    ...changes,
  };
}

export function anOrder(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    ucp: { version: '2026-08-25' },
    ...{ id: 'ord_1', label: '#1', checkout_id: 'chk_1', currency: 'USD' },
    permalink_url: 'https://shop.example/o/1',
    line_items: [
      {
        id: 'li_1',
        item: { id: 'WM-1', title: 'Thing', price: 1_000 },
        quantity: { total: 1, fulfilled: 0 },
        totals: [],
      },
    ],
    fulfillment: {},
    totals: [{ type: 'total', amount: 1_000 }],
    ...changes,
  };
}

/** Headers of a webhook, signed as UCP says; each part may be another. */
export interface WebhookParts {
  body: string;
  url: string;
  profileUrl: string;
  signer: { kid: string; key: KeyObject };
  id?: string;
  /** Seconds. */
  timestamp?: number;
  /** Seconds; null: the signature does not say when it was made. */
  created?: number | null;
  covered?: string[];
  method?: string;
}

/** By hand, from the RFC: what is to be verified must not be signed by what verifies. */
export function signedWebhook(parts: WebhookParts): Record<string, string> {
  const now = Math.floor(Date.now() / 1_000);
  const { url, body, signer, method = 'POST', created = now } = parts;
  const { host, pathname, search } = new URL(url);
  const digest = createHash('sha256').update(body).digest('base64');
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'ucp-agent': `profile="${parts.profileUrl}"`,
    'content-digest': `sha-256=:${digest}:`,
    'webhook-id': parts.id ?? '5c0ea1f4-52c8-4a8e-9a2f-1c6d4d6a9a11',
    'webhook-timestamp': String(parts.timestamp ?? now),
  };
  const covered = parts.covered ?? ['@method', '@authority', '@path', 'ucp-agent', 'content-digest', 'content-type'];
  const derived: Record<string, string> = {
    '@method': method,
    '@authority': host,
    '@path': pathname,
    '@query': search,
  };
  const time = created === null ? '' : `;created=${created}`;
  const input = `(${covered.map((name) => `"${name}"`).join(' ')})${time};keyid="${signer.kid}"`;
  const base = [
    ...covered.map((name) => `"${name}": ${derived[name] ?? headers[name]}`),
    `"@signature-params": ${input}`,
  ].join('\n');
  const signature = sign('sha256', Buffer.from(base), { key: signer.key, dsaEncoding: 'ieee-p1363' });
  return { ...headers, 'signature-input': `sig1=${input}`, signature: `sig1=:${signature.toString('base64')}:` };
}
