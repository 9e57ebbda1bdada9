import { BrowserFailed } from './browser-failed';

export interface Place {
  /** While `wait` is under way the next in line has the place, unless too many are lent already. */
  lending<T>(wait: () => Promise<T>): Promise<T>;
  giveBack(): void;
}

interface Waiting {
  take: () => void;
  refuse: (error: BrowserFailed) => void;
}

/**
 * So many at once, the others in a line of bounded length, first come, first served. Whoever waits for somebody lends their
 * place meanwhile, and has it back at once; as many may be lent as there are, so that never more than twice as many run.
 */
export class Places {
  private taken = 0;
  private lent = 0;
  private readonly line: Waiting[] = [];

  constructor(
    private readonly count: number,
    private readonly lineMax: number,
  ) {}

  /** Those that run. */
  get inUse(): number {
    return this.taken;
  }

  /** Those that wait for somebody, their place lent. */
  get away(): number {
    return this.lent;
  }

  get waiting(): number {
    return this.line.length;
  }

  /** Throws BrowserFailed (`busy`, or as `refuseAll` says). Who got a place gives it back. */
  async take(waitMs: number): Promise<Place> {
    if (this.taken < this.count) {
      this.taken += 1;
      return this.place();
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
    return this.place();
  }

  refuseAll(error: BrowserFailed): void {
    for (const one of this.line.splice(0)) one.refuse(error);
  }

  private place(): Place {
    let state: 'held' | 'lent' | 'given back' = 'held';
    return {
      lending: async (wait) => {
        if (state !== 'held' || this.lent >= this.count) return wait();
        state = 'lent';
        this.lent += 1;
        this.pass();
        try {
          return await wait();
        } finally {
          // Whose page is gone has given it back by now.
          if (state === 'lent') {
            state = 'held';
            this.lent -= 1;
            this.taken += 1;
          }
        }
      },
      giveBack: () => {
        if (state === 'lent') this.lent -= 1;
        else if (state === 'held') this.pass();
        state = 'given back';
      },
    };
  }

  /** The next in line has it, unless those who lent theirs are back. */
  private pass(): void {
    const next = this.taken > this.count ? undefined : this.line.shift();
    if (next) next.take();
    else this.taken -= 1;
  }
}
