/** The time of one run: what the shopper takes to answer does not count. */
export class RunClock {
  private paused = 0;
  private pausedSince: number | null = null;
  private readonly began = performance.now();

  constructor(readonly limitMs: number) {}

  /** Milliseconds since the run began, without what the shopper took. */
  now(): number {
    return (this.pausedSince ?? performance.now()) - this.began - this.paused;
  }

  left(): number {
    return this.limitMs - this.now();
  }

  async without<T>(work: () => Promise<T>): Promise<T> {
    const from = performance.now();
    this.pausedSince = from;
    try {
      return await work();
    } finally {
      this.pausedSince = null;
      this.paused += performance.now() - from;
    }
  }

  /** Once the time is over, and some more for what is at its end; `stop` when nobody waits for it any more. */
  async over(graceMs: number, stop: AbortSignal): Promise<void> {
    while (this.left() > -graceMs && !stop.aborted) await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
