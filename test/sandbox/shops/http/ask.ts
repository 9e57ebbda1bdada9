import type { IncomingHttpHeaders } from 'node:http';
import type { ShopStep } from '../faults/faults';
import type { Visit } from '../world/visits';
import type { Markup } from './html';

/** A request, and whose it is. */
export interface Ask {
  method: string;
  url: URL;
  headers: IncomingHttpHeaders;
  /** Of a form, by the names that the shop itself uses. */
  form: URLSearchParams;
  /** Of an app; nothing where there is none. */
  json: Record<string, string | null | undefined>;
  visit: Visit;
  /** By name. */
  cookies: ReadonlyMap<string, string>;
}

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body?: Markup | string | object;
}

export interface Route {
  method: string;
  /** Segments that begin with a colon fit any; a last `*` fits all that follow. */
  path: string;
  step: ShopStep;
  run(ask: Ask, ids: string[]): Reply;
}

export function page(body: Markup, status = 200): Reply {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}

export function json(body: object, status = 200): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body };
}

export function goTo(location: string): Reply {
  return { status: 303, headers: { location } };
}

/** Whether a path fits a pattern; the values of its colons. */
export function fit(pattern: string, path: string): string[] | null {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  const ids: string[] = [];
  for (const [place, part] of wanted.entries()) {
    if (part === '*') return ids;
    const value = given[place] ?? '';
    if (part.startsWith(':') && value !== '') ids.push(decodeURIComponent(value));
    else if (part !== value) return null;
  }
  return wanted.length === given.length ? ids : null;
}
