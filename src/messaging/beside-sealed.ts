import { JWE_ALG, JWE_ENC } from '../platform/crypto';
import type { FieldError } from '../platform/http';
import type { Jwe } from './conversation-row';

const TEXT = /^[A-Za-z0-9_.-]{1,128}$/;
const OF_POINT = new Set(['kty', 'crv', 'x', 'y']);

/**
 * What is wrong with what stands in the clear beside a sealed message. It may say how it is opened, and nothing else: other
 * members could hold words, and the name of a key leads to whoever published it. Only the store's own keys (`storeKids`) are named.
 */
export function faultBeside(jwe: Jwe, storeKids: ReadonlySet<string>): FieldError | undefined {
  if (jwe.unprotected !== undefined) return fault('/unprotected', 'must be left out');
  const header = jwe.protected === undefined ? {} : jsonOf(jwe.protected);
  if (header?.['enc'] !== JWE_ENC || !isHeader(header, new Set(['enc', 'alg', 'epk'])))
    return fault('/protected', `must be {"enc":"${JWE_ENC}"}, with alg and epk if there is one recipient`);
  for (const [index, { header: own = {} }] of jwe.recipients.entries()) {
    const at = `/recipients/${index}/header`;
    if (!isHeader(own, new Set(['alg', 'epk', 'kid'])))
      return fault(at, 'must hold alg, epk and kid, and nothing else');
    if (own['kid'] !== undefined && !storeKids.has(own['kid'] as string))
      return fault(`${at}/kid`, 'must name a key of the store, or be left out');
  }
  return undefined;
}

/** Whether any recipient is named. */
export function namesKeys({ recipients }: Jwe): boolean {
  return recipients.some(({ header }) => header?.['kid'] !== undefined);
}

function isHeader(header: Record<string, unknown>, known: ReadonlySet<string>): boolean {
  const { alg = JWE_ALG, epk = {}, kid = 'none' } = header;
  return (
    alg === JWE_ALG && isPoint(epk) && typeof kid === 'string' && Object.keys(header).every((name) => known.has(name))
  );
}

function isPoint(epk: unknown): boolean {
  if (typeof epk !== 'object' || epk === null) return false;
  return Object.entries(epk).every(
    ([name, value]) => OF_POINT.has(name) && typeof value === 'string' && TEXT.test(value),
  );
}

function fault(pointer: string, detail: string): FieldError {
  return { pointer: `/jwe${pointer}`, detail: `of a sealed conversation ${detail}` };
}

function jsonOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
