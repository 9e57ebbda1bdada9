import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How a store's own checkout is gone through by a browser, version by version. */
export class MakeStoreRecipes1700000000510 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE store_recipes (
        store_id uuid NOT NULL,
        version integer NOT NULL,
        recipe jsonb NOT NULL,
        status text NOT NULL DEFAULT 'draft',
        made_by uuid,
        made_at timestamptz NOT NULL DEFAULT now(),
        activated_at timestamptz,
        CONSTRAINT store_recipes_pkey PRIMARY KEY (store_id, version),
        CONSTRAINT store_recipes_of_a_store FOREIGN KEY (store_id) REFERENCES stores (id),
        CONSTRAINT store_recipes_made_by_a_user FOREIGN KEY (made_by) REFERENCES users (id),
        CONSTRAINT store_recipes_version CHECK (version > 0),
        CONSTRAINT store_recipes_status CHECK (status IN ('draft', 'active', 'retired')),
        CONSTRAINT store_recipes_is_an_object CHECK (jsonb_typeof(recipe) = 'object'),
        CONSTRAINT store_recipes_was_active CHECK (status = 'draft' OR activated_at IS NOT NULL)
      )`);
    await runner.query(`COMMENT ON TABLE store_recipes IS
      'Checkouts of stores as data, for the browser: a version is never changed, only followed by another. made_by is the admin; null: shipped with Muse'`);
    // One recipe serves a store at a time, whoever switches it.
    await runner.query(
      `CREATE UNIQUE INDEX store_recipes_one_active ON store_recipes (store_id) WHERE status = 'active'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE store_recipes`);
  }
}
