import { Database, statement } from '../../../src/platform/database';
import { startApp, type RunningApp } from '../../support/app';
import { sql } from '../../support/shopper';

const ADD = statement('test.add', 'INSERT INTO notes (id, text) VALUES ($1, $2)');
const READ = statement('test.read', 'SELECT id, text FROM notes ORDER BY id');
const BIG = statement('test.big', 'SELECT $1::bigint AS big');
const ECHO = statement('test.echo', 'SELECT $1::text AS text, $2::int AS number, NULL AS nothing');
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

  it('uses no transaction that has ended', async () => {
    const kept = await database.transaction(async (tx) => {
      await tx.rows(READ);
      return tx;
    });
    await expect(kept.rows(READ)).rejects.toThrow('has ended');
  });
});
