import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { MailContext, ReadMail } from './finding';
import type { ReadingAnswer } from './reading-worker';

const LIMITS = { maxOldGenerationSizeMb: 160, maxYoungGenerationSizeMb: 24, stackSizeMb: 2 };
/** Loading the parser; on a busy machine, from sources, it takes seconds. */
const START_MS = 60_000;

/** The thread did not come up: a fault of ours, not of a mail. */
export class ReaderDidNotStart extends Error {}

interface Waiting {
  resolve(read: ReadMail | null): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

/**
 * One worker thread that reads one mail after another. Guarantees: a mail takes at most `limitMs`, and no more heap than
 * LIMITS; one that takes more ends the thread (`isGone`) and reads as null, nothing else.
 */
export class ReadingThread {
  isGone = false;
  private readonly worker = startWorker();
  private waiting?: Waiting;
  private isReady = false;
  private begin?: () => void;

  constructor(private readonly limitMs: number) {
    this.worker.on('message', (answer: ReadingAnswer) => this.heard(answer));
    // Out of memory, out of stack, process.exit: whatever ends it, the mail was not readable.
    this.worker.on('error', () => this.end());
    this.worker.on('exit', () => this.end());
    this.worker.unref();
  }

  /** Null: not readable within the limits. Throws ReaderDidNotStart. */
  read(source: Uint8Array, context: MailContext): Promise<ReadMail | null> {
    return new Promise((resolve, reject) => {
      if (this.isGone) return reject(new ReaderDidNotStart('The thread that reads mails has ended.'));
      this.worker.ref();
      this.begin = () => {
        clearTimeout(this.waiting?.timer);
        this.waiting = { resolve, reject, timer: setTimeout(() => this.end(), this.limitMs) };
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
        this.worker.postMessage({ source, context });
      };
      this.waiting = { resolve, reject, timer: setTimeout(() => this.end(), START_MS) };
      if (this.isReady) this.begin();
    });
  }

  async stop(): Promise<void> {
    this.end();
    await this.worker.terminate();
  }

  private heard(answer: ReadingAnswer): void {
    if (answer === 'ready') {
      this.isReady = true;
      this.begin?.();
    } else this.answer(({ resolve }) => resolve(answer.read));
  }

  private end(): void {
    if (this.isGone) return;
    this.isGone = true;
    void this.worker.terminate();
    this.answer(({ resolve, reject }) =>
      this.isReady ? resolve(null) : reject(new ReaderDidNotStart('The thread that reads mails did not start.')),
    );
  }

  private answer(give: (waiting: Waiting) => void): void {
    const waiting = this.waiting;
    this.waiting = this.begin = undefined;
    clearTimeout(waiting?.timer);
    this.worker.unref();
    if (waiting) give(waiting);
  }
}

/** The built program holds JavaScript; tests and benchmarks run the sources, and a thread has to learn TypeScript anew. */
function startWorker(): Worker {
  const extension = extname(__filename);
  const learn = ['-r', join(__dirname, '..', '..', '..', 'scripts', 'ts.cjs')];
  return new Worker(join(__dirname, `reading-worker${extension}`), {
    resourceLimits: LIMITS,
    execArgv: extension === '.ts' ? learn : [],
    // Nothing that a mail makes a library say reaches the log; no setting or secret reaches the thread.
    stdout: true,
    stderr: true,
    env: {},
  });
}
