import { BrowserFailed } from './browser-failed';

interface Waiting {
  take: () => void;
  refuse: (error: BrowserFailed) => void;
}

/** So many at once, the others in a line of bounded length, first come, first served. */
export class Places {
  private taken = 0;
  private readonly line: Waiting[] = [];

  constructor(
    private readonly count: number,
    private readonly lineMax: number,
  ) {}

  get inUse(): number {
    return this.taken;
  }

  get waiting(): number {
    return this.line.length;
  }

  /** Throws BrowserFailed (`busy`, or as `refuseAll` says). Who got a place gives it back. */
  async take(waitMs: number): Promise<void> {
    if (this.taken < this.count) {
      this.taken += 1;
      return;
    }
    if (this.line.length >= this.lineMax) {
      throw new BrowserFailed('busy', `${this.line.length} runs wait for the browser already`);
    }
    await new Promise<void>((resolve, reject) => {
      const leave = (error: BrowserFailed) => {
        this.line.splice(this.line.indexOf(one), 1);
        one.refuse(error);
      };
      const late = () => leave(new BrowserFailed('busy', `No run gave up its place within ${waitMs} ms`));
      const timer = setTimeout(late, waitMs);
      const one: Waiting = {
        take: () => (clearTimeout(timer), resolve()),
        refuse: (error) => (clearTimeout(timer), reject(error)),
      };
      this.line.push(one);
    });
  }

  /** The next in line has it. */
  giveBack(): void {
    const next = this.line.shift();
    if (next) next.take();
    else this.taken -= 1;
  }

  refuseAll(error: BrowserFailed): void {
    for (const one of this.line.splice(0)) one.refuse(error);
  }
}
