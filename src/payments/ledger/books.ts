import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database, statement } from '../../platform/database';
import { Jobs } from '../../platform/jobs';

const CLOSE_EVERY_MS = 600_000;
/** Longer than a transaction may last, so that none that began before can still add an entry of before. */
const OPEN_FOR = '1 hour';

/** Entries of no store are summed up under this id. */
export const NO_STORE = '00000000-0000-0000-0000-000000000000';

// A day at a time, so that the first closing of an old ledger is many short ones. Nothing is closed over that may still be
// added to: an entry is of the moment at which its transaction began.
const LOCK = statement(
  'ledger.lock_closed',
  `SELECT until::text, next::text, next > until AS moves, next = until + interval '1 day' AS more
     FROM (SELECT until, least(until + interval '1 day', now() - $1::interval,
                    (SELECT min(xact_start) FROM pg_stat_activity WHERE datname = current_database())) AS next
             FROM ledger_closed FOR UPDATE) AS closed`,
);
const CLOSE = statement(
  'ledger.close',
  `WITH closed AS (
     UPDATE ledger_closed SET until = $2::timestamptz
   )
   INSERT INTO ledger_sums AS s (store_id, currency, account, kind, amount_cents)
   SELECT coalesce(store_id, '${NO_STORE}'), currency, account, kind, sum(amount_cents) FROM ledger_entries
    WHERE created_at >= $1::timestamptz AND created_at < $2::timestamptz GROUP BY 1, 2, 3, 4
   ON CONFLICT (store_id, currency, account, kind) DO UPDATE SET amount_cents = s.amount_cents + excluded.amount_cents`,
);

/**
 * Closes the books of hours gone by: their entries are summed up, so that what a store has is read from a few sums and from
 * what came since, however long it has sold. Guarantee: sums and moment change together, and no entry is left out or counted
 * twice, however many workers close at once.
 */
@Injectable()
export class Books implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.every(CLOSE_EVERY_MS, 'closing of books', () => this.close());
  }

  /** What is younger than `openFor` (an interval of SQL) stays open. */
  async close(openFor = OPEN_FOR): Promise<void> {
    for (let more = true; more;)
      more = await this.database.transaction(async (tx) => {
        const day = (await tx.maybeOne<{ until: string; next: string; moves: boolean; more: boolean }>(LOCK, [
          openFor,
        ]))!;
        if (day.moves) await tx.run(CLOSE, [day.until, day.next]);
        return day.moves && day.more;
      });
  }
}
