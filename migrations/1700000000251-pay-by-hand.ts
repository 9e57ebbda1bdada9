import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Money that a store received by itself, by bank transfer or in cash: a payment of the provider 'manual', and its reference. */
export class PayByHand1700000000251 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // What was allowed stays allowed: migration 252 checks the rows, without the lock of this one.
    await runner.query(`
      ALTER TABLE ledger_entries DROP CONSTRAINT ledger_entries_kind, ADD CONSTRAINT ledger_entries_kind CHECK (kind IN (${KINDS}, 'received')) NOT VALID;
      CREATE TABLE manual_payments (
        payment_id uuid CONSTRAINT manual_payments_pkey PRIMARY KEY CONSTRAINT manual_payments_payment REFERENCES payments (id),
        method text NOT NULL CONSTRAINT manual_payments_method CHECK (method IN ('bank_transfer', 'cash')),
        reference text CONSTRAINT manual_payments_reference CHECK (length(reference) BETWEEN 1 AND 100),
        paid_at timestamptz NOT NULL,
        recorded_by uuid NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON TABLE manual_payments IS 'Payments that a store received by itself and marked as made: no provider was asked, and none can be';
      COMMENT ON COLUMN manual_payments.reference IS 'By which the store finds it in its own books; null once its buyer is forgotten';
      COMMENT ON COLUMN manual_payments.recorded_by IS 'The merchant''s user';`);
  }

  async down(runner: QueryRunner): Promise<void> {
    // The ledger is append-only: entries of the kind may stand in it, and stay.
    await runner.query(`
      DROP TABLE manual_payments;
      ALTER TABLE ledger_entries DROP CONSTRAINT ledger_entries_kind, ADD CONSTRAINT ledger_entries_kind CHECK (kind IN (${KINDS})) NOT VALID`);
  }
}

const KINDS = `'authorization', 'release', 'capture', 'share', 'fee', 'provider_fee', 'transfer', 'debt_settled', 'refund', 'refund_paid',
  'refund_failed', 'reversal', 'debt', 'dispute', 'dispute_won', 'dispute_lost'`;
