import fc from 'fast-check';
import type { StoreGroup, StoreQuote } from '../../checkout-strategy';
import type { RemoteCheckout, StoreMessage } from '../../protocols/store-api';
import { basketOf } from './basket';
import { derivedId, quoteOf, shortOf } from './remote-quote';

const ADDRESS = { name: 'Ana María Pérez', line1: '350 5th Ave', line2: null, city: 'New York', region: 'NY' };
const SHOPPER = {
  ...{ storeCheckoutId: 'sc', userId: 'u', contact: { email: 'ana@example.com', phone: '+1 212 555 0123' } },
  address: { ...ADDRESS, postalCode: '10118', country: 'US', phone: null, lat: null, lng: null },
  ...{
    storeAddressId: null,
    storeInstrumentId: null,
    discountCodes: [] as string[],
    deliveryOptionRef: null,
    paymentMethodId: null,
    until: new Date(),
  },
};
const LINE = {
  ...{ itemId: 'a', variantId: null, productName: 'Shirt', productSku: 'S-1', productUrl: 'https://x.example/s-1' },
  ...{ size: null, color: null, quantity: 2, unitPriceCents: 1000, now: null, held: 0, externalId: 'WM-1' },
};
const groupOf = (more: Partial<StoreGroup> = {}): StoreGroup => ({
  store: { id: 's', name: 'Walmart', currency: 'USD' } as StoreGroup['store'],
  ...{ lines: [LINE], shipsTo: 'US', deliveryOptionId: null, shopper: SHOPPER },
  ...more,
});
const remoteOf = (more: Partial<RemoteCheckout> = {}): RemoteCheckout => ({
  ...{ id: 'co', status: 'ready', currency: 'USD', subtotalCents: 2000, discountCents: 100, shippingCents: 500 },
  ...{ fees: [{ code: 'bag', name: 'Bag', amountCents: 10 }], taxCents: 90, totalCents: 2500 },
  lines: [{ itemId: 'a', quantity: 2, unitPriceCents: 1000, available: null }],
  deliveryOptions: [
    { id: 'fast', name: 'Express', priceCents: 1500, minDays: 1, maxDays: 1 },
    { id: 'std', name: 'Standard', priceCents: 500, minDays: 3, maxDays: 5 },
  ],
  ...{ deliveryOptionId: 'std', messages: [], continueUrl: null, expiresAt: null, delegatedTo: {}, order: null },
  instruments: [{ id: 'card_1', brand: 'visa', last4: '4242', isDefault: true }],
  ...more,
});
const message = (more: Partial<StoreMessage> = {}): StoreMessage => ({
  ...{ type: 'error', severity: 'recoverable', code: 'address_undeliverable', detail: 'Not there.', itemId: null },
  ...more,
});
const problemsOf = (remote: Partial<RemoteCheckout>, group: Partial<StoreGroup> = {}) => {
  const quote = quoteOf(groupOf(group), remoteOf(remote));
  if ('unquoted' in quote) throw new Error(quote.code);
  return quote.problems.map(({ code, severity }) => [code, severity]);
};

describe('The quote of a store’s own checkout', () => {
  it('has its amounts, and its deliveries under ids of ours that stay', () => {
    const quote = quoteOf(groupOf(), remoteOf());
    const standard = derivedId('delivery', 's', 'std');
    expect(quote).toMatchObject({
      ...{ subtotalCents: 2000, discountCents: 100, shippingCents: 500, taxCents: 90, totalCents: 2500, problems: [] },
      deliveryOptions: [{ id: standard, ref: 'std' }, { ref: 'fast' }],
      deliveryOptionId: standard,
    });
    expect(standard).toBe(derivedId('delivery', 's', 'std'));
    expect(standard).not.toBe(derivedId('delivery', 't', 'std'));
  });

  it('is none where the amounts do not add up, or the currency is another', () => {
    for (const wrong of [{ totalCents: 2499 }, { currency: 'EUR' }])
      expect(quoteOf(groupOf(), remoteOf(wrong))).toMatchObject({ unquoted: 'unavailable', code: 'bad_answer' });
  });

  it('is taken exactly where the amounts add up', () => {
    const cents = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(cents, cents, cents, cents, fc.integer({ min: -2, max: 2 }), (sub, off, ship, tax, wrong) => {
        const amounts = { subtotalCents: sub + off, discountCents: off, shippingCents: ship, fees: [], taxCents: tax };
        const quote = quoteOf(groupOf(), remoteOf({ ...amounts, totalCents: sub + ship + tax + wrong }));
        expect('unquoted' in quote).toBe(wrong !== 0);
      }),
    );
  });

  it.each<[string, Partial<RemoteCheckout>, string[][]]>([
    ['sold out', { lines: [] }, [['out_of_stock', 'blocking']]],
    [
      'none left',
      { lines: [{ itemId: 'a', quantity: 2, unitPriceCents: 1000, available: 0 }] },
      [['out_of_stock', 'blocking']],
    ],
    [
      'too few left',
      { lines: [{ itemId: 'a', quantity: 1, unitPriceCents: 1000, available: 1 }] },
      [['stock_short', 'blocking']],
    ],
    [
      'dearer',
      { lines: [{ itemId: 'a', quantity: 2, unitPriceCents: 1100, available: null }] },
      [['price_changed', 'warning']],
    ],
    [
      'cheaper',
      { lines: [{ itemId: 'a', quantity: 2, unitPriceCents: 900, available: 7 }] },
      [['price_changed', 'info']],
    ],
    ['no means of payment', { instruments: [] }, [['pay_at_store', 'info']]],
    ['goes on at the store', { status: 'escalation' }, [['go_on_at_store', 'info']]],
    ['an error', { messages: [message()] }, [['store_address_undeliverable', 'blocking']]],
    [
      'an error for the shopper',
      { messages: [message({ severity: 'requires_buyer_input' })] },
      [['store_address_undeliverable', 'warning']],
    ],
    ['a warning', { messages: [message({ type: 'warning', code: 'Final Sale!' })] }, [['store_final_sale', 'warning']]],
  ])('says what stands in the way: %s', (_what, remote, problems) => {
    expect(problemsOf(remote)).toEqual(problems);
  });

  it('has what the store took off, and says of each code that took nothing off why', () => {
    const shopper = { ...SHOPPER, discountCodes: ['welcome10', 'OLD', 'ODD'] };
    const discounts = [{ code: 'WELCOME10', title: 'Welcome', amountCents: 100 }];
    const told = { type: 'warning', severity: null, code: 'discount_code_expired', detail: 'OLD is over.' } as const;
    const messages = [message({ ...told, discountCode: 'OLD' })];
    const quote = quoteOf(groupOf({ shopper }), remoteOf({ discounts, messages })) as StoreQuote;
    expect(quote.storeDiscounts).toEqual(discounts);
    const refused = { code: 'discount_code_refused', severity: 'warning', storeId: 's' };
    expect(quote.problems).toEqual([
      { ...refused, discountCode: 'OLD', storeCode: 'discount_code_expired', detail: 'OLD is over.' },
      { ...refused, discountCode: 'ODD', storeCode: 'discount_code_invalid', detail: expect.stringContaining('ODD') },
    ]);
    const silent = quoteOf(groupOf({ shopper: { ...shopper, discountCodes: ['ANY'] } }), remoteOf()) as StoreQuote;
    expect(silent.problems).toMatchObject([{ discountCode: 'ANY', storeCode: 'discount_codes_not_taken' }]);
  });

  it('does not complain of what is missing while the address is', () => {
    const shopper = { ...SHOPPER, address: null };
    expect(problemsOf({ messages: [message()] }, { shopper })).toEqual([]);
    expect(problemsOf({ messages: [message({ severity: 'unrecoverable' })] }, { shopper })).toEqual([
      ['store_address_undeliverable', 'warning'],
    ]);
  });

  it('is short of what was agreed where a line is', () => {
    expect(shortOf([LINE], remoteOf())).toBeNull();
    expect(shortOf([LINE], remoteOf({ lines: [] }))?.code).toBe('out_of_stock');
    const one = { itemId: 'a', quantity: 1, unitPriceCents: 1000, available: null };
    expect(shortOf([LINE], remoteOf({ lines: [one] }))?.code).toBe('stock_short');
  });
});

describe('A basket', () => {
  it('has the names that a store asks for, and ours of nothing', () => {
    expect(basketOf(SHOPPER, [LINE], 'USD', 'co')).toMatchObject({
      checkoutId: 'co',
      lines: [{ itemId: 'a', externalId: 'WM-1', quantity: 2 }],
      buyer: { email: 'ana@example.com', firstName: 'Ana María', lastName: 'Pérez' },
      address: { firstName: 'Ana María', lastName: 'Pérez', phone: '+1 212 555 0123', postalCode: '10118' },
    });
  });

  it('is none where Muse does not know what the store calls one of the goods', () => {
    expect(basketOf(SHOPPER, [LINE, { ...LINE, externalId: null }], 'USD', null)).toBeNull();
  });
});
