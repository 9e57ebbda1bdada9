import { eachSeconds, type DrainsIn, type Limit } from './limit';

/**
 * Leaky buckets of this process, by key. One call costs a look-up in a map and nothing else.
 * Limit: holds `atMost` keys; beyond that the oldest are forgotten, which sets somebody free rather than filling memory.
 */
export class Buckets {
  private readonly drainedAt = new Map<string, number>();
  private readonly each: number;

  constructor(
    readonly limit: Limit,
    private readonly atMost = 100_000,
    private readonly nowSeconds: () => number = () => performance.now() / 1000,
  ) {
    this.each = eachSeconds(limit);
  }

  /** Takes one call where it has room. */
  take(key: string): boolean {
    const now = this.nowSeconds();
    const drained = Math.max(this.drainedAt.get(key) ?? 0, now) + this.each;
    if (drained - now > this.limit.perSeconds + 1e-9) return false;
    this.drainedAt.set(key, drained);
    if (this.drainedAt.size > this.atMost) this.makeRoom(now);
    return true;
  }

  /** Whether one more call has room; takes nothing. */
  hasRoom(key: string): boolean {
    return this.drainsIn(key) + this.each <= this.limit.perSeconds + 1e-9;
  }

  drainsIn(key: string): DrainsIn {
    return Math.max(0, (this.drainedAt.get(key) ?? 0) - this.nowSeconds());
  }

  get size(): number {
    return this.drainedAt.size;
  }

  private makeRoom(now: number): void {
    for (const [key, drained] of this.drainedAt) if (drained <= now) this.drainedAt.delete(key);
    for (const key of this.drainedAt.keys()) {
      if (this.drainedAt.size <= this.atMost * 0.9) return;
      this.drainedAt.delete(key);
    }
  }
}
