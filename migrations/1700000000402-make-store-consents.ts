import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What shoppers agreed to before Muse was let into an account of theirs. */
export class MakeStoreConsents1700000000402 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE store_consents (
        id uuid NOT NULL DEFAULT uuidv7(),
        user_id uuid NOT NULL,
        store_id uuid NOT NULL,
        purpose text NOT NULL,
        text_version text NOT NULL,
        given_at timestamptz NOT NULL DEFAULT now(),
        withdrawn_at timestamptz,
        CONSTRAINT store_consents_pkey PRIMARY KEY (id),
        CONSTRAINT store_consents_of_a_user FOREIGN KEY (user_id) REFERENCES users (id),
        CONSTRAINT store_consents_for_a_store FOREIGN KEY (store_id) REFERENCES stores (id),
        CONSTRAINT store_consents_purpose CHECK (purpose IN ('store_account', 'store_credentials')),
        CONSTRAINT store_consents_in_time CHECK (withdrawn_at >= given_at)
      )`);
    await runner.query(`COMMENT ON TABLE store_consents IS
      'Who agreed to what, when, and when it was taken back. Rows stay after that as the proof of both, until the account is closed'`);
    await runner.query(
      `CREATE UNIQUE INDEX store_consents_one_in_force ON store_consents (user_id, store_id, purpose) WHERE withdrawn_at IS NULL`,
    );
    await runner.query(`COMMENT ON INDEX store_consents_one_in_force IS 'What somebody has agreed to now'`);
    await runner.query(`CREATE INDEX store_consents_by_user ON store_consents (user_id, id)`);
    await runner.query(`COMMENT ON INDEX store_consents_by_user IS 'For export and erasure'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE store_consents`);
  }
}
