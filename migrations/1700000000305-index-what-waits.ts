import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Built beside running traffic, so outside a transaction. */
export class IndexWhatWaits1700000000305 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, on, comment] of INDEXES) {
      // A build that was broken off leaves an index that is not valid: it is made anew.
      await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
      await runner.query(`CREATE INDEX CONCURRENTLY ${name} ON ${on}`);
      await runner.query(`COMMENT ON INDEX ${name} IS '${comment}'`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [name] of INDEXES) await runner.query(`DROP INDEX IF EXISTS ${name}`);
  }
}

const INDEXES: [name: string, on: string, comment: string][] = [
  ['orders_by_timer', 'orders (timer_at) WHERE timer_at IS NOT NULL', 'Which orders the clock moves next'],
  ['orders_by_store_and_status', 'orders (store_id, order_status)', 'How many orders of a store stand where'],
];
