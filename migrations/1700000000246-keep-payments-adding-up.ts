import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sums that the program keeps, checked by the database when a transaction ends; and what the comparison finds, once. */
export class KeepPaymentsAddingUp1700000000246 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE payments ADD CONSTRAINT payments_captured_within_placed CHECK (captured_cents <= placed_cents) NOT VALID;

      CREATE FUNCTION payment_is_its_shares() RETURNS trigger LANGUAGE plpgsql AS $fn$
      DECLARE
        of uuid;
        asked bigint; placed bigint; shares_asked bigint; shares_placed bigint;
      BEGIN
        IF TG_TABLE_NAME = 'payments' THEN of := NEW.id; ELSE of := NEW.payment_id; END IF;
        SELECT amount_cents, CASE WHEN status = 'failed' THEN 0 ELSE placed_cents END INTO asked, placed FROM payments WHERE id = of;
        SELECT coalesce(sum(amount_cents), 0), coalesce(sum(amount_cents) FILTER (WHERE status = 'placed'), 0) INTO shares_asked, shares_placed
          FROM payment_shares WHERE payment_id = of;
        IF asked <> shares_asked OR placed <> shares_placed THEN
          RAISE EXCEPTION 'payment % is not its shares', of USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_is_its_shares';
        END IF;
        RETURN NULL;
      END $fn$;
      COMMENT ON FUNCTION payment_is_its_shares() IS 'What is asked for is what the shares cost; what is placed is what the placed ones cost, or nothing once it has failed';
      CREATE CONSTRAINT TRIGGER payment_begins_as_its_shares AFTER INSERT ON payments
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment_is_its_shares();
      CREATE CONSTRAINT TRIGGER payment_is_its_shares AFTER UPDATE OF amount_cents, placed_cents ON payments
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
        WHEN (OLD.amount_cents <> NEW.amount_cents OR OLD.placed_cents <> NEW.placed_cents) EXECUTE FUNCTION payment_is_its_shares();
      CREATE CONSTRAINT TRIGGER payment_share_begins_in_it AFTER INSERT ON payment_shares
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment_is_its_shares();
      CREATE CONSTRAINT TRIGGER payment_share_is_in_it AFTER UPDATE OF amount_cents, status ON payment_shares
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
        WHEN (OLD.amount_cents <> NEW.amount_cents OR OLD.status <> NEW.status) EXECUTE FUNCTION payment_is_its_shares();

      CREATE FUNCTION refunds_add_up() RETURNS trigger LANGUAGE plpgsql AS $fn$
      BEGIN
        IF EXISTS (
          SELECT FROM payment_shares s LEFT JOIN refunds r ON r.payment_id = s.payment_id AND r.store_id = s.store_id
           WHERE s.payment_id = NEW.payment_id AND s.store_id = NEW.store_id
           GROUP BY s.payment_id, s.store_id
          HAVING coalesce(sum(r.amount_cents) FILTER (WHERE r.status <> 'failed'), 0) <> s.refunded_cents
              OR coalesce(sum(r.fee_cents) FILTER (WHERE r.status <> 'failed'), 0) <> s.refunded_fee_cents
              OR bool_or(r.order_id IS DISTINCT FROM s.order_id) FILTER (WHERE r.id IS NOT NULL)
        ) THEN
          RAISE EXCEPTION 'refunds of payment % do not add up', NEW.payment_id USING ERRCODE = 'check_violation', CONSTRAINT = 'refunds_add_up';
        END IF;
        RETURN NULL;
      END $fn$;
      COMMENT ON FUNCTION refunds_add_up() IS 'What is refunded of a share is its refunds that have not failed, all of the share''s own order';
      CREATE CONSTRAINT TRIGGER refund_adds_up AFTER INSERT ON refunds
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refunds_add_up();
      CREATE CONSTRAINT TRIGGER refund_still_adds_up AFTER UPDATE OF status, amount_cents, fee_cents, order_id ON refunds
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
        WHEN ((OLD.status, OLD.amount_cents, OLD.fee_cents, OLD.order_id) IS DISTINCT FROM (NEW.status, NEW.amount_cents, NEW.fee_cents, NEW.order_id))
        EXECUTE FUNCTION refunds_add_up();
      CREATE CONSTRAINT TRIGGER payment_share_is_refunded AFTER UPDATE OF refunded_cents, refunded_fee_cents ON payment_shares
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
        WHEN (OLD.refunded_cents <> NEW.refunded_cents OR OLD.refunded_fee_cents <> NEW.refunded_fee_cents) EXECUTE FUNCTION refunds_add_up();

      CREATE FUNCTION merchant_debt_is_ledger() RETURNS trigger LANGUAGE plpgsql AS $fn$
      DECLARE
        kept bigint; entered bigint;
      BEGIN
        SELECT coalesce(sum(debt_cents), 0) INTO kept FROM merchant_debts WHERE store_id = NEW.store_id AND currency = NEW.currency;
        SELECT coalesce(sum(amount_cents), 0) INTO entered FROM ledger_entries
         WHERE account = 'merchant_debt' AND store_id = NEW.store_id AND currency = NEW.currency;
        IF kept <> entered THEN
          RAISE EXCEPTION 'the debt of store % is not what the ledger says', NEW.store_id USING ERRCODE = 'check_violation', CONSTRAINT = 'merchant_debt_is_ledger';
        END IF;
        RETURN NULL;
      END $fn$;
      COMMENT ON FUNCTION merchant_debt_is_ledger() IS 'What a store owes is the balance of its account merchant_debt';
      CREATE CONSTRAINT TRIGGER merchant_debt_is_ledger AFTER INSERT OR UPDATE OF debt_cents ON merchant_debts
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION merchant_debt_is_ledger();
      CREATE CONSTRAINT TRIGGER ledger_is_merchant_debt AFTER INSERT ON ledger_entries
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.account = 'merchant_debt') EXECUTE FUNCTION merchant_debt_is_ledger();

      COMMENT ON COLUMN ledger_comparisons.begun_at IS 'When whoever makes it was last heard of: after an hour without, another worker begins it anew';
      ALTER TABLE ledger_differences ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now(), DROP CONSTRAINT ledger_differences_what,
        ADD CONSTRAINT ledger_differences_what
          CHECK (what IN ('status', 'captured', 'refunded', 'transferred', 'reversed', 'another_payment'));
      COMMENT ON COLUMN ledger_differences.seen_at IS 'When it was last found: each night, for as long as the payment is looked at';
      UPDATE ledger_differences SET seen_at = found_at;
      DELETE FROM ledger_differences d USING ledger_differences first
       WHERE (first.payment_id, first.what, first.ours, first.theirs) = (d.payment_id, d.what, d.ours, d.theirs) AND first.id < d.id;
      DROP INDEX ledger_differences_by_payment;
      CREATE UNIQUE INDEX ledger_differences_once ON ledger_differences (payment_id, what, ours, theirs);
      COMMENT ON INDEX ledger_differences_once IS 'What was found about a payment; the same every night is one';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX ledger_differences_by_payment ON ledger_differences (payment_id);
      COMMENT ON INDEX ledger_differences_by_payment IS 'What was found about a payment';
      DROP INDEX ledger_differences_once;
      DELETE FROM ledger_differences WHERE what = 'another_payment';
      ALTER TABLE ledger_differences DROP COLUMN seen_at, DROP CONSTRAINT ledger_differences_what,
        ADD CONSTRAINT ledger_differences_what CHECK (what IN ('status', 'captured', 'refunded', 'transferred', 'reversed'));
      COMMENT ON COLUMN ledger_comparisons.begun_at IS NULL;
      DROP TRIGGER ledger_is_merchant_debt ON ledger_entries;
      DROP TRIGGER merchant_debt_is_ledger ON merchant_debts;
      DROP FUNCTION merchant_debt_is_ledger();
      DROP TRIGGER refund_adds_up ON refunds;
      DROP TRIGGER refund_still_adds_up ON refunds;
      DROP TRIGGER payment_share_is_refunded ON payment_shares;
      DROP FUNCTION refunds_add_up();
      DROP TRIGGER payment_begins_as_its_shares ON payments;
      DROP TRIGGER payment_is_its_shares ON payments;
      DROP TRIGGER payment_share_begins_in_it ON payment_shares;
      DROP TRIGGER payment_share_is_in_it ON payment_shares;
      DROP FUNCTION payment_is_its_shares();
      ALTER TABLE payments DROP CONSTRAINT payments_captured_within_placed;
    `);
  }
}
