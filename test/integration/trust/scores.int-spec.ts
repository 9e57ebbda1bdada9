import { startApp, type RunningApp } from '../../support/app';
import { postRate } from '../../support/market';
import { API, sql, type Body } from '../../support/shopper';
import { Market } from '../../support/trust';

describe('What a store’s score is read from', () => {
  let muse: RunningApp;
  let market: Market;

  beforeAll(async () => {
    muse = await startApp();
    market = new Market(muse);
  });

  const trustOf = async (storeId: string): Promise<Body> =>
    (await muse.http.get(`${API}/stores/${storeId}/trust`).expect(200)).body;
  const scoreOf = async (storeId: string): Promise<number> => (await trustOf(storeId)).score;
  const shop = async () => (await market.merchants(1))[0]!;
  const pointsOf = (trust: Body): Record<string, number> =>
    Object.fromEntries(trust.terms.map((term: Body) => [term.code, term.points]));

  it('is verified sales and shown ratings, told term by term', async () => {
    const { storeId } = await shop();
    expect(await trustOf(storeId)).toMatchObject({
      ...{ storeId, score: 50, evidence: 0, verifiedSales: 0, counterparties: 0, upheldReports: 0 },
      ratings: { count: 0, average: null, stars: [0, 0, 0, 0, 0] },
    });
    const buyers = await market.accounts(20);
    await market.sell(storeId, buyers, { stars: 5 });
    await market.sell(storeId, [buyers[0]!, buyers[0]!]);
    const trust = await trustOf(storeId);
    expect(trust).toMatchObject({ score: 73, verifiedSales: 22, counterparties: 20 });
    expect(trust.ratings).toEqual({ count: 20, average: 5, stars: [0, 0, 0, 0, 20] });
    expect(trust.terms.reduce((sum: number, { points }: Body) => sum + points, 0)).toBe(73);
    expect(trust.disclaimer).toContain('Muse does not arbitrate');
  });

  it('leaves out ratings that are not shown, and those by the merchant', async () => {
    const { storeId } = await shop();
    const orders = await market.sell(storeId, await market.accounts(20), { stars: 1 });
    const low = await scoreOf(storeId);
    await sql(muse, 'UPDATE ratings SET shown_at = NULL WHERE order_id = ANY($1::uuid[])', [orders]);
    const unseen = await trustOf(storeId);
    expect([unseen.score > low, unseen.ratings.count]).toEqual([true, 0]);
    await sql(muse, `UPDATE ratings SET shown_at = now(), side = 'merchant' WHERE order_id = ANY($1::uuid[])`, [
      orders,
    ]);
    expect((await trustOf(storeId)).score).toBe(unseen.score);
  });

  it('counts guests each for one, and little', async () => {
    const { storeId } = await shop();
    await market.sell(
      storeId,
      Array.from({ length: 20 }, () => null),
    );
    const trust = await trustOf(storeId);
    expect(trust.counterparties).toBe(20);
    expect(pointsOf(trust)).toMatchObject({ different_counterparties: 12, guests: -10 });
  });

  it('counts a sealed order’s buyer once, however many orders they have', async () => {
    const [one, many] = await market.merchants(2);
    const seal = async (storeId: string, ref: (index: number) => number) => {
      const orders = await market.sell(
        storeId,
        Array.from({ length: 20 }, () => null),
      );
      for (const [index, id] of orders.entries())
        await sql(muse, 'UPDATE verified_sales SET buyer_ref = $2 WHERE order_id = $1', [
          id,
          Buffer.alloc(32, ref(index)),
        ]);
    };
    await seal(one!.storeId, () => 7);
    await seal(many!.storeId, (index) => index);
    expect((await trustOf(one!.storeId)).counterparties).toBe(1);
    expect(await trustOf(many!.storeId)).toMatchObject({ counterparties: 20, score: 62 });
  });

  it('weighs what was bought in dollars, whatever the currency', async () => {
    await postRate(muse, { base: 'USD', quote: 'VES', rate: '36.5' });
    const [dollars, bolivars, yen, unknown] = await market.merchants(4);
    const buyers = await market.accounts(20);
    await market.sell(dollars!.storeId, buyers, { cents: 2_500 });
    await market.sell(bolivars!.storeId, buyers, { cents: 2_500, currency: 'VES' });
    await postRate(muse, { base: 'USD', quote: 'JPY', rate: '150' });
    await market.sell(yen!.storeId, buyers, { cents: 3_750, currency: 'JPY' });
    await market.sell(unknown!.storeId, buyers, { cents: 1_000_000, currency: 'CHF' });
    const [inDollars, inYen] = [await scoreOf(dollars!.storeId), await scoreOf(yen!.storeId)];
    expect(inYen).toBe(inDollars);
    expect(await scoreOf(bolivars!.storeId)).toBeLessThan(inDollars - 5);
    expect(await scoreOf(unknown!.storeId)).toBeLessThan(inDollars - 5);
  });

  it('counts old sales, and those for which time spoke, for less', async () => {
    const [fresh, old, silent, own] = await market.merchants(4);
    const buyers = await market.accounts(30);
    await market.sell(fresh!.storeId, buyers);
    await market.sell(old!.storeId, buyers, { daysAgo: 730 });
    await market.sell(silent!.storeId, buyers, { silentSide: 'buyer' });
    await market.sell(own!.storeId, buyers, { silentSide: 'merchant' });
    const best = await scoreOf(fresh!.storeId);
    expect(pointsOf(await trustOf(old!.storeId)).age).toBeLessThan(0);
    expect(pointsOf(await trustOf(silent!.storeId)).silent).toBeLessThan(0);
    expect(await scoreOf(own!.storeId)).toBe(best);
  });

  it('answers 404 for a closed store, a partner’s and an unknown one', async () => {
    const { storeId } = await shop();
    await sql(muse, `UPDATE stores SET status = 'closed' WHERE id = $1`, [storeId]);
    const [partner] = await sql(
      muse,
      `INSERT INTO stores (name, slug, kind, tier, currency, country) VALUES ('P', 'p-of-trust', 'partner', 'redirect', 'USD', 'US') RETURNING id`,
    );
    for (const id of [storeId, partner.id, '019a7e1c-5b2f-7c3d-8e4f-0a1b2c3d4e5f'])
      await muse.http.get(`${API}/stores/${id}/trust`).expect(404);
    await muse.http.get(`${API}/stores/nonsense/trust`).expect(400);
  });

  describe('against collusion, by the rows of the database', () => {
    const honestGain = async (): Promise<number> => {
      const { storeId } = await shop();
      await market.sell(storeId, await market.accounts(20), { stars: 5 });
      return (await scoreOf(storeId)) - 50;
    };

    it.each([2, 7, 19])(
      'a ring of twenty accounts, each selling to the next %i, gains in all at most half of what one honest seller gains',
      async (reach) => {
        const ring = await market.merchants(20);
        for (const [index, { storeId }] of ring.entries()) {
          const buyers = Array.from({ length: reach }, (_, next) => ring[(index + next + 1) % 20]!.userId);
          await market.sell(storeId, buyers, { stars: 5, cents: 1_000_000 });
          await market.sell(storeId, buyers, { stars: 5, cents: 1_000_000 });
        }
        const gains = await Promise.all(ring.map(async ({ storeId }) => (await scoreOf(storeId)) - 50));
        const honest = await honestGain();
        expect(honest).toBe(23);
        expect(gains.reduce((sum, gain) => sum + gain, 0)).toBeLessThanOrEqual(honest / 2);
        if (reach > 2) expect(pointsOf(await trustOf(ring[0]!.storeId)).own_circle).toBeLessThan(0);
      },
    );

    it('buyers who only buy are in nobody’s circle, wherever else they buy', async () => {
      const { storeId } = await shop();
      const [buyers, merchants] = [await market.accounts(20), await market.merchants(3)];
      await market.sell(storeId, buyers, { stars: 5 });
      const alone = await scoreOf(storeId);
      await market.sell(
        storeId,
        merchants.map(({ userId }) => userId),
        { stars: 5 },
      );
      for (const merchant of merchants) await market.sell(merchant.storeId, buyers, { stars: 5 });
      const trust = await trustOf(storeId);
      expect(trust.score).toBeGreaterThanOrEqual(alone);
      expect(trust.terms.find(({ code }: Body) => code === 'own_circle').value).toBe(3);
    });

    it('what a merchant buys of their own store counts for nothing', async () => {
      const { storeId, userId } = await shop();
      await market.sell(
        storeId,
        Array.from({ length: 30 }, () => userId),
        { stars: 5, cents: 1_000_000 },
      );
      expect(await scoreOf(storeId)).toBe(50);
    });

    it('twenty reports by twenty accounts with one sale each move a seller of a hundred verified sales by at most five points', async () => {
      const { storeId } = await shop();
      await market.sell(storeId, await market.accounts(100), { stars: 5 });
      const colluding = await market.sell(storeId, await market.accounts(20));
      const before = await scoreOf(storeId);
      await market.report(colluding, null);
      expect(await scoreOf(storeId)).toBe(before);
      await sql(muse, 'DELETE FROM reports WHERE store_id = $1', [storeId]);
      await market.report(colluding, 'upheld');
      const after = await trustOf(storeId);
      expect(before - after.score).toBeGreaterThan(0);
      expect(before - after.score).toBeLessThanOrEqual(5);
      expect(after.upheldReports).toBe(20);
    });

    it('reports by those who have dealt with many weigh more', async () => {
      const [first, second, ...others] = await market.merchants(12);
      const known = await market.accounts(5);
      for (const { storeId } of others) await market.sell(storeId, known);
      const reported = async (storeId: string, by: string[]) => {
        const orders = await market.sell(storeId, by);
        await market.sell(storeId, await market.accounts(20));
        await market.report(orders, 'upheld');
        return scoreOf(storeId);
      };
      expect(await reported(first!.storeId, known)).toBeLessThan(
        await reported(second!.storeId, await market.accounts(5)),
      );
    });
  });

  it('is read quickly for a store with a hundred thousand verified sales', async () => {
    const { storeId } = await shop();
    const buyers = await market.accounts(20_000);
    for (const daysAgo of [5, 4, 3, 2, 1]) await market.sell(storeId, buyers, { daysAgo });
    const [some] = await sql(muse, 'SELECT count(*)::int AS sold FROM verified_sales WHERE store_id = $1', [storeId]);
    expect(some.sold).toBe(100_000);
    await sql(muse, 'ANALYZE verified_sales');
    const began = Date.now();
    const trust = await trustOf(storeId);
    expect(trust).toMatchObject({ verifiedSales: 2_000, counterparties: 500 });
    expect(trust.score).toBeGreaterThan(70);
    expect(Date.now() - began).toBeLessThan(1_000);
  }, 120_000);
});
