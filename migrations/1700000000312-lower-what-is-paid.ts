import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An order that is paid may become cheaper: what was taken is within what it cost then, not what it costs now. */
export class LowerWhatIsPaid1700000000312 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Migration 313 checks the rows, without the lock of this one.
    await runner.query(`
      ALTER TABLE orders ADD open_change_id uuid, ADD lowered_cents bigint NOT NULL DEFAULT 0,
        DROP CONSTRAINT orders_captured_within_total,
        ADD CONSTRAINT orders_captured_within_total CHECK (captured_cents BETWEEN 0 AND total_cents + lowered_cents) NOT VALID,
        ADD CONSTRAINT orders_lowered CHECK (lowered_cents >= 0) NOT VALID;
      COMMENT ON COLUMN orders.open_change_id IS 'Its open change, written by the statements that open and end it: whoever locks the order sees it as it is';
      COMMENT ON COLUMN orders.lowered_cents IS 'What changes have taken off its total since it was paid: that much of what was captured goes back';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders DROP CONSTRAINT orders_captured_within_total, DROP COLUMN lowered_cents, DROP COLUMN open_change_id,
        ADD CONSTRAINT orders_captured_within_total CHECK (captured_cents BETWEEN 0 AND total_cents) NOT VALID`);
  }
}
