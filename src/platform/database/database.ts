import { Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { DataSource, type EntityTarget, type ObjectLiteral, type Repository } from 'typeorm';
import { isRetryable, translate } from './constraints';
import { FewAtWork } from './few-at-work';
import { runPrepared } from './prepared-query';
import type { Statement } from './statement';
import { SWEPT_AT_ONCE } from './sweeping';
import { Conclusion, Tx, type Reader } from './tx';
import { TxConnection } from './tx-connection';

const ATTEMPTS = 3;

/** The way to Postgres: single named statements outside a transaction, and transactions. */
@Injectable()
export class Database implements Reader {
  private readonly fewAtWork = new FewAtWork();

  constructor(private readonly dataSource: DataSource) {}

  /** The pool that TypeORM's driver holds; statements on it can be named, TypeORM's own `query()` cannot. */
  get pool(): Pool {
    return (this.dataSource.driver as unknown as { master: Pool }).master;
  }

  /** Runs one named statement by itself and gives its rows; tried again like a transaction. */
  async rows<R extends object>(statement: Statement, values: unknown[] = []): Promise<R[]> {
    return this.retrying(async () => {
      const client = await this.connection();
      try {
        return (await runPrepared<R>(client, statement, values)).rows;
      } finally {
        this.giveBack(client);
      }
    });
  }

  async maybeOne<R extends object>(statement: Statement, values: unknown[] = []): Promise<R | undefined> {
    return (await this.rows<R>(statement, values))[0];
  }

  /** Deletes what a statement of sweeping() finds old, in pieces: no number of rows is too many for one statement's time. */
  async sweep(statement: Statement): Promise<void> {
    while ((await this.rows(statement)).length === SWEPT_AT_ONCE);
  }

  repository<E extends ObjectLiteral>(entity: EntityTarget<E>): Repository<E> {
    return this.dataSource.getRepository(entity);
  }

  /**
   * Runs `work` in one READ COMMITTED transaction. A deadlock, a serialisation failure or a lock not had in time retries
   * the whole of it, at most three times, so `work` must not have effects outside the database. A broken constraint
   * becomes its domain error. What a Conclusion makes of its rows comes after COMMIT, and is never a reason to begin again.
   */
  async transaction<T>(work: (tx: Tx) => Promise<T | Conclusion<T>>): Promise<T> {
    const { result, rows } = await this.retrying(() => this.committed(work));
    // With no connection in hand any more: what it makes of the rows may ask for one.
    return result instanceof Conclusion ? result.make(rows, this) : result;
  }

  private async connection(): Promise<PoolClient> {
    await this.fewAtWork.enter();
    try {
      return await this.pool.connect();
    } catch (error) {
      this.fewAtWork.leave();
      throw error;
    }
  }

  private giveBack(client: PoolClient, unusable = false): void {
    client.release(unusable);
    this.fewAtWork.leave();
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

  private async committed<T>(
    work: (tx: Tx) => Promise<T | Conclusion<T>>,
  ): Promise<{ result: T | Conclusion<T>; rows: object[][] }> {
    const client = await this.connection();
    const connection = new TxConnection(client, this.dataSource);
    let unusable = false;
    try {
      const result = await work(new Tx(connection));
      const answers = await connection.commit(result instanceof Conclusion ? result.calls : []);
      return { result, rows: answers.map((answer) => answer.rows as object[]) };
    } catch (error) {
      // The first error is the one that tells. A connection that cannot roll back is closed, and has rolled back by that.
      await connection.rollback().catch(() => {
        unusable = true;
      });
      throw error;
    } finally {
      this.giveBack(client, unusable);
    }
  }
}
