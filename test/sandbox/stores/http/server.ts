import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { control } from '../control/control';
import type { Fault } from '../faults/faults';
import type { CallRecord, SandboxStore } from '../store';
import { fit, header, Refusal, type Call, type Reply, type Route } from './call';

const LARGEST_BODY = 1_000_000;
const HUGE = 2 * 1024 * 1024;

/** The store as a server; the caller lets it listen, on loopback only. */
export function serverOf(store: SandboxStore): Server {
  const server = createServer((request, response) => {
    response.setHeader('x-sandbox-store', '1');
    handle(store, request, response).catch((error: unknown) => {
      console.error('The sandbox store failed:', error);
      if (!response.headersSent) send(response, { status: 500, body: { error: 'The sandbox store failed.' } });
    });
  });
  // A connection that a client keeps must not be closed just when it is used again.
  server.keepAliveTimeout = 65_000;
  return server;
}

async function handle(store: SandboxStore, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', store.baseUrl);
  const raw = await bodyOf(request);
  const call: Call = { method: request.method ?? 'GET', url, headers: request.headers, raw, fault: null };
  if (url.pathname === '/__control') return send(response, await control(store, call));
  const found = routeOf(store.routes, call);
  if (!found) return send(response, { status: 404, body: { error: 'There is nothing here.' } });
  const { route, ids } = found;
  const begun = performance.now();
  const record: CallRecord = {
    ...{ step: route.step, method: call.method, path: url.pathname, idempotencyKey: header(call, 'idempotency-key') },
    ...{ status: null, fault: null, replayed: false, ms: 0 },
  };
  const fault = store.faults.meet(route.step);
  call.fault = fault;
  record.fault = fault?.kind ?? null;
  store.record(record);
  if (fault && (await before(store, fault, response, record))) return;
  const reply = await answer(route, call, ids);
  store.onChange();
  record.ms = performance.now() - begun;
  record.replayed = call.replayed ?? false;
  if (fault && after(store, fault, response, record)) return;
  record.status = reply.status;
  send(response, reply);
}

async function answer(route: Route, call: Call, ids: string[]): Promise<Reply> {
  try {
    return await route.run(call, ids);
  } catch (error) {
    if (error instanceof Refusal) return error.reply;
    throw error;
  }
}

/** What goes wrong before anything has happened; true where that is all. */
async function before(
  store: SandboxStore,
  fault: Fault,
  response: ServerResponse,
  record: CallRecord,
): Promise<boolean> {
  const { sku, cents = 100, delayMs = 1000, retryAfterSeconds = 1 } = fault;
  const goods = store.catalogue.all().filter((good) => sku === undefined || good.sku === sku);
  switch (fault.kind) {
    case 'slow':
      await sleep(delayMs);
      return false;
    case 'hang':
      return true;
    case 'reset_before':
      response.socket?.resetAndDestroy();
      return true;
    case '500':
    case '503':
    case '429':
      record.status = Number(fault.kind);
      send(response, store.errorReply(record.status, fault.kind === '500' ? null : retryAfterSeconds));
      return true;
    case 'redirect':
      record.status = 302;
      send(response, { status: 302, headers: { location: `${store.baseUrl}/` } });
      return true;
    case 'stock_gone':
      for (const good of goods) good.stock = 0;
      return false;
    case 'price_moved':
      for (const good of goods) good.cents += cents;
      return false;
    case 'token_revoked':
      store.grants.revokeAll(null);
      return false;
    default:
      return false;
  }
}

/** What goes wrong after it has happened; true where no answer is left to give. */
function after(store: SandboxStore, fault: Fault, response: ServerResponse, record: CallRecord): boolean {
  switch (fault.kind) {
    case 'hang_after':
      return true;
    case 'reset_after':
      response.socket?.resetAndDestroy();
      return true;
    case '500_after':
      record.status = 500;
      send(response, store.errorReply(500));
      return true;
    case 'malformed':
      record.status = 200;
      send(response, { status: 200, headers: { 'content-type': 'application/json' }, body: '{"id": "chk_' });
      return true;
    case 'huge':
      record.status = 200;
      send(response, { status: 200, headers: { 'content-type': 'application/json' }, body: `"${'x'.repeat(HUGE)}"` });
      return true;
    default:
      return false;
  }
}

function routeOf(routes: Route[], { method, url }: Call): { route: Route; ids: string[] } | null {
  for (const route of routes) {
    const ids = route.method === method ? fit(route.path, url.pathname) : null;
    if (ids) return { route, ids };
  }
  return null;
}

function send(response: ServerResponse, { status, headers = {}, body }: Reply): void {
  const isText = typeof body === 'string';
  const type: Record<string, string> = isText || body === undefined ? {} : { 'content-type': 'application/json' };
  response.writeHead(status, { ...type, ...headers });
  response.end(isText ? body : body === undefined ? '' : JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > LARGEST_BODY) throw new Error('The body is too large.');
    parts.push(part);
  }
  return Buffer.concat(parts);
}
