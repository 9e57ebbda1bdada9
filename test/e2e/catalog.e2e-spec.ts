import { randomUUID } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';
import { makeStore, makeUser, signIn, usd } from '../support/sellers';

const API = '/api/v1';
const VARIANT = {
  sku: 'D-M',
  size: 'M',
  color: 'Black',
  price: usd(8900),
  originalPrice: usd(9900),
  onHand: 40,
  buffer: 2,
  alertThreshold: 5,
};
const PRODUCT = {
  title: 'Black Dress',
  brand: 'Lola',
  gtin: '4006381333931',
  description: 'Light linen.',
  imageUrls: ['https://images.example/dress.jpg'],
  category: 'Dresses',
  variants: [VARIANT, { sku: 'D-L', size: 'L', color: 'Black', price: usd(8900), onHand: 0 }],
};

type Headers = Record<string, string>;

describe('The catalogue over HTTP', () => {
  let muse: RunningApp;
  let merchant: Headers;
  let other: Headers;
  let guest: Headers;
  let stores: string;
  let storeId: string;
  let foreignStoreId: string;

  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api' });
    const [owner, stranger] = [await makeUser(muse), await makeUser(muse)];
    [merchant, other] = [await signIn(muse, owner), await signIn(muse, stranger)];
    storeId = (await makeStore(muse, owner, { name: 'Casa Lola' })).id;
    foreignStoreId = (await makeStore(muse, stranger)).id;
    stores = `${API}/merchant/stores/${storeId}`;
    guest = { authorization: `Bearer ${(await muse.http.post(`${API}/guests`)).body.accessToken}` };
  });

  const unique = (body: typeof PRODUCT = PRODUCT) => ({
    ...body,
    variants: body.variants.map((variant) => ({ ...variant, sku: `${variant.sku}-${randomUUID().slice(0, 8)}` })),
  });
  const add = async (body: object = unique()) =>
    (await muse.http.post(`${stores}/products`).set(merchant).send(body).expect(201)).body;

  it('adds a product and shows it to everybody in the documented shape', async () => {
    const body = unique();
    const made = await add(body);
    expect(made).toMatchObject({
      status: 'active',
      version: 1,
      variants: [
        { onHand: 40, buffer: 2, alertThreshold: 5 },
        { onHand: 0, buffer: 0 },
      ],
    });
    const shown = await muse.http.get(`${API}/products/${made.id}`).expect(200);
    expect(shown.body).toEqual({
      ...{
        id: made.id,
        store: { id: storeId, name: 'Casa Lola' },
        title: 'Black Dress',
        brand: 'Lola',
        gtin: '4006381333931',
      },
      ...{ description: 'Light linen.', url: null, imageUrls: PRODUCT.imageUrls, category: 'Dresses' },
      variants: [
        {
          ...{ id: made.variants[0].id, sku: body.variants[0]!.sku, size: 'M', color: 'Black' },
          ...{ price: usd(8900), originalPrice: usd(9900), priceIn: {}, inStock: true, availableQuantity: 38 },
        },
        {
          ...{ id: made.variants[1].id, sku: body.variants[1]!.sku, size: 'L', color: 'Black' },
          ...{ price: usd(8900), originalPrice: null, priceIn: {}, inStock: false, availableQuantity: 0 },
        },
      ],
      sameItemAt: [],
    });
    const listed = await muse.http
      .get(`${API}/products?q=black dre&storeId=${storeId}&brand=lola&inStock=true&minPrice=1&maxPrice=8900`)
      .expect(200);
    const product = { ...shown.body };
    delete product.sameItemAt;
    expect(listed.body.data).toContainEqual(product);
    expect(listed.body.nextCursor).toBeNull();
  });

  it.each([
    [{ title: ' ' }, 400, '/title'],
    [{ gtin: '4006381333932' }, 400, '/gtin'],
    [{ imageUrls: ['http://images.example/a.jpg'] }, 400, '/imageUrls'],
    [{ variants: [] }, 400, '/variants'],
    [
      { variants: Array.from({ length: 101 }, (_, n) => ({ sku: `${n}`, price: usd(1), onHand: 1 })) },
      400,
      '/variants',
    ],
    [{ variants: [{ ...VARIANT, price: usd(1_000_000_001) }] }, 400, '/variants/0/price/amount'],
    [{ variants: [{ ...VARIANT, price: usd(8.5) }] }, 400, '/variants/0/price/amount'],
    [{ variants: [{ ...VARIANT, price: undefined }] }, 400, '/variants/0/price'],
    [{ variants: [{ ...VARIANT, onHand: -1 }] }, 400, '/variants/0/onHand'],
    [{ variants: [{ ...VARIANT, price: { amount: 1, currency: 'EUR' } }] }, 422, '/variants/0/price/currency'],
    [{ variants: [{ ...VARIANT, originalPrice: usd(1) }] }, 422, '/variants/0/originalPrice/amount'],
    [{ variants: [VARIANT, VARIANT] }, 422, '/variants/1/sku'],
    [{ url: 'https://shop.example/p' }, 422, '/url'],
    [{ storeId: randomUUID() }, 400, '/storeId'],
  ])('refuses a product with %j', async (wrong, status, pointer) => {
    const answer = await muse.http
      .post(`${stores}/products`)
      .set(merchant)
      .send({ ...unique(), ...wrong })
      .expect(status);
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });

  it('changes a product, and takes it out of sight and back', async () => {
    const { id } = await add();
    const at = `${stores}/products/${id}`;
    const patched = await muse.http
      .patch(at)
      .set(merchant)
      .send({ title: 'Red Dress', brand: null, gtin: null })
      .expect(200);
    expect(patched.body).toMatchObject({
      title: 'Red Dress',
      brand: null,
      gtin: null,
      category: 'Dresses',
      version: 2,
    });
    await muse.http.delete(at).set(merchant).expect(204);
    await muse.http.get(`${API}/products/${id}`).expect(404);
    expect((await muse.http.get(at).set(merchant).expect(200)).body.status).toBe('archived');
    await muse.http.patch(at).set(merchant).send({ status: 'active' }).expect(200);
    await muse.http.get(`${API}/products/${id}`).expect(200);
  });

  it('adds a variant last, reprices it with a history, and archives it', async () => {
    const { id } = await add();
    const sku = `X-${randomUUID().slice(0, 8)}`;
    const added = await muse.http
      .post(`${stores}/products/${id}/variants`)
      .set(merchant)
      .send({ ...VARIANT, size: 'XL', sku })
      .expect(201);
    expect((await muse.http.get(`${API}/products/${id}`)).body.variants.map((v: { size: string }) => v.size)).toEqual([
      'M',
      'L',
      'XL',
    ]);
    const at = `${stores}/variants/${added.body.id}`;
    const repriced = await muse.http
      .patch(at)
      .set(merchant)
      .send({ price: usd(7000) })
      .expect(200);
    expect(repriced.body).toMatchObject({ price: usd(7000), originalPrice: usd(9900) });
    const history = await muse.http.get(`${at}/prices?limit=1`).set(merchant).expect(200);
    expect(history.body.data).toMatchObject([{ price: usd(7000) }]);
    const older = await muse.http
      .get(`${at}/prices?limit=1&cursor=${history.body.nextCursor}`)
      .set(merchant)
      .expect(200);
    expect(older.body).toMatchObject({ data: [{ price: usd(8900) }], nextCursor: null });
    await muse.http.delete(at).set(merchant).expect(204);
    expect((await muse.http.get(`${API}/products/${id}`)).body.variants).toHaveLength(2);
    const again = await muse.http
      .post(`${stores}/products/${id}/variants`)
      .set(merchant)
      .send({ ...VARIANT, sku })
      .expect(409);
    expect(again.body).toMatchObject({ code: 'sku_taken', errors: [{ pointer: '/sku' }] });
  });

  it('adds a product once for one Idempotency-Key', async () => {
    const body = unique();
    const headers = { ...merchant, 'idempotency-key': randomUUID() };
    const first = await muse.http.post(`${stores}/products`).set(headers).send(body).expect(201);
    const again = await muse.http.post(`${stores}/products`).set(headers).send(body).expect(201);
    expect(again.body).toEqual(first.body);
  });

  it('refuses filters that are not of the documented form', async () => {
    for (const query of [
      'limit=0',
      'storeId=x',
      'minPrice=1.5',
      'maxPrice=-1',
      'inStock=maybe',
      'gtin=1',
      'color=red',
      'cursor=x',
      `q=${'a'.repeat(201)}`,
    ]) {
      await muse.http.get(`${API}/products?${query}`).expect(400);
    }
    await muse.http
      .get(`${API}/products?storeId=${randomUUID()}&brand=None&q=`)
      .expect(200, { data: [], nextCursor: null });
  });

  it("answers another's goods like unknown ones", async () => {
    const product = await add();
    const variant = product.variants[0].id;
    const calls: ['get' | 'patch' | 'post' | 'delete' | 'put', string, object?][] = [
      ['get', '/products'],
      ['post', '/products', unique()],
      ['get', `/products/${product.id}`],
      ['patch', `/products/${product.id}`, { title: 'x' }],
      ['delete', `/products/${product.id}`],
      ['post', `/products/${product.id}/variants`, VARIANT],
      ['patch', `/variants/${variant}`, { price: usd(1) }],
      ['delete', `/variants/${variant}`],
      ['get', `/variants/${variant}/prices`],
      ['get', '/inventory'],
      ['put', `/variants/${variant}/inventory`, { onHand: 1 }],
    ];
    for (const [verb, path, body] of calls) {
      const call = (id: string, headers: Headers) =>
        muse.http[verb](`${API}/merchant/stores/${id}${path}`).set(headers).send(body);
      const [foreign, unknown] = [await call(storeId, other), await call(randomUUID(), other)];
      expect([verb, path, foreign.status, unknown.status]).toEqual([verb, path, 404, 404]);
      expect(foreign.body.detail).toBe(unknown.body.detail);
      expect((await call(storeId, guest)).status).toBe(403);
      expect((await call(storeId, {})).status).toBe(401);
      // By way of one's own store neither.
      if (path.includes(product.id) || path.includes(variant))
        expect((await call(foreignStoreId, other)).status).toBe(404);
    }
    expect((await muse.http.get(`${API}/products/${product.id}`).expect(200)).body.title).toBe('Black Dress');
  });
});
