import { AnswerReader, BadAnswer } from '../answer-reader';
import { readOrder } from './order-answer';
import { UCP_VERSIONS, type UcpVersion } from './ucp-versions';

const line = (id: string, sku: string, total: number, fulfilled = 0) => ({
  id,
  item: { id: sku, title: sku, price: 100 },
  quantity: { original: 2, total, fulfilled },
  totals: [],
  status: total === 0 ? 'removed' : 'processing',
});
const event = (id: string, type: string, at: string, lines: [string, number][], changes: object = {}) => ({
  id,
  type,
  occurred_at: at,
  line_items: lines.map(([lineId, quantity]) => ({ id: lineId, quantity })),
  ...changes,
});
const tracked = { tracking_number: '1Z999', tracking_url: 'https://ups.example/1Z999', carrier: 'UPS' };
const adjustment = (type: string, status: string, amount: number, at = '2026-01-10T10:00:00Z') => ({
  id: `adj-${type}-${amount}`,
  type,
  status,
  occurred_at: at,
  totals: [{ type: 'total', amount }],
});

function order(version: UcpVersion, changes: Record<string, unknown> = {}): object {
  return {
    ucp: { version, capabilities: {} },
    id: 'ord_1',
    label: '#1001',
    checkout_id: 'chk_1',
    permalink_url: 'https://shop.example/o/1',
    currency: 'USD',
    line_items: [line('li_1', 'WM-1', 2), line('li_2', 'WM-2', 1)],
    fulfillment: {
      expectations: [
        {
          id: 'e1',
          line_items: [],
          method_type: 'shipping',
          destination: { street_address: '123 Secret St', first_name: 'Ana' },
          description: 'Arrives in 2-3 business days',
        },
      ],
      events: [],
    },
    totals: [
      { type: 'subtotal', amount: 3_000 },
      { type: 'total', amount: 3_500 },
    ],
    ...changes,
  };
}

describe.each(UCP_VERSIONS)('An order of UCP %s', (version) => {
  const read = (changes: Record<string, unknown> = {}) => readOrder(new AnswerReader(order(version, changes)), false);
  const withEvents = (...events: object[]) => read({ fulfillment: { events } });

  it('is a snapshot without anything personal', () => {
    const found = read();
    expect(found).toEqual({
      id: 'ord_1',
      number: '#1001',
      checkoutId: 'chk_1',
      status: 'confirmed',
      parcels: [],
      estimatedDelivery: null,
      totalCents: 3_500,
      currency: 'USD',
      refundedCents: 0,
      updatedAt: null,
    });
    expect(JSON.stringify(found)).not.toMatch(/Secret|Ana/);
  });

  it('is known by its id where it has no label', () => {
    expect(read({ label: undefined }).number).toBe('ord_1');
  });

  it('has a parcel for each tracking number, with its own life, however events are ordered', () => {
    const found = withEvents(
      event('e3', 'delivered', '2026-01-08T10:00:00Z', [['li_1', 2]], { tracking_number: '1Z999' }),
      event('e1', 'processing', '2026-01-05T10:00:00Z', [['li_1', 2]]),
      event('e2', 'shipped', '2026-01-06T10:00:00Z', [['li_1', 2]], { ...tracked, description: 'On its way' }),
      event('e4', 'shipped', '2026-01-07T10:00:00Z', [['li_2', 1]], { tracking_number: '94001' }),
    );
    expect(found.parcels).toEqual([
      {
        key: '1Z999',
        carrier: 'UPS',
        trackingNumber: '1Z999',
        trackingUrl: 'https://ups.example/1Z999',
        status: 'delivered',
        events: [
          {
            key: 'e2',
            at: new Date('2026-01-06T10:00:00Z'),
            status: 'in_transit',
            detail: 'On its way',
            location: null,
          },
          { key: 'e3', at: new Date('2026-01-08T10:00:00Z'), status: 'delivered', detail: 'delivered', location: null },
        ],
        lines: [{ externalId: 'WM-1', quantity: 2 }],
      },
      expect.objectContaining({ key: '94001', status: 'in_transit', lines: [{ externalId: 'WM-2', quantity: 1 }] }),
    ]);
    expect(found.status).toBe('shipped');
    expect(found.updatedAt).toEqual(new Date('2026-01-08T10:00:00Z'));
  });

  it('has a parcel without a number too, by what is in it', () => {
    const found = withEvents(
      event('e1', 'shipped', '2026-01-06T10:00:00Z', [
        ['li_2', 1],
        ['li_1', 2],
      ]),
      event('e2', 'delivered', '2026-01-07T10:00:00Z', [
        ['li_1', 2],
        ['li_2', 1],
      ]),
    );
    expect(found.parcels.map(({ key, status }) => [key, status])).toEqual([['lines:li_1,li_2', 'delivered']]);
    expect(found.status).toBe('delivered');
  });

  it.each([
    ['processing', 'pre_transit'],
    ['shipped', 'in_transit'],
    ['in_transit', 'in_transit'],
    ['out_for_delivery', 'out_for_delivery'],
    ['delivered', 'delivered'],
    ['failed_attempt', 'exception'],
    ['undeliverable', 'exception'],
    ['canceled', 'exception'],
    ['returned_to_sender', 'returned'],
    ['abducted', 'unknown'],
  ])('whose parcel is %s has one that is %s', (type, status) => {
    expect(withEvents(event('e', type, '2026-01-06T10:00:00Z', [['li_1', 2]], tracked)).parcels[0]!.status).toBe(
      status,
    );
  });

  it('forgets nothing by a word that it does not know', () => {
    const found = withEvents(
      event('a', 'shipped', '2026-01-06T10:00:00Z', [['li_1', 2]], tracked),
      event('b', 'held_at_customs', '2026-01-07T10:00:00Z', [['li_1', 2]], tracked),
    );
    expect(found.parcels[0]).toMatchObject({
      status: 'in_transit',
      events: [{ key: 'a' }, { key: 'b', status: 'unknown' }],
    });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['nothing happened', {}, 'confirmed'],
    [
      'it is being prepared',
      { fulfillment: { events: [event('e', 'processing', '2026-01-06T10:00:00Z', [['li_1', 2]])] } },
      'processing',
    ],
    [
      'a part is sent',
      { fulfillment: { events: [event('e', 'shipped', '2026-01-06T10:00:00Z', [['li_1', 2]], tracked)] } },
      'processing',
    ],
    [
      'what is left is sent',
      {
        line_items: [line('li_1', 'WM-1', 2, 2), line('li_2', 'WM-2', 0)],
        fulfillment: { events: [event('e', 'shipped', '2026-01-06T10:00:00Z', [['li_1', 2]], tracked)] },
      },
      'shipped',
    ],
    [
      'the parcel is not sent after all',
      {
        fulfillment: {
          events: [
            event(
              'e',
              'processing',
              '2026-01-06T10:00:00Z',
              [
                ['li_1', 2],
                ['li_2', 1],
              ],
              tracked,
            ),
            event(
              'f',
              'canceled',
              '2026-01-07T10:00:00Z',
              [
                ['li_1', 2],
                ['li_2', 1],
              ],
              tracked,
            ),
          ],
        },
      },
      'processing',
    ],
    ['it is done, and brought by nobody', { line_items: [line('li_1', 'WM-1', 2, 2)] }, 'delivered'],
    [
      'nothing is wanted any more',
      { line_items: [line('li_1', 'WM-1', 0)], adjustments: [adjustment('cancellation', 'completed', -3_500)] },
      'cancelled',
    ],
    [
      'all came back',
      { line_items: [line('li_1', 'WM-1', 0)], adjustments: [adjustment('return', 'completed', -3_500)] },
      'returned',
    ],
    [
      'it could not be brought and came back',
      {
        line_items: [line('li_1', 'WM-1', 0)],
        fulfillment: { events: [event('e', 'returned_to_sender', '2026-01-06T10:00:00Z', [['li_1', 2]], tracked)] },
      },
      'returned',
    ],
  ])('of which %s', (_, changes, status) => {
    expect(read(changes).status).toBe(status);
  });

  it('sums what went back to the shopper, once it did', () => {
    const found = read({
      adjustments: [
        adjustment('refund', 'completed', -1_000),
        adjustment('price_adjustment', 'completed', -12, '2026-01-12T10:00:00Z'),
        adjustment('refund', 'pending', -500),
        adjustment('refund', 'failed', -700),
        adjustment('exchange', 'completed', 300),
      ],
    });
    expect(found.refundedCents).toBe(1_012);
    expect(found.updatedAt).toEqual(new Date('2026-01-12T10:00:00Z'));
  });

  it('leaves a link out that nobody should follow', () => {
    const at = { tracking_number: '1', tracking_url: 'javascript:alert(1)' };
    expect(
      withEvents(event('e', 'shipped', '2026-01-06T10:00:00Z', [['li_1', 1]], at)).parcels[0]!.trackingUrl,
    ).toBeNull();
  });

  it.each([
    ['id', { id: 7 }],
    ['currency', { currency: 'x' }],
    ['totals', { totals: [] }],
    [
      'two totals',
      {
        totals: [
          { type: 'total', amount: 1 },
          { type: 'total', amount: 1 },
        ],
      },
    ],
    ['lines', { line_items: 'none' }],
    ['a time', { fulfillment: { events: [event('e', 'shipped', 'yesterday', [])] } }],
    ['a quantity', { line_items: [line('li_1', 'WM-1', -1)] }],
    ['a state of an adjustment', { adjustments: [adjustment('refund', 'perhaps', -1)] }],
  ])('is a bad answer without a proper %s', (_, changes) => {
    expect(() => read(changes)).toThrow(BadAnswer);
  });
});
