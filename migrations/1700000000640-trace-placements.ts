import type { MigrationInterface, QueryRunner } from 'typeorm';

export class TracePlacements1700000000640 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE placements ADD COLUMN traceparent text;
      COMMENT ON COLUMN placements.traceparent IS 'The trace of what placed it or put it back, while traces are made (W3C Trace Context)';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE placements DROP COLUMN traceparent`);
  }
}
