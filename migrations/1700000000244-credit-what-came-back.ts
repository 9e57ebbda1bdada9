import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A step that sends a store again what was taken from it for a refund that came to nothing. */
export class CreditWhatCameBack1700000000244 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // What was allowed stays allowed: migration 247 checks the rows, without the lock of this one.
    await runner.query(`
      ALTER TABLE payment_steps
        DROP CONSTRAINT payment_steps_kind, DROP CONSTRAINT payment_steps_of_a_share, DROP CONSTRAINT payment_steps_of_a_refund,
        ADD CONSTRAINT payment_steps_kind
          CHECK (kind IN ('authorize', 'capture', 'cancel', 'transfer', 'refund', 'reverse', 'credit')) NOT VALID,
        ADD CONSTRAINT payment_steps_of_a_share
          CHECK ((kind IN ('transfer', 'refund', 'reverse', 'credit')) = (store_id IS NOT NULL)) NOT VALID,
        ADD CONSTRAINT payment_steps_of_a_refund
          CHECK ((kind IN ('refund', 'reverse', 'credit')) = (refund_id IS NOT NULL)) NOT VALID;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DELETE FROM payment_step_resolutions WHERE step_id IN (SELECT id FROM payment_steps WHERE kind = 'credit');
      DELETE FROM payment_steps WHERE kind = 'credit';
      ALTER TABLE payment_steps
        DROP CONSTRAINT payment_steps_kind, DROP CONSTRAINT payment_steps_of_a_share, DROP CONSTRAINT payment_steps_of_a_refund,
        ADD CONSTRAINT payment_steps_kind CHECK (kind IN ('authorize', 'capture', 'cancel', 'transfer', 'refund', 'reverse')),
        ADD CONSTRAINT payment_steps_of_a_share CHECK ((kind IN ('transfer', 'refund', 'reverse')) = (store_id IS NOT NULL)),
        ADD CONSTRAINT payment_steps_of_a_refund CHECK ((kind IN ('refund', 'reverse')) = (refund_id IS NOT NULL));
    `);
  }
}
