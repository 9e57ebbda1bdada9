import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Until now an order left in one parcel, whole. By itself, for it may take long: 301 locks the items of orders until it is done. */
export class FillParcels1700000000306 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      INSERT INTO parcel_items (parcel_id, order_item_id, quantity)
      SELECT p.id, i.id, i.quantity_shipped FROM parcels p JOIN order_items i ON i.order_id = p.order_id WHERE i.quantity_shipped > 0
      ON CONFLICT DO NOTHING`);
  }

  /** What lies in parcels goes with its table. */
  async down(): Promise<void> {}
}
