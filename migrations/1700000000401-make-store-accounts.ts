import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Accounts that shoppers have at stores and let Muse use, and the vault of what is secret about them. */
export class MakeStoreAccounts1700000000401 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE store_accounts (
        id uuid NOT NULL DEFAULT uuidv7(),
        user_id uuid NOT NULL,
        store_id uuid NOT NULL,
        kind text NOT NULL,
        status text NOT NULL DEFAULT 'active',
        issuer text,
        client_id text,
        scopes text[] NOT NULL DEFAULT '{}',
        token_version integer NOT NULL DEFAULT 1,
        access_expires_at timestamptz,
        refresh_after timestamptz,
        refresh_lease uuid,
        refresh_lease_until timestamptz,
        linked_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz,
        CONSTRAINT store_accounts_pkey PRIMARY KEY (id),
        CONSTRAINT store_accounts_of_a_user FOREIGN KEY (user_id) REFERENCES users (id),
        CONSTRAINT store_accounts_at_a_store FOREIGN KEY (store_id) REFERENCES stores (id),
        CONSTRAINT store_accounts_one_per_store UNIQUE (user_id, store_id, kind),
        CONSTRAINT store_accounts_kind CHECK (kind IN ('oauth', 'credentials')),
        CONSTRAINT store_accounts_status CHECK (status IN ('active', 'relink')),
        CONSTRAINT store_accounts_grant CHECK (kind <> 'oauth' OR (issuer IS NOT NULL AND client_id IS NOT NULL)),
        CONSTRAINT store_accounts_lease CHECK ((refresh_lease IS NULL) = (refresh_lease_until IS NULL)),
        CONSTRAINT store_accounts_refresh_in_time CHECK (refresh_after <= access_expires_at)
      ) WITH (fillfactor = 80)`);
    await runner.query(`COMMENT ON TABLE store_accounts IS
      'Linked accounts, without anything secret. token_version counts the tokens of a grant and never repeats: whoever refreshes names the one that it has seen, so of many one does'`);
    await runner.query(`CREATE INDEX store_accounts_by_store ON store_accounts (store_id, id)`);
    await runner.query(
      `COMMENT ON INDEX store_accounts_by_store IS 'A connection that ends unlinks the accounts of its store'`,
    );
    await runner.query(`
      CREATE TABLE store_secrets (
        account_id uuid NOT NULL,
        name text NOT NULL,
        sealed jsonb NOT NULL,
        made_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT store_secrets_pkey PRIMARY KEY (account_id, name),
        CONSTRAINT store_secrets_of_an_account FOREIGN KEY (account_id) REFERENCES store_accounts (id) ON DELETE CASCADE,
        CONSTRAINT store_secrets_have_a_name CHECK (name ~ '^[a-z_]{1,40}$'),
        CONSTRAINT store_secrets_are_sealed CHECK (sealed ?& ARRAY['v', 'k', 'iv', 'ct', 'tag'])
      ) WITH (fillfactor = 80)`);
    await runner.query(`COMMENT ON TABLE store_secrets IS
      'The vault: what is secret of linked accounts, each value under the user''s data key and bound to table, row, user, store, name and key version: moved elsewhere it does not open'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE store_secrets`);
    await runner.query(`DROP TABLE store_accounts`);
  }
}
