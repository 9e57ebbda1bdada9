import type { MigrationInterface, QueryRunner } from 'typeorm';

export class MakeDeliveryOptions1700000000031 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE delivery_options (
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        name text NOT NULL,
        price_cents bigint NOT NULL,
        free_over_cents bigint,
        min_days integer NOT NULL,
        max_days integer NOT NULL,
        countries text[],
        status text NOT NULL DEFAULT 'active',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT delivery_options_pkey PRIMARY KEY (id),
        CONSTRAINT delivery_options_of_a_store FOREIGN KEY (store_id) REFERENCES stores (id),
        CONSTRAINT delivery_options_price_is_not_negative CHECK (price_cents >= 0),
        CONSTRAINT delivery_options_free_over_is_not_negative CHECK (free_over_cents >= 0),
        CONSTRAINT delivery_options_days_are_a_span CHECK (min_days >= 0 AND max_days >= min_days),
        CONSTRAINT delivery_options_reach_somewhere CHECK (cardinality(countries) > 0),
        CONSTRAINT delivery_options_status_is_known CHECK (status IN ('active', 'retired'))
      )`);
    await runner.query(`COMMENT ON TABLE delivery_options IS
      'How a store delivers, in the store''s currency: flat price, free from free_over_cents of goods on, countries null = everywhere. Retired, never deleted: sessions and orders name them'`);
    await runner.query(
      `CREATE INDEX delivery_options_by_store ON delivery_options (store_id, price_cents) WHERE status = 'active'`,
    );
    await runner.query(
      `COMMENT ON INDEX delivery_options_by_store IS 'Carts and quotes read the active options of a few stores, cheapest first'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE delivery_options`);
  }
}
