import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Holds } from '../inventory';
import { Database } from '../platform/database';
import { Events } from '../platform/events';
import { InTurn, Jobs } from '../platform/jobs';
import { SESSION_EXPIRED, sessionEvent } from './checkout.events';
import { CheckoutRepository, SESSIONS_OVER } from './checkout.repository';
import { HANDOFFS_OVER } from './handoffs/handoffs.repository';
import { HandoffsService } from './handoffs/handoffs.service';
import { SessionPayments } from './session-payments';
import { SESSIONS_TO_GIVE_UP } from './session-payments.repository';

/** No more than so many in one run, so that a run ends. */
const BATCH = 200;
/** A reminder some seconds later reminds as well. */
const REMIND_EVERY_MS = 30_000;

/** Ends what has run out, by the database's clock: sessions release their holds, hand-offs give their lines back, and what is not paid in time its stock. */
@Injectable()
export class SessionExpiry implements OnModuleInit {
  private readonly sessions = new InTurn(new Logger('Expiry'), 'ended');
  private readonly waiting = new InTurn(new Logger('Expiry'), 'ended');
  private readonly unpaid = new InTurn(new Logger('Expiry'), 'given up');

  constructor(
    private readonly checkouts: CheckoutRepository,
    private readonly handoffs: HandoffsService,
    private readonly payments: SessionPayments,
    private readonly holds: Holds,
    private readonly database: Database,
    private readonly events: Events,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.whenDue('expired sessions', SESSIONS_OVER, async () => void (await this.expireSessions()));
    this.jobs.whenDue('expired hand-offs', HANDOFFS_OVER, async () => void (await this.expireHandoffs()));
    this.jobs.whenDue('payments to give up', SESSIONS_TO_GIVE_UP, async () => void (await this.giveUpPayments()));
    this.jobs.every(
      REMIND_EVERY_MS,
      'hand-offs to remind of',
      async () => void (await this.handoffs.tellExpiring(BATCH)),
    );
  }

  /** Gives how many sessions it ended. */
  async expireSessions(): Promise<number> {
    const over = await this.checkouts.over(BATCH, this.sessions.resting);
    return this.sessions.each(over, (sessionId) => this.expireSession(sessionId));
  }

  /** Gives how many hand-offs it ended. */
  async expireHandoffs(): Promise<number> {
    const over = await this.handoffs.over(BATCH, this.waiting.resting);
    return this.waiting.each(over, (handoffId) => this.handoffs.expire(handoffId));
  }

  /** Gives how many sessions had a payment, or placements after it, to give up. */
  async giveUpPayments(): Promise<number> {
    const due = await this.payments.due(BATCH, this.unpaid.resting);
    return this.unpaid.each(due, (sessionId) => this.payments.giveUp(sessionId));
  }

  private expireSession(sessionId: string): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      if (!(await this.checkouts.expire(tx, sessionId))) return false;
      await this.holds.release(tx, sessionId);
      await this.events.publish(tx, sessionEvent(SESSION_EXPIRED, sessionId));
      return true;
    });
  }
}
