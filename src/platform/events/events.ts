import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { Database, statement, type Tx } from '../database';
import { JOB_OF, Jobs, LEASE_SECONDS, SWEEP_EVERY_MS, backoffMs } from '../jobs';
import { traceparent } from '../tracing';

/** A fact: ids, codes and amounts only. */
export interface NewEvent {
  type: string;
  aggregateId: string;
  payload?: Record<string, unknown>;
}

export interface DomainEvent extends Required<NewEvent> {
  id: string;
  occurredAt: Date;
}

/** What a subscriber does about an event, in the transaction that also marks its delivery done. */
export type EventHandler = (tx: Tx, event: DomainEvent) => Promise<void>;

type Wants = (payload: Record<string, unknown>) => boolean;

const keptOnly = new Set<string>();

/**
 * For a statement that alone knows whether its event happened: a CTE's body that records the event, of each `aggregate` of
 * `from`. It is kept as every event is, but nobody can subscribe to it: deliveries are rows that publish() makes.
 */
export function recordingOnly(type: string, aggregate: string, from: string): string {
  keptOnly.add(type);
  return `INSERT INTO events (id, type, aggregate_id, payload) SELECT uuidv7(), '${type}', ${aggregate}, '{}' FROM ${from}`;
}

const TASK = 'deliver_event';
const MAX_ATTEMPTS = 12;
/** Deliveries of one cause that one job makes, one after the other: a job costs as much as two of its statements. */
const TOGETHER = 6;

const RECORD = statement(
  'events.record',
  `INSERT INTO events (id, type, aggregate_id, payload)
   SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::jsonb[])`,
);
const RECORD_AND_DELIVER = statement(
  'events.record_and_deliver',
  `WITH recorded AS (
     INSERT INTO events (id, type, aggregate_id, payload)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::jsonb[])
   ), delivery AS (
     INSERT INTO event_deliveries (event_id, consumer)
     SELECT * FROM unnest($5::uuid[], $6::text[]) RETURNING id
   ), job AS (
     SELECT string_agg(id::text, ',') AS id FROM (SELECT id, (row_number() OVER () - 1) / ${TOGETHER} AS job FROM delivery) d GROUP BY job
   )
   SELECT graphile_worker.add_job('${TASK}', ${JOB_OF('$7')}, job_key := left(id, 36), max_attempts := 3,
     job_key_mode := 'unsafe_dedupe') FROM job`,
);
// A claim that a crash of Postgres loses is claimed again: nothing has happened under it yet.
const CLAIM = statement(
  'events.claim_delivery',
  `WITH claimed AS (
     UPDATE event_deliveries
        SET lease_token = $2, lease_until = now() + interval '${LEASE_SECONDS} seconds', attempts = attempts + 1
      WHERE id = ANY (string_to_array($1, ',')::uuid[]) AND status = 'pending' AND (lease_until IS NULL OR lease_until < now())
     RETURNING id, event_id, consumer, attempts
   )
   SELECT c.id AS "deliveryId", c.consumer, c.attempts, e.*, set_config('synchronous_commit', 'off', true) AS commit
     FROM claimed c, LATERAL (
       -- One look for each, whatever the planner believes of their number.
       SELECT id, type, aggregate_id AS "aggregateId", payload, occurred_at AS "occurredAt" FROM events WHERE id = c.event_id OFFSET 0
     ) e`,
);
const DONE = statement(
  'events.delivery_done',
  `UPDATE event_deliveries SET status = 'done', delivered_at = now(), lease_token = NULL, lease_until = NULL, last_error = NULL
    WHERE id = $1 AND lease_token = $2`,
);
const FAILED = statement(
  'events.delivery_failed',
  `UPDATE event_deliveries
      SET status = CASE WHEN attempts >= ${MAX_ATTEMPTS} THEN 'dead' ELSE 'pending' END, lease_token = NULL, lease_until = NULL,
          next_attempt_at = now() + make_interval(secs => $3), last_error = $4
    WHERE id = $1 AND lease_token = $2`,
);
const DUE = statement(
  'events.due_deliveries',
  `SELECT id FROM event_deliveries
    WHERE delivered_at IS NULL AND status = 'pending' AND next_attempt_at < now() - interval '1 second' AND (lease_until IS NULL OR lease_until < now())
    ORDER BY next_attempt_at LIMIT 200`,
);

/**
 * The outbox. Guarantees: an event exists if and only if the transaction of its cause commits; each subscriber's effect
 * happens exactly once, because it commits together with its delivery row. In no promised order: a subscriber reads the
 * present row.
 */
@Injectable()
export class Events implements OnModuleInit {
  private readonly logger = new Logger('Events');
  private readonly subscribers = new Map<string, Map<string, { handler: EventHandler; wants: Wants }>>();

  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(TASK, ({ id }) => this.deliver(id));
    this.jobs.every(SWEEP_EVERY_MS, 'event deliveries', () => this.sweep());
  }

  /**
   * `consumer` names the subscriber for good: its delivery rows carry it. `wants` says, of an event that is published,
   * whether it concerns the subscriber at all: what does not is not delivered.
   */
  subscribe(type: string, consumer: string, handler: EventHandler, wants: Wants = () => true): void {
    if (keptOnly.has(type)) throw new Error(`${type} is kept only: nobody hears it`);
    const consumers = this.subscribers.get(type) ?? new Map<string, { handler: EventHandler; wants: Wants }>();
    if (consumers.has(consumer)) throw new Error(`${consumer} already hears ${type}`);
    this.subscribers.set(type, consumers.set(consumer, { handler, wants }));
  }

  /** Records events and their deliveries: one statement, however many. */
  async publish(tx: Tx, ...events: NewEvent[]): Promise<void> {
    if (events.length === 0) return;
    const ids = events.map(() => uuidv7());
    const values: unknown[] = [
      ids,
      events.map((event) => event.type),
      events.map((event) => event.aggregateId),
      events.map((event) => JSON.stringify(event.payload ?? {})),
    ];
    const deliveries = events.flatMap((event, index) =>
      [...(this.subscribers.get(event.type) ?? [])]
        .filter(([, { wants }]) => wants(event.payload ?? {}))
        .map(([consumer]) => ({ id: ids[index]!, consumer })),
    );
    if (deliveries.length === 0) tx.write(RECORD, values);
    else {
      const [ids, consumers] = [deliveries.map((d) => d.id), deliveries.map((d) => d.consumer)];
      tx.write(RECORD_AND_DELIVER, [...values, ids, consumers, traceparent()]);
    }
  }

  /** Makes the deliveries of these rows (ids with commas between) that nobody holds; used by the queue, and by tests directly. */
  async deliver(deliveryIds: string): Promise<void> {
    const lease = randomUUID();
    const claimed = await this.database.rows<Claimed>(CLAIM, [deliveryIds, lease]);
    for (const { deliveryId, consumer, attempts, ...event } of claimed)
      await this.deliverOne({ deliveryId, lease, consumer, attempts }, event);
  }

  /** Each in a transaction of its own: one that fails takes no other with it. */
  private async deliverOne({ deliveryId, lease, consumer, attempts }: Held, event: DomainEvent): Promise<void> {
    const handler = this.subscribers.get(event.type)?.get(consumer)?.handler;
    try {
      if (!handler) throw new NoSuchConsumer();
      await this.database.transaction(async (tx) => {
        // First the lease, then the effect: a late worker waits for no lock and changes nothing.
        if ((await tx.run(DONE, [deliveryId, lease])) === 0) throw new LeaseLost();
        await handler(tx, event);
      });
    } catch (error) {
      if (error instanceof LeaseLost) return;
      const reason = error instanceof Error ? error.name : 'failed';
      this.logger.warn({ message: 'delivery failed', deliveryId, consumer, type: event.type, attempts, reason });
      if (attempts >= MAX_ATTEMPTS)
        this.logger.error({ message: 'delivery given up', deliveryId, consumer, type: event.type });
      await this.database.rows(FAILED, [deliveryId, lease, backoffMs(attempts) / 1000, reason]);
    }
  }

  private async sweep(): Promise<void> {
    const due = await this.database.rows<{ id: string }>(DUE);
    await this.jobs.addAgain(
      TASK,
      due.map((row) => row.id),
    );
  }
}

type Held = { deliveryId: string; lease: string; consumer: string; attempts: number };
type Claimed = DomainEvent & Omit<Held, 'lease'>;

class LeaseLost extends Error {}
/** Nobody here is called as the delivery says: renamed, removed, or turned off in this process. */
class NoSuchConsumer extends Error {
  override name = 'NoSuchConsumer';
}
