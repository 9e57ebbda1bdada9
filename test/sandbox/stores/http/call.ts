import type { IncomingHttpHeaders } from 'node:http';
import type { Fault } from '../faults/faults';

/** A request as it came in; `raw` is what was signed. */
export interface Call {
  method: string;
  url: URL;
  headers: IncomingHttpHeaders;
  raw: Buffer;
  /** That it has met. */
  fault: Fault | null;
  /** Said by whoever answered: it was the answer of before. */
  replayed?: boolean;
}

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  /** Text goes out as it is, with the content type of `headers`; anything else as JSON. */
  body?: unknown;
}

/** The request is not worked on: thrown by whoever finds out, sent as it is, and never kept under an idempotency key. */
export class Refusal extends Error {
  constructor(readonly reply: Reply) {
    super(`refused with ${reply.status}`);
  }
}

/** A header that comes once; a repeated one is as good as none. */
export function header(call: Call, name: string): string | null {
  const value = call.headers[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

export function bearerOf(call: Call): string | null {
  return /^Bearer ([A-Za-z0-9._~+/-]+=*)$/.exec(header(call, 'authorization') ?? '')?.[1] ?? null;
}

/** The body of a form, or null where it is none. */
export function formOf(call: Call): URLSearchParams | null {
  const type = header(call, 'content-type') ?? '';
  return type.startsWith('application/x-www-form-urlencoded') ? new URLSearchParams(call.raw.toString()) : null;
}

/** The header of that name; none where nobody says how long. */
export function retryAfter(seconds: number | null): Record<string, string> {
  return seconds === null ? {} : { 'retry-after': String(seconds) };
}

export interface Route {
  method: string;
  /** Segments that begin with a colon fit any. */
  path: string;
  /** By which a fault is ordered. */
  step: string;
  run(call: Call, ids: string[]): Reply | Promise<Reply>;
}

/** Whether a path fits a pattern; the values of its colons. */
export function fit(pattern: string, path: string): string[] | null {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return null;
  const ids: string[] = [];
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith(':')) {
      if (value === '') return null;
      ids.push(decodeURIComponent(value));
    } else if (part !== value) return null;
  }
  return ids;
}
