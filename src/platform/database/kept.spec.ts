import { Kept } from './kept';

describe('What a process keeps of the database', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('is had for 30 s from when it was read, and gone from memory soon after', () => {
    const kept = new Kept<string>(10);
    kept.keep('a', '1', 'first');
    jest.advanceTimersByTime(29_000);
    expect(kept.get('a')).toMatchObject({ seen: '1', value: 'first' });
    kept.keep('b', '1', 'second');
    jest.advanceTimersByTime(1_001);
    expect([kept.get('a'), kept.get('b')]).toMatchObject([undefined, { value: 'second' }]);
    jest.advanceTimersByTime(60_000);
    expect(kept['kept'].size).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is no more than was allowed: what was read first goes', () => {
    const kept = new Kept<number>(10);
    for (const key of ['a', 'b', 'c']) kept.keep(key, '1', 0, 4);
    expect(['a', 'b', 'c'].map((key) => kept.get(key) !== undefined)).toEqual([false, true, true]);
    kept.keep('b', '2', 0, 1);
    kept.keep('d', '1', 0, 5);
    expect(['b', 'c', 'd'].map((key) => kept.get(key) !== undefined)).toEqual([true, true, true]);
    kept.keep('e', '1', 0, 11);
    expect(['b', 'c', 'd', 'e'].some((key) => kept.get(key) !== undefined)).toBe(false);
  });
});
