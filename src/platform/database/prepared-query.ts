import { types, type PoolClient, type Submittable } from 'pg';
import { prepareValue } from 'pg/lib/utils';
import { dropWhenTimedOut } from './pool-client';
import { statement, type Statement } from './statement';

export interface Answer<R> {
  rows: R[];
  /** How many rows the statement changed or gave. */
  count: number;
}

/** The connection below a client, as far as a query of one's own needs it (pg-cursor and pg-query-stream stand on the same). */
interface Wire {
  readonly parsedStatements: Record<string, string | undefined>;
  readonly stream: { cork(): void; uncork(): void; destroy(): void };
  parse(statement: { name: string; text: string }): void;
  bind(portal: { statement: string; values: unknown[]; valueMapper: typeof prepareValue }): void;
  describe(portal: { type: 'P' }): void;
  execute(): void;
  sync(): void;
}

/** The columns of a statement's rows. */
interface Shape {
  names: string[];
  parsers: ((text: string) => unknown)[];
  empty: object;
}

const BEGIN = statement('transaction.begin', 'BEGIN');
const COMMIT = statement('transaction.commit', 'COMMIT');
const ROLLBACK = statement('transaction.rollback', 'ROLLBACK');

const shapesOf = new WeakMap<Wire, Map<string, Shape>>();

/**
 * Runs a named statement on a client that the caller holds. With `begin` it opens a transaction and is the first statement
 * of it: both go out together, and one answer is waited for instead of two.
 */
export async function runPrepared<R>(
  client: PoolClient,
  statement: Statement,
  values: unknown[],
  { begin = false } = {},
): Promise<Answer<R>> {
  const opensAlone = begin && wireOf(client).parsedStatements[BEGIN.name] === undefined;
  if (opensAlone) await send(client, BEGIN, [], false);
  return send<R>(client, statement, values, begin && !opensAlone);
}

/** Opens a transaction by itself. */
export async function runBegin(client: PoolClient): Promise<void> {
  await send(client, BEGIN, [], false);
}

export async function runCommit(client: PoolClient): Promise<void> {
  await send(client, COMMIT, [], false);
}

export async function runRollback(client: PoolClient): Promise<void> {
  await send(client, ROLLBACK, [], false);
}

async function send<R>(client: PoolClient, statement: Statement, values: unknown[], begin: boolean): Promise<Answer<R>> {
  try {
    return await new Promise<Answer<R>>((resolve, reject) => {
      const done = (error: unknown, answer?: Answer<R>) => (error ? reject(error as Error) : resolve(answer!));
      client.query(new PreparedQuery<R>(statement, values, begin, done) as unknown as Submittable);
    });
  } catch (error) {
    if (error instanceof Error) {
      dropWhenTimedOut(client, error);
      // From where the statement was sent, not from where its answer was read.
      Error.captureStackTrace(error);
    }
    throw error;
  }
}

function wireOf(client: PoolClient): Wire {
  return (client as unknown as { connection: Wire }).connection;
}

/**
 * One execution of a named statement, handed to node-postgres as its documented Submittable. Its own query asks Postgres
 * each time which columns the answer has, and prepares to read them; this does so once for each statement and connection.
 * (A statement whose columns have changed since is refused by Postgres, not misread.)
 */
class PreparedQuery<R> {
  readonly name: string;
  readonly text: string;
  private readonly rows: R[] = [];
  private shape: Shape | undefined;
  private count = 0;
  private failed: unknown;

  constructor(
    statement: Statement,
    private readonly values: unknown[],
    private readonly begin: boolean,
    /** node-postgres puts its time limit around it. */
    public callback: (error: unknown, answer?: Answer<R>) => void,
  ) {
    this.name = statement.name;
    this.text = statement.text;
  }

  submit(wire: Wire): Error | null {
    const shapes = shapesOf.get(wire);
    this.shape = shapes?.get(this.name);
    wire.stream.cork();
    try {
      if (this.begin) {
        wire.bind({ statement: BEGIN.name, values: [], valueMapper: prepareValue });
        wire.execute();
      }
      if (wire.parsedStatements[this.name] === undefined) wire.parse({ name: this.name, text: this.text });
      wire.bind({ statement: this.name, values: this.values, valueMapper: prepareValue });
      if (!this.shape) wire.describe({ type: 'P' });
      wire.execute();
      wire.sync();
    } catch (error) {
      // A value that cannot be sent: what was begun on the wire is closed, and the answer to it is not waited for.
      wire.sync();
      this.failed = error;
    } finally {
      wire.stream.uncork();
    }
    return null;
  }

  handleRowDescription({ fields }: { fields: { name: string; dataTypeID: number }[] }): void {
    this.shape = {
      names: fields.map((field) => field.name),
      parsers: fields.map((field) => types.getTypeParser(field.dataTypeID, 'text') as (text: string) => unknown),
      empty: Object.fromEntries(fields.map((field) => [field.name, null])),
    };
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    if (this.failed !== undefined) return;
    const { names, parsers, empty } = this.shape!;
    try {
      const row = { ...empty } as Record<string, unknown>;
      for (let i = 0; i < fields.length; i++) {
        const text = fields[i]!;
        if (text !== null) row[names[i]!] = parsers[i]!(text);
      }
      this.rows.push(row as R);
    } catch (error) {
      this.failed = error;
    }
  }

  /** "INSERT 0 5", "SELECT 3", "BEGIN". */
  handleCommandComplete({ text }: { text: string }): void {
    this.count = Number(text.slice(text.lastIndexOf(' ') + 1)) || 0;
  }

  handleReadyForQuery(wire: Wire): void {
    if (this.failed !== undefined) return this.callback(this.failed);
    this.remember(wire);
    this.callback(null, { rows: this.rows, count: this.count });
  }

  handleError(error: unknown): void {
    this.callback(this.failed ?? error);
  }

  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleCopyInResponse(): void {}
  handleCopyData(): void {}

  private remember(wire: Wire): void {
    let shapes = shapesOf.get(wire);
    if (!shapes) shapesOf.set(wire, (shapes = new Map<string, Shape>()));
    if (!shapes.has(this.name)) shapes.set(this.name, this.shape ?? NO_COLUMNS);
  }
}

const NO_COLUMNS: Shape = { names: [], parsers: [], empty: {} };
