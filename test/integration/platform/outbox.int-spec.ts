import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { Database, statement, type Tx } from '../../../src/platform/database';
import { Deliveries, Events, type DomainEvent } from '../../../src/platform/events';
import { startApp, type RunningApp } from '../../support/app';
import { eventually, sql, type Body } from '../../support/shopper';

const WAIT = statement('test.wait', 'SELECT 1 FROM waited_for FOR UPDATE');
const EFFECT = statement('test.effect', 'INSERT INTO effects (consumer, event_id) VALUES ($1, $2)');

describe('The outbox', () => {
  let muse: RunningApp;
  let events: Events;
  let deliverer: Deliveries;
  let database: Database;
  /** What a handler does before its effect; by consumer. */
  const before = new Map<string, (tx: Tx) => Promise<void> | void>();

  beforeAll(async () => {
    muse = await startApp();
    events = muse.app.get(Events, { strict: false });
    deliverer = muse.app.get(Deliveries, { strict: false });
    database = muse.app.get(Database, { strict: false });
    // Without a constraint: an effect that happens twice is seen.
    await sql(muse, 'CREATE TABLE effects (consumer text, event_id uuid)');
    await sql(muse, 'CREATE TABLE waited_for AS SELECT 1 AS id');
    for (const [type, consumer] of [
      ['test.happened', 'test.one'],
      ['test.happened', 'test.two'],
      ['test.alone', 'test.alone'],
    ])
      events.subscribe(type!, consumer!, async (tx, event) => {
        await tx.run(EFFECT, [consumer, event.id]);
        await before.get(consumer!)?.(tx);
      });
    const together = async (tx: Tx, { id, payload }: DomainEvent): Promise<void> => {
      if (payload['waits'] === true) await tx.run(WAIT);
      await tx.run(EFFECT, ['test.together', id]);
      if (payload['fails'] === true) throw new TypeError('not this one');
      await tx.run(EFFECT, ['test.together, too', id]);
    };
    events.subscribe('test.told', 'test.together', together, { together: true });
    events.subscribe('test.told_alone', 'test.together', together);
  });
  beforeEach(() => before.clear());

  const publish = async (type: string, payload: Record<string, unknown> = {}): Promise<string> => {
    const aggregateId = randomUUID();
    await database.transaction((tx) => events.publish(tx, { type, aggregateId, payload }));
    return (await sql(muse, 'SELECT id FROM events WHERE aggregate_id = $1', [aggregateId]))[0].id;
  };
  const deliveries = (eventId: string): Promise<Body[]> =>
    sql(muse, 'SELECT * FROM event_deliveries WHERE event_id = $1 ORDER BY consumer', [eventId]);
  const effects = async (eventId: string): Promise<string[]> =>
    (await sql(muse, 'SELECT consumer FROM effects WHERE event_id = $1 ORDER BY consumer', [eventId])).map(
      (row) => row.consumer,
    );
  const done = (eventId: string) =>
    eventually(async () => (await deliveries(eventId)).every((row) => row.status === 'done'), 15_000);

  it('records an event, with a delivery for each subscriber, if and only if the transaction of its cause commits', async () => {
    const [kept, lost] = [randomUUID(), randomUUID()];
    await database.transaction((tx) =>
      events.publish(tx, { type: 'test.happened', aggregateId: kept, payload: { n: 1 } }),
    );
    const failing = database.transaction(async (tx) => {
      await events.publish(tx, { type: 'test.happened', aggregateId: lost });
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    const rows = await sql(muse, 'SELECT * FROM events WHERE aggregate_id = ANY ($1)', [[kept, lost]]);
    expect(rows).toMatchObject([{ aggregate_id: kept, type: 'test.happened', payload: { n: 1 } }]);
    expect((await deliveries(rows[0].id)).map((row) => row.consumer)).toEqual(['test.one', 'test.two']);
    await done(rows[0].id);
    expect(await effects(rows[0].id)).toEqual(['test.one', 'test.two']);
  });

  it('keeps an event that nobody hears', async () => {
    const id = await publish('test.unheard', { code: 'x' });
    expect(await deliveries(id)).toEqual([]);
  });

  it('publishes many at once, each to its own subscribers', async () => {
    const ids = Array.from({ length: 30 }, () => randomUUID());
    await database.transaction((tx) =>
      events.publish(
        tx,
        ...ids.map((aggregateId, n) => ({ type: n % 2 ? 'test.alone' : 'test.happened', aggregateId })),
      ),
    );
    const rows = await sql(muse, 'SELECT id, type FROM events WHERE aggregate_id = ANY ($1)', [ids]);
    expect(rows).toHaveLength(30);
    for (const { id } of rows) await done(id);
    const seen = await sql(
      muse,
      'SELECT consumer, count(*)::int AS n FROM effects WHERE event_id = ANY ($1) GROUP BY 1 ORDER BY 1',
      [rows.map((row) => row.id)],
    );
    expect(seen).toEqual([
      { consumer: 'test.alone', n: 15 },
      { consumer: 'test.one', n: 15 },
      { consumer: 'test.two', n: 15 },
    ]);
  });

  it('has the effect of a delivery once, however often it is delivered', async () => {
    const id = await publish('test.alone');
    const [{ id: delivery }] = await deliveries(id);
    await Promise.all(Array.from({ length: 10 }, () => deliverer.deliver(delivery)));
    await done(id);
    await deliverer.deliver(delivery);
    expect(await effects(id)).toEqual(['test.alone']);
  });

  it('takes back what a failing subscriber did, tries it again, and holds up no other', async () => {
    let failures = 2;
    before.set('test.one', () => {
      if (failures-- > 0) throw new TypeError('not today');
    });
    const id = await publish('test.happened');
    await eventually(async () => (await effects(id)).includes('test.two'));
    const failed = await eventually(async () =>
      (await deliveries(id)).find((row) => row.attempts >= 1 && row.last_error),
    );
    expect(failed).toMatchObject({
      consumer: 'test.one',
      status: 'pending',
      last_error: 'TypeError',
      delivered_at: null,
    });
    expect(await effects(id)).toEqual(['test.two']);
    await done(id);
    expect(await effects(id)).toEqual(['test.one', 'test.two']);
    const [row] = await deliveries(id);
    expect(row).toMatchObject({ attempts: 3, last_error: null, delivered_at: expect.any(Date) });
  }, 30_000);

  it('gives a delivery up after twelve tries, for a person to see', async () => {
    before.set('test.alone', () => {
      throw new Error('never');
    });
    const id = await publish('test.alone');
    const [{ id: delivery }] = await deliveries(id);
    await sql(muse, 'UPDATE event_deliveries SET attempts = 11 WHERE id = $1', [delivery]);
    await deliverer.deliver(delivery);
    const dead = await eventually(async () => (await deliveries(id)).find((row) => row.status === 'dead'));
    expect(dead).toMatchObject({ last_error: 'Error', lease_token: null });
    before.clear();
    await deliverer.deliver(delivery);
    expect(await effects(id)).toEqual([]);
  });

  it('says of a delivery to a consumer that there is none of that name', async () => {
    const id = await publish('test.alone');
    await done(id);
    const [{ id: delivery }] = await deliveries(id);
    await sql(muse, `UPDATE event_deliveries SET consumer = 'test.gone', status = 'pending' WHERE id = $1`, [delivery]);
    await deliverer.deliver(delivery);
    expect(await deliveries(id)).toMatchObject([{ status: 'pending', last_error: 'NoSuchConsumer' }]);
    await sql(muse, `UPDATE event_deliveries SET status = 'done' WHERE id = $1`, [delivery]);
  });

  it('sweeps up a delivery whose worker was killed, once its lease is over', async () => {
    let killed = false;
    before.set('test.alone', async (tx) => {
      if (killed) return;
      killed = true;
      // What a killed process leaves behind: its connection ends in the middle of the transaction.
      await tx.rows(statement('test.die', 'SELECT pg_terminate_backend(pg_backend_pid())'));
    });
    const id = await publish('test.alone');
    await eventually(() => Promise.resolve(killed));
    await sql(
      muse,
      `UPDATE event_deliveries SET lease_until = now() - interval '1 second', next_attempt_at = now() - interval '5 seconds' WHERE event_id = $1 AND status = 'pending'`,
      [id],
    );
    await done(id);
    expect(await effects(id)).toEqual(['test.alone']);
  }, 30_000);

  it('does not let a worker that was stopped, and goes on late, do again what another has done', async () => {
    const aggregateId = randomUUID();
    // Nobody hears of it by itself: this test delivers it.
    await database.transaction((tx) => events.publish(tx, { type: 'test.unheard', aggregateId }));
    const [{ id }] = await sql(muse, `UPDATE events SET type = 'test.alone' WHERE aggregate_id = $1 RETURNING id`, [
      aggregateId,
    ]);
    const add = `INSERT INTO event_deliveries (event_id, consumer, next_attempt_at) VALUES ($1, 'test.alone', now() + interval '1 hour') RETURNING id`;
    const [{ id: delivery }] = await sql(muse, add, [id]);
    const { arrived, goOn } = stopNextTransaction();
    const late = deliverer.deliver(delivery);
    await arrived;
    await sql(muse, `UPDATE event_deliveries SET lease_until = now() - interval '1 second' WHERE id = $1`, [delivery]);
    await deliverer.deliver(delivery);
    expect(await effects(id)).toEqual(['test.alone']);
    goOn();
    await late;
    expect(await effects(id)).toEqual(['test.alone']);
    expect(await deliveries(id)).toMatchObject([{ status: 'done', attempts: 2, last_error: null }]);
  });

  /** The next transaction of this process waits before it begins, as if the process had been stopped there. */
  const stopNextTransaction = () => {
    const begin = database.transaction.bind(database);
    let goOn!: () => void;
    const may = new Promise<void>((resolve) => (goOn = resolve));
    const arrived = new Promise<void>((resolve) => {
      database.transaction = async (work) => {
        database.transaction = begin;
        resolve();
        await may;
        return begin(work);
      };
    });
    return { arrived, goOn };
  };

  describe('to a subscriber who can hear of several at once', () => {
    const tell = async (...told: { aggregateId?: string; fails?: boolean; waits?: boolean }[]): Promise<string[]> => {
      const marker = randomUUID();
      await database.transaction((tx) =>
        events.publish(
          tx,
          ...told.map(({ aggregateId = randomUUID(), fails = false, waits = false }) => ({
            type: 'test.told',
            aggregateId,
            payload: { marker, fails, waits },
          })),
        ),
      );
      const rows = await sql(muse, `SELECT id FROM events WHERE payload->>'marker' = $1 ORDER BY id`, [marker]);
      return rows.map(({ id }) => id);
    };
    const transactionsOf = async (ids: string[]): Promise<{ transactions: number; effects: number }> => {
      const counted = `SELECT count(DISTINCT xmin::text)::int AS transactions, count(*)::int AS effects FROM effects WHERE event_id = ANY ($1)`;
      return (await sql(muse, counted, [ids]))[0];
    };

    it('delivers all of them in one transaction', async () => {
      const ids = await tell(...Array.from({ length: 12 }, () => ({})));
      for (const id of ids) await done(id);
      expect(await transactionsOf(ids)).toEqual({ transactions: 1, effects: 24 });
    });

    it('delivers what is about one thing one after the other', async () => {
      const aggregateId = randomUUID();
      const ids = await tell({ aggregateId }, { aggregateId }, { aggregateId });
      for (const id of ids) await done(id);
      expect(await transactionsOf(ids)).toEqual({ transactions: 3, effects: 6 });
    });

    it('delivers by itself what else the same subscriber hears, but alone', async () => {
      const marker = randomUUID();
      await database.transaction((tx) =>
        events.publish(
          tx,
          ...['test.told', 'test.told_alone', 'test.told', 'test.told_alone'].map((type) => ({
            ...{ type, aggregateId: randomUUID(), payload: { marker } },
          })),
        ),
      );
      const rows = await sql(muse, `SELECT id FROM events WHERE payload->>'marker' = $1`, [marker]);
      const ids = rows.map(({ id }) => id as string);
      for (const id of ids) await done(id);
      expect(await transactionsOf(ids)).toEqual({ transactions: 3, effects: 8 });
    });

    it('delivers the others each by itself where one fails, and takes back what that one did', async () => {
      const ids = await tell({}, {}, { fails: true }, {});
      const [failing] = ids.splice(2, 1);
      for (const id of ids) await done(id);
      const failed = await eventually(async () => (await deliveries(failing!)).find((row) => row.last_error));
      expect(failed).toMatchObject({ status: 'pending', attempts: 1, last_error: 'TypeError' });
      expect(await effects(failing!)).toEqual([]);
      expect(await transactionsOf(ids)).toEqual({ transactions: 3, effects: 6 });
      await sql(muse, `UPDATE event_deliveries SET status = 'dead' WHERE event_id = $1`, [failing]);
    });
  });

  it('has each effect once where some wait for a lock for longer than together they may', async () => {
    const holder = new Client({ connectionString: muse.database });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM waited_for FOR UPDATE');
    const marker = randomUUID();
    await database.transaction((tx) =>
      events.publish(
        tx,
        ...[true, false, true].map((waits) => ({
          ...{ type: 'test.told', aggregateId: randomUUID(), payload: { marker, waits } },
        })),
      ),
    );
    const ids = (await sql(muse, `SELECT id FROM events WHERE payload->>'marker' = $1`, [marker])).map((row) => row.id);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(
      await sql(muse, `SELECT 1 FROM event_deliveries WHERE event_id = ANY ($1) AND status = 'dead'`, [ids]),
    ).toEqual([]);
    await holder.query('COMMIT');
    await holder.end();
    for (const id of ids) await done(id);
    for (const id of ids) expect(await effects(id)).toEqual(['test.together', 'test.together, too']);
  });

  it('refuses two subscribers of one name', () => {
    expect(() => events.subscribe('test.alone', 'test.alone', () => Promise.resolve())).toThrow('already hears');
  });
});
