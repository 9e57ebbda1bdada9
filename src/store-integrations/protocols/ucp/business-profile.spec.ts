import { AnswerReader, BadAnswer } from '../answer-reader';
import { chooseVersion, keysOf, readProfile } from './business-profile';
import { CHECKOUT, DISCOUNT, FULFILLMENT, ORDER, type UcpVersion } from './ucp-versions';

const KEY = { kid: 'k1', kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'BBBB', use: 'sig', alg: 'ES256' };

function profile(version: string, changes: { ucp?: object; keys?: object } = {}) {
  const capability = (name: string, parent?: string) => ({
    [name]: [
      {
        version,
        schema: `https://ucp.dev/${version}/schemas/x.json`,
        spec: 'https://docs.example/',
        ...(parent && { extends: parent }),
      },
    ],
  });
  return {
    ucp: {
      version,
      services: {
        'dev.ucp.shopping': [
          { version, transport: 'mcp', endpoint: 'https://shop.example/mcp' },
          { version, transport: 'rest', endpoint: 'https://shop.example/ucp/v1/' },
        ],
      },
      capabilities: {
        ...capability(CHECKOUT),
        ...capability(FULFILLMENT, CHECKOUT),
        ...capability(ORDER),
        ...capability('dev.ucp.shopping.cart'),
        ...capability('com.example.loyalty'),
      },
      payment_handlers: { 'com.stripe.payments': [{ id: 'h1', version }], 'com.other': [] },
      ...changes.ucp,
    },
    ...(changes.keys ?? (version < '2026-08-25' ? { signing_keys: [KEY] } : { keys: [KEY] })),
  };
}

const reader = (value: unknown) => new AnswerReader(value);
const read = (value: unknown, version: UcpVersion) => readProfile(reader(value), version, false);

describe.each<UcpVersion>(['2026-08-25', '2026-04-08'])('A profile of %s', (version) => {
  it('says where its interface begins, what it can and how it signs', () => {
    expect(read(profile(version), version)).toEqual({
      version,
      endpoint: 'https://shop.example/ucp/v1',
      capabilities: [CHECKOUT, FULFILLMENT, ORDER],
      handlers: { 'com.stripe.payments': ['h1'], 'com.other': [] },
      keys: [{ kid: 'k1', jwk: { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'BBBB' } }],
    });
  });

  it('can only what is of the same version', () => {
    const other = [{ version: '2026-01-23' }];
    const both = [{ version: '2026-01-23' }, { version }];
    expect(
      read(profile(version, { ucp: { capabilities: { [CHECKOUT]: both, [ORDER]: other } } }), version)?.capabilities,
    ).toEqual([CHECKOUT]);
  });

  it('extends nothing that it does not have', () => {
    const only = { [FULFILLMENT]: [{ version }], [DISCOUNT]: [{ version }], [ORDER]: [{ version }] };
    expect(read(profile(version, { ucp: { capabilities: only } }), version)?.capabilities).toEqual([ORDER]);
  });

  it('may have no capabilities at all', () => {
    expect(read(profile(version, { ucp: { capabilities: undefined } }), version)?.capabilities).toEqual([]);
  });

  it.each([
    ['https://ucp.dev/x.json', true],
    ['https://shopping.ucp.dev/x.json', true],
    ['https://UCP.dev./x.json', true],
    ['https://checkout.shopping.ucp.dev/x.json', true],
    ['https://evil.example/x.json', false],
    ['https://ucp.dev@evil.example/x.json', false],
    ['https://user@ucp.dev/x.json', false],
    ['http://ucp.dev/x.json', false],
    ['https://docs.ucp.dev/x.json', false],
    ['https://dev/x.json', false],
    ['https://203.0.113.10/x.json', false],
    ['nonsense', false],
    [7, false],
  ])('has a capability only where its schema is of its namespace: %s %s', (schema, isTaken) => {
    const found = read(profile(version, { ucp: { capabilities: { [CHECKOUT]: [{ version, schema }] } } }), version);
    expect(found?.capabilities).toEqual(isTaken ? [CHECKOUT] : []);
  });

  it.each(['http://shop.example/', 'https://u:p@shop.example/', 'ftp://shop.example/', '/ucp', undefined])(
    'begins at an https address, not at %s',
    (endpoint) => {
      const services = { 'dev.ucp.shopping': [{ version, transport: 'rest', endpoint }] };
      expect(() => read(profile(version, { ucp: { services } }), version)).toThrow(BadAnswer);
    },
  );

  it('is none where nothing is sold over REST', () => {
    const services = { 'dev.ucp.shopping': [{ version, transport: 'mcp', endpoint: 'https://shop.example/' }] };
    expect(read(profile(version, { ucp: { services } }), version)).toBeNull();
    expect(read(profile(version, { ucp: { services: {} } }), version)).toBeNull();
  });

  it('is none of another version', () => {
    expect(read(profile('2026-01-23'), version)).toBeNull();
  });

  it.each([{}, [], null, { ucp: {} }, { ucp: { version: 7 } }, { ucp: [] }])('is none: %j', (document) => {
    expect(() => read(document, version)).toThrow(BadAnswer);
  });
});

describe('The keys of a profile', () => {
  it('are `keys` since 2026-08-25: one that is not there was taken back', () => {
    const old = { ...KEY, kid: 'old' };
    expect(keysOf(reader(profile('2026-08-25', { keys: { keys: [KEY], signing_keys: [old] } })))).toHaveLength(1);
    expect(keysOf(reader(profile('2026-08-25', { keys: { signing_keys: [old] } })))).toEqual([]);
  });

  it('are `signing_keys` before', () => {
    const old = { ...KEY, kid: 'old' };
    const kids = (keys: object) => keysOf(reader(profile('2026-04-08', { keys }))).map(({ kid }) => kid);
    expect(kids({ keys: [KEY], signing_keys: [old] })).toEqual(['old']);
    expect(kids({ keys: [KEY] })).toEqual(['k1']);
  });

  it('are those that may verify, public parts only, the first of a name', () => {
    const keys = [
      { ...KEY, d: 'private' },
      { ...KEY, x: 'another' },
      { ...KEY, kid: 'enc', use: 'enc' },
      { ...KEY, kid: 'ops', key_ops: ['sign'] },
      { ...KEY, kid: 'verify', key_ops: ['verify'] },
      { kid: 'rsa', kty: 'RSA', n: 'AAAA', e: 'AQAB', p: 'private' },
      { kid: 'odd', kty: 'whatever', seed: 'x' },
      { kty: 'EC' },
    ];
    expect(keysOf(reader(profile('2026-08-25', { keys: { keys } })))).toEqual([
      { kid: 'k1', jwk: { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'BBBB' } },
      { kid: 'verify', jwk: { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'BBBB' } },
      { kid: 'rsa', jwk: { kty: 'RSA', n: 'AAAA', e: 'AQAB' } },
      { kid: 'odd', jwk: { kty: 'whatever' } },
    ]);
  });
});

describe('The version that is spoken', () => {
  const choose = (value: unknown) => chooseVersion(reader(value), false);
  const older = (versions: Record<string, string>, version = '2026-08-25') =>
    profile(version, { ucp: { supported_versions: versions } });

  it.each<UcpVersion>(['2026-08-25', '2026-04-08'])('is the profile’s own: %s', (version) => {
    expect(choose(profile(version))).toMatchObject({ version, profile: { version } });
  });

  it('is the newest that both speak', () => {
    const at = 'https://shop.example/.well-known/ucp/2026-04-08';
    expect(choose(older({ '2026-04-08': at }))).toMatchObject({ version: '2026-08-25', profile: {} });
    const leaf = choose(older({ '2026-04-08': at, '2026-01-23': 'https://shop.example/x' }, '2027-02-01'));
    expect(leaf).toEqual({
      version: '2026-04-08',
      at,
      keys: [{ kid: 'k1', jwk: { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'BBBB' } }],
    });
  });

  it('is none where none is spoken by both', () => {
    expect(choose(profile('2026-01-23'))).toBeNull();
    expect(choose(older({ '2026-01-11': 'https://shop.example/x' }, '2027-02-01'))).toBeNull();
  });

  it('stands at an https address', () => {
    expect(() => choose(older({ '2026-04-08': 'http://shop.example/x' }, '2027-02-01'))).toThrow(BadAnswer);
  });
});
