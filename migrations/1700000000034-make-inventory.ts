import type { MigrationInterface, QueryRunner } from 'typeorm';

export class MakeInventory1700000000034 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE inventory (
        variant_id uuid NOT NULL,
        store_id uuid NOT NULL,
        on_hand integer NOT NULL,
        reserved integer NOT NULL DEFAULT 0,
        buffer integer NOT NULL DEFAULT 0,
        alert_threshold integer,
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT inventory_pkey PRIMARY KEY (variant_id),
        CONSTRAINT inventory_of_a_variant FOREIGN KEY (variant_id) REFERENCES variants (id),
        CONSTRAINT inventory_of_a_store FOREIGN KEY (store_id) REFERENCES stores (id),
        CONSTRAINT inventory_reserved_within_on_hand CHECK (reserved BETWEEN 0 AND on_hand),
        CONSTRAINT inventory_buffer_is_not_negative CHECK (buffer >= 0),
        CONSTRAINT inventory_alert_threshold_is_not_negative CHECK (alert_threshold >= 0)
      ) WITH (fillfactor = 50)`);
    await runner.query(`COMMENT ON TABLE inventory IS
      'Stock of each variant, one row each: on_hand in the store, reserved = sum of held and committed holds, buffer never sold online. Half-filled pages keep the many updates in place'`);
    await runner.query(`CREATE INDEX inventory_by_store ON inventory (store_id, variant_id)`);
    await runner.query(`COMMENT ON INDEX inventory_by_store IS 'A merchant''s stock list, by keyset'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE inventory`);
  }
}
