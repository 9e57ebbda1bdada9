import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A store's row changes whenever the recipe that serves it does, as with its connection. */
export class TouchStoreWithRecipe1700000000532 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TRIGGER store_recipes_touch_their_store AFTER INSERT OR UPDATE OR DELETE ON store_recipes
        FOR EACH ROW EXECUTE FUNCTION touch_store_of_delivery_option();
      COMMENT ON TRIGGER store_recipes_touch_their_store ON store_recipes IS 'Whether a browser can check out at a store is kept by processes with what else they know of it'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TRIGGER store_recipes_touch_their_store ON store_recipes`);
  }
}
