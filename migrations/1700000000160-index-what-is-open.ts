import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The indexes of the sweepers. One that stands on `WHERE status = …` is taken for every statement that names this status,
 * also for one that looks for a single row by its key: right after a vacuum it is the smallest index of all, and is then
 * read from end to end, dead entries included. It also makes each change of the status a new entry in every index of the
 * table (no heap-only tuple). So they stand on moments that are written once, which nobody but the sweepers asks for (holds
 * that are over are deleted after an hour). Built beside running traffic, so each outside a transaction.
 */
export class IndexWhatIsOpen1700000000160 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const index of NOW) await build(runner, 'CONCURRENTLY', index);
    for (const [name] of BEFORE) await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    // Going back is done in a transaction of TypeORM's, and beside no traffic.
    for (const index of BEFORE) await build(runner, '', index);
    for (const [name] of NOW) await runner.query(`DROP INDEX IF EXISTS ${name}`);
  }
}

type Index = [name: string, on: string, comment: string];

const NOW: Index[] = [
  ['holds_by_end', 'holds (expires_at)', 'The safety net finds what no session released'],
  [
    'placements_open',
    'placements (next_attempt_at) WHERE finished_at IS NULL',
    'What the sweeper, the console of support and the metrics ask for',
  ],
  [
    'checkout_sessions_to_end',
    'checkout_sessions (expires_at) WHERE placed_at IS NULL AND completed_at IS NULL',
    'Which sessions have run out',
  ],
  [
    'event_deliveries_open',
    'event_deliveries (next_attempt_at) WHERE delivered_at IS NULL',
    'The sweeper asks for what is due',
  ],
];

const BEFORE: Index[] = [
  ['holds_by_expiry', `holds (expires_at) WHERE status = 'held'`, 'The safety net finds what no session released'],
  [
    'holds_committed',
    `holds (session_id) WHERE status = 'committed'`,
    'How much is being placed, without a look at what was sold',
  ],
  [
    'placements_due',
    `placements (next_attempt_at) WHERE status IN ('queued', 'running')`,
    'The sweeper asks for what is due',
  ],
  ['placements_needing_attention', `placements (id) WHERE status = 'needs_attention'`, 'The console of support'],
  [
    'checkout_sessions_expiring',
    `checkout_sessions (expires_at) WHERE status = 'pending'`,
    'Which sessions have run out',
  ],
  [
    'event_deliveries_due',
    `event_deliveries (next_attempt_at) WHERE status = 'pending'`,
    'The sweeper asks for what is due',
  ],
];

/** A build that was broken off leaves an index that is not valid: it is made anew. */
async function build(runner: QueryRunner, how: 'CONCURRENTLY' | '', [name, on, comment]: Index): Promise<void> {
  await runner.query(`DROP INDEX ${how} IF EXISTS ${name}`);
  await runner.query(`CREATE INDEX ${how} ${name} ON ${on}`);
  await runner.query(`COMMENT ON INDEX ${name} IS '${comment}'`);
}
