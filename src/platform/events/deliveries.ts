import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Config } from '../config';
import { Database, NOT_FLUSHED, statement, type Tx } from '../database';
import { Shutdown } from '../http/shutdown';
import { Intake, Jobs, LEASE_SECONDS, backoffMs, reasonOf, type Taken } from '../jobs';
import { inSpan } from '../tracing';
import { reached } from './delivery-steps';
import { DELIVERIES_TOPIC, Events, type DomainEvent, type Subscriber } from './events';
import { Streams } from './streams';

const MAX_ATTEMPTS = 12;
/** So many are claimed at once, and so many delivered in one transaction. */
const AT_ONCE = 64;
const IN_A_GROUP = 16;
/** So many events at a time are many: what comes close behind them is delivered together. */
const MANY = 3;
/** So long a group waits for another of its subscriber, and then for each lock: after that each is delivered by itself. */
const GROUP_WAITS_MS = 1_000;
const TOGETHER_WAITS_MS = 300;

const LEASED = `UPDATE event_deliveries d
        SET lease_token = $1, lease_until = now() + interval '${LEASE_SECONDS} seconds', attempts = attempts + 1`;
const UNHELD = `status = 'pending' AND (lease_until IS NULL OR lease_until < now())`;
// A claim that a crash of Postgres loses is claimed again: nothing has happened under it yet.
const CLAIMED = `RETURNING d.id, event_id, consumer, attempts, traceparent
   )
   SELECT c.id AS "deliveryId", c.consumer, c.attempts, c.traceparent, e.*, ${NOT_FLUSHED} AS commit
     FROM claimed c, LATERAL (
       -- One look for each, whatever the planner believes of their number.
       SELECT id, type, aggregate_id AS "aggregateId", payload, occurred_at AS "occurredAt" FROM events WHERE id = c.event_id OFFSET 0
     ) e`;
const CLAIM_DUE = statement(
  'events.claim_due',
  `WITH due AS (
     SELECT id FROM event_deliveries WHERE delivered_at IS NULL AND next_attempt_at <= now() AND ${UNHELD}
      ORDER BY next_attempt_at LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED
   ), claimed AS (
     ${LEASED} FROM due WHERE d.id = due.id ${CLAIMED}`,
);
const CLAIM = statement('events.claim_delivery', `WITH claimed AS (${LEASED} WHERE d.id = $2 AND ${UNHELD} ${CLAIMED}`);
const DONE = statement(
  'events.deliveries_done',
  `UPDATE event_deliveries SET status = 'done', delivered_at = now(), lease_token = NULL, lease_until = NULL, last_error = NULL
    WHERE id = ANY ($1::uuid[]) AND lease_token = $2 RETURNING id`,
);
// Two groups of one subscriber would take the same locks in different orders, and wait for each other.
const ALONE = statement(
  'events.deliver_together',
  `SELECT set_config('lock_timeout', '${GROUP_WAITS_MS}', true), pg_advisory_xact_lock(hashtextextended('deliver ' || $1, 0)),
          set_config('lock_timeout', '${TOGETHER_WAITS_MS}', true)`,
);
const FAILED = statement(
  'events.delivery_failed',
  `UPDATE event_deliveries
      SET status = CASE WHEN attempts >= ${MAX_ATTEMPTS} THEN 'dead' ELSE 'pending' END, lease_token = NULL, lease_until = NULL,
          next_attempt_at = now() + make_interval(secs => $3), last_error = $4
    WHERE id = $1 AND lease_token = $2 RETURNING id`,
);

/** One that this process has claimed, under `lease`. */
interface Delivery {
  id: string;
  lease: string;
  consumer: string;
  attempts: number;
  traceparent?: string;
  event: DomainEvent;
}

type Claimed = DomainEvent & { deliveryId: string; consumer: string; attempts: number; traceparent: string | null };

/**
 * A worker's side of the outbox. Guarantee: each subscriber's effect happens exactly once, because it commits together with
 * its delivery row, if that is still this worker's. A subscriber that fails takes no other's effect with it.
 */
@Injectable()
export class Deliveries implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('Deliveries');
  private readonly intake: Intake;

  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly events: Events,
    private readonly streams: Streams,
    private readonly config: Config,
    shutdown: Shutdown,
  ) {
    // Jobs take connections beside them.
    const places = Math.ceil(config.WORKER_CONCURRENCY / 2);
    this.intake = new Intake('event deliveries', places, jobs, shutdown, () => this.takeDue());
  }

  onModuleInit(): void {
    if (this.config.runsWorker) this.streams.heard(DELIVERIES_TOPIC, this.intake.ring);
    // Processes of the version before, while it is replaced, ask the queue to deliver.
    this.jobs.handle('deliver_event', () => Promise.resolve(this.intake.ring()));
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.intake.stop();
  }

  /** Makes one delivery, unless somebody holds it or it is done; for tests, which cannot wait until it is due. */
  async deliver(deliveryId: string): Promise<void> {
    for (const delivery of await this.claim(CLAIM, [deliveryId])) await this.deliverOne(delivery);
  }

  private async takeDue(): Promise<Taken> {
    const claimed = await this.claim(CLAIM_DUE, []);
    return {
      isMuch: new Set(claimed.map(({ event }) => event.id)).size >= MANY,
      isFull: claimed.length === AT_ONCE,
      work: this.grouped(claimed).map((group) => () => this.deliverSurely(group)),
    };
  }

  private async deliverSurely(group: Delivery[]): Promise<void> {
    try {
      await this.deliverGroup(group);
    } catch (error) {
      // Not even its failure could be written: its lease runs out.
      this.logger.warn({ message: 'deliveries left', reason: reasonOf(error) });
    } finally {
      reached('ended', eventsOf(group));
    }
  }

  private async claim(how: typeof CLAIM, values: unknown[]): Promise<Delivery[]> {
    const lease = randomUUID();
    const claimed = await this.database.rows<Claimed>(how, [lease, ...values]);
    reached('claimed', claimed);
    return claimed.map(({ deliveryId, consumer, attempts, traceparent, ...event }) => ({
      ...{ id: deliveryId, lease, consumer, attempts, event },
      traceparent: traceparent ?? undefined,
    }));
  }

  /** Those of a subscriber who hears of several at once go together, but of one thing only one: it sees what the other did. */
  private grouped(claimed: Delivery[]): Delivery[][] {
    const groups: { consumer?: string; about: Set<string>; deliveries: Delivery[] }[] = [];
    for (const delivery of claimed) {
      const { consumer, event } = delivery;
      // What else the same subscriber hears is delivered by itself.
      const together = this.subscriber(delivery)?.together === true;
      const open =
        together &&
        groups.find(
          (group) =>
            group.consumer === consumer && !group.about.has(event.aggregateId) && group.deliveries.length < IN_A_GROUP,
        );
      if (open) {
        open.deliveries.push(delivery);
        open.about.add(event.aggregateId);
      } else {
        groups.push({
          ...(together && { consumer }),
          about: new Set([event.aggregateId]),
          deliveries: [delivery],
        });
      }
    }
    return groups.map(({ deliveries }) => deliveries);
  }

  private async deliverGroup(group: Delivery[]): Promise<void> {
    if (group.length > 1) {
      try {
        return await this.deliverTogether(group);
      } catch (error) {
        // Which of them it was is found out one by one.
        this.logger.warn({ message: 'not delivered together', consumer: group[0]!.consumer, reason: reasonOf(error) });
      }
    }
    for (const delivery of group) await this.deliverOne(delivery);
  }

  /** All in one transaction, their statements in common exchanges. */
  private async deliverTogether(group: Delivery[]): Promise<void> {
    const { lease, consumer } = group[0]!;
    await this.database.transaction(async (tx) => {
      tx.write(ALONE, [consumer]);
      // Awaited by itself: what another has taken over costs no effect, and the rest goes on.
      const ids = new Set(
        (await tx.rows<{ id: string }>(DONE, [group.map(({ id }) => id), lease])).map(({ id }) => id),
      );
      const effects = await Promise.allSettled(
        group.filter(({ id }) => ids.has(id)).map((delivery) => this.haveEffect(tx, delivery)),
      );
      const failed = effects.find((effect) => effect.status === 'rejected');
      if (failed) throw failed.reason;
    });
    reached('delivered', eventsOf(group));
  }

  private async deliverOne(delivery: Delivery): Promise<void> {
    const { id, lease, consumer, attempts, event } = delivery;
    try {
      await this.database.transaction(async (tx) => {
        // The lease first, in one exchange with what the effect begins with: a late worker changes nothing.
        const [held] = await Promise.all([tx.run(DONE, [[id], lease]), this.haveEffect(tx, delivery)]);
        if (held === 0) throw new LeaseLost();
      });
      reached('delivered', [event]);
    } catch (error) {
      if (error instanceof LeaseLost) return;
      const reason = reasonOf(error);
      const ours = await this.database.maybeOne(FAILED, [id, lease, backoffMs(attempts) / 1000, reason]);
      // Of a late worker nothing failed: another has the delivery.
      if (!ours) return;
      const about = { deliveryId: id, consumer, type: event.type };
      this.logger.warn({ message: 'delivery failed', ...about, attempts, reason });
      if (attempts >= MAX_ATTEMPTS) this.logger.error({ message: 'delivery given up', ...about });
    }
  }

  private async haveEffect(tx: Tx, delivery: Delivery): Promise<void> {
    const { id, consumer, event, traceparent } = delivery;
    const subscriber = this.subscriber(delivery);
    if (!subscriber) throw new NoSuchConsumer();
    const attributes = { 'muse.event.type': event.type, 'muse.delivery.id': id };
    await inSpan(`deliver ${consumer}`, 'consumer', attributes, () => subscriber.handler(tx, event), traceparent);
  }

  private subscriber({ event, consumer }: Delivery): Subscriber | undefined {
    return this.events.subscriber(event.type, consumer);
  }
}

function eventsOf(group: Delivery[]): DomainEvent[] {
  return group.map(({ event }) => event);
}

class LeaseLost extends Error {
  override name = 'LeaseLost';
}
/** Nobody here is called as the delivery says: renamed, removed, or turned off in this process. */
class NoSuchConsumer extends Error {
  override name = 'NoSuchConsumer';
}
