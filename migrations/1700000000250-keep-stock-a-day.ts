import type { MigrationInterface, QueryRunner } from 'typeorm';

/** From when on an order's stock waits for another payment: else each declined try would keep it for another day. */
export class KeepStockADay1700000000250 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders ADD pay_failed_at timestamptz;
      COMMENT ON COLUMN orders.pay_failed_at IS 'When it first was not paid though it was promised: pay_until is a day later, however often it is tried'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders DROP pay_failed_at');
  }
}
