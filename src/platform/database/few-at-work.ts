/** So many have a connection at once before the next waits for one of theirs. */
const FEW = 4;
/** Longer than a transaction takes when nothing holds it up. */
const PATIENCE_MS = 50;

/**
 * Postgres does the same work for less while few are at it: its processes take the cores' caches from each other, and wait
 * for each other's rows (ADR 0091). So whoever wants a connection while some are at work waits for one of them, in turn; but not for
 * long, for they may wait themselves (for a lock, for a slow disk), and then there are more connections.
 */
export class FewAtWork {
  private atWork = 0;
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly few = FEW,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /** Resolves when the caller may begin; leave() ends its work. */
  enter(): Promise<void> | undefined {
    if (this.atWork < this.few) {
      this.atWork++;
      return undefined;
    }
    return new Promise((resolve) => {
      const begin = () => {
        clearTimeout(patience);
        this.waiting.delete(begin);
        this.atWork++;
        resolve();
      };
      const patience = setTimeout(begin, this.patienceMs);
      this.waiting.add(begin);
    });
  }

  leave(): void {
    this.atWork--;
    if (this.atWork >= this.few) return;
    const [next] = this.waiting;
    next?.();
  }
}
