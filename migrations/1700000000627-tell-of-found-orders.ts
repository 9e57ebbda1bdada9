import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A notification may lead to an order that was found in mail, and to a mailbox. */
export class TellOfFoundOrders1700000000627 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE notifications DROP CONSTRAINT notifications_lead_somewhere,
        ADD CONSTRAINT notifications_lead_somewhere CHECK (target_kind IN ('order', 'conversation', 'report', 'return', 'change', 'store', 'found_order', 'mailbox')) NOT VALID`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DELETE FROM notifications WHERE target_kind IN ('found_order', 'mailbox');
      ALTER TABLE notifications DROP CONSTRAINT notifications_lead_somewhere,
        ADD CONSTRAINT notifications_lead_somewhere CHECK (target_kind IN ('order', 'conversation', 'report', 'return', 'change', 'store'))`);
  }
}
