import type { PoolClient } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { runTogether, type Answer, type Call } from './prepared-query';
import { statement, type Statement } from './statement';

const BEGIN: Call = { statement: statement('transaction.begin', 'BEGIN'), values: [] };
const COMMIT: Call = { statement: statement('transaction.commit', 'COMMIT'), values: [] };
const ROLLBACK: Call = { statement: statement('transaction.rollback', 'ROLLBACK'), values: [] };

/**
 * A pool's connection while one transaction has it. What need not be waited for by itself travels with what is: BEGIN with
 * the first statement, writes whose answer nobody looks at with the next one, at the latest with COMMIT. The order is that
 * of the calls.
 */
export class TxConnection {
  private state: 'new' | 'open' | 'ended' = 'new';
  private pending: Call[] = [];
  private runner: QueryRunner | undefined;

  constructor(
    private readonly client: PoolClient,
    private readonly dataSource: DataSource,
  ) {}

  run<R>(statement: Statement, values: unknown[]): Promise<Answer<R>> {
    return this.send<R>({ statement, values });
  }

  /** Queues a write. Its error, should it have one, is that of the statement that it travels with. */
  write(statement: Statement, values: unknown[]): void {
    this.pending.push({ statement, values });
  }

  /** TypeORM's manager on this connection. Made for those who ask only: it costs more than a statement. */
  get manager(): EntityManager {
    this.runner ??= this.adoptRunner();
    return this.runner.manager;
  }

  async commit(): Promise<void> {
    if (this.state === 'new' && this.pending.length === 0) return;
    await this.send(COMMIT);
    this.state = 'ended';
    await this.runner?.release();
  }

  /** After a COMMIT that failed too: what failed may have been a write that travelled with it. */
  async rollback(): Promise<void> {
    this.pending = [];
    if (this.state !== 'open') return;
    await this.send(ROLLBACK);
    this.state = 'ended';
    await this.runner?.release();
  }

  private async send<R>(call?: Call): Promise<Answer<R>> {
    if (this.state === 'ended') throw new TransactionOver();
    const calls = this.pending;
    this.pending = [];
    if (call) calls.push(call);
    if (this.state === 'new') calls.unshift(BEGIN);
    this.state = 'open';
    return runTogether<R>(this.client, calls);
  }

  /** A query runner that takes this connection for its own, and the transaction for one that it has opened. */
  private adoptRunner(): QueryRunner {
    const connect = async (): Promise<PoolClient> => {
      if (this.state !== 'open' || this.pending.length > 0) await this.send();
      return this.client;
    };
    const adopted = { connect, isTransactionActive: true, transactionDepth: 1 };
    return Object.assign(this.dataSource.createQueryRunner(), adopted);
  }
}

/** A fault of ours: somebody kept a Tx and used it when its transaction had ended. */
class TransactionOver extends Error {
  constructor() {
    super('This transaction has ended');
  }
}
