import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Looked through beside running traffic, so after the constraint was added. */
export class ValidateWhatIsWaitedFor1700000000433 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE placements VALIDATE CONSTRAINT placements_waits_for`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SELECT 1`); // What is valid need not be made invalid.
  }
}
