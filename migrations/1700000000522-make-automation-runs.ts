import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What browsers did at stores, for whom and by what leave; and what the pages looked like where it failed. */
export class MakeAutomationRuns1700000000522 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE automation_runs (
        id uuid CONSTRAINT automation_runs_pkey PRIMARY KEY DEFAULT uuidv7(),
        store_id uuid NOT NULL CONSTRAINT automation_runs_at_a_store REFERENCES stores (id),
        user_id uuid CONSTRAINT automation_runs_for_a_user REFERENCES users (id),
        cause text NOT NULL CONSTRAINT automation_runs_cause CHECK (cause IN ('shopper', 'proof', 'check')),
        flow text NOT NULL,
        dry boolean NOT NULL DEFAULT false,
        recipe_version integer NOT NULL,
        policy_version integer NOT NULL,
        agreement text NOT NULL,
        consent_id uuid,
        consent_version text,
        subject_id uuid,
        outcome text,
        section text,
        step text,
        detail text,
        clicked boolean NOT NULL DEFAULT false,
        ms integer,
        began_at timestamptz NOT NULL DEFAULT now(),
        ended_at timestamptz,
        CONSTRAINT automation_runs_end CHECK ((outcome IS NULL) = (ended_at IS NULL)),
        CONSTRAINT automation_runs_by_leave CHECK (cause = 'check' OR consent_version IS NOT NULL)
      ) WITH (fillfactor = 90);
      COMMENT ON TABLE automation_runs IS 'Each run of a store''s recipe, with the policy, consent and recipe that it was made under. Holds nothing that was filled in or read';
      COMMENT ON COLUMN automation_runs.user_id IS 'Null for a check by a test account, and once the shopper is forgotten';
      COMMENT ON COLUMN automation_runs.cause IS 'proof: whether a sign-in opens the account; check: a dry run by the test account of the store';
      COMMENT ON COLUMN automation_runs.subject_id IS 'What it belongs to, opaque here';
      COMMENT ON COLUMN automation_runs.outcome IS 'Null while it runs; lost: its worker has died';
      CREATE INDEX automation_runs_by_store ON automation_runs (store_id, id);
      COMMENT ON INDEX automation_runs_by_store IS 'The health of a store, and its runs in pages';
      CREATE INDEX automation_runs_by_user ON automation_runs (user_id, id) WHERE user_id IS NOT NULL;
      COMMENT ON INDEX automation_runs_by_user IS 'For export and erasure';
      CREATE INDEX automation_runs_open ON automation_runs (began_at) WHERE outcome IS NULL;
      CREATE INDEX automation_runs_by_age ON automation_runs USING brin (began_at);
      COMMENT ON INDEX automation_runs_open IS 'Those whose worker may have died';
      COMMENT ON INDEX automation_runs_by_age IS 'What is too old: rows are added in the order of time, so a few bytes a page do';

      CREATE TABLE automation_trails (
        run_id uuid CONSTRAINT automation_trails_pkey PRIMARY KEY
          CONSTRAINT automation_trails_of_a_run REFERENCES automation_runs (id) ON DELETE CASCADE,
        key_subject_id uuid NOT NULL,
        sealed jsonb NOT NULL,
        made_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT automation_trails_are_sealed CHECK (sealed ?& ARRAY['v', 'k', 'iv', 'ct', 'tag'])
      );
      COMMENT ON TABLE automation_trails IS 'How it went and what the page looked like where a run failed, fields and secrets masked before; sealed, for fourteen days';
      COMMENT ON COLUMN automation_trails.key_subject_id IS 'Whose data key seals it: the shopper''s; of a check, the store''s';
      CREATE INDEX automation_trails_by_age ON automation_trails (made_at);
      COMMENT ON INDEX automation_trails_by_age IS 'What is too old'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE automation_trails; DROP TABLE automation_runs`);
  }
}
