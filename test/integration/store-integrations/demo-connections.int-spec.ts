import { seedDemo } from '../../../src/demo';
import { ConnectionSettings } from '../../../src/store-integrations';
import { startApp, type RunningApp } from '../../support/app';
import { makeUser } from '../../support/sellers';
import { sql } from '../../support/shopper';

const URLS = { walmart: 'http://127.0.0.1:4301', target: 'http://127.0.0.1:4302' };

let muse: RunningApp;
beforeAll(async () => {
  muse = await startApp({
    ...{ MUSE_ROLE: 'api', MUSE_DEMO_STORES: JSON.stringify(URLS), SANDBOX_ORIGINS: Object.values(URLS).join(',') },
  });
});

const seed = () => seedDemo(muse.app, muse.config, () => undefined);
const connections = () =>
  sql(
    muse,
    `SELECT s.name, c.protocol, c.base_url, c.issuer, c.enabled, c.version
       FROM store_connections c JOIN stores s ON s.id = c.store_id ORDER BY s.name`,
  );
const goods = () => sql(muse, `SELECT external_id FROM variants WHERE external_id ~ '^(WM|TG)-' ORDER BY external_id`);

it('The demo stores are connected to the sandboxes that run beside the server, with goods that these sell', async () => {
  await seed();
  expect(await connections()).toMatchObject([
    { name: 'Target', protocol: 'acp', base_url: URLS.target, issuer: URLS.target, enabled: true },
    { name: 'Walmart', protocol: 'ucp', base_url: URLS.walmart, issuer: URLS.walmart, enabled: true },
  ]);
  expect((await goods()).map((row) => row.external_id)).toEqual(expect.arrayContaining(['TG-1', 'WM-1', 'WM-2']));
});

it('Another start changes nothing of it', async () => {
  const before = [await connections(), await goods()];
  await seed();
  expect([await connections(), await goods()]).toEqual(before);
});

it('A connection that leads elsewhere is brought back', async () => {
  const admin = await makeUser(muse, 'admin');
  const [{ store_id: storeId }] = (await sql(
    muse,
    `SELECT c.store_id FROM store_connections c JOIN stores s ON s.id = c.store_id WHERE s.name = 'Walmart'`,
  )) as [{ store_id: string }];
  const settings = muse.app.get(ConnectionSettings, { strict: false });
  await settings.put(admin, storeId, { protocol: 'ucp', baseUrl: URLS.target, oauth: null });
  await seed();
  expect(await settings.read(admin, storeId)).toMatchObject({ baseUrl: URLS.walmart, oauth: { issuer: URLS.walmart } });
});
