import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Until verified sales are made where orders live: the table that trust reads, with the same columns. */
export class VerifiedSalesForTrust1700000000350 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS verified_sales (
        order_id uuid NOT NULL,
        store_id uuid NOT NULL,
        buyer_user_id uuid,
        buyer_ref bytea,
        silent_side text,
        total_cents bigint NOT NULL,
        currency text NOT NULL,
        verified_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT verified_sales_pkey PRIMARY KEY (order_id)
      );
      COMMENT ON TABLE verified_sales IS 'Orders that both sides marked complete';
      COMMENT ON COLUMN verified_sales.silent_side IS 'For whom the timer spoke';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE IF EXISTS verified_sales`);
  }
}
