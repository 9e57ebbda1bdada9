import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { CONTROLS } from '../control/control';
import { pageOf } from '../control/pages';
import type { Double } from '../double';
import { Failure } from './failure';
import { routeOf } from './routes';
import { StripeApi } from './stripe-api';

const LARGEST_BODY = 1_000_000;
const BANNER = 'This is a double of Stripe, for tests. No money moves. Controls are below /_double.\n';

/** The double as a server; the caller lets it listen, on loopback only. */
export function serverOf(double: Double): Server {
  const api = new StripeApi(double);
  const server = createServer((request, response) => {
    response.setHeader('x-stripe-double', '1');
    handle(double, api, request, response).catch((error: unknown) => {
      console.error('The double failed:', error);
      if (!response.headersSent) json(response, 500, { error: { type: 'api_error', message: 'The double failed.' } });
    });
  });
  // A connection that a client keeps must not be closed just when it is used again.
  server.keepAliveTimeout = 65_000;
  return server;
}

async function handle(
  double: Double,
  api: StripeApi,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', double.baseUrl);
  const body = await bodyOf(request);
  if (url.pathname.startsWith('/v1/')) await api.answer(request, response, url, body);
  else if (url.pathname.startsWith('/_double/pages/')) page(double, request, response, url, body);
  else if (url.pathname.startsWith('/_double/')) await steer(double, request, response, url, body);
  else response.writeHead(url.pathname === '/' ? 200 : 404, { 'content-type': 'text/plain' }).end(BANNER);
}

/** A control: JSON in and out. */
async function steer(
  double: Double,
  { method = 'GET' }: IncomingMessage,
  response: ServerResponse,
  { pathname }: URL,
  body: string,
): Promise<void> {
  const found = routeOf(CONTROLS, method, pathname.slice('/_double/'.length));
  if (!found) return json(response, 404, { error: { message: `There is no control ${method} ${pathname}.` } });
  try {
    const answer = await found.route.run(double, found.ids[0] ?? '', JSON.parse(body || '{}') as never);
    double.world.commit();
    return json(response, 200, answer ?? {});
  } catch (error) {
    if (!(error instanceof Failure)) {
      double.world.discard();
      throw error;
    }
    if (error.status === 402) double.world.commit();
    else double.world.discard();
    return json(response, error.status, { error: error.body });
  }
}

function page(double: Double, request: IncomingMessage, response: ServerResponse, url: URL, body: string): void {
  const form = request.method === 'POST' ? new URLSearchParams(body) : null;
  const { status, html, location } = pageOf(
    double,
    url.pathname.slice('/_double/pages/'.length),
    url.searchParams,
    form,
  );
  double.world.commit();
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    ...(location === undefined ? {} : { location }),
  });
  response.end(html ?? '');
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
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
