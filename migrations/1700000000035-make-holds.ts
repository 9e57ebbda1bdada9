import type { MigrationInterface, QueryRunner } from 'typeorm';

export class MakeHolds1700000000035 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE holds (
        session_id uuid NOT NULL,
        variant_id uuid NOT NULL,
        store_id uuid NOT NULL,
        quantity integer NOT NULL,
        status text NOT NULL,
        expires_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT holds_pkey PRIMARY KEY (session_id, variant_id),
        CONSTRAINT holds_quantity_is_positive CHECK (quantity > 0),
        CONSTRAINT holds_status_is_known CHECK (status IN ('held', 'committed', 'sold', 'released'))
      ) WITH (fillfactor = 70)`);
    await runner.query(`COMMENT ON TABLE holds IS
      'Stock set aside for a session: held (expires), then committed (placing), then sold or released. No foreign keys: session_id is opaque here, and the rows are made from locked inventory rows'`);
    await runner.query(`CREATE INDEX holds_by_expiry ON holds (expires_at) WHERE status = 'held'`);
    await runner.query(`COMMENT ON INDEX holds_by_expiry IS 'The safety net finds what no session released'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE holds`);
  }
}
