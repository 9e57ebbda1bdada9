import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the provider has still to forget: an intent in the transaction of its cause, carried out by a worker outside any. */
export class MakePaymentRemovals1700000000202 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payment_removals (
        id uuid NOT NULL DEFAULT uuidv7(),
        kind text NOT NULL,
        provider text NOT NULL,
        provider_ref text NOT NULL,
        asked_at timestamptz,
        status text NOT NULL DEFAULT 'queued',
        attempts integer NOT NULL DEFAULT 0,
        lease_token uuid,
        lease_until timestamptz,
        next_attempt_at timestamptz NOT NULL DEFAULT now(),
        error_code text,
        created_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz,
        CONSTRAINT payment_removals_pkey PRIMARY KEY (id),
        CONSTRAINT payment_removals_kind_is_known CHECK (kind IN ('detach_method', 'delete_customer', 'find_customer')),
        CONSTRAINT payment_removals_status_is_known CHECK (status IN ('queued', 'done', 'failed')),
        CONSTRAINT payment_removals_end_has_a_time CHECK ((status = 'queued') = (finished_at IS NULL)),
        CONSTRAINT payment_removals_look_from_a_moment CHECK ((kind = 'find_customer') = (asked_at IS NOT NULL))
      ) WITH (fillfactor = 70);
      COMMENT ON TABLE payment_removals IS 'Methods to detach and customers to delete at the provider; a row with a lease, so that a worker that dies is replaced';
      COMMENT ON COLUMN payment_removals.provider_ref IS 'The provider''s id; of find_customer the user''s, whose customer may have been made without our hearing of it';
      COMMENT ON COLUMN payment_removals.asked_at IS 'Of find_customer: when the provider was asked to make it';
      CREATE INDEX payment_removals_due ON payment_removals (next_attempt_at) WHERE finished_at IS NULL;
      COMMENT ON INDEX payment_removals_due IS 'A worker asks for what is due';
      CREATE INDEX payment_removals_ended ON payment_removals (finished_at, status) WHERE finished_at IS NOT NULL;
      COMMENT ON INDEX payment_removals_ended IS 'What failed is counted for the operator; what is done is forgotten after 90 days';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE payment_removals`);
  }
}
