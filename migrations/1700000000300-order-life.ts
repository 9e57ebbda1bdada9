import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an order waits for by the clock, and whom the clock spoke for; what its sides said when they changed it. */
export class OrderLife1700000000300 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders ADD timer_at timestamptz, ADD timer_kind text, ADD silent_side text,
        ADD CONSTRAINT orders_timer CHECK ((timer_at IS NULL) = (timer_kind IS NULL)
          AND (timer_kind IS NULL OR timer_kind IN ('confirm', 'deliver', 'complete'))) NOT VALID,
        ADD CONSTRAINT orders_silent_side CHECK (CASE silent_side WHEN 'buyer' THEN buyer_completed_at IS NULL AND merchant_completed_at IS NOT NULL
          WHEN 'merchant' THEN buyer_completed_at IS NOT NULL AND merchant_completed_at IS NULL ELSE silent_side IS NULL END) NOT VALID;
      COMMENT ON COLUMN orders.timer_at IS 'When the clock moves it, unless somebody does before';
      COMMENT ON COLUMN orders.timer_kind IS 'What the clock waits for: the merchant''s confirmation, news of the delivery, or the marks that end the sale';
      COMMENT ON COLUMN orders.silent_side IS 'Of a verified sale: whom the clock spoke for, if anybody';

      ALTER TABLE order_events ADD sealed_reason jsonb;
      COMMENT ON COLUMN order_events.reason IS 'A code, or words of the time before they were encrypted';
      COMMENT ON COLUMN order_events.sealed_reason IS 'What a person gave as the reason, under the data key of the order, or where it has none the author''s';

      ALTER TABLE stores ADD order_confirm_hours int CONSTRAINT stores_order_confirm_hours CHECK (order_confirm_hours BETWEEN 1 AND 720),
        ADD order_complete_days int CONSTRAINT stores_order_complete_days CHECK (order_complete_days BETWEEN 1 AND 90);
      COMMENT ON COLUMN stores.order_confirm_hours IS 'How long its orders wait to be confirmed; null: ORDER_CONFIRM_HOURS of the configuration';
      COMMENT ON COLUMN stores.order_complete_days IS 'How long after delivery its orders wait for the marks of both sides; null: ORDER_COMPLETE_DAYS of the configuration';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE stores DROP order_confirm_hours, DROP order_complete_days;
      ALTER TABLE order_events DROP sealed_reason;
      COMMENT ON COLUMN order_events.reason IS NULL;
      ALTER TABLE orders DROP timer_at, DROP timer_kind, DROP silent_side`);
  }
}
