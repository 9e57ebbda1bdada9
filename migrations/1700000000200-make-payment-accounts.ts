import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Merchants' accounts at the payment provider: where their share of a payment goes. */
export class MakePaymentAccounts1700000000200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payment_accounts (
        store_id uuid NOT NULL,
        provider text NOT NULL,
        provider_key uuid NOT NULL DEFAULT uuidv7(),
        asked_at timestamptz,
        provider_account_id text,
        country text,
        currency text,
        charges_enabled boolean NOT NULL DEFAULT false,
        payouts_enabled boolean NOT NULL DEFAULT false,
        transfers_active boolean NOT NULL DEFAULT false,
        payable boolean NOT NULL GENERATED ALWAYS AS
          (provider_account_id IS NOT NULL AND charges_enabled AND payouts_enabled AND transfers_active) STORED,
        requirements jsonb NOT NULL DEFAULT '{"currentlyDue": [], "pastDue": [], "pendingVerification": []}',
        disabled_reason text,
        fee_ppm integer,
        synced_at timestamptz,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT payment_accounts_pkey PRIMARY KEY (store_id),
        CONSTRAINT payment_accounts_of_a_store FOREIGN KEY (store_id) REFERENCES stores (id),
        CONSTRAINT payment_accounts_belong_to_one_store UNIQUE (provider_account_id),
        CONSTRAINT payment_accounts_were_asked_for CHECK (provider_account_id IS NULL OR asked_at IS NOT NULL),
        CONSTRAINT payment_accounts_currency_is_iso CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT payment_accounts_country_is_iso CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT payment_accounts_fee_is_a_share CHECK (fee_ppm BETWEEN 0 AND 1000000)
      );
      COMMENT ON TABLE payment_accounts IS
        'A merchant store''s account at the payment provider, as it was when last looked at, and what the platform keeps of its sales';
      COMMENT ON COLUMN payment_accounts.provider_key IS
        'Idempotency key under which the account is made; a new one only once the provider has forgotten it and no account is found';
      COMMENT ON COLUMN payment_accounts.asked_at IS 'When the provider was first asked under provider_key; null: nobody wants an account yet';
      COMMENT ON COLUMN payment_accounts.fee_ppm IS 'Platform fee in millionths of a sale; null: PLATFORM_FEE_PPM of the configuration';
      COMMENT ON COLUMN payment_accounts.synced_at IS 'From when on the provider was asked for what stands here: an answer to an earlier question changes nothing';
    `);
    await runner.query(`
      CREATE FUNCTION tell_store_of_payment_account() RETURNS trigger LANGUAGE plpgsql AS $fn$
      BEGIN
        UPDATE stores SET payable = NEW.payable AND NEW.currency IS NOT DISTINCT FROM currency, updated_at = now() WHERE id = NEW.store_id;
        RETURN NULL;
      END $fn$;
      COMMENT ON FUNCTION tell_store_of_payment_account() IS
        'Keeps stores.payable true to the account, and gives the store''s row a new version (xmin, ctid), by which processes know that what they keep of it is old';
      CREATE TRIGGER payment_accounts_tell_their_store AFTER INSERT OR UPDATE OF provider_account_id, charges_enabled, payouts_enabled, transfers_active, currency, fee_ppm
        ON payment_accounts FOR EACH ROW EXECUTE FUNCTION tell_store_of_payment_account()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE payment_accounts;
      DROP FUNCTION tell_store_of_payment_account();
      UPDATE stores SET payable = false WHERE payable`);
  }
}
