import type { EntityTarget, ObjectLiteral, Repository } from 'typeorm';
import type { Statement } from './statement';
import type { TxConnection } from './tx-connection';

/**
 * One open database transaction, handed as the first parameter to whatever must commit together.
 * Guarantees: every statement runs on the same connection; nothing is visible to others before `Database.transaction` returns.
 * Limit: nothing may call out of the process while one is open.
 */
export class Tx {
  constructor(private readonly connection: TxConnection) {}

  /** Runs a named prepared statement and gives its rows. */
  async rows<R extends object>(statement: Statement, values: unknown[] = []): Promise<R[]> {
    return (await this.connection.run<R>(statement, values)).rows;
  }

  /** The first row, or undefined where the statement found none. */
  async maybeOne<R extends object>(statement: Statement, values: unknown[] = []): Promise<R | undefined> {
    return (await this.rows<R>(statement, values))[0];
  }

  /** How many rows the statement changed. */
  async run(statement: Statement, values: unknown[] = []): Promise<number> {
    return (await this.connection.run(statement, values)).count;
  }

  /**
   * Writes without waiting: the statement goes out with the next one that is waited for, at the latest with COMMIT, and so
   * does its error. For writes whose answer nobody looks at; each of them saves a round trip.
   */
  write(statement: Statement, values: unknown[] = []): void {
    this.connection.write(statement, values);
  }

  /** TypeORM's repository bound to this transaction: for whatever is not a hot path. */
  repository<E extends ObjectLiteral>(entity: EntityTarget<E>): Repository<E> {
    return this.connection.manager.getRepository(entity);
  }
}
