import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Address books. */
export class MakeAddresses1700000000013 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE addresses (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        sealed jsonb NOT NULL,
        is_default boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT addresses_pkey PRIMARY KEY (id),
        CONSTRAINT addresses_of_a_user FOREIGN KEY (user_id) REFERENCES users (id),
        CONSTRAINT addresses_are_sealed CHECK (sealed ?& ARRAY['v', 'k', 'iv', 'ct', 'tag'])
      )`);
    await runner.query(`COMMENT ON TABLE addresses IS
      'Address books: the address itself only under the user''s data key, bound to this row (addresses:<id>:sealed)'`);
    await runner.query(`CREATE INDEX addresses_by_user ON addresses (user_id, id)`);
    await runner.query(`COMMENT ON INDEX addresses_by_user IS 'A user''s list, in the order of adding'`);
    await runner.query(`CREATE UNIQUE INDEX addresses_one_default_per_user ON addresses (user_id) WHERE is_default`);
    await runner.query(`COMMENT ON INDEX addresses_one_default_per_user IS 'At most one default'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE addresses`);
  }
}
