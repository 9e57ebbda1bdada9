import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A retry is not a second time: the answer of a request, kept in the transaction of its effect. */
export class Idempotency1700000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE idempotency_keys (
        caller_id uuid NOT NULL,
        route text NOT NULL,
        key text NOT NULL,
        request_hash bytea NOT NULL,
        status int NOT NULL,
        response jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT idempotency_keys_pkey PRIMARY KEY (caller_id, route, key)
      );
      COMMENT ON TABLE idempotency_keys IS 'Per caller and route, for 24 hours; the response is encrypted, since it may hold an address';
      CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
      COMMENT ON INDEX idempotency_keys_by_age IS 'The sweeper deletes the old ones';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE idempotency_keys`);
  }
}
