import { AnswerReader } from '../../answer-reader';
import type { Basket } from '../../store-api';
import { addressOf, availabilityOf, basketJson, cardOf, checkoutOf, orderOf, reasonOf } from './marlow-mapping';

const json = (value: unknown) => AnswerReader.parse(Buffer.from(JSON.stringify(value)));
const LINES = [
  { itemId: 'one', externalId: 'ML-1', quantity: 2 },
  { itemId: 'two', externalId: 'ML-2', quantity: 1 },
];
const line = (sku: string, count: number, price: number, left = 9) => ({ sku, title: sku, count, price, left });
const basket = (more: object = {}) => ({
  ...{ id: 'chk_1', state: 'open', currency: 'USD', until: '2026-11-26T12:00:00Z' },
  lines: [line('ML-1', 2, 1450), line('ML-2', 1, 2200)],
  delivery: [
    { id: 'std', title: 'Standard', price: 599, days: [3, 5], chosen: true },
    { id: 'exp', title: 'Express', price: 1299, days: [1, 2], chosen: false },
  ],
  ...{ goods: 5100, off: 0, shipping: 599, tax: 420, total: 6119, missing: [], page: 'https://m.example/b/1' },
  cards: [{ id: 'c1', brand: 'visa', last4: '4242', first: true }],
  ...more,
});
const read = (more: object = {}) => checkoutOf(json(basket(more)), LINES, false);

describe('a basket of Marlow Lane', () => {
  it('is a checkout in the terms of the seam', () => {
    expect(read()).toEqual({
      ...{ id: 'chk_1', status: 'ready', currency: 'USD', expiresAt: new Date('2026-11-26T12:00:00Z') },
      lines: [
        { itemId: 'one', quantity: 2, unitPriceCents: 1450, available: 9 },
        { itemId: 'two', quantity: 1, unitPriceCents: 2200, available: 9 },
      ],
      ...{ subtotalCents: 5100, discountCents: 0, shippingCents: 599, fees: [], taxCents: 420, totalCents: 6119 },
      deliveryOptions: [
        { id: 'std', name: 'Standard', priceCents: 599, minDays: 3, maxDays: 5 },
        { id: 'exp', name: 'Express', priceCents: 1299, minDays: 1, maxDays: 2 },
      ],
      ...{ deliveryOptionId: 'std', messages: [], continueUrl: 'https://m.example/b/1', delegatedTo: {}, order: null },
      instruments: [{ id: 'c1', brand: 'visa', last4: '4242', isDefault: true }],
    });
  });

  it.each([
    ['open', [], 'ready'],
    ['open', [{ what: 'missing', message: 'An address, please', here: false }], 'incomplete'],
    ['open', [{ what: 'age_verification_required', message: 'How old?', here: true, line: 1 }], 'escalation'],
    ['buying', [], 'in_progress'],
    ['bought', [], 'completed'],
    ['closed', [], 'canceled'],
  ])('that is %s with %j missing is %#', (state, missing, status) => {
    expect(read({ state, missing }).status).toBe(status);
  });

  it('says of which line it speaks', () => {
    const missing = [{ what: 'out_of_stock', message: 'Gone', here: false, line: 1 }];
    expect(read({ missing }).messages).toEqual([
      { type: 'error', severity: 'recoverable', code: 'out_of_stock', detail: 'Gone', itemId: 'two' },
    ]);
    expect(checkoutOf(json(basket({ missing })), null, false).messages[0]!.itemId).toBe('ML-2');
  });

  it('leads the shopper to https only', () => {
    expect(read({ page: 'javascript:alert(1)' }).continueUrl).toBeNull();
    expect(read({ page: 'http://m.example/b/1' }).continueUrl).toBeNull();
  });

  it('names the order that came of it', () => {
    expect(read({ state: 'bought', order: { number: '2-1', page: 'https://m.example/o/2-1' } }).order).toEqual({
      ...{ id: '2-1', number: '2-1', url: 'https://m.example/o/2-1' },
    });
  });

  it.each<[string, object]>([
    ['a state that nobody knows', { state: 'lost' }],
    ['half a cent', { total: 1.5 }],
    ['less than nothing', { tax: -1 }],
    ['no lines that can be read', { lines: [{ sku: 'ML-1' }] }],
  ])('is not believed with %s', (_, odd) => {
    expect(() => read(odd)).toThrow(/^\$/);
  });
});

describe('what Marlow Lane is asked for', () => {
  const BASKET: Basket = {
    ...{ checkoutId: null, currency: 'USD', lines: LINES, buyer: { email: 'ana@shop.example' }, storeAddressId: null },
    address: { firstName: 'Ana', lastName: 'Reyes', line1: '500 Congress Ave', city: 'Austin', country: 'US' },
    ...{ deliveryOptionId: 'exp', discountCodes: [] },
  };

  it('is the whole basket', () => {
    expect(basketJson(BASKET)).toEqual({
      ...{
        lines: [
          { sku: 'ML-1', count: 2 },
          { sku: 'ML-2', count: 1 },
        ],
        email: 'ana@shop.example',
        delivery: 'exp',
      },
      to: { address: { name: 'Ana Reyes', street: '500 Congress Ave', town: 'Austin', country: 'US', code: '-' } },
    });
  });

  it('goes to an address that the shop holds, where one was chosen', () => {
    expect(basketJson({ ...BASKET, storeAddressId: 'home' })).toMatchObject({ to: { saved: 'home' } });
  });

  it('leaves out what is not known yet', () => {
    const bare = { ...BASKET, buyer: null, address: null, deliveryOptionId: null };
    expect(Object.keys(basketJson(bare))).toEqual(['lines']);
  });

  it('says in the shop’s words why goods come back', () => {
    expect(['It came Damaged', 'wrong_item', 'Too small', 'because'].map(reasonOf)).toEqual([
      ...['damaged', 'wrong', 'unwanted', 'other'],
    ]);
  });
});

describe('what Marlow Lane tells', () => {
  it('of goods: price and stock, and nothing of what it does not sell', () => {
    const told = json({ currency: 'USD', goods: [{ sku: 'ML-2', title: 'x', price: 2200, left: 0 }] });
    expect(availabilityOf(told, LINES)).toEqual([
      { itemId: 'one', priceCents: null, available: 0 },
      { itemId: 'two', priceCents: 2200, available: 0 },
    ]);
  });

  it('of a card: no more than four digits', () => {
    expect(cardOf(json({ id: 'c', brand: 'visa', last4: '4242424242424242', first: false })).last4).toBeNull();
  });

  it('of an address: all of it', () => {
    const told = {
      id: 'a',
      first: true,
      name: 'Ana María Reyes',
      street: 'S 1',
      extra: 'Apt 2',
      town: 'Austin',
      region: 'TX',
      code: '78701',
      country: 'US',
    };
    expect(addressOf(json(told))).toEqual({
      ...{ id: 'a', isDefault: true, firstName: 'Ana', lastName: 'María Reyes', line1: 'S 1', line2: 'Apt 2' },
      ...{ city: 'Austin', region: 'TX', postalCode: '78701', country: 'US' },
    });
  });

  it.each([
    ['packing', 'processing'],
    ['sent', 'shipped'],
    ['arrived', 'delivered'],
    ['cancelled', 'cancelled'],
    ['returned', 'returned'],
  ])('of an order that is %s: %s, and of nobody', (state, status) => {
    const parcel = {
      ...{ carrier: 'UPS', number: '1Z1', link: 'https://ups.example/1', state: 'on_its_way' },
      log: [{ id: 'e1', at: '2026-11-26T06:00:00Z', text: 'Handed over', what: 'shipped' }],
      lines: [{ sku: 'ML-1', count: 2 }],
    };
    const told = {
      number: '2-1',
      basket: 'chk_1',
      total: 6119,
      currency: 'USD',
      refunded: 0,
      state,
      changed: '2026-11-26T06:00:00Z',
    };
    expect(orderOf(json({ ...told, lines: [], parcels: [parcel], to: { name: 'Ana' } }), false)).toEqual({
      ...{ id: '2-1', number: '2-1', checkoutId: 'chk_1', status, totalCents: 6119, currency: 'USD', refundedCents: 0 },
      ...{ estimatedDelivery: null, updatedAt: new Date('2026-11-26T06:00:00Z') },
      parcels: [
        {
          ...{
            key: '1Z1',
            carrier: 'UPS',
            trackingNumber: '1Z1',
            trackingUrl: 'https://ups.example/1',
            status: 'in_transit',
          },
          events: [
            {
              key: 'e1',
              at: new Date('2026-11-26T06:00:00Z'),
              status: 'in_transit',
              detail: 'Handed over',
              location: null,
            },
          ],
          lines: [{ externalId: 'ML-1', quantity: 2 }],
        },
      ],
    });
  });
});
