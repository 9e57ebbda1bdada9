import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Built beside running traffic, so outside a transaction. */
export class IndexAffiliateHandoffs1700000000612 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // A build that was broken off leaves an index that is not valid: it is made anew.
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS handoffs_by_affiliate_programme`);
    await runner.query(`
      CREATE INDEX CONCURRENTLY handoffs_by_affiliate_programme ON handoffs (affiliate_programme_id, created_at)
        WHERE affiliate_programme_id IS NOT NULL`);
    await runner.query(
      `COMMENT ON INDEX handoffs_by_affiliate_programme IS 'What became of the affiliate links of some days'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX IF EXISTS handoffs_by_affiliate_programme`);
  }
}
