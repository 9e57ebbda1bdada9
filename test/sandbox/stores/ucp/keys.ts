import { createHash, createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

export interface PublicJwk {
  kid: string;
  kty: string;
  crv?: string;
  x?: string;
  y?: string;
  use?: string;
  alg?: string;
  key_ops?: string[];
}

interface Pair {
  privateKey: KeyObject;
  jwk: PublicJwk;
}

/** The store's own signing keys, ES256: the newest signs, those before it are still published. */
export class Keys {
  private pairs: Pair[] = [newPair()];

  /** A new one signs from now on. */
  rotate(): void {
    this.pairs.unshift(newPair());
    this.pairs.length = Math.min(this.pairs.length, 2);
  }

  get published(): PublicJwk[] {
    return this.pairs.map(({ jwk }) => jwk);
  }

  get kid(): string {
    return this.pairs[0]!.jwk.kid;
  }

  /** Raw r‖s, in base64. */
  sign(base: string): string {
    return signWith(this.pairs[0]!.privateKey, base);
  }

  kept(): string[] {
    return this.pairs.map(({ privateKey }) => privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
  }

  restore(pems: string[]): void {
    this.pairs = pems.map((pem) => pairOf(createPrivateKey(pem)));
  }
}

/** A signature by a key that nobody has published. */
export function signForeign(base: string): string {
  return signWith(newPair().privateKey, base);
}

function signWith(key: KeyObject, base: string): string {
  return sign('sha256', Buffer.from(base), { key, dsaEncoding: 'ieee-p1363' }).toString('base64');
}

function newPair(): Pair {
  return pairOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
}

function pairOf(privateKey: KeyObject): Pair {
  const { kty, crv, x, y } = privateKey.export({ format: 'jwk' });
  // RFC 7638.
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
  return { privateKey, jwk: { kid, kty: kty!, crv, x, y, use: 'sig', alg: 'ES256' } };
}
