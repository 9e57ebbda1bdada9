import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Orders that a browser places at stores, and how far each has come. */
export class MakeStoreBrowserCheckouts1700000000531 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE store_browser_checkouts (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        store_checkout_id uuid NOT NULL CONSTRAINT store_browser_checkouts_one_per_store_checkout UNIQUE,
        store_id uuid NOT NULL CONSTRAINT store_browser_checkouts_store REFERENCES stores (id),
        state text NOT NULL DEFAULT 'open' CONSTRAINT store_browser_checkouts_state CHECK (state IN ('open', 'clicking', 'placed', 'over')),
        run_token uuid,
        point_of_no_return_at timestamptz,
        total_cents bigint,
        figures jsonb,
        looks int NOT NULL DEFAULT 0,
        relink_until timestamptz,
        order_number text,
        outcome jsonb,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT store_browser_checkouts_promised CHECK (state <> 'clicking' OR (point_of_no_return_at IS NOT NULL AND run_token IS NOT NULL)),
        CONSTRAINT store_browser_checkouts_ordered CHECK ((state = 'placed') = (order_number IS NOT NULL)),
        CONSTRAINT store_browser_checkouts_told CHECK ((state IN ('placed', 'over')) = (outcome IS NOT NULL))
      ) WITH (fillfactor = 60);
      COMMENT ON TABLE store_browser_checkouts IS 'What became of a store checkout that a browser places: written before and after the one click that cannot be taken back. Holds nothing of the shopper';
      COMMENT ON COLUMN store_browser_checkouts.store_checkout_id IS 'Of checkout-session: an opaque id here';
      COMMENT ON COLUMN store_browser_checkouts.run_token IS 'Of the run that may click: nobody else may, for ever';
      COMMENT ON COLUMN store_browser_checkouts.point_of_no_return_at IS 'Committed before the last click: from then on only the store''s order list can say what became of it';
      COMMENT ON COLUMN store_browser_checkouts.total_cents IS 'What the page said it comes to, right before the click: by it the order is known again';
      COMMENT ON COLUMN store_browser_checkouts.figures IS 'What the page said then, where that is not what was agreed; the order is written with it, however it is found';
      COMMENT ON COLUMN store_browser_checkouts.looks IS 'How often the order list was read without finding it';
      COMMENT ON COLUMN store_browser_checkouts.relink_until IS 'So long the shopper has to give the sign-in again';
      CREATE UNIQUE INDEX store_browser_checkouts_one_order ON store_browser_checkouts (store_id, order_number) WHERE order_number IS NOT NULL;
      COMMENT ON INDEX store_browser_checkouts_one_order IS 'An order at a store is of one store checkout';
      CREATE INDEX store_browser_checkouts_old ON store_browser_checkouts (updated_at);
      COMMENT ON INDEX store_browser_checkouts_old IS 'Which may be forgotten';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE store_browser_checkouts`);
  }
}
