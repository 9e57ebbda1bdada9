import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Config } from '../../platform/config';
import { Shutdown } from '../../platform/http';
import { Jobs, RENEW_EVERY_MS, reasonOf } from '../../platform/jobs';
import { Metrics } from '../../platform/metrics';
import { MailboxWatch } from './mailbox-watch';
import { MailboxesRepository, type ClaimedMailbox } from './mailboxes.repository';

const LOOK_EVERY_MS = 1_000;
const FORGET_EVERY_MS = 3_600_000;
/** Whoever has listened so long makes room where others wait. */
const TURN_MS = 30_000;
/** More are taken up by and by. */
const AT_ONCE = 20;

interface Watched {
  version: number;
  since: number;
  over: AbortController;
  done: Promise<void>;
}

/**
 * Which mailboxes this process watches. Guarantees: a mailbox is watched by one process of all workers at a time, known by a
 * lease; no more than MAILBOX_CONNECTIONS by one; where more wait, those that have listened longest make room. A mailbox that is
 * changed, paused or taken back is let go within seconds, and nothing is written of it from then on.
 */
@Injectable()
export class MailboxWatcher implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('Mailboxes');
  private readonly lease = randomUUID();
  private readonly watched = new Map<string, Watched>();
  private renewing: NodeJS.Timeout | undefined;
  private isOver = false;

  constructor(
    private readonly config: Config,
    private readonly jobs: Jobs,
    private readonly mailboxes: MailboxesRepository,
    private readonly watch: MailboxWatch,
    shutdown: Shutdown,
    metrics: Metrics,
  ) {
    shutdown.signal.addEventListener('abort', () => void this.stop(), { once: true });
    const gauges = {
      muse_mailboxes_watched: { help: 'Mailboxes that this process is connected to' },
      muse_mailboxes: { help: 'Linked mailboxes', labels: ['status'] },
    };
    metrics.atScrape('mailboxes', gauges, async () => ({
      muse_mailboxes_watched: [{ value: this.watched.size }],
      muse_mailboxes: (await mailboxes.byStatus()).map(({ status, count }) => ({ value: count, labels: { status } })),
    }));
  }

  onModuleInit(): void {
    this.jobs.every(LOOK_EVERY_MS, 'mailboxes', () => this.look());
    this.jobs.every(FORGET_EVERY_MS, 'old mails of mailboxes', () => this.mailboxes.forgetOld());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.stop();
  }

  /** Takes up what nobody watches. */
  async look(): Promise<void> {
    if (this.isOver) return;
    const room = this.config.MAILBOX_CONNECTIONS - this.watched.size;
    if (room <= 0) return this.makeRoom();
    for (const mailbox of await this.mailboxes.claim(this.lease, Math.min(room, AT_ONCE), [...this.watched.keys()]))
      this.begin(mailbox);
  }

  private begin(mailbox: ClaimedMailbox): void {
    const over = new AbortController();
    // Asked to stop while it was claimed: it is given back at once.
    if (this.isOver) over.abort();
    const done = this.watch
      .run(mailbox, this.lease, over.signal)
      .catch((error: unknown) => this.logger.error({ message: 'watch failed', reason: reasonOf(error) }))
      .finally(() => this.watched.delete(mailbox.id));
    this.watched.set(mailbox.id, { version: mailbox.version, since: Date.now(), over, done });
    this.renewing ??= setInterval(() => void this.renew(), RENEW_EVERY_MS).unref();
  }

  private async renew(): Promise<void> {
    if (this.watched.size === 0) return;
    const ids = [...this.watched.keys()];
    try {
      const mine = await this.mailboxes.renew(this.lease, ids);
      for (const id of ids) {
        const one = this.watched.get(id);
        if (one && mine.get(id) !== one.version) one.over.abort();
      }
    } catch (error) {
      // The next time, or the lease runs out and somebody else takes over.
      this.logger.warn({ message: 'mailboxes not renewed', reason: reasonOf(error) });
    }
  }

  private async makeRoom(): Promise<void> {
    const wanted = await this.mailboxes.waiting(AT_ONCE);
    const longest = [...this.watched.values()]
      .filter(({ since }) => Date.now() - since > TURN_MS)
      .sort((a, b) => a.since - b.since);
    for (const { over } of longest.slice(0, wanted)) over.abort();
  }

  private async stop(): Promise<void> {
    this.isOver = true;
    clearInterval(this.renewing);
    const all = [...this.watched.values()];
    for (const { over } of all) over.abort();
    await Promise.all(all.map(({ done }) => done));
  }
}
