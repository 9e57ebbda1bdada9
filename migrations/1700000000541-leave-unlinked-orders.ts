import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A store is asked for nobody who has unlinked it. */
export class LeaveUnlinkedOrders1700000000541 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE store_orders ADD COLUMN unlinked_at timestamptz;
      COMMENT ON COLUMN store_orders.unlinked_at IS 'Since when its buyer''s account there is linked no more: the store is not asked for it, until it is linked again';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE store_orders DROP COLUMN unlinked_at`);
  }
}
