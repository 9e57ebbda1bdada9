import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Stores that nobody on Muse runs yet, and owners who asked for privacy: both take messages and no orders. */
export class ContactUnclaimedStores1700000000323 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE stores ADD COLUMN contact_email text,
        ADD CONSTRAINT stores_unclaimed_have_no_owner CHECK (contact_email IS NULL OR (kind = 'merchant' AND owner_user_id IS NULL));
      COMMENT ON COLUMN stores.contact_email IS 'Of an unclaimed store: where its messages go, and who may claim it. Null once it is somebody''s; shown to admins only';
      CREATE FUNCTION touch_stores_of_user() RETURNS trigger LANGUAGE plpgsql AS $fn$
      BEGIN
        UPDATE stores SET updated_at = now() WHERE owner_user_id = NEW.id;
        RETURN NULL;
      END $fn$;
      COMMENT ON FUNCTION touch_stores_of_user() IS 'Gives the rows of a user''s stores new versions: whether they take orders depends on the user''s privacy';
      CREATE TRIGGER users_tell_their_stores AFTER UPDATE OF privacy ON users
        FOR EACH ROW WHEN (OLD.privacy IS DISTINCT FROM NEW.privacy) EXECUTE FUNCTION touch_stores_of_user();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER users_tell_their_stores ON users;
      DROP FUNCTION touch_stores_of_user();
      ALTER TABLE stores DROP COLUMN contact_email;
    `);
  }
}
