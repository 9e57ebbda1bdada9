import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Checkouts that Muse holds at stores by their API. */
export class MakeStoreApiCheckouts1700000000434 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE store_api_checkouts (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        store_checkout_id uuid NOT NULL CONSTRAINT store_api_checkouts_one_per_store_checkout UNIQUE,
        store_id uuid NOT NULL CONSTRAINT store_api_checkouts_store REFERENCES stores (id),
        protocol text CONSTRAINT store_api_checkouts_protocol CHECK (protocol IN ('ucp', 'acp', 'private')),
        state text NOT NULL DEFAULT 'open' CONSTRAINT store_api_checkouts_state CHECK (state IN ('open', 'completing', 'completed', 'over')),
        remote_id text,
        remote_expires_at timestamptz,
        version int NOT NULL DEFAULT 0,
        idempotency_key uuid,
        instrument_id text,
        point_of_no_return_at timestamptz,
        waits_for text CONSTRAINT store_api_checkouts_waits_for CHECK (waits_for IN ('relink', 'redirect')),
        act_until timestamptz,
        outcome jsonb,
        remote_order_id text,
        remote_order_number text,
        remote_order_url text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT store_api_checkouts_asked CHECK (point_of_no_return_at IS NULL OR (remote_id IS NOT NULL AND idempotency_key IS NOT NULL)),
        CONSTRAINT store_api_checkouts_ordered CHECK ((state = 'completed') = (remote_order_id IS NOT NULL)),
        CONSTRAINT store_api_checkouts_told CHECK ((state IN ('completed', 'over')) = (outcome IS NOT NULL))
      ) WITH (fillfactor = 60);
      COMMENT ON TABLE store_api_checkouts IS 'What a store''s own checkout of a store checkout is and what became of it: written before and after each call that has an effect there. Holds nothing of the shopper';
      COMMENT ON COLUMN store_api_checkouts.store_checkout_id IS 'Of checkout-session: an opaque id here';
      COMMENT ON COLUMN store_api_checkouts.version IS 'Counts the answers; the keys of the questions after them are derived from it';
      COMMENT ON COLUMN store_api_checkouts.idempotency_key IS 'Under which completing was or will be asked for: for ever the same';
      COMMENT ON COLUMN store_api_checkouts.point_of_no_return_at IS 'Committed before the store was asked to complete: from then on only the store can say what became of it';
      COMMENT ON COLUMN store_api_checkouts.act_until IS 'Until when the shopper may do what is waited for: link the account again, or go on at the store';
      COMMENT ON COLUMN store_api_checkouts.instrument_id IS 'The store''s id of what it was paid with: the same when it is asked again';
      COMMENT ON COLUMN store_api_checkouts.outcome IS 'What was said of how it ended: said again to whoever asks after a crash';
      CREATE INDEX store_api_checkouts_old ON store_api_checkouts (updated_at);
      COMMENT ON INDEX store_api_checkouts_old IS 'Which may be forgotten';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE store_api_checkouts`);
  }
}
