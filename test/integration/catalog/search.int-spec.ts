import { Client } from 'pg';
import type { ListProductsRequest } from '../../../src/catalog/dto/list-products.request';
import { Catalog } from '../../../src/catalog';
import { listStatement } from '../../../src/catalog/product-rows';
import { ProductSearch } from '../../../src/catalog/product-search';
import { Stores } from '../../../src/stores';
import { startApp, type RunningApp } from '../../support/app';
import { makeProduct, makeStore, makeUser, usd } from '../../support/sellers';

describe('ProductSearch', () => {
  let muse: RunningApp;
  let search: ProductSearch;

  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api' });
    search = muse.app.get(ProductSearch, { strict: false });
  });

  const titles = async (query: Partial<ListProductsRequest>): Promise<string[]> =>
    (await search.list({ limit: 20, ...query })).data.map((product) => product.title);

  const shop = async () => {
    const owner = await makeUser(muse);
    const store = await makeStore(muse, owner);
    const add = (title: string, overrides: Parameters<typeof makeProduct>[3] = {}) =>
      makeProduct(muse, owner, store.id, { title, ...overrides });
    return { owner, storeId: store.id, add };
  };

  it('finds whole words, stems, accents left away, and the beginning of the last word', async () => {
    const { storeId, add } = await shop();
    await add('Black Dresses');
    await add('Pantalón Ancho');
    expect(await titles({ storeId, q: 'dress' })).toEqual(['Black Dresses']);
    expect(await titles({ storeId, q: 'black dre' })).toEqual(['Black Dresses']);
    expect(await titles({ storeId, q: 'pantalon' })).toEqual(['Pantalón Ancho']);
    expect(await titles({ storeId, q: 'PANTALÓN' })).toEqual(['Pantalón Ancho']);
    expect(await titles({ storeId, q: 'panta' })).toEqual(['Pantalón Ancho']);
    expect(await titles({ storeId, q: 'black -dresses' })).toEqual([]);
    expect(await titles({ storeId, q: 'ancho or dress' })).toHaveLength(2);
    expect(await titles({ storeId, q: 'dre black' })).toEqual([]);
  });

  it.each(["'", '"', '((', ':*', '& | !', '-', 'or', '\\', '%', '   '])('is not upset by %s', async (q) => {
    await expect(titles({ q })).resolves.toBeInstanceOf(Array);
  });

  it('puts a match in the title before one in the description', async () => {
    const { storeId, add } = await shop();
    await add('Velvet jacket');
    await add('Plain jacket', { description: 'Goes with velvet.' });
    expect(await titles({ storeId, q: 'velvet' })).toEqual(['Velvet jacket', 'Plain jacket']);
  });

  it('filters by brand, category, GTIN, price and stock', async () => {
    const { storeId, add } = await shop();
    const variant = (sku: string, price: number, onHand: number) => ({ sku, price: usd(price), onHand });
    await add('A', {
      brand: 'Lola',
      category: 'Dresses',
      gtin: '036000291452',
      variants: [variant('a1', 1000, 0), variant('a2', 3000, 5)],
    });
    await add('B', { brand: 'LOLA', category: 'dresses', variants: [variant('b', 2000, 0)] });
    await add('C', { brand: 'Other', variants: [variant('c', 5000, 3)] });
    expect(await titles({ storeId, brand: 'lola' })).toEqual(['B', 'A']);
    expect(await titles({ storeId, category: 'DRESSES' })).toEqual(['B', 'A']);
    expect(await titles({ storeId, gtin: '0036000291452' })).toEqual(['A']);
    expect(await titles({ storeId, minPrice: 2000, maxPrice: 3000 })).toEqual(['B', 'A']);
    expect(await titles({ storeId, inStock: true })).toEqual(['C', 'A']);
    expect(await titles({ storeId, inStock: false })).toEqual(['B']);
    expect(await titles({ storeId, inStock: true, maxPrice: 1000 })).toEqual([]);
    expect(
      await titles({
        storeId,
        q: 'lola',
        brand: 'Lola',
        inStock: true,
        minPrice: 1,
        maxPrice: 9999,
        category: 'dresses',
      }),
    ).toEqual(['A']);
  });

  it('shows nothing archived and nothing of closed stores', async () => {
    const { owner, storeId, add } = await shop();
    const product = await add('Shown');
    expect(await titles({ storeId })).toEqual(['Shown']);
    const catalog = muse.app.get(Catalog, { strict: false });
    await catalog.archiveVariant(owner, storeId, product.variants[0]!.id);
    expect(await titles({ storeId })).toEqual([]);
    await catalog.patchVariant(owner, storeId, product.variants[0]!.id, { status: 'active' });
    await muse.app.get(Stores, { strict: false }).patchStore(owner, storeId, { status: 'closed' });
    expect(await titles({ storeId })).toEqual([]);
    await expect(search.get(product.id)).rejects.toMatchObject({ status: 404 });
  });

  it('walks every page once, with and without words, while goods are added', async () => {
    const { storeId, add } = await shop();
    for (let n = 0; n < 7; n++) await add(`Sock number ${n}`, { description: n % 2 ? 'sock sock' : '' });
    for (const q of [undefined, 'sock']) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await search.list({ storeId, q, limit: 3, cursor });
        seen.push(...page.data.map((product) => product.title));
        cursor = page.nextCursor ?? undefined;
        if (seen.length === 3 && !q) await add('Late sock');
      } while (cursor);
      const expected = q ? 8 : 7;
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toHaveLength(expected);
    }
  });

  it('refuses a cursor that it did not give', async () => {
    const forged = Buffer.from('["x","y"]').toString('base64url');
    await expect(search.list({ limit: 5, cursor: 'nonsense' })).rejects.toMatchObject({ status: 400 });
    await expect(search.list({ limit: 5, q: 'a', cursor: forged })).rejects.toMatchObject({ status: 400 });
  });

  it('names the same item at other stores, cheapest variant first', async () => {
    const gtin = '4006381333931';
    const variants = (price: number) => [
      { sku: 'x', price: usd(price + 500), onHand: 1 },
      { sku: 'y', price: usd(price), onHand: 1 },
    ];
    const [one, two, three] = [await shop(), await shop(), await shop()];
    const here = await one.add('Pen', { gtin, variants: variants(1000) });
    const dear = await two.add('Pen', { gtin: `0${gtin}`, variants: variants(3000) });
    const cheap = await three.add('Pen', { gtin, variants: variants(500) });
    const { sameItemAt } = await search.get(here.id);
    expect(sameItemAt).toEqual([
      { storeId: three.storeId, storeName: expect.any(String), productId: cheap.id, fromPrice: usd(500) },
      { storeId: two.storeId, storeName: expect.any(String), productId: dear.id, fromPrice: usd(3000) },
    ]);
  });

  it('uses its indexes on ten thousand products', async () => {
    const { storeId } = await shop();
    const client = new Client({ connectionString: muse.database });
    await client.connect();
    try {
      await client.query(
        `WITH p AS (
           INSERT INTO products (store_id, title, category)
           SELECT $1, CASE WHEN n % 500 = 0 THEN 'Crimson kite ' ELSE 'Grey brick ' END || n, 'Bulk' FROM generate_series(1, 10000) n RETURNING id
         ), v AS (
           INSERT INTO variants (store_id, product_id, sku, price_cents, currency, position) SELECT $1, id, id::text, 1000, 'USD', 1 FROM p RETURNING id
         )
         INSERT INTO inventory (variant_id, store_id, on_hand) SELECT id, $1, 5 FROM v`,
        [storeId],
      );
      await client.query('ANALYZE products; ANALYZE variants; ANALYZE inventory');
      const plan = async (filters: Parameters<typeof listStatement>[0], after?: string[]): Promise<string> => {
        const [{ text }, values] = listStatement(filters, 20, after);
        const { rows } = await client.query<{ 'QUERY PLAN': string }>(
          `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) ${text}`,
          values,
        );
        return rows.map((row) => row['QUERY PLAN']).join('\n');
      };
      const words = await plan({ words: 'crimson', prefix: 'ki' });
      expect(words).toContain('Bitmap Index Scan on products_search');
      expect(words).not.toContain('Seq Scan on products');
      const newest = await plan({ inStock: true });
      expect(newest).not.toContain('Seq Scan on products');
      const ofStore = await plan({ storeId, inStock: true }, [storeId]);
      expect(ofStore).not.toContain('Seq Scan on products');
      expect(await plan({ gtin: '4006381333931' })).toContain('products_by_gtin');
    } finally {
      await client.end();
    }
    expect(await titles({ q: 'crimson kit', limit: 100 })).toHaveLength(20);
  });
});
