import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One cart a shopper, and its lines. Names are the product document's; the shopper stands on the cart. */
export class Carts1700000000050 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE carts (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        shopper_id uuid NOT NULL CONSTRAINT carts_shopper REFERENCES shoppers (id),
        status text NOT NULL DEFAULT 'open' CONSTRAINT carts_status CHECK (status IN ('open', 'abandoned', 'merged')),
        version int NOT NULL DEFAULT 1,
        watched_until timestamptz,
        checkout_session_id uuid,
        touched_on date NOT NULL DEFAULT current_date,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      ) WITH (fillfactor = 60);
      COMMENT ON COLUMN carts.watched_until IS 'Until when somebody streams it: only then is a change worth a NOTIFY, which wakes every listening connection';
      COMMENT ON TABLE carts IS 'What a shopper wants to buy; abandoned when untouched for 30 days, open again on the next write; merged into a user''s cart at sign-in';
      COMMENT ON COLUMN carts.checkout_session_id IS 'The shopper''s latest session: what it holds is not missing for its own shopper';
      COMMENT ON COLUMN carts.touched_on IS 'The day of the last write: indexed, and changing once a day at most, so that a cart write stays a heap-only update';
      CREATE UNIQUE INDEX carts_one_open_per_shopper ON carts (shopper_id) WHERE status <> 'merged';
      COMMENT ON INDEX carts_one_open_per_shopper IS 'One open cart a shopper';
      CREATE INDEX idx_cart_user ON carts (shopper_id);
      COMMENT ON INDEX idx_cart_user IS 'A shopper''s carts, merged ones too';
      CREATE INDEX carts_by_status_and_day ON carts (status, touched_on);
      COMMENT ON INDEX carts_by_status_and_day IS 'Which open carts nobody has touched for 30 days';

      CREATE TABLE cart_items (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        cart_id uuid NOT NULL CONSTRAINT cart_items_cart REFERENCES carts (id) ON DELETE CASCADE,
        store_id uuid NOT NULL CONSTRAINT cart_items_store REFERENCES stores (id),
        brand_id uuid CONSTRAINT cart_items_brand REFERENCES brands (id),
        variant_id uuid CONSTRAINT cart_items_variant REFERENCES variants (id),
        item_key text NOT NULL,
        product_name text NOT NULL,
        product_sku text,
        product_url text NOT NULL,
        product_image_url text,
        brand_name text,
        price_cents bigint NOT NULL CONSTRAINT cart_items_price CHECK (price_cents >= 0),
        original_price_cents bigint CONSTRAINT cart_items_original_price CHECK (original_price_cents >= 0),
        currency text NOT NULL CONSTRAINT cart_items_currency CHECK (currency ~ '^[A-Z]{3}$'),
        size text,
        color text,
        quantity int NOT NULL DEFAULT 1 CONSTRAINT cart_items_quantity CHECK (quantity BETWEEN 1 AND 999),
        in_stock boolean NOT NULL DEFAULT true,
        last_stock_check timestamptz,
        checkout_session_id uuid,
        added_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT cart_items_one_line UNIQUE NULLS NOT DISTINCT (cart_id, store_id, item_key, size, color)
      ) WITH (fillfactor = 70);
      COMMENT ON TABLE cart_items IS 'Cart lines, of the catalogue (variant_id) or described by the client (partner stores)';
      COMMENT ON COLUMN cart_items.item_key IS 'Variant id, else SKU, else normalised product URL: with size and colour, what makes two lines the same';
      COMMENT ON COLUMN cart_items.price_cents IS 'The price that the shopper last saw';
      COMMENT ON COLUMN cart_items.checkout_session_id IS 'The session that is placing this line; while it stands the line is not offered again';
      CREATE INDEX idx_cart_store ON cart_items (store_id);
      COMMENT ON INDEX idx_cart_store IS 'Which carts a store''s change touches';
      CREATE INDEX cart_items_by_variant ON cart_items (variant_id) WHERE variant_id IS NOT NULL;
      COMMENT ON INDEX cart_items_by_variant IS 'Which carts a price or stock change touches';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE cart_items; DROP TABLE carts`);
  }
}
