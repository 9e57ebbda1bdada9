import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Of requests that belong to a sealed checkout only that they happened is kept. */
export class HideWhoAsks1700000000333 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE idempotency_keys ALTER response DROP NOT NULL;
      COMMENT ON COLUMN idempotency_keys.response IS 'Encrypted; null for a private request, of which caller, key and body are kept as HMACs: its answer is made anew';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DELETE FROM idempotency_keys WHERE response IS NULL;
      ALTER TABLE idempotency_keys ALTER response SET NOT NULL`);
  }
}
