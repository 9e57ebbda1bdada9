import type { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Database, statement, type Tx } from '../../../src/platform/database';
import { Jobs } from '../../../src/platform/jobs';
import { Due } from '../../../src/platform/jobs/due';
import { startApp, type RunningApp } from '../../support/app';
import { eventually, sql } from '../../support/shopper';

const ADD = statement(
  'test.add_job',
  `SELECT graphile_worker.add_job('quote_store', json_build_object('id', $1::text), job_key := $1)`,
);

describe('Jobs', () => {
  let muse: RunningApp;
  let jobs: Jobs;
  let database: Database;

  beforeAll(async () => {
    // Nobody works them off here: what is queued stays to be seen.
    muse = await startApp({ MUSE_ROLE: 'api' });
    jobs = muse.app.get(Jobs, { strict: false });
    database = muse.app.get(Database, { strict: false });
  });

  const add = (tx: Tx, id: string) => tx.run(ADD, [id]);
  const queued = (ids: string[]) =>
    sql(
      muse,
      'SELECT key, task_identifier AS task, run_at > now() AS later FROM graphile_worker.jobs WHERE key = ANY ($1) ORDER BY key',
      [ids],
    );

  it('exist if and only if the transaction that added them commits', async () => {
    const [kept, lost] = [randomUUID(), randomUUID()];
    await database.transaction((tx) => add(tx, kept));
    const failing = database.transaction(async (tx) => {
      await add(tx, lost);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await queued([kept, lost])).toEqual([{ key: kept, task: 'quote_store', later: false }]);
  });

  it('are added once for one id, however often, and one that waits for its time keeps it', async () => {
    const ids = Array.from({ length: 10 }, () => randomUUID());
    const later = `SELECT graphile_worker.add_job('quote_store', job_key := $1, run_at := now() + interval '1 hour')`;
    await sql(muse, later, [ids[0]]);
    await jobs.addAgain('quote_store', ids);
    await jobs.addAgain('quote_store', ids);
    const rows = await queued(ids);
    expect(rows).toHaveLength(10);
    expect(rows.filter((row) => row.later).map((row) => row.key)).toEqual([ids[0]]);
    await jobs.addAgain('quote_store', []);
  });

  it('are added for every row that is due, once, under its task; and bells ring for what else is', async () => {
    await sql(muse, 'CREATE TABLE what_is_due (kind text, id uuid)');
    const of = (kind: string) => `SELECT id FROM what_is_due WHERE kind = '${kind}' ORDER BY id LIMIT 200`;
    const add = async (kind: string, id = randomUUID()) => {
      await sql(muse, 'INSERT INTO what_is_due VALUES ($1, $2)', [kind, id]);
      return id;
    };
    const failures: unknown[] = [];
    const due = new Due({ error: (told: unknown) => failures.push(told) } as unknown as Logger);
    const rung: string[] = [];
    for (const bell of ['mails', 'sessions']) due.ring(bell, of(bell), () => rung.push(bell));
    await due.look(database);
    due.add('quote_store', of('quotes'));
    due.add('order_poll', of('polls'));
    await due.look(database);
    expect(rung).toEqual([]);
    const [waiting, quote, poll] = [await add('quotes'), await add('quotes'), await add('polls')];
    await add('sessions');
    const later = `SELECT graphile_worker.add_job('quote_store', job_key := $1, run_at := now() + interval '1 hour')`;
    await sql(muse, later, [waiting]);
    for (let n = 0; n < 2; n++) await due.look(database);
    expect(rung).toEqual(['sessions', 'sessions']);
    const rows = await queued([waiting, quote, poll]);
    expect(rows).toHaveLength(3);
    expect(new Map(rows.map(({ key, ...job }) => [key, job]))).toEqual(
      new Map([
        [waiting, { task: 'quote_store', later: true }],
        [quote, { task: 'quote_store', later: false }],
        [poll, { task: 'order_poll', later: false }],
      ]),
    );
    // Two bells do not ring at once; and a fault of one module, of a task or a bell, keeps nobody else waiting.
    const next = [await add('quotes'), await add('mails')];
    due.add('broken_task', 'SELECT id FROM nowhere');
    due.ring('broken bell', 'SELECT FROM nowhere', () => rung.push('never'));
    await due.look(database);
    await eventually(async () => rung.length === 4);
    expect(rung.slice(2).sort()).toEqual(['mails', 'sessions']);
    expect(await queued(next)).toEqual([{ key: next[0], task: 'quote_store', later: false }]);
    expect(failures).toEqual([
      { message: 'what is due was not found', of: 'broken_task', reason: '42P01' },
      { message: 'what is due was not found', of: 'broken bell', reason: '42P01' },
    ]);
  });

  it('let what waits for others wait beside the queue, and the end of the process wait for it', async () => {
    const own = await startApp({ DATABASE_URL: muse.database });
    const ownJobs = own.app.get(Jobs, { strict: false });
    let goOn!: () => void;
    const may = new Promise<void>((resolve) => (goOn = resolve));
    const done: string[] = [];
    // Begun, and not waited for; one that fails is nobody's end.
    await ownJobs.beside(async () => {
      await may;
      done.push('slow');
    });
    await ownJobs.beside(() => Promise.reject(new Error('no')));
    expect(done).toEqual([]);
    const closing = own.close().then(() => done.push('closed'));
    goOn();
    await closing;
    expect(done).toEqual(['slow', 'closed']);
  });

  it('have one handler each', () => {
    const name = `test_${randomUUID()}`;
    jobs.handle(name, () => Promise.resolve());
    expect(() => jobs.handle(name, () => Promise.resolve())).toThrow('Two handlers');
  });

  it('are left alone by a process that only serves requests, and worked off by one that works', async () => {
    const id = randomUUID();
    await database.transaction((tx) => add(tx, id));
    const secrets = { JWT_SECRET: muse.config.JWT_SECRET!, MUSE_MASTER_KEY: muse.config.MUSE_MASTER_KEY! };
    expect(await queued([id])).toHaveLength(1);
    const worker = await startApp({ DATABASE_URL: muse.database, MUSE_ROLE: 'worker', ...secrets });
    // There is no such placement: the job finds nothing to do, and is done.
    await eventually(async () => (await queued([id])).length === 0);
    await worker.close();
  });
});
