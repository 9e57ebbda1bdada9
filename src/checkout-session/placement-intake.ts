import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Config } from '../platform/config';
import { Streams } from '../platform/events';
import { Shutdown } from '../platform/http';
import { Intake, Jobs, reasonOf, type Taken } from '../platform/jobs';
import { CheckoutStrategyRegistry } from '../store-integrations';
import { PLACEMENTS_TOPIC } from './checkout.hints';
import { PlacementRunner } from './placement-runner';
import { CLAIMED_AT_ONCE, PlacementsRepository, type ClaimedPlacement } from './placements.repository';

/** What processes of the version before, while it is replaced, ask the queue to do. */
const LEFTOVER_TASK = 'place_store';
/** So many placements at a time are many: those that come close behind them are claimed together. */
const MANY = 3;

/** A worker's placements: claims what is due when it is rung for, at the latest two seconds later, and has it placed. */
@Injectable()
export class PlacementIntake implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('Placements');
  private readonly intake: Intake;

  constructor(
    private readonly placements: PlacementsRepository,
    private readonly runner: PlacementRunner,
    private readonly strategies: CheckoutStrategyRegistry,
    private readonly jobs: Jobs,
    private readonly streams: Streams,
    private readonly config: Config,
    shutdown: Shutdown,
  ) {
    // Jobs take connections beside them.
    const places = Math.ceil(config.WORKER_CONCURRENCY / 2);
    this.intake = new Intake('placements', places, jobs, shutdown, (free) => this.takeDue(free));
  }

  onModuleInit(): void {
    if (this.config.runsWorker) this.streams.heard(PLACEMENTS_TOPIC, this.intake.ring);
    this.jobs.handle(LEFTOVER_TASK, () => Promise.resolve(this.intake.ring()));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.intake.stop();
    // What it has begun since at outside stores.
    await this.jobs.settled();
  }

  private async takeDue(free: number): Promise<Taken> {
    const lease = randomUUID();
    const atMost = Math.min(free, CLAIMED_AT_ONCE);
    const due = await this.placements.claimDue(lease, this.strategies.repeatableTiers, atMost);
    const isFull = due.length === atMost;
    return { isMuch: due.length >= MANY, isFull, work: due.map((one) => () => this.begin(one, lease)) };
  }

  private async begin(claimed: ClaimedPlacement, lease: string): Promise<void> {
    try {
      await this.runner.begin(claimed, lease);
    } catch (error) {
      // Nothing could be written about it: its lease runs out, and it is due again.
      this.logger.warn({ message: 'placement left', reason: reasonOf(error) });
    }
  }
}
