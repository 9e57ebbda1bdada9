import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What export and erasure look for by person. Built beside running traffic, so outside a transaction. */
export class IndexWhatIsAPersons1700000000340 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // A build that was broken off leaves an index that is not valid: it is made anew.
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS mails_by_subject`);
    await runner.query(`CREATE INDEX CONCURRENTLY mails_by_subject ON mails (subject_id, id)`);
    await runner.query(`COMMENT ON INDEX mails_by_subject IS 'The mails to a person, in order, for the export'`);
    // The one before left out what was ended; what has replaced it finds that too.
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS refresh_tokens_of_user`);
    await runner.query(`CREATE INDEX CONCURRENTLY refresh_tokens_of_user ON refresh_tokens (user_id)`);
    await runner.query(
      `COMMENT ON INDEX refresh_tokens_of_user IS 'The sign-ins of a user: for the export, and to end them all'`,
    );
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS refresh_tokens_by_user`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX IF NOT EXISTS refresh_tokens_by_user ON refresh_tokens (user_id) WHERE revoked_at IS NULL`,
    );
    await runner.query(`COMMENT ON INDEX refresh_tokens_by_user IS 'Closing an account ends every sign-in'`);
    await runner.query(`DROP INDEX IF EXISTS refresh_tokens_of_user`);
    await runner.query(`DROP INDEX IF EXISTS mails_by_subject`);
  }
}
