import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What stores with an interface of their own say of the goods in carts, and when they are asked again. */
export class KeepCartsFresh1700000000453 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE cart_items ADD COLUMN store_price_cents bigint, ADD COLUMN store_available int, ADD COLUMN store_checked_at timestamptz;
      ALTER TABLE cart_items ADD CONSTRAINT cart_items_store_says CHECK (store_price_cents >= 0 AND store_available >= 0) NOT VALID;
      COMMENT ON COLUMN cart_items.store_price_cents IS 'What its store asks for it, by the store''s own interface; null: it was not asked lately';
      COMMENT ON COLUMN cart_items.store_available IS 'How many of it the store has, by the same; null: it was not asked, or does not say';
      COMMENT ON COLUMN cart_items.store_checked_at IS 'When it said so';

      CREATE TABLE cart_looks (
        cart_id uuid CONSTRAINT cart_looks_pkey PRIMARY KEY CONSTRAINT cart_looks_cart REFERENCES carts (id) ON DELETE CASCADE,
        looked_at timestamptz NOT NULL
      ) WITH (fillfactor = 70);
      COMMENT ON TABLE cart_looks IS 'Which carts with goods of such stores were looked at lately: only theirs are worth asking for';
      CREATE INDEX cart_looks_late ON cart_looks (looked_at);
      COMMENT ON INDEX cart_looks_late IS 'Those of the last minutes, and those to be forgotten';

      CREATE TABLE availability_checks (
        store_id uuid CONSTRAINT availability_checks_pkey PRIMARY KEY CONSTRAINT availability_checks_store REFERENCES stores (id),
        wanted_until timestamptz NOT NULL,
        next_check_at timestamptz NOT NULL DEFAULT now(),
        failures int NOT NULL DEFAULT 0,
        last_error text,
        lease_token uuid,
        lease_until timestamptz
      ) WITH (fillfactor = 70);
      COMMENT ON TABLE availability_checks IS 'Which stores are to be asked for prices and stock, and when next: once a window, however many carts';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE availability_checks; DROP TABLE cart_looks;
      ALTER TABLE cart_items DROP COLUMN store_checked_at, DROP COLUMN store_available, DROP COLUMN store_price_cents`);
  }
}
