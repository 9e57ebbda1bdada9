import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who buys: users with an account and guests with a token share one id space, so that a cart stands on one shopper id. */
export class MakeShoppers1700000000011 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE shoppers (
        id uuid NOT NULL DEFAULT uuidv7(),
        kind text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT shoppers_pkey PRIMARY KEY (id),
        CONSTRAINT shoppers_kind_is_known CHECK (kind IN ('user', 'guest'))
      )`);
    await runner.query(
      `COMMENT ON TABLE shoppers IS 'Users and guests under one id; never deleted, since carts and orders name them'`,
    );

    await runner.query(`
      CREATE TABLE users (
        id uuid NOT NULL,
        email text,
        display_name text,
        password_hash text,
        roles text[] NOT NULL DEFAULT '{shopper}',
        privacy text NOT NULL DEFAULT 'standard',
        currency text,
        disabled_at timestamptz,
        erased_at timestamptz,
        key_kept_until timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT users_pkey PRIMARY KEY (id),
        CONSTRAINT users_are_shoppers FOREIGN KEY (id) REFERENCES shoppers (id),
        CONSTRAINT users_roles_are_known CHECK (roles <@ ARRAY['shopper', 'merchant', 'support', 'admin']),
        CONSTRAINT users_privacy_is_known CHECK (privacy IN ('standard', 'paranoid')),
        CONSTRAINT users_currency_is_iso CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT users_are_a_person_or_erased CHECK (
          CASE WHEN erased_at IS NULL THEN email IS NOT NULL AND password_hash IS NOT NULL
               ELSE email IS NULL AND display_name IS NULL AND password_hash IS NULL AND disabled_at IS NOT NULL END),
        CONSTRAINT users_key_is_kept_after_erasure_only CHECK (key_kept_until IS NULL OR erased_at IS NOT NULL)
      )`);
    await runner.query(
      `COMMENT ON TABLE users IS 'Registered shoppers, merchants and staff; an erased one keeps its id and nothing of the person'`,
    );
    await runner.query(`CREATE UNIQUE INDEX users_one_per_email ON users (lower(email))`);
    await runner.query(
      `COMMENT ON INDEX users_one_per_email IS 'Sign-in finds the account; one account per address whatever the case of its letters'`,
    );
    await runner.query(
      `CREATE INDEX users_with_key_to_destroy ON users (key_kept_until) WHERE key_kept_until IS NOT NULL`,
    );
    await runner.query(
      `COMMENT ON INDEX users_with_key_to_destroy IS 'The sweeper asks which erased users'' keys are due'`,
    );

    await runner.query(`
      CREATE TABLE guests (
        id uuid NOT NULL,
        token_hash bytea NOT NULL,
        last_seen_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        claimed_by uuid,
        claimed_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT guests_pkey PRIMARY KEY (id),
        CONSTRAINT guests_are_shoppers FOREIGN KEY (id) REFERENCES shoppers (id),
        CONSTRAINT guests_token_is_one_guests UNIQUE (token_hash),
        CONSTRAINT guests_token_hash_is_sha256 CHECK (length(token_hash) = 32),
        CONSTRAINT guests_claimed_by_a_user FOREIGN KEY (claimed_by) REFERENCES users (id),
        CONSTRAINT guests_claimed_whole CHECK ((claimed_by IS NULL) = (claimed_at IS NULL))
      )`);
    await runner.query(
      `COMMENT ON TABLE guests IS 'Shoppers without an account: SHA-256 of their token, 30 days sliding, and the user who claimed what was theirs'`,
    );
    await runner.query(`CREATE INDEX guests_by_claimer ON guests (claimed_by) WHERE claimed_by IS NOT NULL`);
    await runner.query(`COMMENT ON INDEX guests_by_claimer IS 'Which guests a user was, for export and erasure'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE guests`);
    await runner.query(`DROP TABLE users`);
    await runner.query(`DROP TABLE shoppers`);
  }
}
