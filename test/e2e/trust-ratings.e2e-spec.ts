import { randomUUID } from 'node:crypto';
import { RatingsService } from '../../src/trust/ratings/ratings.service';
import { startApp, type RunningApp } from '../support/app';
import { openPartner, openShop, type Shop } from '../support/market';
import {
  API,
  addDescribed,
  addVariant,
  checkoutToPlaced,
  customer,
  guest,
  orderOf,
  sql,
  statusesOf,
  type Body,
  type Shopper,
} from '../support/shopper';
import { buy, complete, completedOrder, eventsOf, sealOrder } from '../support/trust';
import { orderToken } from '../support/world';

describe('Ratings of an order', () => {
  let muse: RunningApp;
  let buyer: Shopper;
  let shop: Shop;

  beforeAll(async () => {
    muse = await startApp();
    [buyer, shop] = [await customer(muse), await openShop(muse)];
  });

  const ofBuyer = (order: Body) => `/orders/${order.id}/rating`;
  const ofMerchant = (order: Body, at = shop) => `/merchant/stores/${at.storeId}/orders/${order.id}/rating`;
  const completed = async (by: Shopper = buyer): Promise<Body> => (await completedOrder(muse, by, shop)).order;
  /** As if the order had been completed so many days ago. */
  const daysLater = async (order: Body, days: number) => {
    await sql(muse, 'UPDATE orders SET completed_at = completed_at - make_interval(days => $2) WHERE id = $1', [
      order.id,
      days,
    ]);
    await sql(muse, 'UPDATE ratings SET show_at = show_at - make_interval(days => $2) WHERE order_id = $1', [
      order.id,
      days,
    ]);
  };
  const showDue = () => muse.app.get(RatingsService, { strict: false }).showDue();
  const storeTrust = async (): Promise<Body> =>
    (await muse.http.get(`${API}/stores/${shop.storeId}/trust`).expect(200)).body;

  it('are given by both sides, and shown when both are in: to both, and counted', async () => {
    const order = await completed();
    const before = (await storeTrust()).ratings.count;
    const given = (await buyer.put(ofBuyer(order), { stars: 5, words: 'Quick, well packed' }).expect(200)).body;
    expect(given).toMatchObject({
      ...{ orderId: order.id, theirs: null, open: true, shownAt: null },
      yours: { stars: 5, words: 'Quick, well packed' },
    });
    expect(given.disclaimer).toContain('Muse does not arbitrate');
    // The other side cannot tell whether there is one.
    const seen = (await shop.merchant.get(ofMerchant(order)).expect(200)).body;
    expect(seen).toMatchObject({ yours: null, theirs: null, open: true, shownAt: null });
    expect((await storeTrust()).ratings.count).toBe(before);

    const answer = (await shop.merchant.put(ofMerchant(order), { stars: 4 }).expect(200)).body;
    expect(answer).toMatchObject({
      yours: { stars: 4, words: null },
      theirs: { stars: 5, words: 'Quick, well packed' },
      open: false,
      shownAt: expect.any(String),
    });
    expect((await buyer.get(ofBuyer(order)).expect(200)).body).toMatchObject({
      ...{ yours: { stars: 5 }, theirs: { stars: 4 }, open: false },
    });
    expect((await storeTrust()).ratings.count).toBe(before + 1);
    expect(await eventsOf(muse, 'trust.rating_given', order.id)).toEqual([
      { orderId: order.id, storeId: shop.storeId, side: 'buyer' },
      { orderId: order.id, storeId: shop.storeId, side: 'merchant' },
    ]);
    expect(await eventsOf(muse, 'trust.ratings_shown', order.id)).toEqual([
      { orderId: order.id, storeId: shop.storeId },
    ]);
  });

  it('may be changed while nobody has seen them, and not afterwards', async () => {
    const order = await completed();
    await buyer.put(ofBuyer(order), { stars: 2, words: 'Late' }).expect(200);
    const changed = (await buyer.put(ofBuyer(order), { stars: 4 }).expect(200)).body;
    expect(changed.yours).toMatchObject({ stars: 4, words: null });
    expect(await eventsOf(muse, 'trust.rating_given', order.id)).toHaveLength(1);
    await shop.merchant.put(ofMerchant(order), { stars: 3 }).expect(200);
    for (const answer of [
      await buyer.put(ofBuyer(order), { stars: 1 }),
      await shop.merchant.put(ofMerchant(order), { stars: 1 }),
    ])
      expect([answer.status, answer.body.code, answer.body.reason]).toEqual([409, 'not_rateable', 'shown']);
    expect((await buyer.get(ofBuyer(order)).expect(200)).body).toMatchObject({
      yours: { stars: 4 },
      theirs: { stars: 3 },
    });
  });

  it('are for completed orders, until the window closes', async () => {
    const order = await buy(buyer, shop);
    const early = await buyer.put(ofBuyer(order), { stars: 5 }).expect(409);
    expect([early.body.code, early.body.reason]).toEqual(['not_rateable', 'not_completed']);
    expect((await buyer.get(ofBuyer(order)).expect(200)).body).toMatchObject({ open: false, closesAt: null });
    await complete(muse, order.id);
    const open = (await buyer.get(ofBuyer(order)).expect(200)).body;
    const { completedAt } = (await buyer.get(`/orders/${order.id}`).expect(200)).body;
    expect(Date.parse(open.closesAt) - Date.parse(completedAt)).toBe(14 * 86_400_000);
    await daysLater(order, 14);
    const late = await shop.merchant.put(ofMerchant(order), { stars: 5 }).expect(409);
    expect([late.body.code, late.body.reason]).toEqual(['not_rateable', 'window_closed']);
    expect(await sql(muse, 'SELECT 1 FROM ratings WHERE order_id = $1', [order.id])).toEqual([]);
  });

  it('are shown when the window closes, though the other side was silent: once', async () => {
    const order = await completed();
    await buyer.put(ofBuyer(order), { stars: 1, words: 'Never again' }).expect(200);
    await showDue();
    expect((await shop.merchant.get(ofMerchant(order)).expect(200)).body.theirs).toBeNull();
    await daysLater(order, 15);
    await showDue();
    await showDue();
    const seen = (await shop.merchant.get(ofMerchant(order)).expect(200)).body;
    expect(seen).toMatchObject({ yours: null, theirs: { stars: 1, words: 'Never again' }, open: false });
    expect(await eventsOf(muse, 'trust.ratings_shown', order.id)).toHaveLength(1);
    const refused = await shop.merchant.put(ofMerchant(order), { stars: 1 }).expect(409);
    expect(refused.body.reason).toBe('shown');
  });

  it('both at once, show both, and say so once', async () => {
    for (let turn = 0; turn < 5; turn++) {
      const order = await completed();
      const answers = await Promise.all([
        buyer.put(ofBuyer(order), { stars: 5 }),
        shop.merchant.put(ofMerchant(order), { stars: 4 }),
      ]);
      expect(statusesOf(answers)).toEqual([200, 200]);
      expect((await buyer.get(ofBuyer(order)).expect(200)).body).toMatchObject({
        ...{ yours: { stars: 5 }, theirs: { stars: 4 }, open: false },
      });
      expect(await eventsOf(muse, 'trust.ratings_shown', order.id)).toHaveLength(1);
    }
  });

  it('the same one many times at once, is one', async () => {
    const order = await completed();
    const answers = await Promise.all([1, 2, 3, 4, 5].map((stars) => buyer.put(ofBuyer(order), { stars })));
    expect(statusesOf(answers)).toEqual([200, 200, 200, 200, 200]);
    const rows = await sql(muse, 'SELECT stars, side FROM ratings WHERE order_id = $1', [order.id]);
    expect(rows).toEqual([{ stars: expect.any(Number), side: 'buyer' }]);
    await expect(
      sql(
        muse,
        `INSERT INTO ratings (order_id, store_id, side, stars, key_subject_id, show_at) SELECT order_id, store_id, side, 1, key_subject_id, show_at FROM ratings WHERE order_id = $1`,
        [order.id],
      ),
    ).rejects.toThrow('ratings_one_per_side');
  });

  it('change and the other’s rating at once: what was seen stays', async () => {
    for (let turn = 0; turn < 5; turn++) {
      const order = await completed();
      await buyer.put(ofBuyer(order), { stars: 5 }).expect(200);
      const [change, other] = await Promise.all([
        buyer.put(ofBuyer(order), { stars: 1 }),
        shop.merchant.put(ofMerchant(order), { stars: 3 }),
      ]);
      expect(other.status).toBe(200);
      expect([200, 409]).toContain(change.status);
      const now = (await shop.merchant.get(ofMerchant(order)).expect(200)).body.theirs.stars;
      expect(now).toBe(other.body.theirs.stars);
      expect(now).toBe(change.status === 200 ? 1 : 5);
    }
  });

  it('the other’s, and the end of the window at once: none is left that is not shown beside one that is', async () => {
    for (let turn = 0; turn < 5; turn++) {
      const order = await completed();
      await buyer.put(ofBuyer(order), { stars: 5 }).expect(200);
      await sql(muse, 'UPDATE ratings SET show_at = now() WHERE order_id = $1', [order.id]);
      const [answer] = await Promise.all([shop.merchant.put(ofMerchant(order), { stars: 3 }), showDue()]);
      const rows = await sql(muse, 'SELECT side, shown_at FROM ratings WHERE order_id = $1 ORDER BY side', [order.id]);
      for (const row of rows) expect(row.shown_at).not.toBeNull();
      expect(rows).toHaveLength(answer.status === 200 ? 2 : 1);
    }
  });

  it('are refused where they are no rating', async () => {
    const order = await completed();
    const bad = [
      {},
      { stars: 0 },
      { stars: 6 },
      { stars: 4.5 },
      { stars: '5' },
      { stars: 5, words: '' },
      { stars: 5, words: '   ' },
    ];
    for (const body of [...bad, { stars: 5, words: 'x'.repeat(1001) }, { stars: 5, words: 7 }, { stars: 5, more: 1 }]) {
      for (const answer of [await buyer.put(ofBuyer(order), body), await shop.merchant.put(ofMerchant(order), body)])
        expect([body, answer.status, answer.body.code]).toEqual([body, 400, 'invalid_request']);
    }
    const card = await buyer.put(ofBuyer(order), { stars: 5, words: 'My card is 4242 4242 4242 4242' }).expect(400);
    expect(card.body.code).toBe('card_number_refused');
    expect(await sql(muse, 'SELECT 1 FROM ratings WHERE order_id = $1', [order.id])).toEqual([]);
  });

  it('are nobody else’s: another merchant, the merchant’s other store, another buyer, a stranger', async () => {
    const order = await completed();
    const other = await openShop(muse);
    const { body: second } = await shop.merchant
      .post('/merchant/stores', { name: 'Second', currency: 'USD', country: 'US' })
      .expect(201);
    const at = (storeId: string) => `/merchant/stores/${storeId}/orders/${order.id}/rating`;
    const tries: [Shopper, string][] = [
      [other.merchant, at(shop.storeId)],
      [other.merchant, at(other.storeId)],
      [shop.merchant, at(second.id)],
      [shop.merchant, ofBuyer(order)],
      [buyer, at(shop.storeId)],
      [await customer(muse), ofBuyer(order)],
      [await guest(muse), ofBuyer(order)],
      [buyer, `/orders/${randomUUID()}/rating`],
    ];
    for (const [who, path] of tries) {
      expect([path, (await who.put(path, { stars: 1 })).status]).toEqual([path, 404]);
      expect([path, (await who.get(path)).status]).toEqual([path, 404]);
    }
    await muse.http
      .put(`${API}${ofBuyer(order)}`)
      .send({ stars: 1 })
      .expect(401);
    await muse.http.get(`${API}${ofMerchant(order)}`).expect(401);
    const visitor = await guest(muse);
    expect((await visitor.get(ofMerchant(order))).status).toBe(403);
    expect(await sql(muse, 'SELECT 1 FROM ratings WHERE order_id = $1', [order.id])).toEqual([]);
  });

  it('are given by guests, too', async () => {
    const visitor = await guest(muse);
    const order = await completed(visitor);
    await visitor.put(ofBuyer(order), { stars: 5, words: 'By a guest' }).expect(200);
    await shop.merchant.put(ofMerchant(order), { stars: 5 }).expect(200);
    expect((await shop.merchant.get(ofMerchant(order)).expect(200)).body.theirs.words).toBe('By a guest');
  });

  it('are given by the holder of a token where the order names nobody, and by nobody whose token only looks', async () => {
    const order = await completed();
    const looking = await orderToken(muse, order.id);
    const withLook = { authorization: `Bearer ${looking}` };
    for (const verb of ['put', 'get'] as const)
      expect(
        (
          await muse.http[verb](`${API}${ofBuyer(order)}`)
            .set(withLook)
            .send({ stars: 5 })
        ).status,
      ).toBe(404);
    const headers = await sealOrder(muse, order.id, () => orderToken(muse, order.id));
    await buyer.put(ofBuyer(order), { stars: 1 }).expect(404);
    const rated = await muse.http
      .put(`${API}${ofBuyer(order)}`)
      .set(headers)
      .send({ stars: 5, words: 'By nobody' });
    expect([rated.status, rated.body.yours]).toMatchObject([200, { stars: 5, words: 'By nobody' }]);
    const [row] = await sql(muse, 'SELECT r::text AS text, key_subject_id FROM ratings r WHERE order_id = $1', [
      order.id,
    ]);
    expect(row.key_subject_id).toBe(order.id);
    expect(row.text).not.toContain(buyer.id);
    await sql(muse, 'UPDATE order_access_tokens SET revoked_at = now() WHERE order_id = $1', [order.id]);
    await muse.http
      .put(`${API}${ofBuyer(order)}`)
      .set(headers)
      .send({ stars: 1 })
      .expect(401);
  });

  it('are not for orders of partner stores, nor for what one buys of oneself', async () => {
    const partner = await openPartner(muse);
    const visitor = await guest(muse);
    await addDescribed(visitor, partner);
    const { stores } = await checkoutToPlaced(visitor);
    const made = await visitor
      .post(`/handoffs/${stores[0].handoffId}/ordered`, { storeOrderNumber: 'P-1' })
      .expect(201);
    const refused = await visitor.put(ofBuyer(made.body), { stars: 5 }).expect(409);
    expect(refused.body.code).toBe('not_between_two');
    await addVariant(shop.merchant, shop.variantIds[0]);
    const own = await orderOf(shop.merchant, await checkoutToPlaced(shop.merchant));
    await complete(muse, own.id);
    for (const path of [ofBuyer(own), ofMerchant(own)])
      expect((await shop.merchant.put(path, { stars: 5 }).expect(409)).body.code).toBe('not_between_two');
  });

  it('keep their words encrypted, and lose them with whoever wrote them; the stars stay', async () => {
    const leaver = await customer(muse);
    const order = await completed(leaver);
    await leaver.put(ofBuyer(order), { stars: 2, words: 'Words of Leaver' }).expect(200);
    await shop.merchant.put(ofMerchant(order), { stars: 4 }).expect(200);
    const [{ text }] = await sql(muse, 'SELECT string_agg(r::text, $2) AS text FROM ratings r WHERE order_id = $1', [
      order.id,
      ' ',
    ]);
    expect(text).not.toContain('Leaver');
    const events = await sql(muse, `SELECT e::text AS text FROM events e WHERE type LIKE 'trust.%'`);
    for (const { text: told } of events) expect(told).not.toContain('Leaver');
    expect((await leaver.delete('/me')).ok).toBe(true);
    expect((await shop.merchant.get(ofMerchant(order)).expect(200)).body.theirs).toMatchObject({
      stars: 2,
      words: null,
    });
    const [row] = await sql(muse, `SELECT content FROM ratings WHERE order_id = $1 AND side = 'buyer'`, [order.id]);
    expect(row.content).toBeNull();
  });
});
