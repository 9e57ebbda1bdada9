import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { statement, type Tx } from '../database';
import { traceparent } from '../tracing';
import { STREAM_CHANNEL } from './streams';

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

/**
 * What a subscriber does about an event, in the transaction that also marks its delivery done, and nowhere else: it may be
 * begun by a worker that is late, and rolled back.
 */
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

/** Rung when there is something to deliver; that is a hint, the rows are the truth. */
export const DELIVERIES_TOPIC = 'deliveries';

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
     INSERT INTO event_deliveries (event_id, consumer, traceparent) SELECT *, $7::text FROM unnest($5::uuid[], $6::text[])
   )
   SELECT pg_notify('${STREAM_CHANNEL}', '${DELIVERIES_TOPIC}')`,
);

/** Who hears events of a type. */
export interface Subscriber {
  handler: EventHandler;
  wants: Wants;
  together: boolean;
}

interface Hearing {
  /** Says, of an event that is published, whether it concerns the subscriber at all: what does not is not delivered. */
  wants?: Wants;
  /**
   * The handler can be at work on several events at once in one transaction, each about something else: it decides nothing
   * by the lock of a row that another of them may have too. Then what comes close together costs little more than one.
   */
  together?: boolean;
}

/**
 * The outbox. Guarantees: an event exists if and only if the transaction of its cause commits; each subscriber's effect
 * happens exactly once (Deliveries). In no promised order: a subscriber reads the present row.
 */
@Injectable()
export class Events {
  private readonly subscribers = new Map<string, Map<string, Subscriber>>();

  /** `consumer` names the subscriber for good: its delivery rows carry it. */
  subscribe(type: string, consumer: string, handler: EventHandler, hearing: Hearing = {}): void {
    if (keptOnly.has(type)) throw new Error(`${type} is kept only: nobody hears it`);
    const consumers = this.subscribers.get(type) ?? new Map<string, Subscriber>();
    if (consumers.has(consumer)) throw new Error(`${consumer} already hears ${type}`);
    const { wants = () => true, together = false } = hearing;
    this.subscribers.set(type, consumers.set(consumer, { handler, wants, together }));
  }

  subscriber(type: string, consumer: string): Subscriber | undefined {
    return this.subscribers.get(type)?.get(consumer);
  }

  /** Records events and their deliveries: one statement, however many. */
  async publish(tx: Tx, ...events: NewEvent[]): Promise<void> {
    if (events.length === 0) return;
    const ids = events.map(() => uuidv7());
    const values: unknown[][] = [
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
    if (deliveries.length === 0) tx.add(RECORD, values);
    else {
      const [ids, consumers] = [deliveries.map((d) => d.id), deliveries.map((d) => d.consumer)];
      tx.write(RECORD_AND_DELIVER, [...values, ids, consumers, traceparent()]);
    }
  }
}
