import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an order at a store with an interface of its own is told by it, and what its buyer asks of the store. */
export class OrdersFollowStores1700000000451 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders ADD COLUMN store_offers text[], ADD COLUMN store_refunded_cents bigint NOT NULL DEFAULT 0;
      ALTER TABLE orders ADD CONSTRAINT orders_store_refunded CHECK (store_refunded_cents >= 0) NOT VALID;
      COMMENT ON COLUMN orders.store_offers IS 'What the store can do about it by its interface; null until the store was asked';
      COMMENT ON COLUMN orders.store_refunded_cents IS 'What the store says that it gave back';
      ALTER TABLE parcels ADD COLUMN store_key text;
      COMMENT ON COLUMN parcels.store_key IS 'What the store calls it; null of a parcel that was not told of by a store''s interface';
      ALTER TABLE parcel_events ADD COLUMN store_key text;
      COMMENT ON COLUMN parcel_events.store_key IS 'What the store calls it, so that told again it is one';

      CREATE TABLE store_requests (
        id uuid CONSTRAINT store_requests_pkey PRIMARY KEY DEFAULT uuidv7(),
        order_id uuid NOT NULL CONSTRAINT store_requests_order REFERENCES orders (id) ON DELETE CASCADE,
        kind text NOT NULL CONSTRAINT store_requests_kind CHECK (kind IN ('cancel', 'return')),
        return_id uuid CONSTRAINT store_requests_return REFERENCES returns (id) ON DELETE CASCADE,
        sealed_reason jsonb,
        status text NOT NULL DEFAULT 'pending' CONSTRAINT store_requests_status CHECK (status IN ('pending', 'done', 'refused', 'failed')),
        code text,
        attempts int NOT NULL DEFAULT 0,
        next_attempt_at timestamptz NOT NULL DEFAULT now(),
        lease_token uuid,
        lease_until timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz,
        CONSTRAINT store_requests_of_a_return CHECK ((kind = 'return') = (return_id IS NOT NULL)),
        CONSTRAINT store_requests_end CHECK ((status = 'pending') = (finished_at IS NULL))
      );
      COMMENT ON TABLE store_requests IS 'What a buyer asks of a store about an order there: written before the store is called, and what became of it after';
      COMMENT ON COLUMN store_requests.sealed_reason IS 'What the buyer says, under the data key of the order''s words; destroyed with the outcome';
      COMMENT ON COLUMN store_requests.code IS 'Why the store refused, or why it could not be asked';
      CREATE UNIQUE INDEX store_requests_one_cancel ON store_requests (order_id) WHERE kind = 'cancel' AND status IN ('pending', 'done');
      COMMENT ON INDEX store_requests_one_cancel IS 'A store is asked to cancel an order once, and again only where it refused or was not reached';
      CREATE UNIQUE INDEX store_requests_one_of_a_return ON store_requests (return_id) WHERE return_id IS NOT NULL;
      COMMENT ON INDEX store_requests_one_of_a_return IS 'A return is asked for once';
      CREATE INDEX store_requests_by_order ON store_requests (order_id, id);
      COMMENT ON INDEX store_requests_by_order IS 'The latest of an order';
      CREATE INDEX store_requests_due ON store_requests (next_attempt_at) WHERE status = 'pending';
      COMMENT ON INDEX store_requests_due IS 'What a store is still to be asked';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE store_requests;
      ALTER TABLE parcel_events DROP COLUMN store_key;
      ALTER TABLE parcels DROP COLUMN store_key;
      ALTER TABLE orders DROP COLUMN store_refunded_cents, DROP COLUMN store_offers`);
  }
}
