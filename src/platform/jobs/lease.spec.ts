import { LEASE_SECONDS, RENEW_EVERY_MS, backoffMs, holdingLease, writingSurely } from './lease';

describe('waiting before another try', () => {
  it('doubles from a second to five minutes', () => {
    expect([1, 2, 3, 4].map(backoffMs)).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect([9, 10, 50, 2_000].map(backoffMs)).toEqual([256_000, 300_000, 300_000, 300_000]);
    expect(backoffMs(0)).toBe(1_000);
  });
});

describe('holding a lease', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  /** Work that goes on until it is told to end. */
  const work = () => {
    let end!: (value: string) => void;
    const done = new Promise<string>((resolve) => (end = resolve));
    return { done, end };
  };

  it('renews it several times within its life while the work goes on, and no more afterwards', async () => {
    expect(LEASE_SECONDS * 1000).toBeGreaterThanOrEqual(3 * RENEW_EVERY_MS);
    const { done, end } = work();
    let renewals = 0;
    const held = holdingLease(
      () => Promise.resolve(++renewals > 0),
      () => done,
    );
    await jest.advanceTimersByTimeAsync(3 * RENEW_EVERY_MS);
    expect(renewals).toBe(3);
    end('done');
    expect(await held).toBe('done');
    await jest.advanceTimersByTimeAsync(3 * RENEW_EVERY_MS);
    expect(renewals).toBe(3);
  });

  it('tells the work when the lease is lost, and survives that a renewal fails', async () => {
    const { done, end } = work();
    const answers = [
      () => Promise.reject(new Error('database away')),
      () => Promise.resolve(true),
      () => Promise.resolve(false),
    ];
    let signal: AbortSignal | undefined;
    const held = holdingLease(
      () => answers.shift()?.() ?? Promise.resolve(false),
      (lost) => {
        signal = lost;
        return done;
      },
    );
    await jest.advanceTimersByTimeAsync(2 * RENEW_EVERY_MS);
    expect(signal!.aborted).toBe(false);
    await jest.advanceTimersByTimeAsync(RENEW_EVERY_MS);
    expect(signal!.aborted).toBe(true);
    end('late');
    expect(await held).toBe('late');
  });

  it('stops renewing when the work fails, and hands the failure on', async () => {
    let renewals = 0;
    const held = holdingLease(
      () => Promise.resolve(++renewals > 0),
      () => Promise.reject(new Error('no')),
    );
    await expect(held).rejects.toThrow('no');
    await jest.advanceTimersByTimeAsync(3 * RENEW_EVERY_MS);
    expect(renewals).toBe(0);
  });
});

describe('writing surely', () => {
  /** Fails so often, and then answers how often it was asked. */
  const failing = (times: number) => {
    let asked = 0;
    return () => (++asked <= times ? Promise.reject(new TypeError(`no ${asked}`)) : Promise.resolve(asked));
  };

  it('writes again, ever later, until it is written', async () => {
    const failures: [number, string][] = [];
    const began = performance.now();
    expect(await writingSurely(failing(2), (...failure) => failures.push(failure))).toBe(3);
    expect(performance.now() - began).toBeGreaterThan(850);
    expect(failures).toEqual([
      [1, 'TypeError'],
      [2, 'TypeError'],
    ]);
  });

  it('hands the last failure on when it has tried as often as it may', async () => {
    let failures = 0;
    await expect(writingSurely(failing(9), () => failures++, 2)).rejects.toThrow('no 2');
    expect(failures).toBe(2);
  });
});
