import { backoffMs } from '../../platform/jobs';

/** For an hour a step is tried ever more seldom, up to every five minutes; from then on as seldom as this. */
const LATER_MS = 15 * 60_000;
const TRIES_OF_AN_HOUR = 20;

/** After so many tries without an outcome, which take a day, a person looks at it. */
export const MAX_ATTEMPTS = TRIES_OF_AN_HOUR + 24 * 4;
/** So often, for a week, what the provider or another step is not ready for; then a person looks at it. */
export const LATER_ATTEMPTS = TRIES_OF_AN_HOUR + 7 * 24 * 4;

/** Milliseconds between that try, counted from 1, and the next. */
export function waitMs(attempts: number): number {
  return attempts <= TRIES_OF_AN_HOUR ? backoffMs(attempts) : LATER_MS;
}
