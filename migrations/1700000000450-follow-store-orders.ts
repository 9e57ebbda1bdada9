import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Orders at stores that tell of them by their own interface: what was told, by whom it is asked, and which webhooks came. */
export class FollowStoreOrders1700000000450 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE store_orders (
        id uuid CONSTRAINT store_orders_pkey PRIMARY KEY DEFAULT uuidv7(),
        store_id uuid NOT NULL CONSTRAINT store_orders_store REFERENCES stores (id),
        remote_id text NOT NULL CONSTRAINT store_orders_remote_id CHECK (length(remote_id) BETWEEN 1 AND 255),
        checkout_id text CONSTRAINT store_orders_checkout_id CHECK (length(checkout_id) <= 255),
        snapshot jsonb,
        version int NOT NULL DEFAULT 0,
        offers text[] NOT NULL DEFAULT '{}',
        user_id uuid CONSTRAINT store_orders_user REFERENCES users (id),
        followed_at timestamptz,
        webhook_at timestamptz,
        next_poll_at timestamptz,
        poll_seconds int NOT NULL DEFAULT 0,
        failures int NOT NULL DEFAULT 0,
        last_error text,
        lease_token uuid,
        lease_until timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT store_orders_once UNIQUE (store_id, remote_id),
        CONSTRAINT store_orders_told CHECK ((snapshot IS NULL) = (version = 0)),
        CONSTRAINT store_orders_asked_where_followed CHECK (next_poll_at IS NULL OR followed_at IS NOT NULL)
      ) WITH (fillfactor = 80);
      COMMENT ON TABLE store_orders IS 'What a store says of an order there, as it stands: statuses, parcels, amounts; nothing of a person';
      COMMENT ON COLUMN store_orders.remote_id IS 'The store''s key of it';
      COMMENT ON COLUMN store_orders.checkout_id IS 'The store''s checkout that it was made from: some show an order there and nowhere else';
      COMMENT ON COLUMN store_orders.snapshot IS 'The whole of it, merged of all that was told; null until anything was';
      COMMENT ON COLUMN store_orders.version IS 'Counts what was news';
      COMMENT ON COLUMN store_orders.offers IS 'What the store can do about its orders by its interface, as far as it was asked';
      COMMENT ON COLUMN store_orders.user_id IS 'In whose name the store is asked; null: a guest, or a buyer who is forgotten';
      COMMENT ON COLUMN store_orders.followed_at IS 'Since when an order of Muse is it; a webhook may come before';
      COMMENT ON COLUMN store_orders.poll_seconds IS 'The wait before the present poll: it doubles while there is no news';
      CREATE INDEX store_orders_due ON store_orders (store_id, next_poll_at) WHERE next_poll_at IS NOT NULL;
      COMMENT ON INDEX store_orders_due IS 'For which a store is to be asked next, store by store';
      CREATE INDEX store_orders_by_user ON store_orders (user_id) WHERE user_id IS NOT NULL;
      COMMENT ON INDEX store_orders_by_user IS 'In whose name stores are asked, for linking, unlinking and erasure';
      CREATE INDEX store_orders_nobodys ON store_orders (created_at) WHERE followed_at IS NULL;
      COMMENT ON INDEX store_orders_nobodys IS 'What no order of Muse became, to be forgotten';

      CREATE TABLE store_webhooks (
        id uuid CONSTRAINT store_webhooks_pkey PRIMARY KEY DEFAULT uuidv7(),
        store_id uuid NOT NULL CONSTRAINT store_webhooks_store REFERENCES stores (id),
        event_id text NOT NULL CONSTRAINT store_webhooks_event_id CHECK (length(event_id) BETWEEN 1 AND 255),
        protocol text NOT NULL CONSTRAINT store_webhooks_protocol CHECK (protocol IN ('ucp', 'acp', 'private')),
        snapshot jsonb,
        received_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz,
        attempts int NOT NULL DEFAULT 0,
        next_attempt_at timestamptz NOT NULL DEFAULT now(),
        last_error text,
        CONSTRAINT store_webhooks_once UNIQUE (store_id, event_id)
      );
      COMMENT ON TABLE store_webhooks IS 'Verified webhooks of stores, once for each event; what of one is kept is the order''s snapshot, until it is worked';
      CREATE INDEX store_webhooks_due ON store_webhooks (next_attempt_at) WHERE finished_at IS NULL;
      COMMENT ON INDEX store_webhooks_due IS 'What is to be worked';
      CREATE INDEX store_webhooks_old ON store_webhooks (finished_at) WHERE finished_at IS NOT NULL;
      COMMENT ON INDEX store_webhooks_old IS 'What may be forgotten';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE store_webhooks; DROP TABLE store_orders`);
  }
}
