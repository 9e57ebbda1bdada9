import { candidatesIn, type Sought } from './order-match';

const at = (seconds: number) => new Date(Date.parse('2026-11-26T12:00:00Z') + seconds * 1000).toISOString();
const sought = (more: Partial<Sought> = {}): Sought => ({
  promisedAt: new Date(at(0)),
  ...{ totalCents: 2580, agreedTotalCents: 2600, known: new Set<string>(), ...more },
});
const order = (more: object = {}) => ({ number: 'W-1', total: 2580, placedAt: at(5), status: 'processing', ...more });
const numbers = (orders: object[], more: Partial<Sought> = {}) =>
  candidatesIn(orders as Parameters<typeof candidatesIn>[0], sought(more)).map(({ number }) => number);

describe('An order of a store’s list', () => {
  it('is the one that was placed by its total and its time', () => {
    expect(numbers([order()])).toEqual(['W-1']);
  });

  it.each([
    ['another total', { total: 2581 }],
    ['no total', { total: null }],
    ['no number', { number: null }],
    ['a number that no column takes', { number: '4'.repeat(256) }],
    ['no time', { placedAt: null }],
    ['an hour before', { placedAt: at(-3_600) }],
    ['half an hour after', { placedAt: at(1_800) }],
    ['two days before, by the day', { placedAt: '2026-11-24T00:00:00.000Z' }],
  ])('is not: %s', (_what, more) => {
    expect(numbers([order(more)])).toEqual([]);
  });

  it('may be it by the day, where the list has no time of day, and by clocks that differ', () => {
    expect(numbers([order({ placedAt: '2026-11-26T00:00:00.000Z' })])).toEqual(['W-1']);
    expect(numbers([order({ placedAt: at(-240) }), order({ number: 'W-2', placedAt: at(240) })])).toEqual([
      'W-1',
      'W-2',
    ]);
  });

  it('is not one that is known as another order', () => {
    expect(numbers([order(), order({ number: 'W-2' })], { known: new Set(['W-1']) })).toEqual(['W-2']);
  });

  it('costs at most what was agreed, where nobody saw what the page said', () => {
    const orders = [order({ total: 2600 }), order({ number: 'W-2', total: 2601 })];
    expect(numbers(orders, { totalCents: null })).toEqual(['W-1']);
  });
});
