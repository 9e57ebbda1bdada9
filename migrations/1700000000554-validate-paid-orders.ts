import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Reads the orders beside running traffic: what was added NOT VALID holds for every row. */
export class ValidatePaidOrders1700000000554 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders VALIDATE CONSTRAINT orders_payment_action');
    await runner.query('ALTER TABLE orders VALIDATE CONSTRAINT orders_refunded_within_captured');
  }

  /** A constraint that holds for every row holds for the new ones too: there is nothing to undo. */
  async down(): Promise<void> {}
}
