import type { PoolClient } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { runBegin, runCommit, runPrepared, runRollback, type Answer } from './prepared-query';
import type { Statement } from './statement';

/** A pool's connection while one transaction has it. The transaction is opened by its first statement. */
export class TxConnection {
  private begun = false;
  private ended = false;
  private runner: QueryRunner | undefined;

  constructor(
    private readonly client: PoolClient,
    private readonly dataSource: DataSource,
  ) {}

  run<R>(statement: Statement, values: unknown[]): Promise<Answer<R>> {
    if (this.ended) return Promise.reject(new TransactionOver());
    const begin = !this.begun;
    this.begun = true;
    return runPrepared<R>(this.client, statement, values, { begin });
  }

  /** TypeORM's manager on this connection. Made for those who ask only: it costs more than a statement. */
  get manager(): EntityManager {
    this.runner ??= this.adoptRunner();
    return this.runner.manager;
  }

  async commit(): Promise<void> {
    await this.end(runCommit);
  }

  async rollback(): Promise<void> {
    await this.end(runRollback);
  }

  private async end(how: (client: PoolClient) => Promise<void>): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    await this.runner?.release();
    if (this.begun) await how(this.client);
  }

  /** A query runner that takes this connection for its own, and the transaction for one that it has opened. */
  private adoptRunner(): QueryRunner {
    const connect = async (): Promise<PoolClient> => {
      if (this.ended) throw new TransactionOver();
      if (!this.begun) {
        this.begun = true;
        await runBegin(this.client);
      }
      return this.client;
    };
    return Object.assign(this.dataSource.createQueryRunner(), { connect, isTransactionActive: true, transactionDepth: 1 });
  }
}

/** A fault of ours: somebody kept a Tx and used it when its transaction had ended. */
class TransactionOver extends Error {
  constructor() {
    super('This transaction has ended');
  }
}
