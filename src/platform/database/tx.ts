import type { EntityTarget, ObjectLiteral, Repository } from 'typeorm';
import type { Call } from './prepared-query';
import type { Statement } from './statement';
import type { TxConnection } from './tx-connection';

/**
 * How a transaction's work may end: with last statements that go out together with COMMIT, and what is made of their rows.
 * It saves an exchange. `make` runs when all is committed, so it must not refuse anything; what it has to ask, it asks the
 * reader that it is given.
 */
export class Conclusion<T> {
  constructor(
    readonly calls: Call[],
    /** Is given the rows of each of the calls. */
    readonly make: (rows: object[][], reader: Reader) => T | Promise<T>,
  ) {}

  /** With one more statement behind it, whose rows `tell` is shown. */
  followedBy<R extends object>(statement: Statement, values: unknown[], tell: (rows: R[]) => void): Conclusion<T> {
    return new Conclusion([...this.calls, { statement, values }], (rows, reader) => {
      tell(rows.at(-1) as R[]);
      return this.make(rows.slice(0, -1), reader);
    });
  }
}

/** Where single statements can be run: in a transaction, or outside one. */
export interface Reader {
  rows<R extends object>(statement: Statement, values?: unknown[]): Promise<R[]>;
  maybeOne<R extends object>(statement: Statement, values?: unknown[]): Promise<R | undefined>;
}

/**
 * One open database transaction, handed as the first parameter to whatever must commit together.
 * Guarantees: every statement runs on the same connection; nothing is visible to others before `Database.transaction` returns.
 * Statements that are begun in the same turn (Promise.all) travel in one exchange, in the order of their calls; each sees
 * what those before it did, and when one fails, all of them fail.
 * Limit: nothing may call out of the process while one is open.
 */
export class Tx implements Reader {
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
   * Rows by their ids, of a statement that takes them (`$1`, an array) and gives each row its `id`, written as they are.
   * Whatever is asked for by the same statement in the same turn is one statement, however many ask.
   */
  async rowsOf<R extends { id: string }>(statement: Statement, ids: readonly string[]): Promise<R[]> {
    const { rows } = await this.connection.ask<R>(statement, ids);
    return rows.filter(({ id }) => ids.includes(id));
  }

  /** The row of that id, or undefined where there is none; see rowsOf(). */
  async rowOf<R extends { id: string }>(statement: Statement, id: string): Promise<R | undefined> {
    return (await this.rowsOf<R>(statement, [id]))[0];
  }

  /**
   * Writes without waiting: the statement goes out with the next one that is waited for, at the latest with COMMIT, and so
   * does its error. For writes whose answer nobody looks at; each of them saves a round trip.
   */
  write(statement: Statement, values: unknown[] = []): void {
    this.connection.write(statement, values);
  }

  /**
   * Adds rows without waiting, as write() does, by a statement that takes columns (arrays): whatever is added by the same
   * statement before it goes out is one statement. They stand where the first of them was added.
   */
  add(statement: Statement, columns: readonly unknown[][]): void {
    this.connection.add(statement, columns);
  }

  /** Ends the work: what `work` of Database.transaction may return. See Conclusion. */
  conclude<R extends object, T>(
    statement: Statement,
    values: unknown[],
    make: (rows: R[], reader: Reader) => T | Promise<T>,
  ): Conclusion<T> {
    return new Conclusion([{ statement, values }], ([rows], reader) => make(rows as R[], reader));
  }

  /** The result of a conclusion for whoever has more to do before the end. */
  async settle<T>(result: T | Conclusion<T>): Promise<T> {
    if (!(result instanceof Conclusion)) return result;
    const rows = await Promise.all(result.calls.map(({ statement, values }) => this.rows(statement, values)));
    return result.make(rows, this);
  }

  /** TypeORM's repository bound to this transaction: for whatever is not a hot path. */
  repository<E extends ObjectLiteral>(entity: EntityTarget<E>): Repository<E> {
    return this.connection.manager.getRepository(entity);
  }
}
