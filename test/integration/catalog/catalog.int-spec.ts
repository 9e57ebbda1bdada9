import { Catalog, VariantChoice } from '../../../src/catalog';
import { Database, statement } from '../../../src/platform/database';
import { ensureDemoRates } from '../../../src/demo/demo-rates';
import { ExchangeRates } from '../../../src/pricing';
import { startApp, type RunningApp } from '../../support/app';
import { makePartnerStore, makeProduct, makeStore, makeUser, usd } from '../../support/sellers';

const EVENTS = statement('test.catalog_events', 'SELECT type, payload FROM events WHERE aggregate_id = $1 ORDER BY id');
const REWRITE = statement('test.rewrite_history', 'UPDATE price_changes SET price_cents = 1 WHERE variant_id = $1');

describe('Catalog', () => {
  let muse: RunningApp;
  let catalog: Catalog;
  let database: Database;

  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api' });
    catalog = muse.app.get(Catalog, { strict: false });
    database = muse.app.get(Database);
  });

  const shop = async () => {
    const owner = await makeUser(muse);
    const { id: storeId } = await makeStore(muse, owner);
    return { owner, storeId };
  };

  it('gives a hundred variants back in the order given', async () => {
    const { owner, storeId } = await shop();
    const skus = Array.from({ length: 100 }, (_, index) => `Z${(index * 37) % 100}`);
    const product = await makeProduct(muse, owner, storeId, {
      variants: skus.map((sku) => ({ sku, price: usd(100), onHand: 1 })),
    });
    expect(product.variants.map((variant) => variant.sku)).toEqual(skus);
    const extra = { sku: 'EXTRA', price: usd(1), onHand: 0 };
    await expect(
      database.transaction((tx) => catalog.addVariant(tx, owner, storeId, product.id, extra)),
    ).rejects.toMatchObject({
      code: 'variant_limit_reached',
    });
  });

  it('counts what may be bought without what is kept for the shop', async () => {
    const { owner, storeId } = await shop();
    const product = await makeProduct(muse, owner, storeId, {
      variants: [
        { sku: 'a', price: usd(100), onHand: 5, buffer: 2 },
        { sku: 'b', price: usd(100), onHand: 1, buffer: 2 },
      ],
    });
    expect(product.variants).toMatchObject([
      { inStock: true, availableQuantity: 3 },
      { inStock: false, availableQuantity: 0 },
    ]);
  });

  it('keeps every price, and tells of a new one', async () => {
    const { owner, storeId } = await shop();
    const product = await makeProduct(muse, owner, storeId, { variants: [{ sku: 'a', price: usd(1000), onHand: 1 }] });
    const variantId = product.variants[0]!.id;
    const patch = (body: Parameters<Catalog['patchVariant']>[3]) =>
      catalog.patchVariant(owner, storeId, variantId, body);
    expect(await patch({ price: usd(800), originalPrice: usd(1000) })).toMatchObject({
      price: usd(800),
      originalPrice: usd(1000),
    });
    await patch({ price: usd(800) });
    expect(await patch({ price: usd(1200) })).toMatchObject({ price: usd(1200), originalPrice: null });
    await expect(patch({ originalPrice: usd(1100) })).rejects.toMatchObject({ status: 422 });
    await expect(patch({ price: { amount: 5, currency: 'EUR' } })).rejects.toMatchObject({ status: 422 });
    const history = await catalog.priceHistory(owner, storeId, variantId, { limit: 20 });
    expect(history.data.map((change) => change.price.amount)).toEqual([1200, 800, 1000]);
    const events = await database.rows<{ type: string; payload: object }>(EVENTS, [variantId]);
    expect(events.filter((event) => event.type === 'catalog.variant_repriced')).toMatchObject([
      { payload: { variantId, storeId, price: 800, previousPrice: 1000 } },
      { payload: { variantId, storeId, price: 1200, previousPrice: 800 } },
    ]);
    await expect(database.rows(REWRITE, [variantId])).rejects.toThrow('append-only');
  });

  it('knows a brand whatever the case of its letters, also when two stores name it at once', async () => {
    const { owner, storeId } = await shop();
    const products = await Promise.all(
      ['Ñandú', 'ÑANDÚ', 'ñandú'].map((brand, n) => makeProduct(muse, owner, storeId, { brand, title: `T${n}` })),
    );
    expect(new Set(products.map((product) => product.brand)).size).toBe(1);
  });

  it('has one variant per SKU and store', async () => {
    const { owner, storeId } = await shop();
    const variants = [{ sku: 'same', price: usd(1), onHand: 1 }];
    await makeProduct(muse, owner, storeId, { variants });
    await expect(makeProduct(muse, owner, storeId, { variants })).rejects.toMatchObject({
      code: 'sku_taken',
      status: 409,
    });
    await expect(makeProduct(muse, owner, storeId, { variants: [...variants, ...variants] })).rejects.toMatchObject({
      status: 422,
    });
    const racing = await Promise.allSettled(
      Array.from({ length: 5 }, () =>
        makeProduct(muse, owner, storeId, { variants: [{ sku: 'raced', price: usd(1), onHand: 1 }] }),
      ),
    );
    expect(racing.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    const codes = racing.flatMap((result) =>
      result.status === 'rejected' ? [(result.reason as { code: string }).code] : [],
    );
    expect(new Set(codes)).toEqual(new Set(['sku_taken']));
    const other = await shop();
    await makeProduct(muse, other.owner, other.storeId, { variants });
  });

  it('shows another merchant nothing', async () => {
    const { owner, storeId } = await shop();
    const other = await shop();
    const product = await makeProduct(muse, owner, storeId);
    const variantId = product.variants[0]!.id;
    const admin = await makeUser(muse, 'admin');
    for (const caller of [other.owner, admin]) {
      await expect(catalog.get(caller, storeId, product.id)).rejects.toMatchObject({ status: 404 });
      await expect(catalog.list(caller, storeId, { limit: 5 })).rejects.toMatchObject({ status: 404 });
      await expect(catalog.patchVariant(caller, storeId, variantId, { price: usd(1) })).rejects.toMatchObject({
        status: 404,
      });
      await expect(catalog.priceHistory(caller, storeId, variantId, { limit: 5 })).rejects.toMatchObject({
        status: 404,
      });
    }
    // By way of one's own store neither.
    await expect(catalog.patchVariant(other.owner, other.storeId, variantId, { price: usd(1) })).rejects.toMatchObject({
      status: 404,
    });
    await expect(catalog.get(other.owner, other.storeId, product.id)).rejects.toMatchObject({ status: 404 });
    await expect(catalog.priceHistory(other.owner, other.storeId, variantId, { limit: 5 })).rejects.toMatchObject({
      status: 404,
    });
  });

  it('lets admins keep the goods of partner stores, whose pages are on their hosts', async () => {
    const admin = await makeUser(muse, 'admin');
    const store = await makePartnerStore(muse);
    const url = `${store.url}/p/1`;
    expect(await makeProduct(muse, admin, store.id, { url })).toMatchObject({ url });
    await expect(makeProduct(muse, admin, store.id, { url: 'https://elsewhere.example/p' })).rejects.toMatchObject({
      status: 422,
    });
    const { owner } = await shop();
    await expect(makeProduct(muse, owner, store.id)).rejects.toMatchObject({ status: 404 });
  });

  it('finds the variant of another size or colour', async () => {
    const { owner, storeId } = await shop();
    const of = (sku: string, size: string | null, color: string | null) => ({
      sku,
      size,
      color,
      price: usd(1),
      onHand: 1,
    });
    const product = await makeProduct(muse, owner, storeId, {
      variants: [of('sb', 'S', 'Black'), of('mb', 'M', 'Black'), of('sr', 'S', 'Red'), of('plain', null, null)],
    });
    const [first] = product.variants;
    const choice = muse.app.get(VariantChoice, { strict: false });
    const pick = (size: string | null, color: string | null) =>
      choice.inSizeAndColor(database, first!.id, { size, color });
    expect(await pick('M', 'Black')).toMatchObject({ sku: 'mb' });
    expect(await pick('s', 'red')).toMatchObject({ sku: 'sr', size: 'S', color: 'Red' });
    expect(await pick(null, null)).toMatchObject({ sku: 'plain' });
    expect(await pick('M', 'Red')).toBeUndefined();
    await catalog.archiveVariant(owner, storeId, product.variants[1]!.id);
    expect(await pick('M', 'Black')).toBeUndefined();
  });

  it('shows prices in the second currency at the present rate', async () => {
    const { owner, storeId } = await shop();
    const rates = muse.app.get(ExchangeRates, { strict: false });
    await database.transaction((tx) => ensureDemoRates(tx, rates));
    rates.forget();
    const product = await makeProduct(muse, owner, storeId, { variants: [{ sku: 'a', price: usd(1000), onHand: 1 }] });
    const shown = await catalog.get(owner, storeId, product.id);
    expect(shown.variants[0]!.priceIn).toEqual({ VES: { amount: 36500, currency: 'VES' } });
  });
});
