import { Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { DataSource, type EntityTarget, type ObjectLiteral, type Repository } from 'typeorm';
import { isRetryable, translate } from './constraints';
import type { Statement } from './statement';
import { Tx } from './tx';

const ATTEMPTS = 3;

/** The way to Postgres: single named statements outside a transaction, and transactions. */
@Injectable()
export class Database {
  constructor(private readonly dataSource: DataSource) {}

  /** The pool that TypeORM's driver holds; statements on it can be named, TypeORM's own `query()` cannot. */
  get pool(): Pool {
    return (this.dataSource.driver as unknown as { master: Pool }).master;
  }

  /** Runs one named statement by itself and gives its rows; tried again like a transaction. */
  async rows<R extends object>(statement: Statement, values: unknown[] = []): Promise<R[]> {
    const { name, text } = statement;
    return (await this.retrying(() => this.pool.query<R>({ name, text, values }))).rows;
  }

  async maybeOne<R extends object>(statement: Statement, values: unknown[] = []): Promise<R | undefined> {
    return (await this.rows<R>(statement, values))[0];
  }

  repository<E extends ObjectLiteral>(entity: EntityTarget<E>): Repository<E> {
    return this.dataSource.getRepository(entity);
  }

  /**
   * Runs `work` in one READ COMMITTED transaction. A deadlock, a serialisation failure or a lock not had in time retries
   * the whole of it, at most three times, so `work` must not have effects outside the database. A broken constraint
   * becomes its domain error.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.retrying(() => this.once(work));
  }

  private async retrying<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (isRetryable(error) && attempt < ATTEMPTS) continue;
        throw translate(error);
      }
    }
  }

  private async once<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      const client = (await runner.connect()) as PoolClient;
      await runner.startTransaction();
      const result = await work(new Tx(client, runner.manager));
      await runner.commitTransaction();
      return result;
    } catch (error) {
      // The first error is the one that tells; a connection that is gone has rolled back by itself.
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
    }
  }
}
