import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Payments, and the part of each store in them. */
export class Payments1700000000210 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payments (
        id uuid PRIMARY KEY,
        provider text NOT NULL,
        provider_payment_id text CONSTRAINT payments_provider_payment UNIQUE,
        provider_charge_id text,
        purchase_id uuid NOT NULL,
        shopper_id uuid NOT NULL,
        payment_method_id uuid,
        provider_method_id text,
        provider_customer_id text,
        method_kind text NOT NULL,
        method_brand text,
        method_last4 text CONSTRAINT payments_method_last4 CHECK (length(method_last4) <= 4),
        return_url text NOT NULL,
        currency text NOT NULL CONSTRAINT payments_currency CHECK (currency ~ '^[A-Z]{3}$'),
        amount_cents bigint NOT NULL CONSTRAINT payments_amount CHECK (amount_cents > 0),
        authorized_cents bigint NOT NULL DEFAULT 0,
        placed_cents bigint NOT NULL DEFAULT 0,
        captured_cents bigint NOT NULL DEFAULT 0,
        refunded_cents bigint NOT NULL DEFAULT 0,
        undecided uuid[] NOT NULL,
        status text NOT NULL DEFAULT 'created' CONSTRAINT payments_status CHECK (status IN ('created', 'action_required', 'authorized',
          'capturing', 'captured', 'cancelled', 'declined', 'failed')),
        action jsonb,
        decline_code text,
        authorized_at timestamptz,
        captured_at timestamptz,
        provider_fee_booked boolean NOT NULL DEFAULT false,
        voided_at timestamptz,
        next_look_at timestamptz DEFAULT now() + interval '60 seconds',
        looks int NOT NULL DEFAULT 0,
        version int NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT payments_within CHECK (captured_cents <= authorized_cents AND authorized_cents <= amount_cents
          AND placed_cents <= amount_cents AND captured_cents >= 0),
        CONSTRAINT payments_refunded_within_captured CHECK (refunded_cents BETWEEN 0 AND captured_cents),
        CONSTRAINT payments_captured_is_captured CHECK ((status = 'captured') = (captured_at IS NOT NULL)),
        CONSTRAINT payments_void_is_void CHECK ((status IN ('cancelled', 'declined', 'failed')) = (voided_at IS NOT NULL)),
        CONSTRAINT payments_action_waits CHECK ((status = 'action_required') = (action IS NOT NULL))
      ) WITH (fillfactor = 60);
      COMMENT ON TABLE payments IS 'One authorisation for all the stores of one purchase';
      COMMENT ON COLUMN payments.purchase_id IS 'What is paid: a checkout session or an order. Opaque here';
      COMMENT ON COLUMN payments.method_kind IS 'The method as it was: it may be removed later';
      COMMENT ON COLUMN payments.undecided IS 'Stores whose placement is not decided. In the payment''s own row, so that of decisions made at once exactly one is the last';
      COMMENT ON COLUMN payments.placed_cents IS 'Sum of what was placed: what will be captured';
      COMMENT ON COLUMN payments.action IS 'What the shopper has to do; its secret and address are sealed';
      COMMENT ON COLUMN payments.voided_at IS 'Nothing of it will be paid any more, so the purchase may be paid anew';
      COMMENT ON COLUMN payments.next_look_at IS 'When the poller asks the provider what became of it; null: it is final';
      CREATE UNIQUE INDEX payments_one_per_purchase ON payments (purchase_id) WHERE voided_at IS NULL;
      COMMENT ON INDEX payments_one_per_purchase IS 'Nothing is paid twice';
      CREATE INDEX payments_to_look_at ON payments (next_look_at) WHERE next_look_at IS NOT NULL;
      COMMENT ON INDEX payments_to_look_at IS 'The poller';
      CREATE INDEX payments_by_shopper ON payments (shopper_id);
      COMMENT ON INDEX payments_by_shopper IS 'What a claim takes over and an erasure forgets';
      CREATE INDEX payments_by_update ON payments (updated_at);
      COMMENT ON INDEX payments_by_update IS 'The nightly comparison looks at what has changed';

      CREATE TABLE payment_shares (
        payment_id uuid NOT NULL CONSTRAINT payment_shares_payment REFERENCES payments (id),
        store_id uuid NOT NULL CONSTRAINT payment_shares_store REFERENCES stores (id),
        order_id uuid CONSTRAINT payment_shares_order UNIQUE,
        amount_cents bigint NOT NULL CONSTRAINT payment_shares_amount CHECK (amount_cents > 0),
        fee_cents bigint NOT NULL,
        fee_ppm int NOT NULL CONSTRAINT payment_shares_fee_ppm CHECK (fee_ppm BETWEEN 0 AND 1000000),
        status text NOT NULL DEFAULT 'pending' CONSTRAINT payment_shares_status CHECK (status IN ('pending', 'placed', 'dropped')),
        captured_cents bigint NOT NULL DEFAULT 0,
        refunded_cents bigint NOT NULL DEFAULT 0,
        refunded_fee_cents bigint NOT NULL DEFAULT 0,
        transfer_status text NOT NULL DEFAULT 'none' CONSTRAINT payment_shares_transfer_status CHECK (transfer_status IN ('none', 'due', 'sent', 'failed')),
        transferred_cents bigint NOT NULL DEFAULT 0,
        provider_transfer_id text CONSTRAINT payment_shares_transfer UNIQUE,
        reversed_cents bigint NOT NULL DEFAULT 0,
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (payment_id, store_id),
        CONSTRAINT payment_shares_fee_within CHECK (fee_cents BETWEEN 0 AND amount_cents),
        CONSTRAINT payment_shares_placed_has_order CHECK ((status = 'placed') = (order_id IS NOT NULL)),
        CONSTRAINT payment_shares_captured_if_placed CHECK (captured_cents = 0 OR (status = 'placed' AND captured_cents = amount_cents)),
        CONSTRAINT payment_shares_refunded_within_captured CHECK (refunded_cents BETWEEN 0 AND captured_cents),
        CONSTRAINT payment_shares_refunded_fee_within CHECK (refunded_fee_cents BETWEEN 0 AND least(refunded_cents, fee_cents)),
        CONSTRAINT payment_shares_transferred_within CHECK (transferred_cents BETWEEN 0 AND captured_cents - least(fee_cents, captured_cents)),
        CONSTRAINT payment_shares_reversed_within CHECK (reversed_cents BETWEEN 0 AND transferred_cents)
      ) WITH (fillfactor = 60);
      COMMENT ON TABLE payment_shares IS 'The part of one store in a payment: what it costs, what the platform keeps, what became of it';
      COMMENT ON COLUMN payment_shares.transferred_cents IS 'What is sent of it, known when it is captured: share less fee and less what settled the store''s debt';
      COMMENT ON COLUMN payment_shares.reversed_cents IS 'Taken back of it, or about to be';
      COMMENT ON COLUMN payment_shares.fee_cents IS 'The platform''s part, fixed when the payment begins';

      CREATE FUNCTION payment_adds_up() RETURNS trigger LANGUAGE plpgsql AS $fn$
      DECLARE
        of uuid := CASE WHEN TG_TABLE_NAME = 'payments' THEN (to_jsonb(NEW) ->> 'id')::uuid ELSE (to_jsonb(NEW) ->> 'payment_id')::uuid END;
        captured bigint; refunded bigint; shares_captured bigint; shares_refunded bigint;
      BEGIN
        SELECT captured_cents, refunded_cents INTO captured, refunded FROM payments WHERE id = of;
        SELECT coalesce(sum(captured_cents), 0), coalesce(sum(refunded_cents), 0) INTO shares_captured, shares_refunded
          FROM payment_shares WHERE payment_id = of;
        IF captured <> shares_captured OR refunded <> shares_refunded THEN
          RAISE EXCEPTION 'payment % does not add up', of USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_adds_up';
        END IF;
        RETURN NULL;
      END $fn$;
      CREATE CONSTRAINT TRIGGER payment_adds_up AFTER UPDATE OF captured_cents, refunded_cents ON payments
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment_adds_up();
      CREATE CONSTRAINT TRIGGER payment_share_adds_up AFTER UPDATE OF captured_cents, refunded_cents ON payment_shares
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment_adds_up();
      COMMENT ON FUNCTION payment_adds_up() IS 'What is captured and refunded of a payment is what is captured and refunded of its shares';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE payment_shares; DROP TABLE payments; DROP FUNCTION payment_adds_up()`);
  }
}
