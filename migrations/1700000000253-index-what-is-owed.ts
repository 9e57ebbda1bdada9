import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Built beside running traffic, so outside a transaction. */
export class IndexWhatIsOwed1700000000253 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // A build that was broken off leaves an index that is not valid: it is made anew.
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS orders_owed`);
    await runner.query(`
      CREATE INDEX CONCURRENTLY orders_owed ON orders (updated_at)
       WHERE order_status = 'cancelled' AND payment_status IN ('paid', 'partially_refunded') AND captured_cents > refunded_cents`);
    await runner.query(`COMMENT ON INDEX orders_owed IS 'Which cancelled orders keep money that is not back yet'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX IF EXISTS orders_owed`);
  }
}
