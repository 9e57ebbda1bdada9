import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When a mail was decided: what is old is forgotten by it, and what failed lately is counted. Indexes are built beside traffic. */
export class ForgetMails1700000000131 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE mails ADD COLUMN IF NOT EXISTS decided_at timestamptz`);
    await runner.query(
      `COMMENT ON COLUMN mails.decided_at IS 'When it was sent, refused, given up or withdrawn; 90 days later the row goes'`,
    );
    await runner.query(
      `UPDATE mails SET decided_at = coalesce(sent_at, now()) WHERE status <> 'queued' AND decided_at IS NULL`,
    );
    // A build that was broken off leaves an index that is not valid: it is made anew.
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS mails_to_forget`);
    await runner.query(`CREATE INDEX CONCURRENTLY mails_to_forget ON mails (decided_at) WHERE status <> 'queued'`);
    await runner.query(`COMMENT ON INDEX mails_to_forget IS 'The oldest decided ones, which a sweep deletes'`);
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS mails_failed`);
    await runner.query(
      `CREATE INDEX CONCURRENTLY mails_failed ON mails (decided_at) WHERE status IN ('refused', 'given_up')`,
    );
    await runner.query(`COMMENT ON INDEX mails_failed IS 'Counted at each scrape, without a look at what was sent'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX IF EXISTS mails_failed`);
    await runner.query(`DROP INDEX IF EXISTS mails_to_forget`);
    await runner.query(`ALTER TABLE mails DROP COLUMN decided_at`);
  }
}
