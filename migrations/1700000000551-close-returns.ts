import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Those that were received with nothing to give back have waited for nothing: they are over. */
export class CloseReturns1700000000551 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE returns VALIDATE CONSTRAINT returns_status;
      UPDATE returns r SET status = 'closed', ended_at = coalesce(r.received_at, r.updated_at) FROM orders o
       WHERE o.id = r.order_id AND r.status = 'received' AND r.refund_cents = 0 AND o.checkout_method = 'direct' AND o.payment_status <> 'disputed'
         AND (o.payment_id IS NULL OR o.payment_status NOT IN ('unpaid', 'failed', 'authorized'));
    `);
  }

  async down(): Promise<void> {
    // What is over stays so: the migration before takes the state away.
  }
}
