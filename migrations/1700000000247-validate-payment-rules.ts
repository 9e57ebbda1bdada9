import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Reads the tables beside running traffic: what was added NOT VALID holds for every row. */
export class ValidatePaymentRules1700000000247 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [table, constraint] of RULES)
      await runner.query(`ALTER TABLE ${table} VALIDATE CONSTRAINT ${constraint}`);
  }

  /** A constraint that holds for every row holds for the new ones too: there is nothing to undo. */
  async down(): Promise<void> {}
}

const RULES = [
  ['payments', 'payments_captured_within_placed'],
  ['payment_steps', 'payment_steps_kind'],
  ['payment_steps', 'payment_steps_of_a_share'],
  ['payment_steps', 'payment_steps_of_a_refund'],
] as const;
