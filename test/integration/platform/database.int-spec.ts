import { Database, statement } from '../../../src/platform/database';
import { startApp, type RunningApp } from '../../support/app';
import { sql } from '../../support/shopper';

const ADD = statement('test.add', 'INSERT INTO notes (id, text) VALUES ($1, $2)');
const READ = statement('test.read', 'SELECT id, text FROM notes ORDER BY id');
const BIG = statement('test.big', 'SELECT $1::bigint AS big');
const ECHO = statement('test.echo', 'SELECT $1::text AS text, $2::int AS number, NULL AS nothing');
const BY_IDS = statement(
  'test.by_ids',
  `SELECT id::text, text, cardinality($1::text[]) AS asked FROM notes WHERE id::text = ANY ($1::text[]) ORDER BY notes.id`,
);
const ADD_ALL = statement('test.add_all', 'INSERT INTO notes SELECT * FROM unnest($1::int[], $2::text[])');
const READ_COMMANDS = statement('test.read_commands', 'SELECT DISTINCT cmin::text FROM notes');
const LOCK = statement('test.lock', 'SELECT id FROM notes WHERE id = $1 FOR UPDATE');

describe('The database', () => {
  let muse: RunningApp;
  let database: Database;

  beforeAll(async () => {
    // Few connections: what one test leaves behind on a connection, the next one meets.
    muse = await startApp({ DATABASE_POOL: '3' });
    database = muse.app.get(Database, { strict: false });
    await sql(muse, 'CREATE TABLE notes (id int PRIMARY KEY, text text NOT NULL)');
  });
  beforeEach(() => sql(muse, 'TRUNCATE notes'));

  const texts = async () => (await database.rows<{ text: string }>(READ)).map((row) => row.text);

  it('keeps the order of writes that nobody waits for, and commits them though nothing else is asked', async () => {
    await database.transaction(async (tx) => {
      for (let id = 1; id <= 5; id++) tx.write(ADD, [id, `n${id}`]);
      expect((await tx.rows(READ)).length).toBe(5);
      tx.write(ADD, [6, 'n6']);
    });
    expect(await texts()).toEqual(['n1', 'n2', 'n3', 'n4', 'n5', 'n6']);
  });

  it.each(['read', 'commit'])('undoes the whole when one of them fails, whether at the next %s', async (when) => {
    const failing = database.transaction(async (tx) => {
      tx.write(ADD, [1, 'kept?']);
      tx.write(ADD, [1, 'twice']);
      tx.write(ADD, [2, 'behind it']);
      if (when === 'read') await tx.rows(READ);
    });
    await expect(failing).rejects.toMatchObject({ code: '23505' });
    for (let i = 0; i < 4; i++) expect(await texts()).toEqual([]);
  });

  it('goes on with a connection after a value that cannot be sent, and after an answer that a number cannot hold', async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    for (let i = 0; i < 4; i++) {
      await expect(database.rows(ECHO, [circle, 1])).rejects.toThrow(/circular/i);
      await expect(database.rows(BIG, ['9007199254740993'])).rejects.toThrow(RangeError);
      await expect(database.rows(ECHO, ['x', 'no number'])).rejects.toMatchObject({ code: '22P02' });
      expect(await database.rows(ECHO, ['é', i])).toEqual([{ text: 'é', number: i, nothing: null }]);
    }
    const within = database.transaction(async (tx) => {
      tx.write(ADD, [1, 'undone']);
      await tx.rows(ECHO, [circle, 1]);
    });
    await expect(within).rejects.toThrow(/circular/i);
    expect(await texts()).toEqual([]);
  });

  it('reads what another wrote while it waited for the lock that travels with the read', async () => {
    await database.transaction((tx) => tx.run(ADD, [1, 'before']));
    let isLocked = (): void => undefined;
    const locked = new Promise<void>((resolve) => (isLocked = resolve));
    const CHANGE = statement('test.change', `UPDATE notes SET text = 'after' WHERE id = 1`);
    const first = database.transaction(async (tx) => {
      await tx.rows(LOCK, [1]);
      isLocked();
      const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
      while ((await sql(muse, waiting)).length === 0);
      tx.write(CHANGE);
    });
    await locked;
    const second = database.transaction(async (tx) => {
      tx.write(LOCK, [1]);
      return tx.rows<{ text: string }>(READ);
    });
    await first;
    expect(await second).toMatchObject([{ text: 'after' }]);
  });

  it('sends statements of one turn together, in their order, each seeing what those before it did', async () => {
    const [, first, , both] = await database.transaction((tx) =>
      Promise.all([
        tx.run(ADD, [1, 'a']),
        tx.rows<{ text: string }>(READ),
        tx.run(ADD, [2, 'b']),
        tx.rows<{ text: string }>(READ),
      ]),
    );
    expect(first.map((row) => row.text)).toEqual(['a']);
    expect(both.map((row) => row.text)).toEqual(['a', 'b']);
  });

  it('asks once for all rows that one turn asks for, and gives each asker its own', async () => {
    await database.transaction((tx) =>
      Promise.resolve(
        tx.add(ADD_ALL, [
          [1, 2, 3],
          ['a', 'b', 'c'],
        ]),
      ),
    );
    type Row = { id: string; text: string; asked: number };
    await database.transaction(async (tx) => {
      const [first, both, none, again] = await Promise.all([
        tx.rowOf<Row>(BY_IDS, '1'),
        tx.rowsOf<Row>(BY_IDS, ['2', '3']),
        tx.rowOf<Row>(BY_IDS, '9'),
        tx.rowOf<Row>(BY_IDS, '1'),
      ]);
      expect([first, both, none, again]).toEqual([
        { id: '1', text: 'a', asked: 4 },
        [expect.objectContaining({ text: 'b' }), expect.objectContaining({ text: 'c' })],
        undefined,
        first,
      ]);
      // What is asked for later sees what was written meanwhile.
      tx.write(ADD, [4, 'd']);
      expect(await tx.rowOf<Row>(BY_IDS, '4')).toEqual({ id: '4', text: 'd', asked: 1 });
    });
  });

  it('adds in one statement what is added before it goes out, and what comes later in another', async () => {
    await database.transaction(async (tx) => {
      const mine = [[1], ['a']];
      tx.add(ADD_ALL, mine);
      tx.add(ADD_ALL, [
        [2, 3],
        ['b', 'c'],
      ]);
      expect(mine).toEqual([[1], ['a']]);
      // Of one statement, the rows are of one command.
      expect((await tx.rows(READ_COMMANDS)).length).toBe(1);
      tx.add(ADD_ALL, [[4], ['d']]);
      expect((await tx.rows(READ_COMMANDS)).length).toBe(2);
    });
    expect(await texts()).toEqual(['a', 'b', 'c', 'd']);
    const failing = database.transaction(async (tx) => {
      tx.add(ADD_ALL, [[5], ['e']]);
      tx.add(ADD_ALL, [[5], ['twice']]);
      await tx.rows(READ);
    });
    await expect(failing).rejects.toMatchObject({ code: '23505' });
    expect(await texts()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('fails all statements of an exchange when one of them fails, and writes none', async () => {
    const outcomes: PromiseSettledResult<unknown>[] = [];
    const failing = database.transaction(async (tx) => {
      const together = [tx.run(ADD, [1, 'a']), tx.run(ADD, [1, 'twice']), tx.rows(READ)];
      outcomes.push(...(await Promise.allSettled(together)));
      await Promise.all(together);
    });
    await expect(failing).rejects.toMatchObject({ code: '23505' });
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await texts()).toEqual([]);
  });

  it('does not call committed what Postgres has rolled back because an error was swallowed', async () => {
    const swallowing = database.transaction(async (tx) => {
      await tx.run(ADD, [1, 'a']);
      await tx.run(ADD, [1, 'twice']).catch(() => undefined);
    });
    await expect(swallowing).rejects.toThrow('rolled back');
    expect(await texts()).toEqual([]);
  });

  it('lets nothing that was begun beside a failure run outside the transaction', async () => {
    let late: Promise<unknown> = Promise.resolve();
    const failing = database.transaction(async (tx) => {
      await tx.run(ADD, [1, 'a']);
      late = Promise.resolve().then(async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return tx.run(ADD, [2, 'late']);
      });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await expect(late).rejects.toThrow('has ended');
    expect(await texts()).toEqual([]);
  });

  it('ends with a last statement that goes out with COMMIT, and makes its answer once, whatever becomes of it', async () => {
    let made = 0;
    const result = await database.transaction(async (tx) => {
      tx.write(ADD, [1, 'a']);
      return tx.conclude<{ text: string }, string[]>(READ, [], (rows) => {
        made++;
        return rows.map((row) => row.text);
      });
    });
    expect([result, made]).toEqual([['a'], 1]);

    const busy = Object.assign(new Error('busy'), { code: '55P03' });
    const failing = database.transaction(async (tx) =>
      tx.conclude(ADD, [2, 'b'], () => {
        made++;
        throw busy;
      }),
    );
    await expect(failing).rejects.toBe(busy);
    expect([made, await texts()]).toEqual([2, ['a', 'b']]);
  });

  it('settles the end of a transaction early for whoever has more to do in it', async () => {
    const result = await database.transaction(async (tx) => {
      const rows = await tx.settle(tx.conclude<{ text: string }, number>(READ, [], (found) => found.length));
      await tx.run(ADD, [1, `after ${rows}`]);
      return rows;
    });
    expect([result, await texts()]).toEqual([0, ['after 0']]);
  });

  it('uses no transaction that has ended', async () => {
    const kept = await database.transaction(async (tx) => {
      await tx.rows(READ);
      return tx;
    });
    await expect(kept.rows(READ)).rejects.toThrow('has ended');
  });
});
