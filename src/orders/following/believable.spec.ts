import fc from 'fast-check';
import { believable } from './believable';
import type { Told, ToldParcel } from './told';

const NOW = new Date('2026-11-26T12:00:00.000Z');
const ORDER = { placedAt: new Date('2026-11-20T12:00:00.000Z'), totalCents: 5_000 };
const parcel = (more: Partial<ToldParcel> = {}): ToldParcel => ({
  ...{
    carrier: 'UPS',
    trackingNumber: '1Z5R89390357567127',
    trackingUrl: null,
    status: 'in_transit',
    events: [],
    ...more,
  },
});
const heard = (more: Partial<Told>) => believable({ source: 'mail', parcels: [], ...more }, ORDER, NOW);

describe('What is believed of a telling', () => {
  it('is what it says of a parcel, as seen when it said so', () => {
    const at = '2026-11-24T10:00:00+02:00';
    expect(heard({ at, parcels: [parcel()] }).parcels[0]!.events).toEqual([
      { at: '2026-11-24T08:00:00.000Z', status: 'in_transit', detail: 'On its way', location: null },
    ]);
    const events = [{ at, status: 'in_transit' as const, detail: 'Left the hub' }];
    expect(heard({ at, parcels: [parcel({ events })] }).parcels[0]!.events).toMatchObject([{ detail: 'Left the hub' }]);
  });

  it('is no time to come, none that is no time, and none of another parcel long ago', () => {
    const times = ['2099-01-01T00:00:00Z', 'yesterday', '', '2025-11-26T12:00:00Z', '2026-11-25T12:00:00Z'];
    const events = times.map((at) => ({ at, status: 'in_transit' as const, detail: at }));
    expect(heard({ parcels: [parcel({ events })] }).parcels[0]!.events.map(({ detail }) => detail)).toEqual([
      '2026-11-25T12:00:00Z',
    ]);
    expect(heard({ at: '2099-01-01T00:00:00Z' }).at).toBe(NOW.toISOString());
    expect(heard({ at: 'soon', parcels: [parcel({ events })] }).at).toBe('2026-11-25T12:00:00.000Z');
  });

  it('is no day that is none, no more money than the order has, and no address that is not https', () => {
    const days = (from: string, to: string) => heard({ estimatedDelivery: { from, to } }).estimatedDelivery;
    expect(days('2026-12-01', '2026-12-03')).toEqual({ from: '2026-12-01', to: '2026-12-03' });
    for (const [from, to] of [
      ['2026-12-03', '2026-12-01'],
      ['2026-02-30', '2026-03-01'],
      ['soon', 'later'],
      ['0000-00-00', '2026-12-01'],
    ])
      expect(days(from!, to!)).toBeNull();
    expect([1, 5_000, 5_001, -1, 0.5, NaN].map((refundedCents) => heard({ refundedCents }).refundedCents)).toEqual([
      1,
      5_000,
      null,
      null,
      null,
      null,
    ]);
    for (const trackingUrl of ['http://x.example', 'javascript:alert(1)', `https://x.example/${'a'.repeat(2_000)}`])
      expect(heard({ parcels: [parcel({ trackingUrl })] }).parcels[0]!.trackingUrl).toBeNull();
  });

  it('is bounded, whatever is told', () => {
    const text = fc.string({ unit: 'binary', maxLength: 600 });
    fc.assert(
      fc.property(
        fc.array(fc.record({ carrier: text, trackingNumber: text, trackingUrl: text, at: text, detail: text }), {
          maxLength: 60,
        }),
        (all) => {
          const parcels = all.map(({ at, detail, ...rest }) =>
            parcel({ ...rest, events: [{ at, status: 'exception', detail, location: detail }] }),
          );
          const { parcels: found } = heard({ at: all[0]?.at, parcels });
          expect(found.length).toBeLessThanOrEqual(50);
          for (const one of found) {
            expect(one.carrier!.length).toBeLessThanOrEqual(100);
            expect(
              one.events.every(
                ({ detail, at }) => detail.length <= 500 && !detail.includes('\0') && !Number.isNaN(Date.parse(at)),
              ),
            ).toBe(true);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
