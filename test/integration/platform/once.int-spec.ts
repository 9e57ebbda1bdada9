import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { statement, type Conclusion, type Tx } from '../../../src/platform/database';
import type { Limit } from '../../../src/platform/http';
import { OnceFactory } from '../../../src/platform/http/once';
import { startApp, type RunningApp } from '../../support/app';
import { sql } from '../../support/shopper';

const TEN: Limit = { name: 'effects', most: 10, perSeconds: 3_600 };
const LOCK = statement('test.once_lock', 'SELECT id FROM things WHERE id = 1 FOR UPDATE');
const ADD = statement('test.once_add', 'INSERT INTO effects DEFAULT VALUES RETURNING id');

describe('Once, under a limit', () => {
  let muse: RunningApp;
  let caller: string;
  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api', RATE_LIMIT_FACTOR: '1' });
    await sql(muse, 'CREATE TABLE things (id int PRIMARY KEY)');
    await sql(muse, 'INSERT INTO things VALUES (1)');
    await sql(muse, 'CREATE TABLE effects (id int GENERATED ALWAYS AS IDENTITY)');
  });
  beforeEach(async () => {
    caller = randomUUID();
    await sql(muse, 'TRUNCATE effects');
  });

  /** A request of the caller, as the routes meet it, with a key or without. */
  const once = (key?: string) => {
    const headers: Record<string, string> = {};
    const request = {
      ...{ method: 'POST', routeOptions: { url: '/things' }, params: {}, body: {}, user: { id: caller } },
      headers: key === undefined ? {} : { 'idempotency-key': key },
    };
    const reply = { statusCode: 201, headers: (more: object) => Object.assign(headers, more) };
    const factory = muse.app.get(OnceFactory, { strict: false });
    return { once: factory.of(request as unknown as FastifyRequest, reply as unknown as FastifyReply), headers };
  };
  const effect = async (tx: Tx): Promise<Conclusion<{ id: number }>> => {
    await tx.rows(LOCK);
    return tx.conclude<{ id: number }, { id: number }>(ADD, [], ([row]) => row!);
  };
  const happened = async () => (await sql(muse, 'SELECT count(*)::int AS n FROM effects'))[0]!['n'];

  it.each([
    ['without a key', () => undefined],
    ['with one', () => randomUUID()],
    ['with and without', (n: number) => (n % 2 ? randomUUID() : undefined)],
  ])('lets exactly as many effects happen as have room when many come at once %s', async (_, keyOf) => {
    const calls = Array.from({ length: 30 }, (__, n) => once(keyOf(n)).once.run(effect, TEN));
    const answers = await Promise.allSettled(calls);
    const ids = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.id] : []));
    expect(new Set(ids).size).toBe(10);
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason.code] : []));
    expect(refused).toEqual(Array.from({ length: 20 }, () => 'rate_limited'));
    expect(await happened()).toBe(10);
  });

  it('says what is left, and takes nothing for what rolls back', async () => {
    const failing = once().once.run(async (tx) => {
      await effect(tx);
      throw new Error('nothing came of it');
    }, TEN);
    await expect(failing).rejects.toThrow('nothing came of it');
    const { once: first, headers } = once();
    await first.run(effect, TEN);
    expect(headers).toMatchObject({ ratelimit: '"effects";r=9;t=360' });
  });

  it('locks the counter last, with a key and without, so that no two wait for each other', async () => {
    let runs = 0;
    let isHeld = (): void => undefined;
    const held = new Promise<void>((resolve) => (isHeld = resolve));
    const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
    const holding = once(randomUUID()).once.run(async (tx) => {
      runs++;
      await tx.rows(LOCK);
      isHeld();
      // Until the other stands before what this one holds, with whatever it has locked by then.
      while ((await sql(muse, waiting)).length === 0);
      return effect(tx);
    }, TEN);
    await held;
    const without = once().once.run(async (tx) => {
      runs++;
      return effect(tx);
    }, TEN);
    await Promise.all([holding, without]);
    // A deadlock would have had one of them run again.
    expect([runs, await happened()]).toEqual([2, 2]);
  });
});
