import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A store's row changes whenever its delivery options do: whoever keeps what a store says needs to look at one row only. */
export class TouchStoreWithDelivery1700000000056 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION touch_store_of_delivery_option() RETURNS trigger LANGUAGE plpgsql AS $fn$
      BEGIN
        UPDATE stores SET updated_at = now() WHERE id IN (OLD.store_id, NEW.store_id);
        RETURN NULL;
      END $fn$;
      COMMENT ON FUNCTION touch_store_of_delivery_option() IS 'Gives a store''s row a new version (xmin, ctid), by which processes know that what they keep of it is old';
      CREATE TRIGGER delivery_options_touch_their_store AFTER INSERT OR UPDATE OR DELETE ON delivery_options
        FOR EACH ROW EXECUTE FUNCTION touch_store_of_delivery_option()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER delivery_options_touch_their_store ON delivery_options;
      DROP FUNCTION touch_store_of_delivery_option()`);
  }
}
