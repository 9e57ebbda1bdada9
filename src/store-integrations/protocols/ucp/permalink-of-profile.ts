import type { AnswerReader } from '../answer-reader';
import { isOfItsNamespace } from './business-profile';

const PERMALINK = 'dev.ucp.shopping.permalink';
/** There was none before. A date, so that later ones are greater. */
const SINCE = '2026-08-25';
/** As the capability's schema has it. */
const ENDPOINT = /^https?:\/\/[^/?#\s\\@]+(?:\/[^?#\s\\]*[^/?#\s\\])?$/;

/**
 * Where the permalinks of a store begin, as its profile says; null where it offers none. Nothing is negotiated: it is a
 * browser that follows one, so it does not matter which version Muse speaks besides. Throws BadAnswer.
 */
export function permalinkOfProfile(document: AnswerReader, mayBeHttp: boolean): string | null {
  const capabilities = new Map(document.at('ucp').at('capabilities').entries());
  const offered = capabilities.get(PERMALINK)?.list() ?? [];
  const one = offered.find(
    (capability) =>
      (capability.at('version').idOrNull() ?? '') >= SINCE && isOfItsNamespace(PERMALINK, capability.at('schema')),
  );
  const endpoint = one?.at('config').at('endpoint').safeUrl(mayBeHttp) ?? null;
  return endpoint !== null && ENDPOINT.test(endpoint) ? endpoint : null;
}
