import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Built beside running traffic, so outside a transaction. */
export class IndexWhatStoresSaid1700000000454 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE cart_items VALIDATE CONSTRAINT cart_items_store_says`);
    // A build that was broken off leaves an index that is not valid: it is made anew.
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS cart_items_store_said`);
    await runner.query(
      `CREATE INDEX CONCURRENTLY cart_items_store_said ON cart_items (store_checked_at) WHERE store_checked_at IS NOT NULL`,
    );
    await runner.query(
      `COMMENT ON INDEX cart_items_store_said IS 'What a store said so long ago that it counts no more'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX IF EXISTS cart_items_store_said`);
  }
}
