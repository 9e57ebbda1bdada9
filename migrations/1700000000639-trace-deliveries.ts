import type { MigrationInterface, QueryRunner } from 'typeorm';

export class TraceDeliveries1700000000639 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE event_deliveries ADD COLUMN traceparent text;
      COMMENT ON COLUMN event_deliveries.traceparent IS 'The trace of what published the event, while traces are made (W3C Trace Context)';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE event_deliveries DROP COLUMN traceparent`);
  }
}
