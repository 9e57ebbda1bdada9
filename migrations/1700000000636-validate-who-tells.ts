import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Looks at what stood there before. */
export class ValidateWhoTells1700000000636 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE parcels VALIDATE CONSTRAINT parcels_store_status;
      ALTER TABLE parcel_events VALIDATE CONSTRAINT parcel_events_source`);
  }

  async down(): Promise<void> {
    // Validated is validated; the constraints go with their columns.
  }
}
