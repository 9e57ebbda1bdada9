import { randomBytes } from 'node:crypto';
import { KeyRotation } from '../../src/platform/crypto/key-rotation';
import { startApp, type RunningApp } from '../support/app';
import { usd } from '../support/sellers';
import {
  addDescribed,
  customer,
  eventually,
  place,
  readySession,
  settled,
  shopperOf,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';
import { connectStore, linkStore, startStore, type StoreSandbox } from '../support/store-sandbox';

const ROUNDS = 3;
const SHOPPERS = 4;

describe('A new master key, while shoppers buy at linked stores', () => {
  let sandboxes: { sandbox: StoreSandbox; sku: string }[];
  /** Of before: it may read what the new key has wrapped, and wraps by the old one. */
  let before: RunningApp;
  /** Of now: the new key first, and the work. */
  let now: RunningApp;
  let stores: { id: string; hosts: string[]; sku: string }[];
  let shared: Record<string, string>;
  const newKey = randomBytes(32).toString('base64');

  beforeAll(async () => {
    const [walmart, target] = await Promise.all([
      startStore('walmart', { accessTokenSeconds: 5 }),
      startStore('target', { accessTokenSeconds: 5 }),
    ]);
    sandboxes = [
      { sandbox: walmart, sku: 'WM-1' },
      { sandbox: target, sku: 'TG-1' },
    ];
    const origins = { SANDBOX_ORIGINS: sandboxes.map(({ sandbox }) => sandbox.url).join(',') };
    before = await startApp({ ...origins, MUSE_ROLE: 'api', MUSE_MASTER_KEYS_OLDER: newKey });
    const { DATABASE_URL, JWT_SECRET, PUBLIC_URL, MUSE_MASTER_KEY } = before.config;
    shared = { ...origins, DATABASE_URL: DATABASE_URL!, JWT_SECRET: JWT_SECRET!, PUBLIC_URL };
    stores = [];
    for (const { sandbox, sku } of sandboxes) {
      const { storeId } = await connectStore(before, sandbox);
      const [{ hosts }] = (await sql(before, 'SELECT hosts FROM stores WHERE id = $1', [storeId])) as [Body];
      stores.push({ id: storeId, hosts, sku });
      await sandbox.change(sku, { stock: 1_000 });
    }
    now = await startApp({ ...shared, MUSE_MASTER_KEY: newKey, MUSE_MASTER_KEYS_OLDER: MUSE_MASTER_KEY! });
  }, 120_000);

  /** One basket of both stores, through this process; each store's outcome. */
  async function buy(shopper: Shopper): Promise<string[]> {
    for (const { id, hosts, sku } of stores)
      await addDescribed(shopper, { id, hosts }, { productSku: sku, price: usd(1_000), quantity: 1 });
    const { id } = await readySession(shopper);
    const session = await eventually(async () => {
      const { body } = await shopper.get(`/checkout/sessions/${id}`).expect(200);
      return body.stores.every(({ status }: Body) => status !== 'quoting') && body;
    }, 30_000);
    await place(shopper, session).expect(202);
    return (await settled(shopper, id)).stores.map(({ status }: Body) => status);
  }

  it('fails no quote, no refresh and no purchase, and the old key is needed no more', async () => {
    const shoppers: Shopper[] = [];
    for (let n = 0; n < SHOPPERS; n++) {
      const shopper = await customer(before);
      for (const { id } of stores) await linkStore(shopper, id, 'ana');
      shoppers.push(shopper);
    }
    const [rotation, back] = [now, before].map(({ app }) => app.get(KeyRotation, { strict: false })) as [
      KeyRotation,
      KeyRotation,
    ];
    const state = { isOver: false };
    let rewrapped = 0;
    const rotating = (async () => {
      while (!state.isOver) {
        rewrapped += await rotation.runOnce();
        // To and fro, so that each purchase meets it at every of its steps: a process of before wraps by the old key.
        rewrapped += await back.runOnce();
      }
    })();
    const outcomes = await Promise.all(
      shoppers.map(async (shopper, n) => {
        const at = n % 2 === 0 ? before : now;
        const there = shopperOf(at, shopper.id, shopper.headers);
        const all: string[][] = [];
        for (let round = 0; round < ROUNDS; round++) all.push(await buy(there));
        return all.flat();
      }),
    );
    state.isOver = true;
    await rotating;
    await rotation.runOnce();
    const bought = SHOPPERS * ROUNDS;
    expect(outcomes.flat()).toEqual(Array.from({ length: bought * 2 }, () => 'placed'));
    for (const [place, { sandbox }] of sandboxes.entries()) {
      const theirs = (await sandbox.ledger()).map(({ id }) => id).sort();
      const ours = await sql(before, 'SELECT store_order_id AS id FROM orders WHERE store_id = $1', [
        stores[place]!.id,
      ]);
      expect(theirs).toHaveLength(bought);
      expect(ours.map(({ id }) => id as string).sort()).toEqual(theirs);
      expect((await sandbox.grants()).reuses).toBe(0);
    }
    // Every key many times, not once before anybody bought.
    expect(rewrapped).toBeGreaterThan(20 * SHOPPERS);
    const ids = await sql(before, 'SELECT DISTINCT master_key_id FROM data_keys WHERE destroyed_at IS NULL');
    expect(ids).toHaveLength(1);
    await Promise.all([before.close(), now.close()]);
    // The old key is thrown away.
    const after = await startApp({ ...shared, MUSE_MASTER_KEY: newKey });
    expect(await buy(shopperOf(after, shoppers[0]!.id, shoppers[0]!.headers))).toEqual(['placed', 'placed']);
  }, 180_000);
});
