import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whoever has not finished at a store is reminded, once, before the filled cart is given up. */
export class HandoffReminders1700000000113 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE handoffs ADD COLUMN reminded_at timestamptz;
      COMMENT ON COLUMN handoffs.reminded_at IS 'When it was said that it runs out; null until 24 hours before';
      CREATE INDEX handoffs_to_remind_of ON handoffs (expires_at) WHERE status = 'waiting' AND reminded_at IS NULL;
      COMMENT ON INDEX handoffs_to_remind_of IS 'The sweeper asks which hand-offs run out soon';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX handoffs_to_remind_of; ALTER TABLE handoffs DROP COLUMN reminded_at`);
  }
}
