import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How a store is asked for an order there: by its interface, or by a browser. */
export class FollowByBrowser1700000000533 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE store_orders ADD COLUMN asked_by text NOT NULL DEFAULT 'api';
      ALTER TABLE store_orders ADD CONSTRAINT store_orders_asked_by CHECK (asked_by IN ('api', 'browser')) NOT VALID;
      COMMENT ON COLUMN store_orders.asked_by IS 'browser: the store has no interface for it, and the shopper''s order page there is read';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE store_orders DROP COLUMN asked_by`);
  }
}
