import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How trust reads verified sales: a bounded number of the newest ones, of a store or of a buyer. */
export class IndexVerifiedSales1700000000353 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX IF NOT EXISTS verified_sales_newest_of_store ON verified_sales (store_id, verified_at DESC);
      COMMENT ON INDEX verified_sales_newest_of_store IS 'The newest verified sales of a store';
      CREATE INDEX IF NOT EXISTS verified_sales_newest_of_buyer ON verified_sales (buyer_user_id, verified_at DESC) WHERE buyer_user_id IS NOT NULL;
      COMMENT ON INDEX verified_sales_newest_of_buyer IS 'The newest verified sales of a buyer';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DROP INDEX IF EXISTS verified_sales_newest_of_buyer; DROP INDEX IF EXISTS verified_sales_newest_of_store`,
    );
  }
}
