import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a store has, and whether the whole ledger is zero, is read from sums of what is old and from the entries since. */
export class SumTheLedger1700000000552 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ledger_sums (
        store_id uuid NOT NULL,
        currency text NOT NULL CONSTRAINT ledger_sums_currency CHECK (currency ~ '^[A-Z]{3}$'),
        account text NOT NULL,
        kind text NOT NULL,
        amount_cents bigint NOT NULL,
        PRIMARY KEY (store_id, currency, account, kind)
      );
      COMMENT ON TABLE ledger_sums IS 'The entries of ledger_entries from before ledger_closed.until, summed up; those of no store under the id of zeros';

      CREATE TABLE ledger_closed (
        one boolean PRIMARY KEY DEFAULT true CONSTRAINT ledger_closed_once CHECK (one),
        until timestamptz NOT NULL
      );
      COMMENT ON TABLE ledger_closed IS 'One row: until when entries are summed up in ledger_sums. Nobody writes an entry of before any more';
      INSERT INTO ledger_closed (until) VALUES (coalesce((SELECT date_trunc('day', min(created_at)) FROM ledger_entries), now() - interval '1 day'));
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ledger_closed; DROP TABLE ledger_sums`);
  }
}
