import {
  OutgoingRefused,
  type IncomingAnswer,
  type OutgoingRequest,
  type SafeClient,
} from '../../platform/http-client';
import { Unreadable } from './json-reader';
import { StoreFault } from './store-fault';

/**
 * What a request may do at a store, if it arrives: `read` nothing, `change` nothing that counts before something is bought,
 * `buy` what cannot be taken back by itself (an order made, cancelled, sent back).
 */
export type Weight = 'read' | 'change' | 'buy';

/** Errors of the network that come before anything is sent. */
const NOT_SENT = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'],
  ...['ERR_TLS_CERT_ALTNAME_INVALID', 'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN'],
  ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
]);

/** Asks a store. Throws StoreFault where there is no answer; any status is one. */
export async function askStore(
  client: SafeClient,
  url: string,
  request: OutgoingRequest,
  weight: Weight,
): Promise<IncomingAnswer> {
  try {
    return await client.fetch(url, request);
  } catch (error) {
    throw noAnswer(error, weight);
  }
}

function noAnswer(error: unknown, weight: Weight): StoreFault {
  const detail = 'The store does not answer at the moment.';
  if (error instanceof OutgoingRefused && !['timeout', 'size'].includes(error.reason))
    return new StoreFault('unavailable', `not_allowed_${error.reason}`, 'The store cannot be reached at its address.');
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === 'connect' || syscall === 'getaddrinfo' || (code !== undefined && NOT_SENT.has(code)))
    return new StoreFault('unavailable', 'connect_failed', detail);
  const reason = error instanceof OutgoingRefused ? (error.reason === 'size' ? 'bad_answer' : 'timeout') : 'no_answer';
  return new StoreFault(weight === 'buy' ? 'unknown' : 'unavailable', reason, detail);
}

/** Whatever cannot be read of an answer: after something that cannot be taken back, nobody knows what came of it. */
export function badAnswer(weight: Weight): StoreFault {
  const detail = 'The store gave an answer that cannot be read.';
  return new StoreFault(weight === 'buy' ? 'unknown' : 'unavailable', 'bad_answer', detail);
}

/** Reads an answer; what is Unreadable becomes a fault. */
export function reading<T>(weight: Weight, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Unreadable) throw badAnswer(weight);
    throw error;
  }
}

/** How long the store asks to be left alone, from a Retry-After of seconds or of a date; null where it does not say. */
export function retryAfterMs(header: string | undefined, now: Date): number | null {
  if (header === undefined) return null;
  const seconds = /^\d{1,6}$/.test(header.trim()) ? Number(header) : (Date.parse(header) - now.getTime()) / 1_000;
  // A store that asks for a week is asked again within the hour all the same: more than that is a mistake.
  return Number.isFinite(seconds) ? Math.round(Math.min(Math.max(seconds, 0), 3_600) * 1_000) : null;
}

/** An address of the store's that a shopper may be sent to: https, or (a store of development) the origin of its interface. */
export function shopperUrl(url: string | null, baseUrl: string): string | null {
  if (url === null || !URL.canParse(url)) return null;
  const parsed = new URL(url);
  if (parsed.username !== '' || parsed.password !== '') return null;
  return parsed.protocol === 'https:' || parsed.origin === new URL(baseUrl).origin ? parsed.href : null;
}
