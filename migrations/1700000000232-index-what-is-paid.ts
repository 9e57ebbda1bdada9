import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Built beside running traffic, so each outside a transaction; see IndexWhatIsOpen for why they stand on no status. */
export class IndexWhatIsPaid1700000000232 implements MigrationInterface {
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

const INDEXES = [
  ['orders_by_payment', 'orders (payment_id) WHERE payment_id IS NOT NULL', 'The orders that one payment pays'],
  [
    'orders_to_pay',
    'orders (pay_until) WHERE pay_until IS NOT NULL',
    'Which orders have waited long enough for another payment',
  ],
  [
    'checkout_sessions_to_give_up',
    'checkout_sessions (give_up_at) WHERE give_up_at IS NOT NULL AND completed_at IS NULL',
    'Which payments and placements of checkouts have had their time',
  ],
] as const;
