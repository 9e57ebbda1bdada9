import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Rows of before are looked at by the next migration, beside running traffic. */
export class NameWhoServes1700000000544 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE store_checkouts ADD CONSTRAINT store_checkouts_served_by
        CHECK (served_by IN ('direct', 'oauth_api', 'headless', 'redirect')) NOT VALID;
      ALTER FUNCTION touch_store_of_delivery_option() RENAME TO touch_store_of_row;
      COMMENT ON FUNCTION touch_store_of_row() IS 'A row that belongs to a store (a delivery option, a connection) gives the store''s row a new version (xmin, ctid), by which processes know that what they keep of it is old';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER FUNCTION touch_store_of_row() RENAME TO touch_store_of_delivery_option;
      COMMENT ON FUNCTION touch_store_of_delivery_option() IS 'Gives a store''s row a new version (xmin, ctid), by which processes know that what they keep of it is old';
      ALTER TABLE store_checkouts DROP CONSTRAINT store_checkouts_served_by;
    `);
  }
}
