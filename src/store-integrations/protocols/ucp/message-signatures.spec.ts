import * as fc from 'fast-check';
import { createPrivateKey, generateKeyPairSync, sign, type JsonWebKey } from 'node:crypto';
import {
  candidatesOf,
  contentDigest,
  faultOf,
  isDigestOf,
  signMessage,
  type Candidate,
  type PublishedKey,
  type SignedMessage,
} from './message-signatures';

/** RFC 9421, appendix B.1.3. */
const ECC_P256: PublishedKey = {
  kid: 'test-key-ecc-p256',
  jwk: {
    kty: 'EC',
    crv: 'P-256',
    x: 'qIVYZVLCrPZHGHjP17CTW0_-D9Lfw0EkjqF7xB4FivA',
    y: 'Mc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0',
  },
};
const ECC_P256_PRIVATE = { ...ECC_P256.jwk, d: 'UpuF81l-kOxbjf7T4mNSv0r5tN67Gim7rnf6EFpcYDs' };
/** RFC 9421, appendix B.1.4. */
const ED25519: PublishedKey = {
  kid: 'test-key-ed25519',
  jwk: { kty: 'OKP', crv: 'Ed25519', x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs' },
};
/** RFC 9421, appendix B.2: test-request and test-response. */
const REQUEST_BODY = Buffer.from('{"hello": "world"}');
const REQUEST: SignedMessage = {
  method: 'POST',
  url: new URL('https://example.com/foo?param=Value&Pet=dog'),
  headers: {
    host: 'example.com',
    date: 'Tue, 20 Apr 2021 02:07:55 GMT',
    'content-type': 'application/json',
    'content-length': '18',
  },
};
const RESPONSE: SignedMessage = {
  status: 200,
  headers: {
    'content-type': 'application/json',
    'content-digest':
      'sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:',
    'content-length': '23',
  },
};
const OF_B24 =
  'sig-b24=("@status" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256"';
const SIGNATURE_B24 =
  'sig-b24=:wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==:';
const OF_B26 =
  'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"';
const SIGNATURE_B26 =
  'sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:';
const THEN = new Date(1618884473_000);
const ANY_AGE = { required: [], withinMs: 60_000, now: THEN };

function only(message: SignedMessage): Candidate {
  const candidates = candidatesOf(message);
  if (typeof candidates === 'string') throw new Error(candidates);
  expect(candidates).toHaveLength(1);
  return candidates[0]!;
}

const signedBy = (input: string, signature: string, message: SignedMessage): SignedMessage => ({
  ...message,
  headers: { ...message.headers, 'signature-input': input, signature },
});

describe('A signature of RFC 9421', () => {
  it('is verified as appendix B.2.4 has it (ecdsa-p256-sha256)', () => {
    const candidate = only(signedBy(OF_B24, SIGNATURE_B24, RESPONSE));
    expect(candidate.base).toBe(
      [
        '"@status": 200',
        '"content-type": application/json',
        `"content-digest": ${RESPONSE.headers['content-digest']}`,
        '"content-length": 23',
        '"@signature-params": ("@status" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256"',
      ].join('\n'),
    );
    expect([candidate.keyId, candidate.created]).toEqual(['test-key-ecc-p256', THEN]);
    expect(faultOf(candidate, ECC_P256, ANY_AGE)).toBeNull();
  });

  it('is verified as appendix B.2.6 has it (ed25519)', () => {
    const candidate = only(signedBy(OF_B26, SIGNATURE_B26, REQUEST));
    expect(candidate.base).toBe(
      [
        '"date": Tue, 20 Apr 2021 02:07:55 GMT',
        '"@method": POST',
        '"@path": /foo',
        '"@authority": example.com',
        '"content-type": application/json',
        '"content-length": 18',
        '"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
      ].join('\n'),
    );
    expect(faultOf(candidate, ED25519, ANY_AGE)).toBeNull();
  });

  it('covers the query as section 2.2.7 has it', () => {
    const input = 'a=("@query" "@target-uri" "@request-target" "@scheme");keyid="k"';
    const base = only(signedBy(input, 'a=:AA==:', REQUEST)).base;
    expect(base?.split('\n').slice(0, 4)).toEqual([
      '"@query": ?param=Value&Pet=dog',
      '"@target-uri": https://example.com/foo?param=Value&Pet=dog',
      '"@request-target": /foo?param=Value&Pet=dog',
      '"@scheme": https',
    ]);
    const bare = { ...REQUEST, url: new URL('https://EXAMPLE.com:443') };
    expect(only(signedBy('a=("@query" "@path" "@authority");keyid="k"', 'a=:AA==:', bare)).base).toContain(
      '"@query": ?\n"@path": /\n"@authority": example.com\n',
    );
  });

  it('covers a member of a dictionary as section 2.1.2 has it', () => {
    const headers = { 'example-dict': 'a=1, b=2;x=1;y=2, c=(a   b    c), d' };
    const input =
      's=("example-dict";key="a" "example-dict";key="d" "example-dict";key="b" "example-dict";key="c");keyid="k"';
    expect(
      only(signedBy(input, 's=:AA==:', { headers }))
        .base?.split('\n')
        .slice(0, 4),
    ).toEqual([
      '"example-dict";key="a": 1',
      '"example-dict";key="d": ?1',
      '"example-dict";key="b": 2;x=1;y=2',
      '"example-dict";key="c": (a b c)',
    ]);
  });

  describe('that we made', () => {
    const COMPONENTS = ['@method', '@authority', '@path', '@query', 'content-digest', 'content-type'];
    const key = createPrivateKey({ key: ECC_P256_PRIVATE, format: 'jwk' });
    const message: SignedMessage = {
      ...REQUEST,
      headers: { ...REQUEST.headers, 'content-digest': contentDigest(REQUEST_BODY) },
    };
    const made = signMessage(message, COMPONENTS, { kid: ECC_P256.kid, key, at: THEN });
    const signed: SignedMessage = { ...message, headers: { ...message.headers, ...made } };

    it('names what it covers, when and by which key', () => {
      expect(made['signature-input']).toBe(
        'sig1=("@method" "@authority" "@path" "@query" "content-digest" "content-type");created=1618884473;keyid="test-key-ecc-p256"',
      );
    });

    it('has 64 bytes, r and s as they are', () => {
      expect(made.signature).toMatch(/^sig1=:[A-Za-z0-9+/]{86}==:$/);
    });

    it('holds', () => {
      expect(faultOf(only(signed), ECC_P256, { ...ANY_AGE, required: COMPONENTS })).toBeNull();
    });

    it.each<[string, Partial<SignedMessage>]>([
      ['method', { method: 'PUT' }],
      ['host', { url: new URL('https://example.org/foo?param=Value&Pet=dog') }],
      ['path', { url: new URL('https://example.com/fo?param=Value&Pet=dog') }],
      ['query', { url: new URL('https://example.com/foo?param=Value&Pet=cat') }],
      ['type', { headers: { ...signed.headers, 'content-type': 'text/plain' } }],
      ['digest', { headers: { ...signed.headers, 'content-digest': contentDigest('{}') } }],
    ])('does not hold for another %s', (_, changed) => {
      expect(faultOf(only({ ...signed, ...changed }), ECC_P256, ANY_AGE)).toBe('signature_invalid');
    });

    it('does not hold by another key', () => {
      const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
      expect(faultOf(only(signed), { kid: ECC_P256.kid, jwk }, ANY_AGE)).toBe('signature_invalid');
    });

    it('holds for any message, and for no other', () => {
      const text = fc.stringMatching(/^[!-~][ -~]{0,30}$/);
      const messages = fc.record({
        method: fc.constantFrom('GET', 'POST', 'PUT'),
        path: fc.webPath(),
        query: fc.webQueryParameters(),
        'ucp-agent': text,
        'idempotency-key': text,
      });
      const names = ['@method', '@authority', '@path', '@query', 'ucp-agent', 'idempotency-key'];
      type Made = typeof messages extends fc.Arbitrary<infer T> ? T : never;
      const messageOf = ({ method, path, query, ...headers }: Made): SignedMessage => {
        const url = new URL('https://shop.example:8443');
        url.pathname = path;
        url.search = query;
        return { method, url, headers };
      };
      fc.assert(
        fc.property(messages, messages, (made, otherMade) => {
          const [one, other] = [messageOf(made), messageOf(otherMade)];
          const signature = signMessage(one, names, { kid: ECC_P256.kid, key, at: THEN });
          const as = (of: SignedMessage) => only({ ...of, headers: { ...of.headers, ...signature } });
          expect(faultOf(as(one), ECC_P256, { ...ANY_AGE, required: names })).toBeNull();
          const isSame = as(one).base === as(other).base;
          expect(faultOf(as(other), ECC_P256, ANY_AGE)).toBe(isSame ? null : 'signature_invalid');
        }),
        { numRuns: 60 },
      );
    });

    it('needs all that it covers to be there', () => {
      expect(() => signMessage({ ...message, headers: {} }, COMPONENTS, { kid: 'k', key, at: THEN })).toThrow(
        'The message lacks a component',
      );
    });
  });

  it('that says DER is none: r and s have their width', () => {
    const key = createPrivateKey({ key: ECC_P256_PRIVATE, format: 'jwk' });
    const candidate = only(signedBy(OF_B24, SIGNATURE_B24, RESPONSE));
    const der = sign('sha256', Buffer.from(candidate.base!), { key, dsaEncoding: 'der' });
    expect(faultOf({ ...candidate, signature: der }, ECC_P256, ANY_AGE)).toBe('signature_invalid');
    const raw = sign('sha256', Buffer.from(candidate.base!), { key, dsaEncoding: 'ieee-p1363' });
    expect(faultOf({ ...candidate, signature: raw }, ECC_P256, ANY_AGE)).toBeNull();
  });

  it('counts only where it covers what it must, whole', () => {
    const candidate = only(signedBy(OF_B24, SIGNATURE_B24, RESPONSE));
    expect(faultOf(candidate, ECC_P256, { ...ANY_AGE, required: ['@status', 'ucp-agent'] })).toBe(
      'coverage_insufficient',
    );
    // Another's method, or a member of it, is not the method.
    const of = only(signedBy('a=("@method";req "content-digest";key="sha-512");keyid="k"', 'a=:AA==:', RESPONSE));
    expect([...of.covered]).toEqual([]);
  });

  it.each<[string, { created?: number; expires?: number }, string | null]>([
    ['from 61 s ago', { created: 1618884473 - 61 }, 'signature_too_old'],
    ['from ahead of every clock', { created: 1618884473 + 301 }, 'signature_too_old'],
    ['past its own end', { created: 1618884473, expires: 1618884473 }, 'signature_too_old'],
    ['before its own end', { created: 1618884473, expires: 1618884474 }, null],
    ['that says no time', {}, null],
  ])('%s', (_, { created, expires }, fault) => {
    const candidate = only(signedBy(OF_B24, SIGNATURE_B24, RESPONSE));
    const at = (seconds?: number) => (seconds === undefined ? null : new Date(seconds * 1_000));
    expect(faultOf({ ...candidate, created: at(created), expires: at(expires) }, ECC_P256, ANY_AGE)).toBe(fault);
  });

  it.each<[string, JsonWebKey]>([
    ['RSA', { kty: 'RSA', n: 'AQAB', e: 'AQAB' }],
    ['a curve that is not known', { kty: 'EC', crv: 'secp256k1', x: 'AA', y: 'AA' }],
    ['a shared secret', { kty: 'oct', k: 'AA' }],
  ])('by %s is not supported', (_, jwk) => {
    expect(faultOf(only(signedBy(OF_B24, SIGNATURE_B24, RESPONSE)), { kid: 'k', jwk }, ANY_AGE)).toBe(
      'algorithm_unsupported',
    );
  });

  it('does not choose its algorithm: that is the key’s', () => {
    const named = OF_B24.replace(';keyid', ';alg="hmac-sha256";keyid');
    expect(faultOf(only(signedBy(named, SIGNATURE_B24, RESPONSE)), ECC_P256, ANY_AGE)).toBe('algorithm_unsupported');
  });

  it('does not hold by a key whose point is on no curve', () => {
    const broken = { kid: 'k', jwk: { ...ECC_P256.jwk, y: ECC_P256.jwk.x! } };
    expect(faultOf(only(signedBy(OF_B24, SIGNATURE_B24, RESPONSE)), broken, ANY_AGE)).toBe('signature_invalid');
  });

  it('that covers something twice, or what is not there, has no base', () => {
    for (const components of [
      '"content-type" "content-type"',
      '"x-not-there"',
      '"@query-param";name="a"',
      '"content-type";bs',
      '"Content-Type"',
    ]) {
      const candidates = candidatesOf(signedBy(`a=(${components});keyid="k"`, 'a=:AA==:', RESPONSE));
      expect([components, typeof candidates === 'string' ? candidates : candidates[0]!.base]).toEqual([
        components,
        null,
      ]);
    }
  });

  it.each([
    [undefined, SIGNATURE_B24, 'signature_missing'],
    [OF_B24, undefined, 'signature_missing'],
    ['', '', 'signature_missing'],
    ['nonsense(', SIGNATURE_B24, 'signature_malformed'],
    [OF_B24, 'sig-b24=nonsense', 'signature_malformed'],
    [OF_B24, SIGNATURE_B24.replace('sig-b24', 'other'), 'signature_malformed'],
    ['sig-b24="text"', SIGNATURE_B24, 'signature_malformed'],
    ['sig-b24=("@status")', SIGNATURE_B24, 'signature_malformed'],
    ['sig-b24=(@status);keyid="k"', SIGNATURE_B24, 'signature_malformed'],
  ])('that cannot be read is none: %s %s', (input, signature, fault) => {
    const headers = { ...RESPONSE.headers, 'signature-input': input, signature };
    expect(candidatesOf({ ...RESPONSE, headers })).toBe(fault);
  });

  it('may stand beside others', () => {
    const both = signedBy(`x=("@status");keyid="k", ${OF_B24}`, `${SIGNATURE_B24}, x=:AA==:`, RESPONSE);
    const candidates = candidatesOf(both) as Candidate[];
    expect(candidates.map((candidate) => [candidate.keyId, faultOf(candidate, ECC_P256, ANY_AGE)])).toEqual([
      ['k', 'signature_invalid'],
      ['test-key-ecc-p256', null],
    ]);
  });
});

describe('A content digest of RFC 9530', () => {
  it('is as the RFC has it', () => {
    // RFC 9530, appendix B.1, of `{"hello": "world"}` and a line end.
    expect(contentDigest('{"hello": "world"}\n')).toBe('sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:');
  });

  it('is of these bytes and no others', () => {
    const header = contentDigest(REQUEST_BODY);
    expect(isDigestOf(header, REQUEST_BODY)).toBe(true);
    expect(isDigestOf(`sha-512=:AA==:, ${header}`, REQUEST_BODY)).toBe(true);
    expect(isDigestOf(header, Buffer.from('{"hello":"world"}'))).toBe(false);
  });

  it.each([undefined, '', 'sha-256', 'sha-256=abc', 'sha-256=:AA==:', 'sha-512=:AA==:', 'sha-256=(:AA==:)', ':'])(
    'is none: %s',
    (header) => {
      expect(isDigestOf(header, REQUEST_BODY)).toBe(false);
    },
  );
});
