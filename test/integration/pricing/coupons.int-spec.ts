import { randomUUID } from 'node:crypto';
import { Database } from '../../../src/platform/database';
import { Coupons, type CouponShare, type MakeCouponRequest } from '../../../src/pricing';
import { startApp, type RunningApp } from '../../support/app';
import { makeStock, makeUser } from '../../support/sellers';

const FREE: MakeCouponRequest = { code: 'FREE', kind: 'free_delivery' };

describe('Coupons', () => {
  let muse: RunningApp;
  let database: Database;
  let coupons: Coupons;
  let stores: string[];

  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api' });
    database = muse.app.get(Database, { strict: false });
    coupons = muse.app.get(Coupons, { strict: false });
    stores = [(await makeStock(muse, 1)).storeId, (await makeStock(muse, 1)).storeId];
  });

  let made = 0;
  const make = (more: Partial<MakeCouponRequest> = {}) =>
    database.transaction((tx) => coupons.make(tx, null, { ...FREE, code: `C-${made++}`, ...more }, null));
  const share = (couponId: string, storeId = stores[0]!): CouponShare => ({
    ...{ couponId, storeId, code: 'C', fundedBy: 'platform', amountCents: 100, currency: 'USD' },
  });
  const shopper = async () => (await makeUser(muse)).id;
  const redeem = (shopperId: string, sessionId: string, ...shares: CouponShare[]) =>
    database.transaction((tx) => coupons.redeem(tx, sessionId, shopperId, shares));
  const giveBack = (sessionId: string, storeId: string) =>
    database.transaction((tx) => coupons.giveBack(tx, sessionId, storeId));
  const stateOf = async (id: string, shopperId: string) =>
    (await database.transaction((tx) => coupons.present(tx, [id], shopperId)))[0]!.state;
  const redeemedOf = async (id: string) =>
    (await database.pool.query(`SELECT redeemed FROM coupons WHERE id = $1`, [id])).rows[0].redeemed as number;
  const codesOf = (answers: PromiseSettledResult<unknown>[]) =>
    answers.map((one) => (one.status === 'fulfilled' ? 'used' : (one.reason as { code: string }).code)).sort();

  it('with 10 uses are used 10 times by 100 who place at once, and their rows say so', async () => {
    const { id } = await make({ maxRedemptions: 10 });
    const [somebody] = [await shopper()];
    const answers = await Promise.allSettled(
      Array.from({ length: 100 }, () => redeem(somebody, randomUUID(), share(id))),
    );
    expect(codesOf(answers)).toEqual([...Array(90).fill('coupon_over'), ...Array(10).fill('used')]);
    expect(await redeemedOf(id)).toBe(10);
    const { rows } = await database.pool.query(
      `SELECT (SELECT count(*)::int FROM coupon_redemptions WHERE coupon_id = $1) AS noted, (SELECT used FROM coupon_uses WHERE coupon_id = $1) AS used`,
      [id],
    );
    expect(rows).toEqual([{ noted: 10, used: 10 }]);
    expect(await stateOf(id, somebody)).toBe('used_up');
  });

  it('with a limit per shopper hold it in two tabs, and leave others theirs', async () => {
    const { id } = await make({ maxPerShopper: 2 });
    const [one, other] = [await shopper(), await shopper()];
    const answers = await Promise.allSettled(
      [one, other, one, other, one, one].map((who) => redeem(who, randomUUID(), share(id))),
    );
    expect(codesOf(answers)).toEqual(['coupon_over', 'coupon_over', 'used', 'used', 'used', 'used']);
    expect([await stateOf(id, one), await redeemedOf(id)]).toEqual(['used_by_shopper', 4]);
  });

  it('are used all together or not at all', async () => {
    const [full, open] = [await make({ maxRedemptions: 1 }), await make()];
    const who = await shopper();
    await redeem(who, randomUUID(), share(full.id));
    await expect(redeem(who, randomUUID(), share(open.id), share(full.id))).rejects.toMatchObject({
      code: 'coupon_over',
    });
    expect(await redeemedOf(open.id)).toBe(0);
  });

  it('cannot be used before they begin nor once they have ended', async () => {
    const soon = await make({ startsAt: new Date(Date.now() + 60_000) });
    const over = await make();
    await database.transaction((tx) => coupons.end(tx, null, over.id, { endsAt: new Date(0) }));
    const who = await shopper();
    for (const { id } of [soon, over])
      await expect(redeem(who, randomUUID(), share(id))).rejects.toMatchObject({ code: 'coupon_over' });
    expect([await stateOf(soon.id, who), await stateOf(over.id, who)]).toEqual(['not_yet', 'over']);
  });

  it('come back with the last store of a checkout, once, also when both end at the same moment', async () => {
    const { id } = await make({ maxRedemptions: 5, maxPerShopper: 1 });
    const who = await shopper();
    for (let round = 0; round < 5; round++) {
      const sessionId = randomUUID();
      await redeem(who, sessionId, share(id, stores[0]), share(id, stores[1]));
      expect(await stateOf(id, who)).toBe('used_by_shopper');
      if (round === 0) {
        await giveBack(sessionId, stores[0]!);
        expect(await redeemedOf(id)).toBe(1);
      }
      await Promise.all([stores[0]!, stores[1]!, stores[1]!].map((storeId) => giveBack(sessionId, storeId)));
      expect([await redeemedOf(id), await stateOf(id, who)]).toEqual([0, 'open']);
    }
  });

  it('of the same two coupons in opposite orders do not lock each other out', async () => {
    const [a, b] = [await make(), await make()];
    const who = await shopper();
    await Promise.all(
      Array.from({ length: 40 }, (_, i) => {
        const shares = [share(a.id), share(b.id)];
        return redeem(who, randomUUID(), ...(i % 2 === 0 ? shares : shares.reverse()));
      }),
    );
    expect([await redeemedOf(a.id), await redeemedOf(b.id)]).toEqual([40, 40]);
  });

  it('cannot be counted beyond their limit by anybody', async () => {
    const { id } = await make({ maxRedemptions: 1 });
    await expect(database.pool.query(`UPDATE coupons SET redeemed = 2 WHERE id = $1`, [id])).rejects.toThrow(
      'coupons_within_their_limit',
    );
    await expect(database.pool.query(`UPDATE coupons SET redeemed = -1 WHERE id = $1`, [id])).rejects.toThrow(
      'coupons_within_their_limit',
    );
  });
});
