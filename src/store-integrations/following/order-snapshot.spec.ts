import fc from 'fast-check';
import type { RemoteOrder, RemoteParcelStatus } from '../protocols/store-api';
import { merged, parcelMayMove, snapshotOf, type OrderSnapshot } from './order-snapshot';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 26, 12, minute));

const event = (key: string, minute: number, status: RemoteParcelStatus = 'in_transit') => ({
  ...{ key, at: at(minute), status, detail: `${key} happened`, location: null },
});

const parcel = (key: string, more: Partial<RemoteOrder['parcels'][number]> = {}): RemoteOrder['parcels'][number] => ({
  ...{ key, carrier: 'UPS', trackingNumber: `1Z-${key}`, trackingUrl: null, status: 'in_transit' },
  ...{ events: [], lines: [{ externalId: 'WM-1', quantity: 1 }] },
  ...more,
});

const told = (more: Partial<RemoteOrder> = {}): OrderSnapshot =>
  snapshotOf({
    ...{ id: 'o-1', number: '1001', checkoutId: 'c-1', status: 'confirmed', parcels: [], estimatedDelivery: null },
    ...{ totalCents: 2500, currency: 'USD', refundedCents: 0, updatedAt: null },
    ...more,
  });

/** What comes of several tellings, one after the other. */
const after = (...tellings: OrderSnapshot[]) =>
  tellings.reduce<OrderSnapshot | null>((present, one) => merged(present, one), null)!;

/** An order's way at a store, each telling with its time. */
const WAY = [
  told({ updatedAt: at(0) }),
  told({ updatedAt: at(1), status: 'processing', estimatedDelivery: { from: '2026-11-28', to: '2026-11-30' } }),
  told({ updatedAt: at(2), status: 'shipped', parcels: [parcel('a', { events: [event('e1', 2)] })] }),
  told({
    ...{ updatedAt: at(3), status: 'shipped' },
    parcels: [parcel('a', { status: 'out_for_delivery', events: [event('e1', 2), event('e2', 3)] }), parcel('b')],
  }),
  told({
    ...{ updatedAt: at(4), status: 'delivered', refundedCents: 500 },
    parcels: [
      parcel('a', { status: 'delivered', events: [event('e1', 2), event('e2', 3), event('e3', 4, 'delivered')] }),
      parcel('b', { status: 'delivered' }),
    ],
  }),
];

describe('What is known of an order at a store', () => {
  it('is the same in whatever order, and however often, its tellings come', () => {
    const whole = after(...WAY);
    const tellings = fc.shuffledSubarray([...WAY, ...WAY], { minLength: WAY.length * 2 });
    fc.assert(
      fc.property(tellings, (some) => {
        const { parcels, ...rest } = after(...some);
        const byKey = (a: { key: string }, b: { key: string }) => (a.key < b.key ? -1 : 1);
        expect({ ...rest, parcels: [...parcels].sort(byKey) }).toEqual(whole);
      }),
    );
    expect(whole).toMatchObject({ status: 'delivered', refundedCents: 500, updatedAt: at(4).toISOString() });
    expect(whole.parcels.map(({ key, status, events }) => [key, status, events.map((one) => one.key)])).toEqual([
      ['a', 'delivered', ['e1', 'e2', 'e3']],
      ['b', 'delivered', []],
    ]);
  });

  it('never goes back where the store gives no times', () => {
    const shipped = told({ status: 'shipped', parcels: [parcel('a')] });
    expect(after(shipped, told()).status).toBe('shipped');
    expect(after(shipped, told({ status: 'processing' })).parcels).toHaveLength(1);
    expect(after(told({ status: 'cancelled' }), told({ status: 'delivered' })).status).toBe('cancelled');
  });

  it('is what the store said last, though that came first', () => {
    const [early, late] = [told({ updatedAt: at(1), number: '1' }), told({ updatedAt: at(2), number: '2' })];
    expect(after(late, early).number).toBe('2');
    expect(after(early, late).number).toBe('2');
  });

  it('lets a parcel out of an exception, and no parcel backwards', () => {
    expect(parcelMayMove('exception', 'in_transit')).toBe(true);
    expect(parcelMayMove('exception', 'pre_transit')).toBe(false);
    expect(parcelMayMove('out_for_delivery', 'in_transit')).toBe(false);
    expect(parcelMayMove('delivered', 'in_transit')).toBe(false);
    expect(parcelMayMove('delivered', 'returned')).toBe(true);
  });

  it('keeps no web address but https, no byte that Postgres refuses, and no more than there is room for', () => {
    const long = 'x'.repeat(10_000);
    const events = Array.from({ length: 1_000 }, (_, i) => event(`e${i}`, i % 60));
    const odd = parcel('a', { carrier: 'U\0PS', trackingNumber: long, trackingUrl: 'javascript:alert(1)', events });
    const many = Array.from({ length: 100 }, (_, i) => parcel(`p${i}`));
    const snapshot = told({ parcels: [odd, ...many] });
    const [first] = snapshot.parcels;
    expect(first).toMatchObject({ carrier: 'UPS', trackingUrl: null });
    expect([first!.trackingNumber!.length, first!.events.length, snapshot.parcels.length]).toEqual([100, 200, 50]);
  });
});
