import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What stores owe, as a row of its own: two transfers at once must not take the same debt twice. */
export class MerchantDebts1700000000216 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE merchant_debts (
        store_id uuid NOT NULL CONSTRAINT merchant_debts_store REFERENCES stores (id),
        currency text NOT NULL CONSTRAINT merchant_debts_currency CHECK (currency ~ '^[A-Z]{3}$'),
        debt_cents bigint NOT NULL CONSTRAINT merchant_debts_amount CHECK (debt_cents >= 0),
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (store_id, currency)
      );
      COMMENT ON TABLE merchant_debts IS 'The balance of the ledger''s account merchant_debt, changed in the transaction of its entries; taken from the next transfer';

      CREATE TABLE ledger_comparisons (
        day date PRIMARY KEY,
        begun_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz,
        payments int,
        differences int
      );
      COMMENT ON TABLE ledger_comparisons IS 'The nightly comparison of ledger and provider: one a day, whichever worker begins it';

      CREATE TABLE ledger_differences (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        payment_id uuid NOT NULL CONSTRAINT ledger_differences_payment REFERENCES payments (id),
        what text NOT NULL CONSTRAINT ledger_differences_what CHECK (what IN ('status', 'captured', 'refunded', 'transferred', 'reversed')),
        ours text NOT NULL,
        theirs text NOT NULL,
        found_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON TABLE ledger_differences IS 'What the nightly comparison found; it changes nothing else';
      CREATE INDEX ledger_differences_by_payment ON ledger_differences (payment_id);
      COMMENT ON INDEX ledger_differences_by_payment IS 'What was found about a payment';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ledger_differences; DROP TABLE ledger_comparisons; DROP TABLE merchant_debts`);
  }
}
