import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Reads the ledger beside running traffic: what was added NOT VALID holds for every row. */
export class ValidateLedgerKinds1700000000252 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE ledger_entries VALIDATE CONSTRAINT ledger_entries_kind');
  }

  /** A constraint that holds for every row holds for the new ones too: there is nothing to undo. */
  async down(): Promise<void> {}
}
