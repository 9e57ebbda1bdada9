import type { AnswerReader } from '../answer-reader';
import { codeFrom } from '../store-code';
import { StoreFault, type StoreFaultKind } from '../store-fault';

/** What stands in the way between two programs: nothing of the shopper's is wrong, and nothing happened. */
const BETWEEN_US = new Set([
  ...['version_unsupported', 'capabilities_incompatible', 'invalid_profile_url', 'profile_unreachable'],
  ...['profile_malformed', 'profile_not_trusted', 'signature_missing', 'signature_invalid', 'key_not_found'],
  ...['digest_mismatch', 'algorithm_unsupported'],
]);
/** The shopper's account has to be linked, or linked again for more. */
const OF_THE_ACCOUNT = new Set(['identity_required', 'insufficient_scope', 'login_required', 'invalid_token']);
/** The store does not know what was asked for. */
export const NOT_FOUND = 'not_found';

/**
 * The fault in an answer that says `ucp.status: "error"` (HTTP 200: a business outcome), null where it carries what was
 * asked for. Its first error decides.
 */
export function businessFault(answer: AnswerReader): StoreFault | null {
  if (answer.at('ucp').at('status').idOrNull() !== 'error') return null;
  const error = answer
    .at('messages')
    .list()
    .find((message) => message.at('type').idOrNull() === 'error');
  return faultNamed(error?.at('code').idOrNull() ?? null, error?.at('content').textOrNull() ?? null);
}

/** The fault in a transport error's body, `{ code, content }`; null where it names none that decides more than its status. */
export function protocolFault(answer: AnswerReader): StoreFault | null {
  const code = answer.at('code').idOrNull();
  if (code !== null) return faultNamed(code, answer.at('content').textOrNull());
  return businessFault(answer);
}

function faultNamed(code: string | null, content: string | null): StoreFault {
  const name = codeFrom(code, 'refused');
  return new StoreFault(kindOf(name), name, content ?? 'The store refused the request.');
}

function kindOf(code: string): StoreFaultKind {
  if (BETWEEN_US.has(code)) return 'unavailable';
  return OF_THE_ACCOUNT.has(code) ? 'relink' : 'refused';
}
