import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How Muse checks out at a partner store by its API, as an admin sets it up. */
export class MakeStoreConnections1700000000400 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE store_connections (
        store_id uuid NOT NULL,
        protocol text NOT NULL,
        adapter text,
        base_url text NOT NULL,
        issuer text,
        client_id text,
        client_auth text NOT NULL DEFAULT 'none',
        scopes text[] NOT NULL DEFAULT '{}',
        options jsonb NOT NULL DEFAULT '{}',
        secrets jsonb,
        calls_per_minute integer NOT NULL DEFAULT 600,
        enabled boolean NOT NULL DEFAULT true,
        ending_at timestamptz,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT store_connections_pkey PRIMARY KEY (store_id),
        CONSTRAINT store_connections_of_a_store FOREIGN KEY (store_id) REFERENCES stores (id),
        CONSTRAINT store_connections_protocol CHECK (protocol IN ('ucp', 'acp', 'private')),
        CONSTRAINT store_connections_adapter CHECK ((protocol = 'private') = (adapter IS NOT NULL)),
        CONSTRAINT store_connections_linking CHECK ((issuer IS NULL) = (client_id IS NULL)),
        CONSTRAINT store_connections_client_auth CHECK (client_auth IN ('none', 'client_secret_basic', 'client_secret_post')),
        CONSTRAINT store_connections_calls CHECK (calls_per_minute BETWEEN 1 AND 1000000),
        CONSTRAINT store_connections_secrets_are_sealed CHECK (secrets ?& ARRAY['v', 'k', 'iv', 'ct', 'tag'])
      )`);
    await runner.query(`COMMENT ON TABLE store_connections IS
      'Partner stores that are checked out at by API. secrets lies under a data key of the store, bound to this row; with ending_at the accounts that are linked there are being unlinked, then the row goes'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE store_connections`);
  }
}
