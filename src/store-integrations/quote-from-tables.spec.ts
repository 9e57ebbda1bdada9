import type { GroupLine, StoreGroup } from './checkout-strategy';
import { isGone, lineProblems, quoteFromTables } from './quote-from-tables';

const store = (overrides: object = {}): StoreGroup['store'] => ({
  ...{
    id: 's',
    name: 'Shop',
    kind: 'merchant',
    tier: 'direct',
    currency: 'USD',
    country: 'US',
    open: true,
    contactOnly: false,
    linkRequired: false,
    connected: false,
    automated: false,
    affiliated: false,
    ...{ url: null, platform: null, permalink: null },
  },
  ...{ hosts: [], cartLink: null, payNow: { reason: 'not_onboarded', feePpm: null } },
  delivery: [
    { id: 'cheap', name: 'Standard', priceCents: 500, freeOverCents: null, minDays: 2, maxDays: 4, countries: ['US'] },
    { id: 'fast', name: 'Express', priceCents: 1500, freeOverCents: null, minDays: 1, maxDays: 1, countries: null },
  ],
  ...overrides,
});
const line = (overrides: object = {}): GroupLine => ({
  ...{
    itemId: 'i',
    variantId: 'v',
    productName: 'Dress',
    productSku: null,
    productUrl: 'https://shop.example/',
    size: null,
    color: null,
  },
  ...{ quantity: 2, unitPriceCents: 1000, held: 0 },
  now: { priceCents: 1000, originalPriceCents: null, sellable: true, available: 10 },
  ...overrides,
});
const group = (lines: GroupLine[], overrides: Partial<StoreGroup> = {}): StoreGroup => ({
  ...{ store: store(), lines, shipsTo: 'US', deliveryOptionId: null, ...overrides },
});
const present = (overrides: object) => ({
  now: { priceCents: 1000, originalPriceCents: null, sellable: true, available: 10, ...overrides },
});
const codesOf = (given: GroupLine, at = store()) => lineProblems({ store: at }, given).map((problem) => problem.code);

describe('a quote from our own tables', () => {
  it('takes the catalogue’s price where there is one, else the one that the client gave', () => {
    const described = line({ itemId: 'd', variantId: null, now: null, unitPriceCents: 333, quantity: 3 });
    const quote = quoteFromTables(group([line(present({ priceCents: 900 })), described]));
    expect(quote).toMatchObject({
      unitPricesCents: [900, 333],
      subtotalCents: 2799,
      shippingCents: 500,
      totalCents: 3299,
    });
  });

  it('takes the chosen delivery, else the cheapest that reaches the address', () => {
    expect(quoteFromTables(group([line()]))).toMatchObject({ deliveryOptionId: 'cheap', shippingCents: 500 });
    expect(quoteFromTables(group([line()], { deliveryOptionId: 'fast' }))).toMatchObject({
      deliveryOptionId: 'fast',
      shippingCents: 1500,
    });
    expect(quoteFromTables(group([line()], { shipsTo: 'VE' }))).toMatchObject({ deliveryOptionId: 'fast' });
    // The chosen one does not go there: the shopper sees another, never a wrong one.
    expect(quoteFromTables(group([line()], { shipsTo: 'VE', deliveryOptionId: 'cheap' }))).toMatchObject({
      deliveryOptionId: 'fast',
    });
  });

  it('is blocked by a store that delivers nowhere, or not there; a partner store may work that out itself', () => {
    const problemsOf = (overrides: object, shipsTo: string | null = 'VE') =>
      quoteFromTables(group([line()], { store: store(overrides), shipsTo })).problems.map(({ code, severity }) => [
        code,
        severity,
      ]);
    const [home] = store().delivery;
    expect(problemsOf({ delivery: [home] })).toEqual([['no_delivery', 'blocking']]);
    expect(problemsOf({ delivery: [] }, null)).toEqual([['no_delivery', 'blocking']]);
    expect(problemsOf({ delivery: [], kind: 'partner' })).toEqual([['delivery_at_store', 'info']]);
    expect(problemsOf({ delivery: [home], kind: 'partner' })).toEqual([['no_delivery', 'blocking']]);
  });

  it('counts a line that nobody can buy for nothing', () => {
    const quote = quoteFromTables(group([line(present({ available: 0 })), line({ itemId: 'j' })]));
    expect(quote).toMatchObject({ subtotalCents: 2000, problems: [{ code: 'out_of_stock', itemId: 'i' }] });
  });
});

describe('what stands in the way of a line', () => {
  it.each([
    ['nothing', {}, []],
    ['nothing, of what a client described', { variantId: null, now: null }, []],
    ['goods that are not sold any more', present({ sellable: false }), ['unavailable']],
    ['goods that the catalogue does not know any more', { now: null }, ['unavailable']],
    ['no stock', present({ available: 0 }), ['out_of_stock']],
    ['too little stock', present({ available: 1 }), ['stock_short']],
    ['just enough stock', present({ available: 2 }), []],
    ['stock that its own session holds', { ...present({ available: 0 }), held: 2 }, []],
    ['another price', present({ priceCents: 1 }), ['price_changed']],
    ['another price and too little stock', present({ priceCents: 1, available: 1 }), ['stock_short', 'price_changed']],
  ])('%s', (_, overrides, codes) => {
    expect(codesOf(line(overrides))).toEqual(codes);
  });

  it('is a closed store, whatever it sells', () => {
    for (const given of [line(), line({ variantId: null, now: null })])
      expect(codesOf(given, store({ open: false }))).toEqual(['unavailable']);
  });

  it('warns of a price that has gone up, and tells of one that has gone down', () => {
    const [up] = lineProblems({ store: store() }, line(present({ priceCents: 1001 })));
    const [down] = lineProblems({ store: store() }, line(present({ priceCents: 999 })));
    expect([up!.severity, down!.severity]).toEqual(['warning', 'info']);
    expect(up).toMatchObject({ was: { amount: 1000, currency: 'USD' }, now: { amount: 1001, currency: 'USD' } });
  });

  it('makes a line count for nothing only where nobody can buy it', () => {
    const problem = (code: string) => ({ code, severity: 'blocking' as const, detail: '' });
    expect(
      ['unavailable', 'out_of_stock', 'stock_short', 'price_changed'].map((code) => isGone(problem(code))),
    ).toEqual([true, true, false, false]);
  });
});
