import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an order knows of the payment that it is paid by: its id, how it was paid, and how much of it came and went. */
export class PayOrders1700000000230 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders ADD payment_id uuid, ADD payment_method text, ADD payment_last4 text, ADD pay_until timestamptz,
        ADD payment_action text,
        ADD captured_cents bigint NOT NULL DEFAULT 0, ADD refunded_cents bigint NOT NULL DEFAULT 0,
        ADD CONSTRAINT orders_payment_action CHECK (payment_action IN ('authenticate', 'redirect')) NOT VALID,
        ADD CONSTRAINT orders_captured_within_total CHECK (captured_cents BETWEEN 0 AND total_cents) NOT VALID,
        ADD CONSTRAINT orders_refunded_within_captured CHECK (refunded_cents BETWEEN 0 AND captured_cents) NOT VALID;
      COMMENT ON COLUMN orders.payment_id IS 'The payment that it is being paid or was paid by; null once that has failed, for then another may be begun';
      COMMENT ON COLUMN orders.payment_method IS 'How it was paid, once it was';
      COMMENT ON COLUMN orders.payment_action IS 'What its buyer has to do before it can be paid; the payment itself knows where';
      COMMENT ON COLUMN orders.pay_until IS 'Of an order whose capture failed: until when its stock waits for another payment';
      COMMENT ON COLUMN orders.captured_cents IS 'What was taken for it, as the payment has told';
      COMMENT ON COLUMN orders.refunded_cents IS 'What of that went back, as the payment has told';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders DROP payment_id, DROP payment_method, DROP payment_last4, DROP pay_until, DROP payment_action,
        DROP captured_cents, DROP refunded_cents`);
  }
}
