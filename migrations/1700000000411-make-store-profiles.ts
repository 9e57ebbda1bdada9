import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What stores say of themselves at /.well-known/ucp, kept for as long as they allow. */
export class MakeStoreProfiles1700000000411 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE store_profiles (
        store_id uuid NOT NULL,
        url text NOT NULL,
        profile jsonb NOT NULL,
        etag text,
        fetched_at timestamptz NOT NULL DEFAULT now(),
        fresh_until timestamptz NOT NULL,
        asked_again_at timestamptz,
        CONSTRAINT store_profiles_pkey PRIMARY KEY (store_id),
        CONSTRAINT store_profiles_store_id_fkey FOREIGN KEY (store_id) REFERENCES stores (id) ON DELETE CASCADE
      );
      COMMENT ON TABLE store_profiles IS 'A cache of UCP profiles, one a store: version, endpoint, capabilities, payment handlers and public keys';
      COMMENT ON COLUMN store_profiles.url IS 'Where it was fetched; of another address it says nothing';
      COMMENT ON COLUMN store_profiles.asked_again_at IS 'When it was fetched before its time for a key that it did not name; once a minute at most';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE store_profiles`);
  }
}
