import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Orders that shoppers' mails tell of, and what became of each. */
export class MakeFoundOrders1700000000626 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE found_orders (
        id uuid CONSTRAINT found_orders_pkey PRIMARY KEY DEFAULT uuidv7(),
        user_id uuid NOT NULL CONSTRAINT found_orders_of_a_user REFERENCES users (id),
        store_domain text NOT NULL,
        key_hash bytea NOT NULL CONSTRAINT found_orders_key_hash CHECK (octet_length(key_hash) = 32),
        status text NOT NULL DEFAULT 'open' CONSTRAINT found_orders_status CHECK (status IN ('open', 'followed', 'dismissed')),
        order_id uuid CONSTRAINT found_orders_order REFERENCES orders (id),
        handoff_id uuid,
        told_at timestamptz,
        found_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT found_orders_followed_have_an_order CHECK ((status = 'followed') = (order_id IS NOT NULL))
      );
      COMMENT ON TABLE found_orders IS 'One order at a store, as a shopper''s mails tell of it: open while the shopper is asked, followed once it is an order here. What the mails say is in mail_findings, sealed';
      COMMENT ON COLUMN found_orders.store_domain IS 'Registrable domain of who sold';
      COMMENT ON COLUMN found_orders.key_hash IS 'HMAC, under a key of the server, of the store''s number; of a mail that names none, of day, goods and total';
      COMMENT ON COLUMN found_orders.handoff_id IS 'The filled cart that it was ordered from; opaque, for a sealed checkout''s is gone one day';
      COMMENT ON COLUMN found_orders.told_at IS 'When the shopper was asked whether to follow it';
      CREATE UNIQUE INDEX found_orders_once ON found_orders (user_id, store_domain, key_hash);
      COMMENT ON INDEX found_orders_once IS 'However many mails tell of it, it is one';
      CREATE INDEX found_orders_by_user ON found_orders (user_id, id DESC);
      COMMENT ON INDEX found_orders_by_user IS 'A shopper''s, newest first';
      CREATE INDEX found_orders_by_order ON found_orders (order_id) WHERE order_id IS NOT NULL;
      COMMENT ON INDEX found_orders_by_order IS 'Which mails an order rests on';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE found_orders`);
  }
}
