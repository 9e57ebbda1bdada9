import { types, type PoolClient, type Submittable } from 'pg';
import { prepareValue } from 'pg/lib/utils';
import { inSpan, isTracing } from '../tracing';
import { dropWhenTimedOut } from './pool-client';
import type { Statement } from './statement';

export interface Answer<R> {
  rows: R[];
  /** How many rows the statement changed or gave. */
  count: number;
  /** What Postgres says that it did: "INSERT 0 5", "SELECT 3", "COMMIT". */
  tag: string;
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

/** A statement with what goes into it. */
export interface Call {
  statement: Statement;
  values: unknown[];
}

const shapesOf = new WeakMap<Wire, Map<string, Shape>>();

/** Runs a named statement on a client that the caller holds. */
export async function runPrepared<R>(client: PoolClient, statement: Statement, values: unknown[]): Promise<Answer<R>> {
  return (await runTogether(client, [{ statement, values }]))[0] as Answer<R>;
}

/**
 * Runs several statements, one after the other, in one exchange with Postgres; an answer for each. Each sees what those
 * before it did. Where one fails, those behind it are not run.
 */
export function runTogether(client: PoolClient, calls: Call[]): Promise<Answer<unknown>[]> {
  if (!isTracing()) return exchange(client, calls);
  // By name, for the values may be anybody's data.
  const names = calls.map(({ statement }) => statement.name);
  const attributes = { 'db.system.name': 'postgresql', 'db.query.summary': names.join(' ') };
  return inSpan(names.at(-1)!, 'client', attributes, () => exchange(client, calls));
}

async function exchange(client: PoolClient, calls: Call[]): Promise<Answer<unknown>[]> {
  try {
    return await new Promise<Answer<unknown>[]>((resolve, reject) => {
      const done = (error: unknown, answers?: Answer<unknown>[]) =>
        error instanceof Error ? reject(error) : resolve(answers!);
      client.query(new PreparedQuery(calls, done) as unknown as Submittable);
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

/**
 * One exchange with Postgres, handed to node-postgres as its documented Submittable. Its own query asks Postgres each time
 * which columns the answer has, and prepares to read them; this does so once for each statement and connection. (A
 * statement whose columns have changed since is refused by Postgres, not misread.)
 */
class PreparedQuery {
  /** Which of the calls is being answered. */
  private at = 0;
  private readonly shapes: (Shape | undefined)[];
  /** Whether Postgres was asked for columns. */
  private learns = false;
  private readonly answers: Answer<unknown>[];
  private failed: unknown;

  constructor(
    private readonly calls: Call[],
    /** node-postgres puts its time limit around it. */
    public callback: (error: unknown, answers?: Answer<unknown>[]) => void,
  ) {
    this.shapes = calls.map(() => undefined);
    this.answers = calls.map(() => ({ rows: [], count: 0, tag: '' }));
  }

  /** node-postgres notes under this name that Postgres knows the statement. */
  get name(): string | undefined {
    return this.calls[this.at]?.statement.name;
  }

  get text(): string | undefined {
    return this.calls[this.at]?.statement.text;
  }

  submit(wire: Wire): Error | null {
    const known = shapesOf.get(wire);
    const parsedHere = new Set<string>();
    wire.stream.cork();
    try {
      this.calls.forEach(({ statement, values }, index) => {
        const { name, text } = statement;
        if (wire.parsedStatements[name] === undefined && !parsedHere.has(name)) {
          wire.parse({ name, text });
          parsedHere.add(name);
        }
        wire.bind({ statement: name, values, valueMapper: prepareValue });
        const shape = known?.get(name);
        if (shape) this.shapes[index] = shape;
        else {
          wire.describe({ type: 'P' });
          this.learns = true;
        }
        wire.execute();
      });
    } catch (error) {
      // A value that cannot be sent. What went before it is answered all the same, and then this is told.
      this.failed = error;
    } finally {
      wire.sync();
      wire.stream.uncork();
    }
    return null;
  }

  handleRowDescription({ fields }: { fields: { name: string; dataTypeID: number }[] }): void {
    const empty = Object.fromEntries(fields.map((field) => [field.name, null]));
    // The keys themselves, not what was cut out of the message: V8 would have to find the key of it anew at each row.
    const keys = new Map(Object.keys(empty).map((key) => [key, key]));
    this.shapes[this.at] = {
      names: fields.map((field) => keys.get(field.name)!),
      parsers: fields.map((field) => types.getTypeParser(field.dataTypeID, 'text') as (text: string) => unknown),
      empty,
    };
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    if (this.failed !== undefined) return;
    const { names, parsers, empty } = this.shapes[this.at]!;
    try {
      const row = { ...empty } as Record<string, unknown>;
      for (let i = 0; i < fields.length; i++) {
        const text = fields[i]!;
        if (text !== null) row[names[i]!] = parsers[i]!(text);
      }
      this.answers[this.at]!.rows.push(row);
    } catch (error) {
      this.failed = error;
    }
  }

  handleCommandComplete({ text }: { text: string }): void {
    const answer = this.answers[this.at++]!;
    answer.tag = text;
    answer.count = Number(text.slice(text.lastIndexOf(' ') + 1)) || 0;
  }

  handleReadyForQuery(wire: Wire): void {
    if (this.failed !== undefined) return this.callback(this.failed);
    if (this.learns) this.remember(wire);
    this.callback(null, this.answers);
  }

  handleError(error: unknown): void {
    this.callback(this.failed ?? error);
  }

  private remember(wire: Wire): void {
    let known = shapesOf.get(wire);
    if (!known) shapesOf.set(wire, (known = new Map<string, Shape>()));
    for (const [index, { statement }] of this.calls.entries()) {
      if (!known.has(statement.name)) known.set(statement.name, this.shapes[index] ?? NO_COLUMNS);
    }
  }

  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleCopyInResponse(): void {}
  handleCopyData(): void {}
}

const NO_COLUMNS: Shape = { names: [], parsers: [], empty: {} };
