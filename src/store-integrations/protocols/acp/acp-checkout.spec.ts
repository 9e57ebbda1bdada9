import { AnswerReader } from '../answer-reader';
import type { BasketLine } from '../store-api';
import { checkoutOf, type AcpReading } from './acp-checkout';

const LINES: BasketLine[] = [
  { itemId: 'one', externalId: 'TG-1', quantity: 2 },
  { itemId: 'two', externalId: 'TG-2', quantity: 1 },
];
const BY: AcpReading = {
  ...{ lines: LINES, currency: 'USD', mayBeHttp: false, savedByReference: false },
  now: new Date('2026-11-26T10:00:00Z'),
};

const line = (externalId: string, quantity: number, unit: number, more: object = {}) => ({
  ...{ id: `li_${externalId}`, item: { id: externalId }, quantity, unit_amount: unit },
  totals: [{ type: 'total', display_text: 'Total', amount: unit * quantity }],
  ...more,
});
const total = (type: string, amount: number) => ({ type, display_text: type, amount });
const shipping = (id: string, amount: number, more: object = {}) => ({
  ...{ type: 'shipping', id, title: id, totals: [total('total', amount)] },
  ...{ earliest_delivery_time: '2026-11-28T09:00:00Z', latest_delivery_time: '2026-11-30T18:00:00Z' },
  ...more,
});
const session = (more: object = {}) => ({
  ...{ id: 'cs_1', status: 'ready_for_payment', currency: 'usd', capabilities: {}, links: [], messages: [] },
  line_items: [line('TG-2', 1, 1500), line('TG-1', 2, 2000)],
  totals: [total('subtotal', 5500), total('fulfillment', 500), total('tax', 45), total('total', 6045)],
  fulfillment_options: [shipping('express', 1500), shipping('standard', 500)],
  selected_fulfillment_options: [{ type: 'shipping', option_id: 'standard', item_ids: ['li_TG-1', 'li_TG-2'] }],
  ...more,
});
const read = (json: object, by: Partial<AcpReading> = {}) =>
  checkoutOf(AnswerReader.parse(Buffer.from(JSON.stringify(json))), { ...BY, ...by });

const handler = (id: string, more: object = {}) => ({
  ...{ id, name: 'dev.acp.tokenized.card', version: '2026-01-22', spec: 'https://acp.example/spec' },
  ...{ requires_delegate_payment: true, requires_pci_compliance: false, psp: 'stripe' },
  ...{ config_schema: 'https://acp.example/c', instrument_schemas: [], config: {} },
  ...more,
});
const saved = (id: string, more: object = {}) =>
  handler(id, {
    ...{ name: 'dev.acp.seller_backed.saved_card', psp: 'seller_managed', requires_delegate_payment: false },
    config: { payment_method_id: `pm_${id}`, display_metadata: { brand: 'visa', last4: '4242' } },
    ...more,
  });
const paying = (...handlers: object[]) => session({ capabilities: { payment: { handlers } } });

describe('an ACP session', () => {
  it('is the store’s checkout in our terms, its lines in the order of the basket', () => {
    expect(read(session())).toMatchObject({
      ...{ id: 'cs_1', status: 'ready', currency: 'USD', subtotalCents: 5500, discountCents: 0, shippingCents: 500 },
      ...{ taxCents: 45, totalCents: 6045, deliveryOptionId: 'standard', order: null, continueUrl: null },
      lines: [
        { itemId: 'one', quantity: 2, unitPriceCents: 2000, available: null },
        { itemId: 'two', quantity: 1, unitPriceCents: 1500, available: null },
      ],
    });
  });

  it.each([
    ['incomplete', 'incomplete'],
    ['not_ready_for_payment', 'incomplete'],
    ['requires_escalation', 'escalation'],
    ['authentication_required', 'escalation'],
    ['ready_for_payment', 'ready'],
    ['pending_approval', 'in_progress'],
    ['complete_in_progress', 'in_progress'],
    ['in_progress', 'in_progress'],
    ['completed', 'completed'],
    ['canceled', 'canceled'],
    ['expired', 'expired'],
  ])('that is %s is %s', (status, ours) => {
    expect(read(session({ status })).status).toBe(ours);
  });

  it('is not believed in a status, a currency or a message of a kind that nobody knows', () => {
    for (const odd of [{ status: 'paused' }, { currency: 'eur' }, { messages: [{ type: 'shout', content: 'Hey' }] }])
      expect(() => read(session(odd))).toThrow(/^\$/);
  });

  it('names lines by the store’s goods where nobody says what was asked for', () => {
    expect(read(session(), { lines: null }).lines.map(({ itemId }) => itemId)).toEqual(['TG-2', 'TG-1']);
  });

  it('finds the price of a unit wherever it is told', () => {
    const only = (found: object) =>
      read(
        session({
          ...{ line_items: [{ id: 'li', item: { id: 'TG-1' }, quantity: 2, totals: [], ...found }] },
          totals: [total('subtotal', 4000), total('total', 4000)],
        }),
      ).lines[0]!.unitPriceCents;
    expect(only({ unit_amount: 2000 })).toBe(2000);
    expect(only({ item: { id: 'TG-1', unit_amount: 2000 } })).toBe(2000);
    expect(only({ totals: [total('items_base_amount', 4000), total('total', 4000)] })).toBe(2000);
    expect(only({ totals: [total('subtotal', 4000)] })).toBe(2000);
    expect(() => only({})).toThrow(/a price/);
    expect(() => only({ totals: [total('subtotal', 4001)] })).toThrow(/a price/);
  });

  it('says what there is of a line, by number, by word, by message, and by what it took in', () => {
    const left = (json: object) => read(session(json)).lines.map(({ itemId, available }) => [itemId, available]);
    const out = {
      type: 'error',
      code: 'out_of_stock',
      param: '$.line_items[1].item.id',
      content_type: 'plain',
      content: 'Gone',
    };
    expect(left({ line_items: [line('TG-1', 2, 2000, { available_quantity: 7 }), line('TG-2', 1, 1500)] })).toEqual([
      ...[
        ['one', 7],
        ['two', null],
      ],
    ]);
    const odd = [line('TG-1', 2, 2000, { available_quantity: -3 }), line('TG-2', 1, 1500, { available_quantity: 5e9 })];
    expect(left({ line_items: odd })).toEqual([
      ['one', 0],
      ['two', null],
    ]);
    expect(
      left({ line_items: [line('TG-1', 2, 2000), line('TG-2', 1, 1500, { availability_status: 'out_of_stock' })] }),
    ).toEqual([
      ['one', null],
      ['two', 0],
    ]);
    expect(left({ line_items: [line('TG-1', 2, 2000), line('TG-2', 1, 1500)], messages: [out] })).toEqual([
      ...[
        ['one', null],
        ['two', 0],
      ],
    ]);
    const fewer = { line_items: [line('TG-1', 1, 2000)], totals: [total('subtotal', 2000), total('total', 2000)] };
    expect(left(fewer)).toEqual([['one', 1]]);
  });

  it('shows goods that nobody asked for as something that the store puts on the bill', () => {
    const more = read(
      session({
        line_items: [line('TG-1', 2, 2000), line('TG-2', 1, 1500), line('BAG', 1, 25, { name: 'Paper bag' })],
        totals: [total('subtotal', 5525), total('total', 5525)],
      }),
    );
    expect(more).toMatchObject({ subtotalCents: 5500, totalCents: 5525, fees: [{ code: 'added', name: 'Paper bag' }] });
    expect(more.lines).toHaveLength(2);
  });

  it('takes lines of the same goods that the store made one, and units that it added', () => {
    const lines = [
      { itemId: 'small', externalId: 'TG-1', quantity: 1 },
      { itemId: 'large', externalId: 'TG-1', quantity: 2 },
    ];
    const merged = read(
      session({ line_items: [line('TG-1', 4, 1000)], totals: [total('subtotal', 4000), total('total', 4000)] }),
      { lines },
    );
    expect(merged.lines.map(({ itemId, quantity }) => [itemId, quantity])).toEqual([
      ['small', 1],
      ['large', 2],
    ]);
    expect(merged).toMatchObject({
      subtotalCents: 3000,
      fees: [{ code: 'added', amountCents: 1000 }],
      totalCents: 4000,
    });
  });

  it('gives its messages to whom they concern', () => {
    const message = (param: string, more: object = {}) => ({
      ...{ type: 'error', code: 'invalid', content_type: 'plain', content: 'Not\nso', param, ...more },
    });
    const messages = [
      message('$.line_items[0].item.id', { resolution: 'requires_buyer_input' }),
      message('$.items[0]'),
      message('$.buyer.email', { resolution: 'someday' }),
      { type: 'info', content_type: 'plain', content: 'Hello' },
      { type: 'warning', code: 'Ana Reyes is known here', content_type: 'plain', content: 'Hello again' },
    ];
    // The store's own order of lines is another than the basket's.
    expect(read(session({ messages })).messages).toEqual([
      { type: 'error', code: 'invalid', severity: 'requires_buyer_input', detail: expect.any(String), itemId: 'two' },
      { type: 'error', code: 'invalid', severity: null, detail: expect.any(String), itemId: 'one' },
      { type: 'error', code: 'invalid', severity: null, detail: expect.any(String), itemId: null },
      { type: 'info', code: 'info', severity: null, detail: 'Hello', itemId: null },
      { type: 'warning', code: 'warning', severity: null, detail: 'Hello again', itemId: null },
    ]);
  });

  it('leads the shopper to https only, and elsewhere where the store is one of the sandbox', () => {
    const to = (continue_url: string, mayBeHttp = false) => read(session({ continue_url }), { mayBeHttp }).continueUrl;
    expect(to('https://shop.example/c/1')).toBe('https://shop.example/c/1');
    expect(to('http://shop.example/c/1')).toBeNull();
    expect(to('javascript:alert(1)')).toBeNull();
    expect(to('http://127.0.0.1:4000/c/1', true)).toBe('http://127.0.0.1:4000/c/1');
  });

  it('names the order that came of it', () => {
    const order = { id: 'ord_1', checkout_session_id: 'cs_1', permalink_url: 'https://shop.example/o/1' };
    expect(read(session({ status: 'completed', order: { ...order, order_number: '#1001' } })).order).toEqual({
      ...{ id: 'ord_1', number: '#1001', url: 'https://shop.example/o/1' },
    });
    expect(read(session({ order: { ...order, confirmation: { confirmation_number: 'C-1' } } })).order?.number).toBe(
      'C-1',
    );
    expect(read(session({ order })).order?.number).toBe('ord_1');
  });
});

describe('what an ACP session offers to bring the goods by', () => {
  it('is shown the cheapest first, by calendar days from now; pickup is not', () => {
    const window = { delivery_window: { start: '2026-11-26T18:00:00Z', end: '2026-11-26T21:00:00Z' } };
    const options = read(
      session({
        fulfillment_options: [
          shipping('express', 1500),
          { type: 'pickup', id: 'p', title: 'Pickup', location: {}, totals: [total('total', 0)] },
          { type: 'local_delivery', id: 'bike', title: 'Bike', totals: [total('total', 900)], ...window },
          { type: 'digital', id: 'mail', title: 'Mail', totals: [] },
          { type: 'shipping', id: 'someday', title: 'Someday', totals: [total('fulfillment', 100)] },
        ],
      }),
    ).deliveryOptions;
    expect(options).toEqual([
      { id: 'mail', name: 'Mail', priceCents: 0, minDays: 0, maxDays: 0 },
      { id: 'someday', name: 'Someday', priceCents: 100, minDays: 1, maxDays: 14 },
      { id: 'bike', name: 'Bike', priceCents: 900, minDays: 0, maxDays: 0 },
      { id: 'express', name: 'express', priceCents: 1500, minDays: 2, maxDays: 4 },
    ]);
  });
});

describe('how an ACP session can be paid', () => {
  it('is by cards that the store holds, the store’s first choice first, and no more of them than four digits', () => {
    const more = { config: { display_metadata: { brand: 'amex', last4: '378282246310005' } }, display_order: 0 };
    expect(read(paying(saved('a', { display_order: 3 }), saved('b', more))).instruments).toEqual([
      { id: 'b', brand: 'amex', last4: null, isDefault: true },
      { id: 'pm_a', brand: 'visa', last4: '4242', isDefault: false },
    ]);
  });

  it('is by a saved card that asks for a token of its own only where that was agreed otherwise', () => {
    const asking = paying(saved('a', { requires_delegate_payment: true }));
    expect(read(asking).instruments).toEqual([]);
    expect(read(asking, { savedByReference: true }).instruments).toHaveLength(1);
  });

  it('is by a token of the provider that the store names, the first of its handlers', () => {
    const json = paying(handler('second', { display_order: 2 }), handler('first', { display_order: 1, psp: 'Stripe' }));
    expect(read(json).delegatedTo).toEqual({ stripe: 'first' });
    expect(read(paying(saved('a'))).delegatedTo).toEqual({});
  });

  it('is never by what handles card numbers', () => {
    expect(read(paying(handler('raw', { requires_pci_compliance: true }))).delegatedTo).toEqual({});
  });
});
