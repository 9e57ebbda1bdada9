/** The store's own time, which a control can move on. */
export class Clock {
  private ahead = 0;

  now(): number {
    return Date.now() + this.ahead;
  }

  seconds(): number {
    return Math.floor(this.now() / 1000);
  }

  iso(at = this.now()): string {
    return new Date(at).toISOString();
  }

  advance(seconds: number): void {
    this.ahead += seconds * 1000;
  }

  reset(): void {
    this.ahead = 0;
  }
}
