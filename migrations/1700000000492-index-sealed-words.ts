import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Built beside running traffic, so outside a transaction. */
export class IndexSealedWords1700000000492 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // Builds that were broken off leave indexes that are not valid: they are made anew.
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS messages_sealed_in_open`);
    await runner.query(`
      CREATE INDEX CONCURRENTLY messages_sealed_in_open ON messages (conversation_id) WHERE jwe IS NOT NULL AND NOT sealed`);
    await runner.query(
      `COMMENT ON INDEX messages_sealed_in_open IS 'Which open conversations have something sealed in them: they are told of another key'`,
    );
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS message_reports_by_closer`);
    await runner.query(`
      CREATE INDEX CONCURRENTLY message_reports_by_closer ON message_reports (closed_by) WHERE closed_by IS NOT NULL`);
    await runner.query(
      `COMMENT ON INDEX message_reports_by_closer IS 'What somebody of support has decided, for when the account closes'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX IF EXISTS messages_sealed_in_open`);
    await runner.query(`DROP INDEX IF EXISTS message_reports_by_closer`);
  }
}
