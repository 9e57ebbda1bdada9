import type { PoolClient } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { runTogether, type Answer, type Call } from './prepared-query';
import { statement, type Statement } from './statement';

const BEGIN: Call = { statement: statement('transaction.begin', 'BEGIN'), values: [] };
const COMMIT: Call = { statement: statement('transaction.commit', 'COMMIT'), values: [] };
const ROLLBACK: Call = { statement: statement('transaction.rollback', 'ROLLBACK'), values: [] };

/** A statement that waits for the next exchange, and who waits for its answer, if anybody does. */
interface Waiting extends Call {
  resolve?: (answer: Answer<unknown>) => void;
  reject?: (error: unknown) => void;
}

/**
 * A pool's connection while one transaction has it. An exchange with Postgres costs both sides more than most statements do,
 * so whatever can travel together does: BEGIN with the first statement, statements that are begun in the same turn with each
 * other, writes whose answer nobody looks at with the next statement, at the latest with COMMIT. The order is that of the
 * calls, and each statement sees what those before it did. When one fails, all of its exchange fail with its error.
 */
export class TxConnection {
  private state: 'new' | 'open' | 'ended' = 'new';
  private waiting: Waiting[] = [];
  /** What waits and may still grow: ids that are asked for, and rows that are added, by their statement. */
  private readonly asked = new Map<Statement, { ids: string[]; answer: Promise<Answer<unknown>> }>();
  private readonly added = new Map<Statement, unknown[][]>();
  private flushing = false;
  private runner: QueryRunner | undefined;

  constructor(
    private readonly client: PoolClient,
    private readonly dataSource: DataSource,
  ) {}

  run<R>(statement: Statement, values: unknown[]): Promise<Answer<R>> {
    const answer = new Promise<Answer<R>>((resolve, reject) => {
      this.waiting.push({ statement, values, resolve: resolve as Waiting['resolve'], reject });
      if (this.flushing) return;
      this.flushing = true;
      queueMicrotask(() => {
        this.flushing = false;
        // Whoever waits is told; there is nobody else to tell. Nothing waits if something else was sent meanwhile.
        if (this.waiting.length > 0) this.send().catch(() => undefined);
      });
    });
    // One that was begun beside another that failed may have nobody who waits for it any more: that is no fault by itself.
    answer.catch(() => undefined);
    return answer;
  }

  /** Queues a write. Its error, should it have one, is that of the statements that it travels with. */
  write(statement: Statement, values: unknown[]): void {
    this.waiting.push({ statement, values });
  }

  /** As run(), of a statement that takes ids: all that are asked for until it goes out travel in it. */
  ask<R>(statement: Statement, ids: readonly string[]): Promise<Answer<R>> {
    let asked = this.asked.get(statement);
    if (!asked) {
      const all: string[] = [];
      asked = { ids: all, answer: this.run(statement, [all]) };
      this.asked.set(statement, asked);
    }
    for (const id of ids) if (!asked.ids.includes(id)) asked.ids.push(id);
    return asked.answer as Promise<Answer<R>>;
  }

  /** As write(), of a statement that takes columns: the rows of all that is added until it goes out travel in it. */
  add(statement: Statement, columns: readonly unknown[][]): void {
    const added = this.added.get(statement);
    if (added) return columns.forEach((column, index) => added[index]!.push(...column));
    const values = columns.map((column) => [...column]);
    this.added.set(statement, values);
    this.write(statement, values);
  }

  /** TypeORM's manager on this connection. Made for those who ask only: it costs more than a statement. */
  get manager(): EntityManager {
    this.runner ??= this.adoptRunner();
    return this.runner.manager;
  }

  /** Commits, together with last statements where there are any, and gives their answers. */
  async commit(last: Call[] = []): Promise<Answer<unknown>[]> {
    this.waiting.push(...last);
    if (this.state === 'new' && this.waiting.length === 0) return [];
    const answers = await this.send(COMMIT);
    // Postgres answers the COMMIT of a transaction that has failed with ROLLBACK, and calls that no error.
    if (answers.at(-1)!.tag !== 'COMMIT') throw new NotCommitted();
    await this.runner?.release();
    return answers.slice(-1 - last.length, -1);
  }

  /** After a COMMIT that failed too: what failed may have been a write that travelled with it. */
  async rollback(): Promise<void> {
    const abandoned = this.waiting;
    this.waiting = [];
    // Begun beside what failed: whoever still waits is told.
    for (const { reject } of abandoned) reject?.(new TransactionOver());
    const begun = this.state !== 'new';
    this.state = 'ended';
    if (!begun) return;
    await runTogether(this.client, [ROLLBACK]);
    await this.runner?.release();
  }

  private async send(last?: Call): Promise<Answer<unknown>[]> {
    const waiting = this.waiting;
    this.waiting = [];
    this.asked.clear();
    this.added.clear();
    try {
      if (this.state === 'ended') throw new TransactionOver();
      const calls: Call[] = last ? [...waiting, last] : [...waiting];
      const begun = this.state === 'new' ? 1 : 0;
      if (begun) calls.unshift(BEGIN);
      // From COMMIT on nothing more is sent: it would stand outside any transaction.
      this.state = last ? 'ended' : 'open';
      const answers = await runTogether(this.client, calls);
      waiting.forEach(({ resolve }, index) => resolve?.(answers[begun + index]!));
      return answers;
    } catch (error) {
      for (const { reject } of waiting) reject?.(error);
      throw error;
    }
  }

  /** A query runner that takes this connection for its own, and the transaction for one that it has opened. */
  private adoptRunner(): QueryRunner {
    const connect = async (): Promise<PoolClient> => {
      if (this.state !== 'open' || this.waiting.length > 0) await this.send();
      return this.client;
    };
    const adopted = { connect, isTransactionActive: true, transactionDepth: 1 };
    return Object.assign(this.dataSource.createQueryRunner(), adopted);
  }
}

/** A statement of it had failed and nobody said so: nothing was written. */
class NotCommitted extends Error {
  constructor() {
    super('This transaction was rolled back instead of being committed');
  }
}

/** A fault of ours: somebody kept a Tx and used it when its transaction had ended. */
class TransactionOver extends Error {
  constructor() {
    super('This transaction has ended');
  }
}
