import type { StepReport } from '../recipes';
import { countsOf } from './step-counts';

const report = (step: string, candidate: number | null, ms = 10): StepReport => ({
  ...{ section: 'signIn', step, candidate, by: candidate === null ? null : 'field', ms },
});
const END = { outcome: 'done', section: 'signIn', step: 'go', detail: '', clicked: false, ms: 100 } as const;

describe('The counts that a run leaves', () => {
  it('are one a step and candidate, however often it was taken', () =>
    expect(
      countsOf([report('open', null), report('email', 0), report('email', 0, 5), report('email', 1)], END),
    ).toEqual([
      { section: 'signIn', step: 'open', candidate: -1, served: 1, failed: 0, ms: 10 },
      { section: 'signIn', step: 'email', candidate: 0, served: 2, failed: 0, ms: 15 },
      { section: 'signIn', step: 'email', candidate: 1, served: 1, failed: 0, ms: 10 },
    ]));

  it.each(['unknown_page', 'fault'] as const)('tell where it ended with %s', (outcome) =>
    expect(countsOf([], { ...END, outcome })).toEqual([
      { section: 'signIn', step: 'go', candidate: -1, served: 0, failed: 1, ms: 0 },
    ]),
  );

  it.each(['out_of_stock', 'price_moved', 'challenge', 'login_wall', 'held_back', 'no_instrument'] as const)(
    'blame no step where it ended with %s',
    (outcome) => expect(countsOf([], { ...END, outcome })).toEqual([]),
  );
});
