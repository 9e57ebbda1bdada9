import { GeneralEncrypt, calculateJwkThumbprint, importJWK, type GeneralJWE, type JWK } from 'jose';
import { createPublicKey, diffieHellman, generateKeyPairSync, type JsonWebKey } from 'node:crypto';

/** How what is sealed for a key is sealed; nothing else is taken. */
export const JWE_ALG = 'ECDH-ES+A256KW';
const JWE_ENC = 'A256GCM';

/** The public half of a key that things can be sealed for. */
export type PublicJwk = { kty: 'EC'; crv: 'P-256'; x: string; y: string } | { kty: 'OKP'; crv: 'X25519'; x: string };

/** Somebody that a value is sealed for. `kid` is written beside the wrapped key for everybody to see; leave it out where it would name a person. */
export interface JweRecipient {
  jwk: PublicJwk;
  kid?: string;
}

/** A value that whoever is named among its recipients can open, and nobody else: JWE, general JSON. */
export interface SealedJwe {
  protected: string;
  recipients: { header: { alg: string; kid?: string; epk?: PublicJwk }; encrypted_key: string }[];
  aad: string;
  iv: string;
  ciphertext: string;
  tag: string;
}

const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv', 'seed'];
const BASE64URL = /^[A-Za-z0-9_-]+$/;
/** Of one value: an address or a note has less than a tenth of it. */
const LONGEST_TEXT = 32_768;
const MOST_RECIPIENTS = 4;

/**
 * Reads the public key in `jwk`, or says what is wrong with it. Refused: anything private, other curves, points that are
 * not on their curve or lead to a shared secret that everybody knows.
 */
export function readPublicJwk(jwk: unknown): { jwk: PublicJwk } | { fault: string } {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return { fault: 'must be a JWK' };
  const given = jwk as Record<string, unknown>;
  if (PRIVATE.some((name) => name in given)) return { fault: 'must be the public key only: it holds private members' };
  const { kty, crv, x, y, alg, use } = given;
  if (alg !== undefined && alg !== JWE_ALG) return { fault: `alg must be ${JWE_ALG}, or left out` };
  if (use !== undefined && use !== 'enc') return { fault: 'use must be enc, or left out' };
  const read: PublicJwk | undefined =
    kty === 'EC' && crv === 'P-256' && isText(x) && isText(y)
      ? { kty, crv, x, y }
      : kty === 'OKP' && crv === 'X25519' && isText(x)
        ? { kty, crv, x }
        : undefined;
  if (!read) return { fault: 'must be a key of curve P-256 (kty EC) or X25519 (kty OKP), with its coordinates' };
  return canBeAgreedWith(read) ? { jwk: read } : { fault: 'is no point of its curve' };
}

/** The name by which a key is known unless its owner gives it one: RFC 7638. */
export function thumbprintOf(jwk: PublicJwk): Promise<string> {
  return calculateJwkThumbprint(jwk);
}

/** The text of `aad` as it is bound into a seal: a JSON array keeps the parts apart whatever characters they hold. */
export function aadOf(place: readonly string[]): string {
  return JSON.stringify(place);
}

/** Seals a JSON value for these keys; `place` is what it belongs to, which whoever opens it compares. */
export async function sealJwe(
  value: unknown,
  place: readonly string[],
  recipients: JweRecipient[],
): Promise<SealedJwe> {
  const text = new TextEncoder();
  const sealing = new GeneralEncrypt(text.encode(JSON.stringify(value ?? null)))
    .setProtectedHeader({ enc: JWE_ENC })
    .setAdditionalAuthenticatedData(text.encode(aadOf(place)));
  for (const { jwk, kid } of recipients) {
    const key = await importJWK(jwk as JWK, JWE_ALG);
    sealing.addRecipient(key).setUnprotectedHeader({ alg: JWE_ALG, ...(kid !== undefined && { kid }) });
  }
  return ordered(await sealing.encrypt());
}

/** Who has to be able to open a value: one recipient for each of `kids`, which it names, and so many more that it does not. */
export interface Openers {
  kids: readonly string[];
  unnamed?: number;
}

/**
 * Takes what somebody else has sealed, or says what is wrong with it, as far as that is seen without opening it: the form,
 * the algorithms, the place that it is bound to, whom it is for, and that nobody else is named, for a name beside a wrapped
 * key says whose it is. Whose key an unnamed one is cannot be seen. Members that nobody asked for are left out.
 */
export function readJwe(
  value: unknown,
  place: readonly string[],
  { kids, unnamed = 0 }: Openers,
): { jwe: SealedJwe } | { fault: string } {
  if (typeof value !== 'object' || value === null) return { fault: 'must be a JWE in its general JSON form' };
  const jwe = value as Record<string, unknown>;
  const { protected: header, iv, tag, ciphertext, aad, recipients } = jwe;
  if (![header, iv, tag, ciphertext, aad].every(isText) || !Array.isArray(recipients))
    return { fault: 'must have protected, recipients, aad, iv, ciphertext and tag' };
  if ('unprotected' in jwe) return { fault: 'must have no unprotected header' };
  if (bytes(iv as string).length !== 12 || bytes(tag as string).length !== 16)
    return { fault: 'must have an iv of 12 bytes and a tag of 16' };
  const { enc, epk: sharedPoint, ...more } = jsonOf(header as string) ?? {};
  if (enc !== JWE_ENC || Object.keys(more).length > 0)
    return { fault: `must have a protected header of {"enc":"${JWE_ENC}"}; of one recipient it may hold the epk too` };
  if (bytes(aad as string).toString('utf8') !== aadOf(place)) return { fault: `aad must be ${aadOf(place)}` };
  if (recipients.length === 0 || recipients.length > MOST_RECIPIENTS)
    return { fault: `must have 1 to ${MOST_RECIPIENTS} recipients` };
  // What has one recipient may have its epk in either place; libraries differ.
  const isAlone = recipients.length === 1 && sharedPoint !== undefined;
  if (!isAlone && sharedPoint !== undefined) return { fault: 'must have an epk for each recipient' };
  const read = recipients.map((one) => readRecipient(one, isAlone ? sharedPoint : undefined));
  const fault = read.find((one) => typeof one === 'string');
  if (fault !== undefined) return { fault };
  const all = read as SealedJwe['recipients'];
  const named = all.flatMap(({ header }) => header.kid ?? []);
  if (named.length !== kids.length || !kids.every((kid) => named.includes(kid)))
    return {
      fault:
        kids.length === 0
          ? 'must name no key by kid'
          : `must name ${kids.join(' and ')} by kid, once, and no other key`,
    };
  if (all.length - named.length < unnamed)
    return { fault: `must have ${unnamed} more of the recipients, without kid: whom it is for has a key` };
  return { jwe: ordered({ ...(jwe as unknown as SealedJwe), recipients: all }) };
}

function readRecipient(value: unknown, sharedPoint: unknown): SealedJwe['recipients'][number] | string {
  const { header, encrypted_key: wrapped } = (value ?? {}) as Record<string, unknown>;
  const { alg, kid, epk, ...more } = (header ?? {}) as Record<string, unknown>;
  if (!isText(wrapped)) return 'each recipient must have an encrypted_key';
  if (alg !== JWE_ALG) return `the alg of each recipient must be ${JWE_ALG}`;
  if (Object.keys(more).length > 0) return 'the header of a recipient holds alg, epk and kid, and nothing else';
  if (kid !== undefined && !(typeof kid === 'string' && kid.length <= 128)) return 'kid must be a text';
  const point = readPublicJwk(sharedPoint ?? epk);
  if ('fault' in point) return `epk ${point.fault}`;
  const named = { alg, ...(kid !== undefined && { kid }) };
  return { header: sharedPoint === undefined ? { ...named, epk: point.jwk } : named, encrypted_key: wrapped };
}

/** Only what belongs there, always in one order. */
function ordered(jwe: GeneralJWE | SealedJwe): SealedJwe {
  const { protected: header, recipients, aad, iv, ciphertext, tag } = jwe as SealedJwe;
  return { protected: header, recipients, aad, iv, ciphertext, tag };
}

function canBeAgreedWith(jwk: PublicJwk): boolean {
  try {
    const publicKey = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
    const { privateKey } =
      jwk.crv === 'P-256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('x25519');
    diffieHellman({ privateKey, publicKey });
    return true;
  } catch {
    return false;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_TEXT && BASE64URL.test(value);
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}

function jsonOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytes(text).toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
