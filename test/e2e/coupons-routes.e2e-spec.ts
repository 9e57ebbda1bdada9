import { startApp, type RunningApp } from '../support/app';
import { openPartner, openShop, type Shop } from '../support/market';
import { makeUser, signIn, usd } from '../support/sellers';
import { API, shopperOf, type Body, type Shopper } from '../support/shopper';

const TEN = { kind: 'percent', percent: '10' };
const SOON = '2089-01-01T00:00:00Z';
const LATER = '2090-01-01T00:00:00Z';

describe('Coupons over HTTP', () => {
  let muse: RunningApp;
  let shop: Shop;
  let other: Shop;
  let admin: Shopper;

  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api' });
    [shop, other] = [await openShop(muse), await openShop(muse)];
    const account = await makeUser(muse, 'admin');
    admin = shopperOf(muse, account.id, await signIn(muse, account));
  });

  const patch = (who: Shopper, path: string, body: object) =>
    muse.http.patch(`${API}${path}`).set(who.headers).send(body);
  /** Whoever gives coupons out, and where. */
  const givers = (): [string, Shopper, string][] => [
    ['a merchant', shop.merchant, `/merchant/stores/${shop.storeId}/coupons`],
    ['an admin', admin, '/admin/coupons'],
  ];

  it('are made, listed and ended by whoever gives them out', async () => {
    for (const [, who, path] of givers()) {
      const body = { code: ' summer-10 ', ...TEN, minimum: usd(5000), startsAt: '2026-01-01T00:00:00Z' };
      const { body: made } = await who.post(path, { ...body, maxRedemptions: 10, maxPerShopper: 1 }).expect(201);
      expect(made).toMatchObject({
        ...{ code: 'SUMMER-10', kind: 'percent', percent: '10', amount: null, minimum: usd(5000) },
        ...{ endsAt: null, maxRedemptions: 10, maxPerShopper: 1, redeemed: 0, status: 'active' },
      });
      const { body: second } = await who.post(path, { code: 'OFF', kind: 'amount', amount: usd(1), startsAt: SOON });
      expect(second).toMatchObject({ status: 'scheduled', amount: usd(1), percent: null });
      expect((await who.get(path).expect(200)).body).toEqual({ data: [second, made], nextCursor: null });
      const page = (await who.get(`${path}?limit=1`).expect(200)).body;
      expect((await who.get(`${path}?limit=1&cursor=${page.nextCursor}`).expect(200)).body.data).toEqual([made]);

      const extended = await patch(who, `${path}/${made.id}`, { endsAt: LATER }).expect(200);
      expect(extended.body).toEqual({ ...made, endsAt: new Date(LATER).toISOString() });
      const ended = await patch(who, `${path}/${made.id}`, { endsAt: '2026-01-02T00:00:00Z' }).expect(200);
      expect(ended.body).toMatchObject({ status: 'over' });
      expect(new Date(ended.body.endsAt).getTime()).toBeGreaterThan(Date.now() - 60_000);
      // One that never began, ended, never begins.
      expect((await patch(who, `${path}/${second.id}`, { endsAt: SOON })).body.status).toBe('scheduled');
      const over = await patch(who, `${path}/${made.id}`, { endsAt: LATER }).expect(409);
      expect(over.body.code).toBe('coupon_over');
    }
  });

  it.each(['ßßß', 'ﬁne', 'ſale', 'ıstanbul', 'été', 'SUM MER', 'a.b'])(
    'take no code with other letters than A to Z, digits, - and _: %s',
    async (code) => {
      for (const [, who, path] of givers()) {
        expect((await who.post(path, { code, ...TEN }).expect(400)).body.errors[0].pointer).toBe('/code');
      }
    },
  );

  it('have a code once per store, and once for Muse', async () => {
    for (const [, who, path] of [
      ...givers(),
      ['', other.merchant, `/merchant/stores/${other.storeId}/coupons`] as const,
    ]) {
      await who.post(path, { code: 'ONCE', ...TEN }).expect(201);
      const again = await who.post(path, { code: 'once', ...TEN }).expect(409);
      expect(again.body).toMatchObject({ code: 'coupon_code_taken', errors: [{ pointer: '/code' }] });
    }
  });

  it.each([
    [{ code: 'A', ...TEN }, '/code'],
    [{ code: 'WITH BLANK', ...TEN }, '/code'],
    [{ code: 'ÑANDÚ', ...TEN }, '/code'],
    [{ code: 'ABC', kind: 'gift' }, '/kind'],
    [{ code: 'ABC', kind: 'percent', percent: '101' }, '/percent'],
    [{ code: 'ABC', kind: 'percent', percent: 10 }, '/percent'],
    [{ code: 'ABC', kind: 'amount', amount: { amount: -1, currency: 'USD' } }, '/amount/amount'],
    [{ code: 'ABC', ...TEN, maxRedemptions: 0 }, '/maxRedemptions'],
    [{ code: 'ABC', ...TEN, maxPerShopper: 1.5 }, '/maxPerShopper'],
    [{ code: 'ABC', ...TEN, startsAt: 'now' }, '/startsAt'],
    [{ code: 'ABC', ...TEN, redeemed: 1 }, '/redeemed'],
  ])('are refused as malformed: %j', async (body, pointer) => {
    for (const [, who, path] of givers()) {
      const answer = await who.post(path, body).expect(400);
      expect(answer.body.errors.map((error: Body) => error.pointer)).toContain(pointer);
    }
  });

  it.each([
    [{ code: 'ABC', kind: 'percent' }, '/percent'],
    [{ code: 'ABC', kind: 'percent', percent: '0' }, '/percent'],
    [{ code: 'ABC', ...TEN, amount: usd(1) }, '/amount'],
    [{ code: 'ABC', kind: 'amount' }, '/amount'],
    [{ code: 'ABC', kind: 'amount', amount: usd(0) }, '/amount/amount'],
    [{ code: 'ABC', kind: 'free_delivery', percent: '10' }, '/percent'],
    [{ code: 'ABC', kind: 'amount', amount: usd(1), minimum: { amount: 1, currency: 'EUR' } }, '/minimum/currency'],
    [{ code: 'ABC', ...TEN, startsAt: LATER, endsAt: SOON }, '/endsAt'],
    [{ code: 'ABC', ...TEN, endsAt: '2026-01-01T00:00:00Z' }, '/endsAt'],
  ])('are refused where their terms do not go together: %j', async (body, pointer) => {
    for (const [, who, path] of givers()) {
      const answer = await who.post(path, body).expect(422);
      expect(answer.body).toMatchObject({ code: 'invalid_field', errors: [{ pointer }] });
    }
  });

  it('of a store are in its currency', async () => {
    const eur = { amount: 100, currency: 'EUR' };
    const at = `/merchant/stores/${shop.storeId}/coupons`;
    await shop.merchant.post(at, { code: 'EUR', kind: 'amount', amount: eur }).expect(422);
    await shop.merchant.post(at, { code: 'EUR', ...TEN, minimum: eur }).expect(422);
    await admin.post('/admin/coupons', { code: 'EUR', kind: 'amount', amount: eur }).expect(201);
  });

  it('are not for partner stores, whoever asks', async () => {
    const partner = await openPartner(muse);
    await admin.post(`/merchant/stores/${partner.id}/coupons`, { code: 'ABC', ...TEN }).expect(422);
    await shop.merchant.post(`/merchant/stores/${partner.id}/coupons`, { code: 'ABC', ...TEN }).expect(404);
  });

  it('of Muse are not found among those of a store, nor the other way round', async () => {
    const { body: ofMuse } = await admin.post('/admin/coupons', { code: 'MINE', ...TEN }).expect(201);
    const at = `/merchant/stores/${shop.storeId}/coupons`;
    const { body: ofShop } = await shop.merchant.post(at, { code: 'MINE', ...TEN }).expect(201);
    await patch(shop.merchant, `${at}/${ofMuse.id}`, { endsAt: LATER }).expect(404);
    await patch(admin, `/admin/coupons/${ofShop.id}`, { endsAt: LATER }).expect(404);
    await patch(other.merchant, `/merchant/stores/${other.storeId}/coupons/${ofShop.id}`, { endsAt: LATER }).expect(
      404,
    );
    await patch(shop.merchant, `${at}/${ofShop.id}`, {}).expect(400);
    await patch(shop.merchant, `${at}/${ofShop.id}`, { endsAt: LATER, percent: '99' }).expect(400);
  });

  it('are made once for one Idempotency-Key', async () => {
    const body = { code: 'KEYED', ...TEN };
    const key = { 'idempotency-key': 'coupon-1' };
    const first = await admin.post('/admin/coupons', body, key).expect(201);
    expect((await admin.post('/admin/coupons', body, key).expect(201)).body).toEqual(first.body);
  });
});
