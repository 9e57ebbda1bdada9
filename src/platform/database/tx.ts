import type { PoolClient } from 'pg';
import type { EntityManager, EntityTarget, ObjectLiteral, Repository } from 'typeorm';
import type { Statement } from './statement';

/**
 * One open database transaction, handed as the first parameter to whatever must commit together.
 * Guarantees: every statement runs on the same connection; nothing is visible to others before `Database.transaction` returns.
 * Limit: nothing may call out of the process while one is open.
 */
export class Tx {
  constructor(
    private readonly client: PoolClient,
    private readonly manager: EntityManager,
  ) {}

  /** Runs a named prepared statement and gives its rows. */
  async rows<R extends object>(statement: Statement, values: unknown[] = []): Promise<R[]> {
    const result = await this.client.query<R>({ name: statement.name, text: statement.text, values });
    return result.rows;
  }

  /** The first row, or undefined where the statement found none. */
  async maybeOne<R extends object>(statement: Statement, values: unknown[] = []): Promise<R | undefined> {
    return (await this.rows<R>(statement, values))[0];
  }

  /** How many rows the statement changed. */
  async run(statement: Statement, values: unknown[] = []): Promise<number> {
    const result = await this.client.query({ name: statement.name, text: statement.text, values });
    return result.rowCount ?? 0;
  }

  /** TypeORM's repository bound to this transaction: for whatever is not a hot path. */
  repository<E extends ObjectLiteral>(entity: EntityTarget<E>): Repository<E> {
    return this.manager.getRepository(entity);
  }
}
