import type { ChallengeKind, OutcomeType } from './recipe';

export type StopType = OutcomeType | 'held_back';

/** A run does not go on from here. `detail` holds no text of the page and none of the shopper's. */
export class Stopped extends Error {
  constructor(
    readonly type: StopType,
    readonly detail: string,
    readonly kind?: ChallengeKind,
    /**
     * The page says so here: a sign was seen that names this section. Else one that may be seen anywhere was, which may be about
     * something else, or a step did not get on, and this is what that is taken to mean.
     */
    readonly isSaid = false,
  ) {
    super(`${type}: ${detail}`);
  }
}

/** Whoever runs the recipe failed at what they were asked or told: theirs to hear of, not an outcome of the store. */
export class CallerFailed extends Error {
  constructor(override readonly cause: Error) {
    super(cause.message);
  }
}

export async function asCaller<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new CallerFailed(error as Error);
  }
}
