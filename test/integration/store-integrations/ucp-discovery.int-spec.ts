import { createServer, type Server } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { Database } from '../../../src/platform/database';
import { SafeClient } from '../../../src/platform/http-client';
import { StoreFault } from '../../../src/store-integrations/protocols/store-fault';
import { StoreHttp } from '../../../src/store-integrations/protocols/store-http';
import { StoreProfiles } from '../../../src/store-integrations/protocols/ucp/store-profiles';
import { startApp, type RunningApp } from '../../support/app';
import { makePartnerStore } from '../../support/sellers';
import { sql } from '../../support/shopper';
import { openUcpShop, signingKey, type UcpShop } from '../../support/ucp-shop';

/** With a sandbox of its own for each test: whatever else is asked is of the world outside. */
class Client extends SafeClient {
  constructor(muse: RunningApp, sandbox: string[] = []) {
    super({ ...muse.config, isProduction: false, SANDBOX_ORIGINS: sandbox } as RunningApp['config']);
  }
}

describe('Discovery of a UCP store', () => {
  let muse: RunningApp;
  let database: Database;
  const clients: SafeClient[] = [];

  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api' });
    database = muse.app.get(Database, { strict: false });
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.onModuleDestroy();
  });

  function through(client: SafeClient): StoreProfiles {
    clients.push(client);
    return new StoreProfiles(new StoreHttp(client), database);
  }
  const storeAt = async (baseUrl: string) => ({ id: (await makePartnerStore(muse)).id, baseUrl });
  async function open(version?: string) {
    const shop = await openUcpShop(version);
    return { shop, store: await storeAt(shop.url), profiles: through(new Client(muse, [shop.url])) };
  }
  const faultOf = (asking: Promise<unknown>) =>
    asking.then(
      () => 'answered',
      (error: unknown) => (error instanceof StoreFault ? `${error.kind}: ${error.code}` : String(error)),
    );
  const expire = (store: { id: string }) =>
    sql(muse, `UPDATE store_profiles SET fresh_until = now() - interval '1 second' WHERE store_id = $1`, [store.id]);

  it('asks once, and keeps what it was told as long as the store allows', async () => {
    const { shop, store, profiles } = await open();
    shop.profile = (profile) => ({ body: profile, headers: { 'cache-control': 'public, max-age=300' } });
    const found = await profiles.of(store);
    expect(found).toMatchObject({ version: '2026-08-25', endpoint: `${shop.url}/ucp` });
    expect(await profiles.of(store)).toEqual(found);
    expect(shop.profiles.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /.well-known/ucp']);
    const [{ life }] = await sql(
      muse,
      `SELECT round(extract(epoch FROM fresh_until - fetched_at))::int AS life FROM store_profiles WHERE store_id = $1`,
      [store.id],
    );
    expect(life).toBe(300);
  });

  it('asks once when many want to know at once', async () => {
    const { shop, store, profiles } = await open();
    const found = await Promise.all(Array.from({ length: 20 }, () => profiles.of(store)));
    expect(new Set(found.map(({ endpoint }) => endpoint)).size).toBe(1);
    expect(shop.profiles).toHaveLength(1);
  });

  it('asks whether it is still so, and keeps what it knows where it is', async () => {
    const { shop, store, profiles } = await open();
    shop.profile = (profile) => ({ body: profile, headers: { etag: '"v1"' } });
    const found = await profiles.of(store);
    await expire(store);
    shop.profile = () => ({ status: 304 });
    expect(await profiles.of(store)).toEqual(found);
    expect(await profiles.of(store)).toEqual(found);
    expect(shop.profiles.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"v1"']);
  });

  it('believes a store that does not answer what it said, for two days, and asks it once a minute', async () => {
    const { shop, store, profiles } = await open();
    const found = await profiles.of(store);
    shop.profile = () => ({ status: 500 });
    await expire(store);
    expect(await profiles.of(store)).toEqual(found);
    expect(await profiles.of(store)).toEqual(found);
    expect(shop.profiles).toHaveLength(2);
    await expire(store);
    await sql(muse, `UPDATE store_profiles SET fetched_at = now() - interval '49 hours' WHERE store_id = $1`, [
      store.id,
    ]);
    expect(await faultOf(profiles.of(store))).toBe('unavailable: no_profile');
  });

  it('waits no longer for a profile than the call has time', async () => {
    const { shop, store, profiles } = await open();
    shop.profile = () => undefined as never;
    const begun = performance.now();
    expect(await faultOf(profiles.of(store, 300))).toBe('unavailable: timed_out');
    expect(performance.now() - begun).toBeLessThan(3_000);
  });

  it('asks anew where an admin has given another address', async () => {
    const { store, profiles } = await open();
    await profiles.of(store);
    expect(await faultOf(profiles.of({ ...store, baseUrl: 'https://127.0.0.1:1' }))).toBe(
      'unavailable: address_refused',
    );
  });

  it('takes the profile of the newest version that both speak', async () => {
    const { shop, store, profiles } = await open('2027-02-01');
    const leaf = await openUcpShop('2026-04-08');
    const at = `${shop.url}/.well-known/ucp/2026-04-08`;
    const root = signingKey('root');
    shop.profile = (profile) =>
      shop.profiles.length === 1
        ? { body: { ...profile, keys: [root.jwk], ucp: { ...profile.ucp, supported_versions: { '2026-04-08': at } } } }
        : { body: { ucp: oldUcp(shop), signing_keys: [leaf.key.jwk] } };
    const found = await profiles.of(store);
    expect(found.version).toBe('2026-04-08');
    expect(found.keys.map(({ kid }) => kid)).toEqual(['shop-1', 'root']);
    expect(shop.profiles.map(({ path }) => path)).toEqual(['/.well-known/ucp', '/.well-known/ucp/2026-04-08']);
  });

  function oldUcp(shop: UcpShop, version = '2026-04-08') {
    return {
      version,
      services: { 'dev.ucp.shopping': [{ version, transport: 'rest', endpoint: `${shop.url}/old` }] },
      capabilities: {},
      payment_handlers: {},
    };
  }

  it.each<[string, (shop: UcpShop) => UcpShop['profile'], string]>([
    ['leads elsewhere', () => () => ({ status: 302, headers: { location: '/elsewhere' } }), 'redirected'],
    [
      'leads to another host',
      () => () => ({ status: 308, headers: { location: 'https://example.com/' } }),
      'redirected',
    ],
    ['is not there', () => () => ({ status: 404 }), 'no_profile'],
    ['says nothing', () => () => ({ status: 204 }), 'no_profile'],
    ['is a page', () => () => ({ body: '<html>' }), 'bad_answer'],
    ['is nested without end', () => () => ({ body: '['.repeat(500_000) }), 'bad_answer'],
    ['is longer than any profile', () => () => ({ body: `"${'x'.repeat(1024 * 1024)}"` }), 'answer_too_long'],
    [
      'is of a version that nobody here speaks',
      () => (profile) => ({ body: { ...profile, ucp: { ...profile.ucp, version: '2025-01-01' } } }),
      'version_unsupported',
    ],
    [
      'names a profile of another version than it says',
      (shop) => (profile) =>
        shop.profiles.length === 1
          ? {
              body: {
                ...profile,
                ucp: {
                  ...profile.ucp,
                  version: '2027-01-01',
                  supported_versions: { '2026-04-08': `${shop.profileUrl}/o` },
                },
              },
            }
          : { body: { ucp: oldUcp(shop, '2026-01-23') } },
      'version_unsupported',
    ],
    [
      'sells over nothing that Muse speaks',
      () => (profile) => ({ body: { ...profile, ucp: { ...profile.ucp, services: {} } } }),
      'version_unsupported',
    ],
    [
      'begins its interface at no https address',
      () => (profile) => ({
        body: {
          ...profile,
          ucp: {
            ...profile.ucp,
            services: {
              'dev.ucp.shopping': [{ version: '2026-08-25', transport: 'rest', endpoint: 'ftp://x.example/' }],
            },
          },
        },
      }),
      'bad_answer',
    ],
  ])('finds no store whose profile %s', async (_, profile, code) => {
    const { shop, store, profiles } = await open();
    shop.profile = profile(shop);
    expect(await faultOf(profiles.of(store))).toBe(`unavailable: ${code}`);
    expect(await sql(muse, 'SELECT 1 FROM store_profiles WHERE store_id = $1', [store.id])).toEqual([]);
  });

  it.each([
    ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '017700000001', '①②⑦.0.0.1', '%31%32%37.0.0.1'],
    ...['0.0.0.0', '0', '[::]', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[64:ff9b::7f00:1]'],
    ...[
      '10.0.0.1',
      '172.16.0.1',
      '192.168.1.1',
      '100.64.0.1',
      '169.254.169.254',
      '2852039166',
      '[fe80::1]',
      '[fd00::1]',
    ],
    ...['[2002:7f00:1::]', '198.18.0.1', '224.0.0.1', '255.255.255.255', 'localhost', 'x.localhost'],
  ])('asks nobody at %s', async (host) => {
    let asked = 0;
    const server = await listening(() => asked++);
    const { port } = server.address() as AddressInfo;
    const profiles = through(new Client(muse));
    const fault = await faultOf(profiles.of(await storeAt(`https://${host}:${port}`)));
    expect(fault).toMatch(/^unavailable: (address_refused|connect_failed)$/);
    expect(asked).toBe(0);
    server.close();
  });

  it.each([['127.0.0.1'], ['10.0.0.1'], ['169.254.169.254'], ['::1'], ['::ffff:127.0.0.1'], ['fd00::1']])(
    'asks nobody whose name leads to %s',
    async (address) => {
      class Resolving extends Client {
        protected override readonly resolve: LookupFunction = (_name, options, done) => {
          const family = address.includes(':') ? 6 : 4;
          if (options.all) done(null, [{ address, family }]);
          else done(null, address, family);
        };
      }
      const profiles = through(new Resolving(muse));
      expect(await faultOf(profiles.of(await storeAt('https://shop.example')))).toBe('unavailable: address_refused');
    },
  );

  it.each(['http://shop.example', 'http://93.184.216.34'])('asks nobody without TLS: %s', async (baseUrl) => {
    expect(await faultOf(through(new Client(muse)).of(await storeAt(baseUrl)))).toBe('unavailable: address_refused');
  });

  it('asks for a key that it does not know once a minute', async () => {
    const { shop, store, profiles } = await open();
    await profiles.of(store);
    const asked = await Promise.all(Array.from({ length: 5 }, () => profiles.again(store)));
    expect(asked.filter((profile) => profile !== null)).toHaveLength(1);
    expect(shop.profiles).toHaveLength(2);
    expect(await profiles.again(store)).toBeNull();
    await sql(muse, `UPDATE store_profiles SET asked_again_at = now() - interval '61 seconds' WHERE store_id = $1`, [
      store.id,
    ]);
    expect(await profiles.again(store)).not.toBeNull();
  });
});

async function listening(onRequest: () => void): Promise<Server> {
  const server = createServer((_, response) => {
    onRequest();
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return server;
}
