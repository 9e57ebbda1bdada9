import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { startApp, type RunningApp } from '../support/app';
import { assertNone, leaksOfDatabase } from '../support/leaks';
import { startProcess } from '../support/process';
import { usd } from '../support/sellers';
import {
  addDescribed,
  customer,
  eventually,
  place,
  readySession,
  settled,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';
import { connectStore, linkStore, startStore, type StoreSandbox } from '../support/store-sandbox';

const PRELOAD = join(__dirname, '..', 'support', 'die-at-store-step.cjs');
const WITHIN_MS = 60_000;

/** A store that quotes, sells, cancels and takes back by its interface; nobody works but those who are about to die, and their heirs. */
describe('A worker that is killed while it asks a store', () => {
  let sandbox: StoreSandbox;
  let muse: RunningApp;
  let store: { id: string; hosts: string[] };
  let ana: Shopper;
  let heir: RunningApp | undefined;

  beforeAll(async () => {
    sandbox = await startStore('private');
    muse = await startApp({ MUSE_ROLE: 'api', SANDBOX_ORIGINS: sandbox.url });
    const { storeId: id } = await connectStore(muse, sandbox);
    const [row] = await sql(muse, 'SELECT hosts FROM stores WHERE id = $1', [id]);
    store = { id, hosts: row.hosts };
    await sandbox.change('ML-1', { stock: 1_000 });
  }, 180_000);
  beforeEach(async () => {
    ana = await customer(muse);
    await linkStore(ana, store.id);
  });
  const nobodyWorks = async () => {
    await heir?.close();
    heir = undefined;
  };
  afterEach(nobodyWorks);
  afterAll(async () => assertNone(await leaksOfDatabase(muse.database)));

  const shared = (): Record<string, string> => {
    const { DATABASE_URL, MUSE_MASTER_KEY, JWT_SECRET, PUBLIC_URL } = muse.config;
    const secrets = { DATABASE_URL: DATABASE_URL!, MUSE_MASTER_KEY: MUSE_MASTER_KEY!, JWT_SECRET: JWT_SECRET! };
    return { ...secrets, PUBLIC_URL, SANDBOX_ORIGINS: sandbox.url };
  };
  /** Somebody who lives: in this process, for to start another takes four seconds of a processor. */
  const somebodyWorks = async () => {
    heir = await startApp({ ...shared(), MUSE_ROLE: 'worker' });
  };
  /** Dies there while `act` is done, and another takes over; its lease is over by then. */
  async function killedAt(step: string, act: () => Promise<unknown>): Promise<void> {
    await nobodyWorks();
    const victim = await startProcess({ ...shared(), MUSE_DEMO: '0', DIE_AT: step }, { preload: [PRELOAD] });
    await act();
    expect(await victim.ended).toBe('SIGKILL');
    for (const table of ['store_quotes', 'store_requests', 'placements'])
      await sql(muse, `UPDATE ${table} SET lease_until = now() WHERE lease_until IS NOT NULL`);
    await sql(muse, 'UPDATE store_accounts SET refresh_lease_until = now() WHERE refresh_lease_until IS NOT NULL');
    // However long it took until somebody came: the store is still asked.
    await sql(muse, `UPDATE store_quotes SET ask_until = now() + interval '30 seconds' WHERE status <> 'done'`);
    await somebodyWorks();
  }
  const begin = async (): Promise<string> => {
    await addDescribed(ana, store, { productSku: 'ML-1', price: usd(1_450), quantity: 2 });
    return (await readySession(ana)).id as string;
  };
  const look = async (id: string): Promise<Body> => (await ana.get(`/checkout/sessions/${id}`).expect(200)).body;
  const quoted = (id: string, where = 'in_muse'): Promise<Body> =>
    eventually(async () => {
      const session = await look(id);
      const [{ status, checkout }] = session.stores;
      return status === 'waiting' && checkout === where && session;
    }, WITHIN_MS);
  const buy = async (id: string): Promise<Body> => {
    await place(ana, await quoted(id)).expect(202);
    const [{ status, order }] = (await settled(ana, id)).stores;
    expect(status).toBe('placed');
    return (await ana.get(`/orders/${order.id}`).expect(200)).body;
  };
  const once = (order: Body, is: (order: Body) => boolean): Promise<Body> =>
    eventually(async () => {
      const { body } = await ana.get(`/orders/${order.id}`).expect(200);
      return is(body) && body;
    }, WITHIN_MS);
  /** The store's own book of Ana's orders is ours: one. */
  const inLedger = async (order: Body) => {
    const ours = await sql(muse, 'SELECT store_order_id AS id FROM orders WHERE buyer_user_id = $1', [ana.id]);
    const sold = (await sandbox.ledger()).filter(({ number }) => ours.some(({ id }) => id === number));
    expect([ours.length, sold.length]).toEqual([1, 1]);
    expect(sold[0]!.number).toBe(order.storeOrderNumber);
    return sold[0]!;
  };
  const soldBefore = async () => (await sandbox.ledger()).length;

  it.each(['to_quote', 'quoted'])(
    'at %s: another asks, and what is bought then is bought once',
    async (step) => {
      const before = await soldBefore();
      let id = '';
      await killedAt(step, async () => (id = await begin()));
      await inLedger(await buy(id));
      expect(await soldBefore()).toBe(before + 1);
    },
    150_000,
  );

  it('at to_refresh: another asks for the token, once', async () => {
    const before = await soldBefore();
    await sql(muse, `UPDATE store_accounts SET refresh_after = now() - interval '1 hour', access_expires_at = now()`);
    let id = '';
    await killedAt('to_refresh', async () => (id = await begin()));
    await inLedger(await buy(id));
    expect((await sandbox.grants()).reuses).toBe(0);
    expect(await soldBefore()).toBe(before + 1);
  }, 150_000);

  it('at refreshed: the token that the store gave is lost; linked again, it is bought once', async () => {
    const before = await soldBefore();
    await sql(muse, `UPDATE store_accounts SET refresh_after = now() - interval '1 hour', access_expires_at = now()`);
    let id = '';
    await killedAt('refreshed', async () => (id = await begin()));
    await quoted(id, 'on_store_site');
    expect((await ana.get(`/integrations/${store.id}`).expect(200)).body.status).toBe('relink');
    await linkStore(ana, store.id);
    await inLedger(await buy(id));
    expect(await soldBefore()).toBe(before + 1);
  }, 150_000);

  it.each(['to_ask', 'asked'])(
    'at %s, cancelling: another asks under the same key, and it is cancelled once',
    async (step) => {
      await somebodyWorks();
      const bought = await buy(await begin());
      const order = await once(bought, ({ allowedActions }) => allowedActions.includes('cancel'));
      await killedAt(step, () => ana.put(`/orders/${order.id}/cancel`, { reason: 'Ordered twice' }).expect(202));
      await once(order, ({ status, storeRequest }) => status === 'cancelled' && storeRequest.status === 'done');
      const theirs = await inLedger(order);
      expect(theirs.canceled).toBe(true);
      expect(theirs.adjustments.filter(({ type }) => type === 'cancellation')).toHaveLength(1);
    },
    180_000,
  );

  it.each(['to_ask', 'asked'])(
    'at %s, sending back: another asks under the same key, and it goes back once',
    async (step) => {
      await somebodyWorks();
      const bought = await buy(await begin());
      const theirs = await inLedger(bought);
      await sandbox.advance({ orderId: theirs.id, to: 'delivered' });
      const poll = () =>
        sql(muse, 'UPDATE store_orders SET next_poll_at = now() WHERE remote_id = $1', [theirs.number]);
      await eventually(
        async () => (await sql(muse, 'SELECT 1 FROM store_orders WHERE remote_id = $1', [theirs.number]))[0],
      );
      await poll();
      const arrived = await once(
        bought,
        ({ status, allowedActions }) => status === 'delivered' && allowedActions.includes('return'),
      );
      const items = [{ itemId: arrived.items[0].id, quantity: 2, reason: 'It came damaged' }];
      await killedAt(step, () =>
        ana.post(`/orders/${arrived.id}/return`, { items }, { 'idempotency-key': randomUUID() }).expect(201),
      );
      await eventually(async () => {
        const [row] = await sql(muse, `SELECT status FROM store_requests WHERE order_id = $1 AND kind = 'return'`, [
          arrived.id,
        ]);
        return row.status === 'done';
      }, WITHIN_MS);
      const { adjustments } = await inLedger(bought);
      expect(adjustments.filter(({ type }) => type === 'return')).toHaveLength(1);
      await poll();
      const back = await once(arrived, ({ status }) => status === 'returned');
      expect(back.items).toMatchObject([{ quantityReturned: 2 }]);
    },
    180_000,
  );
});
