import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the hand-offs of before hold of their links holds for all of them. */
export class ValidateHandoffOpens1700000000608 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE handoffs VALIDATE CONSTRAINT handoffs_targets`);
    await runner.query(`ALTER TABLE handoffs VALIDATE CONSTRAINT handoffs_opened`);
  }

  async down(): Promise<void> {
    // The constraints stay as they are: what was found to hold holds.
  }
}
