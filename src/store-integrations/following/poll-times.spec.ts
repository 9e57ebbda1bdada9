import { StoreFault, type StoreFaultKind } from '../protocols/store-fault';
import { LONGEST, afterFault, nextPoll } from './poll-times';

const HOUR = 3_600;
const quiet = { by: 'poll', status: 'shipped', isNews: false, hasWebhooks: false, seconds: 900 } as const;

describe('The times at which a store is asked for an order', () => {
  it('lie ever further apart while there is no news, up to six hours', () => {
    const waits: (number | null)[] = [];
    let seconds: number | null = 0;
    for (let count = 0; count < 8; count++) {
      seconds = nextPoll({ ...quiet, seconds: seconds ?? 0 });
      waits.push(seconds);
    }
    expect(waits).toEqual([900, 1_800, 3_600, 7_200, 14_400, LONGEST, LONGEST, LONGEST]);
    expect(nextPoll({ ...quiet, seconds: LONGEST, isNews: true })).toBe(900);
  });

  it('are few where webhooks come', () => {
    expect(nextPoll({ ...quiet, by: 'webhook', isNews: true, hasWebhooks: true })).toBe(LONGEST);
    expect(nextPoll({ ...quiet, hasWebhooks: true })).toBe(LONGEST);
  });

  it('end with the order: at once where it is cancelled or returned, in some weeks where it has arrived', () => {
    expect(nextPoll({ ...quiet, status: 'cancelled', isNews: true })).toBeNull();
    expect(nextPoll({ ...quiet, status: 'returned' })).toBeNull();
    let [seconds, polls]: [number | null, number] = [nextPoll({ ...quiet, status: 'delivered', isNews: true }), 0];
    expect(seconds).toBe(24 * HOUR);
    while (seconds !== null && polls < 100) {
      seconds = nextPoll({ ...quiet, status: 'delivered', seconds });
      polls++;
    }
    expect(polls).toBe(4);
  });

  it('wait after a fault: as long as the store says, or ever longer', () => {
    const fault = (kind: StoreFaultKind, retryAfterMs: number | null = null) =>
      new StoreFault(kind, 'code', 'detail', retryAfterMs);
    expect(afterFault(fault('throttled', 90_000), 3)).toBe(90);
    expect(afterFault(fault('throttled'), 3)).toBe(30);
    expect(afterFault(fault('unavailable'), 0)).toBe(60);
    expect(afterFault(fault('unknown'), 3)).toBe(480);
    expect(afterFault(fault('refused'), 1_000)).toBe(LONGEST);
    expect(afterFault(fault('relink'), 0)).toBe(LONGEST);
  });
});
