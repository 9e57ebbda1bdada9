import type { MigrationInterface, QueryRunner } from 'typeorm';

export class TracePlacements1700000000640 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE placements ADD COLUMN traceparent text;
      COMMENT ON COLUMN placements.traceparent IS 'The trace of what placed it or put it back, while traces are made (W3C Trace Context)';
      -- Not due until the gate opens, or a person has decided: no claim walks over them.
      UPDATE placements SET next_attempt_at = 'infinity' WHERE finished_at IS NULL AND status IN ('gated', 'needs_attention');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      UPDATE placements SET next_attempt_at = now() WHERE next_attempt_at = 'infinity';
      ALTER TABLE placements DROP COLUMN traceparent;
    `);
  }
}
