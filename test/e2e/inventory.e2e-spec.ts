import { randomUUID } from 'node:crypto';
import { Holds } from '../../src/inventory';
import { Database } from '../../src/platform/database';
import { startApp, type RunningApp } from '../support/app';
import { makeProduct, makeStore, makeUser, signIn, usd } from '../support/sellers';

const API = '/api/v1';

describe('Stock over HTTP', () => {
  let muse: RunningApp;
  let merchant: Record<string, string>;
  let storeId: string;
  let variantId: string;
  let productId: string;
  let at: string;

  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api' });
    const owner = await makeUser(muse);
    merchant = await signIn(muse, owner);
    storeId = (await makeStore(muse, owner)).id;
    const product = await makeProduct(muse, owner, storeId, { variants: [{ sku: 'a', price: usd(100), onHand: 10 }] });
    productId = product.id;
    variantId = product.variants[0]!.id;
    at = `${API}/merchant/stores/${storeId}/variants/${variantId}/inventory`;
  });

  const put = (body: object) => muse.http.put(at).set(merchant).send(body);

  it('is counted and corrected', async () => {
    expect((await put({ onHand: 20, buffer: 4, alertThreshold: 3 }).expect(200)).body).toMatchObject({
      ...{ variantId, onHand: 20, reserved: 0, buffer: 4, alertThreshold: 3, availableQuantity: 16 },
    });
    expect((await put({ adjust: -5 }).expect(200)).body).toMatchObject({
      onHand: 15,
      buffer: 4,
      availableQuantity: 11,
    });
    expect((await put({ adjust: 1, alertThreshold: null }).expect(200)).body).toMatchObject({
      onHand: 16,
      alertThreshold: null,
    });
    const shown = await muse.http.get(`${API}/products/${productId}`).expect(200);
    expect(shown.body.variants[0]).toMatchObject({ inStock: true, availableQuantity: 12 });
  });

  it('keeps every correction when many come at once', async () => {
    await put({ onHand: 100, buffer: 0 }).expect(200);
    await Promise.all(Array.from({ length: 20 }, () => put({ adjust: -1 }).expect(200)));
    const list = await muse.http.get(`${API}/merchant/stores/${storeId}/inventory`).set(merchant).expect(200);
    expect(list.body).toMatchObject({ data: [{ variantId, onHand: 80 }], nextCursor: null });
  });

  it('cannot be lowered below what shoppers have set aside', async () => {
    await put({ onHand: 10, buffer: 0 }).expect(200);
    const holds = muse.app.get(Holds, { strict: false });
    const session = randomUUID();
    await muse.app.get(Database).transaction((tx) => holds.take(tx, session, [{ variantId, quantity: 6 }], null, 60));
    const refused = await put({ onHand: 5 }).expect(409);
    expect(refused.body).toMatchObject({ code: 'stock_reserved', reserved: 6, onHand: 5 });
    await put({ adjust: -5 }).expect(409);
    expect((await put({ onHand: 6 }).expect(200)).body).toMatchObject({ reserved: 6, availableQuantity: 0 });
    await muse.app.get(Database).transaction((tx) => holds.release(tx, session));
    await put({ onHand: 0 }).expect(200);
    expect((await put({ adjust: -1 }).expect(409)).body.code).toBe('stock_reserved');
  });

  it.each([
    {},
    { onHand: -1 },
    { onHand: 1.5 },
    { onHand: 100_000_001 },
    { onHand: null },
    { adjust: null },
    { adjust: '1' },
    { buffer: 3 },
    { onHand: 1, reserved: 0 },
  ])('refuses %j', async (body) => {
    await put(body).expect(400);
  });

  it('takes a count or a correction, not both', async () => {
    expect((await put({ onHand: 1, adjust: 1 }).expect(422)).body.errors).toMatchObject([{ pointer: '/adjust' }]);
  });

  it('has a highest number', async () => {
    await put({ onHand: 100_000_000 }).expect(200);
    expect((await put({ adjust: 1 }).expect(409)).body.code).toBe('stock_limit_reached');
  });
});
