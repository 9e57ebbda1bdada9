import { afterCarrierFault, nextCarrierPoll } from './carrier-poll-times';

const WAITING = ['unknown', 'pre_transit', 'in_transit', 'out_for_delivery', 'exception'] as const;

describe('How often a carrier is asked for a parcel', () => {
  it('is ever less often while there is no news, and soon again after some', () => {
    for (const status of WAITING) {
      let seconds = nextCarrierPoll(status, true, 0)!;
      const first = seconds;
      const waits = Array.from({ length: 12 }, () => (seconds = nextCarrierPoll(status, false, seconds)!));
      expect(waits).toEqual([...waits].sort((a, b) => a - b));
      expect(waits.at(-1)).toBe(waits.at(-2));
      expect(nextCarrierPoll(status, true, waits.at(-1)!)).toBe(first);
    }
  });

  it('is most often on the last day, and never again once it has arrived or is back', () => {
    const longest = (status: (typeof WAITING)[number]) => nextCarrierPoll(status, false, 1_000_000)!;
    for (const status of WAITING)
      if (status !== 'out_for_delivery') expect(longest('out_for_delivery')).toBeLessThan(longest(status));
    expect([nextCarrierPoll('delivered', true, 60), nextCarrierPoll('returned', false, 60)]).toEqual([null, null]);
  });

  it('is as late as the carrier asks for, within bounds', () => {
    expect(afterCarrierFault({ kind: 'throttled', retryAfterMs: 120_000 }, 5)).toBe(120);
    expect(afterCarrierFault({ kind: 'throttled', retryAfterMs: null }, 0)).toBe(30);
    expect(
      [0, 1, 2, 60].map((failures) => afterCarrierFault({ kind: 'unavailable', retryAfterMs: null }, failures)),
    ).toEqual([60, 120, 240, 21_600]);
  });
});
