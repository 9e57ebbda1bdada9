import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Turns } from '../../platform/turns';
import type { MailContext, NothingBecause, ReadMail } from './finding';
import { ReadingThread } from './reading-thread';

/** A confirmation is some 50 to 200 kB; with an invoice attached it may be a few megabytes. */
export const MOST_BYTES = 6 * 1024 * 1024;
/** Most take some 30 ms; a machine that is busy may be slow. */
const READ_MS = 8_000;
const THREADS = 2;
/** A thread costs some 40 MB, and mails come in bursts. */
const IDLE_MS = 60_000;

/**
 * Reads mails that may tell of an order. Guarantees: never more than THREADS at once, a bounded time and memory for each,
 * and nothing of a mail outside the answer. The same mail and context give the same answer.
 */
@Injectable()
export class OrderMails implements OnModuleDestroy {
  private readonly idle: { thread: ReadingThread; timer: NodeJS.Timeout }[] = [];
  private readonly turns = new Turns(THREADS);

  /**
   * Of RFC 5322 source; `of`: whose it is, so that one who has thousands keeps nobody else waiting. Throws ReaderDidNotStart: to
   * be tried again later.
   */
  async read(source: Buffer, context: MailContext, of?: string): Promise<ReadMail> {
    if (source.length > MOST_BYTES) return nothing('too_large');
    return this.turns.take(async () => {
      const thread = this.takeThread();
      const read = await thread.read(source, context);
      this.giveBack(thread);
      return read ?? nothing('unreadable');
    }, of);
  }

  /** Mails are about to come: a thread takes a second or two to start, and the first of them should not wait for it. */
  expect(): void {
    if (!this.turns.isBusy && this.idle.length === 0) this.giveBack(new ReadingThread(READ_MS));
  }

  async onModuleDestroy(): Promise<void> {
    const threads = this.idle.splice(0);
    threads.forEach(({ timer }) => clearTimeout(timer));
    await Promise.all(threads.map(({ thread }) => thread.stop()));
  }

  private takeThread(): ReadingThread {
    for (let kept = this.idle.pop(); kept; kept = this.idle.pop()) {
      clearTimeout(kept.timer);
      if (!kept.thread.isGone) return kept.thread;
    }
    return new ReadingThread(READ_MS);
  }

  private giveBack(thread: ReadingThread): void {
    if (thread.isGone) return;
    const timer = setTimeout(() => void thread.stop(), IDLE_MS).unref();
    this.idle.push({ thread, timer });
  }
}

function nothing(because: NothingBecause): ReadMail {
  return { messageId: null, from: null, isForwarded: false, findings: [], nothingBecause: because };
}
