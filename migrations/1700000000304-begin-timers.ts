import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Validates what 300 declared, and begins the timers of the orders that are open: from now on, for nobody could know before.
 * 72 hours and 14 days are what the configuration says unless it is told otherwise.
 */
export class BeginTimers1700000000304 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders VALIDATE CONSTRAINT orders_timer;
      ALTER TABLE orders VALIDATE CONSTRAINT orders_silent_side;
      UPDATE orders SET timer_kind = CASE order_status WHEN 'pending' THEN 'confirm' WHEN 'shipped' THEN 'deliver' ELSE 'complete' END,
             timer_at = now() + CASE order_status WHEN 'pending' THEN interval '72 hours' WHEN 'shipped' THEN interval '21 days' ELSE interval '14 days' END
       WHERE checkout_method = 'direct' AND order_status IN ('pending', 'shipped', 'delivered')`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`UPDATE orders SET timer_at = NULL, timer_kind = NULL WHERE timer_at IS NOT NULL`);
  }
}
