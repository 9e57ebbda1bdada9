import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Facts are counted over time, by whoever evaluates them; events lie in the order in which they happened, so that the ends of
 * their pages say enough (BRIN). The index by type and time took an entry of each event, seven of each purchase, and nothing
 * in Muse read it. Outside a transaction: indexes are made and dropped beside running traffic.
 */
export class EventsByTime1700000000643 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS events_by_time`);
    await runner.query(`CREATE INDEX CONCURRENTLY events_by_time ON events USING brin (occurred_at)`);
    await runner.query(`COMMENT ON INDEX events_by_time IS 'Success metrics count facts over time'`);
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS events_by_type`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX CONCURRENTLY IF NOT EXISTS events_by_type ON events (type, occurred_at)`);
    await runner.query(`COMMENT ON INDEX events_by_type IS 'Success metrics count facts of one type over time'`);
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS events_by_time`);
  }
}
