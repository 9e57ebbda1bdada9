import { Logger } from '@nestjs/common';
import { Pool, type PoolClient, type QueryResult } from 'pg';
import { PoolConnection } from '../database/pool-client';
import { reasonOf } from './lease';

/** SQLSTATEs that stay as they are, however often one tries; not those of a lost connection (08), of want (53), of a stop (57). */
const LASTING = /^(?!08|53|57)[0-9A-Z]{5}$/;
/** A code by which graphile-worker knows that it may try again. */
const PASSING = '40001';

/** How the queue notes that a job is done. Another version that says it otherwise does so for each by itself. */
const NOTE_DONE = /^complete_job\//;
const NOTE_ALL_DONE = `DELETE FROM graphile_worker._private_jobs WHERE id = ANY ($1::bigint[])`;
/** Jobs that are done within so long are noted together. */
const NOTED_AFTER_MS = 100;
const NOTE_AGAIN_MS = 1_000;

/**
 * The queue's connections. What it does when a job is done (delete it, note its failure) it tries again only for errors
 * that it knows as passing, and a lost connection is none of these to it: the error reaches nobody, and ends the process.
 * Here such an error says that it passes. Waits are bounded as in our own pool, so that a dead connection is noticed.
 */
export class QueuePool extends Pool {
  private readonly logger = new Logger('Jobs');
  /** Jobs that are done, and not yet noted so. */
  private readonly done: string[] = [];
  private noting?: NodeJS.Timeout;

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
    this.on('error', () => undefined);
    this.on('connect', (client) => ((client as unknown as QueueConnection).noteDone = (id) => this.noteDone(id)));
  }

  /**
   * Jobs that are done are noted together, for each note is a commit; nobody waits for it. (The queue could do so by itself,
   * `completeJobBatchDelay`, but when such a note fails its runner waits for ever.) Until then a job looks as if it still ran;
   * of a process that dies meanwhile it runs once more, and finds nothing to do.
   */
  private noteDone(id: string): void {
    this.done.push(id);
    this.noting ??= setTimeout(() => void this.noteAllDone(), NOTED_AFTER_MS);
  }

  private async noteAllDone(): Promise<void> {
    clearTimeout(this.noting);
    const ids = this.done.splice(0);
    let againMs = NOTED_AFTER_MS;
    try {
      if (ids.length > 0) await this.query({ name: 'jobs_done', text: NOTE_ALL_DONE, values: [ids] });
    } catch (error) {
      this.logger.warn({ message: 'jobs not noted as done', jobs: ids.length, reason: reasonOf(error) });
      this.done.push(...ids);
      againMs = NOTE_AGAIN_MS;
    }
    this.noting = this.done.length === 0 ? undefined : setTimeout(() => void this.noteAllDone(), againMs);
  }

  override async end(): Promise<void> {
    await this.noteAllDone();
    clearTimeout(this.noting);
    await super.end();
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
  noteDone?: (jobId: string) => void;

  // As in PoolConnection: one of pg's seven overloads is what the queue calls.
  override query(...args: unknown[]): never {
    const { name, values } = (args[0] ?? {}) as { name?: string; values?: string[] };
    if (this.noteDone && name !== undefined && NOTE_DONE.test(name) && values?.length === 1) {
      this.noteDone(values[0]!);
      return Promise.resolve({ rows: [], rowCount: 1 }) as never;
    }
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
