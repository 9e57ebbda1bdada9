import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Guessing at passwords is slowed down by account and by address, without locking the owner out. */
export class MakeSignInAttempts1700000000102 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Unlogged as rate_counters are, and for the same reasons.
    await runner.query(`
      CREATE UNLOGGED TABLE sign_in_attempts (
        key text NOT NULL,
        attempts integer NOT NULL,
        free_attempts integer NOT NULL,
        last_at timestamptz NOT NULL,
        CONSTRAINT sign_in_attempts_pkey PRIMARY KEY (key)
      ) WITH (fillfactor = 70)`);
    await runner.query(`COMMENT ON TABLE sign_in_attempts IS
      'Sign-ins that have not succeeded, in a row, by account and by account and address; beyond free_attempts each has to wait after last_at. Forgotten after a day without any'`);

    await runner.query(`
      CREATE TABLE known_addresses (
        user_id uuid NOT NULL,
        address_hash bytea NOT NULL,
        last_seen_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT known_addresses_pkey PRIMARY KEY (user_id, address_hash),
        CONSTRAINT known_addresses_of_a_user FOREIGN KEY (user_id) REFERENCES users (id),
        CONSTRAINT known_addresses_hash_is_sha256 CHECK (length(address_hash) = 32)
      )`);
    await runner.query(`COMMENT ON TABLE known_addresses IS
      'Network addresses (HMAC) from which a user has signed in: there, nobody elsewhere can make them wait'`);
    await runner.query(`CREATE INDEX known_addresses_by_age ON known_addresses (last_seen_at)`);
    await runner.query(
      `COMMENT ON INDEX known_addresses_by_age IS 'The sweeper forgets what was not used for 90 days'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE known_addresses`);
    await runner.query(`DROP TABLE sign_in_attempts`);
  }
}
