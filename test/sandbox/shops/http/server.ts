import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { control } from '../control/control';
import type { Fault } from '../faults/faults';
import { interrupting } from '../pages/interruptions';
import type { CallRecord, Shop } from '../shop';
import { fit, goTo, page, type Ask, type Reply, type Route } from './ask';
import { html, Markup } from './html';

const LARGEST_BODY = 200_000;
const COOKIE = 'visit';
const A_MONTH_S = 30 * 86_400;

/** The shop as a server; the caller lets it listen, on loopback only. */
export function serverOf(shop: Shop): Server {
  const server = createServer((request, response) => {
    response.setHeader('x-sandbox-shop', shop.kind);
    handle(shop, request, response).catch((error: unknown) => {
      console.error('The sandbox shop failed:', error);
      if (!response.headersSent) send(shop, response, sorry(shop));
    });
  });
  // A connection that a client keeps must not be closed just when it is used again.
  server.keepAliveTimeout = 65_000;
  return server;
}

async function handle(shop: Shop, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', shop.url);
  const raw = await bodyOf(request);
  if (url.pathname === '/__control') return send(shop, response, await control(shop, request.method ?? '', raw));
  const found = routeOf(shop.routes, request.method ?? 'GET', url.pathname);
  if (!found) return send(shop, response, notHere(shop));
  const { route, ids } = found;
  const begun = performance.now();
  const fault = shop.faults.meet(route.step);
  const record: CallRecord = {
    ...{ step: route.step, method: route.method, path: url.pathname, status: null, fault: fault?.kind ?? null },
    ...{ userAgent: request.headers['user-agent'] ?? '', ms: 0 },
  };
  shop.record(record);
  const ask = askOf(shop, request, url, raw);
  if (shop.switches.slowMs > 0) await sleep(shop.switches.slowMs);
  if (fault && (await before(shop, fault, ask, response, record))) return;
  const reply = route.run(ask, ids);
  if (ask.cookies.get(COOKIE) !== ask.visit.id)
    reply.headers = {
      ...reply.headers,
      'set-cookie': `${COOKIE}=${ask.visit.id}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${A_MONTH_S}`,
    };
  record.ms = performance.now() - begun;
  if (fault && after(shop, fault, response, record)) return;
  record.status = reply.status;
  send(shop, response, reply, ask);
}

function askOf(shop: Shop, request: IncomingMessage, url: URL, raw: string): Ask {
  const isJson = (request.headers['content-type'] ?? '').startsWith('application/json');
  const form = new URLSearchParams();
  if (!isJson) for (const [name, value] of new URLSearchParams(raw)) form.append(shop.renaming.back(name), value);
  const cookies = new Map(
    (request.headers.cookie ?? '').split('; ').map((cookie) => cookie.split('=', 2) as [string, string]),
  );
  return {
    ...{ method: request.method ?? 'GET', url, headers: request.headers, form, cookies },
    json: isJson && raw !== '' ? (JSON.parse(raw) as Ask['json']) : {},
    visit: shop.visits.of(cookies.get(COOKIE)),
  };
}

/** What goes wrong before anything has happened; true where that is all. */
async function before(
  shop: Shop,
  fault: Fault,
  ask: Ask,
  response: ServerResponse,
  record: CallRecord,
): Promise<boolean> {
  switch (fault.kind) {
    case 'slow':
      await sleep(fault.delayMs ?? 1000);
      return false;
    case 'hang':
      return true;
    case 'reset_before':
      response.socket?.resetAndDestroy();
      return true;
    case '500':
      record.status = 500;
      send(shop, response, sorry(shop));
      return true;
    case 'session_expired':
      shop.visits.end(ask.visit.id);
      return false;
    default:
      return false;
  }
}

/** What goes wrong after it has happened; true where nothing else is to be answered. */
function after(shop: Shop, fault: Fault, response: ServerResponse, record: CallRecord): boolean {
  switch (fault.kind) {
    case 'hang_after':
      return true;
    case 'reset_after':
      response.socket?.resetAndDestroy();
      return true;
    case '500_after':
      record.status = 500;
      send(shop, response, sorry(shop));
      return true;
    case 'lost':
      record.status = 303;
      send(shop, response, goTo('/'));
      return true;
    default:
      return false;
  }
}

function sorry(shop: Shop): Reply {
  const words = html`<h1>Something went wrong</h1>
    <p>We are having trouble with our site. Please try again later.</p>`;
  return page(shop.manners.frame('Something went wrong', words), 500);
}

function notHere(shop: Shop): Reply {
  const words = html`<h1>Page not found</h1>
    <p>We could not find that page. <a href="/">Go to the home page</a></p>`;
  return page(shop.manners.frame('Page not found', words), 404);
}

function routeOf(routes: Route[], method: string, path: string): { route: Route; ids: string[] } | null {
  for (const route of routes) {
    const ids = route.method === method ? fit(route.path, path) : null;
    if (ids) return { route, ids };
  }
  return null;
}

function send(shop: Shop, response: ServerResponse, { status, headers = {}, body }: Reply, ask?: Ask): void {
  response.writeHead(status, { 'cache-control': 'no-store', ...headers });
  if (body instanceof Markup) {
    const whole = ask ? interrupting(shop, ask, body.text) : body.text;
    const { renamed } = shop.switches;
    response.end(renamed ? shop.renaming.page(whole, renamed) : whole);
    return;
  }
  response.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > LARGEST_BODY) throw new Error('The body is too large.');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
