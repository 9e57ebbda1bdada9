import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Orders and store checkouts name the conversation about them. */
export class AttachOrdersToConversations1700000000321 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders ADD COLUMN conversation_id uuid;
      COMMENT ON COLUMN orders.conversation_id IS 'Where buyer and merchant talk about it; null for partner stores, and for a moment after placing';
      ALTER TABLE orders ADD CONSTRAINT orders_conversation FOREIGN KEY (conversation_id) REFERENCES conversations (id) NOT VALID;
      ALTER TABLE store_checkouts ADD COLUMN conversation_id uuid;
      COMMENT ON COLUMN store_checkouts.conversation_id IS 'Of one that ended as contacted: there is no order that could name it';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE store_checkouts DROP COLUMN conversation_id;
      ALTER TABLE orders DROP COLUMN conversation_id;
    `);
  }
}
