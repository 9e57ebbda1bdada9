import type { StepReport } from '../recipes';
import type { RunEnd } from './run-records';

/** How a candidate of a step fared in one run. `candidate`: -1 where the step has none, or none served. */
export interface StepCount {
  section: string;
  step: string;
  candidate: number;
  served: number;
  failed: number;
  ms: number;
}

/** Ends that say that the page was not as the recipe says; the others are the shop's or the shopper's business. */
const BROKEN: readonly RunEnd['outcome'][] = ['unknown_page', 'fault'];

/** One a candidate, however often its step was taken, and one for the step at which it ended. */
export function countsOf(reports: readonly StepReport[], { outcome, section, step }: RunEnd): StepCount[] {
  const counts = new Map<string, StepCount>();
  const countOf = (section: string, step: string, candidate: number): StepCount => {
    const name = JSON.stringify([section, step, candidate]);
    const count = counts.get(name) ?? { section, step, candidate, served: 0, failed: 0, ms: 0 };
    counts.set(name, count);
    return count;
  };
  for (const { section, step, candidate, ms } of reports) {
    const count = countOf(section, step, candidate ?? -1);
    count.served += 1;
    count.ms += ms;
  }
  if (BROKEN.includes(outcome) && step !== '') countOf(section, step, -1).failed += 1;
  return [...counts.values()];
}
