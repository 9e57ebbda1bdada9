import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The language that people are written to in. */
export class Languages1700000000111 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE users ADD COLUMN locale text NOT NULL DEFAULT 'en' CONSTRAINT users_locale_is_known CHECK (locale IN ('en', 'es'));
      COMMENT ON COLUMN users.locale IS 'Language to write to them in';
      ALTER TABLE checkout_sessions ADD COLUMN locale text CONSTRAINT checkout_sessions_locale CHECK (locale IN ('en', 'es'));
      COMMENT ON COLUMN checkout_sessions.locale IS 'Language that a guest asked for on giving the contact; null: a user''s own, or ours';
      ALTER TABLE orders ADD COLUMN locale text CONSTRAINT orders_locale CHECK (locale IN ('en', 'es'));
      COMMENT ON COLUMN orders.locale IS 'As of the session; null: the buyer''s own, or ours';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders DROP COLUMN locale;
      ALTER TABLE checkout_sessions DROP COLUMN locale;
      ALTER TABLE users DROP COLUMN locale`);
  }
}
