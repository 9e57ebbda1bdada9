/**
 * A value that a process reads now and then, and keeps for some time. Guarantees: once forget() was called, nothing that
 * was asked for before is kept; who asks after it reads anew.
 */
export class Kept<T> {
  private kept?: { value: T; until: number };
  private reading?: Promise<T>;
  private forgotten = 0;

  constructor(
    private readonly forMs: number,
    private readonly nowMs: () => number = () => Date.now(),
  ) {}

  /** The value; of those who ask at once, one reads for all. */
  async get(read: () => Promise<T>): Promise<T> {
    const fresh = this.fresh();
    if (fresh) return fresh.value;
    if (this.reading !== undefined) return this.reading;
    const reading = this.readAndKeep(read);
    this.reading = reading;
    try {
      return await reading;
    } finally {
      if (this.reading === reading) this.reading = undefined;
    }
  }

  /**
   * The value, for whoever is in a transaction: read by their own connection, and never by way of somebody else's reading.
   * To wait for a second connection while holding one is how a busy pool locks itself up.
   */
  async getWithin(read: () => Promise<T>): Promise<T> {
    const fresh = this.fresh();
    return fresh ? fresh.value : this.readAndKeep(read);
  }

  /** What was read is not true any more: the next one reads again. */
  forget(): void {
    this.kept = undefined;
    this.reading = undefined;
    this.forgotten++;
  }

  private fresh(): { value: T } | undefined {
    return this.kept !== undefined && this.kept.until > this.nowMs() ? this.kept : undefined;
  }

  private async readAndKeep(read: () => Promise<T>): Promise<T> {
    const { forgotten } = this;
    const value = await read();
    // Forgotten meanwhile: this may have been read before what made it untrue.
    if (this.forgotten === forgotten) this.kept = { value, until: this.nowMs() + this.forMs };
    return value;
  }
}
