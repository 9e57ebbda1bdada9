import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Coupons of stores and of the platform, how often each shopper used them, and what each use took off whom. */
export class MakeCoupons1700000000121 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE coupons (
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid,
        code text NOT NULL,
        kind text NOT NULL,
        amount_cents bigint,
        percent_ppm integer,
        currency text,
        minimum_cents bigint,
        starts_at timestamptz NOT NULL DEFAULT now(),
        ends_at timestamptz,
        max_redemptions integer,
        max_per_shopper integer,
        redeemed integer NOT NULL DEFAULT 0,
        created_by uuid,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT coupons_pkey PRIMARY KEY (id),
        CONSTRAINT coupons_one_per_code UNIQUE NULLS NOT DISTINCT (code, store_id),
        CONSTRAINT coupons_of_a_store FOREIGN KEY (store_id) REFERENCES stores (id),
        CONSTRAINT coupons_code_is_in_capitals CHECK (code ~ '^[A-Z0-9_-]{3,40}$'),
        CONSTRAINT coupons_are_of_one_kind CHECK (
          (kind = 'amount' AND amount_cents > 0 AND percent_ppm IS NULL)
          OR (kind = 'percent' AND percent_ppm BETWEEN 1 AND 1000000 AND amount_cents IS NULL)
          OR (kind = 'free_delivery' AND amount_cents IS NULL AND percent_ppm IS NULL)),
        CONSTRAINT coupons_minimum_is_positive CHECK (minimum_cents > 0),
        CONSTRAINT coupons_money_has_a_currency CHECK ((currency IS NULL) = (amount_cents IS NULL AND minimum_cents IS NULL)),
        CONSTRAINT coupons_currency_is_iso CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT coupons_end_after_they_start CHECK (ends_at >= starts_at),
        CONSTRAINT coupons_limits_are_positive CHECK (max_redemptions > 0 AND max_per_shopper > 0),
        CONSTRAINT coupons_within_their_limit CHECK (redeemed >= 0 AND (max_redemptions IS NULL OR redeemed <= max_redemptions))
      ) WITH (fillfactor = 70)`);
    await runner.query(`COMMENT ON TABLE coupons IS
      'What a code takes off: of one store (its own cost) or, store_id null, of the platform (its cost). Terms never change; ends_at may. redeemed counts uses that stand'`);
    await runner.query(
      `COMMENT ON CONSTRAINT coupons_one_per_code ON coupons IS 'Codes are found by it: a code stands once per store, and once for the platform'`,
    );
    await runner.query(`CREATE INDEX coupons_by_store ON coupons (store_id, id)`);
    await runner.query(
      `COMMENT ON INDEX coupons_by_store IS 'The coupons of a store, or of the platform, newest first'`,
    );

    await runner.query(`
      CREATE TABLE coupon_uses (
        coupon_id uuid NOT NULL,
        shopper_id uuid NOT NULL,
        used integer NOT NULL,
        CONSTRAINT coupon_uses_pkey PRIMARY KEY (coupon_id, shopper_id),
        CONSTRAINT coupon_uses_of_a_coupon FOREIGN KEY (coupon_id) REFERENCES coupons (id),
        CONSTRAINT coupon_uses_of_a_shopper FOREIGN KEY (shopper_id) REFERENCES shoppers (id),
        CONSTRAINT coupon_uses_are_counted CHECK (used >= 0)
      ) WITH (fillfactor = 70)`);
    await runner.query(`COMMENT ON TABLE coupon_uses IS
      'How often a shopper used a coupon: one row each, so that the limit per shopper holds however many tabs place at once. Above the limit only where a guest signed in who had used it too'`);
    await runner.query(`CREATE INDEX coupon_uses_by_shopper ON coupon_uses (shopper_id)`);
    await runner.query(`COMMENT ON INDEX coupon_uses_by_shopper IS 'What a guest who signs in takes along'`);

    await runner.query(`
      CREATE TABLE coupon_redemptions (
        session_id uuid NOT NULL,
        coupon_id uuid NOT NULL,
        store_id uuid NOT NULL,
        shopper_id uuid NOT NULL,
        funded_by text NOT NULL,
        amount_cents bigint NOT NULL,
        currency text NOT NULL,
        redeemed_at timestamptz NOT NULL DEFAULT now(),
        given_back_at timestamptz,
        CONSTRAINT coupon_redemptions_pkey PRIMARY KEY (session_id, coupon_id, store_id),
        CONSTRAINT coupon_redemptions_of_a_coupon FOREIGN KEY (coupon_id) REFERENCES coupons (id),
        CONSTRAINT coupon_redemptions_at_a_store FOREIGN KEY (store_id) REFERENCES stores (id),
        CONSTRAINT coupon_redemptions_of_a_shopper FOREIGN KEY (shopper_id) REFERENCES shoppers (id),
        CONSTRAINT coupon_redemptions_funded_by CHECK (funded_by IN ('store', 'platform')),
        CONSTRAINT coupon_redemptions_take_something_off CHECK (amount_cents > 0),
        CONSTRAINT coupon_redemptions_currency_is_iso CHECK (currency ~ '^[A-Z]{3}$')
      )`);
    await runner.query(`COMMENT ON TABLE coupon_redemptions IS
      'What a coupon took off one store of a checkout that was placed, and at whose cost. All rows of a coupon in one session are one use; it is given back with the last of them'`);
    await runner.query(`CREATE INDEX coupon_redemptions_by_coupon ON coupon_redemptions (coupon_id)`);
    await runner.query(`COMMENT ON INDEX coupon_redemptions_by_coupon IS 'What a coupon has cost so far'`);
    await runner.query(`CREATE INDEX coupon_redemptions_by_shopper ON coupon_redemptions (shopper_id)`);
    await runner.query(`COMMENT ON INDEX coupon_redemptions_by_shopper IS 'What a guest who signs in takes along'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE coupon_redemptions`);
    await runner.query(`DROP TABLE coupon_uses`);
    await runner.query(`DROP TABLE coupons`);
  }
}
