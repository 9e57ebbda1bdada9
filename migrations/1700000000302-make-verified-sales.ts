import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sales that both sides have marked complete, each once. */
export class MakeVerifiedSales1700000000302 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE verified_sales (
        order_id uuid CONSTRAINT verified_sales_pkey PRIMARY KEY CONSTRAINT verified_sales_order REFERENCES orders (id),
        store_id uuid NOT NULL CONSTRAINT verified_sales_store REFERENCES stores (id),
        buyer_user_id uuid CONSTRAINT verified_sales_buyer REFERENCES users (id),
        buyer_ref bytea,
        silent_side text CONSTRAINT verified_sales_silent_side CHECK (silent_side IN ('buyer', 'merchant')),
        total_cents bigint NOT NULL CONSTRAINT verified_sales_total CHECK (total_cents >= 0),
        currency text NOT NULL,
        verified_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT verified_sales_one_buyer CHECK (buyer_user_id IS NULL OR buyer_ref IS NULL)
      );
      COMMENT ON TABLE verified_sales IS 'Sales that both sides have marked complete, or one of them and the clock for the other: what trust counts';
      COMMENT ON COLUMN verified_sales.buyer_user_id IS 'Null for a guest''s order, and for one that names nobody';
      COMMENT ON COLUMN verified_sales.buyer_ref IS 'Tells the buyers of a store apart where orders name nobody; leads to nobody by itself';
      COMMENT ON COLUMN verified_sales.silent_side IS 'Whom the clock spoke for; null where both spoke for themselves';
      CREATE INDEX verified_sales_by_store ON verified_sales (store_id, verified_at);
      COMMENT ON INDEX verified_sales_by_store IS 'The sales of a store, for its score';
      CREATE INDEX verified_sales_by_buyer ON verified_sales (buyer_user_id, verified_at) WHERE buyer_user_id IS NOT NULL;
      COMMENT ON INDEX verified_sales_by_buyer IS 'The purchases of a user, for their score';
      CREATE INDEX verified_sales_by_ref ON verified_sales (buyer_ref) WHERE buyer_ref IS NOT NULL;
      COMMENT ON INDEX verified_sales_by_ref IS 'What a store has seen of a buyer whom orders do not name';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE verified_sales`);
  }
}
