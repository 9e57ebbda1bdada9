import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { migrate } from '../../../src/platform/database/data-source';
import { startEmbeddedPostgres } from '../../../src/platform/database/embedded-postgres';
import { startApp } from '../../support/app';
import { afterFile } from '../../support/cleanup';
import { clientPrograms } from '../../support/client-programs';
import { openPartner, openShop } from '../../support/market';
import {
  addDescribed,
  addVariant,
  cartOf,
  checkoutToPlaced,
  customer,
  orderOf,
  shopperOf,
  type Shopper,
} from '../../support/shopper';

const SECRETS = {
  MUSE_MASTER_KEY: 'q83vEjRWeJASNFZ4kBI0VniQEjRWeJASNFZ4kBI0Vng=',
  JWT_SECRET: 'of-the-restore-test-and-long-enough-for-it',
};

/** A Postgres of its own, so that its files can be copied while it stands still. */
async function cluster(folder: string) {
  const postgres = await startEmbeddedPostgres({ dataDir: folder, durable: true, log: () => undefined });
  afterFile(() => postgres.stop());
  return postgres;
}

describe('A backup', () => {
  const folders = ['muse-live-', 'muse-restored-'].map((name) => mkdtempSync(join(tmpdir(), name))) as [string, string];
  afterFile(async () => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

  it('restores carts, orders, sealed addresses and work that was waiting, and Muse goes on from it', async () => {
    const live = await cluster(folders[0]);
    const url = await live.ensureDatabase('muse');
    await migrate(url);
    const before = await startApp({ DATABASE_URL: url, ...SECRETS });
    const shop = await openShop(before);
    const shopper = await customer(before);
    await addVariant(shopper, shop.variantIds[0], 2);
    const order = await orderOf(shopper, await checkoutToPlaced(shopper));
    await addDescribed(shopper, await openPartner(before));
    const cart = await cartOf(shopper);
    const stock = await shop.stockOf(shop.variantIds[0]);
    await before.close();
    // A delivery that was waiting when the backup was made.
    await ask(
      url,
      `UPDATE event_deliveries SET status = 'pending', delivered_at = NULL WHERE id = (SELECT min(id::text)::uuid FROM event_deliveries)`,
    );

    const restored = await restore(live, url);

    const after = await startApp({ DATABASE_URL: restored, ...SECRETS });
    const same: Shopper = shopperOf(after, shopper.id, shopper.headers);
    expect((await same.get(`/orders/${order.id}`).expect(200)).body).toEqual(order);
    expect(await cartOf(same)).toEqual(cart);
    const { body: inventory } = await shopperOf(after, shop.merchant.id, shop.merchant.headers)
      .get(`/merchant/stores/${shop.storeId}/inventory`)
      .expect(200);
    const row = inventory.data.find((one: { variantId: string }) => one.variantId === shop.variantIds[0]);
    expect([row.onHand, row.reserved]).toEqual(stock);
    await addVariant(same, shop.variantIds[1]);
    const again = await checkoutToPlaced(same);
    expect(again.stores.some((store: { order: object | null }) => store.order !== null)).toBe(true);
    for (const deadline = Date.now() + 15_000; ;) {
      const [{ open }] = await ask<{ open: number }>(
        restored,
        `SELECT count(*)::int AS open FROM event_deliveries WHERE status = 'pending'`,
      );
      if (open === 0) break;
      if (Date.now() > deadline) throw new Error(`${open} deliveries were not made`);
    }
    await after.close();
  }, 120_000);

  /** By pg_dump and pg_restore where they are new enough; else by a copy of the cluster's files, as a file system's snapshot is. */
  async function restore(live: Awaited<ReturnType<typeof cluster>>, url: string): Promise<string> {
    const programs = clientPrograms();
    if (programs) {
      const file = join(folders[1], 'muse.dump');
      execFileSync(join(programs, 'pg_dump'), ['--format=custom', '--no-owner', `--file=${file}`, url]);
      const target = await live.ensureDatabase('muse_restored');
      execFileSync(join(programs, 'pg_restore'), ['--no-owner', '--exit-on-error', `--dbname=${target}`, file]);
      return target;
    }
    await live.stop();
    cpSync(folders[0], folders[1], { recursive: true, preserveTimestamps: true });
    if (process.getuid?.() === 0)
      execFileSync('chown', ['-R', '--reference', live.cluster, join(folders[1], 'postgres')]);
    return (await cluster(folders[1])).url('muse');
  }
});

async function ask<R extends object>(url: string, text: string): Promise<[R, ...R[]]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<R>(text)).rows as [R, ...R[]];
  } finally {
    await client.end();
  }
}
