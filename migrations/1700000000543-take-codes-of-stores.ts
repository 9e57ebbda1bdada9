import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A store that Muse checks out at by its API takes discount codes of its own. */
export class TakeCodesOfStores1700000000543 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE store_checkouts ADD COLUMN store_discount_codes text[] NOT NULL DEFAULT '{}',
        ADD COLUMN store_discounts jsonb NOT NULL DEFAULT '[]';
      COMMENT ON COLUMN store_checkouts.store_discount_codes IS 'Codes of the store''s own that the shopper gave: told to the store with each question';
      COMMENT ON COLUMN store_checkouts.store_discounts IS 'What of them the store took in its last quote, and what it takes off by itself: code, title, amountCents; in discount_cents already';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE store_checkouts DROP COLUMN store_discounts, DROP COLUMN store_discount_codes`);
  }
}
