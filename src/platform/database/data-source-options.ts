import { types } from 'pg';
import type { DataSourceOptions } from 'typeorm';
import { PoolConnection } from './pool-client';

const INT8 = 20;
const DATE = 1082;

// bigint holds minor units and counters: a number, or an error where a double would lie.
types.setTypeParser(INT8, (text: string) => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} does not fit a double`);
  return value;
});
// A calendar day is no moment: keep it as text.
types.setTypeParser(DATE, (text: string) => text);

type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/** How every process of Muse connects: bounded waits everywhere, so that no fault of one side holds up the other for ever. */
export function dataSourceOptions(url: string, poolSize: number): PostgresOptions {
  return {
    type: 'postgres',
    url,
    applicationName: 'muse',
    // A migration makes what the database lacks, not whoever happens to connect.
    installExtensions: false,
    extra: {
      Client: PoolConnection,
      max: poolSize,
      connectionTimeoutMillis: 5_000,
      statement_timeout: 10_000,
      query_timeout: 12_000,
      // Frees the locks of a process that was stopped in the middle of a transaction; less than a lease (8 s).
      idle_in_transaction_session_timeout: 5_000,
      // Twice this is less than that, for a row is waited for twice: in its queue, and for its holder. So whatever else a
      // stopped process was waiting for is given up before the lock comes free: it would get the lock in its turn, claim
      // work or hold it for another five seconds each time. Whoever lives tries again (Database), three times in all.
      lock_timeout: 2_000,
      keepAlive: true,
      // A connection that is closed takes its planned statements along, and the next burst would plan them all again.
      idleTimeoutMillis: 0,
      // One plan for each named statement. Where a parameter is an array, Postgres would otherwise make a plan for every
      // call, which costs several times what the statement itself does. A plan that is made while a table is small is kept
      // while it grows, so it has to be the one for a large table: not to read all of it where there is an index.
      options: '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c timezone=UTC',
    },
  };
}
