import { Pool, type PoolClient, type QueryResult } from 'pg';
import { PoolConnection } from '../database/pool-client';

/** SQLSTATEs that stay as they are, however often one tries; not those of a lost connection (08), of want (53), of a stop (57). */
const LASTING = /^(?!08|53|57)[0-9A-Z]{5}$/;
/** A code by which graphile-worker knows that it may try again. */
const PASSING = '40001';

/**
 * The queue's connections. What it does when a job is done (delete it, note its failure) it tries again only for errors
 * that it knows as passing, and a lost connection is none of these to it: the error reaches nobody, and ends the process.
 * Here such an error says that it passes. Waits are bounded as in our own pool, so that a dead connection is noticed.
 */
export class QueuePool extends Pool {
  constructor(connectionString: string, max: number) {
    super({
      connectionString,
      max,
      Client: QueueConnection,
      application_name: 'muse-jobs',
      // What the queue writes of itself (a job is taken, a job is done) need not be on disk before it goes on: after a crash of
      // Postgres a job runs once more, or is added again for its row. Jobs themselves are added in our own transactions.
      options: '-c synchronous_commit=off',
      connectionTimeoutMillis: 5_000,
      statement_timeout: 10_000,
      query_timeout: 12_000,
      keepAlive: true,
    });
    // The queue wants somebody to listen; what fails is said where it was asked for, and QueueConnection hears the rest.
    for (const event of ['error', 'connect'] as const) this.on(event, () => undefined);
  }

  override connect(): Promise<PoolClient>;
  override connect(callback: Parameters<Pool['connect']>[0]): void;
  override connect(callback?: Parameters<Pool['connect']>[0]): Promise<PoolClient> | void {
    // The runner does not wait for all that it notes. What it wants to note once the pool is closed is noted by nobody: the
    // job runs once more. An error would be tried again a hundred times, and then end the process.
    if (this.ending) return callback ? undefined : new Promise(() => undefined);
    if (callback) return super.connect(callback);
    return super.connect().catch((error: unknown) => {
      throw asPassing(error);
    });
  }
}

class QueueConnection extends PoolConnection {
  // As in PoolConnection: one of pg's seven overloads is what the queue calls.
  override query(...args: unknown[]): never {
    const result = (super.query as (...a: unknown[]) => unknown).apply(this, args);
    if (!(result instanceof Promise)) return result as never;
    return result.catch((error: unknown) => {
      throw asPassing(error);
    }) as Promise<QueryResult> as never;
  }
}

function asPassing(error: unknown): unknown {
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && LASTING.test(code)) return error;
  return Object.assign(error as Error, { code: PASSING });
}
