import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Envelope encryption: one data key per subject, wrapped by a master key that the database never sees. */
export class MakeDataKeys1700000000010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE data_keys (
        subject_id uuid NOT NULL,
        wrapped bytea,
        master_key_id text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        destroyed_at timestamptz,
        CONSTRAINT data_keys_pkey PRIMARY KEY (subject_id),
        CONSTRAINT data_keys_are_wrapped_or_destroyed CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
      )`);
    await runner.query(`COMMENT ON TABLE data_keys IS
      'Key of a user, guest or session, wrapped by the master key. Destroying it forgets all that was sealed under it; the row stays as a tombstone, so that no new key is made'`);
    await runner.query(`CREATE INDEX data_keys_by_master_key ON data_keys (master_key_id) WHERE destroyed_at IS NULL`);
    await runner.query(
      `COMMENT ON INDEX data_keys_by_master_key IS 'Rotation looks for keys that an older master key wraps'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE data_keys`);
  }
}
