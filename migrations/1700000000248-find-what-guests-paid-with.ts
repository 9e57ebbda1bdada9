import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A shopper's methods are found whether they are removed or not: a claim takes over all of them, and an erasure forgets
 * those that were removed before. Built beside running traffic, so outside a transaction.
 */
export class FindWhatGuestsPaidWith1700000000248 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // A build that was broken off leaves an index that is not valid: it is made anew.
    await runner.query('DROP INDEX CONCURRENTLY IF EXISTS payment_methods_of_shopper');
    await runner.query('CREATE INDEX CONCURRENTLY payment_methods_of_shopper ON payment_methods (shopper_id, id)');
    await runner.query(
      `COMMENT ON INDEX payment_methods_of_shopper IS 'A shopper''s list; what a claim takes over and an erasure forgets, removed ones too'`,
    );
    await runner.query('DROP INDEX CONCURRENTLY IF EXISTS payment_methods_by_shopper');
    // Single-use ones are swept by their age.
    await runner.query('DROP INDEX CONCURRENTLY IF EXISTS payment_methods_once');
    await runner.query(
      'CREATE INDEX CONCURRENTLY payment_methods_once ON payment_methods (created_at) WHERE single_use',
    );
    await runner.query(
      `COMMENT ON INDEX payment_methods_once IS 'Methods for one payment, which are forgotten once nobody can pay by them'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE INDEX IF NOT EXISTS payment_methods_by_shopper ON payment_methods (shopper_id, id) WHERE removed_at IS NULL',
    );
    await runner.query(
      `COMMENT ON INDEX payment_methods_by_shopper IS 'A shopper''s list; what a claim takes over and an erasure forgets'`,
    );
    await runner.query('DROP INDEX IF EXISTS payment_methods_of_shopper');
    await runner.query('DROP INDEX IF EXISTS payment_methods_once');
  }
}
