import type { Jwe } from './conversation-row';
import { namesSomebody } from './unnamed';

const text = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const EPK = { kty: 'OKP', crv: 'X25519', x: 'AA' };
const sealed = (more: Partial<Jwe> = {}, header: Record<string, unknown> = {}): Jwe => ({
  ...{ protected: text({ enc: 'A256GCM' }), iv: 'AA', ciphertext: 'AA', tag: 'AA' },
  recipients: [{ header: { alg: 'ECDH-ES+A256KW', epk: EPK, ...header }, encrypted_key: 'AA' }],
  ...more,
});
const faultOf = (jwe: Jwe) => namesSomebody(jwe, new Set(['of-the-store']));

describe('A sealed message', () => {
  it.each<[string, Jwe]>([
    ['without any kid', sealed()],
    ['with a kid of the store', sealed({}, { kid: 'of-the-store' })],
    ['with its point in the protected header', sealed({ protected: text({ enc: 'A256GCM', epk: EPK }) })],
  ])('names nobody %s', (_, jwe) => {
    expect(faultOf(jwe)).toBeUndefined();
  });

  it.each<[string, Jwe]>([
    ['a kid of somebody else', sealed({}, { kid: 'of-the-buyer' })],
    ['a kid that is no text', sealed({}, { kid: 1 })],
    ['an unprotected header', sealed({ unprotected: {} })],
    ['a kid in the protected header', sealed({ protected: text({ enc: 'A256GCM', kid: 'of-the-buyer' }) })],
    ['a protected header that is none', sealed({ protected: 'AA' })],
    ['a kid beside the point', sealed({}, { epk: { ...EPK, kid: 'of-the-buyer' } })],
    ['a party of the agreement', sealed({}, { apu: 'QW5h' })],
  ])('may name somebody by %s', (_, jwe) => {
    expect(faultOf(jwe)).toEqual(expect.any(String));
  });
});
