/** The time of one run: what the shopper takes to answer does not count. */
export class RunClock {
  private paused = 0;
  private readonly began = performance.now();

  constructor(readonly limitMs: number) {}

  /** Milliseconds since the run began, without what the shopper took. */
  now(): number {
    return performance.now() - this.began - this.paused;
  }

  left(): number {
    return this.limitMs - this.now();
  }

  async without<T>(work: () => Promise<T>): Promise<T> {
    const from = performance.now();
    try {
      return await work();
    } finally {
      this.paused += performance.now() - from;
    }
  }
}
