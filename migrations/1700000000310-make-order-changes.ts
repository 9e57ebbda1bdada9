import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a merchant proposes to change in an order before it is shipped, and what became of it. */
export class MakeOrderChanges1700000000310 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE order_changes (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        order_id uuid NOT NULL CONSTRAINT order_changes_order REFERENCES orders (id) ON DELETE CASCADE,
        status text NOT NULL DEFAULT 'proposed' CONSTRAINT order_changes_status CHECK (status IN ('proposed', 'awaiting_payment', 'applied',
          'refused', 'withdrawn', 'expired')),
        proposed_by uuid NOT NULL,
        key_subject_id uuid NOT NULL,
        reason jsonb,
        answer jsonb,
        before jsonb NOT NULL,
        after jsonb NOT NULL,
        total_before_cents bigint NOT NULL,
        total_after_cents bigint NOT NULL CONSTRAINT order_changes_total CHECK (total_after_cents >= 0),
        expires_at timestamptz NOT NULL,
        decided_at timestamptz,
        ended_at timestamptz,
        payment_id uuid,
        payment_action text CONSTRAINT order_changes_payment_action CHECK (payment_action IN ('authenticate', 'redirect')),
        taken_at timestamptz,
        paid_cents bigint NOT NULL DEFAULT 0,
        version int NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT order_changes_paid_is_the_difference CHECK (paid_cents = 0 OR (status = 'applied' AND paid_cents = total_after_cents - total_before_cents)),
        CONSTRAINT order_changes_awaits_more CHECK (status <> 'awaiting_payment' OR total_after_cents > total_before_cents),
        CONSTRAINT order_changes_ended CHECK ((status IN ('proposed', 'awaiting_payment')) = (ended_at IS NULL))
      );
      COMMENT ON TABLE order_changes IS 'What a merchant proposes to change in an order, with the order before and after it; kept when it has ended';
      COMMENT ON COLUMN order_changes.proposed_by IS 'The merchant''s user, without a key: the fact outlives the account';
      COMMENT ON COLUMN order_changes.key_subject_id IS 'Whose data key encrypts reason and answer: the order''s, or one of the change''s own where the order has none';
      COMMENT ON COLUMN order_changes.expires_at IS 'When it ends by itself: unanswered, or accepted and unpaid';
      COMMENT ON COLUMN order_changes.payment_id IS 'The payment of the difference, whose purchase is this change; null once one has failed, for then another may be begun';
      COMMENT ON COLUMN order_changes.taken_at IS 'When the difference was authorised and its capture asked for: from now on only the payment decides';
      COMMENT ON COLUMN order_changes.paid_cents IS 'What was taken for it: that much of the order''s money lies under this change''s id';
      CREATE UNIQUE INDEX order_changes_one_open ON order_changes (order_id) WHERE status IN ('proposed', 'awaiting_payment');
      COMMENT ON INDEX order_changes_one_open IS 'One open change an order';
      CREATE INDEX order_changes_by_order ON order_changes (order_id, id);
      COMMENT ON INDEX order_changes_by_order IS 'The changes of an order, in order';
      CREATE INDEX order_changes_due ON order_changes (expires_at) WHERE status IN ('proposed', 'awaiting_payment') AND taken_at IS NULL;
      COMMENT ON INDEX order_changes_due IS 'The sweep of those whose time is over';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE order_changes`);
  }
}
