import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Of a parcel and what was seen of it, who told it: a store, a mail, a carrier. */
export class TellWhoTells1700000000635 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE parcels ADD COLUMN store_status text, ADD COLUMN store_carrier text, ADD COLUMN store_url text,
        ADD COLUMN told_carrier text, ADD COLUMN told_url text, ADD COLUMN tracked_id uuid;
      ALTER TABLE parcels ADD CONSTRAINT parcels_store_status CHECK (store_status IN ('pre_transit', 'in_transit', 'out_for_delivery',
          'delivered', 'exception', 'returned', 'unknown')) NOT VALID;
      COMMENT ON COLUMN parcels.store_status IS 'Where the store said last that it is; what was seen of it may say more';
      COMMENT ON COLUMN parcels.store_carrier IS 'How the store names the carrier';
      COMMENT ON COLUMN parcels.store_url IS 'Where the store says that it is followed';
      COMMENT ON COLUMN parcels.told_carrier IS 'How mails name the carrier: it counts where the store names none';
      COMMENT ON COLUMN parcels.told_url IS 'Where mails say that it is followed: it counts where the carrier has no page that is known';
      COMMENT ON COLUMN parcels.tracked_id IS 'What its carrier is asked for; null where nobody can be asked';
      ALTER TABLE parcel_events ADD COLUMN source text;
      ALTER TABLE parcel_events ADD CONSTRAINT parcel_events_source CHECK (source IN ('store', 'mail', 'carrier')) NOT VALID;
      COMMENT ON COLUMN parcel_events.source IS 'Who told it; null: the store where it has its key, else whoever moved the order here';
      ALTER TABLE orders ADD COLUMN told_estimates jsonb;
      COMMENT ON COLUMN orders.told_estimates IS 'By who told it: on which days it should arrive, and when that was said; null: nobody has';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders DROP COLUMN told_estimates;
      ALTER TABLE parcel_events DROP COLUMN source;
      ALTER TABLE parcels DROP COLUMN tracked_id, DROP COLUMN told_url, DROP COLUMN told_carrier, DROP COLUMN store_url,
        DROP COLUMN store_carrier, DROP COLUMN store_status`);
  }
}
