import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Dry runs by a test account, and what the key pages of a store looked like in the last good one. */
export class MakeAutomationChecks1700000000524 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE store_test_accounts (
        store_id uuid CONSTRAINT store_test_accounts_pkey PRIMARY KEY CONSTRAINT store_test_accounts_at_a_store REFERENCES stores (id),
        sealed jsonb NOT NULL,
        every_minutes integer NOT NULL CONSTRAINT store_test_accounts_every CHECK (every_minutes BETWEEN 5 AND 10080),
        next_check_at timestamptz NOT NULL DEFAULT now(),
        set_by uuid NOT NULL CONSTRAINT store_test_accounts_set_by REFERENCES users (id),
        set_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT store_test_accounts_are_sealed CHECK (sealed ?& ARRAY['v', 'k', 'iv', 'ct', 'tag'])
      );
      COMMENT ON TABLE store_test_accounts IS 'With what a store''s recipe is tried: a sign-in, an address and goods, sealed under the store''s data key';
      CREATE INDEX store_test_accounts_due ON store_test_accounts (next_check_at);
      COMMENT ON INDEX store_test_accounts_due IS 'Which store is to be checked';

      CREATE TABLE automation_checks (
        id uuid CONSTRAINT automation_checks_pkey PRIMARY KEY DEFAULT uuidv7(),
        store_id uuid NOT NULL CONSTRAINT automation_checks_of_a_store REFERENCES stores (id),
        version integer NOT NULL,
        asked_by uuid CONSTRAINT automation_checks_asked_by REFERENCES users (id),
        asked_at timestamptz NOT NULL DEFAULT now(),
        outcome text,
        run_id uuid CONSTRAINT automation_checks_run REFERENCES automation_runs (id) ON DELETE SET NULL,
        finished_at timestamptz,
        attempts integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz NOT NULL DEFAULT now(),
        lease_token uuid,
        lease_until timestamptz,
        CONSTRAINT automation_checks_end CHECK ((outcome IS NULL) = (finished_at IS NULL))
      );
      COMMENT ON TABLE automation_checks IS 'Dry runs that were asked for, by the schedule (asked_by null) or by an admin, and what came of them';
      CREATE UNIQUE INDEX automation_checks_one_at_a_time ON automation_checks (store_id, version) WHERE outcome IS NULL;
      COMMENT ON INDEX automation_checks_one_at_a_time IS 'Asked for again while one waits, it is the same';
      CREATE INDEX automation_checks_by_store ON automation_checks (store_id, id);
      COMMENT ON INDEX automation_checks_by_store IS 'The latest of a store';
      CREATE INDEX automation_checks_due ON automation_checks (next_attempt_at) WHERE outcome IS NULL;
      COMMENT ON INDEX automation_checks_due IS 'Those that are still to be made';

      CREATE TABLE store_page_shapes (
        store_id uuid NOT NULL CONSTRAINT store_page_shapes_of_a_store REFERENCES stores (id),
        section text NOT NULL,
        parts text[] NOT NULL,
        seen_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT store_page_shapes_pkey PRIMARY KEY (store_id, section)
      );
      COMMENT ON TABLE store_page_shapes IS 'Of which parts (fields, buttons, forms; no text) the page consisted at which a section ended, in the last good dry run';

      CREATE TABLE automation_warnings (
        id uuid CONSTRAINT automation_warnings_pkey PRIMARY KEY DEFAULT uuidv7(),
        store_id uuid NOT NULL CONSTRAINT automation_warnings_of_a_store REFERENCES stores (id),
        kind text NOT NULL CONSTRAINT automation_warnings_kind CHECK (kind IN ('recipe_degraded', 'page_changed', 'check_failed')),
        version integer NOT NULL,
        section text,
        step text,
        candidate integer,
        appeared text[] NOT NULL DEFAULT '{}',
        vanished text[] NOT NULL DEFAULT '{}',
        run_id uuid,
        made_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON TABLE automation_warnings IS 'What tells of a store''s recipe that it will break, before it does';
      CREATE INDEX automation_warnings_by_store ON automation_warnings (store_id, id);
      COMMENT ON INDEX automation_warnings_by_store IS 'The latest of a store'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DROP TABLE automation_warnings; DROP TABLE store_page_shapes; DROP TABLE automation_checks; DROP TABLE store_test_accounts`,
    );
  }
}
