import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Links that shoppers have begun and not yet finished at a store. */
export class MakeStoreLinks1700000000403 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE store_links (
        id uuid NOT NULL DEFAULT uuidv7(),
        state_hash bytea NOT NULL,
        user_id uuid NOT NULL,
        store_id uuid NOT NULL,
        issuer text NOT NULL,
        client_id text NOT NULL,
        scopes text[] NOT NULL,
        verifier jsonb NOT NULL,
        return_to text,
        consent_version text NOT NULL,
        status text NOT NULL DEFAULT 'begun',
        lease_token uuid,
        lease_until timestamptz,
        begun_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        CONSTRAINT store_links_pkey PRIMARY KEY (id),
        CONSTRAINT store_links_one_of_a_kind UNIQUE (state_hash),
        CONSTRAINT store_links_hash_is_sha256 CHECK (length(state_hash) = 32),
        CONSTRAINT store_links_of_a_user FOREIGN KEY (user_id) REFERENCES users (id),
        CONSTRAINT store_links_to_a_store FOREIGN KEY (store_id) REFERENCES stores (id),
        CONSTRAINT store_links_status CHECK (status IN ('begun', 'exchanging', 'linked', 'failed')),
        CONSTRAINT store_links_lease CHECK ((status = 'exchanging') = (lease_token IS NOT NULL AND lease_until IS NOT NULL)),
        CONSTRAINT store_links_verifier_is_sealed CHECK (verifier ?& ARRAY['v', 'k', 'iv', 'ct', 'tag'])
      )`);
    await runner.query(`COMMENT ON TABLE store_links IS
      'One authorization request each: SHA-256 of its state, whose it is, and the PKCE verifier under that user''s data key. A state works once, for its user, for ten minutes; swept a day later'`);
    await runner.query(`CREATE INDEX store_links_by_user ON store_links (user_id, store_id)`);
    await runner.query(`COMMENT ON INDEX store_links_by_user IS 'Unlinking ends what is under way'`);
    await runner.query(`CREATE INDEX store_links_by_age ON store_links (expires_at)`);
    await runner.query(`COMMENT ON INDEX store_links_by_age IS 'Old ones are swept'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE store_links`);
  }
}
