import type { MigrationInterface, QueryRunner } from 'typeorm';

/** In a transaction of its own, so that no writer waits while the rows are looked through. */
export class ValidateWhereNotificationsLead1700000000628 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE notifications VALIDATE CONSTRAINT notifications_lead_somewhere`);
  }

  async down(): Promise<void> {
    // A constraint that holds need not be forgotten to.
  }
}
