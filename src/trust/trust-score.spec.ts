import fc from 'fast-check';
import { independence, trustScore, VALUE_CAP_CENTS, type Counterparty, type Reporter } from './trust-score';

const honest = (overrides: Partial<Counterparty> = {}): Counterparty => {
  const sales = { sales: 1, silentSales: 0, valueCents: VALUE_CAP_CENTS, newestDays: 1, stars: null };
  return { kind: 'user', ...sales, isSelf: false, isMutual: false, others: 0, sharedOthers: 0, ...overrides };
};
const buyers = (count: number, overrides: Partial<Counterparty> = {}) =>
  Array.from({ length: count }, () => honest(overrides));
const reporters = (count: number, overrides: Partial<Reporter> = {}): Reporter[] =>
  Array.from({ length: count }, () => ({ dealings: 1, decidedDays: 1, ...overrides }));
const scoreOf = (counterparties: Counterparty[], by: Reporter[] = []) =>
  trustScore({ counterparties, reporters: by }).score;
const codesOf = (counterparties: Counterparty[], by: Reporter[] = []) =>
  trustScore({ counterparties, reporters: by }).terms.map(({ code }) => code);

/** Who sold to whom, as pairs of accounts. */
type Trades = [seller: number, buyer: number][];

/** What verified sales say of one seller, as the statement reads them. */
function seenFrom(me: number, trades: Trades, overrides: Partial<Counterparty> = {}): Counterparty[] {
  const dealtWith = (who: number) =>
    new Set(trades.flatMap(([seller, buyer]) => (seller === who ? [buyer] : buyer === who ? [seller] : [])));
  const circle = dealtWith(me);
  const mine = new Set(trades.filter(([seller]) => seller === me).map(([, buyer]) => buyer));
  return [...mine].map((buyer) => {
    const sells = trades.some(([seller]) => seller === buyer);
    const others = sells ? [...dealtWith(buyer)].filter((one) => one !== me && one !== buyer) : [];
    return honest({
      isSelf: buyer === me,
      isMutual: trades.some(([seller, whom]) => seller === buyer && whom === me),
      others: others.length,
      sharedOthers: others.filter((one) => circle.has(one)).length,
      ...overrides,
    });
  });
}

const counterparty: fc.Arbitrary<Counterparty> = fc
  .record({
    kind: fc.constantFrom('user' as const, 'sealed' as const, 'guest' as const),
    sales: fc.integer({ min: 1, max: 500 }),
    valueCents: fc.integer({ min: 0, max: 10_000_000 }),
    newestDays: fc.integer({ min: 0, max: 4_000 }),
    stars: fc.option(fc.integer({ min: 1, max: 5 }), { nil: null }),
    isSelf: fc.constantFrom(false, false, false, true),
    isMutual: fc.constantFrom(false, false, true),
    others: fc.integer({ min: 0, max: 100 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    silence: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ share, silence, ...rest }) => ({
    ...rest,
    silentSales: Math.floor(rest.sales * silence),
    sharedOthers: Math.floor(rest.others * share),
  }));
const reporter = fc.record({
  dealings: fc.integer({ min: 0, max: 100 }),
  decidedDays: fc.integer({ min: 0, max: 4_000 }),
});
const facts = fc.record({
  counterparties: fc.array(counterparty, { maxLength: 150 }),
  reporters: fc.array(reporter, { maxLength: 40 }),
});

describe('The trust score', () => {
  it('is 50 for whoever nothing is known of, and says so', () => {
    const { score, evidence, terms } = trustScore({ counterparties: [], reporters: [] });
    expect([score, evidence]).toEqual([50, 0]);
    expect(terms).toEqual([
      { code: 'start', value: 50, points: 50, text: 'Everybody begins in the middle, at 50 points.' },
      { code: 'different_counterparties', value: 0, points: 0, text: 'There are no verified sales yet.' },
    ]);
  });

  it('grows with the number of different buyers, and with what they think', () => {
    expect([1, 5, 20, 100, 500].map((count) => scoreOf(buyers(count)))).toEqual([50, 52, 62, 72, 74]);
    expect([1, 5, 20, 100, 500].map((count) => scoreOf(buyers(count, { stars: 5 })))).toEqual([50, 54, 73, 94, 99]);
    expect([1, 5, 20, 100, 500].map((count) => scoreOf(buyers(count, { stars: 1 })))).toEqual([50, 46, 27, 6, 1]);
    expect(scoreOf(buyers(20, { stars: 4 }))).toBe(scoreOf(buyers(20)));
  });

  it('tells every step in words, for a store and for a buyer', () => {
    const counterparties = [
      ...buyers(8, { stars: 5 }),
      ...buyers(4, { kind: 'guest' }),
      ...buyers(4, { valueCents: 100 }),
      ...buyers(4, { newestDays: 1_000 }),
      ...buyers(4, { silentSales: 1 }),
      ...buyers(4, { isMutual: true }),
    ];
    const told = trustScore({ counterparties, reporters: reporters(20) });
    expect(told.terms.map(({ code, value }) => [code, value])).toEqual([
      ...[
        ['start', 50],
        ['different_counterparties', 28],
        ['guests', 4],
        ['value', 4],
        ['age', 4],
        ['silent', 4],
        ['own_circle', 4],
        ['ratings', 5],
        ['upheld_reports', 20],
      ],
    ]);
    const points = Object.fromEntries(told.terms.map((term) => [term.code, term.points]));
    for (const code of ['guests', 'value', 'age', 'silent', 'own_circle', 'upheld_reports'])
      expect([code, points[code]! < 0]).toEqual([code, true]);
    for (const { text } of told.terms) expect(text).toMatch(/^[A-Z0-9].{20,}\.$/);
    const ofBuyer = trustScore({ counterparties: buyers(2), reporters: [] }, 'buyer').terms[1]!.text;
    expect(ofBuyer).toContain('2 merchants');
  });

  it('says nothing of what has taken nothing', () => {
    expect(codesOf(buyers(20))).toEqual(['start', 'different_counterparties']);
    expect(codesOf(buyers(20, { stars: 4 }))).toEqual(['start', 'different_counterparties', 'ratings']);
  });

  it('is from 0 to 100, and the sum of its terms, whatever the facts', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const { score, evidence, terms } = trustScore(given);
        expect(Number.isInteger(score) && score >= 0 && score <= 100).toBe(true);
        expect(evidence >= 0 && evidence <= 100).toBe(true);
        expect(terms.reduce((sum, { points }) => sum + points, 0)).toBe(score);
      }),
    );
  });

  it('does not mind the order of its facts', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const reversed = {
          counterparties: [...given.counterparties].reverse(),
          reporters: [...given.reporters].reverse(),
        };
        expect(Math.abs(trustScore(reversed).score - trustScore(given).score)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('never falls by another honest buyer who is content, or says nothing', () => {
    fc.assert(
      fc.property(facts, fc.constantFrom(null, 5), (given, stars) => {
        const more = { ...given, counterparties: [...given.counterparties, honest({ stars })] };
        expect(trustScore(more).score).toBeGreaterThanOrEqual(trustScore(given).score);
      }),
    );
  });

  it('never rises by a report that was upheld', () => {
    fc.assert(
      fc.property(facts, reporter, (given, one) => {
        const more = { ...given, reporters: [...given.reporters, one] };
        expect(trustScore(more).score).toBeLessThanOrEqual(trustScore(given).score);
      }),
    );
  });

  it('falls towards the beginning as sales grow old, halving what they count each year', () => {
    const years = [0, 1, 2, 5, 20].map((year) => scoreOf(buyers(50, { stars: 5, newestDays: year * 365 })));
    expect(years).toEqual([...years].sort((a, b) => b - a));
    expect(years.at(-1)).toBe(50);
    fc.assert(
      fc.property(fc.array(counterparty, { maxLength: 60 }), fc.integer({ min: 1, max: 2_000 }), (some, days) => {
        const sold = some.map((one) => ({ ...one, stars: null }));
        const older = sold.map((one) => ({ ...one, newestDays: one.newestDays + days }));
        expect(scoreOf(older)).toBeLessThanOrEqual(scoreOf(sold));
      }),
    );
  });

  it('counts no value above the cap, and no number of sales to one buyer, for more than one', () => {
    fc.assert(
      fc.property(fc.array(counterparty, { maxLength: 60 }), fc.integer({ min: 1, max: 1_000 }), (some, times) => {
        const capped = some.map((one) => ({ ...one, valueCents: VALUE_CAP_CENTS, silentSales: 0 }));
        const more = capped.map((one) => ({
          ...one,
          sales: one.sales * times,
          valueCents: VALUE_CAP_CENTS * times,
        }));
        expect(scoreOf(more)).toBe(scoreOf(capped));
      }),
    );
    expect(scoreOf([honest({ sales: 1_000, valueCents: 1e9, stars: 5 })])).toBe(scoreOf(buyers(1, { stars: 5 })));
    expect(scoreOf(buyers(100, { valueCents: 0 }))).toBe(50);
  });

  it('lets guests add little, however many they are', () => {
    expect(scoreOf(buyers(10_000, { kind: 'guest', stars: 5 }))).toBeLessThanOrEqual(54);
    expect(scoreOf(buyers(20, { kind: 'sealed', stars: 5 }))).toBe(scoreOf(buyers(20, { stars: 5 })));
  });

  it('counts nothing that somebody sells to themselves', () => {
    expect(scoreOf([honest({ isSelf: true, stars: 5 })])).toBe(50);
    expect(independence(honest({ isSelf: true }))).toBe(0);
  });

  describe('against those who trade with themselves: twenty accounts', () => {
    const gain = (counterparties: Counterparty[]) => scoreOf(counterparties) - 50;
    const ofHonest = gain(buyers(20, { stars: 5 }));
    const others = (account: number, count: number) =>
      Array.from({ length: count }, (_, index) => (account + index + 1) % 20);
    const ring = (count: number): Trades =>
      Array.from({ length: 20 }, (_, seller) =>
        others(seller, count).map((buyer): [number, number] => [seller, buyer]),
      ).flat();
    const gainsOf = (trades: Trades, sellers = 20) =>
      Array.from({ length: sellers }, (_, seller) =>
        gain(seenFrom(seller, trades, { stars: 5, sales: 50, valueCents: 1e7 })),
      );

    it('an honest seller with twenty different buyers gains', () => {
      expect(ofHonest).toBe(23);
      expect(
        gain(
          seenFrom(
            0,
            others(0, 19).map((buyer) => [0, buyer]),
          ),
        ),
      ).toBeGreaterThan(10);
    });

    it.each(Array.from({ length: 19 }, (_, index) => index + 1))(
      'each of which sells to the next %i: together they gain at most half of that',
      (count) => {
        const gains = gainsOf(ring(count));
        expect(gains.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(ofHonest / 2);
      },
    );

    it.each([10, 12, 15])(
      'of which %i only sell, to all of the others, who only buy: none gains more than half',
      (sellers) => {
        const trades = ring(19).filter(([seller, buyer]) => seller < sellers && buyer >= sellers);
        for (const one of gainsOf(trades, sellers)) expect(one).toBeLessThanOrEqual(ofHonest / 2);
      },
    );

    it('whoever of them sells to whom at random: none gains more than half, as long as each of them buys and sells', () => {
      const trades = fc
        .array(fc.tuple(fc.nat(19), fc.nat(19)), { minLength: 100, maxLength: 380 })
        .map((pairs) => [...ring(1), ...pairs.filter(([seller, buyer]) => seller !== buyer)] as Trades);
      fc.assert(
        fc.property(trades, (some) => {
          for (const one of gainsOf(some)) expect(one).toBeLessThanOrEqual(ofHonest / 2);
        }),
      );
    });

    it('does not count a ring’s sales against upheld reports, either', () => {
      const mutual = buyers(19, { isMutual: true, stars: 5, sales: 50 });
      expect(scoreOf(mutual, reporters(3))).toBe(scoreOf([], reporters(3)));
    });

    it('leaves honest merchants alone who buy from each other now and then', () => {
      const mixed = [
        ...buyers(18, { stars: 5, others: 6, sharedOthers: 1 }),
        ...buyers(2, { isMutual: true, stars: 5 }),
      ];
      expect(gain(mixed)).toBeGreaterThan(ofHonest / 2);
    });
  });

  describe('against those who only come to report: twenty accounts with one sale each', () => {
    const moved = (counterparties: Counterparty[]) => scoreOf(counterparties) - scoreOf(counterparties, reporters(20));

    it('move a seller of a hundred verified sales by at most five points, even if every report is upheld', () => {
      for (const stars of [null, 1, 3, 5]) {
        expect(moved(buyers(100, { stars }))).toBeLessThanOrEqual(5);
        expect(moved(buyers(100, { stars, valueCents: 1_000 }))).toBeLessThanOrEqual(5);
        expect(moved(buyers(25, { stars, sales: 4 }))).toBeLessThanOrEqual(5);
        expect(moved([...buyers(80, { stars }), ...buyers(20)])).toBeLessThanOrEqual(5);
        expect(moved(buyers(100, { stars, newestDays: 365 }))).toBeLessThanOrEqual(5);
      }
      expect(moved(buyers(100, { stars: 5 }))).toBeGreaterThan(0);
    });

    it('weigh much on a seller who has sold nothing to anybody', () => {
      expect(scoreOf([], reporters(5))).toBeLessThan(35);
      expect(scoreOf([], reporters(20))).toBeLessThan(20);
    });

    it('weigh less than as many who are known', () => {
      const known = scoreOf(buyers(100, { stars: 5 }), reporters(20, { dealings: 30 }));
      expect(known).toBeLessThan(scoreOf(buyers(100, { stars: 5 }), reporters(20)) - 5);
    });

    it('are forgotten in time', () => {
      expect(scoreOf([], reporters(5, { decidedDays: 3_650 }))).toBe(50);
    });
  });
});
