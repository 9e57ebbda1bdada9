import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys by which an integrator's program acts for a user, within scopes. */
export class MakeApiKeys1700000000104 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE api_keys (
        id uuid NOT NULL DEFAULT uuidv7(),
        user_id uuid NOT NULL,
        name text NOT NULL,
        scopes text[] NOT NULL,
        prefix text NOT NULL,
        token_hash bytea NOT NULL,
        previous_hash bytea,
        previous_until timestamptz,
        expires_at timestamptz NOT NULL,
        last_used_at timestamptz,
        rotated_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT api_keys_pkey PRIMARY KEY (id),
        CONSTRAINT api_keys_of_a_user FOREIGN KEY (user_id) REFERENCES users (id),
        CONSTRAINT api_keys_are_one_of_a_kind UNIQUE (token_hash),
        CONSTRAINT api_keys_were_one_of_a_kind UNIQUE (previous_hash),
        CONSTRAINT api_keys_hashes_are_sha256 CHECK (length(token_hash) = 32 AND length(previous_hash) = 32),
        CONSTRAINT api_keys_previous_whole CHECK ((previous_hash IS NULL) = (previous_until IS NULL)),
        CONSTRAINT api_keys_have_a_name CHECK (name <> ''),
        CONSTRAINT api_keys_have_scopes CHECK (cardinality(scopes) > 0)
      )`);
    await runner.query(`COMMENT ON TABLE api_keys IS
      'SHA-256 of each key, and of the one that it has replaced while that is still taken (previous_until); a key that is ended is deleted'`);
    await runner.query(`CREATE INDEX api_keys_by_user ON api_keys (user_id, id)`);
    await runner.query(`COMMENT ON INDEX api_keys_by_user IS 'A user''s list, in the order of making'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE api_keys`);
  }
}
