import { startApp, type RunningApp } from '../../support/app';
import { openPartner, openShop, type Shop } from '../../support/market';
import { PASSWORD, usd } from '../../support/sellers';
import {
  addDescribed,
  addVariant,
  cartOf,
  customer,
  guest,
  linesOf,
  shopperOf,
  type Body,
  type Shopper,
} from '../../support/shopper';

describe('The cart of a guest who signs in', () => {
  let muse: RunningApp;
  let shop: Shop;
  let partner: { id: string; hosts: string[] };
  let visitor: Shopper;
  let user: Shopper & { email: string };

  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api' });
    shop = await openShop(muse);
    partner = await openPartner(muse);
  });
  beforeEach(async () => {
    visitor = await guest(muse);
    user = await customer(muse);
  });

  const signIn = () => visitor.post('/auth/login', { email: user.email, password: PASSWORD }).expect(200);
  const quantities = (cart: Body) => linesOf(cart).map((line) => [line.productSku, line.quantity]);

  it('becomes the user’s, who had none', async () => {
    const cart = await addVariant(visitor, shop.variantIds[0], 3);
    await signIn();
    expect(linesOf(await cartOf(user))).toMatchObject([
      { variantId: shop.variantIds[0], quantity: 3, addedAt: linesOf(cart)[0].addedAt },
    ]);
    await visitor.get('/cart').expect(401);
  });

  it('becomes that of an account that is made just then', async () => {
    await addVariant(visitor, shop.variantIds[0], 2);
    const account = { email: `${visitor.id}@example.com`, password: 'a long passphrase' };
    const { body } = await visitor.post('/auth/register', account).expect(201);
    const made = shopperOf(muse, body.user.id, { authorization: `Bearer ${body.accessToken}` });
    expect(quantities(await cartOf(made))).toEqual([['SHIRT-M', 2]]);
  });

  it('is joined line by line with the one that the user had, and nothing is lost', async () => {
    await addVariant(user, shop.variantIds[0], 2);
    await addDescribed(user, partner, { productSku: 'A-1', price: usd(1000), quantity: 600 });
    await addVariant(visitor, shop.variantIds[0], 3);
    await addVariant(visitor, shop.variantIds[1], 1);
    await addDescribed(visitor, partner, { productSku: 'A-1', price: usd(900), quantity: 600 });
    await addDescribed(visitor, partner, { productSku: 'A-1', size: 'M' });
    const before = await cartOf(user);
    await signIn();
    const joined = await cartOf(user);
    expect(joined.id).toBe(before.id);
    expect(joined.version).toBeGreaterThan(before.version);
    expect(
      Object.fromEntries(linesOf(joined).map((line) => [`${line.productSku} ${line.size}`, line.quantity])),
    ).toEqual({
      ...{ 'SHIRT-M M': 5, 'SHIRT-L L': 1, 'A-1 null': 999, 'A-1 M': 1 },
    });
    expect(linesOf(joined).find((line) => line.quantity === 999)!.unitPrice).toEqual(usd(900));
  });

  it('loses nothing that is put in at that very moment', async () => {
    for (let round = 0; round < 5; round++) {
      visitor = await guest(muse);
      user = await customer(muse);
      await addVariant(visitor, shop.variantIds[0], 1);
      const [, ...added] = await Promise.all([
        signIn(),
        ...Array.from({ length: 4 }, () => visitor.post('/cart/items', { variantId: shop.variantIds[0], quantity: 1 })),
        ...Array.from({ length: 4 }, () => user.post('/cart/items', { variantId: shop.variantIds[0], quantity: 1 })),
      ]);
      for (const { status } of added) expect([200, 401]).toContain(status);
      const taken = added.filter((answer) => answer.status === 200).length;
      expect(quantities(await cartOf(user))).toEqual([['SHIRT-M', 1 + taken]]);
    }
  });
});
