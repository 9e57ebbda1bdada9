import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The one payment of a checkout's stores that are paid now, and which of them can be. */
export class PayInCheckout1700000000231 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE checkout_sessions ADD payment_method jsonb, ADD payment_id uuid, ADD authorized_at timestamptz, ADD give_up_at timestamptz;
      COMMENT ON COLUMN checkout_sessions.payment_method IS 'Kind, brand and last digits of payment_method_id, to show';
      COMMENT ON COLUMN checkout_sessions.payment_id IS 'The payment of all stores that are paid now; null while none was begun, or another method was given after a refusal';
      COMMENT ON COLUMN checkout_sessions.authorized_at IS 'Since when that payment is authorised: the placements are no longer gated';
      COMMENT ON COLUMN checkout_sessions.give_up_at IS 'When what is open is given up: an authorisation, an action that nobody does, or placements that are not decided ten minutes after it';
      ALTER TABLE store_checkouts ADD settlement_chosen boolean NOT NULL DEFAULT false, ADD pay_now jsonb;
      COMMENT ON COLUMN store_checkouts.settlement_chosen IS 'The shopper picked the settlement; otherwise the default is taken anew';
      COMMENT ON COLUMN store_checkouts.pay_now IS 'Whether the store could be paid in Muse when it was last asked, and why not';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE store_checkouts DROP settlement_chosen, DROP pay_now;
      ALTER TABLE checkout_sessions DROP payment_method, DROP payment_id, DROP authorized_at, DROP give_up_at`);
  }
}
