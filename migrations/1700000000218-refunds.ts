import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Refunds: an obligation from the moment they are asked for. */
export class Refunds1700000000218 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE refunds (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        order_id uuid NOT NULL,
        payment_id uuid NOT NULL,
        store_id uuid NOT NULL,
        amount_cents bigint NOT NULL CONSTRAINT refunds_amount CHECK (amount_cents > 0),
        merchant_cents bigint NOT NULL CONSTRAINT refunds_merchant CHECK (merchant_cents >= 0),
        fee_cents bigint NOT NULL CONSTRAINT refunds_fee CHECK (fee_cents >= 0),
        currency text NOT NULL CONSTRAINT refunds_currency CHECK (currency ~ '^[A-Z]{3}$'),
        reason text NOT NULL,
        items jsonb NOT NULL DEFAULT '[]',
        by_kind text NOT NULL CONSTRAINT refunds_by_kind CHECK (by_kind IN ('merchant', 'support', 'admin', 'buyer', 'system')),
        by_id uuid,
        status text NOT NULL DEFAULT 'pending' CONSTRAINT refunds_status CHECK (status IN ('pending', 'succeeded', 'failed')),
        provider_refund_id text CONSTRAINT refunds_provider_refund UNIQUE,
        error_code text,
        created_at timestamptz NOT NULL DEFAULT now(),
        next_look_at timestamptz DEFAULT now() + interval '60 seconds',
        finished_at timestamptz,
        CONSTRAINT refunds_share FOREIGN KEY (payment_id, store_id) REFERENCES payment_shares (payment_id, store_id),
        CONSTRAINT refunds_add_up CHECK (amount_cents = merchant_cents + fee_cents),
        CONSTRAINT refunds_finished CHECK ((status = 'pending') = (finished_at IS NULL))
      ) WITH (fillfactor = 80);
      COMMENT ON TABLE refunds IS 'What is owed back to a shopper, and whose part it is; bounded by what was captured for the order';
      COMMENT ON COLUMN refunds.fee_cents IS 'The platform''s part, in proportion to its fee';
      CREATE INDEX refunds_by_order ON refunds (order_id);
      COMMENT ON INDEX refunds_by_order IS 'An order''s refunds';
      CREATE INDEX refunds_by_share ON refunds (payment_id, store_id);
      COMMENT ON INDEX refunds_by_share IS 'A share''s refunds';
      CREATE INDEX refunds_to_look_at ON refunds (next_look_at) WHERE finished_at IS NULL;
      COMMENT ON INDEX refunds_to_look_at IS 'The poller';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE refunds`);
  }
}
