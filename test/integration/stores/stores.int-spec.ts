import { seedDemo } from '../../../src/demo';
import { Database, statement } from '../../../src/platform/database';
import { DeliveryOptions, StoreDirectory, Stores } from '../../../src/stores';
import { startApp, type RunningApp } from '../../support/app';
import { makePartnerStore, makeStore, makeUser, usd } from '../../support/sellers';

const COUNTS = statement(
  'test.demo_counts',
  `SELECT (SELECT count(*) FROM stores)::int AS stores, (SELECT count(DISTINCT tier) FROM stores)::int AS tiers,
          (SELECT count(*) FROM products)::int AS products, (SELECT count(*) FROM variants)::int AS variants,
          (SELECT count(*) FROM price_changes)::int AS prices, (SELECT count(*) FROM users)::int AS users,
          (SELECT count(*) FROM exchange_rates)::int AS rates,
          (SELECT count(*) FROM (SELECT gtin FROM products WHERE gtin IS NOT NULL GROUP BY gtin HAVING count(DISTINCT store_id) > 1) g)::int AS shared`,
);
// Each store's cheapest way of delivery, free from its own threshold on.
const EXAMPLE = statement(
  'test.example_cart',
  `WITH wanted (store, title, size) AS (
     VALUES ('nordstrom', 'Black Dress', 'M'), ('nordstrom', 'Leather Boots', '8'), ('macys', 'Gold Necklace', NULL),
            ('old-navy', 'Jeans', '32'), ('old-navy', 'T-shirt', 'L')
   ), goods AS (
     SELECT s.id, sum((SELECT v.price_cents FROM variants v WHERE v.product_id = p.id AND v.size IS NOT DISTINCT FROM w.size LIMIT 1)) AS subtotal
       FROM wanted w JOIN stores s ON s.slug = w.store JOIN products p ON p.store_id = s.id AND p.title = w.title GROUP BY s.id
   )
   SELECT sum(subtotal + (SELECT min(CASE WHEN subtotal >= d.free_over_cents THEN 0 ELSE d.price_cents END)
                            FROM delivery_options d WHERE d.store_id = goods.id))::int AS total FROM goods`,
);

describe('Stores', () => {
  let muse: RunningApp;
  let stores: Stores;
  let directory: StoreDirectory;

  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api' });
    stores = muse.app.get(Stores, { strict: false });
    directory = muse.app.get(StoreDirectory, { strict: false });
  });

  it('gives stores of one name different slugs', async () => {
    const owner = await makeUser(muse);
    const [one, two] = [
      await makeStore(muse, owner, { name: 'Güero & Co' }),
      await makeStore(muse, owner, { name: 'Güero & Co' }),
    ];
    expect(one.slug).toBe('guero-co');
    expect(two.slug).toMatch(/^guero-co-[0-9a-f]{8}$/);
  });

  it('are at most 20 of one user, however many are made at once', async () => {
    const owner = await makeUser(muse);
    const made = await Promise.allSettled(Array.from({ length: 26 }, () => makeStore(muse, owner)));
    const refused = made
      .filter((one) => one.status === 'rejected')
      .map(({ reason }) => (reason as { code: string }).code);
    expect(refused).toEqual(Array.from({ length: 6 }, () => 'store_limit_reached'));
    await expect(makeStore(muse, owner)).rejects.toMatchObject({ code: 'store_limit_reached', status: 409 });
    await makeStore(muse, await makeUser(muse));
  });

  it('is run by its owner alone, a partner store by admins', async () => {
    const database = muse.app.get(Database);
    const [owner, other, admin] = [await makeUser(muse), await makeUser(muse), await makeUser(muse, 'admin')];
    const own = await makeStore(muse, owner);
    const partner = await makePartnerStore(muse);
    expect((await directory.ownedStore(database, owner, own.id)).id).toBe(own.id);
    expect((await directory.ownedStore(database, admin, partner.id)).id).toBe(partner.id);
    const guest = { ...owner, kind: 'guest' as const };
    for (const [caller, id] of [
      [other, own.id],
      [admin, own.id],
      [owner, partner.id],
      [guest, own.id],
    ] as const) {
      await expect(directory.ownedStore(database, caller, id)).rejects.toMatchObject({ status: 404 });
    }
  });

  it('changes only what a patch names', async () => {
    const owner = await makeUser(muse);
    const store = await makeStore(muse, owner, {
      support: { email: 'a@b.example', phone: '+1 555 0100' },
      policies: { returnsDays: 3 },
    });
    const patched = await stores.patchStore(owner, store.id, { support: { phone: null } });
    expect(patched).toMatchObject({
      name: store.name,
      support: { email: 'a@b.example', phone: null },
      policies: { returnsDays: 3 },
      version: 2,
    });
  });

  it('refuses plain http and a cart link that leads elsewhere', async () => {
    await expect(makePartnerStore(muse, { url: 'http://shop.example' })).rejects.toMatchObject({ status: 422 });
    const cartLink = { template: 'https://evil.example/cart/{items}', item: '{sku}:{quantity}', separator: ',' };
    await expect(makePartnerStore(muse, { cartLink })).rejects.toMatchObject({ status: 422 });
    const store = await makePartnerStore(muse, { hosts: ['shop.example'], url: 'https://shop.example' });
    const admin = await makeUser(muse, 'admin');
    const good = { ...cartLink, template: 'https://shop.example/cart/{items}' };
    expect(await stores.patchPartnerStore(admin, store.id, { cartLink: good })).toMatchObject({ cartLink: good });
    await expect(stores.patchPartnerStore(admin, store.id, { hosts: ['other.example'] })).rejects.toMatchObject({
      status: 422,
    });
  });

  it('keeps at most twenty delivery options, also when they come at once', async () => {
    const owner = await makeUser(muse);
    const { id } = await makeStore(muse, owner);
    const options = muse.app.get(DeliveryOptions, { strict: false });
    const body = { name: 'Standard', price: usd(500), minDays: 1, maxDays: 2 };
    const results = await Promise.allSettled(
      Array.from({ length: 25 }, () => muse.app.get(Database).transaction((tx) => options.add(tx, owner, id, body))),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(20);
    expect((await directory.deliveryOptions([id])).get(id)).toHaveLength(20);
  });

  it('seeds a demo of all four tiers within five seconds, once', async () => {
    const lines: string[] = [];
    const seed = async () => {
      const began = performance.now();
      await Promise.all([
        seedDemo(muse.app, muse.config, (line) => lines.push(line)),
        seedDemo(muse.app, muse.config, (line) => lines.push(line)),
      ]);
      return performance.now() - began;
    };
    expect(await seed()).toBeLessThan(5_000);
    const count = () => muse.app.get(Database).maybeOne<Record<string, number>>(COUNTS);
    const first = (await count())!;
    expect(first['tiers']).toBe(4);
    expect(first['products']).toBeGreaterThanOrEqual(60);
    expect(first['shared']).toBeGreaterThanOrEqual(5);
    lines.length = 0;
    expect(await seed()).toBeLessThan(200);
    expect(await count()).toEqual(first);
    expect(lines).toEqual([]);
  });

  it('seeds the goods and delivery rules of the example cart, which totals 351.93', async () => {
    await seedDemo(muse.app, muse.config, () => undefined);
    const { total } = (await muse.app.get(Database).maybeOne<{ total: number }>(EXAMPLE))!;
    expect(total).toBe(35193);
  });
});
