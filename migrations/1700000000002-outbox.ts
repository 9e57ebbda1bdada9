import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Domain events, and one delivery row per subscriber: an event is neither lost nor invented. */
export class Outbox1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE events (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        type text NOT NULL,
        aggregate_id uuid NOT NULL,
        payload jsonb NOT NULL DEFAULT '{}',
        occurred_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON TABLE events IS 'Facts, kept for good: ids, codes and amounts only, never names, addresses or tokens';
      CREATE INDEX events_by_type ON events (type, occurred_at);
      COMMENT ON INDEX events_by_type IS 'Success metrics count facts of one type over time';
      CREATE INDEX events_by_aggregate ON events (aggregate_id);
      COMMENT ON INDEX events_by_aggregate IS 'What happened to one thing';

      CREATE TABLE event_deliveries (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        event_id uuid NOT NULL CONSTRAINT event_deliveries_event REFERENCES events (id),
        consumer text NOT NULL,
        status text NOT NULL DEFAULT 'pending' CONSTRAINT event_deliveries_status CHECK (status IN ('pending', 'done', 'dead')),
        attempts int NOT NULL DEFAULT 0,
        lease_token uuid,
        lease_until timestamptz,
        next_attempt_at timestamptz NOT NULL DEFAULT now(),
        delivered_at timestamptz,
        last_error text,
        CONSTRAINT event_deliveries_once UNIQUE (event_id, consumer)
      );
      COMMENT ON TABLE event_deliveries IS 'One row per event and subscriber, marked done in the transaction of the subscriber''s effect';
      CREATE INDEX event_deliveries_due ON event_deliveries (next_attempt_at) WHERE status = 'pending';
      COMMENT ON INDEX event_deliveries_due IS 'The sweeper asks for what is due';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE event_deliveries; DROP TABLE events`);
  }
}
