import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One store's order each: items, history, parcels, returns. */
export class Orders1700000000052 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE orders (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        muse_order_id text NOT NULL CONSTRAINT orders_muse_order_id UNIQUE,
        order_number text,
        buyer_user_id uuid CONSTRAINT orders_buyer_user REFERENCES users (id),
        buyer_guest_id uuid CONSTRAINT orders_buyer_guest REFERENCES guests (id),
        store_id uuid NOT NULL CONSTRAINT orders_store REFERENCES stores (id),
        checkout_session_id uuid,
        order_status text NOT NULL CONSTRAINT orders_status CHECK (order_status IN ('pending', 'awaiting_store', 'confirmed',
          'processing', 'shipped', 'delivered', 'completed', 'cancelled', 'returned')),
        payment_status text NOT NULL CONSTRAINT orders_payment_status CHECK (payment_status IN ('unpaid', 'authorized', 'paid',
          'partially_refunded', 'refunded', 'voided', 'failed', 'disputed', 'at_store')),
        checkout_method text NOT NULL CONSTRAINT orders_checkout_method CHECK (checkout_method IN ('direct', 'oauth_api', 'headless', 'redirect')),
        settlement text NOT NULL CONSTRAINT orders_settlement CHECK (settlement IN ('pay_now', 'pay_later', 'at_store')),
        currency text NOT NULL CONSTRAINT orders_currency CHECK (currency ~ '^[A-Z]{3}$'),
        subtotal_cents bigint NOT NULL,
        discount_cents bigint NOT NULL DEFAULT 0,
        shipping_cents bigint NOT NULL DEFAULT 0,
        fees jsonb NOT NULL DEFAULT '[]',
        fees_cents bigint NOT NULL DEFAULT 0,
        tax_cents bigint NOT NULL DEFAULT 0,
        total_cents bigint NOT NULL,
        total_ves_cents bigint,
        exchange_rate_id uuid CONSTRAINT orders_exchange_rate REFERENCES exchange_rates (id),
        key_subject_id uuid NOT NULL,
        shipping_address jsonb,
        billing_address jsonb,
        contact jsonb,
        instructions jsonb,
        estimated_delivery_from date,
        estimated_delivery date,
        tracking_number text,
        carrier text,
        version int NOT NULL DEFAULT 1,
        watched_until timestamptz,
        placed_at timestamptz NOT NULL DEFAULT now(),
        confirmed_at timestamptz,
        shipped_at timestamptz,
        delivered_at timestamptz,
        completed_at timestamptz,
        cancelled_at timestamptz,
        buyer_completed_at timestamptz,
        merchant_completed_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT orders_add_up CHECK (total_cents = subtotal_cents - discount_cents + shipping_cents + fees_cents + tax_cents AND total_cents >= 0),
        CONSTRAINT orders_one_buyer CHECK (buyer_user_id IS NULL OR buyer_guest_id IS NULL),
        CONSTRAINT orders_awaiting_store CHECK (order_status <> 'awaiting_store' OR (checkout_method = 'redirect' AND order_number IS NULL))
      );
      COMMENT ON COLUMN orders.watched_until IS 'Until when somebody streams it: only then is a change worth a NOTIFY, which wakes every listening connection';
      COMMENT ON TABLE orders IS 'One store''s order';
      COMMENT ON COLUMN orders.muse_order_id IS 'Ours, for people: cannot be guessed from another';
      COMMENT ON COLUMN orders.order_number IS 'The store''s own number, null until known';
      COMMENT ON COLUMN orders.key_subject_id IS 'Whose data key encrypts address, contact and instructions: the buyer at the time of placing';
      COMMENT ON COLUMN orders.instructions IS 'Note, gift and delivery note, encrypted';
      CREATE UNIQUE INDEX orders_one_per_store_and_session ON orders (checkout_session_id, store_id) WHERE checkout_session_id IS NOT NULL;
      COMMENT ON INDEX orders_one_per_store_and_session IS 'One order per store and session';
      CREATE UNIQUE INDEX orders_one_per_store_number ON orders (store_id, buyer_user_id, order_number) WHERE checkout_session_id IS NULL AND order_number IS NOT NULL;
      COMMENT ON INDEX orders_one_per_store_number IS 'An order found elsewhere is known by store, shopper and the store''s number';
      CREATE INDEX idx_orders_user ON orders (buyer_user_id, id DESC) WHERE buyer_user_id IS NOT NULL;
      COMMENT ON INDEX idx_orders_user IS 'A user''s orders, newest first';
      CREATE INDEX orders_by_guest ON orders (buyer_guest_id, id DESC) WHERE buyer_guest_id IS NOT NULL;
      COMMENT ON INDEX orders_by_guest IS 'A guest''s orders, newest first';
      CREATE INDEX idx_orders_store ON orders (store_id, id DESC);
      COMMENT ON INDEX idx_orders_store IS 'A store''s orders, newest first';
      CREATE INDEX idx_orders_status ON orders (order_status);
      COMMENT ON INDEX idx_orders_status IS 'Orders by state, for support';

      CREATE TABLE order_items (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        order_id uuid NOT NULL CONSTRAINT order_items_order REFERENCES orders (id) ON DELETE CASCADE,
        position int NOT NULL,
        variant_id uuid,
        product_name text NOT NULL,
        product_sku text,
        product_url text,
        product_image_url text,
        size text,
        color text,
        quantity int NOT NULL CONSTRAINT order_items_quantity CHECK (quantity > 0),
        quantity_shipped int NOT NULL DEFAULT 0,
        quantity_in_return int NOT NULL DEFAULT 0,
        quantity_returned int NOT NULL DEFAULT 0,
        status text NOT NULL DEFAULT 'ordered' CONSTRAINT order_items_status CHECK (status IN ('ordered', 'shipped', 'delivered', 'cancelled', 'returned')),
        unit_price_cents bigint NOT NULL CONSTRAINT order_items_unit_price CHECK (unit_price_cents >= 0),
        total_price_cents bigint NOT NULL CONSTRAINT order_items_total CHECK (total_price_cents = unit_price_cents * quantity),
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT order_items_no_more_than_shipped CHECK (quantity_shipped BETWEEN 0 AND quantity
          AND quantity_in_return BETWEEN 0 AND quantity_shipped AND quantity_returned BETWEEN 0 AND quantity_in_return)
      );
      COMMENT ON TABLE order_items IS 'What was ordered, as it was then; quantity_in_return counts units of every return that was not refused';
      CREATE INDEX idx_order_items_order ON order_items (order_id);
      COMMENT ON INDEX idx_order_items_order IS 'The items of an order';

      CREATE TABLE order_events (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        order_id uuid NOT NULL CONSTRAINT order_events_order REFERENCES orders (id) ON DELETE CASCADE,
        type text NOT NULL,
        actor text NOT NULL CONSTRAINT order_events_actor CHECK (actor IN ('buyer', 'merchant', 'system', 'support', 'admin')),
        actor_id uuid,
        reason text,
        before jsonb,
        after jsonb,
        at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON TABLE order_events IS 'An order''s history: who changed what from which state, append only';
      CREATE INDEX order_events_by_order ON order_events (order_id, id);
      COMMENT ON INDEX order_events_by_order IS 'The history of an order, in order';

      CREATE TABLE parcels (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        order_id uuid NOT NULL CONSTRAINT parcels_order REFERENCES orders (id) ON DELETE CASCADE,
        carrier text NOT NULL,
        tracking_number text NOT NULL,
        tracking_url text,
        status text NOT NULL DEFAULT 'pre_transit' CONSTRAINT parcels_status CHECK (status IN ('pre_transit', 'in_transit',
          'out_for_delivery', 'delivered', 'exception', 'returned', 'unknown')),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT parcels_once UNIQUE (order_id, carrier, tracking_number)
      );
      COMMENT ON TABLE parcels IS 'What is on its way for an order';

      CREATE TABLE parcel_events (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        parcel_id uuid NOT NULL CONSTRAINT parcel_events_parcel REFERENCES parcels (id) ON DELETE CASCADE,
        status text NOT NULL,
        detail text NOT NULL,
        location text,
        at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON TABLE parcel_events IS 'Where a parcel was seen';
      CREATE INDEX parcel_events_by_parcel ON parcel_events (parcel_id, at);
      COMMENT ON INDEX parcel_events_by_parcel IS 'A parcel''s way, in order';

      CREATE TABLE returns (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        order_id uuid NOT NULL CONSTRAINT returns_order REFERENCES orders (id) ON DELETE CASCADE,
        status text NOT NULL DEFAULT 'requested' CONSTRAINT returns_status CHECK (status IN ('requested')),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON TABLE returns IS 'A buyer''s wish to send items back; the rest of its life comes with its own migration';
      CREATE INDEX returns_by_order ON returns (order_id);
      COMMENT ON INDEX returns_by_order IS 'The returns of an order';

      CREATE TABLE return_items (
        return_id uuid NOT NULL CONSTRAINT return_items_return REFERENCES returns (id) ON DELETE CASCADE,
        order_item_id uuid NOT NULL CONSTRAINT return_items_item REFERENCES order_items (id),
        quantity int NOT NULL CONSTRAINT return_items_quantity CHECK (quantity > 0),
        reason text NOT NULL,
        CONSTRAINT return_items_pkey PRIMARY KEY (return_id, order_item_id)
      );
      COMMENT ON TABLE return_items IS 'Which units a return is about';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE return_items; DROP TABLE returns; DROP TABLE parcel_events; DROP TABLE parcels;
      DROP TABLE order_events; DROP TABLE order_items; DROP TABLE orders`);
  }
}
