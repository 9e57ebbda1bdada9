import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Staying signed in: single-use tokens in families, so that a copied one is noticed. */
export class MakeRefreshTokens1700000000012 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE refresh_tokens (
        id uuid NOT NULL DEFAULT uuidv7(),
        user_id uuid NOT NULL,
        family_id uuid NOT NULL,
        token_hash bytea NOT NULL,
        used_at timestamptz,
        revoked_at timestamptz,
        expires_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT refresh_tokens_pkey PRIMARY KEY (id),
        CONSTRAINT refresh_tokens_of_a_user FOREIGN KEY (user_id) REFERENCES users (id),
        CONSTRAINT refresh_tokens_are_one_of_a_kind UNIQUE (token_hash),
        CONSTRAINT refresh_tokens_hash_is_sha256 CHECK (length(token_hash) = 32)
      )`);
    await runner.query(`COMMENT ON TABLE refresh_tokens IS
      'SHA-256 of each token. A family is the chain from one sign-in; a used token that comes again revokes it whole'`);
    await runner.query(`CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family_id) WHERE revoked_at IS NULL`);
    await runner.query(`COMMENT ON INDEX refresh_tokens_by_family IS 'Reuse and signing out end a family'`);
    await runner.query(`CREATE INDEX refresh_tokens_by_user ON refresh_tokens (user_id) WHERE revoked_at IS NULL`);
    await runner.query(`COMMENT ON INDEX refresh_tokens_by_user IS 'Closing an account ends every sign-in'`);
    await runner.query(`CREATE INDEX refresh_tokens_by_age ON refresh_tokens (expires_at)`);
    await runner.query(`COMMENT ON INDEX refresh_tokens_by_age IS 'The sweeper deletes what has run out'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE refresh_tokens`);
  }
}
