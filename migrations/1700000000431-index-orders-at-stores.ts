import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Built beside running traffic, so outside a transaction. */
export class IndexOrdersAtStores1700000000431 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // A build that was broken off leaves an index that is not valid: it is made anew.
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS orders_one_per_store_order_id`);
    await runner.query(`
      CREATE UNIQUE INDEX CONCURRENTLY orders_one_per_store_order_id ON orders (store_id, store_order_id) WHERE store_order_id IS NOT NULL`);
    await runner.query(
      `COMMENT ON INDEX orders_one_per_store_order_id IS 'One order for each of a store''s own; by it news of the store find theirs'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX IF EXISTS orders_one_per_store_order_id`);
  }
}
