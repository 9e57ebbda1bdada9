import { AnswerReader } from '../answer-reader';
import { orderOf } from './acp-order';

const line = (id: string, ordered: number, current = ordered, more: object = {}) => ({
  ...{ id, title: id, quantity: { ordered, current, fulfilled: 0 }, product_id: `TG-${id}` },
  ...more,
});
const event = (id: string, type: string, at: string, more: object = {}) => ({ id, type, occurred_at: at, ...more });
const shipped = (more: object = {}) => ({
  ...{ id: 'ful_1', type: 'shipping', status: 'shipped', carrier: 'UPS', tracking_number: '1Z999AA10123456784' },
  ...{ tracking_url: 'https://ups.example/t/1', line_items: [{ id: 'a', quantity: 2 }] },
  events: [event('e1', 'shipped', '2026-02-02T10:00:00Z', { location: 'Memphis, TN' })],
  ...more,
});
const order = (more: object = {}) => ({
  ...{ id: 'ord_1', checkout_session_id: 'cs_1', permalink_url: 'https://shop.example/o/1', status: 'created' },
  ...{ line_items: [line('a', 2), line('b', 1)], totals: [{ type: 'total', display_text: 'Total', amount: 5000 }] },
  ...more,
});
const read = (json: object, goods?: Map<string, string>) =>
  orderOf(AnswerReader.parse(Buffer.from(JSON.stringify(json))), {
    currency: 'USD',
    mayBeHttp: false,
    ...(goods && { goods }),
  });

describe('an ACP order', () => {
  it('is a snapshot without anybody’s name or address', () => {
    const destination = { name: 'Ana Reyes', line_one: '500 Congress Ave', city: 'Austin' };
    const read1 = read(order({ order_number: '#1001', status: 'shipped', fulfillments: [shipped({ destination })] }));
    expect(read1).toEqual({
      ...{ id: 'ord_1', number: '#1001', checkoutId: 'cs_1', status: 'shipped', totalCents: 5000, currency: 'USD' },
      ...{ refundedCents: 0, estimatedDelivery: null, updatedAt: new Date('2026-02-02T10:00:00Z') },
      parcels: [
        {
          ...{ key: 'ful_1', carrier: 'UPS', trackingNumber: '1Z999AA10123456784', status: 'in_transit' },
          ...{ trackingUrl: 'https://ups.example/t/1', lines: [{ externalId: 'TG-a', quantity: 2 }] },
          events: [
            {
              ...{ key: 'e1', at: new Date('2026-02-02T10:00:00Z'), status: 'in_transit', detail: 'shipped' },
              location: 'Memphis, TN',
            },
          ],
        },
      ],
    });
    expect(JSON.stringify(read1)).not.toMatch(/Ana|Congress/);
  });

  it('of which nothing but its ids is told is an order all the same', () => {
    const bare = { id: 'ord_1', checkout_session_id: 'cs_1', permalink_url: 'https://shop.example/o/1' };
    expect(read(bare)).toMatchObject({
      number: 'ord_1',
      status: 'confirmed',
      parcels: [],
      totalCents: 0,
      updatedAt: null,
    });
    expect(() => read({ ...bare, id: undefined })).toThrow(/an identifier/);
  });

  it.each([
    ['created', 'confirmed'],
    ['confirmed', 'confirmed'],
    ['manual_review', 'processing'],
    ['processing', 'processing'],
    ['shipped', 'shipped'],
    ['completed', 'delivered'],
    ['canceled', 'cancelled'],
  ])('that is %s is %s', (status, ours) => {
    expect(read(order({ status })).status).toBe(ours);
  });

  it('in a state that nobody knows is as far as its parcels are', () => {
    const of = (...statuses: string[]) =>
      read(
        order({ status: 'teleported', fulfillments: statuses.map((status, id) => shipped({ id: `${id}`, status })) }),
      ).status;
    expect([of(), of('pending'), of('pending', 'shipped'), of('delivered', 'delivered'), of('canceled')]).toEqual([
      ...['confirmed', 'confirmed', 'shipped', 'delivered', 'confirmed'],
    ]);
  });

  it('whose goods all came back is returned, whose lines all went is cancelled', () => {
    const back = (quantity: number) => ({
      ...{ id: 'adj', type: 'return', occurred_at: '2026-02-10T00:00:00Z', status: 'completed', amount: 5000 },
      line_items: [{ id: 'a', quantity }],
    });
    expect(read(order({ status: 'completed', adjustments: [back(3)] }))).toMatchObject({
      ...{ status: 'returned', refundedCents: 5000 },
    });
    expect(read(order({ status: 'completed', adjustments: [back(1)] })).status).toBe('delivered');
    expect(read(order({ line_items: [line('a', 2, 0), line('b', 1, 0)] })).status).toBe('cancelled');
    expect(read(order({ line_items: [line('a', 2, 0), line('b', 1, 0)], adjustments: [back(1)] })).status).toBe(
      'returned',
    );
  });

  it('gave back what is completed, or what the store sums up itself', () => {
    const adjustment = (type: string, status: string, amount: number) => ({
      ...{ id: type, type, status, amount, currency: 'usd', occurred_at: '2026-02-10T00:00:00Z' },
    });
    const adjustments = [
      ...[adjustment('refund', 'completed', 500), adjustment('price_adjustment', 'completed', 50)],
      ...[
        adjustment('refund', 'pending', 700),
        adjustment('dispute', 'completed', 900),
        adjustment('gift', 'completed', 7),
      ],
    ];
    expect(read(order({ adjustments })).refundedCents).toBe(550);
    const totals = [{ type: 'amount_refunded', display_text: 'Refunded', amount: 111 }];
    expect(read(order({ adjustments, totals })).refundedCents).toBe(111);
  });

  it('knows its goods by the checkout that it was made from, else by the order’s own word', () => {
    const fulfillments = [
      shipped({
        line_items: [
          { id: 'a', quantity: 1 },
          { id: 'c', quantity: 1 },
        ],
      }),
    ];
    const lines = (goods?: Map<string, string>) =>
      read(order({ fulfillments }), goods).parcels[0]!.lines.map(({ externalId }) => externalId);
    expect(lines()).toEqual(['TG-a', 'c']);
    expect(lines(new Map([['a', 'SKU-A']]))).toEqual(['SKU-A', 'c']);
  });

  it('has parcels for what is brought, and not for what is fetched, sent by wire or given up', () => {
    const fulfillments = [
      ...[shipped(), shipped({ id: 'x', status: 'canceled' })],
      ...[
        { id: 'd', type: 'digital', status: 'delivered' },
        { id: 'p', type: 'pickup', status: 'ready_for_pickup' },
      ],
    ];
    expect(read(order({ fulfillments })).parcels.map(({ key }) => key)).toEqual(['ful_1']);
  });

  it('comes when the order says, else when its parcels do', () => {
    const window = (earliest: string, latest: string) => ({ estimated_delivery: { earliest, latest } });
    const early = shipped(window('2026-02-05T09:00:00Z', '2026-02-06T09:00:00Z'));
    const late = shipped({ id: 'l', ...window('2026-02-07T09:00:00Z', '2026-02-09T09:00:00Z') });
    const fulfillments = [early, late];
    expect(read(order({ fulfillments })).estimatedDelivery).toEqual({ from: '2026-02-05', to: '2026-02-09' });
    expect(
      read(order({ fulfillments, ...window('2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z') })).estimatedDelivery,
    ).toEqual({
      ...{ from: '2026-03-01', to: '2026-03-02' },
    });
  });

  it('shows no link that is none', () => {
    expect(
      read(order({ fulfillments: [shipped({ tracking_url: 'javascript:1' })] })).parcels[0]!.trackingUrl,
    ).toBeNull();
  });
});
