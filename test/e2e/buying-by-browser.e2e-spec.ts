import { startApp, type RunningApp } from '../support/app';
import { addGood, decided, quotedSession, shopperAt, storeOf, type BrowserStore } from '../support/by-browser';
import { openShop, type Shop } from '../support/market';
import { shopAccount, startShop, type ShopKind } from '../support/shop-sandbox';
import { assertNone, keepSecret, leaksOfDatabase } from '../support/leaks';
import { usd } from '../support/sellers';
import { addVariant, place, type Body, type Shopper } from '../support/shopper';

jest.setTimeout(240_000);

const KINDS: ShopKind[] = ['nordstrom', 'macys', 'oldnavy'];

let muse: RunningApp;
let merchant: Shop;
const stores = new Map<ShopKind, BrowserStore>();
beforeAll(async () => {
  const shops = await Promise.all(KINDS.map((kind) => startShop(kind)));
  muse = await startApp({ SANDBOX_ORIGINS: shops.map(({ origins }) => origins).join(',') });
  for (const shop of shops) stores.set(shop.kind, await storeOf(muse, shop));
  merchant = await openShop(muse);
  keepSecret('a password at a store', shopAccount('ana').password);
});

const storeIn = (of: Body, { id }: BrowserStore): Body => of.stores.find((store: Body) => store.storeId === id);

describe('A cart with a store that is ordered at by a browser', () => {
  it.each(KINDS)('is quoted by the store, placed there, and at a merchant’s beside it: %s', async (kind) => {
    const store = stores.get(kind)!;
    const shopper: Shopper = await shopperAt(muse, store);
    await addGood(shopper, store);
    await addVariant(shopper, merchant.variantIds[0]!);
    const session = await quotedSession(shopper);
    const quote = storeIn(session, store);
    expect(quote).toMatchObject({
      ...{ tier: 'headless', checkout: 'in_muse', status: 'waiting', settlement: 'at_store' },
      link: { status: 'linked' },
      problems: [{ code: 'charged_at_store', severity: 'info', brand: expect.any(String), last4: expect.any(String) }],
    });
    expect(quote.deliveryOptions.length).toBeGreaterThan(1);
    await place(shopper, session).expect(202);
    const status = await decided(shopper, session.id);
    const [order] = await store.shop.ledger();
    expect(status).toMatchObject({ status: 'completed' });
    expect(storeIn(status, store)).toMatchObject({
      ...{ status: 'placed', tier: 'headless', action: null, failure: null },
      order: { storeOrderNumber: order!.number },
    });
    const { body } = await shopper.get(`/orders?storeId=${store.id}`).expect(200);
    expect(body.data).toMatchObject([
      {
        ...{ status: 'confirmed', paymentStatus: 'at_store', checkoutMethod: 'headless', total: quote.total },
        storeOrderNumber: order!.number,
      },
    ]);
    expect(quote.total).toEqual(usd(order!.total));
  });

  it('leaves no password in the database', async () => {
    assertNone(await leaksOfDatabase(muse.database));
  });
});
