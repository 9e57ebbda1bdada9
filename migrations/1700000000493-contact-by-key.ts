import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An unclaimed store may be reached by its key in the place of an e-mail address. */
export class ContactByKey1700000000493 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE stores ADD COLUMN contact_key boolean NOT NULL DEFAULT false;
      ALTER TABLE stores ADD CONSTRAINT stores_reached_by_key_have_no_owner CHECK (NOT contact_key OR (kind = 'merchant' AND owner_user_id IS NULL)) NOT VALID;
      COMMENT ON COLUMN stores.contact_key IS 'Of an unclaimed store: whoever holds its published key reads its messages, and may claim it. With a contact_email, both do';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE stores DROP COLUMN contact_key`);
  }
}
