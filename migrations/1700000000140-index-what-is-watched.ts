import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Partial indexes for what is counted at each scrape. Built beside running traffic, so each outside a transaction. */
export class IndexWhatIsWatched1700000000140 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // A build that was broken off leaves an index that is not valid: it is made anew.
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS holds_committed`);
    await runner.query(`CREATE INDEX CONCURRENTLY holds_committed ON holds (session_id) WHERE status = 'committed'`);
    await runner.query(
      `COMMENT ON INDEX holds_committed IS 'How much is being placed, without a look at what was sold'`,
    );
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS event_deliveries_dead`);
    await runner.query(
      `CREATE INDEX CONCURRENTLY event_deliveries_dead ON event_deliveries (id) WHERE status = 'dead'`,
    );
    await runner.query(`COMMENT ON INDEX event_deliveries_dead IS 'What a person has to look after'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX IF EXISTS event_deliveries_dead`);
    await runner.query(`DROP INDEX IF EXISTS holds_committed`);
  }
}
