import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Built beside running traffic, so outside a transaction. */
export class IndexWhatIsUnread1700000000495 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // Builds that were broken off leave indexes that are not valid: they are made anew.
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS conversations_unread_by_buyer`);
    await runner.query(`
      CREATE INDEX CONCURRENTLY conversations_unread_by_buyer ON conversations (shopper_id)
       WHERE for_buyer > buyer_read AND closed_at IS NULL`);
    await runner.query(`COMMENT ON INDEX conversations_unread_by_buyer IS 'How much a buyer has not read'`);
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS conversations_unread_by_store`);
    await runner.query(`
      CREATE INDEX CONCURRENTLY conversations_unread_by_store ON conversations (store_id)
       WHERE for_merchant > merchant_read AND joined_into IS NULL`);
    await runner.query(
      `COMMENT ON INDEX conversations_unread_by_store IS 'How much a store has not read; and the contact of an unclaimed one'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX IF EXISTS conversations_unread_by_buyer`);
    await runner.query(`DROP INDEX IF EXISTS conversations_unread_by_store`);
  }
}
