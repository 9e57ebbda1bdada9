import type { Jwe } from './conversation-row';

const OF_PROTECTED = ['enc', 'alg', 'epk'];
const OF_RECIPIENT = ['alg', 'epk', 'kid'];

/**
 * What in a sealed message could say whose it is to whoever reads the database, in words; undefined: nothing. Headers stand
 * beside the ciphertext for everybody to see, and a `kid` there is that of a published key: only the store's own may be
 * named (`storeKids`), for the buyer's leads to who published it.
 */
export function namesSomebody(jwe: Jwe, storeKids: ReadonlySet<string>): string | undefined {
  if (jwe.unprotected !== undefined) return 'must have no unprotected header';
  if (jwe.protected !== undefined && !holdsOnly(jsonOf(jwe.protected), OF_PROTECTED))
    return `the protected header holds ${OF_PROTECTED.join(', ')}, and nothing else`;
  for (const { header = {} } of jwe.recipients) {
    if (!holdsOnly(header, OF_RECIPIENT)) return 'the header of a recipient holds alg, epk and kid, and nothing else';
    const { kid } = header;
    if (kid !== undefined && !(typeof kid === 'string' && storeKids.has(kid)))
      return 'must name no key by kid but one of the store';
  }
  return undefined;
}

function holdsOnly(header: Record<string, unknown> | undefined, members: readonly string[]): boolean {
  if (header === undefined || !Object.keys(header).every((name) => members.includes(name))) return false;
  const { epk } = header;
  // A point and its curve: no name of its own.
  return epk === undefined || holdsOnlyPoint(epk);
}

function holdsOnlyPoint(epk: unknown): boolean {
  if (typeof epk !== 'object' || epk === null || Array.isArray(epk)) return false;
  return Object.keys(epk).every((name) => ['kty', 'crv', 'x', 'y'].includes(name));
}

function jsonOf(header: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
