import { randomUUID } from 'node:crypto';
import { Stores } from '../../src/stores';
import { Database } from '../../src/platform/database';
import { StorePlatforms } from '../../src/store-integrations/platforms/store-platforms';
import { startApp, type RunningApp } from '../support/app';
import { makeUser, signIn } from '../support/sellers';
import {
  API,
  begin,
  customer,
  eventually,
  followed,
  guest,
  place,
  settled,
  shopperOf,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';
import { OTHER_PAGES, SHOP_PAGES, profileWith, serveShop } from '../support/shop-pages';
import { understoodBy } from '../support/store-carts';

type Site = Awaited<ReturnType<typeof serveShop>>;

describe('What a partner store runs', () => {
  let muse: RunningApp;
  let admin: Shopper;
  let shop: Site;
  let other: Site;
  let hidden: Site;

  beforeAll(async () => {
    [shop, other] = await Promise.all([
      serveShop(SHOP_PAGES['woocommerce']!),
      serveShop(OTHER_PAGES['an empty answer']!),
    ]);
    hidden = await serveShop(SHOP_PAGES['shopify']!);
    muse = await startApp({ SANDBOX_ORIGINS: `${shop.origin},${other.origin}` });
    const user = await makeUser(muse, 'admin');
    admin = shopperOf(muse, user.id, await signIn(muse, user));
  });
  beforeEach(() => {
    shop.set({ status: 200, headers: {}, files: {}, ...SHOP_PAGES['woocommerce']! });
    other.set({ status: 200, headers: {}, files: {}, ...OTHER_PAGES['an empty answer']! });
    shop.hits.length = 0;
    hidden.hits.length = 0;
  });

  const look = (url: string) => admin.get(`/admin/platforms?url=${encodeURIComponent(url)}`);
  const open = async (more: object = {}): Promise<Body> => {
    const { host } = new URL(shop.origin);
    const body = {
      ...{ name: `Shop ${randomUUID().slice(0, 8)}`, currency: 'USD', country: 'US', tier: 'redirect' },
      url: `${shop.origin}/p/1`,
      hosts: [host],
      ...more,
    };
    return (await admin.post('/admin/stores', body).expect(201)).body;
  };
  const platformOf = async (id: string): Promise<Body> =>
    (await admin.get(`/admin/stores/${id}/platform`).expect(200)).body;
  const seen = (id: string) => eventually(async () => ((await platformOf(id)).lookedAt ? platformOf(id) : undefined));

  describe('is seen from a product’s page', () => {
    it.each(Object.entries(SHOP_PAGES))('%s', async (name, page) => {
      shop.set(page);
      const { body } = await look(`${shop.origin}/p/1`).expect(200);
      expect(body).toMatchObject({ platform: name.split(',')[0], permalink: null, fault: null });
      expect(body.links.by).toBe(
        ['adobe_commerce', 'opencart', 'prestashop', 'squarespace'].includes(body.platform) ? 'pages' : 'platform',
      );
    });

    it.each(Object.entries(OTHER_PAGES))('not of %s', async (_, page) => {
      shop.set(page);
      expect((await look(`${shop.origin}/p/1`).expect(200)).body).toMatchObject({
        ...{ platform: null, evidence: [], fault: null, links: { by: 'pages', warnings: ['no_cart_link'] } },
      });
    });

    it.each([
      ['shopify', '/cart.js', JSON.stringify({ token: 'x', items: [], item_count: 0, total_price: 0 })],
      [
        'woocommerce_classic',
        '/wp-json/',
        JSON.stringify({ name: 'x', namespaces: ['oembed/1.0', 'wc/v3', 'wc/store/v1'] }),
      ],
      [
        'vtex',
        '/api/catalog_system/pub/category/tree/1',
        JSON.stringify([{ id: 1, name: 'Shirts', hasChildren: true, children: [] }]),
      ],
      ['adobe_commerce', '/magento_version', 'Magento/2.4 (Community)'],
    ])(
      '%s by a file at a well-known place, where the page says nothing, or is refused to programs',
      async (platform, path, file) => {
        shop.set({ ...OTHER_PAGES['a site of its own making']!, status: 403, files: { [path]: file } });
        expect((await look(`${shop.origin}/p/1`).expect(200)).body).toMatchObject({
          ...{
            platform,
            evidence: [`path:${path === '/api/catalog_system/pub/category/tree/1' ? '/api/catalog_system' : path}`],
            fault: 'http_403',
          },
        });
        // A page that answers everything alike is no such file.
        shop.set({ files: { [path]: '<html>Welcome</html>' } });
        expect((await look(`${shop.origin}/p/1`).expect(200)).body.platform).toBeNull();
      },
    );

    it('with the permalink of its profile, which its own site may offer and nobody else’s', async () => {
      const profile = (text: string) => shop.set({ files: { '/.well-known/ucp': text } });
      profile(profileWith(`${shop.origin}/buy`));
      const { body } = await look(`${shop.origin}/p/1`).expect(200);
      expect(body).toMatchObject({
        permalink: `${shop.origin}/buy`,
        links: { by: 'permalink', carries: ['email', 'postalCode', 'discountCodes'] },
      });
      for (const text of [
        profileWith('https://evil.example/buy'),
        profileWith(`${other.origin}/buy`),
        profileWith(`${shop.origin}/buy`, '2026-04-08'),
        '{',
        '[]',
        'null',
      ]) {
        profile(text);
        expect((await look(`${shop.origin}/p/1`).expect(200)).body.permalink).toBeNull();
      }
      shop.set({
        files: { '/.well-known/ucp': { location: '/elsewhere' }, '/elsewhere': profileWith(`${shop.origin}/buy`) },
      });
      expect((await look(`${shop.origin}/p/1`).expect(200)).body.permalink).toBeNull();
    });

    it('from nowhere that the network of the server is', async () => {
      for (const url of [
        hidden.origin,
        'http://127.0.0.1:1/',
        'http://localhost/',
        'http://169.254.169.254/latest/meta-data/',
        'http://[::1]/',
        'http://10.0.0.1/',
        'http://2130706433/',
        'http://user:pass@127.0.0.1/',
      ]) {
        const { status, body } = await look(url);
        expect([url, status === 400 ? 'address_refused' : body.fault]).toEqual([url, 'address_refused']);
        expect(body.platform ?? null).toBeNull();
      }
      shop.set({ html: '', files: {}, status: 302, headers: { location: `${hidden.origin}/p/1` } });
      expect((await look(`${shop.origin}/p/1`).expect(200)).body).toMatchObject({ platform: null });
      expect(hidden.hits).toEqual([]);
    });

    it('from nothing that stands at another’s site', async () => {
      other.set(SHOP_PAGES['shopify']!);
      shop.set({ html: '', status: 302, headers: { location: `${other.origin}/p/1` } });
      expect((await look(`${shop.origin}/p/1`).expect(200)).body).toMatchObject({
        platform: null,
        fault: 'led_elsewhere',
      });
    });

    it('by admins alone, of what is an address', async () => {
      const path = `/admin/platforms?url=${encodeURIComponent(shop.origin)}`;
      await muse.http.get(`${API}${path}`).expect(401);
      await (await customer(muse)).get(path).expect(403);
      await (await guest(muse)).get(path).expect(403);
      for (const query of ['', '?url=', '?url=ftp://x.example', '?url=shop', '?url=https://a.example&other=1'])
        await admin.get(`/admin/platforms${query}`).expect(400);
    });
  });

  describe('of a store', () => {
    it('that is made without a platform is seen, and its links are made by it from then on', async () => {
      const store = await open();
      expect(store.platform).toBeNull();
      const told = await seen(store.id);
      expect(told).toMatchObject({
        platform: 'woocommerce',
        seen: 'woocommerce',
        pageUrl: null,
        fault: null,
        links: { by: 'platform' },
      });
      const variants = [{ sku: 'W-1', externalId: '4711', price: { amount: 1500, currency: 'USD' }, onHand: 9 }];
      const product = { title: 'Cup', url: `${shop.origin}/p/1`, variants };
      const { body } = await admin.post(`/merchant/stores/${store.id}/products`, product).expect(201);
      const shopper = await guest(muse);
      await shopper.post('/cart/items', { variantId: body.variants[0].id, quantity: 2 }).expect(200);
      const session = await begin(shopper);
      await place(shopper, session).expect(202);
      const { stores } = await settled(shopper, session.id);
      expect(understoodBy('woocommerce', (await followed(stores[0].continueUrl))!)).toMatchObject({
        site: shop.origin,
        goods: { 4711: 2 },
      });
    });

    it('that an admin said something of is not looked at, and stays what was said', async () => {
      const store = await open({ platform: 'of our own' });
      const made = await open();
      await seen(made.id);
      expect(await platformOf(store.id)).toMatchObject({
        platform: 'of our own',
        seen: null,
        lookedAt: null,
        nextLookAt: null,
      });
      const { body } = await admin.put(`/admin/stores/${store.id}/platform`, {}).expect(200);
      expect(body).toMatchObject({ platform: 'of our own', seen: 'woocommerce' });
      const applied = await admin.put(`/admin/stores/${store.id}/platform`, { apply: true }).expect(200);
      expect(applied.body).toMatchObject({
        platform: 'woocommerce',
        links: { by: 'platform', warnings: ['empties_cart'] },
      });
    });

    it('leads by its permalink at once when its profile offers one, and no more when it is taken back', async () => {
      const store = await open({ platform: 'woocommerce' });
      const variants = [{ sku: 'W-1', externalId: '4711', price: { amount: 1500, currency: 'USD' }, onHand: 99 }];
      const product = { title: 'Cup', url: `${shop.origin}/p/1`, variants };
      const { body } = await admin.post(`/merchant/stores/${store.id}/products`, product).expect(201);
      const leads = async () => {
        const shopper = await guest(muse);
        await shopper.post('/cart/items', { variantId: body.variants[0].id, quantity: 1 }).expect(200);
        const session = await begin(shopper);
        await place(shopper, session).expect(202);
        return new URL((await followed((await settled(shopper, session.id)).stores[0].continueUrl))!).pathname;
      };
      expect(await leads()).toBe('/checkout-link/');
      shop.set({ files: { '/.well-known/ucp': profileWith(`${shop.origin}/buy`) } });
      await admin.put(`/admin/stores/${store.id}/platform`, {}).expect(200);
      expect(await leads()).toBe('/buy/4711:1');
      shop.set({ files: {} });
      await again(store.id);
      expect((await platformOf(store.id)).permalink).toBeNull();
      expect(await leads()).toBe('/checkout-link/');
    });

    const due = (id: string) =>
      sql(muse, `UPDATE store_platforms SET next_look_at = now() - interval '1 second' WHERE store_id = $1`, [id]);
    /** Until what was seen is written, whoever looked: whoever looks puts the next look off by minutes first, and then by hours. */
    const isSeen = async (id: string) => {
      const rows = `SELECT FROM store_platforms WHERE store_id = $1 AND next_look_at > now() + interval '30 minutes'`;
      return (await sql(muse, rows, [id])).length > 0;
    };
    /** As the sweep does, when its time has come. */
    const again = async (id: string) => {
      await due(id);
      await muse.app.get(StorePlatforms, { strict: false }).runOnce(id);
      await eventually(() => isSeen(id));
    };

    it('keeps what was seen while its site does not answer, its permalink for two days', async () => {
      const store = await open({ platform: 'woocommerce' });
      shop.set({ files: { '/.well-known/ucp': profileWith(`${shop.origin}/buy`) } });
      await admin.put(`/admin/stores/${store.id}/platform`, {}).expect(200);
      shop.set({ status: 500, files: {}, html: '' });
      await again(store.id);
      expect(await platformOf(store.id)).toMatchObject({
        seen: 'woocommerce',
        permalink: `${shop.origin}/buy`,
        fault: 'http_500',
      });
      await sql(muse, `UPDATE store_platforms SET looked_at = now() - interval '49 hours' WHERE store_id = $1`, [
        store.id,
      ]);
      await again(store.id);
      expect(await platformOf(store.id)).toMatchObject({ seen: 'woocommerce', permalink: null, fault: 'http_500' });
    });

    it('is looked at by one at a time, and again when it is due', async () => {
      const store = await open({ platform: 'x' });
      await admin.put(`/admin/stores/${store.id}/platform`, {}).expect(200);
      const platforms = muse.app.get(StorePlatforms, { strict: false });
      shop.hits.length = 0;
      await platforms.runOnce(store.id);
      expect(shop.hits).toEqual([]);
      await due(store.id);
      await Promise.all([platforms.runOnce(store.id), platforms.runOnce(store.id), platforms.runOnce(store.id)]);
      await eventually(() => isSeen(store.id));
      expect(shop.hits.filter((path) => path === '/p/1')).toHaveLength(1);
      await due(store.id);
      shop.hits.length = 0;
      await eventually(async () => {
        await platforms.sweep();
        return shop.hits.includes('/p/1');
      });
    });

    it('is not looked at where its name leads nowhere', async () => {
      const store = await open({ url: 'https://shop.example', hosts: ['shop.example'] });
      expect(
        await eventually(async () => ((await platformOf(store.id)).fault ? platformOf(store.id) : undefined)),
      ).toMatchObject({
        ...{ platform: null, fault: 'no_answer', lookedAt: null, nextLookAt: expect.any(String) },
      });
    });

    it('is for admins, of partner stores, and of pages on their hosts', async () => {
      const store = await open({ platform: 'x' });
      const at = `/admin/stores/${store.id}/platform`;
      await muse.http.get(`${API}${at}`).expect(401);
      await muse.http.put(`${API}${at}`).send({}).expect(401);
      const stranger = await customer(muse);
      await stranger.get(at).expect(403);
      await stranger.put(at, {}).expect(403);
      await admin.get(`/admin/stores/${randomUUID()}/platform`).expect(404);
      await admin.put(`/admin/stores/${randomUUID()}/platform`, {}).expect(404);
      const stores = muse.app.get(Stores, { strict: false });
      const owner = await makeUser(muse);
      const caller = { kind: 'user', id: owner.id, roles: ['shopper'], privacy: 'standard' } as const;
      const own = await muse.app
        .get(Database, { strict: false })
        .transaction((tx) =>
          stores.makeStore(tx, { ...caller, roles: ['shopper'] }, { name: 'Mine', currency: 'USD', country: 'US' }),
        );
      await admin.get(`/admin/stores/${own.id}/platform`).expect(404);
      await admin.put(`/admin/stores/${own.id}/platform`, {}).expect(404);
      await admin.put(at, { pageUrl: `${other.origin}/p/1` }).expect(422);
      for (const body of [{ pageUrl: 'x' }, { pageUrl: 7 }, { apply: 'yes' }, { url: shop.origin }])
        await admin.put(at, body).expect(400);
      const { body } = await admin.put(at, { pageUrl: `${shop.origin}/` }).expect(200);
      expect(body.pageUrl).toBe(`${shop.origin}/`);
    });
  });
});
