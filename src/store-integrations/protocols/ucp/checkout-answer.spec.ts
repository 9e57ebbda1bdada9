import { AnswerReader, BadAnswer } from '../answer-reader';
import type { BasketLine } from '../store-api';
import { readCheckout } from './checkout-answer';
import { remoteCheckout } from './remote-checkout';
import { UCP_VERSIONS, type UcpVersion } from './ucp-versions';

const NOW = new Date('2026-11-26T08:00:00Z');

const option = (version: UcpVersion, id: string, amount: number, days?: [number, number]) => ({
  id,
  title: `By ${id}`,
  description: version === '2026-04-08' ? 'Soon' : { plain: 'Soon' },
  ...(days && {
    earliest_fulfillment_time: new Date(NOW.getTime() + days[0] * 86_400_000).toISOString(),
    latest_fulfillment_time: new Date(NOW.getTime() + days[1] * 86_400_000).toISOString(),
  }),
  totals: [{ type: 'total', amount }],
});

const group = (id: string, options: object[], selected: string | null = null) => ({
  id,
  line_item_ids: ['li_1'],
  options,
  selected_option_id: selected,
});

function checkout(version: UcpVersion, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const type = version === '2026-04-08' ? {} : { type: 'shipping_address' };
  return {
    ucp: {
      version,
      status: 'success',
      payment_handlers: {
        saved_at_store: [{ id: 'saved', version }],
        'com.stripe.payments': [{ id: 'stripe_1', version }],
      },
    },
    id: 'chk_1',
    status: 'ready_for_complete',
    currency: 'USD',
    line_items: [line('li_1', 'WM-1', 2, 1_000), line('li_2', 'WM-2', 1, 500)],
    totals: totals(2_500),
    links: [],
    fulfillment: {
      methods: [
        {
          id: 'm1',
          type: 'shipping',
          line_item_ids: ['li_1', 'li_2'],
          selected_destination_id: 'd1',
          destinations: [
            { ...type, id: 'd1', street_address: '1 Main St', address_locality: 'Austin', address_country: 'US' },
          ],
          groups: [
            group(
              'g1',
              [option(version, 'standard', 500, [2, 5]), option(version, 'express', 1_500, [1, 1])],
              'standard',
            ),
          ],
        },
      ],
    },
    payment: {
      instruments: [
        {
          id: 'c1',
          handler_id: 'saved',
          type: 'card',
          selected: true,
          display: { brand: 'visa', last_digits: '4242' },
        },
        { id: 'c2', handler_id: 'saved', type: 'card', display: { last_digits: '4111111111111111' } },
      ],
    },
    expires_at: '2026-11-26T14:00:00Z',
    continue_url: 'https://shop.example/c/1',
    ...changes,
  };
}

const line = (id: string, sku: string, quantity: number, price: number, item: object = {}) => ({
  id,
  item: { id: sku, title: sku, price, ...item },
  quantity,
  totals: [{ type: 'subtotal', amount: price * quantity }],
});
const totals = (subtotal: number) => [
  { type: 'subtotal', amount: subtotal },
  { type: 'fulfillment', amount: 500 },
  { type: 'total', amount: subtotal + 500 },
];

const BASKET: BasketLine[] = [
  { itemId: 'item-2', externalId: 'WM-2', quantity: 1 },
  { itemId: 'item-1', externalId: 'WM-1', quantity: 2 },
];

const see = (value: object, mayBeHttp = false) => readCheckout(new AnswerReader(value), mayBeHttp, NOW);
const remote = (value: object, basket: BasketLine[] | null = BASKET) => remoteCheckout(see(value), basket, NOW);

describe.each(UCP_VERSIONS)('A checkout of UCP %s', (version) => {
  const of = (changes: Record<string, unknown> = {}) => checkout(version, changes);

  it('is told in Muse’s words, line by line as the basket has them', () => {
    expect(remote(of())).toEqual({
      id: 'chk_1',
      status: 'ready',
      currency: 'USD',
      lines: [
        { itemId: 'item-2', quantity: 1, unitPriceCents: 500, available: null },
        { itemId: 'item-1', quantity: 2, unitPriceCents: 1_000, available: null },
      ],
      subtotalCents: 2_500,
      discountCents: 0,
      shippingCents: 500,
      fees: [],
      taxCents: 0,
      totalCents: 3_000,
      deliveryOptions: [
        { id: 'standard', name: 'By standard', priceCents: 500, minDays: 2, maxDays: 5 },
        { id: 'express', name: 'By express', priceCents: 1_500, minDays: 1, maxDays: 1 },
      ],
      deliveryOptionId: 'standard',
      messages: [],
      continueUrl: 'https://shop.example/c/1',
      expiresAt: new Date('2026-11-26T14:00:00Z'),
      instruments: [
        { id: 'c1', brand: 'visa', last4: '4242', isDefault: true },
        // Whatever is more of a card number than four digits is not taken.
        { id: 'c2', brand: null, last4: null, isDefault: false },
      ],
      addresses: [
        {
          id: 'd1',
          isDefault: true,
          firstName: null,
          lastName: null,
          line1: '1 Main St',
          line2: null,
          city: 'Austin',
          region: null,
          postalCode: null,
          country: 'US',
          phone: null,
        },
      ],
      delegatedTo: { stripe: 'stripe_1' },
      order: null,
    });
  });

  it.each([
    ['incomplete', 'incomplete'],
    ['requires_escalation', 'escalation'],
    ['ready_for_complete', 'ready'],
    ['complete_in_progress', 'in_progress'],
    ['canceled', 'canceled'],
  ])('that is %s is %s', (status, expected) => {
    expect(remote(of({ status })).status).toBe(expected);
  });

  it('that ended by time has expired', () => {
    expect(remote(of({ status: 'canceled', expires_at: '2026-11-26T08:00:00Z' })).status).toBe('expired');
  });

  it('that is completed has its order, by the name that people know', () => {
    const order = { id: 'ord_1', label: '#1001', permalink_url: 'https://shop.example/o/1' };
    expect(remote(of({ status: 'completed', order })).order).toEqual({
      id: 'ord_1',
      number: '#1001',
      url: 'https://shop.example/o/1',
    });
    const bare = { id: 'ord_1', permalink_url: 'javascript:alert(1)' };
    expect(remote(of({ status: 'completed', order: bare })).order).toEqual({ id: 'ord_1', number: 'ord_1', url: null });
  });

  it.each([
    ['completed without an order', { status: 'completed' }],
    ['not completed and has one', { order: { id: 'o', permalink_url: 'https://shop.example/' } }],
    ['an escalation that leads nowhere', { status: 'requires_escalation', continue_url: undefined }],
    ['an escalation to where nobody should go', { status: 'requires_escalation', continue_url: 'http://x.example/' }],
    ['of a state that is not known', { status: 'open' }],
    ['without totals', { totals: undefined }],
    ['of totals that do not add up', { totals: [...totals(2_500).slice(0, 2), { type: 'total', amount: 1 }] }],
    ['without a currency', { currency: 'dollars' }],
    ['without an id', { id: undefined }],
    ['of a negative price', { line_items: [line('li_1', 'WM-1', 2, -1)] }],
    ['of half a piece', { line_items: [line('li_1', 'WM-1', 0.5, 10)] }],
    ['of lines that are none', { line_items: {} }],
  ])('is a bad answer: %s', (_, changes) => {
    expect(() => see(of(changes))).toThrow(BadAnswer);
  });

  it('of goods by measure is refused: 200 is not two kilos', () => {
    const kilo = { quantity_unit: { unit: 'KGM', scale: 2, display_text: 'kg' } };
    expect(() => see(of({ line_items: [line('li_1', 'WM-1', 2, 1_000, kilo)] }))).toThrow('refused: sold_by_measure');
    const piece = { quantity_unit: { unit: 'C62', display_text: 'each' } };
    expect(see(of({ line_items: [line('li_1', 'WM-1', 2, 1_000, piece)] })).lines[0]!.quantity).toBe(2);
  });

  it('leaves out, or lowers, what cannot be had', () => {
    const messages = [
      { type: 'error', code: 'out_of_stock', severity: 'recoverable', content: 'Gone', path: '$.line_items[0]' },
      { type: 'warning', code: 'fragile', content: 'Handle with care', path: '$.line_items[0].item' },
      { type: 'info', content: 'Hello' },
      { type: 'error', code: 'missing', severity: 'requires_buyer_input', content: 'Say when', path: '$.buyer' },
    ];
    const found = remote(of({ line_items: [line('li_1', 'WM-1', 2, 1_000)], messages }));
    expect(found.lines).toEqual([{ itemId: 'item-1', quantity: 2, unitPriceCents: 1_000, available: 0 }]);
    expect(found.messages).toEqual([
      { type: 'error', severity: 'recoverable', code: 'out_of_stock', detail: 'Gone', itemId: 'item-1' },
      { type: 'warning', severity: null, code: 'fragile', detail: 'Handle with care', itemId: 'item-1' },
      { type: 'info', severity: null, code: 'info', detail: 'Hello', itemId: null },
      { type: 'error', severity: 'requires_buyer_input', code: 'missing', detail: 'Say when', itemId: null },
    ]);
    const fewer = remote(of({ line_items: [line('li_1', 'WM-1', 1, 1_000), line('li_2', 'WM-2', 1, 500)] }));
    expect(fewer.lines[1]).toEqual({ itemId: 'item-1', quantity: 2, unitPriceCents: 1_000, available: 1 });
  });

  it('says where a disclosure is from, and shows its sign', () => {
    const disclosure = {
      type: 'warning',
      code: 'prop65',
      content: 'Contains lead.',
      path: '$.line_items[0]',
      image_url: 'https://shop.example/sign.svg',
      url: 'https://shop.example/prop65',
    };
    const told = (more: object) => remote(of({ messages: [{ ...disclosure, ...more }] })).messages[0]!.detail;
    expect(told({ presentation: 'disclosure' })).toBe(
      'Contains lead. https://shop.example/sign.svg https://shop.example/prop65',
    );
    expect(told({ presentation: 'disclosure', url: 'javascript:x', image_url: undefined })).toBe('Contains lead.');
    expect(told({})).toBe('Contains lead.');
  });

  it('tells two lines of the same goods apart by how many they are', () => {
    const twice: BasketLine[] = [
      { itemId: 'one', externalId: 'WM-1', quantity: 1 },
      { itemId: 'three', externalId: 'WM-1', quantity: 3 },
    ];
    const found = remote(of({ line_items: [line('a', 'WM-1', 3, 10), line('b', 'WM-1', 1, 20)] }), twice);
    expect(found.lines.map(({ itemId, unitPriceCents }) => [itemId, unitPriceCents])).toEqual([
      ['one', 20],
      ['three', 10],
    ]);
  });

  it('that is only looked up names goods as the store does', () => {
    expect(remote(of(), null).lines.map(({ itemId }) => itemId)).toEqual(['WM-1', 'WM-2']);
  });

  it('that comes in two groups costs what both do', () => {
    const methods = [
      {
        id: 'm1',
        type: 'shipping',
        line_item_ids: ['li_1', 'li_2'],
        groups: [
          group('g1', [option(version, 'a', 100, [1, 2]), option(version, 'b', 300, [1, 1])], 'b'),
          group('g2', [option(version, 'b', 70, [3, 4]), option(version, 'c', 50, [5, 9])]),
        ],
      },
      { id: 'm2', type: 'pickup', line_item_ids: [], groups: [group('g3', [option(version, 'p', 0)])] },
    ];
    expect(remote(of({ fulfillment: { methods } }))).toMatchObject({
      deliveryOptions: [
        { id: 'a', priceCents: 150, minDays: 5, maxDays: 9 },
        { id: 'b', priceCents: 370, minDays: 3, maxDays: 4 },
      ],
      deliveryOptionId: 'b',
    });
  });

  it('that names no day may take two weeks', () => {
    const methods = [{ id: 'm', type: 'shipping', line_item_ids: [], groups: [group('g', [option(version, 'a', 0)])] }];
    expect(remote(of({ fulfillment: { methods } })).deliveryOptions).toEqual([
      { id: 'a', name: 'By a', priceCents: 0, minDays: 1, maxDays: 14 },
    ]);
  });

  it('may bring nothing, and offer no payment', () => {
    expect(remote(of({ fulfillment: undefined, payment: undefined, ucp: { version } }))).toMatchObject({
      deliveryOptions: [],
      deliveryOptionId: null,
      instruments: [],
      delegatedTo: {},
    });
  });

  it('of the sandbox may lead to http', () => {
    expect(see(of({ continue_url: 'http://127.0.0.1:1/' }), true).continueUrl).toBe('http://127.0.0.1:1/');
    expect(see(of({ continue_url: 'http://127.0.0.1:1/' })).continueUrl).toBeNull();
  });
});
