/** So much work at once, and no more; what comes meanwhile waits its turn, first come, first served. */
export class Turns {
  private running = 0;
  private readonly queue: (() => void)[] = [];

  constructor(private readonly places: number) {}

  /** How many wait. */
  get waiting(): number {
    return this.queue.length;
  }

  /** Whether somebody has a place now. */
  get isBusy(): boolean {
    return this.running > 0;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < this.places) this.running++;
    else await new Promise<void>((go) => this.queue.push(go));
    try {
      return await work();
    } finally {
      // The place is handed on rather than freed, so that nobody slips in between.
      const next = this.queue.shift();
      if (next) next();
      else this.running--;
    }
  }
}
