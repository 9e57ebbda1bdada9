import { estimateDelivery, freeDelivery, quoteDelivery } from './delivery';

const option = (id: string, priceCents: number, overrides: object = {}) => ({
  ...{ id, name: id, priceCents, freeOverCents: null, minDays: 2, maxDays: 4, countries: null, ...overrides },
});
const ids = (quotes: { id: string }[]) => quotes.map(({ id }) => id);

describe('delivery', () => {
  it('is offered cheapest first, then fastest, then always in the same order', () => {
    const options = [
      option('c', 500),
      option('b', 500),
      option('slow', 500, { maxDays: 9 }),
      option('dear', 900, { maxDays: 1 }),
      option('a', 0),
    ];
    expect(ids(quoteDelivery(options, 100, null))).toEqual(['a', 'b', 'c', 'slow', 'dear']);
    expect(ids(quoteDelivery(options.toReversed(), 100, null))).toEqual(['a', 'b', 'c', 'slow', 'dear']);
  });

  it('is free from its threshold on, to the cent, and then comes first', () => {
    const options = [option('flat', 300), option('free over', 700, { freeOverCents: 5000 })];
    expect(quoteDelivery(options, 4999, null)).toMatchObject([{ id: 'flat', priceCents: 300 }, { priceCents: 700 }]);
    expect(quoteDelivery(options, 5000, null)).toMatchObject([{ id: 'free over', priceCents: 0 }, { priceCents: 300 }]);
  });

  it('is offered to the countries that it reaches', () => {
    const options = [
      option('everywhere', 900),
      option('home', 100, { countries: ['US', 'CA'] }),
      option('nowhere', 0, { countries: [] }),
    ];
    expect(ids(quoteDelivery(options, 100, 'CA'))).toEqual(['home', 'everywhere']);
    expect(ids(quoteDelivery(options, 100, 'VE'))).toEqual(['everywhere']);
    expect(ids(quoteDelivery(options, 100, null))).toEqual(['nowhere', 'home', 'everywhere']);
  });

  it('says how much is missing to the lowest threshold', () => {
    const options = [
      option('a', 100),
      option('b', 100, { freeOverCents: 9000 }),
      option('c', 100, { freeOverCents: 5000 }),
    ];
    expect(freeDelivery(options, 1000)).toEqual({ overCents: 5000, gapCents: 4000 });
    expect(freeDelivery(options, 5000)).toEqual({ overCents: 5000, gapCents: 0 });
    expect(freeDelivery(options, 9999)).toEqual({ overCents: 5000, gapCents: 0 });
    expect(freeDelivery([option('a', 100)], 1000)).toBeNull();
  });

  it('is estimated in calendar days, over the ends of months and years', () => {
    const days = { minDays: 2, maxDays: 5 };
    expect(estimateDelivery(new Date('2027-12-30T23:59:59Z'), days)).toEqual({ from: '2028-01-01', to: '2028-01-04' });
    expect(estimateDelivery(new Date('2028-02-27T00:00:00Z'), days)).toEqual({ from: '2028-02-29', to: '2028-03-03' });
    expect(estimateDelivery(new Date('2026-11-22T12:00:00Z'), { minDays: 0, maxDays: 0 })).toEqual({
      from: '2026-11-22',
      to: '2026-11-22',
    });
  });
});
