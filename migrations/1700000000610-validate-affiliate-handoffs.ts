import type { MigrationInterface, QueryRunner } from 'typeorm';

/** By itself: it reads the whole table, and locks nobody out. */
export class ValidateAffiliateHandoffs1700000000610 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE handoffs VALIDATE CONSTRAINT handoffs_affiliate_programme`);
    await runner.query(`ALTER TABLE handoffs VALIDATE CONSTRAINT handoffs_affiliate`);
  }

  async down(): Promise<void> {
    // The constraints stay as they are: what was found to hold holds.
  }
}
