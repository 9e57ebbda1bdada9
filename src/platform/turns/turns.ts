/**
 * So much work at once, and no more; what comes meanwhile waits its turn. Whoever has much to do keeps nobody waiting who has
 * little: of those who wait each gets one turn after the other, and of one's own work the first is done first.
 */
export class Turns {
  private running = 0;
  /** By who waits, in the order of their next turns. */
  private readonly queues = new Map<string, (() => void)[]>();

  constructor(private readonly places: number) {}

  /** How many wait. */
  get waiting(): number {
    return [...this.queues.values()].reduce((sum, queue) => sum + queue.length, 0);
  }

  /** How many places nobody has. */
  get free(): number {
    return this.places - this.running;
  }

  /** Whether somebody has a place now. */
  get isBusy(): boolean {
    return this.running > 0;
  }

  /** `of`: whose work it is; without it, all are one. */
  async take<T>(work: () => Promise<T>, of = ''): Promise<T> {
    if (this.running < this.places) this.running++;
    else await new Promise<void>((go) => this.wait(of, go));
    try {
      return await work();
    } finally {
      // The place is handed on rather than freed, so that nobody slips in between.
      const next = this.next();
      if (next) next();
      else this.running--;
    }
  }

  private wait(of: string, go: () => void): void {
    const queue = this.queues.get(of);
    if (queue) queue.push(go);
    else this.queues.set(of, [go]);
  }

  private next(): (() => void) | undefined {
    const [first] = this.queues;
    if (!first) return undefined;
    const [of, queue] = first;
    const go = queue.shift();
    this.queues.delete(of);
    // Behind the others.
    if (queue.length > 0) this.queues.set(of, queue);
    return go;
  }
}
