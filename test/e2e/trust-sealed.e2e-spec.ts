import { startApp, type RunningApp } from '../support/app';
import { openShop, type Shop } from '../support/market';
import { holderOf, paranoid, publishKey } from '../support/sealed';
import {
  ADDRESS,
  API,
  CONTACT,
  addVariant,
  begin,
  giveAddress,
  guest,
  place,
  settled,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';
import { complete } from '../support/trust';

describe('Trust and sealed orders', () => {
  let muse: RunningApp;
  let shop: Shop;
  let buyer: Shopper;

  beforeAll(async () => {
    muse = await startApp();
    shop = await openShop(muse);
    await publishKey(shop);
    buyer = await paranoid(muse);
  });

  const sealedOrder = async (who: Shopper = buyer): Promise<{ orderId: string; holder: Shopper }> => {
    await addVariant(who, shop.variantIds[0]);
    const session = await giveAddress(who, (await begin(who)).id);
    const { body } = await place(who, session).expect(202);
    await settled(who, session.id);
    const [access] = body.orderAccess;
    await complete(muse, access.orderId);
    return { orderId: access.orderId, holder: holderOf(muse, access) };
  };
  const storeTrust = async (): Promise<Body> =>
    (await muse.http.get(`${API}/stores/${shop.storeId}/trust`).expect(200)).body;

  it('are rated and reported by the token, and the buyer counts once, however many orders they have', async () => {
    const [one, two] = [await sealedOrder(), await sealedOrder()];
    for (const { holder, orderId } of [one, two]) {
      await holder.put(`/orders/${orderId}/rating`, { stars: 5, words: 'By nobody' }).expect(200);
      await shop.merchant.put(`/merchant/stores/${shop.storeId}/orders/${orderId}/rating`, { stars: 3 }).expect(200);
      await buyer.put(`/orders/${orderId}/rating`, { stars: 1 }).expect(404);
    }
    const another = await paranoid(muse);
    const three = await sealedOrder(another);
    expect(await storeTrust()).toMatchObject({
      verifiedSales: 3,
      counterparties: 2,
      ratings: { count: 2, average: 5 },
    });
    const trustOf = async (orderId: string): Promise<Body> =>
      (await shop.merchant.get(`/merchant/stores/${shop.storeId}/orders/${orderId}/buyer-trust`).expect(200)).body;
    expect(await trustOf(one.orderId)).toMatchObject({ buyer: 'unnamed', verifiedSales: 2, ratings: { average: 3 } });
    expect(await trustOf(three.orderId)).toMatchObject({
      buyer: 'unnamed',
      verifiedSales: 1,
      ratings: { average: null },
    });
    const report = { reason: 'not_received', words: 'Where is it' };
    const { body } = await one.holder.post(`/orders/${one.orderId}/reports`, report).expect(201);
    await shop.merchant.post(`/reports/${body.id}/answer`, { words: 'On its way' }).expect(200);
    expect((await one.holder.get(`/reports/${body.id}`).expect(200)).body.answer.words).toBe('On its way');
    await two.holder.get(`/reports/${body.id}`).expect(404);
    await buyer.get(`/reports/${body.id}`).expect(404);
  });

  it('count as those of guests where no account stands behind them, however well they are hidden', async () => {
    const quiet = await openShop(muse);
    await publishKey(quiet);
    const visitor = await guest(muse);
    await addVariant(visitor, quiet.variantIds[0]);
    const { id } = await begin(visitor, { sealed: true });
    const body = { address: ADDRESS, contact: CONTACT };
    const { body: session } = await visitor.put(`/checkout/sessions/${id}/shipping`, body).expect(200);
    const [access] = (await place(visitor, session).expect(202)).body.orderAccess;
    await settled(visitor, id);
    const holder = holderOf(muse, access);
    const at = `/merchant/stores/${quiet.storeId}/orders/${access.orderId}`;
    await quiet.merchant.post(`${at}/ship`, { carrier: 'UPS', trackingNumber: '1Z999AA10123456784' }).expect(200);
    await holder.put(`/orders/${access.orderId}/received`).expect(200);
    await holder.post(`/orders/${access.orderId}/complete`).expect(200);
    await quiet.merchant.post(`${at}/complete`).expect(200);
    const { body: trust } = await muse.http.get(`${API}/stores/${quiet.storeId}/trust`).expect(200);
    expect(trust).toMatchObject({ verifiedSales: 1, counterparties: 1 });
    expect(trust.terms).toContainEqual(expect.objectContaining({ code: 'guests', value: 1 }));
  });

  it('leave nothing in the rows of trust that leads to who bought', async () => {
    const tables = ['ratings', 'reports', 'report_answers', 'appeals', 'report_decisions', 'verified_sales'];
    for (const table of tables)
      for (const { text } of await sql(muse, `SELECT t::text AS text FROM ${table} t`))
        expect(text).not.toContain(buyer.id);
  });
});
