import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Built beside running traffic, so outside a transaction. */
export class IndexWhenEntered1700000000553 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // A build that was broken off leaves an index that is not valid: it is made anew.
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ledger_entries_by_time`);
    await runner.query(`CREATE INDEX CONCURRENTLY ledger_entries_by_time ON ledger_entries USING brin (created_at)`);
    await runner.query(
      `COMMENT ON INDEX ledger_entries_by_time IS 'Entries since the books were closed: they are added in the order of time, so a few bytes a page do'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX IF EXISTS ledger_entries_by_time`);
  }
}
