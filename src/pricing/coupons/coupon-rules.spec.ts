import fc from 'fast-check';
import { minorDigits } from '../../platform/money';
import { assessTax, type TaxRate } from '../tax/tax-rules';
import { applyCoupons, sumOf, type CouponTerms, type DiscountableStore } from './coupon-rules';

const store = (storeId: string, lines: number[], over: Partial<DiscountableStore> = {}): DiscountableStore => ({
  ...{ storeId, name: storeId, currency: 'USD', lines, shippingCents: 500, cheapestShippingCents: 500 },
  ...over,
});
const coupon = (code: string, over: Partial<CouponTerms>): CouponTerms => ({
  ...{ id: `${code}@${over.storeId ?? ''}`, storeId: null, code, kind: 'percent', amountCents: null, percentPpm: null },
  ...{ currency: null, minimumCents: null, state: 'open' },
  ...over,
});
const ten = (code: string, storeId: string | null = null) => coupon(code, { storeId, percentPpm: 100_000 });
const off = (code: string, amountCents: number, storeId: string | null = null) =>
  coupon(code, { storeId, kind: 'amount', amountCents, currency: 'USD' });
const free = (code: string, storeId: string | null = null) => coupon(code, { storeId, kind: 'free_delivery' });

const apply = (stores: DiscountableStore[], ...terms: CouponTerms[]) =>
  applyCoupons([...new Set(terms.map(({ code }) => code))], terms, stores);
const amounts = ({ discounts }: ReturnType<typeof applyCoupons>) =>
  Object.fromEntries(
    [...discounts].map(([id, of]) => [id, of.map((d) => [d.fundedBy, d.goodsCents, d.deliveryCents, d.lines])]),
  );
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe('applyCoupons', () => {
  it('takes a store’s coupon off that store alone, and spreads it over its lines', () => {
    const found = apply([store('a', [1000, 500]), store('b', [1000])], off('A5', 500, 'a'));
    expect(amounts(found)).toEqual({ a: [['store', 500, 0, [333, 167]]] });
    expect(found.notes).toEqual([{ code: 'A5', storeId: 'a', applied: true, problem: null }]);
  });

  it('takes the platform’s coupon off all stores, after the stores’ own', () => {
    const found = apply([store('a', [1000]), store('b', [1000])], ten('ALL'), ten('A10', 'a'));
    expect(amounts(found)).toEqual({
      a: [
        ['store', 100, 0, [100]],
        ['platform', 90, 0, [90]],
      ],
      b: [['platform', 100, 0, [100]]],
    });
  });

  it('counts one coupon of each store and one of the platform: the first that can be used', () => {
    const over = { ...ten('OLD', 'a'), state: 'over' as const };
    const found = apply([store('a', [1000])], over, off('ONE', 100, 'a'), off('TWO', 200, 'a'), ten('P'), ten('Q'));
    expect(amounts(found)).toEqual({
      a: [
        ['store', 100, 0, [100]],
        ['platform', 90, 0, [90]],
      ],
    });
    expect(found.notes.map(({ code, applied, problem }) => [code, applied, problem?.code])).toEqual([
      ['OLD', false, 'coupon_over'],
      ['ONE', true, undefined],
      ['TWO', false, 'coupon_not_combined'],
      ['P', true, undefined],
      ['Q', false, 'coupon_not_combined'],
    ]);
  });

  it('never takes off more than there is', () => {
    const found = apply([store('a', [300, 200])], off('BIG', 9999, 'a'), off('MORE', 9999));
    expect(amounts(found)).toEqual({ a: [['store', 500, 0, [300, 200]]] });
    expect(found.notes.map(({ problem }) => problem?.code)).toEqual([undefined, 'coupon_not_applicable']);
  });

  it('makes the cheapest delivery free, once: a dearer one costs the difference', () => {
    const dear = store('a', [1000], { shippingCents: 1500 });
    expect(amounts(apply([dear, store('b', [1])], free('F', 'a'), free('G')))).toEqual({
      a: [['store', 0, 500, [0]]],
      b: [['platform', 0, 500, [0]]],
    });
  });

  it('says what is missing to a minimum, which counts goods before discounts', () => {
    const terms = { ...ten('M'), minimumCents: 2000, currency: 'USD' };
    const stores = [store('a', [1000]), store('b', [900])];
    expect(apply(stores, ten('A', 'a'), terms).notes[1]!.problem).toMatchObject({
      ...{ code: 'coupon_minimum', minimum: { amount: 2000 }, missing: { amount: 100, currency: 'USD' } },
    });
    expect(apply([...stores, store('c', [100])], ten('A', 'a'), terms).notes[1]!.applied).toBe(true);
  });

  it('is for the stores that sell in its currency, where it has one', () => {
    const stores = [store('a', [1000]), store('e', [1000], { currency: 'EUR' })];
    expect(Object.keys(amounts(apply(stores, off('D', 100))))).toEqual(['a']);
    expect(Object.keys(amounts(apply(stores, ten('P'))))).toEqual(['a', 'e']);
    expect(apply([stores[1]!], off('D', 100)).notes[0]!.problem!.code).toBe('coupon_not_applicable');
  });

  it('says the same of a code that nobody knows and of one of another store', () => {
    const known = applyCoupons(['X'], [ten('X', 'elsewhere')], [store('a', [1])]).notes[0]!.problem!;
    const unknown = applyCoupons(['X'], [], [store('a', [1])]).notes[0]!.problem!;
    expect([known.code, known.detail]).toEqual([unknown.code, unknown.detail]);
  });

  it.each([
    ['not_yet', 'coupon_not_yet'],
    ['over', 'coupon_over'],
    ['used_up', 'coupon_over'],
    ['used_by_shopper', 'coupon_over'],
  ] as const)('does not count one that is %s', (state, code) => {
    const found = apply([store('a', [1000])], { ...ten('S'), state });
    expect([found.discounts.size, found.notes[0]!.problem!.code]).toEqual([0, code]);
  });

  describe('over 1 to 20 stores, with taxes, in currencies of 0, 2 and 3 decimals', () => {
    const CURRENCIES = ['JPY', 'USD', 'KWD'];
    const cents = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 1e9 }));
    const stores = fc
      .array(
        fc.record({
          currency: fc.constantFrom(...CURRENCIES),
          lines: fc.array(cents, { minLength: 1, maxLength: 8 }),
          shippingCents: fc.integer({ min: 0, max: 5000 }),
          cheapestShippingCents: fc.integer({ min: 0, max: 5000 }),
        }),
        { minLength: 1, maxLength: 20 },
      )
      .map((list) => list.map((one, index) => ({ ...one, storeId: `s${index}`, name: `s${index}` })));
    const terms = fc
      .array(
        fc.record({
          storeId: fc.option(fc.integer({ min: 0, max: 19 }).map((at) => `s${at}`)),
          kind: fc.constantFrom('amount' as const, 'percent' as const, 'free_delivery' as const),
          amountCents: fc.integer({ min: 1, max: 1e9 }),
          percentPpm: fc.integer({ min: 1, max: 1_000_000 }),
          currency: fc.constantFrom(...CURRENCIES),
          minimumCents: fc.option(fc.integer({ min: 1, max: 1e6 })),
        }),
        { maxLength: 12 },
      )
      .map((list) =>
        list.map((one, index): CouponTerms => {
          const currency = one.kind === 'amount' || one.minimumCents !== null ? one.currency : null;
          return { ...one, currency, id: `${index}`, code: `C${index}`, state: 'open' };
        }),
      );
    const rates = fc.array(
      fc.record({ ratePpm: fc.integer({ min: 0, max: 1_000_000 }), inclusive: fc.boolean(), onDelivery: fc.boolean() }),
      { maxLength: 3 },
    );

    it('parts equal the whole, and nothing becomes negative', () => {
      expect(CURRENCIES.map(minorDigits)).toEqual([0, 2, 3]);
      fc.assert(
        fc.property(stores, terms, rates, (of, coupons, table) => {
          const { discounts } = applyCoupons(
            coupons.map(({ code }) => code),
            coupons,
            of,
          );
          for (const one of of) {
            const list = discounts.get(one.storeId) ?? [];
            expect(list.filter((d) => d.fundedBy === 'store').length).toBeLessThanOrEqual(1);
            expect(list.filter((d) => d.fundedBy === 'platform').length).toBeLessThanOrEqual(1);
            for (const d of list) {
              expect(sum(d.lines)).toBe(d.goodsCents);
              expect(Math.min(...d.lines, d.deliveryCents)).toBeGreaterThanOrEqual(0);
              expect(d.goodsCents + d.deliveryCents).toBeGreaterThan(0);
            }
            const off = sumOf(list, one.lines.length);
            const nets = one.lines.map((line, index) => line - off.lines[index]!);
            expect(Math.min(...nets, one.shippingCents - off.deliveryCents)).toBeGreaterThanOrEqual(0);
            const sale = {
              place: { country: 'US', region: null },
              lines: nets.map((amountCents) => ({ amountCents, category: null })),
              deliveryCents: one.shippingCents - off.deliveryCents,
            };
            const tax = assessTax(
              sale,
              table.map((r, index): TaxRate => {
                const id = `${index}`;
                return { ...r, id, name: id, country: 'US', region: null, category: null };
              }),
            );
            const total = sum(one.lines) - off.goodsCents + one.shippingCents - off.deliveryCents + tax.addedCents;
            expect(total).toBe(
              sum(nets) + sale.deliveryCents + sum(tax.taxLines.filter((l) => !l.inclusive).map((l) => l.taxCents)),
            );
            expect(total).toBeGreaterThanOrEqual(0);
          }
        }),
        { numRuns: 300 },
      );
    });

    it('the sums do not depend on the order of the stores', () => {
      fc.assert(
        fc.property(stores, terms, (of, coupons) => {
          const codes = coupons.map(({ code }) => code);
          const sums = (list: DiscountableStore[]) => {
            const { discounts } = applyCoupons(codes, coupons, list);
            const currencyOf = new Map(list.map((one) => [one.storeId, one.currency]));
            const byCurrency = new Map<string, number>();
            for (const [storeId, found] of discounts) {
              for (const d of found) {
                const key = `${currencyOf.get(storeId)} ${d.code}`;
                byCurrency.set(key, (byCurrency.get(key) ?? 0) + d.goodsCents + d.deliveryCents);
              }
            }
            return Object.fromEntries(byCurrency);
          };
          expect(sums(of.toReversed())).toEqual(sums(of));
        }),
        { numRuns: 300 },
      );
    });
  });
});
