import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When an event was recorded, not when its transaction began. */
export class DateEventsApart1700000000336 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE events ALTER occurred_at SET DEFAULT clock_timestamp();
      COMMENT ON COLUMN events.occurred_at IS 'Not the transaction''s own moment: shared to the microsecond with other rows, that would say whom a sealed order belongs to'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE events ALTER occurred_at SET DEFAULT now();
      COMMENT ON COLUMN events.occurred_at IS NULL`);
  }
}
