import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A store's row changes whenever its connection does, as with its delivery options. */
export class TouchStoreWithConnection1700000000436 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TRIGGER store_connections_touch_their_store AFTER INSERT OR UPDATE OR DELETE ON store_connections
        FOR EACH ROW EXECUTE FUNCTION touch_store_of_delivery_option();
      COMMENT ON TRIGGER store_connections_touch_their_store ON store_connections IS 'Whether a store is connected is kept by processes with what else they know of it'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TRIGGER store_connections_touch_their_store ON store_connections`);
  }
}
