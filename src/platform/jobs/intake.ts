import { setTimeout as sleep } from 'node:timers/promises';
import type { Shutdown } from '../http/shutdown';
import { Turns } from '../turns';
import type { Jobs } from './jobs';
import { SWEEP_EVERY_MS } from './lease';

/**
 * What comes within so long of when it was last looked at is claimed together, longer while much comes; what comes after a
 * pause waits for nothing.
 */
const SOONEST_MS = 100;
const SOON_MS = 50;
/** Between two claims where one was not enough. */
const BREATH_MS = 10;

/** What a claim has come to. */
export interface Taken {
  /** So much at a time that more is worth waiting for a moment. */
  isMuch: boolean;
  /** As much as one claim takes: there may be more. */
  isFull: boolean;
  /** What is claimed is done side by side; each piece deals with its own failures. */
  work: (() => Promise<void>)[];
}

/**
 * Rows that are due and need no job of the queue: claimed some at a time when it is rung for them, or by a sweep. What is claimed
 * has to be begun within its lease, so nothing is claimed while there is no place to begin it.
 */
export class Intake {
  /** Looks for what is due, soon. */
  readonly ring: () => void;
  private readonly turns: Turns;
  private readonly underWay = new Set<Promise<void>>();
  private isBusy = false;

  constructor(
    name: string,
    places: number,
    private readonly jobs: Jobs,
    private readonly shutdown: Shutdown,
    /** Told how many pieces could begin at once. */
    private readonly claim: (free: number) => Promise<Taken>,
  ) {
    this.turns = new Turns(places);
    const soonest = () => (this.isBusy ? SOONEST_MS : SOON_MS);
    this.ring = jobs.every(SWEEP_EVERY_MS, name, () => this.takeDue(), soonest);
  }

  /** No more is claimed, and what is under way is finished rather than left to a lease that runs out. */
  async stop(): Promise<void> {
    // A claim may be under way still.
    await this.jobs.stop();
    await Promise.all(this.underWay);
  }

  private async takeDue(): Promise<void> {
    for (;;) {
      while (this.turns.free === 0) await Promise.race(this.underWay);
      if (this.shutdown.hasBegun) return;
      const { isMuch, isFull, work } = await this.claim(this.turns.free);
      this.isBusy = isMuch;
      for (const piece of work) this.begin(piece);
      if (!isFull) return;
      // Else each place that comes free would claim one.
      await sleep(BREATH_MS);
    }
  }

  /** One that waits for a lock keeps nobody else waiting. */
  private begin(piece: () => Promise<void>): void {
    const done = this.turns.take(piece).finally(() => this.underWay.delete(done));
    this.underWay.add(done);
  }
}
