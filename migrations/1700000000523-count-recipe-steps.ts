import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How recipes fare, step by step. */
export class CountRecipeSteps1700000000523 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE store_recipe_steps (
        store_id uuid NOT NULL CONSTRAINT store_recipe_steps_of_a_store REFERENCES stores (id),
        version integer NOT NULL,
        day date NOT NULL,
        section text NOT NULL,
        step text NOT NULL,
        candidate integer NOT NULL CONSTRAINT store_recipe_steps_candidate CHECK (candidate >= -1),
        served integer NOT NULL DEFAULT 0,
        failed integer NOT NULL DEFAULT 0,
        ms bigint NOT NULL DEFAULT 0,
        CONSTRAINT store_recipe_steps_pkey PRIMARY KEY (store_id, version, day, section, step, candidate)
      ) WITH (fillfactor = 60);
      COMMENT ON TABLE store_recipe_steps IS 'How often each candidate of each step of a recipe served, by day: one that is not the first tells that the store''s pages change';
      COMMENT ON COLUMN store_recipe_steps.candidate IS 'Its place among those of the step, from 0; -1: the step has none, or none served';
      CREATE INDEX store_recipe_steps_by_age ON store_recipe_steps (day);
      COMMENT ON INDEX store_recipe_steps_by_age IS 'What is too old'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE store_recipe_steps`);
  }
}
