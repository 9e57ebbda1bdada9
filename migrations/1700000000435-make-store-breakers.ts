import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which stores are known to be down. */
export class MakeStoreBreakers1700000000435 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE store_breakers (
        store_id uuid NOT NULL CONSTRAINT store_breakers_store REFERENCES stores (id) ON DELETE CASCADE,
        tier text NOT NULL CONSTRAINT store_breakers_tier CHECK (tier IN ('oauth_api', 'headless')),
        state text NOT NULL DEFAULT 'closed' CONSTRAINT store_breakers_state CHECK (state IN ('closed', 'open')),
        failures int NOT NULL DEFAULT 0,
        failing_since timestamptz,
        opened_times int NOT NULL DEFAULT 0,
        retry_at timestamptz,
        probe_token uuid,
        probe_until timestamptz,
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (store_id, tier),
        CONSTRAINT store_breakers_open_has_end CHECK ((state = 'open') = (retry_at IS NOT NULL))
      ) WITH (fillfactor = 60);
      COMMENT ON TABLE store_breakers IS 'Circuit breaker of a store and tier; no row: closed. An open one whose retry_at is over is half open: one call at a time may probe';
      COMMENT ON COLUMN store_breakers.failures IS 'In a row, within a minute of failing_since';
      COMMENT ON COLUMN store_breakers.opened_times IS 'In a row: each time it stays open twice as long';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE store_breakers`);
  }
}
