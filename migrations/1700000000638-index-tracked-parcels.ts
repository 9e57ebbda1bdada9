import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Built beside running traffic, so outside a transaction. */
export class IndexTrackedParcels1700000000638 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // A build that was broken off leaves an index that is not valid: it is made anew.
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS parcels_by_tracked`);
    await runner.query(
      `CREATE INDEX CONCURRENTLY parcels_by_tracked ON parcels (tracked_id) WHERE tracked_id IS NOT NULL`,
    );
    await runner.query(`COMMENT ON INDEX parcels_by_tracked IS 'Of which orders a carrier tells'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX IF EXISTS parcels_by_tracked`);
  }
}
