import type { Basket, BasketAddress } from '../store-api';
import type { SeenCheckout, SeenMethod } from './checkout-answer';
import {
  choose,
  goesElsewhere,
  completion,
  creation,
  delegatedInstrument,
  isSamePlace,
  lacksChoices,
  replacement,
  savedInstrument,
} from './checkout-request';
import { CHECKOUT, DISCOUNT, FULFILLMENT } from './ucp-versions';

const ADDRESS: BasketAddress = {
  firstName: 'Ana',
  lastName: 'Paz',
  line1: '123 Main St',
  line2: 'Apt 4',
  city: 'Springfield',
  region: 'IL',
  postalCode: '62701',
  country: 'US',
  phone: '+12175550100',
};
const BASKET: Basket = {
  checkoutId: null,
  currency: 'USD',
  lines: [
    { itemId: 'i1', externalId: 'WM-1', quantity: 2 },
    { itemId: 'i2', externalId: 'WM-2', quantity: 1 },
  ],
  buyer: { email: 'ana@example.com', firstName: 'Ana', lastName: null, phone: null },
  address: ADDRESS,
  storeAddressId: null,
  deliveryOptionId: null,
  discountCodes: ['WELCOME10'],
};
const AGREED = { capabilities: [CHECKOUT, FULFILLMENT, DISCOUNT], store: { country: 'US' } };

const option = (id: string, priceCents: number, maxDays = 5) => ({ id, name: id, priceCents, minDays: 1, maxDays });
const METHOD: SeenMethod = {
  id: 'm1',
  lineIds: ['li_1', 'li_2'],
  selectedDestinationId: null,
  destinations: [],
  groups: [],
};
const SEEN: SeenCheckout = {
  id: 'chk_1',
  status: 'incomplete',
  currency: 'USD',
  lines: [
    { id: 'li_2', externalId: 'WM-2', quantity: 1, unitPriceCents: 5 },
    { id: 'li_1', externalId: 'WM-1', quantity: 1, unitPriceCents: 5 },
  ],
  ...{ subtotalCents: 0, discountCents: 0, shippingCents: 0, fees: [], taxCents: 0, totalCents: 0 },
  shipping: [METHOD],
  messages: [],
  continueUrl: null,
  expiresAt: null,
  discounts: null,
  instruments: [],
  handlers: [],
  order: null,
};

const POSTAL = {
  first_name: 'Ana',
  last_name: 'Paz',
  street_address: '123 Main St',
  extended_address: 'Apt 4',
  address_locality: 'Springfield',
  address_region: 'IL',
  postal_code: '62701',
  address_country: 'US',
  phone_number: '+12175550100',
};

describe('A new checkout at a UCP store', () => {
  it('says what is known', () => {
    expect(creation(BASKET, AGREED)).toEqual({
      line_items: [
        { item: { id: 'WM-1' }, quantity: 2 },
        { item: { id: 'WM-2' }, quantity: 1 },
      ],
      buyer: { email: 'ana@example.com', first_name: 'Ana' },
      context: { address_country: 'US', address_region: 'IL', postal_code: '62701', currency: 'USD' },
      discounts: { codes: ['WELCOME10'] },
      fulfillment: { methods: [{ type: 'shipping', destinations: [POSTAL] }] },
    });
  });

  it('says nothing of what is not known, or what the store does not understand', () => {
    const bare = { ...BASKET, buyer: null, address: null, discountCodes: [] };
    expect(creation(bare, { ...AGREED, capabilities: [CHECKOUT] })).toEqual({
      line_items: expect.any(Array),
      context: { address_country: 'US', currency: 'USD' },
    });
    expect(creation(BASKET, { ...AGREED, capabilities: [CHECKOUT] })).not.toHaveProperty('fulfillment');
  });

  it('names an address that the store holds, and does not describe it', () => {
    const basket = { ...BASKET, storeAddressId: 'addr_9' };
    expect(creation(basket, AGREED)).toMatchObject({
      fulfillment: {
        methods: [{ type: 'shipping', destinations: [{ id: 'addr_9' }], selected_destination_id: 'addr_9' }],
      },
    });
    expect(JSON.stringify(creation(basket, AGREED))).not.toContain('123 Main St');
  });
});

describe('A replacement of a checkout', () => {
  const methodsOf = (basket: Basket, seen: SeenCheckout) =>
    (replacement(basket, seen, AGREED) as { fulfillment?: { methods: Record<string, unknown>[] } }).fulfillment
      ?.methods;

  it('is whole, with the store’s ids of what it has', () => {
    const groups = [{ id: 'g1', selectedOptionId: null, options: [option('express', 900), option('standard', 500)] }];
    expect(replacement(BASKET, { ...SEEN, shipping: [{ ...METHOD, groups }] }, AGREED)).toEqual({
      line_items: [
        { id: 'li_1', item: { id: 'WM-1' }, quantity: 2 },
        { id: 'li_2', item: { id: 'WM-2' }, quantity: 1 },
      ],
      buyer: { email: 'ana@example.com', first_name: 'Ana' },
      context: expect.any(Object),
      discounts: { codes: ['WELCOME10'] },
      fulfillment: {
        methods: [
          {
            id: 'm1',
            type: 'shipping',
            line_item_ids: ['li_1', 'li_2'],
            destinations: [POSTAL],
            groups: [{ id: 'g1', selected_option_id: 'standard' }],
          },
        ],
      },
    });
  });

  it('takes codes back by naming none', () => {
    expect(replacement({ ...BASKET, discountCodes: [] }, SEEN, AGREED)).toMatchObject({ discounts: { codes: [] } });
  });

  it('says how goods are brought only once the store has a name for each line', () => {
    const lines = [...BASKET.lines, { itemId: 'i3', externalId: 'WM-3', quantity: 1 }];
    expect(methodsOf({ ...BASKET, lines }, SEEN)).toBeUndefined();
    expect(lacksChoices({ ...BASKET, lines }, SEEN, AGREED)).toBe(false);
  });

  it('begins a method where the store has none yet', () => {
    expect(methodsOf(BASKET, { ...SEEN, shipping: [] })).toEqual([
      { type: 'shipping', line_item_ids: ['li_1', 'li_2'], destinations: [POSTAL] },
    ]);
  });

  it('chooses the destination that is the shopper’s address, by the id that the store gave it', () => {
    const destinations = [
      { ...ADDRESS, id: 'home', isDefault: true, line1: '9 Other Rd' },
      { ...ADDRESS, id: 'dest_1', isDefault: false, line1: '123 MAIN STREET', postalCode: '62701-1234' },
    ];
    const seen = { ...SEEN, shipping: [{ ...METHOD, destinations, selectedDestinationId: 'home' }] };
    expect(methodsOf(BASKET, seen)).toMatchObject([
      { selected_destination_id: 'dest_1', destinations: [{ ...POSTAL, id: 'dest_1' }] },
    ]);
  });

  it('never gives the shopper’s address the id of another one', () => {
    const destinations = [{ ...ADDRESS, id: 'home', isDefault: true, line2: 'Apt 5' }];
    const [method] = methodsOf(BASKET, { ...SEEN, shipping: [{ ...METHOD, destinations }] })!;
    expect(method).not.toHaveProperty('selected_destination_id');
    expect(method!['destinations']).toEqual([POSTAL]);
  });

  it('keeps apart what the store has parted', () => {
    const parted = [
      { ...METHOD, id: 'm1', lineIds: ['li_1', 'gone'] },
      { ...METHOD, id: 'm2', lineIds: ['li_2'] },
    ];
    expect(methodsOf(BASKET, { ...SEEN, shipping: parted })).toMatchObject([
      { id: 'm1', line_item_ids: ['li_1'] },
      { id: 'm2', line_item_ids: ['li_2'] },
    ]);
  });
});

describe('A checkout lacks choices', () => {
  const destination = { ...ADDRESS, id: 'd1', isDefault: true };
  const chosen = { ...METHOD, destinations: [destination], selectedDestinationId: 'd1' };
  const withOptions = (selectedOptionId: string | null) => ({
    ...chosen,
    groups: [{ id: 'g', selectedOptionId, options: [option('express', 900), option('standard', 500)] }],
  });
  const lacks = (shipping: SeenMethod[], basket: Basket = BASKET, status: SeenCheckout['status'] = 'incomplete') =>
    lacksChoices(basket, { ...SEEN, shipping, status }, AGREED);

  it('while it has a destination that is not chosen', () => {
    expect(lacks([{ ...METHOD, destinations: [destination] }])).toBe(true);
    expect(lacks([chosen])).toBe(false);
  });

  it('while another destination is chosen than the shopper’s', () => {
    const other = { ...ADDRESS, id: 'd0', isDefault: true, line1: '9 Other Rd' };
    expect(lacks([{ ...chosen, destinations: [other, destination], selectedDestinationId: 'd0' }])).toBe(true);
    expect(lacks([{ ...chosen, destinations: [other], selectedDestinationId: 'd0' }])).toBe(true);
  });

  it('while an option is not chosen, or another than the cheapest, or than the shopper’s', () => {
    expect(lacks([withOptions(null)])).toBe(true);
    expect(lacks([withOptions('express')])).toBe(true);
    expect(lacks([withOptions('standard')])).toBe(false);
    const wanted = { ...BASKET, deliveryOptionId: 'express' };
    expect(lacks([withOptions('standard')], wanted)).toBe(true);
    expect(lacks([withOptions('express')], wanted)).toBe(false);
    expect(lacks([withOptions('standard')], { ...BASKET, deliveryOptionId: 'drone' })).toBe(false);
  });

  it('while it says nothing of delivery and is not ready', () => {
    expect(lacks([])).toBe(true);
    expect(lacks([], BASKET, 'ready_for_complete')).toBe(false);
  });

  it('and goes elsewhere, where the store has chosen another place than it was told', () => {
    const elsewhere = (shipping: SeenMethod[], basket: Basket = BASKET) =>
      goesElsewhere(basket, { ...SEEN, shipping }, AGREED);
    const other = { ...ADDRESS, id: 'd0', isDefault: true, line1: '9 Other Rd' };
    const wrong = { ...chosen, destinations: [other, destination], selectedDestinationId: 'd0' };
    expect([elsewhere([wrong]), elsewhere([chosen]), elsewhere([METHOD]), elsewhere([])]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(elsewhere([wrong], { ...BASKET, storeAddressId: 'd0' })).toBe(false);
    expect(elsewhere([wrong], { ...BASKET, storeAddressId: 'd1' })).toBe(true);
    expect(elsewhere([wrong], { ...BASKET, address: null })).toBe(false);
  });

  it('not, where nobody knows where to', () => {
    expect(lacks([withOptions(null)], { ...BASKET, address: null })).toBe(false);
  });
});

describe('An option', () => {
  const of = (...options: ReturnType<typeof option>[]) => ({ id: 'g', selectedOptionId: null, options });

  it('is the shopper’s, else the cheapest, then the fastest', () => {
    expect(choose(of(option('a', 2), option('b', 1, 9), option('c', 1, 3)), null)).toBe('c');
    expect(choose(of(option('a', 2), option('b', 1)), 'a')).toBe('a');
    expect(choose(of(option('a', 2), option('b', 1)), 'gone')).toBe('b');
    expect(choose(of(), 'a')).toBeNull();
  });
});

describe('A destination is the same place', () => {
  it.each<[Partial<BasketAddress>, boolean]>([
    [{}, true],
    [{ line1: '123 main st.' }, true],
    [{ line1: '123 Main Street' }, true],
    [{ postalCode: '62701-0001' }, true],
    [{ city: 'SPRINGFIELD' }, true],
    [{ firstName: null, lastName: null }, true],
    [{ line1: '124 Main St' }, false],
    [{ line1: 'Main St' }, false],
    [{ line1: '123 MAIN ST APT 4', line2: null }, true],
    [{ line2: null }, false],
    [{ line1: '123 Main St Apt B', line2: null }, false],
    [{ line2: 'Apt B' }, false],
    [{ line2: 'Apt 5' }, false],
    [{ postalCode: '62702' }, false],
    [{ country: 'CA' }, false],
    [{ lastName: 'Other' }, false],
  ])('with %j: %s', (changes, isSame) => {
    expect(isSamePlace({ ...ADDRESS, ...changes }, ADDRESS)).toBe(isSame);
  });

  it('by its city where there is no code', () => {
    const place = { ...ADDRESS, postalCode: null };
    expect(isSamePlace({ ...place, city: 'springfield' }, place)).toBe(true);
    expect(isSamePlace({ ...place, city: 'Chicago' }, place)).toBe(false);
  });
});

describe('Payment', () => {
  it('by what the store holds names it and nothing of it', () => {
    const seen = { id: 'c1', handlerId: 'saved', type: 'card', brand: 'visa', last4: '4242', isSelected: false };
    expect(completion(savedInstrument(seen))).toEqual({
      payment: { instruments: [{ id: 'c1', handler_id: 'saved', type: 'card', selected: true }] },
    });
  });

  it('by a delegated token hands on the token', () => {
    const payment = { type: 'delegated', provider: 'stripe', handlerId: 'h', token: 'spt_1' } as const;
    expect(completion(delegatedInstrument(payment, 'muse_1'))).toEqual({
      payment: {
        instruments: [
          {
            id: 'muse_1',
            handler_id: 'h',
            type: 'card',
            selected: true,
            credential: { type: 'stripe_token', token: 'spt_1' },
          },
        ],
      },
    });
  });
});
