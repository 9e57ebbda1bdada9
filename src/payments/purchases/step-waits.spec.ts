import { LATER_ATTEMPTS, MAX_ATTEMPTS, waitMs } from './step-waits';

const HOUR_MS = 3_600_000;
const lasting = (tries: number) =>
  Array.from({ length: tries - 1 }, (_, index) => waitMs(index + 1)).reduce((sum, ms) => sum + ms, 0);

describe('the tries of a step', () => {
  it('outlast an outage of a day, and not much more', () => {
    expect(lasting(MAX_ATTEMPTS) / HOUR_MS).toBeGreaterThanOrEqual(24);
    expect(lasting(MAX_ATTEMPTS) / HOUR_MS).toBeLessThan(26);
  });

  it('of what is not ready yet last a week', () => {
    expect(lasting(LATER_ATTEMPTS) / HOUR_MS).toBeGreaterThanOrEqual(7 * 24);
    expect(lasting(LATER_ATTEMPTS) / HOUR_MS).toBeLessThan(7 * 24 + 3);
  });

  it('come soon after one another first, and never more than a quarter of an hour apart', () => {
    expect([1, 2, 3, 20, 21, 500].map(waitMs)).toEqual([1_000, 2_000, 4_000, 300_000, 900_000, 900_000]);
  });
});
