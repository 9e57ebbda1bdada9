import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Holds } from '../inventory';
import { Database } from '../platform/database';
import { Events } from '../platform/events';
import { Jobs, SWEEP_EVERY_MS } from '../platform/jobs';
import { SESSION_EXPIRED, sessionEvent } from './checkout.events';
import { CheckoutRepository } from './checkout.repository';
import { HandoffsService } from './handoffs.service';

/** No more than so many in one run, so that a run ends. */
const BATCH = 200;

/** Ends what has run out, by the database's clock: sessions release their holds, hand-offs give their lines back. */
@Injectable()
export class SessionExpiry implements OnModuleInit {
  constructor(
    private readonly checkouts: CheckoutRepository,
    private readonly handoffs: HandoffsService,
    private readonly holds: Holds,
    private readonly database: Database,
    private readonly events: Events,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.every(SWEEP_EVERY_MS, 'expired sessions', async () => void (await this.expireSessions()));
    this.jobs.every(SWEEP_EVERY_MS, 'expired hand-offs', async () => void (await this.expireHandoffs()));
    this.jobs.every(60_000, 'forgotten holds', async () => {
      await this.database.transaction((tx) => this.holds.releaseExpired(tx, BATCH));
    });
  }

  async expireSessions(): Promise<number> {
    for (let count = 0; count < BATCH; count++) {
      const expired = await this.database.transaction(async (tx) => {
        const sessionId = await this.checkouts.expireOne(tx);
        if (!sessionId) return false;
        await this.holds.release(tx, sessionId);
        await this.events.publish(tx, sessionEvent(SESSION_EXPIRED, sessionId));
        return true;
      });
      if (!expired) return count;
    }
    return BATCH;
  }

  async expireHandoffs(): Promise<number> {
    for (let count = 0; count < BATCH; count++) if (!(await this.handoffs.expireOne())) return count;
    return BATCH;
  }
}
