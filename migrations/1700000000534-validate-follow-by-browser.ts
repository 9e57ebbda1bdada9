import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The rows that were there already. */
export class ValidateFollowByBrowser1700000000534 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE store_orders VALIDATE CONSTRAINT store_orders_asked_by`);
  }

  async down(): Promise<void> {
    // Nothing: the constraint goes with its column.
  }
}
