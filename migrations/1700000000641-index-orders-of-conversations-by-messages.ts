import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Built beside running traffic, so outside a transaction. */
export class IndexOrdersOfConversationsByMessages1700000000641 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // A build that was broken off leaves an index that is not valid: it is made anew.
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS messages_of_orders`);
    await runner.query(
      `CREATE INDEX CONCURRENTLY messages_of_orders ON messages (conversation_id, order_id DESC) WHERE kind = 'order'`,
    );
    await runner.query(`COMMENT ON INDEX messages_of_orders IS 'The orders of a conversation, the latest first'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX IF EXISTS messages_of_orders`);
  }
}
