import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Grants that a store has yet to be told the end of. */
export class MakeStoreRevocations1700000000404 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE store_revocations (
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        issuer text NOT NULL,
        client_id text NOT NULL,
        sealed jsonb NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        lease_token uuid,
        lease_until timestamptz,
        next_attempt_at timestamptz NOT NULL DEFAULT now(),
        made_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT store_revocations_pkey PRIMARY KEY (id),
        CONSTRAINT store_revocations_at_a_store FOREIGN KEY (store_id) REFERENCES stores (id),
        CONSTRAINT store_revocations_are_sealed CHECK (sealed ?& ARRAY['v', 'k', 'iv', 'ct', 'tag'])
      )`);
    await runner.query(`COMMENT ON TABLE store_revocations IS
      'Tokens of unlinked accounts, for as long as it takes to revoke them and a day at most: under the store''s data key, and without whose they were'`);
    await runner.query(`CREATE INDEX store_revocations_due ON store_revocations (next_attempt_at)`);
    await runner.query(`COMMENT ON INDEX store_revocations_due IS 'The sweeper asks for what is due'`);
    await runner.query(`CREATE INDEX store_revocations_by_store ON store_revocations (store_id)`);
    await runner.query(`COMMENT ON INDEX store_revocations_by_store IS 'A connection that ends waits for these'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE store_revocations`);
  }
}
