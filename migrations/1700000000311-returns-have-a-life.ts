import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A return from its request to its refund or the order that replaces it. */
export class ReturnsHaveALife1700000000311 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE returns DROP CONSTRAINT returns_status, ADD CONSTRAINT returns_status CHECK (status IN ('requested', 'approved', 'refused',
          'cancelled', 'in_transit', 'received', 'refunded', 'exchanged')),
        ADD kind text NOT NULL DEFAULT 'return' CONSTRAINT returns_kind CHECK (kind IN ('return', 'exchange')),
        ADD store_id uuid,
        ADD version int NOT NULL DEFAULT 1,
        ADD key_subject_id uuid,
        ADD words jsonb,
        ADD answer jsonb,
        ADD parcel jsonb,
        ADD exchange_for jsonb,
        ADD exchange_order_id uuid CONSTRAINT returns_exchange_order REFERENCES orders (id),
        ADD refund_cents bigint NOT NULL DEFAULT 0 CONSTRAINT returns_refund CHECK (refund_cents >= 0),
        ADD refund_ids uuid[] NOT NULL DEFAULT '{}',
        ADD decided_at timestamptz,
        ADD received_at timestamptz,
        ADD ended_at timestamptz,
        ADD CONSTRAINT returns_exchange_has_goods CHECK ((kind = 'exchange') = (exchange_for IS NOT NULL)),
        ADD CONSTRAINT returns_exchanged_has_order CHECK ((status = 'exchanged') = (exchange_order_id IS NOT NULL));
      COMMENT ON TABLE returns IS 'A buyer''s wish to send items back, and what became of it';
      UPDATE returns SET store_id = o.store_id FROM orders o WHERE o.id = returns.order_id;
      COMMENT ON COLUMN returns.store_id IS 'The order''s, for the list of a store';
      CREATE INDEX returns_by_store ON returns (store_id, id DESC);
      COMMENT ON INDEX returns_by_store IS 'A store''s returns, newest first';
      COMMENT ON COLUMN returns.key_subject_id IS 'Whose data key encrypts words and answer: the order''s, or one of the return''s own where the order has none; null of a return of before';
      COMMENT ON COLUMN returns.words IS 'Why, and photos, item by item: what the buyer said, encrypted';
      COMMENT ON COLUMN returns.answer IS 'What the merchant answered, encrypted';
      COMMENT ON COLUMN returns.parcel IS 'How the buyer sent it back: carrier, number, page; encrypted';
      COMMENT ON COLUMN returns.exchange_for IS 'Of an exchange: the store''s variants instead, at the prices of that moment. They are held from its approval';
      COMMENT ON COLUMN returns.refund_cents IS 'What goes back for what was received';
      COMMENT ON COLUMN returns.refund_ids IS 'The refunds by which it does; payments knows what became of them';
      CREATE UNIQUE INDEX returns_exchanged_once ON returns (exchange_order_id) WHERE exchange_order_id IS NOT NULL;
      COMMENT ON INDEX returns_exchanged_once IS 'One order for one exchange; and by which return an order was paid';
      CREATE INDEX returns_awaiting_refund ON returns USING gin (refund_ids) WHERE status = 'received';
      COMMENT ON INDEX returns_awaiting_refund IS 'Which return a refund is of';
      ALTER TABLE return_items
        ADD quantity_received int NOT NULL DEFAULT 0,
        ADD quantity_restocked int NOT NULL DEFAULT 0,
        ADD condition text CONSTRAINT return_items_condition CHECK (condition IN ('as_new', 'opened', 'damaged')),
        ADD CONSTRAINT return_items_received_within CHECK (quantity_received BETWEEN 0 AND quantity AND quantity_restocked BETWEEN 0 AND quantity_received);
      COMMENT ON COLUMN return_items.reason IS 'Empty, but of returns of before: what the buyer says is in returns.words';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE return_items DROP quantity_received, DROP quantity_restocked, DROP condition;
      ALTER TABLE returns DROP kind, DROP store_id, DROP version, DROP key_subject_id, DROP words, DROP answer, DROP parcel, DROP exchange_for, DROP exchange_order_id,
        DROP refund_cents, DROP refund_ids, DROP decided_at, DROP received_at, DROP ended_at, DROP CONSTRAINT returns_status;
      UPDATE returns SET status = 'requested';
      ALTER TABLE returns ADD CONSTRAINT returns_status CHECK (status IN ('requested'));
    `);
  }
}
