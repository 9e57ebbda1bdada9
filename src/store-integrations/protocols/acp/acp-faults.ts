import type { IncomingAnswer } from '../../../platform/http-client';
import { AnswerReader } from '../answer-reader';
import { codeFrom } from '../store-code';
import { StoreFault } from '../store-fault';
import type { BasketLine } from '../store-api';
import { badAnswer, retryAfterMs } from '../store-http';

/** A flat error of ACP, as far as it can be read. */
interface AcpError {
  code: string | null;
  message: string | null;
  param: string | null;
}

const NOTHING: AcpError = { code: null, message: null, param: null };

/**
 * The fault that an answer without success is. `isLinked`: the request bore a shopper's token. After what cannot be taken back
 * (`hasEffect`) every 5xx leaves open what became of it, 503 too: it may be the word of whoever stands before the store.
 */
export function faultOf(
  answer: Pick<IncomingAnswer, 'status' | 'headers' | 'body'>,
  about: { hasEffect: boolean; isLinked: boolean; now: number; lines: BasketLine[] | null },
): StoreFault {
  const { status } = answer;
  const { hasEffect, isLinked, now, lines } = about;
  const error = errorOf(answer);
  const code = codeFrom(error.code, `http_${status}`);
  const detail = error.message ?? 'The store cannot do that.';
  const after = answer.headers['retry-after'];
  const wait = after === undefined ? null : retryAfterMs(after, now);
  if (status === 401) {
    // Without a shopper's token it is our own key that is no good: nothing that the shopper could do.
    if (!isLinked) return new StoreFault('unavailable', 'store_credentials', 'The store does not let Muse in.');
    return new StoreFault('relink', 'token_refused', 'Your account at the store must be linked again.');
  }
  if (status === 429) return new StoreFault('throttled', code, detail, retryAfterMs(after, now));
  // Another 409 is a no of the store's: of goods or a session that are not as they were.
  if (status === 409 && (error.code === null || error.code.startsWith('idempotency')))
    return new StoreFault('conflict', code, detail, wait);
  if (status === 422 && error.code === 'idempotency_conflict') return new StoreFault('conflict', code, detail);
  if (status >= 500 || status === 408 || status === 425)
    return new StoreFault(hasEffect ? 'unknown' : 'unavailable', code, detail, wait);
  if (status < 400) return badAnswer(hasEffect);
  if (isLinked && status === 403 && error.code === 'insufficient_scope')
    return new StoreFault('relink', code, 'The store asks for more than your linked account allows.');
  return new StoreFault('refused', code, detail, null, lineAt(error.param, lines));
}

function errorOf({ body }: Pick<IncomingAnswer, 'body'>): AcpError {
  try {
    const json = AnswerReader.parse(body);
    return {
      code: json.at('code').textOrNull(),
      message: json.at('message').textOrNull(),
      param: json.at('param').textOrNull(),
    };
  } catch {
    // A page of whoever stands before the store says nothing that is meant for us.
    return NOTHING;
  }
}

/** The line of the request that a JSONPath means. */
function lineAt(path: string | null, lines: BasketLine[] | null): string | null {
  const [, digits] = /^\$\.(?:line_)?items\[(\d{1,4})\]/.exec(path ?? '') ?? [];
  return digits === undefined ? null : (lines?.[Number(digits)]?.itemId ?? null);
}
