import type { Logger } from '@nestjs/common';
import { backoffMs, reasonOf } from './lease';

/** Of rows that cannot be done; more are forgotten, and tried again like any other. */
const MOST_RESTING = 10_000;

/**
 * Does what a sweep has found, one row by one. Guarantee: a row that cannot be done neither ends the run nor, however many
 * there are, keeps the others from their turn: it rests, longer each time, and the sweep leaves out those that do
 * (`resting`). Known to this process alone: what is due stands in the rows.
 */
export class InTurn {
  private readonly setbacks = new Map<string, { tries: number; until: number }>();

  /** `couldNotBe`: how the log says that one failed. */
  constructor(
    private readonly logger: Pick<Logger, 'error'>,
    private readonly couldNotBe: string,
    private readonly now: () => number = Date.now,
  ) {}

  /** Those that are not to be looked for now. */
  get resting(): string[] {
    const now = this.now();
    return [...this.setbacks].filter(([, { until }]) => until > now).map(([id]) => id);
  }

  /** Gives how many were done; `work` says whether there was anything to do. */
  async each(ids: readonly string[], work: (id: string) => Promise<boolean>): Promise<number> {
    let done = 0;
    for (const id of ids) {
      try {
        if (await work(id)) done++;
        this.setbacks.delete(id);
      } catch (error) {
        this.rest(id);
        this.logger.error({ message: `could not be ${this.couldNotBe}`, id, reason: reasonOf(error) });
      }
    }
    return done;
  }

  private rest(id: string): void {
    const tries = (this.setbacks.get(id)?.tries ?? 0) + 1;
    // Behind those that have rested longer, so that the oldest are forgotten first.
    this.setbacks.delete(id);
    this.setbacks.set(id, { tries, until: this.now() + backoffMs(tries) });
    if (this.setbacks.size > MOST_RESTING) this.setbacks.delete(this.setbacks.keys().next().value!);
  }
}
