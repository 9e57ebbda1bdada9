import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is proved by a link in a mail: that an address is the account's own, or that a password may be set anew. */
export class MakeOneTimeTokens1700000000100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE one_time_tokens (
        user_id uuid NOT NULL,
        purpose text NOT NULL,
        token_hash bytea NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT one_time_tokens_pkey PRIMARY KEY (user_id, purpose),
        CONSTRAINT one_time_tokens_of_a_user FOREIGN KEY (user_id) REFERENCES users (id),
        CONSTRAINT one_time_tokens_are_one_of_a_kind UNIQUE (token_hash),
        CONSTRAINT one_time_tokens_purpose_is_known CHECK (purpose IN ('verify_email', 'reset_password')),
        CONSTRAINT one_time_tokens_hash_is_sha256 CHECK (length(token_hash) = 32)
      )`);
    await runner.query(`COMMENT ON TABLE one_time_tokens IS
      'SHA-256 of the token in a mailed link. One row a user and purpose: a new token takes the place of the one before, used or not'`);
    await runner.query(`CREATE INDEX one_time_tokens_by_age ON one_time_tokens (expires_at)`);
    await runner.query(`COMMENT ON INDEX one_time_tokens_by_age IS 'The sweeper deletes what has run out'`);

    await runner.query(`ALTER TABLE users ADD COLUMN email_verified_at timestamptz`);
    await runner.query(`COMMENT ON COLUMN users.email_verified_at IS
      'When a link that was mailed to the address came back; null until then, and once erased'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE users DROP COLUMN email_verified_at`);
    await runner.query(`DROP TABLE one_time_tokens`);
  }
}
