import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A payment says what it is for, so that what nobody else can act on is told to whoever asked for it alone. */
export class NameWhatIsPaid1700000000254 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE payments ADD COLUMN purchase_kind text;
      COMMENT ON COLUMN payments.purchase_kind IS 'What purchase_id is the id of, in the words of whoever asked: checkout, order; null of payments from before';`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE payments DROP COLUMN purchase_kind`);
  }
}
