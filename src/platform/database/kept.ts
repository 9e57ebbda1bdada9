const KEPT_MS = 30_000;

/**
 * What a process has read of the database, kept for 30 s for whoever asks again (docs/adr/0075).
 * Guarantee: none as to whether it is still so. Whoever takes it compares `seen`, the versions of the rows that it is made of
 * (their `xmin`: every change of a row, whoever makes it, gives it another), with what a statement sees now. Values are
 * shared: nobody may change them.
 */
export class Kept<T> {
  // Insertion order is the order in which they run out.
  private readonly kept = new Map<string, { seen: string; value: T; size: number; until: number }>();
  private size = 0;
  private sweeping: NodeJS.Timeout | undefined;

  /** `most`: how much is kept at once, in the unit of `size`. */
  constructor(private readonly most: number) {}

  get(key: string): { seen: string; value: T } | undefined {
    const kept = this.kept.get(key);
    return kept !== undefined && kept.until > performance.now() ? kept : undefined;
  }

  keep(key: string, seen: string, value: T, size = 1): void {
    this.forget(key);
    this.kept.set(key, { seen, value, size, until: performance.now() + KEPT_MS });
    this.size += size;
    while (this.size > this.most) this.forget(this.kept.keys().next().value!);
    this.sweeping ??= setTimeout(() => this.sweep(), KEPT_MS).unref();
  }

  forget(key: string): void {
    const kept = this.kept.get(key);
    if (kept === undefined) return;
    this.kept.delete(key);
    this.size -= kept.size;
  }

  /** It may be somebody's: it does not lie about for longer than it is of use. */
  private sweep(): void {
    const now = performance.now();
    for (const [key, { until }] of this.kept) {
      if (until > now) break;
      this.forget(key);
    }
    this.sweeping = this.kept.size === 0 ? undefined : setTimeout(() => this.sweep(), KEPT_MS).unref();
  }
}
