import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What somebody says of a refund in words lies under a key, as other words about an order do. */
export class SealWhyItGoesBack1700000000494 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE refunds ADD COLUMN sealed_reason jsonb;
      ALTER TABLE refunds ADD CONSTRAINT refunds_words_are_sealed CHECK (sealed_reason ?& ARRAY['v', 'k', 'iv', 'ct', 'tag'] AND sealed_reason - ARRAY['v', 'k', 'iv', 'ct', 'tag'] = '{}') NOT VALID;
      COMMENT ON COLUMN refunds.reason IS 'A code; of refunds of before the words of whoever asked';
      COMMENT ON COLUMN refunds.sealed_reason IS 'What whoever asked said of it, encrypted by who shows it: payments does not look into it';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE refunds DROP COLUMN sealed_reason; COMMENT ON COLUMN refunds.reason IS NULL`);
  }
}
