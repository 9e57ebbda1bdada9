import fc from 'fast-check';
import { estimateOf, withEstimate, type ToldEstimates } from './told-estimates';

const word = fc.record({
  source: fc.constantFrom('mail' as const, 'carrier' as const),
  days: fc.constantFrom(
    { from: '2026-12-01', to: '2026-12-03' },
    { from: '2026-12-02', to: '2026-12-02' },
    { from: '2026-12-05', to: '2026-12-09' },
  ),
  at: fc.integer({ min: 1, max: 5 }).map((day) => `2026-11-2${day}T00:00:00.000Z`),
});
const heard = (all: { source: 'mail' | 'carrier'; days: { from: string; to: string }; at: string }[]) =>
  all.reduce<ToldEstimates>((told, { source, days, at }) => withEstimate(told, source, days, at), {});

describe('The days on which an order should come', () => {
  it('are the same in whatever order and however often they are told', () => {
    fc.assert(
      fc.property(
        fc
          .array(word, { minLength: 1, maxLength: 6 })
          .chain((all) =>
            fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
          ),
        ([all, other]) => expect(heard(other)).toEqual(heard(all)),
      ),
    );
  });

  it('are the carrier’s, else the store’s, else those of the latest mail', () => {
    const mail = withEstimate({}, 'mail', { from: '2026-12-01', to: '2026-12-03' }, '2026-11-20T00:00:00.000Z');
    expect(
      estimateOf(withEstimate(mail, 'mail', { from: '2026-12-09', to: '2026-12-09' }, '2026-11-19T00:00:00.000Z')),
    ).toEqual({ from: '2026-12-01', to: '2026-12-03' });
    const store = withEstimate(mail, 'store', { from: '2026-12-04', to: '2026-12-04' }, '2026-11-01T00:00:00.000Z');
    expect(estimateOf(store)).toEqual({ from: '2026-12-04', to: '2026-12-04' });
    const carrier = withEstimate(
      store,
      'carrier',
      { from: '2026-12-05', to: '2026-12-05' },
      '2026-11-01T00:00:00.000Z',
    );
    expect(estimateOf(carrier)).toEqual({ from: '2026-12-05', to: '2026-12-05' });
    expect(estimateOf({})).toBeNull();
  });

  it('are a store’s as it says last, and no news when it says the same', () => {
    const one = withEstimate({}, 'store', { from: '2026-12-04', to: '2026-12-04' }, '2026-11-20T00:00:00.000Z');
    expect(withEstimate(one, 'store', { from: '2026-12-04', to: '2026-12-04' }, '2026-11-22T00:00:00.000Z')).toBe(one);
    expect(
      estimateOf(withEstimate(one, 'store', { from: '2026-12-02', to: '2026-12-02' }, '2026-11-19T00:00:00.000Z'))?.to,
    ).toBe('2026-12-02');
  });
});
