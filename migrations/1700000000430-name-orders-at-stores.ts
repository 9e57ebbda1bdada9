import type { MigrationInterface, QueryRunner } from 'typeorm';

/** By what key a store knows an order that Muse placed there by its API. */
export class NameOrdersAtStores1700000000430 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders ADD COLUMN store_order_id text;
      COMMENT ON COLUMN orders.store_order_id IS 'The store''s own key of it, for calls and webhooks; order_number is what people know it by. Null where Muse did not place it by the store''s API';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE orders DROP COLUMN store_order_id`);
  }
}
