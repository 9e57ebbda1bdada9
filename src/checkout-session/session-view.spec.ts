import fc from 'fast-check';
import type { Address } from '../identity';
import type { Discount } from '../pricing';
import type { SealedJwe } from '../platform/crypto';
import type { OpenedSession, Session, SnapshotLine, StoreCheckout } from './session';
import { missingOf, requiredFields, statusOf, totalsOf, viewOf, type CheckoutPlaceOf } from './session-view';

const AT = new Date('2026-11-22T00:00:00Z');
const placeOf: CheckoutPlaceOf = (tier) => (tier === 'direct' ? 'in_muse' : 'on_store_site');
const ADDRESS = { name: 'Ana', line1: '350 5th Ave', city: 'New York', country: 'US' } as Address;
const CONTACT = { email: 'ana@example.com', phone: null };

const store = (storeId: string, overrides: Partial<StoreCheckout> = {}): StoreCheckout => {
  const amounts = { subtotalCents: 1000, discountCents: 0, shippingCents: 500, fees: [], taxCents: 0, ...overrides };
  const fees = amounts.fees.reduce((sum, fee) => sum + fee.amountCents, 0);
  return {
    ...{
      id: storeId,
      storeId,
      storeVersion: '',
      name: storeId,
      position: 0,
      included: true,
      servedBy: null,
      link: null,
      storeAddressId: null,
      storeInstrumentId: null,
      storeDiscountCodes: [],
      storeDiscounts: [],
      tier: 'direct',
      status: 'waiting',
      currency: 'USD',
    },
    ...{
      settlement: 'pay_later',
      settlementChosen: false,
      payNow: null,
      deliveryOptions: [],
      deliveryOptionId: null,
      deliveryChosen: false,
      quoteStands: true,
      problems: [],
    },
    ...{
      shippingAddress: null,
      shipsToCountry: null,
      shipsToRegion: null,
      instructions: null,
      estimatedFrom: null,
      estimatedTo: null,
      message: null,
    },
    ...{
      action: null,
      failure: null,
      updatedAt: AT,
      orderId: null,
      orderNumber: null,
      storeOrderNumber: null,
      handoffId: null,
    },
    ...{ sealedParts: null, access: null },
    ...{
      continueUrl: null,
      ...{ handoff: null, shareAtStore: false, affiliate: false },
      conversationId: null,
      discounts: [],
      taxIncludedCents: 0,
      taxLines: [],
      ...overrides,
      ...amounts,
    },
    totalCents: amounts.subtotalCents - amounts.discountCents + amounts.shippingCents + fees + amounts.taxCents,
  };
};
const partner = (storeId: string, overrides: Partial<StoreCheckout> = {}) =>
  store(storeId, { tier: 'redirect', settlement: 'at_store', ...overrides });
const session = (stores: StoreCheckout[], overrides: Partial<Session> = {}): Session => ({
  ...{
    id: 'cs',
    shopperId: 's',
    shopperKind: 'guest',
    shopperCurrency: null,
    shopperDisabled: false,
    shopperPrivacy: 'standard',
    takesAffiliateLinks: true,
    shopperLocale: null,
    shopperCredentialsAt: 0,
    cartId: 'c',
    lines: [],
  },
  ...{
    chosenItems: null,
    sealed: false,
    status: 'pending',
    version: 1,
    currency: 'USD',
    shippingAddress: null,
    billingAddress: null,
    contact: null,
    locale: null,
  },
  rates: [
    { id: 'r1', base: 'USD', quote: 'VES', rate: '36.5', effectiveAt: AT.toISOString() },
    { id: 'r2', base: 'EUR', quote: 'USD', rate: '1.083', effectiveAt: AT.toISOString() },
  ],
  ...{
    shipsToCountry: null,
    shipsToRegion: null,
    coupons: [],
    paymentMethodId: null,
    paymentMethod: null,
    paymentId: null,
    authorizedAt: null,
    giveUpAt: null,
    accepted: [],
    action: null,
    placedAt: null,
    completedAt: null,
    expiresAt: AT,
  },
  ...{
    keySubjectId: 's',
    wrapped: Buffer.alloc(0),
    masterKeyId: null,
    live: true,
    secondsLeft: 1800,
    now: AT,
    stores,
    ...overrides,
  },
});
const opened = (overrides: Partial<OpenedSession> = {}): OpenedSession => ({
  ...{ key: null, shippingAddress: null, billingAddress: null, contact: null, stores: new Map(), ...overrides },
});
const complete = opened({ shippingAddress: ADDRESS, contact: CONTACT });

describe('the totals of a session', () => {
  it('are those of the included stores, split by when and where they are paid', () => {
    const totals = totalsOf(
      session([
        store('a'),
        partner('b', { shippingCents: 0 }),
        store('c', { included: false }),
        store('d', { settlement: 'pay_now' }),
      ]),
    );
    expect(totals).toMatchObject({
      ...{ subtotal: { amount: 3000 }, shipping: { amount: 1000 }, total: { amount: 4000, currency: 'USD' } },
      ...{ dueNow: { amount: 1500 }, dueLater: { amount: 1500 }, dueAtStores: { amount: 1000 } },
    });
  });

  it('add up to the cent, also where stores sell in another currency', () => {
    const fees = [{ code: 'f', name: 'F', amountCents: 33 }];
    for (const cents of [1, 3, 7, 101, 999, 123_457]) {
      const amounts = {
        subtotalCents: cents,
        discountCents: Math.floor(cents / 3),
        shippingCents: 77,
        taxCents: 13,
        fees,
      };
      const stores = [store('a', amounts), partner('b', { ...amounts, currency: 'EUR' })];
      const t = totalsOf(session(stores));
      const parts = t.subtotal.amount - t.discount.amount + t.shipping.amount + t.fees.amount + t.tax.amount;
      expect(parts).toBe(t.total.amount);
      expect(t.dueNow.amount + t.dueLater.amount + t.dueAtStores.amount).toBe(t.total.amount);
    }
  });

  it('add up over 1 to 20 stores, discounts and taxes, in currencies of 0, 2 and 3 decimals, in whatever order', () => {
    const at = AT.toISOString();
    const rates = [
      { id: 'r1', base: 'USD', quote: 'JPY', rate: '149.37', effectiveAt: at },
      { id: 'r2', base: 'KWD', quote: 'USD', rate: '3.2561', effectiveAt: at },
    ];
    const cents = fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 1e8 }));
    const anyStore = fc
      .record({
        currency: fc.constantFrom('JPY', 'USD', 'KWD'),
        subtotalCents: cents,
        shippingCents: cents,
        taxCents: cents,
        taxIncludedCents: cents,
        ofGoods: fc.double({ min: 0, max: 1, noNaN: true }),
        ofDelivery: fc.double({ min: 0, max: 1, noNaN: true }),
        settlement: fc.constantFrom('pay_now' as const, 'pay_later' as const, 'at_store' as const),
      })
      .map(({ ofGoods, ofDelivery, ...one }) => {
        const [goodsCents, deliveryCents] = [
          Math.floor(one.subtotalCents * ofGoods),
          Math.floor(one.shippingCents * ofDelivery),
        ];
        const discount: Discount = {
          ...{
            couponId: 'k',
            code: 'K',
            fundedBy: 'store',
            kind: 'percent',
            goodsCents,
            deliveryCents,
            lines: [goodsCents],
          },
        };
        return { ...one, discountCents: goodsCents + deliveryCents, discounts: [discount] };
      });
    fc.assert(
      fc.property(
        fc.array(anyStore, { minLength: 1, maxLength: 20 }),
        fc.constantFrom('JPY', 'USD', 'KWD'),
        (amounts, currency) => {
          const stores = amounts.map((one, index) => store(`s${index}`, one));
          const t = totalsOf(session(stores, { currency, rates }));
          const sum = t.subtotal.amount - t.discount.amount + t.shipping.amount + t.fees.amount + t.tax.amount;
          expect(sum).toBe(t.total.amount);
          expect(t.dueNow.amount + t.dueLater.amount + t.dueAtStores.amount).toBe(t.total.amount);
          expect(Math.min(...Object.values(t).map(({ amount }) => amount))).toBeGreaterThanOrEqual(0);
          expect(totalsOf(session(stores.toReversed(), { currency, rates }))).toEqual(t);
        },
      ),
    );
  });

  it('use the rates that the session pinned', () => {
    const totals = totalsOf(session([partner('b', { currency: 'EUR' })]));
    // 15.00 × 1.083 = 16.245
    expect(totals.total).toEqual({ amount: 1625, currency: 'USD' });
  });
});

const JWE = {} as SealedJwe;
const NO_KEY = { code: 'store_has_no_key', severity: 'blocking' as const, storeId: 'a', detail: 'd' };

describe('what a session still needs', () => {
  it('is an address and a contact, where some store is served in Muse', () => {
    const required = requiredFields(session([store('a'), partner('b')]), opened(), placeOf);
    expect(required).toEqual({
      session: ['/shippingAddress', '/contact/email'],
      stores: new Map([['a', ['/shippingAddress']]]),
    });
    expect(requiredFields(session([partner('b')]), opened(), placeOf)).toEqual({ session: [], stores: new Map() });
    expect(requiredFields(session([store('a')]), complete, placeOf).session).toEqual([]);
  });

  it('is no address where each such store has its own', () => {
    const own = { shippingAddress: ADDRESS, instructions: null };
    const some = opened({ contact: CONTACT, stores: new Map([['a', own]]) });
    expect(requiredFields(session([store('a'), partner('b')]), some, placeOf).session).toEqual([]);
    expect(requiredFields(session([store('a'), store('c')]), some, placeOf)).toMatchObject({
      session: ['/shippingAddress'],
      stores: new Map([['c', ['/shippingAddress']]]),
    });
  });

  it('is nothing for a store that is left out', () => {
    const out = store('a', { included: false, problems: [{ code: 'out_of_stock', severity: 'blocking', detail: '' }] });
    expect(missingOf(session([out, partner('b')]), opened(), placeOf)).toEqual({ errors: [], problems: [] });
  });

  it('is at least one store, each of them quoted and without a blocking problem', () => {
    expect(missingOf(session([]), complete, placeOf).errors).toMatchObject([{ pointer: '/stores' }]);
    expect(missingOf(session([store('a', { status: 'quoting' })]), complete, placeOf).errors).toMatchObject([
      { pointer: '/stores/a' },
    ]);
    const problems = (['info', 'warning', 'blocking'] as const).map((severity) => ({
      code: severity,
      severity,
      detail: '',
    }));
    expect(missingOf(session([store('a', { problems })]), complete, placeOf).problems).toEqual([problems[2]]);
  });

  it.each<[string, Partial<StoreCheckout>, string[]]>([
    ['nothing was sealed for it', {}, ['/shippingAddress', '/contact/email']],
    ['it is told the address alone', { sealedParts: { shippingAddress: JWE } }, ['/contact/email']],
    ['it is told both', { sealedParts: { shippingAddress: JWE, contact: JWE } }, []],
    ['it is told both in one', { sealedParts: { details: JWE } }, []],
    ['it has no key: that is a problem, not a field', { problems: [NO_KEY] }, []],
  ])('of a sealed one is asked for store by store: %s', (_, overrides, wanted) => {
    const sealed = session([store('a', overrides)], { sealed: true });
    expect(requiredFields(sealed, opened(), placeOf).session).toEqual(wanted);
    // What lies in it for a tier that types the address is nothing to a store that is to be told sealed.
    expect(requiredFields(sealed, complete, placeOf).session).toEqual(wanted);
  });
});

describe('the view of a session', () => {
  it('is ready to be placed while it is pending, alive and lacks nothing', () => {
    const ready = (overrides: Partial<Session> = {}, given = complete) =>
      viewOf(session([store('a')], overrides), given, placeOf).readyToPlace;
    expect(ready()).toBe(true);
    expect([
      ready({}, opened()),
      ready({ status: 'processing' }),
      ready({ status: 'cancelled' }),
      ready({ live: false }),
    ]).toEqual([false, false, false, false]);
  });

  it('shows how far the shopper has come', () => {
    const steps = (given: Session, what = complete) =>
      viewOf(given, what, placeOf).steps.map(({ name, done, required }) => [name, done, required]);
    expect(steps(session([store('a')]), opened())).toEqual([
      ['shipping', false, true],
      ['payment', true, false],
      ['review', false, true],
    ]);
    expect(steps(session([store('a', { settlement: 'pay_now' })]))[1]).toEqual(['payment', false, true]);
    expect(steps(session([store('a', { settlement: 'pay_now' })], { paymentMethodId: 'p' }))[1]).toEqual([
      'payment',
      true,
      true,
    ]);
    expect(steps(session([store('a')], { placedAt: AT, status: 'processing' }))[2]).toEqual(['review', true, true]);
  });

  it('bills where it ships unless told otherwise, and ships a store elsewhere where told so', () => {
    const other = { ...ADDRESS, line1: '1 Main St' };
    const own = new Map([
      ['a', { shippingAddress: other, instructions: { note: 'n', gift: null, deliveryNote: null } }],
    ]);
    const view = viewOf(
      session([store('a'), partner('b')]),
      opened({ shippingAddress: ADDRESS, stores: own }),
      placeOf,
    );
    expect(view.billingAddress).toEqual(ADDRESS);
    expect(view.stores.map((one) => [one.shippingAddress?.line1, one.note])).toEqual([
      ['1 Main St', 'n'],
      ['350 5th Ave', null],
    ]);
    expect(
      viewOf(session([store('a')]), opened({ shippingAddress: ADDRESS, billingAddress: other }), placeOf)
        .billingAddress,
    ).toEqual(other);
  });

  it('gives each store its own lines', () => {
    const line = (itemId: string, storeId: string) =>
      ({
        itemId,
        storeId,
        quantity: 2,
        unitPriceCents: 150,
        originalPriceCents: null,
        currency: 'USD',
      }) as SnapshotLine;
    const view = viewOf(
      session([store('a'), store('b')], { lines: [line('1', 'a'), line('2', 'b'), line('3', 'a')] }),
      complete,
      placeOf,
    );
    expect(view.stores.map((one) => one.items.map((item) => item.id))).toEqual([['1', '3'], ['2']]);
    expect(view.stores[1]!.items[0]!.lineTotal).toEqual({ amount: 300, currency: 'USD' });
  });
});

describe('the status of a session', () => {
  it('names only the stores that were bought from, and what came of each', () => {
    const placed = store('a', {
      status: 'placed',
      orderId: 'o',
      orderNumber: 'M-1',
      message: 'Order M-1 placed',
      estimatedFrom: '2026-11-24',
      estimatedTo: '2026-11-24',
    });
    const failed = store('b', { status: 'failed', failure: { code: 'store_closed', detail: 'Closed.' } });
    const view = statusOf(
      session([placed, failed, store('c', { included: false })], { status: 'partially_completed', completedAt: AT }),
    );
    expect(view.stores).toMatchObject([
      {
        storeId: 'a',
        order: { id: 'o', number: 'M-1', storeOrderNumber: null },
        estimatedDelivery: { from: '2026-11-24', to: '2026-11-24' },
        failure: null,
      },
      { storeId: 'b', order: null, failure: { code: 'store_closed' }, estimatedDelivery: null },
    ]);
    expect([view.stores.length, view.completedAt]).toEqual([2, AT.toISOString()]);
  });
});
