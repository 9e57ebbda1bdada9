import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Reads the orders beside running traffic: what was added NOT VALID holds for every row. */
export class ValidateWhatIsPaid1700000000313 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders VALIDATE CONSTRAINT orders_captured_within_total');
    await runner.query('ALTER TABLE orders VALIDATE CONSTRAINT orders_lowered');
  }

  /** A constraint that holds for every row holds for the new ones too: there is nothing to undo. */
  async down(): Promise<void> {}
}
