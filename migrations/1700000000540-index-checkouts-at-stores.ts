import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Built beside running traffic, so outside a transaction. */
export class IndexCheckoutsAtStores1700000000540 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // A build that was broken off leaves an index that is not valid: it is made anew.
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS store_api_checkouts_by_remote`);
    await runner.query(
      `CREATE INDEX CONCURRENTLY store_api_checkouts_by_remote ON store_api_checkouts (store_id, remote_id) WHERE remote_id IS NOT NULL`,
    );
    await runner.query(
      `COMMENT ON INDEX store_api_checkouts_by_remote IS 'Of several stores at one address: with which one a checkout was begun'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX IF EXISTS store_api_checkouts_by_remote`);
  }
}
