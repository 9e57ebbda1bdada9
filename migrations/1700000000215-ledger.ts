import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where every cent is: double entry, append-only. */
export class Ledger1700000000215 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ledger_entries (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        transaction_id uuid NOT NULL,
        kind text NOT NULL CONSTRAINT ledger_entries_kind CHECK (kind IN ('authorization', 'release', 'capture', 'share', 'fee', 'provider_fee',
          'transfer', 'debt_settled', 'refund', 'refund_paid', 'refund_failed', 'reversal', 'debt', 'dispute', 'dispute_won', 'dispute_lost')),
        payment_id uuid NOT NULL CONSTRAINT ledger_entries_payment REFERENCES payments (id),
        order_id uuid,
        store_id uuid,
        account text NOT NULL CONSTRAINT ledger_entries_account CHECK (account IN ('authorized', 'shopper', 'provider', 'merchant', 'platform',
          'refunds', 'merchant_debt', 'disputes')),
        amount_cents bigint NOT NULL CONSTRAINT ledger_entries_amount CHECK (amount_cents <> 0),
        currency text NOT NULL CONSTRAINT ledger_entries_currency CHECK (currency ~ '^[A-Z]{3}$'),
        created_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON TABLE ledger_entries IS 'Double entry, append-only: the entries of a transaction are zero together. What is had is positive, what is owed is negative';
      COMMENT ON COLUMN ledger_entries.account IS 'provider: the platform''s money there; merchant: owed to a store; platform: its income (negative); refunds: owed to shoppers; merchant_debt: owed by a store; authorized and shopper: what was promised and not taken yet';
      CREATE INDEX ledger_entries_by_transaction ON ledger_entries (transaction_id);
      COMMENT ON INDEX ledger_entries_by_transaction IS 'The zero of a transaction';
      CREATE INDEX ledger_entries_by_payment ON ledger_entries (payment_id);
      COMMENT ON INDEX ledger_entries_by_payment IS 'The comparison with the provider';
      CREATE INDEX ledger_entries_by_store ON ledger_entries (store_id, created_at);
      COMMENT ON INDEX ledger_entries_by_store IS 'Balances and statements of a store';
      CREATE UNIQUE INDEX ledger_entries_one_capture ON ledger_entries (order_id) WHERE kind = 'capture';
      COMMENT ON INDEX ledger_entries_one_capture IS 'An order is captured once';

      CREATE FUNCTION ledger_adds_up() RETURNS trigger LANGUAGE plpgsql AS $fn$
      BEGIN
        IF EXISTS (SELECT FROM ledger_entries WHERE transaction_id = NEW.transaction_id GROUP BY currency HAVING sum(amount_cents) <> 0) THEN
          RAISE EXCEPTION 'ledger transaction % is not zero', NEW.transaction_id USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_adds_up';
        END IF;
        RETURN NULL;
      END $fn$;
      CREATE CONSTRAINT TRIGGER ledger_adds_up AFTER INSERT ON ledger_entries
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_adds_up();
      COMMENT ON FUNCTION ledger_adds_up() IS 'The entries of a transaction sum to zero in each currency';

      CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $fn$
      BEGIN
        RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ledger_is_append_only';
      END $fn$;
      CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE ON ledger_entries
        FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();
      CREATE TRIGGER ledger_is_never_emptied BEFORE TRUNCATE ON ledger_entries
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
      COMMENT ON FUNCTION ledger_is_append_only() IS 'What was wrong is put right by another entry';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DROP TABLE ledger_entries; DROP FUNCTION ledger_adds_up(); DROP FUNCTION ledger_is_append_only()`,
    );
  }
}
