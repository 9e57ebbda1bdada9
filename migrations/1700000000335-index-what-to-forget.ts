import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Built beside running traffic, so outside a transaction. */
export class IndexWhatToForget1700000000335 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // A build that was broken off leaves an index that is not valid: it is made anew.
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS checkout_sessions_to_forget`);
    await runner.query(`
      CREATE INDEX CONCURRENTLY checkout_sessions_to_forget ON checkout_sessions (completed_at)
       WHERE sealed AND completed_at IS NOT NULL`);
    await runner.query(
      `COMMENT ON INDEX checkout_sessions_to_forget IS 'Which sealed sessions are finished and can be deleted'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX IF EXISTS checkout_sessions_to_forget`);
  }
}
