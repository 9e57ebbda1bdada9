import { startApp, type RunningApp } from '../support/app';
import { openShop, type Shop } from '../support/market';
import { usd } from '../support/sellers';
import {
  PAID_LATER,
  ADDRESS,
  CONTACT,
  addVariant,
  begin,
  cartOf,
  giveAddress,
  guest,
  linesOf,
  readySession,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';

describe('What a checkout session costs', () => {
  let muse: RunningApp;
  let shop: Shop;
  let shopper: Shopper;

  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api' });
  });
  beforeEach(async () => {
    shop = await openShop(muse);
    shopper = await guest(muse);
  });

  const at = (session: Body, rest = '') => `/checkout/sessions/${session.id}${rest}`;
  const read = async (session: Body): Promise<Body> => (await shopper.get(at(session)).expect(200)).body;
  const ofStore = (session: Body, storeId: string): Body =>
    session.stores.find((store: Body) => store.storeId === storeId);
  const setStore = (session: Body, storeId: string, body: object) =>
    shopper.put(at(session, `/stores/${storeId}`), body);

  it('says what has changed since the cart was last seen, and then the shopper has seen it', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    await shop.reprice(shop.variantIds[0], 1500);
    const session = await begin(shopper);
    const changed = { code: 'price_changed', storeId: shop.storeId, was: usd(1000), now: usd(1500) };
    expect(session).toMatchObject({ total: usd(2000), problems: [changed, PAID_LATER] });
    expect((await giveAddress(shopper, session.id)).problems).toMatchObject([changed, PAID_LATER]);
    expect((await cartOf(shopper)).problems).toEqual([]);
  });

  it('keeps its prices while its quote stands, whatever the merchant does', async () => {
    await addVariant(shopper, shop.variantIds[0], 2);
    const session = await begin(shopper);
    await shop.reprice(shop.variantIds[0], 9900);
    expect(await read(session)).toEqual(session);
    expect(await giveAddress(shopper, session.id)).toMatchObject({ total: usd(2500), problems: [PAID_LATER] });
    const [{ id }] = linesOf(session);
    const more = await shopper.put(at(session, `/items/${id}`), { quantity: 3 }).expect(200);
    expect(more.body).toMatchObject({ total: usd(3500), problems: [PAID_LATER] });
  });

  it('takes the prices of now once its quote is over', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const session = await begin(shopper);
    await shop.reprice(shop.variantIds[0], 1200);
    await sql(muse, `UPDATE store_checkouts SET quote_expires_at = now() - interval '1 second' WHERE session_id = $1`, [
      session.id,
    ]);
    expect(await giveAddress(shopper, session.id)).toMatchObject({
      total: usd(1700),
      problems: [{ code: 'price_changed' }, PAID_LATER],
    });
  });

  it('is refreshed with the prices of now and the same details', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const before = await readySession(shopper);
    const other = { ...ADDRESS, line1: '1 Main Street' };
    const gift = { message: 'For you', wrap: true };
    const choice = { address: other, deliveryOptionId: shop.deliveryIds[1], note: 'Ring twice', gift };
    await setStore(before, shop.storeId, choice).expect(200);
    await sql(muse, `UPDATE checkout_sessions SET expires_at = now() + interval '1 minute' WHERE id = $1`, [before.id]);
    await shop.reprice(shop.variantIds[0], 1200);
    await addVariant(shopper, shop.variantIds[1]);
    const { body } = await shopper.post(at(before, '/refresh')).expect(200);
    expect(body).toMatchObject({ shippingAddress: ADDRESS, contact: CONTACT, subtotal: usd(3200), total: usd(4700) });
    expect(ofStore(body, shop.storeId)).toMatchObject({
      shippingAddress: other,
      deliveryOptionId: shop.deliveryIds[1],
      note: 'Ring twice',
      gift,
    });
    expect(new Date(body.expiresAt).getTime()).toBeGreaterThan(Date.now() + 29 * 60_000);
  });
});
