import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What affiliate networks say that Muse has earned, and has not after all. */
export class MakeAffiliateConversions1700000000611 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE affiliate_conversions (
        id uuid CONSTRAINT affiliate_conversions_pkey PRIMARY KEY DEFAULT uuidv7(),
        network text NOT NULL,
        network_id text NOT NULL,
        kind text NOT NULL,
        reverses uuid CONSTRAINT affiliate_conversions_reverses REFERENCES affiliate_conversions (id),
        click_id text,
        handoff_id uuid CONSTRAINT affiliate_conversions_handoff REFERENCES handoffs (id) ON DELETE SET NULL,
        store_id uuid CONSTRAINT affiliate_conversions_store REFERENCES stores (id),
        is_approved boolean NOT NULL DEFAULT false,
        currency text NOT NULL,
        commission_cents bigint NOT NULL,
        reversed_cents bigint NOT NULL DEFAULT 0,
        sale_cents bigint,
        occurred_at timestamptz NOT NULL,
        imported_by uuid CONSTRAINT affiliate_conversions_imported_by REFERENCES users (id),
        imported_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT affiliate_conversions_once UNIQUE (network, network_id, kind),
        CONSTRAINT affiliate_conversions_kind CHECK (
          CASE kind WHEN 'commission' THEN reverses IS NULL AND commission_cents >= 0
                    WHEN 'reversal' THEN reverses IS NOT NULL AND commission_cents < 0 AND reversed_cents = 0 ELSE false END),
        CONSTRAINT affiliate_conversions_no_more_than_earned CHECK (reversed_cents >= 0 AND (kind = 'reversal' OR reversed_cents <= commission_cents)),
        CONSTRAINT affiliate_conversions_sale CHECK (sale_cents >= 0),
        CONSTRAINT affiliate_conversions_currency CHECK (currency ~ '^[A-Z]{3}$')
      );
      COMMENT ON TABLE affiliate_conversions IS 'Commissions as the networks report them, one by their own id; a reversal is a row of its own. Names nobody: the click id leads to a hand-off. imported_by is the admin';
      COMMENT ON COLUMN affiliate_conversions.commission_cents IS 'Minor units of currency; of a reversal negative, so that what is left is the sum';
      COMMENT ON COLUMN affiliate_conversions.reversed_cents IS 'Of a commission: what its reversals take back';
      CREATE INDEX affiliate_conversions_by_handoff ON affiliate_conversions (handoff_id) WHERE handoff_id IS NOT NULL;
      COMMENT ON INDEX affiliate_conversions_by_handoff IS 'What an order earned';
      CREATE INDEX affiliate_conversions_by_day ON affiliate_conversions (occurred_at);
      COMMENT ON INDEX affiliate_conversions_by_day IS 'What was earned in some days';
      CREATE INDEX affiliate_conversions_by_reversed ON affiliate_conversions (reverses) WHERE reverses IS NOT NULL;
      COMMENT ON INDEX affiliate_conversions_by_reversed IS 'Which rows take back a commission';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE affiliate_conversions`);
  }
}
