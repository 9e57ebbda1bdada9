import type { StoreGroup } from '../../checkout-strategy';
import type { Reads } from '../../recipes';
import { estimateDelivery } from '../../delivery';
import { derivedId } from '../oauth-api/remote-quote';
import { pageQuoteOf } from './page-quote';

const line = (itemId: string, more: object = {}) => ({
  ...{
    itemId,
    variantId: null,
    productName: `Thing ${itemId}`,
    productSku: itemId.toUpperCase(),
    productUrl: 'https://x',
  },
  ...{ size: null, color: null, quantity: 2, unitPriceCents: 1000, now: null, held: 0, externalId: itemId, ...more },
});
const groupOf = (...lines: ReturnType<typeof line>[]): StoreGroup => ({
  store: { id: 's', name: 'Shop', currency: 'USD' } as StoreGroup['store'],
  ...{ lines, shipsTo: 'US', deliveryOptionId: null },
});
const read = (more: Partial<Reads> = {}): Reads => ({
  ...{ subtotal: 2000, shipping: 500, tax: 80, total: 2580, instrument: 'Visa ending in 4242' },
  deliveryOptions: [
    { name: 'Express', price: 1500, minDays: 1, maxDays: 1 },
    { name: 'Standard', price: 500, minDays: null, maxDays: null },
  ],
  ...more,
});
const quoteOf = (group: StoreGroup, of: Reads) => {
  const quote = pageQuoteOf(group, of);
  if ('unquoted' in quote) throw new Error(quote.code);
  return quote;
};

describe('The quote of a review page', () => {
  it('has its amounts, its deliveries, and brand and last digits of what is charged', () => {
    const quote = quoteOf(groupOf(line('a')), read());
    expect(quote).toMatchObject({
      ...{ unitPricesCents: [1000], subtotalCents: 2000, discountCents: 0, shippingCents: 500, taxCents: 80 },
      ...{ totalCents: 2580, fees: [], deliveryOptionId: derivedId('delivery', 's', 'Standard') },
      deliveryOptions: [{ ref: 'Standard', minDays: 3, maxDays: 10 }, { ref: 'Express' }],
      problems: [{ code: 'charged_at_store', brand: 'visa', last4: '4242' }],
    });
  });

  it.each([
    ['no total', { total: null }],
    ['a subtotal that is not the lines’', { subtotal: 2001, lines: [{ unitPrice: 1000 }, { unitPrice: 1000 }] }],
    ['less than nothing', { shipping: -1 }],
  ])('is none: %s', (_what, more) => {
    const group = groupOf(line('a', { quantity: 1 }), line('b', { quantity: 1 }));
    expect(pageQuoteOf(group, read(more))).toMatchObject({ unquoted: 'unavailable', code: 'bad_answer' });
  });

  it.each([
    [999_999_999, 999_999_999],
    [9, 2],
    [-3, 2],
  ])('promises nothing impossible: in %d to %d days', (minDays, maxDays) => {
    const deliveryOptions = [{ name: 'Standard', price: 500, minDays, maxDays }];
    const [option] = quoteOf(groupOf(line('a')), read({ deliveryOptions })).deliveryOptions;
    expect(option).toMatchObject({ minDays: 3, maxDays: 10 });
    expect(estimateDelivery(new Date(), option!).from).toMatch(/^\d{4}-/);
  });

  it('gives what no line of the summary explains a name', () => {
    expect(quoteOf(groupOf(line('a')), read({ total: 2600 }))).toMatchObject({
      fees: [{ code: 'store_fees', amountCents: 20 }],
      discountCents: 0,
    });
    expect(quoteOf(groupOf(line('a')), read({ total: 2380 }))).toMatchObject({ fees: [], discountCents: 200 });
  });

  it('finds each line’s price by SKU, by name, and by place', () => {
    const lines = [
      { name: 'Other', sku: 'b', unitPrice: 300 },
      { name: 'thing  A', sku: null, unitPrice: 200 },
      { name: 'Unknown', sku: null, unitPrice: 500 },
    ];
    const group = groupOf(line('a', { quantity: 1 }), line('b', { quantity: 1 }), line('c', { quantity: 1 }));
    const quote = quoteOf(group, read({ lines, subtotal: 1000, total: 1580 }));
    expect(quote.unitPricesCents).toEqual([200, 300, 500]);
    expect(quote.problems.filter(({ code }) => code === 'price_changed')).toHaveLength(3);
  });

  it('tells nothing of an instrument but brand and last four digits', () => {
    const problems = (instrument: string) => quoteOf(groupOf(line('a')), read({ instrument })).problems;
    expect(JSON.stringify(problems('Ana Pérez, Mastercard ending in 4444'))).not.toContain('Ana');
    expect(problems('Gift balance')).toEqual([]);
  });
});
