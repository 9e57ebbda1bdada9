import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Checkout sessions, the part of each store in them, the durable act of placing, and hand-offs. */
export class Checkout1700000000054 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE checkout_sessions (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        session_id text NOT NULL,
        shopper_id uuid NOT NULL CONSTRAINT checkout_sessions_shopper REFERENCES shoppers (id),
        cart_id uuid NOT NULL CONSTRAINT checkout_sessions_cart REFERENCES carts (id),
        cart_items jsonb NOT NULL,
        chosen_items uuid[],
        key_subject_id uuid NOT NULL,
        status text NOT NULL DEFAULT 'pending' CONSTRAINT checkout_sessions_status CHECK (status IN ('pending', 'expired', 'cancelled',
          'processing', 'action_required', 'needs_attention', 'completed', 'partially_completed', 'failed')),
        version int NOT NULL DEFAULT 1,
        watched_until timestamptz,
        currency text NOT NULL CONSTRAINT checkout_sessions_currency CHECK (currency ~ '^[A-Z]{3}$'),
        rates jsonb NOT NULL DEFAULT '[]',
        shipping_address jsonb,
        billing_address jsonb,
        contact jsonb,
        ships_to_country text,
        payment_method_id text,
        accepted jsonb NOT NULL DEFAULT '[]',
        action jsonb,
        started_at timestamptz NOT NULL DEFAULT now(),
        placed_at timestamptz,
        completed_at timestamptz,
        expires_at timestamptz NOT NULL DEFAULT now() + interval '30 minutes',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      ) WITH (fillfactor = 60);
      COMMENT ON COLUMN checkout_sessions.watched_until IS 'Until when somebody streams it: only then is a change worth a NOTIFY, which wakes every listening connection';
      COMMENT ON TABLE checkout_sessions IS 'One attempt to buy a snapshot of cart lines; 30 minutes to live';
      COMMENT ON COLUMN checkout_sessions.session_id IS 'A name for it that may be shown to others; opens nothing';
      COMMENT ON COLUMN checkout_sessions.cart_items IS 'The snapshot: lines with the prices agreed';
      COMMENT ON COLUMN checkout_sessions.chosen_items IS 'The cart lines that the shopper asked for; null: all. A refresh asks for the same';
      COMMENT ON COLUMN checkout_sessions.key_subject_id IS 'Whose data key encrypts address and contact: the shopper who began';
      COMMENT ON COLUMN checkout_sessions.ships_to_country IS 'In the clear, so that delivery can be quoted without the key';
      CREATE UNIQUE INDEX idx_checkout_session ON checkout_sessions (session_id);
      COMMENT ON INDEX idx_checkout_session IS 'By its name';
      CREATE INDEX idx_checkout_user ON checkout_sessions (shopper_id);
      COMMENT ON INDEX idx_checkout_user IS 'A shopper''s sessions';
      CREATE UNIQUE INDEX checkout_sessions_one_pending ON checkout_sessions (shopper_id) WHERE status = 'pending';
      COMMENT ON INDEX checkout_sessions_one_pending IS 'A shopper has one live session';
      CREATE INDEX checkout_sessions_expiring ON checkout_sessions (expires_at) WHERE status = 'pending';
      COMMENT ON INDEX checkout_sessions_expiring IS 'Which sessions have run out';

      CREATE TABLE handoffs (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        session_id uuid NOT NULL,
        shopper_id uuid NOT NULL CONSTRAINT handoffs_shopper REFERENCES shoppers (id),
        store_id uuid NOT NULL CONSTRAINT handoffs_store REFERENCES stores (id),
        click_id text NOT NULL CONSTRAINT handoffs_click_id UNIQUE,
        continue_url text NOT NULL,
        items jsonb NOT NULL,
        status text NOT NULL DEFAULT 'waiting' CONSTRAINT handoffs_status CHECK (status IN ('waiting', 'ordered', 'abandoned', 'expired')),
        order_id uuid CONSTRAINT handoffs_order REFERENCES orders (id),
        expires_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT handoffs_one_per_store UNIQUE (session_id, store_id),
        CONSTRAINT handoffs_ordered_has_order CHECK ((status = 'ordered') = (order_id IS NOT NULL))
      );
      COMMENT ON TABLE handoffs IS 'A filled cart at a store, waiting for the shopper to finish there';
      COMMENT ON COLUMN handoffs.click_id IS 'What the store or affiliate network gives back; 28 lower-case characters, no personal data';
      CREATE INDEX handoffs_expiring ON handoffs (expires_at) WHERE status = 'waiting';
      COMMENT ON INDEX handoffs_expiring IS 'Which hand-offs have run out';
      CREATE INDEX handoffs_by_shopper ON handoffs (shopper_id);
      COMMENT ON INDEX handoffs_by_shopper IS 'A guest''s hand-offs, to claim them';

      CREATE TABLE store_checkouts (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        session_id uuid NOT NULL CONSTRAINT store_checkouts_session REFERENCES checkout_sessions (id) ON DELETE CASCADE,
        store_id uuid NOT NULL CONSTRAINT store_checkouts_store REFERENCES stores (id),
        position int NOT NULL,
        included boolean NOT NULL DEFAULT true,
        tier text NOT NULL CONSTRAINT store_checkouts_tier CHECK (tier IN ('direct', 'oauth_api', 'headless', 'redirect')),
        status text NOT NULL DEFAULT 'waiting' CONSTRAINT store_checkouts_status CHECK (status IN ('quoting', 'waiting', 'processing', 'placed',
          'action_required', 'continue_at_store', 'contacted', 'needs_attention', 'failed', 'cancelled')),
        currency text NOT NULL,
        settlement text NOT NULL CONSTRAINT store_checkouts_settlement CHECK (settlement IN ('pay_now', 'pay_later', 'at_store')),
        delivery_options jsonb NOT NULL DEFAULT '[]',
        delivery_option_id uuid,
        delivery_chosen boolean NOT NULL DEFAULT false,
        subtotal_cents bigint NOT NULL DEFAULT 0,
        discount_cents bigint NOT NULL DEFAULT 0,
        shipping_cents bigint NOT NULL DEFAULT 0,
        fees jsonb NOT NULL DEFAULT '[]',
        fees_cents bigint NOT NULL DEFAULT 0,
        tax_cents bigint NOT NULL DEFAULT 0,
        total_cents bigint NOT NULL DEFAULT 0,
        quoted_at timestamptz,
        quote_expires_at timestamptz,
        problems jsonb NOT NULL DEFAULT '[]',
        shipping_address jsonb,
        ships_to_country text,
        instructions jsonb,
        estimated_from date,
        estimated_to date,
        message text,
        action jsonb,
        failure jsonb,
        order_id uuid CONSTRAINT store_checkouts_order REFERENCES orders (id),
        handoff_id uuid CONSTRAINT store_checkouts_handoff REFERENCES handoffs (id),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT store_checkouts_one_per_store UNIQUE (session_id, store_id),
        CONSTRAINT store_checkouts_add_up CHECK (total_cents = subtotal_cents - discount_cents + shipping_cents + fees_cents + tax_cents)
      ) WITH (fillfactor = 60);
      COMMENT ON TABLE store_checkouts IS 'The part of a session that belongs to one store: address, delivery option, settlement, tier, outcome';
      COMMENT ON COLUMN store_checkouts.delivery_chosen IS 'The shopper picked the option; otherwise the cheapest that reaches the address is taken anew';

      CREATE TABLE placements (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        store_checkout_id uuid NOT NULL CONSTRAINT placements_one_per_store_checkout UNIQUE
          CONSTRAINT placements_store_checkout REFERENCES store_checkouts (id) ON DELETE CASCADE,
        session_id uuid NOT NULL,
        store_id uuid NOT NULL,
        tier text NOT NULL,
        status text NOT NULL DEFAULT 'queued' CONSTRAINT placements_status CHECK (status IN ('gated', 'queued', 'running', 'done', 'needs_attention')),
        attempts int NOT NULL DEFAULT 0,
        lease_token uuid,
        lease_until timestamptz,
        next_attempt_at timestamptz NOT NULL DEFAULT now(),
        outcome jsonb,
        evidence jsonb NOT NULL DEFAULT '[]',
        created_at timestamptz NOT NULL DEFAULT now(),
        started_at timestamptz,
        finished_at timestamptz
      ) WITH (fillfactor = 60);
      COMMENT ON TABLE placements IS 'The durable act of turning one store checkout into an order; a row with a lease, so that no worker can do it twice';
      CREATE INDEX placements_due ON placements (next_attempt_at) WHERE status IN ('queued', 'running');
      COMMENT ON INDEX placements_due IS 'The sweeper asks for what is due';
      CREATE INDEX placements_needing_attention ON placements (id) WHERE status = 'needs_attention';
      COMMENT ON INDEX placements_needing_attention IS 'The console of support';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DROP TABLE placements; DROP TABLE store_checkouts; DROP TABLE handoffs; DROP TABLE checkout_sessions`,
    );
  }
}
