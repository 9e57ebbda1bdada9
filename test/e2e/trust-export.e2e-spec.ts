import { startApp, type RunningApp } from '../support/app';
import { openShop, type Shop } from '../support/market';
import { customer, guest, type Body } from '../support/shopper';
import { completedOrder } from '../support/trust';

describe('What an export says of trust', () => {
  let muse: RunningApp;
  let shop: Shop;

  beforeAll(async () => {
    muse = await startApp();
    shop = await openShop(muse);
  });

  it('is what the user wrote on either side, as a guest too, and nothing that others wrote', async () => {
    const user = await customer(muse);
    const visitor = await guest(muse);
    const asGuest = (await completedOrder(muse, visitor, shop)).order;
    await visitor.put(`/orders/${asGuest.id}/rating`, { stars: 4, words: 'As a guest' }).expect(200);
    const login = { email: user.email, password: 'correct horse battery' };
    await muse.http.post('/api/v1/auth/login').set(visitor.headers).send(login).expect(200);
    const { order, ofMerchant } = await completedOrder(muse, user, shop);
    await user.put(`/orders/${order.id}/rating`, { stars: 5, words: 'Mine' }).expect(200);
    await shop.merchant.put(`${ofMerchant}/rating`, { stars: 1, words: 'Another’s' }).expect(200);
    const report = { reason: 'other', words: 'My report', evidenceUrls: ['https://pictures.example.com/1'] };
    await user.post(`/orders/${order.id}/reports`, report).expect(201);
    const { body } = await shop.merchant
      .post(`${ofMerchant}/reports`, { reason: 'abusive', words: 'Theirs' })
      .expect(201);
    await user.post(`/reports/${body.id}/answer`, { words: 'My answer' }).expect(200);
    const { trust } = (await user.get('/me/export').expect(200)).body;
    expect(
      trust.map(({ kind, side, stars, words, evidenceUrls }: Body) => [kind, side, stars, words, evidenceUrls]),
    ).toEqual([
      ['answer', 'buyer', null, 'My answer', []],
      ['rating', 'buyer', 4, 'As a guest', []],
      ['rating', 'buyer', 5, 'Mine', []],
      ['report', 'buyer', null, 'My report', ['https://pictures.example.com/1']],
    ]);
    const ofShop = (await shop.merchant.get('/me/export').expect(200)).body.trust;
    expect(ofShop.map(({ kind, words }: Body) => [kind, words])).toEqual([
      ['rating', 'Another’s'],
      ['report', 'Theirs'],
    ]);
  });
});
