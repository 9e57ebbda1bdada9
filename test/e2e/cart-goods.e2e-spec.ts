import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApp, type RunningApp } from '../support/app';
import { makePartnerStore, makeProduct, makeStock, makeStore, makeUser, signIn, usd } from '../support/sellers';
import {
  API,
  addDescribed,
  addVariant,
  begin,
  cartOf,
  described,
  guest,
  linesOf,
  shopperOf,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';

describe('The goods in a cart', () => {
  let muse: RunningApp;
  let shopper: Shopper;
  let merchant: Shopper;
  let storeId: string;
  let product: Body;
  let partner: { id: string; hosts: string[] };

  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api' });
    const owner = await makeUser(muse);
    merchant = shopperOf(muse, owner.id, await signIn(muse, owner));
    storeId = (await makeStore(muse, owner)).id;
    partner = await makePartnerStore(muse, { hosts: ['nordstrom.com'], url: 'https://nordstrom.com' });
  });
  beforeEach(async () => {
    shopper = await guest(muse);
    const sku = randomUUID().slice(0, 8);
    const variants = [
      { sku: `${sku}-1`, size: 'M', color: 'black', price: usd(1000), onHand: 10 },
      { sku: `${sku}-2`, size: 'L', color: 'black', price: usd(1100), onHand: 10 },
      { sku: `${sku}-3`, size: 'L', color: 'red', price: usd(1200), onHand: 10 },
    ];
    const body = { title: 'Dress', variants };
    product = (await merchant.post(`/merchant/stores/${storeId}/products`, body).expect(201)).body;
  });

  const variant = (index: number): string => product.variants[index].id;
  const ofVariant = (index: number) => `${API}/merchant/stores/${storeId}/variants/${variant(index)}`;
  const reprice = (index: number, amount: number) =>
    muse.http
      .patch(ofVariant(index))
      .set(merchant.headers)
      .send({ price: usd(amount) })
      .expect(200);
  const stock = (index: number, onHand: number) =>
    muse.http
      .put(`${ofVariant(index)}/inventory`)
      .set(merchant.headers)
      .send({ onHand })
      .expect(200);
  const line = async () => linesOf(await cartOf(shopper))[0];

  it.each([
    'https://nordstrom.com.evil.example/p',
    'https://evilnordstrom.com/p',
    'https://nordstrom.com@evil.example/p',
    'https://evil.example/nordstrom.com',
    'https://evil.example\\@nordstrom.com/p',
    'https://nordstrom.com:443@evil.example/p',
    'https://user:secret@nordstrom.com/p',
    'https://nordstrom.co/p',
    'https://xn--nordstrm-q4a.com/p',
    'ftp://nordstrom.com/p',
    'javascript:alert(1)',
    '//nordstrom.com/p',
    'nordstrom.com/p',
    '',
  ])('may not be on a page of somebody else: %s', async (productUrl) => {
    const answer = await shopper.post('/cart/items', described(partner, { productUrl }));
    expect([400, 422]).toContain(answer.status);
    expect(answer.body.errors[0].pointer).toBe('/productUrl');
    expect(await cartOf(shopper)).toMatchObject({ itemCount: 0 });
  });

  it.each(['https://nordstrom.com/p', 'https://www.nordstrom.com/p', 'https://shop.us.NORDSTROM.com/p?a=1'])(
    'may be on a page of the store, or below its host: %s',
    async (productUrl) => {
      expect(await addDescribed(shopper, partner, { productUrl })).toMatchObject({ itemCount: 1 });
    },
  );

  it('of a merchant store are named by their variant, not described', async () => {
    const item = described({ id: storeId, hosts: ['nordstrom.com'] }, { price: usd(1) });
    const { body } = await shopper.post('/cart/items', item).expect(422);
    expect(body).toMatchObject({ code: 'catalog_goods_only', errors: [{ pointer: '/variantId' }] });
  });

  it('have the price of the catalogue, whatever else is sent', async () => {
    for (const more of [{ price: usd(1) }, { storeId }, { productName: 'x' }, { size: 'M' }])
      await shopper.post('/cart/items', { variantId: variant(0), quantity: 1, ...more }).expect(400);
    expect(await cartOf(shopper)).toMatchObject({ itemCount: 0 });
  });

  it("are priced in their store's currency", async () => {
    for (const wrong of [
      { price: { amount: 1, currency: 'EUR' } },
      { originalPrice: { amount: 1, currency: 'EUR' } },
    ]) {
      const { body } = await shopper.post('/cart/items', described(partner, wrong)).expect(422);
      expect(body.code).toBe('wrong_currency');
    }
  });

  it.each([
    { price: usd(-1) },
    { price: usd(1.5) },
    { price: usd(1_000_000_001) },
    { price: { amount: '1', currency: 'USD' } },
    { price: { amount: 1, currency: 'usd' } },
    { price: 1 },
    { price: undefined },
    { productName: '' },
    { productName: 'x'.repeat(256) },
    { productUrl: `https://nordstrom.com/${'x'.repeat(2048)}` },
    { size: 'x'.repeat(51) },
    { color: '' },
    { storeId: 'x' },
    { storeId: undefined },
    { sealed: true },
  ])('are refused when described by %j', async (wrong) => {
    const { body } = await shopper.post('/cart/items', described(partner, wrong)).expect(400);
    expect(body.errors[0].pointer).toContain(Object.keys(wrong)[0]);
  });

  it('of unknown stores and variants are not found', async () => {
    await shopper.post('/cart/items', described({ ...partner, id: randomUUID() })).expect(404);
    await shopper.post('/cart/items', { variantId: randomUUID(), quantity: 1 }).expect(404);
  });

  it('turn into another variant with another size or colour, at its price', async () => {
    const [{ id }] = linesOf(await addVariant(shopper, variant(0), 2));
    const { body } = await shopper.put(`/cart/items/${id}`, { size: 'L' }).expect(200);
    expect(linesOf(body)).toMatchObject([
      { id, variantId: variant(1), size: 'L', color: 'black', unitPrice: usd(1100), quantity: 2 },
    ]);
    const red = await shopper.put(`/cart/items/${id}`, { color: 'red', quantity: 3 }).expect(200);
    expect(linesOf(red.body)).toMatchObject([{ variantId: variant(2), lineTotal: usd(3600) }]);
    const none = await shopper.put(`/cart/items/${id}`, { size: 'M' }).expect(422);
    expect(none.body.code).toBe('no_such_variant');
    expect(await line()).toMatchObject({ variantId: variant(2), quantity: 3 });
  });

  it('are the same in whatever letters their size is asked for', async () => {
    const [first] = linesOf(await addVariant(shopper, variant(0), 2));
    await addVariant(shopper, variant(1), 3);
    const { body } = await shopper.put(`/cart/items/${first.id}`, { size: 'l', color: 'BLACK' }).expect(200);
    expect(linesOf(body)).toMatchObject([{ variantId: variant(1), size: 'L', color: 'black', quantity: 5 }]);
  });

  it('are joined when a change makes two lines the same', async () => {
    const [first] = linesOf(await addVariant(shopper, variant(0), 2));
    await addVariant(shopper, variant(1), 3);
    const { body } = await shopper.put(`/cart/items/${first.id}`, { size: 'L' }).expect(200);
    expect(linesOf(body)).toMatchObject([{ id: first.id, variantId: variant(1), quantity: 5 }]);
    const [, shirt] = linesOf(await addDescribed(shopper, partner, { productSku: 'S', size: 'M', quantity: 600 }));
    await addDescribed(shopper, partner, { productSku: 'S', size: 'L', quantity: 600 });
    const over = await shopper.put(`/cart/items/${shirt.id}`, { size: 'L' }).expect(422);
    expect(over.body.code).toBe('quantity_limit');
    expect(linesOf(await cartOf(shopper)).map((one) => one.quantity)).toEqual([5, 600, 600]);
  });

  it('show the price of now, and say what it was', async () => {
    await addVariant(shopper, variant(0), 2);
    await reprice(0, 1300);
    const cart = await cartOf(shopper);
    expect(cart.total).toEqual(usd(2600));
    expect(cart.problems).toMatchObject([
      {
        code: 'price_changed',
        severity: 'warning',
        storeId,
        itemId: linesOf(cart)[0].id,
        was: usd(1000),
        now: usd(1300),
      },
    ]);
    await reprice(0, 700);
    expect((await cartOf(shopper)).problems).toMatchObject([{ severity: 'info', was: usd(1000), now: usd(700) }]);
    // Added again, at the price that is shown now.
    expect((await addVariant(shopper, variant(0))).problems).toEqual([]);
  });

  it('say when there are too few or none of them, and none cost nothing', async () => {
    await addVariant(shopper, variant(0), 5);
    await stock(0, 3);
    expect(await line()).toMatchObject({ maxQuantity: 3, inStock: true });
    expect((await cartOf(shopper)).problems).toMatchObject([
      { code: 'stock_short', severity: 'blocking', available: 3 },
    ]);
    await stock(0, 0);
    const cart = await cartOf(shopper);
    expect(linesOf(cart)).toMatchObject([{ maxQuantity: 0, inStock: false, lineTotal: usd(5000) }]);
    expect(cart).toMatchObject({ total: usd(0), problems: [{ code: 'out_of_stock', severity: 'blocking' }] });
  });

  it('that are taken out of the catalogue are unavailable, and cannot be added any more', async () => {
    await addVariant(shopper, variant(0));
    await addVariant(shopper, variant(1));
    await muse.http.delete(ofVariant(0)).set(merchant.headers).expect(204);
    const cart = await cartOf(shopper);
    expect(cart).toMatchObject({ total: usd(1100), problems: [{ code: 'unavailable', severity: 'blocking' }] });
    await muse.http
      .delete(`${API}/merchant/stores/${storeId}/products/${product.id}`)
      .set(merchant.headers)
      .expect(204);
    expect((await cartOf(shopper)).problems.map((problem: Body) => problem.code)).toEqual([
      'unavailable',
      'unavailable',
    ]);
    const { body } = await shopper.post('/cart/items', { variantId: variant(2), quantity: 1 }).expect(422);
    expect(body.code).toBe('not_for_sale');
  });

  it('that the shopper’s own checkout holds are not missing for that shopper, but are for others', async () => {
    const { variantIds } = await makeStock(muse, 5);
    await addVariant(shopper, variantIds[0]!, 5);
    await begin(shopper);
    expect(await cartOf(shopper)).toMatchObject({ problems: [] });
    expect(await line()).toMatchObject({ maxQuantity: 5, inStock: true });
    const other = await guest(muse);
    const theirs = await addVariant(other, variantIds[0]!);
    expect(theirs.problems).toMatchObject([{ code: 'out_of_stock' }]);
  });

  it('of two currencies are summed up in one, at the rate of now', async () => {
    const admin = await signIn(muse, await makeUser(muse, 'admin'));
    const french = await makePartnerStore(muse, { currency: 'EUR', country: 'FR' });
    await addDescribed(shopper, partner, { price: usd(1000) });
    const before = await addDescribed(shopper, french, { price: { amount: 2000, currency: 'EUR' } });
    expect(before.problems).toMatchObject([{ code: 'rate_missing', severity: 'blocking', storeId: french.id }]);
    for (const rate of [
      { base: 'EUR', quote: 'USD', rate: '1.08' },
      { base: 'USD', quote: 'VES', rate: '36.5' },
    ])
      await muse.http.post(`${API}/admin/exchange-rates`).set(admin).send(rate).expect(201);
    const cart = await cartOf(shopper);
    // 10.00 + 20.00 × 1.08
    expect(cart).toMatchObject({
      currency: 'USD',
      total: usd(3160),
      totalIn: { VES: { amount: 115_340 } },
      problems: [],
    });
    expect(cart.stores[1].total).toEqual({ amount: 2000, currency: 'EUR' });
    expect(linesOf(cart)[1].unitPriceIn.VES.amount).toBe(78_840);
  });

  it('of a merchant who has many products stay those of their product', async () => {
    const other = await makeProduct(muse, { ...(await makeUser(muse)), id: merchant.id }, storeId, {
      title: 'Other',
      variants: [{ sku: randomUUID(), size: 'XXL', price: usd(1), onHand: 1 }],
    });
    const [{ id }] = linesOf(await addVariant(shopper, variant(0)));
    await shopper.put(`/cart/items/${id}`, { size: 'XXL' }).expect(422);
    expect(await line()).toMatchObject({ variantId: variant(0) });
    expect(other.variants[0]!.id).not.toBe(variant(0));
  });

  it('tells that goods are sold out, and that they are back, until the shopper does something about them', async () => {
    await startApp({ MUSE_ROLE: 'worker', DATABASE_URL: muse.database });
    await addVariant(shopper, variant(0));
    const codes = async () => (await cartOf(shopper)).problems.map((problem: Body) => problem.code);
    await stock(0, 0);
    const noted = async () =>
      (await sql(muse, 'SELECT in_stock FROM cart_items WHERE variant_id = $1', [variant(0)])).every(
        (row) => !row['in_stock'],
      );
    for (let left = 100; left > 0 && !(await noted()); left--) await sleep(100);
    expect(await codes()).toEqual(['out_of_stock']);
    await stock(0, 3);
    expect(await codes()).toEqual(['back_in_stock']);
    await addVariant(shopper, variant(0));
    expect(await codes()).toEqual([]);
  });
});
