import { createHash, generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterFile } from './cleanup';

export interface TakenWebhook {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface UcpCallOptions {
  token?: string;
  key?: string | null;
  /** Of what is sent: changed after it was signed. */
  tamper?: (request: { headers: Record<string, string>; body: string | undefined }) => void;
  headers?: Record<string, string>;
}

export interface UcpAnswer {
  status: number;
  headers: Headers;
  // What the store says is looked at by the tests themselves.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

/**
 * A platform that speaks UCP, written for tests of the sandbox store and from the specification: publishes its profile,
 * signs its requests (RFC 9421, ES256), takes order webhooks. Muse's own client is another.
 */
export interface UcpPlatform {
  profileUrl: string;
  webhooks: TakenWebhook[];
  /** What the next webhooks are answered with. */
  answerWith(status: number): void;
  /** Changes what the profile says from now on. */
  publish(change: (profile: Record<string, unknown>) => void): void;
  call(store: string, method: string, path: string, body?: unknown, options?: UcpCallOptions): Promise<UcpAnswer>;
}

export async function startPlatform(version = '2026-08-25'): Promise<UcpPlatform> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = 'platform-1';
  const webhooks: TakenWebhook[] = [];
  let status = 200;
  let profile: Record<string, unknown> = {};
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const [path, body] = [request.url ?? '', Buffer.concat(parts).toString()];
      if (path === '/.well-known/ucp') {
        response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'public, max-age=60' });
        return response.end(JSON.stringify(profile));
      }
      webhooks.push({ method: request.method ?? '', path, headers: request.headers, body });
      response.writeHead(status, { 'content-type': 'application/json' });
      return response.end(JSON.stringify({ ucp: { version } }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterFile(async () => {
    server.closeAllConnections();
    server.close();
    await Promise.resolve();
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const profileUrl = `${base}/.well-known/ucp`;
  profile = profileOf(version, `${base}/hooks`, {
    ...privateKey.export({ format: 'jwk' }),
    d: undefined,
    kid,
    use: 'sig',
    alg: 'ES256',
  });
  return {
    ...{ profileUrl, webhooks },
    answerWith: (next) => (status = next),
    publish: (change) => change(profile),
    call: (store, method, path, body, options = {}) =>
      call({ privateKey, kid, profileUrl }, store, method, path, body, options),
  };
}

function profileOf(version: string, webhook: string, key: object): Record<string, unknown> {
  const at = `https://ucp.dev/${version}`;
  const capability = (schema: string, more: object = {}) => [
    { version, spec: `${at}/specification/${schema}`, schema: `${at}/schemas/${schema}.json`, ...more },
  ];
  return {
    ucp: {
      version,
      services: {
        'dev.ucp.shopping': [
          {
            version,
            transport: 'rest',
            spec: `${at}/specification/overview/`,
            schema: `${at}/services/shopping/rest.openapi.json`,
          },
        ],
      },
      capabilities: {
        'dev.ucp.shopping.checkout': capability('shopping/checkout'),
        'dev.ucp.shopping.fulfillment': capability('shopping/fulfillment', { extends: 'dev.ucp.shopping.checkout' }),
        'dev.ucp.shopping.discount': capability('shopping/discount', { extends: 'dev.ucp.shopping.checkout' }),
        'dev.ucp.shopping.order': capability('shopping/order', { config: { webhook_url: webhook } }),
        'dev.ucp.shopping.catalog.lookup': capability('shopping/catalog_lookup'),
        'dev.ucp.common.identity_linking': capability('common/identity_linking'),
      },
      payment_handlers: {},
    },
    [version === '2026-04-08' ? 'signing_keys' : 'keys']: [key],
  };
}

async function call(
  { privateKey, kid, profileUrl }: { privateKey: KeyObject; kid: string; profileUrl: string },
  store: string,
  method: string,
  path: string,
  json: unknown,
  { token, key = randomUUID(), tamper, headers: more = {} }: UcpCallOptions,
): Promise<UcpAnswer> {
  const url = new URL(path, store);
  const body = json === undefined ? undefined : typeof json === 'string' ? json : JSON.stringify(json);
  const headers: Record<string, string> = {
    'ucp-agent': `profile="${profileUrl}"`,
    'request-id': randomUUID(),
    ...(method === 'GET' || key === null ? {} : { 'idempotency-key': key }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined
      ? {}
      : {
          'content-type': 'application/json',
          'content-digest': `sha-256=:${createHash('sha256').update(body).digest('base64')}:`,
        }),
    ...more,
  };
  const covered: [string, string][] = [
    ['@method', method],
    ['@authority', url.host],
    ['@path', url.pathname],
    ...(url.search === '' ? [] : ([['@query', url.search]] as [string, string][])),
    ...['ucp-agent', 'idempotency-key', 'content-digest', 'content-type'].flatMap((name): [string, string][] =>
      headers[name] === undefined ? [] : [[name, headers[name]]],
    ),
  ];
  const parameters = `(${covered.map(([name]) => `"${name}"`).join(' ')});created=${Math.floor(Date.now() / 1000)};keyid="${kid}"`;
  const base = [...covered.map(([name, value]) => `"${name}": ${value}`), `"@signature-params": ${parameters}`].join(
    '\n',
  );
  const signature = sign('sha256', Buffer.from(base), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString(
    'base64',
  );
  headers['signature-input'] = `sig1=${parameters}`;
  headers['signature'] = `sig1=:${signature}:`;
  const request = { headers, body };
  tamper?.(request);
  const answer = await fetch(url, {
    ...{ method, headers: request.headers, redirect: 'manual' },
    ...(request.body === undefined ? {} : { body: request.body }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) };
}
