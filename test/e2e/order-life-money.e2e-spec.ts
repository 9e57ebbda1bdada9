import type { RunningApp } from '../support/app';
import type { Shop } from '../support/market';
import { key, openPayableShop, paymentIs, placeByCard, startWithWebhooks } from '../support/payments';
import { clockMoves, parcel } from '../support/orders';
import { makeUser, signIn } from '../support/sellers';
import { addVariant, customer, orderOf, settled, shopperOf, type Body, type Shopper } from '../support/shopper';

describe('The money of an order that was paid', () => {
  let muse: RunningApp;
  let shop: Shop;
  let buyer: Shopper;

  beforeAll(async () => {
    const { muse: app, stripe } = await startWithWebhooks();
    muse = app;
    shop = await openPayableShop(muse, stripe, { onHand: 1000 });
    buyer = await customer(muse);
  });

  /** Two units and delivery: 25.00, paid. */
  const buy = async (): Promise<Body> => {
    await addVariant(buyer, shop.variantIds[0], 2);
    const session = await placeByCard(buyer);
    const order = await orderOf(buyer, await settled(buyer, session.id));
    return paymentIs(buyer, order.id, 'paid');
  };
  const merchant = (order: Body, rest: string, body: object = {}) =>
    shop.merchant.post(`/merchant/stores/${shop.storeId}/orders/${order.id}${rest}`, body, key());
  const refunds = async (order: Body) =>
    (await buyer.get(`/orders/${order.id}/refunds`).expect(200)).body.data.map(({ amount, by }: Body) => [
      amount.amount,
      by,
    ]);

  it('goes back whole, once, when its merchant cancels, however often that is said', async () => {
    const order = await buy();
    const answers = await Promise.all([1, 2, 3].map(() => merchant(order, '/cancel', { reason: 'Out of stock' })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    await paymentIs(buyer, order.id, 'refunded');
    expect(await refunds(order)).toEqual([[2500, 'system']]);
  });

  it('goes back whole when its merchant does not confirm it in time', async () => {
    const order = await buy();
    await clockMoves(muse, order.id);
    expect(await paymentIs(buyer, order.id, 'refunded')).toMatchObject({ status: 'cancelled' });
    expect(await refunds(order)).toEqual([[2500, 'system']]);
  });

  it('goes back less what has gone back already when support cancels what was lost on its way', async () => {
    const order = await buy();
    await merchant(order, '/ship', parcel()).expect(200);
    await merchant(order, '/refunds', { amount: { amount: 300, currency: 'USD' }, reason: 'Late' }).expect(201);
    await paymentIs(buyer, order.id, 'partially_refunded');
    const account = await makeUser(muse, 'support');
    const support = shopperOf(muse, account.id, await signIn(muse, account));
    const before = (await shop.stockOf(shop.variantIds[0]))[0];
    await support
      .post(`/admin/orders/${order.id}/override`, { status: 'cancelled', reason: 'Lost on its way' }, key())
      .expect(200);
    await paymentIs(buyer, order.id, 'refunded');
    expect(await refunds(order)).toEqual([
      [300, 'merchant'],
      [2200, 'system'],
    ]);
    // What is lost is in no stock.
    expect((await shop.stockOf(shop.variantIds[0]))[0]).toBe(before);
  });
});
