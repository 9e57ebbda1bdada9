import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How much of a limit somebody has used up, over all processes. */
export class MakeRateCounters1700000000101 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Unlogged: they are written often, live for minutes, and a crash may as well set everybody free. No index on the
    // time, so that counting again rewrites the row in its page and no index; the sweep reads the table whole.
    await runner.query(`
      CREATE UNLOGGED TABLE rate_counters (
        key text NOT NULL,
        drained_at timestamptz NOT NULL,
        CONSTRAINT rate_counters_pkey PRIMARY KEY (key)
      ) WITH (fillfactor = 70)`);
    await runner.query(`COMMENT ON TABLE rate_counters IS
      'Leaky buckets, by limit and by whom it holds for: each call moves drained_at on by its share of the limit''s time; a bucket that has drained says nothing and is swept'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE rate_counters`);
  }
}
