import { Injectable } from '@nestjs/common';
import {
  OutgoingRefused,
  SafeClient,
  type IncomingAnswer,
  type OutgoingRequest,
  type RefusalReason,
} from '../../platform/http-client';
import { AnswerReader, BadAnswer } from './answer-reader';
import { StoreFault } from './store-fault';

/** An answer of a store is refused when it is longer. */
const MAX_BYTES = 1024 * 1024;
const LONGEST_RETRY_AFTER_MS = 3_600_000;
const DEFAULT_RETRY_AFTER_MS = 5_000;

export interface StoreRequest extends Pick<OutgoingRequest, 'method' | 'headers' | 'body' | 'timeoutMs'> {
  /** Whether something is bought or undone by it: then what was sent and not answered is `unknown`, else `unavailable`. */
  hasEffect: boolean;
}

/** The only way to a store's interface: what goes wrong on the way is said in the words of StoreFault. */
@Injectable()
export class StoreHttp {
  constructor(private readonly client: SafeClient) {}

  /** Whatever the store answers, with any status. Throws StoreFault `unavailable` or `unknown` where it answers nothing. */
  async send(url: string, { hasEffect, ...request }: StoreRequest): Promise<IncomingAnswer> {
    let sent = false;
    try {
      return await this.client.fetch(url, {
        ...request,
        maxBytes: MAX_BYTES,
        redirects: 'refuse',
        onlyHttps: true,
        onSent: () => {
          sent = true;
        },
      });
    } catch (error) {
      throw new StoreFault(
        hasEffect && sent ? 'unknown' : 'unavailable',
        codeOf(error, sent),
        'The store did not answer.',
      );
    }
  }

  /** Whether links of a store may be http: of the sandbox alone. */
  mayLeadToHttp(baseUrl: string): boolean {
    return this.client.isSandbox(baseUrl);
  }
}

/** A stable word for it; the network's own text names addresses. */
function codeOf(error: unknown, sent: boolean): string {
  if (!(error instanceof OutgoingRefused)) return sent ? 'connection_lost' : 'connect_failed';
  return error.reason === 'timeout' && !sent ? 'connect_timed_out' : CODES[error.reason];
}

const CODES: Record<RefusalReason, string> = {
  timeout: 'timed_out',
  size: 'answer_too_long',
  redirects: 'redirected',
  downgrade: 'redirected',
  url: 'address_refused',
  address: 'address_refused',
};

/** How long to wait, as `Retry-After` says (seconds or a date): at least a second, at most an hour. */
export function retryAfterMs(header: string | undefined, now: number): number {
  const seconds = /^\d{1,9}$/.test(header?.trim() ?? '') ? Number(header) * 1_000 : Date.parse(header ?? '') - now;
  if (Number.isNaN(seconds)) return DEFAULT_RETRY_AFTER_MS;
  return Math.min(Math.max(seconds, 1_000), LONGEST_RETRY_AFTER_MS);
}

/**
 * The fault in an answer that is no success, by its status alone (null for 2xx): what a protocol says besides in its body
 * comes first. 503 says that nothing was begun; after any other 5xx it may have been.
 */
export function faultOfStatus(
  { status, headers }: Pick<IncomingAnswer, 'status' | 'headers'>,
  hasEffect: boolean,
  now: number,
): StoreFault | null {
  const fault = (kind: StoreFault['kind'], code: string, detail: string, after: number | null = null) =>
    new StoreFault(kind, code, detail, after);
  const after = headers['retry-after'];
  if (status >= 200 && status < 300) return null;
  if (status === 401) return fault('relink', 'unauthorized', 'The store asks to sign in again.');
  if (status === 409) return fault('conflict', 'conflict', 'The store is working on the same request.');
  if (status === 429) {
    return fault('throttled', 'rate_limited', 'The store asks to come back later.', retryAfterMs(after, now));
  }
  if (status === 503) {
    const wait = after === undefined ? null : retryAfterMs(after, now);
    return fault('unavailable', 'store_unavailable', 'The store cannot answer at present.', wait);
  }
  if (status === 404 || status === 405 || status === 501) {
    return fault('unavailable', 'no_such_endpoint', 'The store does not offer this.');
  }
  if (status >= 400 && status < 500 && status !== 408) {
    return fault('refused', `http_${status}`, 'The store refused the request.');
  }
  return fault(hasEffect ? 'unknown' : 'unavailable', `http_${status}`, 'The store failed to answer.');
}

/** What `read` makes of an answer's body; StoreFault `bad_answer` where it is not as the protocol says. */
export function readAnswer<T>(body: Buffer, hasEffect: boolean, read: (answer: AnswerReader) => T): T {
  try {
    return read(AnswerReader.parse(body));
  } catch (error) {
    if (error instanceof BadAnswer) throw badAnswer(hasEffect);
    throw error;
  }
}

export const badAnswer = (hasEffect: boolean): StoreFault =>
  new StoreFault(hasEffect ? 'unknown' : 'unavailable', 'bad_answer', 'The store’s answer cannot be read.');
