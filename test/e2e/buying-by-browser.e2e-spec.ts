import { startApp, type RunningApp } from '../support/app';
import { letIn } from '../support/automation';
import {
  addGood,
  challengeOf,
  decided,
  quoted,
  quotedSession,
  shopperAt,
  storeOf,
  toBeQuoted,
  type BrowserStore,
} from '../support/by-browser';
import { openShop, type Shop } from '../support/market';
import { ANSWERS, shopAccount, startShop, type ShopKind } from '../support/shop-sandbox';
import { assertNone, keepSecret, leaksOfDatabase } from '../support/leaks';
import { usd } from '../support/sellers';
import { addVariant, customer, eventually, place, sql, type Body, type Shopper } from '../support/shopper';

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

/** Asked for again and again, as a job does now and then. */
const followed = (shopper: Shopper, store: BrowserStore, orderId: string, status: string): Promise<Body> =>
  eventually(async () => {
    await sql(muse, `UPDATE store_orders SET next_poll_at = now() WHERE store_id = $1 AND lease_until IS NULL`, [
      store.id,
    ]);
    const { body } = await shopper.get(`/orders/${orderId}`).expect(200);
    return body.status === status && body;
  }, 90_000);

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
    const order = (await store.shop.ledger()).at(-1);
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
    const orderId = body.data[0].id;
    await store.shop.advance({ number: order!.number, to: 'shipped' });
    const shipped = await followed(shopper, store, orderId, 'shipped');
    expect(shipped.parcels).toMatchObject([{ trackingNumber: expect.any(String), carrier: expect.any(String) }]);
    await store.shop.advance({ number: order!.number, to: 'delivered' });
    await followed(shopper, store, orderId, 'delivered');
  });

  it('says in the cart where it is finished: here once the sign-in is given', async () => {
    const store = stores.get('nordstrom')!;
    const shopper = await customer(muse);
    await addGood(shopper, store);
    const inCart = async () => storeIn((await shopper.get('/cart').expect(200)).body, store);
    const url = `${muse.config.PUBLIC_URL}/api/v1/integrations/${store.id}/credentials`;
    expect(await inCart()).toMatchObject({
      ...{ tier: 'headless', checkout: 'on_store_site', link: { required: true, status: 'not_linked', url } },
    });
    await letIn(shopper, store.id, shopAccount('bo'));
    expect(await inCart()).toMatchObject({ checkout: 'in_muse', link: { required: true, status: 'linked', url } });
  });

  it('asks the shopper for the code that the shop sent, and goes on', async () => {
    const store = stores.get('macys')!;
    const code = ANSWERS.oneTimeCode;
    const shopper = await shopperAt(muse, store, 'bo');
    await store.shop.switch({ oneTimeCode: 'checkout' });
    await addGood(shopper, store);
    const { id } = await toBeQuoted(shopper);
    const asked = await challengeOf(shopper, id);
    expect(asked).toMatchObject({
      kind: 'one_time_code',
      about: 'quote',
      status: 'waiting',
      fields: [{ type: 'code' }],
    });
    expect(asked.picture).toMatch(/^data:image\/png;base64,iVBORw0KGgo/);
    await shopper.post(`${asked.at}/answer`, { answers: { [asked.fields[0].name]: code } }).expect(202);
    const session = await quoted(shopper, id);
    expect(storeIn(session, store)).toMatchObject({ status: 'waiting', checkout: 'in_muse' });
    await place(shopper, session).expect(202);
    expect(await decided(shopper, id)).toMatchObject({ status: 'completed', stores: [{ status: 'placed' }] });
    await store.shop.switch({ oneTimeCode: false });
  });

  it('cancels an order at the shop where its buyer asks for it', async () => {
    const store = stores.get('oldnavy')!;
    const shopper = await shopperAt(muse, store, 'bo');
    await addGood(shopper, store);
    const session = await quotedSession(shopper);
    await place(shopper, session).expect(202);
    await decided(shopper, session.id);
    const { body } = await shopper.get(`/orders?storeId=${store.id}`).expect(200);
    const [{ id, storeOrderNumber }] = body.data;
    await eventually(async () => {
      const { body: order } = await shopper.get(`/orders/${id}`).expect(200);
      return order.allowedActions.includes('cancel');
    }, 60_000);
    await shopper.put(`/orders/${id}/cancel`, {}).expect(202);
    await eventually(async () => (await shopper.get(`/orders/${id}`).expect(200)).body.status === 'cancelled', 60_000);
    const atShop = (await store.shop.ledger()).find(({ number }) => number === storeOrderNumber);
    expect(atShop).toMatchObject({ status: 'cancelled' });
  });

  it('leaves no password in the database', async () => {
    assertNone(await leaksOfDatabase(muse.database));
  });
});
