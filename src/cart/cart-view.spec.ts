import { RateTable, type CouponTerms } from '../pricing';
import type { StoreFacts } from '../store-integrations';
import { emptyCart, viewOf, type ViewContext } from './cart-view';
import type { Cart, CartLine } from './cart-reading';

const AT = '2026-11-22 00:00:00+00';
const rate = (base: string, quote: string, value: string) => ({
  id: `${base}${quote}`,
  base,
  quote,
  rate: value,
  effectiveAt: AT,
});
const context = (overrides: Partial<ViewContext> = {}): ViewContext => ({
  rates: new RateTable([rate('USD', 'VES', '36.5'), rate('EUR', 'USD', '1.08')]),
  defaultCurrency: 'USD',
  checkoutPlace: (tier) => (tier === 'direct' || tier === 'oauth_api' ? 'in_muse' : 'on_store_site'),
  asksForAccess: true,
  linkOf: ({ linkRequired: required }, status) =>
    status ? { required, status, url: 'https://muse.example/link' } : null,
  ...overrides,
});
const store = (id: string, overrides: Partial<StoreFacts> = {}): StoreFacts => ({
  payNow: { reason: 'not_onboarded', feePpm: null },
  ...{
    id,
    name: id,
    kind: 'partner',
    tier: 'redirect',
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
  ...{ hosts: [], cartLink: null, delivery: [], ...overrides },
});
const delivery = (priceCents: number, freeOverCents: number | null = null) => ({
  ...{ id: `d${priceCents}`, name: 'Standard', priceCents, freeOverCents, minDays: 1, maxDays: 2, countries: null },
});
const line = (storeId: string, overrides: Partial<CartLine> = {}): CartLine => ({
  ...{
    id: `${storeId}-line`,
    storeId,
    itemKey: 'k',
    size: null,
    color: null,
    variantId: null,
    brandId: null,
    brandName: null,
  },
  ...{
    productName: 'Dress',
    productSku: null,
    productUrl: 'https://shop.example/',
    productImageUrl: null,
    priceCents: 1000,
  },
  ...{
    originalPriceCents: null,
    currency: 'USD',
    quantity: 1,
    wasInStock: true,
    lastStockCheck: null,
    checkoutSessionId: null,
    addedAt: AT,
    updatedAt: AT,
  },
  ...{ now: null, held: 0, category: null, ...overrides },
});
const cart = (stores: StoreFacts[], lines: CartLine[], overrides: Partial<Cart> = {}): Cart => ({
  ...{ id: 'c', version: 1, status: 'open', shopperCurrency: null, leftBehind: null, couponCodes: [], coupons: [] },
  ...{ stores, lines, ways: [], ...overrides },
});
const now = (overrides: Partial<NonNullable<CartLine['now']>> = {}) => ({
  ...{ priceCents: 1000, originalPriceCents: null, sellable: true, available: 10, ...overrides },
});
const codes = (view: ReturnType<typeof viewOf>) => view.problems.map((problem) => problem.code);

describe('the view of a cart', () => {
  it('without lines is empty and costs nothing', () => {
    expect(emptyCart(context())).toMatchObject({
      id: null,
      itemCount: 0,
      total: { amount: 0, currency: 'USD' },
      problems: [],
    });
  });

  it('tells what a sign-in left out, lines and units, and nothing where nothing was', () => {
    const [told] = viewOf(cart([], [], { leftBehind: { lines: 3, units: 20 } }), context()).problems;
    expect(told).toMatchObject({ code: 'lines_left_behind', severity: 'info', lines: 3, units: 20 });
    expect(told!.detail).toMatch(/3 of its lines .*200.* and 20 units .*999/);
    expect(viewOf(cart([], [], { leftBehind: { lines: 0, units: 1 } }), context()).problems[0]!.detail).not.toMatch(
      /lines \(a cart/,
    );
    expect(codes(viewOf(cart([], []), context()))).toEqual([]);
  });

  it('keeps lines with their stores, in the order in which each store came first', () => {
    const lines = [line('b', { id: '1' }), line('a', { id: '2' }), line('b', { id: '3' })];
    const view = viewOf(cart([store('a'), store('b')], lines), context());
    expect(view.stores.map((group) => [group.storeId, group.items.map((item) => item.id)])).toEqual([
      ['b', ['1', '3']],
      ['a', ['2']],
    ]);
    expect([view.storeCount, view.itemCount]).toEqual([2, 3]);
  });

  it('adds the cheapest delivery of each store, and says what is missing to a free one', () => {
    const shop = store('s', { delivery: [delivery(1500), delivery(700, 5000)] });
    const below = viewOf(cart([shop], [line('s', { priceCents: 4999 })]), context());
    expect(below.stores[0]).toMatchObject({
      shipping: { amount: 700 },
      freeShippingOver: { amount: 5000 },
      freeShippingGap: { amount: 1 },
    });
    const at = viewOf(cart([shop], [line('s', { priceCents: 5000 })]), context());
    expect(at.stores[0]).toMatchObject({
      shipping: { amount: 0 },
      freeShippingGap: { amount: 0 },
      total: { amount: 5000 },
    });
  });

  it('counts neither goods that nobody can buy nor their delivery', () => {
    const shop = store('s', { delivery: [delivery(700)] });
    const gone = line('s', { variantId: 'v', now: now({ available: 0 }) });
    const view = viewOf(cart([shop], [gone]), context());
    expect([view.total.amount, view.shipping.amount, codes(view)]).toEqual([0, 0, ['out_of_stock']]);
    const both = viewOf(cart([shop], [gone, line('s', { id: 'other' })]), context());
    expect([both.subtotal.amount, both.total.amount]).toEqual([1000, 1700]);
    const closed = viewOf(cart([store('s', { open: false })], [line('s')]), context());
    expect([closed.total.amount, codes(closed)]).toEqual([0, ['unavailable']]);
  });

  it('counts what the shopper’s own session holds as available', () => {
    const held = line('s', { variantId: 'v', quantity: 5, now: now({ available: 0 }), held: 5 });
    const view = viewOf(cart([store('s')], [held]), context());
    expect(view.stores[0]!.items[0]).toMatchObject({ maxQuantity: 5, inStock: true });
    expect(codes(view)).toEqual([]);
  });

  it('offers at most 999 of a line', () => {
    const view = viewOf(cart([store('s')], [line('s', { variantId: 'v', now: now({ available: 5000 }) })]), context());
    expect(view.stores[0]!.items[0]!.maxQuantity).toBe(999);
  });

  it('sums up in the stores’ own currency where that is one, whatever the shopper prefers', () => {
    const view = viewOf(cart([store('s', { currency: 'EUR' })], [line('s')], { shopperCurrency: 'USD' }), context());
    expect(view.total).toEqual({ amount: 1000, currency: 'EUR' });
    // 10.00 × 1.08 × 36.5, rounded once.
    expect(view.totalIn).toEqual({ VES: { amount: 39_420, currency: 'VES', rateId: 'USDVES' } });
  });

  it('sums up in the shopper’s currency, else the default, where the stores’ differ', () => {
    const two = [store('u'), store('e', { currency: 'EUR' })];
    const lines = [line('u'), line('e')];
    expect(viewOf(cart(two, lines), context()).total).toEqual({ amount: 2080, currency: 'USD' });
    const euro = viewOf(cart(two, lines, { shopperCurrency: 'EUR' }), context());
    expect(euro.total).toEqual({ amount: 1926, currency: 'EUR' });
  });

  it('adds up, whatever is converted: subtotal, discount and shipping make the total', () => {
    const two = [store('u', { delivery: [delivery(333)] }), store('e', { currency: 'EUR', delivery: [delivery(101)] })];
    for (const priceCents of [1, 7, 99, 333, 12_345]) {
      const view = viewOf(cart(two, [line('u', { priceCents }), line('e', { priceCents })]), context());
      expect(view.subtotal.amount - view.discount.amount + view.shipping.amount).toBe(view.total.amount);
    }
  });

  it('takes coupons off merchant stores alone, goods and delivery apart, and still adds up', () => {
    const own: Partial<StoreFacts> = { kind: 'merchant', tier: 'direct', delivery: [delivery(333)] };
    const stores = [
      store('u', own),
      store('e', { ...own, currency: 'EUR' }),
      store('p', { delivery: [delivery(101)] }),
    ];
    const terms: CouponTerms = {
      ...{ id: 'k', storeId: null, code: 'ALL', kind: 'percent', amountCents: null, percentPpm: 333_333 },
      ...{ currency: null, minimumCents: null, state: 'open' },
    };
    const free: CouponTerms = {
      ...terms,
      id: 'f',
      storeId: 'e',
      code: 'FREE',
      kind: 'free_delivery',
      percentPpm: null,
    };
    for (const priceCents of [1, 7, 99, 333, 12_345]) {
      const lines = [line('u', { priceCents }), line('e', { priceCents }), line('p', { priceCents })];
      const coupons = { couponCodes: ['ALL', 'FREE'], coupons: [terms, free] };
      const view = viewOf(cart(stores, lines, coupons), context());
      const [u, e, p] = view.stores;
      expect(e!.discounts.at(0)).toMatchObject({ code: 'FREE', amount: { amount: 333 }, onDelivery: { amount: 333 } });
      expect([u!.shipping.amount, p!.discount.amount]).toEqual([333, 0]);
      for (const one of [u!, e!, p!]) {
        expect(one.subtotal.amount - one.discount.amount + one.shipping.amount).toBe(one.total.amount);
      }
      expect(view.subtotal.amount - view.discount.amount + view.shipping.amount).toBe(view.total.amount);
      expect(u!.totalIn['VES']!.amount).toBe(Math.round(u!.total.amount * 36.5));
    }
  });

  it('takes nothing off goods that nobody can buy', () => {
    const shop = store('s', { kind: 'merchant', tier: 'direct' });
    const gone = line('s', { variantId: 'v', now: now({ available: 0 }) });
    const terms: CouponTerms = {
      ...{ id: 'k', storeId: 's', code: 'TEN', kind: 'percent', amountCents: null, percentPpm: 100_000 },
      ...{ currency: null, minimumCents: null, state: 'open' },
    };
    const coupons = { couponCodes: ['TEN'], coupons: [terms] };
    const both = viewOf(cart([shop], [gone, line('s', { id: 'other' })], coupons), context());
    expect(both.discount.amount).toBe(100);
    expect(codes(viewOf(cart([shop], [gone], coupons), context()))).toEqual(['out_of_stock', 'coupon_not_applicable']);
  });

  it('blocks a store whose currency no rate leads from', () => {
    const two = [store('u'), store('j', { currency: 'JPY' })];
    const view = viewOf(cart(two, [line('u'), line('j')]), context());
    expect(view.problems).toMatchObject([{ code: 'rate_missing', severity: 'blocking', storeId: 'j' }]);
    expect(view.total.amount).toBe(1000);
  });

  it('says of a line that is being placed that it is', () => {
    const view = viewOf(cart([store('s')], [line('s', { checkoutSessionId: 'cs' })]), context());
    expect(view.problems).toMatchObject([{ code: 'being_placed', severity: 'info', checkoutSessionId: 'cs' }]);
  });

  it('says how the shopper is linked with a store, and finishes here only where its interface serves them', () => {
    const partner = store('w', { tier: 'oauth_api', linkRequired: true, connected: true });
    const shown = (ways: Cart['ways']) => {
      const { checkout, link } = viewOf(cart([partner], [line('w')], { ways }), context()).stores[0]!;
      return [checkout, link.status, link.url !== null];
    };
    const way = (linkStatus: Cart['ways'][number]['linkStatus'], takesGuests = false) => [
      { storeId: 'w', linkStatus, takesGuests },
    ];
    expect(shown(way('linked'))).toEqual(['in_muse', 'linked', true]);
    expect(shown(way('relink'))).toEqual(['on_store_site', 'relink', true]);
    expect(shown(way('relink', true))).toEqual(['on_store_site', 'relink', true]);
    expect(shown(way('not_linked'))).toEqual(['on_store_site', 'not_linked', true]);
    expect(shown(way('not_linked', true))).toEqual(['in_muse', 'not_linked', true]);
    expect(shown(way(null, true))).toEqual(['in_muse', 'not_linked', false]);
    expect(shown([])).toEqual(['on_store_site', 'not_linked', false]);
  });
});
