import { exportJWK, generalDecrypt, generateKeyPair, type GeneralJWE } from 'jose';
import {
  aadOf,
  readJwe,
  readPublicJwk,
  sealJwe,
  thumbprintOf,
  type Openers,
  type PublicJwk,
  type SealedJwe,
} from './jwe';

type Curve = 'P-256' | 'X25519';

async function pair(crv: Curve = 'P-256') {
  const { publicKey, privateKey } = await generateKeyPair('ECDH-ES+A256KW', { crv, extractable: true });
  return { jwk: (await exportJWK(publicKey)) as PublicJwk, privateKey };
}

describe('A value sealed for keys', () => {
  const PLACE = ['muse', 'session', 'store', 'note'];

  it.each<[Curve, Curve]>([
    ['P-256', 'P-256'],
    ['X25519', 'P-256'],
    ['X25519', 'X25519'],
  ])('is opened by each of its recipients (%s and %s), and by nobody else', async (ofStore, ofBuyer) => {
    const [store, buyer, other] = [await pair(ofStore), await pair(ofBuyer), await pair(ofStore)];
    const jwe = await sealJwe({ note: 'Murmur' }, PLACE, [{ jwk: store.jwk, kid: 'k1' }, { jwk: buyer.jwk }]);
    for (const { privateKey } of [store, buyer]) {
      const opened = await generalDecrypt(jwe as GeneralJWE, privateKey);
      expect(JSON.parse(Buffer.from(opened.plaintext).toString())).toEqual({ note: 'Murmur' });
    }
    await expect(generalDecrypt(jwe as GeneralJWE, other.privateKey)).rejects.toThrow('decryption operation failed');
    expect(JSON.stringify(jwe)).not.toContain('Murmur');
    expect(jwe.recipients.map(({ header }) => header.kid)).toEqual(['k1', undefined]);
  });

  it('is bound to its place: another aad opens nothing', async () => {
    const store = await pair();
    const jwe = await sealJwe('Murmur', PLACE, [{ jwk: store.jwk, kid: 'k1' }]);
    const moved = { ...jwe, aad: Buffer.from(aadOf(['muse', 'session', 'store', 'contact'])).toString('base64url') };
    await expect(generalDecrypt(moved as GeneralJWE, store.privateKey)).rejects.toThrow('decryption operation failed');
  });

  it('is taken from others as it is, for the store alone or for the buyer too', async () => {
    const [store, buyer] = [await pair('X25519'), await pair()];
    for (const recipients of [[{ jwk: store.jwk, kid: 'k1' }], [{ jwk: store.jwk, kid: 'k1' }, { jwk: buyer.jwk }]]) {
      const jwe = await sealJwe('Murmur', PLACE, recipients);
      expect(readJwe(jwe, PLACE, { kids: ['k1'] })).toEqual({ jwe });
    }
  });

  it.each<[string, (jwe: SealedJwe) => unknown]>([
    ['no object', () => 'eyJhbGciOi'],
    ['the compact or flattened form', ({ recipients: _, ...rest }) => rest],
    ['a name of another recipient', (jwe) => withRecipient(jwe, { kid: 'buyer' })],
    ['a note beside a wrapped key', (jwe) => withRecipient(jwe, { apu: 'QW5h' })],
    ['a shared header in the clear', (jwe) => ({ ...jwe, unprotected: { kid: 'buyer' } })],
    ['another cipher', (jwe) => ({ ...jwe, protected: encoded({ enc: 'A128GCM' }) })],
    ['more in the protected header', (jwe) => ({ ...jwe, protected: encoded({ enc: 'A256GCM', sub: 'Ana' }) })],
    ['another place', (jwe) => ({ ...jwe, aad: encoded(['muse', 'session', 'other', 'note']) })],
    ['a short tag', (jwe) => ({ ...jwe, tag: 'AAAA' })],
    ['text in the clear', (jwe) => ({ ...jwe, ciphertext: 'Please leave it with the porter.' })],
    ['nobody that it is for', (jwe) => ({ ...jwe, recipients: [] })],
  ])('is refused from others with %s', async (_, spoil) => {
    const [store, buyer] = [await pair(), await pair()];
    const jwe = await sealJwe('Murmur', PLACE, [{ jwk: store.jwk, kid: 'k1' }, { jwk: buyer.jwk }]);
    expect(readJwe(spoil(jwe), PLACE, { kids: ['k1'] })).toEqual({ fault: expect.any(String) });
  });

  it('is refused where it is for another key of the store', async () => {
    const store = await pair();
    const jwe = await sealJwe('Murmur', PLACE, [{ jwk: store.jwk, kid: 'old' }]);
    expect(readJwe(jwe, PLACE, { kids: ['k1'] })).toEqual({ fault: expect.stringContaining('k1') });
  });
});

describe('Whom a value is for', () => {
  const PLACE = ['muse', 'conversation', 'store', 'buyerMessage'];

  it.each<[string, (string | undefined)[], Openers, boolean]>([
    ['a named key', ['k1'], { kids: ['k1'] }, true],
    ['a named key and one that nobody asked for', ['k1', undefined], { kids: ['k1'] }, true],
    ['two named keys, in any order', ['k2', 'k1'], { kids: ['k1', 'k2'] }, true],
    ['a named key and one without a name', ['k1', undefined], { kids: ['k1'], unnamed: 1 }, true],
    ['one without a name', [undefined], { kids: [], unnamed: 1 }, true],
    ['a named key alone, where there are two', ['k1'], { kids: ['k1'], unnamed: 1 }, false],
    ['one of two named keys', ['k1'], { kids: ['k1', 'k2'] }, false],
    ['one named key twice', ['k1', 'k1'], { kids: ['k1', 'k2'] }, false],
    ['another name', ['k1', 'k3'], { kids: ['k1', 'k2'] }, false],
    ['a name where there is none to name', ['k1'], { kids: [], unnamed: 1 }, false],
  ])('%s: %j for %j', async (_, kids, openers, isTaken) => {
    const { jwk } = await pair();
    const jwe = await sealJwe(
      'Murmur',
      PLACE,
      kids.map((kid) => ({ jwk, ...(kid !== undefined && { kid }) })),
    );
    expect('jwe' in readJwe(jwe, PLACE, openers)).toBe(isTaken);
  });
});

describe('A public key', () => {
  it.each<Curve>(['P-256', 'X25519'])('of %s is taken without anything that is not the key', async (crv) => {
    const { jwk } = await pair(crv);
    expect(readPublicJwk({ ...jwk, kid: 'mine', use: 'enc', x5u: 'https://example.com' })).toEqual({ jwk });
    expect(await thumbprintOf(jwk)).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it.each<[string, (jwk: PublicJwk) => unknown]>([
    ['a private member', (jwk) => ({ ...jwk, d: 'AAAA' })],
    ['another purpose', (jwk) => ({ ...jwk, use: 'sig' })],
    ['another algorithm', (jwk) => ({ ...jwk, alg: 'ES256' })],
    ['another curve', (jwk) => ({ ...jwk, crv: 'P-384' })],
    ['a point off its curve', (jwk) => ({ ...jwk, x: 'A'.repeat(43) })],
    ['no coordinates', () => ({ kty: 'EC', crv: 'P-256' })],
    ['a point that makes the secret known to all', () => ({ kty: 'OKP', crv: 'X25519', x: 'A'.repeat(43) })],
    ['no object', () => 'key'],
  ])('is refused with %s', async (_, spoil) => {
    expect(readPublicJwk(spoil((await pair()).jwk))).toEqual({ fault: expect.any(String) });
  });
});

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function withRecipient(jwe: SealedJwe, more: object): unknown {
  const [store, buyer] = jwe.recipients;
  return { ...jwe, recipients: [store, { ...buyer, header: { ...buyer!.header, ...more } }] };
}
