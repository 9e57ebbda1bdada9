import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * An order gets its conversation a moment after it is made. Without an index on that column, and with room left in its page,
 * the row is changed in place (a heap-only tuple), instead of being entered anew in each of fifteen indexes. Outside a
 * transaction: an index is dropped beside running traffic.
 */
export class JoinOrdersInPlace1700000000642 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS orders_of_conversation`);
    await runner.query(`ALTER TABLE orders SET (fillfactor = 75)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE orders RESET (fillfactor)`);
    await runner.query(
      `CREATE INDEX CONCURRENTLY orders_of_conversation ON orders (conversation_id, id DESC) WHERE conversation_id IS NOT NULL`,
    );
    await runner.query(`COMMENT ON INDEX orders_of_conversation IS 'The orders of a conversation, newest first'`);
  }
}
