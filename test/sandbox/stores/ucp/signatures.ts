import { createHash, createPublicKey, verify } from 'node:crypto';
import { header, type Call } from '../http/call';
import type { PublicJwk } from './keys';
import { dictionaryOf, isInnerList, type InnerList, type Item } from './structured-fields';

/** Why a signature does not stand for the request. */
export class SignatureRefused extends Error {
  constructor(
    readonly code:
      | 'signature_missing'
      | 'signature_invalid'
      | 'key_not_found'
      | 'digest_mismatch'
      | 'algorithm_unsupported',
    readonly detail: string,
  ) {
    super(code);
  }
}

const STATUS = {
  ...{ signature_missing: 401, signature_invalid: 401, key_not_found: 401 },
  ...{ digest_mismatch: 400, algorithm_unsupported: 400 },
} as const;

export function statusOf({ code }: SignatureRefused): number {
  return STATUS[code];
}

/**
 * Whether a request is signed by one of the keys, over all that it must be signed over (RFC 9421 as UCP profiles it,
 * specification/signatures). Of several signatures one that holds is enough. Throws SignatureRefused.
 */
export function verifyRequest(call: Call, keys: PublicJwk[]): void {
  const [input, signatures] = [header(call, 'signature-input'), header(call, 'signature')];
  if (input === null || signatures === null) throw new SignatureRefused('signature_missing', 'Sign your requests.');
  let inputs, values;
  try {
    [inputs, values] = [dictionaryOf(input), dictionaryOf(signatures)];
  } catch {
    throw new SignatureRefused('signature_invalid', 'Signature-Input or Signature cannot be read.');
  }
  let refused: SignatureRefused | null = null;
  for (const [label, list] of inputs) {
    try {
      const value = values.get(label);
      if (!isInnerList(list) || value === undefined || isInnerList(value) || !Buffer.isBuffer(value.value))
        throw new SignatureRefused('signature_invalid', `There is no signature ${label}.`);
      verifyOne(call, list, value.value, keys);
      return;
    } catch (error) {
      if (!(error instanceof SignatureRefused)) throw error;
      refused = error;
    }
  }
  throw refused ?? new SignatureRefused('signature_missing', 'There is no signature.');
}

function verifyOne(call: Call, list: InnerList, signature: Buffer, keys: PublicJwk[]): void {
  const keyid = list.parameters.get('keyid');
  if (list.parameters.has('tag') && list.parameters.get('tag') !== 'web-bot-auth')
    throw new SignatureRefused('signature_invalid', 'It is for another purpose.');
  const key = keys.filter(isForSignatures).find(({ kid }) => kid === keyid);
  if (!key) throw new SignatureRefused('key_not_found', `The profile has no key ${String(keyid)}.`);
  if (key.kty !== 'EC' || key.crv !== 'P-256')
    throw new SignatureRefused('algorithm_unsupported', 'Only ES256 is verified here.');
  const covered = list.items.map((item) => item.value);
  for (const component of required(call))
    if (!covered.includes(component)) throw new SignatureRefused('signature_invalid', `${component} is not covered.`);
  if (new Set(list.items.map(identifierOf)).size !== list.items.length)
    throw new SignatureRefused('signature_invalid', 'A component is covered twice.');
  const expires = list.parameters.get('expires');
  if (typeof expires === 'number' && expires * 1000 < Date.now())
    throw new SignatureRefused('signature_invalid', 'It has expired.');
  if (call.raw.length > 0 && header(call, 'content-digest') !== digestOf(call.raw))
    throw new SignatureRefused('digest_mismatch', 'Content-Digest is not of this body.');
  const base = baseOf(list, (item) => componentOf(call, item));
  const publicKey = createPublicKey({ key: key as never, format: 'jwk' });
  // Raw r‖s: a DER signature is another length, and refused.
  if (
    signature.length !== 64 ||
    !verify('sha256', Buffer.from(base), { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)
  )
    throw new SignatureRefused('signature_invalid', `It is not of the key ${key.kid}.`);
}

function isForSignatures({ use, key_ops }: PublicJwk): boolean {
  return use !== 'enc' && (key_ops === undefined || key_ops.includes('verify'));
}

function required(call: Call): string[] {
  return [
    ...['@method', '@authority', '@path'],
    ...(call.url.search === '' ? [] : ['@query']),
    ...(call.raw.length === 0 ? [] : ['content-digest', 'content-type']),
    ...['idempotency-key', 'ucp-agent', 'signature-agent'].filter((name) => call.headers[name] !== undefined),
  ];
}

/** Null where the request has no such component. */
function componentOf(call: Call, { value, parameters }: Item): string | null {
  const { url, method } = call;
  switch (value) {
    case '@method':
      return method;
    case '@authority':
      return (header(call, 'host') ?? '').toLowerCase().replace(/:80$/, '');
    case '@path':
      return url.pathname;
    case '@query':
      return url.search === '' ? '?' : url.search;
    case '@target-uri':
      return url.href;
    case '@scheme':
      return url.protocol.slice(0, -1);
    case '@request-target':
      return `${url.pathname}${url.search}`;
    default: {
      if (typeof value !== 'string' || value.startsWith('@')) return null;
      const field = header(call, value);
      const member = parameters.get('key');
      if (field === null || member === undefined) return field?.trim() ?? null;
      // RFC 9421 section 2.1.2; members with parameters are of Web Bot Auth, which this store does not read.
      const found = dictionaryOf(field).get(String(member));
      return found && !isInnerList(found) && typeof found.value === 'string' ? JSON.stringify(found.value) : null;
    }
  }
}

function baseOf(list: InnerList, valueOf: (item: Item) => string | null): string {
  const lines = list.items.map((item) => {
    const value = valueOf(item);
    if (value === null) throw new SignatureRefused('signature_invalid', `There is no ${String(item.value)}.`);
    return `${identifierOf(item)}: ${value}`;
  });
  return [...lines, `"@signature-params": ${list.source}`].join('\n');
}

function identifierOf({ value, parameters }: Item): string {
  const more = [...parameters].map(([name, one]) => (one === true ? `;${name}` : `;${name}=${JSON.stringify(one)}`));
  return `${JSON.stringify(value)}${more.join('')}`;
}

export function digestOf(body: Buffer | string): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
}

/** The headers that sign a message of the store's own, over these components in this order. */
export function signed(
  components: [name: string, value: string][],
  { created, keyid, sign }: { created: number; keyid: string; sign: (base: string) => string },
): Record<'signature-input' | 'signature', string> {
  const names = components.map(([name]) => JSON.stringify(name)).join(' ');
  const parameters = `(${names});created=${created};keyid=${JSON.stringify(keyid)}`;
  const base = [
    ...components.map(([name, value]) => `${JSON.stringify(name)}: ${value}`),
    `"@signature-params": ${parameters}`,
  ].join('\n');
  return { 'signature-input': `sig1=${parameters}`, signature: `sig1=:${sign(base)}:` };
}
