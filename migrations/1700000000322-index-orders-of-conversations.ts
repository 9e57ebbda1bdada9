import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Built beside running traffic, so outside a transaction. */
export class IndexOrdersOfConversations1700000000322 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE orders VALIDATE CONSTRAINT orders_conversation`);
    // A build that was broken off leaves an index that is not valid: it is made anew.
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS orders_of_conversation`);
    await runner.query(`
      CREATE INDEX CONCURRENTLY orders_of_conversation ON orders (conversation_id, id DESC) WHERE conversation_id IS NOT NULL`);
    await runner.query(`COMMENT ON INDEX orders_of_conversation IS 'The orders of a conversation, newest first'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX IF EXISTS orders_of_conversation`);
  }
}
