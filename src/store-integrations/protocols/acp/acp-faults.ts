import type { IncomingAnswer } from '../../../platform/http-client';
import { readJson } from '../json-reader';
import { StoreFault } from '../store-fault';
import { retryAfterMs, type Weight } from '../store-http';
import type { BasketLine } from '../store-api';

/** A flat error of ACP, as far as it can be read. */
interface AcpError {
  type: string | null;
  code: string | null;
  message: string | null;
  param: string | null;
}

const NOTHING: AcpError = { type: null, code: null, message: null, param: null };

/** What may stand in a log: the store's code, if it is a word. */
const isCode = (code: string | null): code is string => code !== null && /^[a-z][a-z0-9_.-]{0,63}$/.test(code);

/**
 * The fault that an answer of 300 and above is. `isLinked`: the request bore a shopper's token.
 * Of what cannot be taken back (`buy`) a 5xx leaves open what became of it, whatever it says of itself: who stands before
 * the store's own server answers so, too.
 */
export function faultOf(
  answer: IncomingAnswer,
  { weight, isLinked, now, lines }: { weight: Weight; isLinked: boolean; now: Date; lines: BasketLine[] | null },
): StoreFault {
  const { status } = answer;
  const error = errorOf(answer);
  const code = isCode(error.code) ? error.code : `http_${status}`;
  const detail = error.message ?? 'The store cannot do that.';
  const wait = retryAfterMs(answer.headers['retry-after'], now);
  if (status === 401) {
    // Without a shopper's token it is our own key that is no good: nothing that the shopper could do.
    if (!isLinked) return new StoreFault('unavailable', 'store_credentials', 'The store does not let Muse in.');
    return new StoreFault('relink', 'token_refused', 'Your account at the store must be linked again.');
  }
  if (status === 429) return new StoreFault('throttled', code, detail, wait ?? 5_000);
  if (status === 409 && (error.code === null || error.code.startsWith('idempotency')))
    return new StoreFault('conflict', code, detail, wait ?? 1_000);
  if (status === 422 && error.code === 'idempotency_conflict') return new StoreFault('conflict', code, detail);
  if (status >= 500 || status === 408 || status === 425)
    return new StoreFault(weight === 'buy' ? 'unknown' : 'unavailable', code, detail, wait);
  if (status < 400) return new StoreFault(weight === 'buy' ? 'unknown' : 'unavailable', 'bad_answer', detail);
  if (isLinked && status === 403 && error.code === 'insufficient_scope')
    return new StoreFault('relink', code, 'The store asks for more than your linked account allows.');
  return new StoreFault('refused', code, detail, null, lineAt(error.param, lines));
}

function errorOf({ body }: IncomingAnswer): AcpError {
  try {
    const json = readJson(body);
    return {
      type: json.get('type').textOrNull(50),
      code: json.get('code').textOrNull(100),
      message: json.get('message').wordsOrNull(),
      param: json.get('param').textOrNull(200),
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
