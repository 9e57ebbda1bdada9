import type { MigrationInterface, QueryRunner } from 'typeorm';

export class MakeStores1700000000030 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE stores (
        id uuid NOT NULL DEFAULT uuidv7(),
        name text NOT NULL,
        slug text NOT NULL,
        kind text NOT NULL,
        owner_user_id uuid,
        tier text NOT NULL,
        platform text,
        currency text NOT NULL,
        country text NOT NULL,
        url text,
        hosts text[] NOT NULL DEFAULT '{}',
        support_email text,
        support_phone text,
        support_url text,
        automation_policy text NOT NULL DEFAULT 'forbidden',
        link_required boolean NOT NULL DEFAULT false,
        cart_link jsonb,
        policies jsonb NOT NULL DEFAULT '{}',
        payable boolean NOT NULL DEFAULT false,
        status text NOT NULL DEFAULT 'active',
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT stores_pkey PRIMARY KEY (id),
        CONSTRAINT stores_slug_is_unique UNIQUE (slug),
        CONSTRAINT stores_owner_is_a_user FOREIGN KEY (owner_user_id) REFERENCES users (id),
        CONSTRAINT stores_kind_is_known CHECK (kind IN ('merchant', 'partner')),
        CONSTRAINT stores_tier_is_known CHECK (tier IN ('direct', 'oauth_api', 'headless', 'redirect')),
        CONSTRAINT stores_only_merchants_are_direct CHECK ((kind = 'merchant') = (tier = 'direct')),
        CONSTRAINT stores_partners_have_no_owner CHECK (kind = 'merchant' OR owner_user_id IS NULL),
        CONSTRAINT stores_currency_is_iso CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT stores_country_is_iso CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT stores_automation_policy_is_known CHECK (automation_policy IN ('allowed', 'forbidden')),
        CONSTRAINT stores_status_is_known CHECK (status IN ('active', 'closed'))
      )`);
    await runner.query(`COMMENT ON TABLE stores IS
      'Who sells: merchant stores live on Muse and belong to a user (or are unclaimed), partner stores are outside shops'`);
    await runner.query(`CREATE INDEX stores_by_owner ON stores (owner_user_id, id) WHERE owner_user_id IS NOT NULL`);
    await runner.query(
      `COMMENT ON INDEX stores_by_owner IS 'A merchant''s own stores; only merchant stores have an owner'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE stores`);
  }
}
