import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which units lie in which parcel. */
export class MakeParcelItems1700000000301 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE parcel_items (
        parcel_id uuid NOT NULL CONSTRAINT parcel_items_parcel REFERENCES parcels (id) ON DELETE CASCADE,
        order_item_id uuid NOT NULL CONSTRAINT parcel_items_item REFERENCES order_items (id) ON DELETE CASCADE,
        quantity int NOT NULL CONSTRAINT parcel_items_quantity CHECK (quantity > 0),
        CONSTRAINT parcel_items_pkey PRIMARY KEY (parcel_id, order_item_id)
      );
      COMMENT ON TABLE parcel_items IS 'Which units lie in which parcel';
      CREATE INDEX parcel_items_by_item ON parcel_items (order_item_id);
      COMMENT ON INDEX parcel_items_by_item IS 'The parcels of an item, for its foreign key';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE parcel_items`);
  }
}
