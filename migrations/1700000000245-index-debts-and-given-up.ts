import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Built beside running traffic, so outside a transaction. */
export class IndexDebtsAndGivenUp1700000000245 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, on, comment] of INDEXES) {
      // A build that was broken off leaves an index that is not valid: it is made anew.
      await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
      await runner.query(`CREATE INDEX CONCURRENTLY ${name} ON ${on}`);
      await runner.query(`COMMENT ON INDEX ${name} IS '${comment}'`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [name] of INDEXES) await runner.query(`DROP INDEX IF EXISTS ${name}`);
  }
}

// An outcome is written once, so it may stand in a predicate.
const INDEXES = [
  [
    'provider_events_given_up',
    `provider_events (finished_at) WHERE outcome = 'given_up'`,
    'What nobody could work off: the gauge and the runbook',
  ],
  [
    'ledger_entries_of_debts',
    `ledger_entries (store_id, currency) INCLUDE (amount_cents) WHERE account = 'merchant_debt'`,
    'What a store owes, by its entries: compared with merchant_debts at each change',
  ],
] as const;
