import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A return with nothing to give back ends, too. */
export class ReturnsClose1700000000550 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE returns DROP CONSTRAINT returns_status, ADD CONSTRAINT returns_status CHECK (status IN ('requested', 'approved', 'refused',
          'cancelled', 'in_transit', 'received', 'refunded', 'exchanged', 'closed')) NOT VALID;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      UPDATE returns SET status = 'received', ended_at = NULL WHERE status = 'closed';
      ALTER TABLE returns DROP CONSTRAINT returns_status, ADD CONSTRAINT returns_status CHECK (status IN ('requested', 'approved', 'refused',
          'cancelled', 'in_transit', 'received', 'refunded', 'exchanged'));
    `);
  }
}
