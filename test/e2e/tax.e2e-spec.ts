import { startApp, type RunningApp } from '../support/app';
import { openPartner, openShop, type Shop } from '../support/market';
import { makeUser, signIn, usd } from '../support/sellers';
import {
  ADDRESS,
  addDescribed,
  addVariant,
  begin,
  cartOf,
  customer,
  giveAddress,
  guest,
  orderOf,
  place,
  settled,
  shopperOf,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';

const CARACAS = { name: 'Ana', line1: 'Av. Bolívar 1', city: 'Caracas', country: 'VE' };

describe('Tax in a purchase', () => {
  let muse: RunningApp;
  let shop: Shop;
  let admin: Shopper;

  beforeAll(async () => {
    muse = await startApp();
    shop = await openShop(muse, { onHand: 1000 });
    const account = await makeUser(muse, 'admin');
    admin = shopperOf(muse, account.id, await signIn(muse, account));
    const sales = { country: 'US', region: 'NY', name: 'Sales tax', percent: '8.875', inclusive: false };
    await admin.post('/admin/tax-rates', { ...sales, onDelivery: true }).expect(201);
    const iva = { country: 'VE', name: 'IVA', percent: '16', inclusive: true, onDelivery: true };
    await admin.post('/admin/tax-rates', iva).expect(201);
    await sql(muse, `UPDATE products SET category = 'Shirts' WHERE store_id = $1`, [shop.storeId]);
  });

  it('is none in the cart, and comes on top once the address is known, delivery included', async () => {
    const shopper = await guest(muse);
    await addVariant(shopper, shop.variantIds[0]);
    await addVariant(shopper, shop.variantIds[1]);
    expect((await cartOf(shopper)).total).toEqual(usd(3500));
    const begun = await begin(shopper);
    expect(begun).toMatchObject({ tax: usd(0), total: usd(3500) });
    const session = await giveAddress(shopper, begun.id);
    // 35.00 at 8.875 % is 3.10625.
    expect(session).toMatchObject({ tax: usd(311), taxIncluded: usd(0), total: usd(3811) });
    const store = session.stores[0];
    expect(store.taxLines).toEqual([
      { name: 'Sales tax', percent: '8.875', inclusive: false, base: usd(3500), amount: usd(311) },
    ]);
    expect(store.items.map((item: Body) => item.tax)).toEqual([usd(89), usd(178)]);

    await place(shopper, session).expect(202);
    const order = await orderOf(shopper, await settled(shopper, session.id));
    expect(order).toMatchObject({ tax: usd(311), taxIncluded: usd(0), total: usd(3811), taxLines: store.taxLines });
    expect(order.items.map((item: Body) => item.tax)).toEqual([usd(89), usd(178)]);
    const [row] = await sql(muse, `SELECT tax_lines FROM orders WHERE id = $1`, [order.id]);
    expect(row!.tax_lines).toMatchObject([{ ratePpm: 88_750, baseCents: 3500, taxCents: 311 }]);
  });

  it('that prices contain is shown, and not added', async () => {
    const shopper = await customer(muse);
    await addVariant(shopper, shop.variantIds[0]);
    const session = await giveAddress(shopper, (await begin(shopper)).id, CARACAS);
    expect(session).toMatchObject({ tax: usd(0), taxIncluded: usd(207), total: usd(1500) });
    expect(session.stores[0].taxLines).toEqual([
      { name: 'IVA', percent: '16', inclusive: true, base: usd(1293), amount: usd(207) },
    ]);
    await place(shopper, session).expect(202);
    const order = await orderOf(shopper, await settled(shopper, session.id));
    expect(order).toMatchObject({ tax: usd(0), taxIncluded: usd(207), total: usd(1500) });
  });

  it('is that of the place where a store’s own address is', async () => {
    const shopper = await guest(muse);
    await addVariant(shopper, shop.variantIds[0]);
    const { id } = await giveAddress(shopper, (await begin(shopper)).id);
    const at = `/checkout/sessions/${id}/stores/${shop.storeId}`;
    const abroad = (await shopper.put(at, { address: CARACAS }).expect(200)).body;
    expect(abroad).toMatchObject({ tax: usd(0), taxIncluded: usd(207) });
    const back = (await shopper.put(at, { address: null }).expect(200)).body;
    expect(back).toMatchObject({ tax: usd(133), taxIncluded: usd(0) });
    const elsewhere = { ...ADDRESS, region: 'OR', postalCode: '97201' };
    expect((await giveAddress(shopper, id, elsewhere)).tax).toEqual(usd(0));
  });

  it('begins with a user’s default address', async () => {
    const shopper = await customer(muse);
    await shopper.post('/me/addresses', { ...ADDRESS, isDefault: true }).expect(201);
    await addVariant(shopper, shop.variantIds[0]);
    expect((await begin(shopper)).tax).toEqual(usd(133));
  });

  it('leaves partner stores to what they say', async () => {
    const shopper = await guest(muse);
    await addDescribed(shopper, await openPartner(muse));
    expect((await giveAddress(shopper, (await begin(shopper)).id)).tax).toEqual(usd(0));
  });

  it('is worked out after the store’s own discount, and before Muse’s, which Muse pays to the store', async () => {
    const shopper = await guest(muse);
    const ten = { kind: 'percent', percent: '10' };
    await shop.merchant.post(`/merchant/stores/${shop.storeId}/coupons`, { code: 'OWN', ...ten }).expect(201);
    await admin.post('/admin/coupons', { code: 'MUSE', ...ten }).expect(201);
    await addVariant(shopper, shop.variantIds[0]);
    await shopper.put('/cart/coupons', { codes: ['OWN', 'MUSE'] }).expect(200);
    const session = await giveAddress(shopper, (await begin(shopper)).id);
    // (10.00 − 1.00 + 5.00) at 8.875 % is 1.2425.
    expect(session).toMatchObject({ discount: usd(190), tax: usd(124), total: usd(1434) });
    expect(session.stores[0].taxLines[0].base).toEqual(usd(1400));
  });

  it('of a new rate holds from the next quote on; what was placed keeps its own', async () => {
    const shopper = await guest(muse);
    await addVariant(shopper, shop.variantIds[0]);
    const session = await giveAddress(shopper, (await begin(shopper)).id);
    const exempt = {
      country: 'US',
      region: 'NY',
      category: 'shirts',
      name: 'Sales tax',
      percent: '0',
      inclusive: false,
    };
    await admin.post('/admin/tax-rates', exempt).expect(201);
    const quoted = (await shopper.get(`/checkout/sessions/${session.id}`).expect(200)).body;
    expect(quoted.tax).toEqual(usd(133));
    // Delivery is still taxed.
    const { body } = await shopper.post(`/checkout/sessions/${session.id}/refresh`).expect(200);
    expect(body).toMatchObject({ tax: usd(44), total: usd(1544) });
    const refused = await place(shopper, session).expect(409);
    expect(refused.body.code).toBe('total_changed');
    await place(shopper, body).expect(202);
  });
});
