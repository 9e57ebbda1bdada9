import { faultBeside } from './beside-sealed';
import type { Jwe } from './conversation-row';

const encoded = (header: object) => Buffer.from(JSON.stringify(header)).toString('base64url');
const epk = { kty: 'OKP', crv: 'X25519', x: 'abc_-' };
const sealed = (more: Partial<Jwe> = {}, header: object = {}): Jwe => ({
  ...{ protected: encoded({ enc: 'A256GCM' }), iv: 'a', ciphertext: 'b', tag: 'c' },
  recipients: [{ header: { alg: 'ECDH-ES+A256KW', epk, ...header }, encrypted_key: 'd' }],
  ...more,
});
const pointerOf = (jwe: Jwe) => faultBeside(jwe, new Set(['of-store']))?.pointer;

describe('Beside what is sealed stands', () => {
  it('how it is opened', () => {
    expect(pointerOf(sealed())).toBeUndefined();
    expect(pointerOf(sealed({}, { kid: 'of-store' }))).toBeUndefined();
    const alone = { protected: encoded({ enc: 'A256GCM', alg: 'ECDH-ES+A256KW', epk }) };
    expect(pointerOf(sealed({ ...alone, recipients: [{ encrypted_key: 'd' }] }))).toBeUndefined();
  });

  it.each<[string, Jwe, string]>([
    ['no header for all', sealed({ unprotected: { note: 'Ana' } }), '/jwe/unprotected'],
    [
      'no word in the protected header',
      sealed({ protected: encoded({ enc: 'A256GCM', note: 'Ana' }) }),
      '/jwe/protected',
    ],
    ['no protected header that is none', sealed({ protected: 'Ana' }), '/jwe/protected'],
    ['no word in the header of a recipient', sealed({}, { note: 'Ana' }), '/jwe/recipients/0/header'],
    ['no word in a key', sealed({}, { epk: { ...epk, x: 'Ana lives here' } }), '/jwe/recipients/0/header'],
    ['no other member of a key', sealed({}, { epk: { ...epk, use: 'Ana' } }), '/jwe/recipients/0/header'],
    ['no name of a key that is not the store’s', sealed({}, { kid: 'of-ana' }), '/jwe/recipients/0/header/kid'],
  ])('%s', (_, jwe, pointer) => expect(pointerOf(jwe)).toBe(pointer));
});
