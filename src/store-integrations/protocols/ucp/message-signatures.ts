import { createHash, createPublicKey, sign, verify, type JsonWebKey, type KeyObject } from 'node:crypto';
import {
  isInnerList,
  parseDictionary,
  serializeDictionary,
  serializeInnerList,
  serializeItem,
  type BareItem,
  type InnerList,
  type Item,
} from 'structured-headers';

/*
 * HTTP message signatures (RFC 9421) and content digests (RFC 9530), as far as UCP needs them: requests, keys by JWK,
 * any number of signatures of which one has to hold. The syntax is structured-headers'; docs/adr/0063 says why the rest is ours.
 */

const LABEL = 'sig1';
/** Of one message; each may cost a verification. */
const MOST_SIGNATURES = 8;
/** Clocks differ; a signature from further ahead is not of now. */
const AHEAD_MS = 300_000;

/** What is signed of a message. Header names in lower case. */
export interface SignedMessage {
  method?: string;
  url?: URL;
  status?: number;
  headers: Record<string, string | undefined>;
}

/** A public key as profiles publish it: JWK, of any kind, for others than us too. */
export interface PublishedKey {
  kid: string;
  jwk: JsonWebKey;
}

export type SignatureFault =
  | 'signature_missing'
  | 'signature_malformed'
  | 'key_not_found'
  | 'algorithm_unsupported'
  | 'coverage_insufficient'
  | 'signature_too_old'
  | 'signature_invalid';

/** `Content-Digest` of a body: `sha-256=:…:`. */
export function contentDigest(body: string | Buffer): string {
  return serializeDictionary({ 'sha-256': createHash('sha256').update(body).digest() });
}

/** Whether `Content-Digest` names these very bytes, by SHA-256. Other algorithms beside it say nothing. */
export function isDigestOf(header: string | undefined, body: Buffer): boolean {
  const digest = bytesOf(dictionaryOf(header)?.get('sha-256')?.[0]);
  return digest !== null && createHash('sha256').update(body).digest().equals(digest);
}

/**
 * `Signature-Input` and `Signature` over the components, by ES256: names in the order given, then when and by which key.
 * Throws where the message lacks one of them.
 */
export function signMessage(
  message: SignedMessage,
  components: string[],
  { kid, key, at }: { kid: string; key: KeyObject; at: Date },
): { 'signature-input': string; signature: string } {
  const parameters = new Map<string, BareItem>([
    ['created', Math.floor(at.getTime() / 1_000)],
    ['keyid', kid],
  ]);
  const input: InnerList = [components.map((name): Item => [name, new Map()]), parameters];
  const base = signatureBase(message, input);
  if (base === null) throw new Error('The message lacks a component that is to be signed');
  const signature = sign('sha256', Buffer.from(base), { key, dsaEncoding: 'ieee-p1363' });
  return {
    'signature-input': serializeDictionary(new Map([[LABEL, input]])),
    signature: serializeDictionary({ [LABEL]: signature }),
  };
}

/** One signature of a message, not yet verified. */
export interface Candidate {
  keyId: string;
  /** What it covers: names without parameters. */
  covered: ReadonlySet<string>;
  created: Date | null;
  expires: Date | null;
  /** What was signed. Null: it covers something that the message does not have, or that is not understood here. */
  base: string | null;
  algorithm: string | null;
  signature: Buffer;
}

/** The signatures of a message, in their order. A fault where there is none, or none that can be read. */
export function candidatesOf(message: SignedMessage): Candidate[] | SignatureFault {
  const { 'signature-input': inputHeader, signature: signatureHeader } = message.headers;
  if (!inputHeader || !signatureHeader) return 'signature_missing';
  const inputs = dictionaryOf(inputHeader);
  const signatures = dictionaryOf(signatureHeader);
  if (!inputs || !signatures) return 'signature_malformed';
  const candidates = [...inputs]
    .slice(0, MOST_SIGNATURES)
    .flatMap(([label, input]) => candidateOf(message, input, signatures.get(label)) ?? []);
  return candidates.length > 0 ? candidates : 'signature_malformed';
}

function candidateOf(
  message: SignedMessage,
  input: InnerList | Item,
  signature: InnerList | Item | undefined,
): Candidate | null {
  const bytes = bytesOf(signature?.[0]);
  if (!isInnerList(input) || bytes === null) return null;
  const [components, parameters] = input;
  const keyId = parameters.get('keyid');
  if (typeof keyId !== 'string') return null;
  const algorithm = parameters.get('alg');
  return {
    keyId,
    // With a parameter it covers a part of the component, or another message's: never what is asked for here.
    covered: new Set(components.flatMap(([name, of]) => (typeof name === 'string' && of.size === 0 ? [name] : []))),
    created: timeOf(parameters.get('created')),
    expires: timeOf(parameters.get('expires')),
    base: signatureBase(message, input),
    algorithm: typeof algorithm === 'string' ? algorithm : null,
    signature: bytes,
  };
}

/**
 * What is wrong with a signature; null: it holds. `required` are the components that it must cover to count, `withinMs`
 * how old it may be where it says when it was made.
 */
export function faultOf(
  candidate: Candidate,
  key: PublishedKey,
  { required, withinMs, now }: { required: string[]; withinMs: number; now: Date },
): SignatureFault | null {
  if (!required.every((name) => candidate.covered.has(name))) return 'coverage_insufficient';
  if (!isOfNow(candidate, withinMs, now)) return 'signature_too_old';
  const algorithm = algorithmOf(key.jwk);
  if (!algorithm) return 'algorithm_unsupported';
  if (candidate.algorithm !== null && candidate.algorithm !== algorithm.name) return 'algorithm_unsupported';
  if (candidate.base === null) return 'signature_invalid';
  return holds(candidate.base, candidate.signature, key.jwk, algorithm.hash) ? null : 'signature_invalid';
}

function isOfNow({ created, expires }: Candidate, withinMs: number, now: Date): boolean {
  if (created && created.getTime() > now.getTime() + AHEAD_MS) return false;
  if (created && created.getTime() < now.getTime() - withinMs) return false;
  return !expires || expires > now;
}

/** By the key alone, never by what the message says. */
function algorithmOf({ kty, crv }: JsonWebKey): { name: string; hash: string | null } | null {
  if (kty === 'EC' && crv === 'P-256') return { name: 'ecdsa-p256-sha256', hash: 'sha256' };
  if (kty === 'EC' && crv === 'P-384') return { name: 'ecdsa-p384-sha384', hash: 'sha384' };
  if (kty === 'OKP' && crv === 'Ed25519') return { name: 'ed25519', hash: null };
  return null;
}

function holds(base: string, signature: Buffer, jwk: JsonWebKey, hash: string | null): boolean {
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    return verify(hash, Buffer.from(base), { key, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    // A key that is none.
    return false;
  }
}

/** RFC 9421, section 2.5. Null where a component is not there, is there twice, or is of a kind that is not understood. */
export function signatureBase(message: SignedMessage, input: InnerList): string | null {
  const lines: string[] = [];
  const seen = new Set<string>();
  for (const item of input[0]) {
    const identifier = serializeItem(item);
    const value = typeof item[0] === 'string' ? componentValue(message, item[0], item[1]) : null;
    if (value === null || seen.has(identifier)) return null;
    seen.add(identifier);
    lines.push(`${identifier}: ${value}`);
  }
  return [...lines, `"@signature-params": ${serializeInnerList(input)}`].join('\n');
}

function componentValue(message: SignedMessage, name: string, parameters: Map<string, BareItem>): string | null {
  if (name.startsWith('@')) return parameters.size === 0 ? derivedComponent(message, name) : null;
  const header = message.headers[name];
  // Obsolete line folding cannot come from Node; a line end could only be somebody's attempt to add a line.
  if (header === undefined || name !== name.toLowerCase() || /[\r\n]/.test(header)) return null;
  if (parameters.size === 0) return header.trim();
  const key = parameters.get('key');
  if (parameters.size !== 1 || typeof key !== 'string') return null;
  const member = dictionaryOf(header)?.get(key);
  if (!member) return null;
  return isInnerList(member) ? serializeInnerList(member) : serializeItem(member);
}

function derivedComponent({ method, url, status }: SignedMessage, name: string): string | null {
  switch (name) {
    case '@method':
      return method ?? null;
    case '@authority':
      return url?.host.toLowerCase() ?? null;
    case '@scheme':
      return url?.protocol.slice(0, -1) ?? null;
    case '@target-uri':
      return url?.href ?? null;
    case '@request-target':
      return url ? `${url.pathname}${url.search}` : null;
    case '@path':
      return url?.pathname ?? null;
    case '@query':
      return url ? url.search || '?' : null;
    case '@status':
      return status === undefined ? null : String(status);
    default:
      return null;
  }
}

function dictionaryOf(header: string | undefined): Map<string, Item | InnerList> | null {
  if (header === undefined) return null;
  try {
    return parseDictionary(header);
  } catch {
    return null;
  }
}

/** A byte sequence, which structured-headers gives as an ArrayBuffer. */
function bytesOf(value: BareItem | Item[] | undefined): Buffer | null {
  return typeof value === 'object' && 'byteLength' in value ? Buffer.from(value as ArrayBuffer) : null;
}

function timeOf(seconds: BareItem | undefined): Date | null {
  return typeof seconds === 'number' && Number.isInteger(seconds) ? new Date(seconds * 1_000) : null;
}
