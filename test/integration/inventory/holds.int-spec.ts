import { randomUUID } from 'node:crypto';
import { Holds, Stock, type Demand, type Taken } from '../../../src/inventory';
import { StockNotHeld } from '../../../src/inventory/inventory.errors';
import { Database, statement } from '../../../src/platform/database';
import { startApp, type RunningApp } from '../../support/app';
import { makeStock } from '../../support/sellers';

const ROW = statement(
  'test.inventory',
  `SELECT i.on_hand AS "onHand", i.reserved,
          (SELECT coalesce(sum(h.quantity), 0)::int FROM holds h WHERE h.variant_id = i.variant_id AND h.status IN ('held', 'committed')) AS held
     FROM inventory i WHERE i.variant_id = $1`,
);
const EXPIRE = statement(
  'test.expire_holds',
  `UPDATE holds SET expires_at = now() - interval '1 hour' WHERE session_id = $1`,
);
const EVENTS = statement(
  'test.stock_events',
  `SELECT type, payload FROM events WHERE aggregate_id = $1 AND type LIKE 'inventory.%' ORDER BY id`,
);

describe('Holds', () => {
  let muse: RunningApp;
  let database: Database;
  let holds: Holds;

  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api', DATABASE_POOL: '30' });
    database = muse.app.get(Database);
    holds = muse.app.get(Holds, { strict: false });
  });

  const take = (session: string, demand: Demand[], previous: string | null = null): Promise<Taken[]> =>
    database.transaction((tx) => holds.take(tx, session, demand, previous, 1800));
  const commit = (session: string, ids: string[]) => database.transaction((tx) => holds.commit(tx, session, ids));
  const stock = async (variantId: string) =>
    (await database.maybeOne<{ onHand: number; reserved: number; held: number }>(ROW, [variantId]))!;
  const events = async (variantId: string) =>
    (await database.rows<{ type: string }>(EVENTS, [variantId])).map((event) => event.type);
  const expectConsistent = async (ids: string[]) => {
    for (const id of ids) {
      const { reserved, held } = await stock(id);
      expect(reserved).toBe(held);
    }
  };

  it('holds what is asked for, and says so in the order asked', async () => {
    const { variantIds } = await makeStock(muse, 5, 5);
    const [a, b] = variantIds as [string, string];
    const taken = await take(randomUUID(), [
      { variantId: b, quantity: 2 },
      { variantId: a, quantity: 5 },
    ]);
    expect(taken).toEqual(
      expect.arrayContaining([
        { variantId: a, held: 5, available: 5 },
        { variantId: b, held: 2, available: 5 },
      ]),
    );
    expect(await stock(a)).toEqual({ onHand: 5, reserved: 5, held: 5 });
    expect(await stock(b)).toEqual({ onHand: 5, reserved: 2, held: 2 });
  });

  it('gives all of a variant or nothing, and says how many there are', async () => {
    const { variantIds } = await makeStock(muse, 3, 9);
    const [a, b] = variantIds as [string, string];
    const taken = await take(randomUUID(), [
      { variantId: a, quantity: 4 },
      { variantId: b, quantity: 4 },
    ]);
    expect(taken).toContainEqual({ variantId: a, held: 0, available: 3 });
    expect(taken).toContainEqual({ variantId: b, held: 4, available: 9 });
    expect((await stock(a)).reserved).toBe(0);
  });

  it('adds up lines of one variant before it looks', async () => {
    const { variantIds } = await makeStock(muse, 5);
    const id = variantIds[0]!;
    expect(
      await take(randomUUID(), [
        { variantId: id, quantity: 3 },
        { variantId: id, quantity: 3 },
      ]),
    ).toEqual([{ variantId: id, held: 0, available: 5 }]);
  });

  it('has nothing of a variant that it does not know', async () => {
    const unknown = randomUUID();
    expect(await take(randomUUID(), [{ variantId: unknown, quantity: 1 }])).toEqual([
      { variantId: unknown, held: 0, available: 0 },
    ]);
  });

  it('keeps the buffer for the shop', async () => {
    const { owner, storeId, variantIds } = await makeStock(muse, 5);
    const id = variantIds[0]!;
    await muse.app.get(Stock, { strict: false }).set(owner, storeId, id, { onHand: 5, buffer: 3 });
    expect(await take(randomUUID(), [{ variantId: id, quantity: 3 }])).toEqual([
      { variantId: id, held: 0, available: 2 },
    ]);
  });

  it('sets the holds of a session to exactly the new demand', async () => {
    const { variantIds } = await makeStock(muse, 5, 5, 5);
    const [a, b, c] = variantIds as [string, string, string];
    const session = randomUUID();
    await take(session, [
      { variantId: a, quantity: 5 },
      { variantId: b, quantity: 1 },
    ]);
    await take(session, [
      { variantId: b, quantity: 4 },
      { variantId: c, quantity: 2 },
    ]);
    expect((await stock(a)).reserved).toBe(0);
    expect((await stock(b)).reserved).toBe(4);
    expect((await stock(c)).reserved).toBe(2);
    await expectConsistent(variantIds);
    await take(session, []);
    expect((await stock(b)).reserved).toBe(0);
    await expectConsistent(variantIds);
  });

  it('takes over what the previous session holds, without a moment in which anybody else could', async () => {
    const { variantIds } = await makeStock(muse, 4, 4);
    const [a, b] = variantIds as [string, string];
    const first = randomUUID();
    const second = randomUUID();
    await take(first, [
      { variantId: a, quantity: 4 },
      { variantId: b, quantity: 2 },
    ]);
    expect(await take(second, [{ variantId: a, quantity: 4 }], first)).toEqual([
      { variantId: a, held: 4, available: 4 },
    ]);
    expect((await stock(a)).reserved).toBe(4);
    expect((await stock(b)).reserved).toBe(0);
    await expectConsistent(variantIds);
    expect(await commit(first, variantIds)).toEqual([]);
  });

  it('leaves a session what it holds when the buffer grows over it', async () => {
    const { owner, storeId, variantIds } = await makeStock(muse, 4);
    const id = variantIds[0]!;
    const session = randomUUID();
    await take(session, [{ variantId: id, quantity: 3 }]);
    await muse.app.get(Stock, { strict: false }).set(owner, storeId, id, { onHand: 4, buffer: 4 });
    expect(await take(session, [{ variantId: id, quantity: 2 }])).toEqual([{ variantId: id, held: 2, available: 3 }]);
    expect(await take(session, [{ variantId: id, quantity: 3 }])).toMatchObject([{ held: 0 }]);
  });

  it('commits what has not expired, twice alike, and only that', async () => {
    const { variantIds } = await makeStock(muse, 4, 4);
    const [a, b] = variantIds as [string, string];
    const session = randomUUID();
    await take(session, [{ variantId: a, quantity: 1 }]);
    expect(await commit(session, [a, b])).toEqual([a]);
    await database.rows(EXPIRE, [session]);
    expect(await commit(session, [a])).toEqual([a]);
    const late = randomUUID();
    await take(late, [{ variantId: b, quantity: 1 }]);
    await database.rows(EXPIRE, [late]);
    expect(await commit(late, [b])).toEqual([]);
  });

  it('sells what is committed at one store, once', async () => {
    const { storeId, variantIds } = await makeStock(muse, 4);
    const other = await makeStock(muse, 4);
    const id = variantIds[0]!;
    const session = randomUUID();
    await take(session, [
      { variantId: id, quantity: 3 },
      { variantId: other.variantIds[0]!, quantity: 1 },
    ]);
    await commit(session, [id, other.variantIds[0]!]);
    const sell = (variants = 1) => database.transaction((tx) => holds.sell(tx, session, storeId, variants));
    await expect(sell(2)).rejects.toThrow(StockNotHeld);
    expect(await stock(id)).toEqual({ onHand: 4, reserved: 3, held: 3 });
    await sell();
    await expect(sell()).rejects.toThrow(StockNotHeld);
    expect(await stock(id)).toEqual({ onHand: 1, reserved: 0, held: 0 });
    expect(await stock(other.variantIds[0]!)).toEqual({ onHand: 4, reserved: 1, held: 1 });
    await database.transaction((tx) => holds.release(tx, session));
    expect(await stock(id)).toEqual({ onHand: 1, reserved: 0, held: 0 });
    expect(await stock(other.variantIds[0]!)).toEqual({ onHand: 4, reserved: 0, held: 0 });
    await database.transaction((tx) =>
      holds.restock(tx, [
        { variantId: id, quantity: 1 },
        { variantId: id, quantity: 2 },
      ]),
    );
    expect((await stock(id)).onHand).toBe(4);
  });

  it('does not sell what is only held', async () => {
    const { storeId, variantIds } = await makeStock(muse, 4);
    const session = randomUUID();
    await take(session, [{ variantId: variantIds[0]!, quantity: 3 }]);
    await expect(database.transaction((tx) => holds.sell(tx, session, storeId, 1))).rejects.toThrow(StockNotHeld);
    expect(await stock(variantIds[0]!)).toEqual({ onHand: 4, reserved: 3, held: 3 });
  });

  it('gives back what nobody released, but no committed hold', async () => {
    const { variantIds } = await makeStock(muse, 4, 4);
    const [a, b] = variantIds as [string, string];
    const session = randomUUID();
    await take(session, [
      { variantId: a, quantity: 2 },
      { variantId: b, quantity: 2 },
    ]);
    await commit(session, [b]);
    await database.rows(EXPIRE, [session]);
    const sweep = () => database.transaction((tx) => holds.releaseExpired(tx, 1000));
    expect(await sweep()).toBeGreaterThanOrEqual(1);
    expect((await stock(a)).reserved).toBe(0);
    expect((await stock(b)).reserved).toBe(2);
    expect(await sweep()).toBe(0);
  });

  it('tells when stock runs low, out, and is there again, and nothing else', async () => {
    const { owner, storeId, variantIds } = await makeStock(muse, 5);
    const id = variantIds[0]!;
    await muse.app.get(Stock, { strict: false }).set(owner, storeId, id, { onHand: 5, alertThreshold: 2 });
    const session = randomUUID();
    await take(session, [{ variantId: id, quantity: 1 }]);
    expect(await events(id)).toEqual([]);
    await take(session, [{ variantId: id, quantity: 3 }]);
    expect(await events(id)).toEqual(['inventory.low']);
    await take(session, [{ variantId: id, quantity: 5 }]);
    expect(await events(id)).toEqual(['inventory.low', 'inventory.stock_changed']);
    await database.transaction((tx) => holds.release(tx, session));
    expect(await events(id)).toEqual(['inventory.low', 'inventory.stock_changed', 'inventory.stock_changed']);
  });

  it('sells exactly 50 of 50 units to 200 shoppers at once', async () => {
    const { storeId, variantIds } = await makeStock(muse, 50);
    const id = variantIds[0]!;
    const taken = await Promise.all(
      Array.from({ length: 200 }, () => take(randomUUID(), [{ variantId: id, quantity: 1 }])),
    );
    expect(taken.filter(([line]) => line!.held === 1)).toHaveLength(50);
    expect(await stock(id)).toEqual({ onHand: 50, reserved: 50, held: 50 });
    expect(storeId).toBeDefined();
  });

  it('knows no deadlock when shoppers name the same goods in opposite orders', async () => {
    const { storeId, variantIds } = await makeStock(muse, 60, 60, 60);
    const lines = variantIds.map((variantId) => ({ variantId, quantity: 1 }));
    const sessions = Array.from({ length: 120 }, () => randomUUID());
    let deadlocks = 0;
    const shop = async (session: string, index: number): Promise<boolean> => {
      try {
        const demand = index % 2 === 0 ? lines : [...lines].reverse();
        // Each twice, and one after the other's session: own holds, taken over holds and foreign ones meet.
        const taken = await database.transaction((tx) => holds.take(tx, session, demand, null, 1800));
        if (taken.some((line) => line.held === 0)) {
          await database.transaction((tx) => holds.release(tx, session));
          return false;
        }
        await commit(session, variantIds);
        await database.transaction((tx) => holds.sell(tx, session, storeId, 3));
        return true;
      } catch (error) {
        if (String(error).includes('deadlock')) deadlocks += 1;
        throw error;
      }
    };
    const sold = (await Promise.all(sessions.map(shop))).filter(Boolean).length;
    expect(deadlocks).toBe(0);
    for (const id of variantIds) {
      const row = await stock(id);
      expect(row).toEqual({ onHand: 60 - sold, reserved: 0, held: 0 });
    }
  });

  it('keeps count when takes, take-overs, releases and counts meet', async () => {
    const { owner, storeId, variantIds } = await makeStock(muse, 30, 30);
    const work = Array.from({ length: 60 }, async (_, index) => {
      const first = randomUUID();
      const second = randomUUID();
      const demand = variantIds.map((variantId) => ({ variantId, quantity: 1 + (index % 3) }));
      await take(first, demand);
      await take(second, index % 2 ? demand : [...demand].reverse(), first);
      if (index % 4 === 0)
        await muse.app.get(Stock, { strict: false }).set(owner, storeId, variantIds[index % 2]!, { adjust: 1 });
      if (index % 3 !== 0) await database.transaction((tx) => holds.release(tx, second));
    });
    await Promise.all(work);
    await expectConsistent(variantIds);
    const [a, b] = await Promise.all(variantIds.map(stock));
    expect(a!.onHand + b!.onHand).toBe(75);
  });
});
