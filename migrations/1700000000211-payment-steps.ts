import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Each call to a payment provider that changes something there is a row first. */
export class PaymentSteps1700000000211 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payment_steps (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        kind text NOT NULL CONSTRAINT payment_steps_kind CHECK (kind IN ('authorize', 'capture', 'cancel', 'transfer', 'refund', 'reverse')),
        payment_id uuid NOT NULL CONSTRAINT payment_steps_payment REFERENCES payments (id),
        store_id uuid,
        refund_id uuid,
        amount_cents bigint NOT NULL CONSTRAINT payment_steps_amount CHECK (amount_cents >= 0),
        provider_key text GENERATED ALWAYS AS (id::text) STORED,
        status text NOT NULL DEFAULT 'queued' CONSTRAINT payment_steps_status CHECK (status IN ('queued', 'running', 'done', 'failed', 'needs_attention')),
        attempts int NOT NULL DEFAULT 0,
        lease_token uuid,
        lease_until timestamptz,
        next_attempt_at timestamptz NOT NULL DEFAULT now(),
        sent_at timestamptz,
        provider_ref text,
        error_code text,
        created_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz,
        CONSTRAINT payment_steps_finished CHECK ((status IN ('done', 'failed')) = (finished_at IS NOT NULL)),
        CONSTRAINT payment_steps_of_a_share CHECK ((kind IN ('transfer', 'refund', 'reverse')) = (store_id IS NOT NULL)),
        CONSTRAINT payment_steps_of_a_refund CHECK ((kind IN ('refund', 'reverse')) = (refund_id IS NOT NULL))
      ) WITH (fillfactor = 60);
      COMMENT ON TABLE payment_steps IS 'The intent of one call to the provider, committed before the call; a row with a lease, so that no worker can do it twice';
      COMMENT ON COLUMN payment_steps.provider_key IS 'The provider''s idempotency key';
      COMMENT ON COLUMN payment_steps.sent_at IS 'When it was first sent under that key: the provider remembers a key for 24 hours';
      CREATE UNIQUE INDEX payment_steps_one_authorize ON payment_steps (payment_id) WHERE kind = 'authorize';
      COMMENT ON INDEX payment_steps_one_authorize IS 'A payment is authorised once';
      CREATE UNIQUE INDEX payment_steps_one_end ON payment_steps (payment_id) WHERE kind IN ('capture', 'cancel') AND status <> 'failed';
      COMMENT ON INDEX payment_steps_one_end IS 'A payment is captured or cancelled, once';
      CREATE UNIQUE INDEX payment_steps_one_transfer ON payment_steps (payment_id, store_id) WHERE kind = 'transfer';
      COMMENT ON INDEX payment_steps_one_transfer IS 'A store gets its share once';
      CREATE UNIQUE INDEX payment_steps_one_per_refund ON payment_steps (refund_id, kind) WHERE refund_id IS NOT NULL;
      COMMENT ON INDEX payment_steps_one_per_refund IS 'A refund is paid once, and taken back from the store once';
      CREATE INDEX payment_steps_open ON payment_steps (next_attempt_at) WHERE finished_at IS NULL;
      COMMENT ON INDEX payment_steps_open IS 'What the sweeper and the console of support ask for';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE payment_steps`);
  }
}
