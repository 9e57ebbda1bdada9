import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Stores that have to be asked are quoted by a job; how each store is served in a session, and what of the shopper's own at the store is used. */
export class QuoteByJob1700000000432 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE store_checkouts ADD served_by text, ADD link jsonb, ADD store_address_id text, ADD store_instrument_id text;
      COMMENT ON COLUMN store_checkouts.served_by IS 'The tier that serves it in this session; null: the one of the store';
      COMMENT ON COLUMN store_checkouts.link IS 'Whether the store asks for a linked account, and where that stood when it was last quoted';
      COMMENT ON COLUMN store_checkouts.store_address_id IS 'An address that the store holds, by its id there; wins over ours';
      COMMENT ON COLUMN store_checkouts.store_instrument_id IS 'The means of payment at the store, by its id there; null: the default one';
      ALTER TABLE placements ADD waits_for text;
      ALTER TABLE placements ADD CONSTRAINT placements_waits_for CHECK (waits_for IN ('shopper', 'relink')) NOT VALID;
      COMMENT ON COLUMN placements.waits_for IS 'What has to happen before another try makes sense: then it is tried at once; until then only looked at now and again';

      CREATE TABLE store_quotes (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        store_checkout_id uuid NOT NULL CONSTRAINT store_quotes_one_per_store_checkout UNIQUE
          CONSTRAINT store_quotes_store_checkout REFERENCES store_checkouts (id) ON DELETE CASCADE,
        session_id uuid NOT NULL,
        store_id uuid NOT NULL,
        asked int NOT NULL DEFAULT 1,
        status text NOT NULL DEFAULT 'queued' CONSTRAINT store_quotes_status CHECK (status IN ('queued', 'running', 'done')),
        attempts int NOT NULL DEFAULT 0,
        lease_token uuid,
        lease_until timestamptz,
        next_attempt_at timestamptz NOT NULL DEFAULT now(),
        ask_until timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz
      ) WITH (fillfactor = 60);
      COMMENT ON TABLE store_quotes IS 'The act of asking a store what a store checkout comes to; a row with a lease. What is asked anew takes the lease away: an answer to an older question is dropped';
      COMMENT ON COLUMN store_quotes.asked IS 'Counts the questions';
      COMMENT ON COLUMN store_quotes.ask_until IS 'After that the next tier serves the store';
      CREATE INDEX store_quotes_due ON store_quotes (next_attempt_at) WHERE status IN ('queued', 'running');
      COMMENT ON INDEX store_quotes_due IS 'The sweeper asks for what is due';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE store_quotes;
      ALTER TABLE placements DROP CONSTRAINT placements_waits_for, DROP waits_for;
      ALTER TABLE store_checkouts DROP served_by, DROP link, DROP store_address_id, DROP store_instrument_id`);
  }
}
