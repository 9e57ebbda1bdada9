import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The steps of a payment. Without an index of their own whoever asks for them by the payment reads the sweepers' index of all
 * open steps from end to end. Built beside running traffic, so outside a transaction.
 */
export class IndexStepsByPayment1700000000241 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // A build that was broken off leaves an index that is not valid: it is made anew.
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS payment_steps_by_payment`);
    await runner.query(`CREATE INDEX CONCURRENTLY payment_steps_by_payment ON payment_steps (payment_id)`);
    await runner.query(`COMMENT ON INDEX payment_steps_by_payment IS 'The steps of a payment'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    // Going back is done in a transaction of TypeORM's, and beside no traffic.
    await runner.query(`DROP INDEX payment_steps_by_payment`);
  }
}
