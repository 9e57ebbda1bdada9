import { startApp, type RunningApp } from '../support/app';
import { openPartner, openShop, type Shop } from '../support/market';
import { makeUser, signIn, usd } from '../support/sellers';
import {
  PAID_LATER,
  addDescribed,
  addVariant,
  begin,
  cartOf,
  checkoutToPlaced,
  customer,
  giveAddress,
  guest,
  linesOf,
  orderOf,
  place,
  readySession,
  settled,
  shopperOf,
  sql,
  statusesOf,
  type Body,
  type Shopper,
} from '../support/shopper';

const TEN = { kind: 'percent', percent: '10' };

describe('Coupons in a purchase', () => {
  let muse: RunningApp;
  let shop: Shop;
  let other: Shop;
  let admin: Shopper;
  let made = 0;

  beforeAll(async () => {
    muse = await startApp();
    [shop, other] = [await openShop(muse, { onHand: 1000 }), await openShop(muse, { onHand: 1000 })];
    const account = await makeUser(muse, 'admin');
    admin = shopperOf(muse, account.id, await signIn(muse, account));
  });

  const ofShop = async (body: object, { merchant, storeId } = shop): Promise<Body> => {
    const path = `/merchant/stores/${storeId}/coupons`;
    return (await merchant.post(path, { code: `SHOP-${made++}`, ...body }).expect(201)).body;
  };
  const ofMuse = async (body: object): Promise<Body> =>
    (await admin.post('/admin/coupons', { code: `MUSE-${made++}`, ...body }).expect(201)).body;
  const apply = async (shopper: Shopper, ...coupons: Body[]): Promise<Body> =>
    (await shopper.put('/cart/coupons', { codes: coupons.map(({ code }) => code) }).expect(200)).body;
  const storeOf = (resource: Body, storeId = shop.storeId): Body =>
    resource.stores.find((store: Body) => store.storeId === storeId);
  const codesOf = (resource: Body): string[] =>
    resource.problems.map((problem: Body) => problem.code).filter((code: string) => code !== PAID_LATER.code);
  const redeemedOf = async ({ id }: Body): Promise<number> =>
    (await sql(muse, `SELECT redeemed FROM coupons WHERE id = $1`, [id]))[0]!.redeemed;

  it('take something off in the cart, the checkout and the order, the store’s before Muse’s, and are used up by placing', async () => {
    const shopper = await customer(muse);
    const [own, platform] = [await ofShop(TEN), await ofMuse({ kind: 'amount', amount: usd(700) })];
    await addVariant(shopper, shop.variantIds[0]);
    await addVariant(shopper, shop.variantIds[1]);
    await addVariant(shopper, other.variantIds[0]);
    // In small letters, and Muse's first: the store's counts first all the same.
    const codes = [platform.code.toLowerCase(), own.code];
    const { body: cart } = await shopper.put('/cart/coupons', { codes }).expect(200);
    // 30.00 − 3.00 = 27.00 and 10.00 share 7.00.
    expect(storeOf(cart)).toMatchObject({
      subtotal: usd(3000),
      discount: usd(811),
      shipping: usd(500),
      total: usd(2689),
    });
    expect(storeOf(cart).discounts).toEqual([
      { code: own.code, fundedBy: 'store', amount: usd(300), onDelivery: usd(0) },
      { code: platform.code, fundedBy: 'platform', amount: usd(511), onDelivery: usd(0) },
    ]);
    expect(storeOf(cart, other.storeId)).toMatchObject({ discount: usd(189), total: usd(1311) });
    expect(cart).toMatchObject({ subtotal: usd(4000), discount: usd(1000), shipping: usd(1000), total: usd(4000) });
    expect(cart.coupons.map((coupon: Body) => [coupon.code, coupon.storeId, coupon.applied])).toEqual([
      [own.code, shop.storeId, true],
      [platform.code, null, true],
    ]);
    expect((await shopper.get('/cart/summary').expect(200)).body.discount).toEqual(usd(1000));

    const session = await readySession(shopper);
    expect(session).toMatchObject({
      discount: usd(1000),
      total: usd(4000),
      coupons: cart.coupons,
      problems: [PAID_LATER, PAID_LATER],
    });
    const lines: Body[] = storeOf(session).items;
    // The store's 3.00 over 10.00 and 20.00, Muse's 5.11 over the 9.00 and 18.00 that are left.
    expect(lines.map((line) => line.discount)).toEqual([usd(270), usd(541)]);
    await place(shopper, session).expect(202);
    const status = await settled(shopper, session.id);
    const order = await orderOf(shopper, status);
    expect(order).toMatchObject({ discount: usd(811), total: usd(2689), discounts: storeOf(cart).discounts });
    expect(order.items.map((item: Body) => item.discount)).toEqual([usd(270), usd(541)]);

    expect([await redeemedOf(own), await redeemedOf(platform)]).toEqual([1, 1]);
    const rows = await sql(
      muse,
      `SELECT funded_by, amount_cents::int AS cents FROM coupon_redemptions WHERE session_id = $1 ORDER BY 1, 2`,
      [session.id],
    );
    expect(rows).toEqual([
      { funded_by: 'platform', cents: 189 },
      { funded_by: 'platform', cents: 511 },
      { funded_by: 'store', cents: 300 },
    ]);
    expect((await cartOf(shopper)).coupons).toEqual([]);
  });

  it('make the cheapest delivery free', async () => {
    const shopper = await guest(muse);
    await addVariant(shopper, shop.variantIds[0]);
    const free = await ofShop({ kind: 'free_delivery' });
    const cart = await apply(shopper, free);
    expect(storeOf(cart)).toMatchObject({ shipping: usd(500), discount: usd(500), total: usd(1000) });
    expect(storeOf(cart).discounts[0].onDelivery).toEqual(usd(500));
    const { id } = await begin(shopper);
    const express = { deliveryOptionId: shop.deliveryIds[1] };
    const { body } = await shopper.put(`/checkout/sessions/${id}/stores/${shop.storeId}`, express).expect(200);
    expect(body).toMatchObject({ shipping: usd(1500), discount: usd(500), total: usd(2000) });
  });

  it('that ask for a minimum say what is missing, stay, and count once it is reached', async () => {
    const shopper = await guest(muse);
    await addVariant(shopper, shop.variantIds[0]);
    const coupon = await ofShop({ ...TEN, minimum: usd(2500) });
    const cart = await apply(shopper, coupon);
    expect([cart.discount, codesOf(cart)]).toEqual([usd(0), ['coupon_minimum']]);
    expect(cart.problems[0]).toMatchObject({
      ...{ severity: 'warning', storeId: shop.storeId, coupon: coupon.code, minimum: usd(2500), missing: usd(1500) },
    });
    const more = await addVariant(shopper, shop.variantIds[1]);
    expect([more.discount, codesOf(more)]).toEqual([usd(300), []]);
    const session = await begin(shopper);
    const item = storeOf(session).items[1];
    const less = await shopper.put(`/checkout/sessions/${session.id}/items/${item.id}`, { quantity: 0 }).expect(200);
    expect([less.body.discount, codesOf(less.body)]).toEqual([usd(0), ['coupon_minimum']]);
  });

  it('that nobody of the cart gives out are refused, whether they are unknown or another store’s', async () => {
    const shopper = await guest(muse);
    await addVariant(shopper, shop.variantIds[0]);
    const [known, foreign] = [await ofShop(TEN), await ofShop(TEN, other)];
    await apply(shopper, known);
    const asked = async (code: string) => {
      const { body } = await shopper.put('/cart/coupons', { codes: [known.code, code] }).expect(422);
      return { ...body, requestId: undefined };
    };
    const unknown = await asked('NO-SUCH-CODE');
    expect(unknown).toMatchObject({ code: 'coupon_unknown', errors: [{ pointer: '/codes/1' }] });
    expect(await asked(foreign.code)).toEqual(unknown);
    expect((await cartOf(shopper)).coupons).toHaveLength(1);

    // Once its store is here it is a coupon like any other; when it has gone again, it waits.
    const line = (await addVariant(shopper, other.variantIds[0])).stores[1].items[0];
    expect((await apply(shopper, known, foreign)).discount).toEqual(usd(200));
    const gone = (await shopper.delete(`/cart/items/${line.id}`).expect(200)).body;
    expect([gone.discount, codesOf(gone)]).toEqual([usd(100), ['coupon_not_applicable']]);
    await apply(shopper, foreign);
    expect((await apply(shopper)).coupons).toEqual([]);
  });

  it('that are over, to come or used say so, and do not keep anybody from buying', async () => {
    const shopper = await customer(muse);
    await addVariant(shopper, shop.variantIds[0], 2);
    const [ended, soon] = [await ofShop(TEN), await ofShop({ ...TEN, startsAt: '2089-01-01T00:00:00Z' })];
    await muse.http
      .patch(`/api/v1/merchant/stores/${shop.storeId}/coupons/${ended.id}`)
      .set(shop.merchant.headers)
      .send({ endsAt: '2026-01-01T00:00:00Z' })
      .expect(200);
    const once = await ofShop({ ...TEN, maxPerShopper: 1 });
    expect(codesOf(await apply(shopper, ended, soon))).toEqual(['coupon_over', 'coupon_not_yet']);
    const cart = await apply(shopper, ended, once, soon);
    expect([cart.discount, codesOf(cart)]).toEqual([usd(200), ['coupon_over', 'coupon_not_combined']]);
    await checkoutToPlaced(shopper);
    await addVariant(shopper, shop.variantIds[0]);
    expect((await cartOf(shopper)).coupons.map((one: Body) => one.code)).toEqual([ended.code, soon.code]);
    const again = await apply(shopper, once);
    expect([again.discount, again.problems]).toEqual([
      usd(0),
      [expect.objectContaining({ code: 'coupon_over', reason: 'used_by_shopper', coupon: once.code })],
    ]);
    const status = await checkoutToPlaced(shopper);
    expect((await orderOf(shopper, status)).discount).toEqual(usd(0));
  });

  it('leave partner stores alone', async () => {
    const shopper = await guest(muse);
    await addDescribed(shopper, await openPartner(muse));
    const cart = await apply(shopper, await ofMuse(TEN));
    expect([cart.discount, codesOf(cart)]).toEqual([usd(0), ['coupon_not_applicable']]);
  });

  it('are set as a whole, under the version that the shopper saw', async () => {
    const shopper = await guest(muse);
    const platform = await ofMuse(TEN);
    // Before there is a cart.
    expect((await apply(shopper, platform)).coupons).toEqual([{ code: platform.code, storeId: null, applied: false }]);
    const cart = await addVariant(shopper, shop.variantIds[0]);
    expect(cart.discount).toEqual(usd(100));
    const stale = { 'if-match': `"${cart.version - 1}"` };
    await shopper.put('/cart/coupons', { codes: [] }, stale).expect(412);
    expect((await cartOf(shopper)).coupons).toHaveLength(1);
    await shopper.put('/cart/coupons', { codes: [] }, { 'if-match': `"${cart.version}"` }).expect(200);
    for (const codes of [undefined, 'X', ['A'], [1], [null], ['WITH BLANK'], Array(11).fill('ABC')])
      await shopper.put('/cart/coupons', { codes }).expect(400);
  });

  it('stay with a guest who signs in, and what a guest has used counts for the user', async () => {
    const shopper = await guest(muse);
    const [once, kept] = [await ofMuse({ ...TEN, maxPerShopper: 1 }), await ofShop(TEN)];
    await addVariant(shopper, shop.variantIds[0]);
    await apply(shopper, once);
    await checkoutToPlaced(shopper);
    await addVariant(shopper, shop.variantIds[0]);
    await apply(shopper, kept);
    const account = { email: `${Date.now()}@example.com`, password: 'a long passphrase' };
    const { body } = await muse.http.post('/api/v1/auth/register').set(shopper.headers).send(account).expect(201);
    const user = shopperOf(muse, body.user.id, { authorization: `Bearer ${body.accessToken}` });
    expect((await cartOf(user)).discount).toEqual(usd(100));
    const cart = await apply(user, once);
    expect(cart.problems[0]).toMatchObject({ code: 'coupon_over', reason: 'used_by_shopper' });
  });

  describe('when they are scarce', () => {
    it('of 10 uses are used exactly 10 times by 100 shoppers who place at once; nobody else buys anything', async () => {
      const coupon = await ofShop({ ...TEN, maxRedemptions: 10 });
      const shoppers = await Promise.all(Array.from({ length: 100 }, () => guest(muse)));
      const ready: { shopper: Shopper; session: Body }[] = [];
      for (let at = 0; at < shoppers.length; at += 10) {
        ready.push(
          ...(await Promise.all(
            shoppers.slice(at, at + 10).map(async (shopper) => {
              await addVariant(shopper, shop.variantIds[0]);
              await apply(shopper, coupon);
              return { shopper, session: await readySession(shopper) };
            }),
          )),
        );
      }
      const answers = await Promise.all(ready.map(({ shopper, session }) => place(shopper, session)));
      expect(statusesOf(answers)).toEqual([...Array(10).fill(202), ...Array(90).fill(409)]);
      const lost = answers.findIndex((answer) => answer.status === 409);
      expect(answers[lost]!.body).toMatchObject({ code: 'coupon_over', coupons: [coupon.code] });
      expect(await redeemedOf(coupon)).toBe(10);
      await Promise.all(
        ready.filter((_, index) => answers[index]!.status === 202).map((one) => settled(one.shopper, one.session.id)),
      );
      const [counts] = await sql(
        muse,
        `SELECT count(*)::int AS orders, sum(discount_cents)::int AS off FROM orders WHERE discounts @> $1::jsonb`,
        [JSON.stringify([{ couponId: coupon.id }])],
      );
      expect(counts).toEqual({ orders: 10, off: 1000 });

      // Whoever came too late refreshes, sees the price without it, and buys.
      const { shopper, session } = ready[lost]!;
      expect((await cartOf(shopper)).problems[0]).toMatchObject({ code: 'coupon_over', reason: 'used_up' });
      const { body } = await shopper.post(`/checkout/sessions/${session.id}/refresh`).expect(200);
      expect([body.discount, codesOf(body)]).toEqual([usd(0), ['coupon_over']]);
      await place(shopper, session).expect(409);
      await place(shopper, body).expect(202);
    }, 120_000);

    it('for one use a shopper are used once from two tabs', async () => {
      const coupon = await ofMuse({ ...TEN, maxPerShopper: 1 });
      const shopper = await customer(muse);
      await addVariant(shopper, shop.variantIds[0]);
      await addVariant(shopper, other.variantIds[0]);
      await apply(shopper, coupon);
      const [first, second] = (await cartOf(shopper)).stores.map((store: Body) => store.items[0].id);
      const one = await readySession(shopper, { itemIds: [first] });
      const placing = place(shopper, one);
      const tabs = await Promise.all([placing, shopper.post('/checkout/sessions', { itemIds: [second] })]);
      expect(tabs.map((answer) => answer.status)).toContain(201);
      const two = await giveAddress(shopper, tabs[1].body.id);
      const after = await place(shopper, two);
      // Either tab may have been first; the coupon was used by one of them, and the other says so.
      const used = [tabs[0], after].filter((answer) => answer.status === 202);
      expect(used.length).toBeGreaterThan(0);
      expect(await redeemedOf(coupon)).toBe(1);
    });
  });

  describe('come back', () => {
    it('with the last order of theirs that is cancelled', async () => {
      const shopper = await customer(muse);
      const coupon = await ofMuse({ ...TEN, maxRedemptions: 1 });
      await addVariant(shopper, shop.variantIds[0]);
      await addVariant(shopper, other.variantIds[0]);
      await apply(shopper, coupon);
      const { stores } = await checkoutToPlaced(shopper);
      const cancel = (store: Body) => shopper.put(`/orders/${store.order.id}/cancel`, {}).expect(200);
      await cancel(stores[0]);
      expect(await redeemedOf(coupon)).toBe(1);
      await cancel(stores[1]);
      await cancel(stores[1]);
      expect(await redeemedOf(coupon)).toBe(0);
    });

    it('when the store refuses the placement', async () => {
      const failing = await openShop(muse);
      const shopper = await customer(muse);
      const coupon = await ofShop({ ...TEN, maxRedemptions: 1 }, failing);
      await addVariant(shopper, failing.variantIds[0]);
      await apply(shopper, coupon);
      const session = await readySession(shopper);
      await sql(muse, `UPDATE stores SET status = 'closed' WHERE id = $1`, [failing.storeId]);
      await place(shopper, session).expect(202);
      expect((await settled(shopper, session.id)).status).toBe('failed');
      expect(await redeemedOf(coupon)).toBe(0);
    });

    it('into the cart too, beside those that stand there, once the last store that took something off refuses', async () => {
      const shops = [await openShop(muse), await openShop(muse)];
      const shopper = await customer(muse);
      const [everywhere, own, later] = [await ofMuse(TEN), await ofShop(TEN, shops[0]), await ofMuse(TEN)];
      for (const one of shops) await addVariant(shopper, one.variantIds[0]);
      // The last one does not count beside Muse's first.
      await apply(shopper, own, everywhere, later);
      const session = await readySession(shopper);
      const close = (one: Shop) => sql(muse, `UPDATE stores SET status = 'closed' WHERE id = $1`, [one.storeId]);
      // The one refuses, the other sells: Muse's coupon stays used, the refusing store's own does not.
      await close(shops[0]!);
      await place(shopper, session).expect(202);
      expect((await settled(shopper, session.id)).status).toBe('partially_completed');
      const codes = async () => (await cartOf(shopper)).coupons.map((one: Body) => one.code);
      expect(new Set(await codes())).toEqual(new Set([own.code, later.code]));
      expect([await redeemedOf(own), await redeemedOf(everywhere)]).toEqual([0, 1]);

      const another = await customer(muse);
      const third = await openShop(muse);
      await addVariant(another, third.variantIds[0]);
      await apply(another, everywhere);
      const refused = await readySession(another);
      await close(third);
      await place(another, refused).expect(202);
      await settled(another, refused.id);
      expect((await cartOf(another)).coupons).toMatchObject([{ code: everywhere.code }]);
      expect(linesOf(await cartOf(another))).toHaveLength(1);
    });

    it('never were used where placing fails', async () => {
      const shopper = await customer(muse);
      const coupon = await ofShop({ ...TEN, maxRedemptions: 1 });
      await addVariant(shopper, shop.variantIds[0]);
      await apply(shopper, coupon);
      const session = await readySession(shopper);
      await place(shopper, { ...session, total: usd(1) }).expect(409);
      expect([await redeemedOf(coupon), (await cartOf(shopper)).coupons.length]).toEqual([0, 1]);
    });
  });
});
