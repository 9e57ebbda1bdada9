import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterFile } from './cleanup';

export interface Answer {
  status?: number;
  html?: string;
  location?: string;
  afterMs?: number;
}
export type PageOf = string | ((request: { method: string; url: URL; form: URLSearchParams }) => Answer | string);

/** Small pages of a test's own on loopback, by path, until the test file is through. */
export async function servePages(pages: Record<string, PageOf>): Promise<{ origin: string; hits: string[] }> {
  const hits: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? '/', 'http://pages');
      const form = new URLSearchParams(await bodyOf(request));
      hits.push(`${request.method} ${url.pathname}`);
      const page = pages[url.pathname];
      const made = typeof page === 'function' ? page({ method: request.method ?? '', url, form }) : page;
      const { status, html, location, afterMs = 0 }: Answer = typeof made === 'string' ? { html: made } : (made ?? {});
      if (afterMs > 0) await new Promise((resolve) => setTimeout(resolve, afterMs));
      response.writeHead(status ?? (location ? 303 : made === undefined ? 404 : 200), {
        'content-type': 'text/html; charset=utf-8',
        ...(location ? { location } : {}),
      });
      response.end(`<!doctype html><meta charset="utf-8"><body>${html ?? ''}</body>`);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterFile(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hits };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const part of request) body += String(part);
  return body;
}
