import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { allowAt, connectionTo, startStore, type StoreKind, type StoreSandbox } from '../../support/store-sandbox';
import type { Body } from './client';
import { usd, type Line, type Shopper, type World } from './world';

const KINDS: StoreKind[] = ['walmart', 'target', 'private'];
const SKUS: Record<StoreKind, string> = { walmart: 'WM-1', target: 'TG-1', private: 'ML-1' };
/** A sandbox store taxes and delivers by place. */
const TEXAS = {
  ...{ name: 'Ana Pérez', line1: '500 E Cesar Chavez St', city: 'Austin', region: 'TX' },
  ...{ postalCode: '78701', country: 'US' },
};
const CONTACT = { email: 'ana.perez@example.com' };

/** A sandbox store beside the program, connected to it. */
export interface ApiStore {
  id: string;
  host: string;
  kind: StoreKind;
  sandbox: StoreSandbox;
}

/** One of each kind, as processes of their own. */
export async function openSandboxes(): Promise<StoreSandbox[]> {
  return Promise.all(KINDS.map((kind) => startStore(kind, { accessTokenSeconds: 20 })));
}

export function restock({ kind, change }: StoreSandbox): Promise<void> {
  return change(SKUS[kind], { stock: 1_000_000 });
}

/** Stores that Muse checks out at by their API, and what shoppers do there. */
export class ApiStores {
  private constructor(
    readonly world: World,
    readonly all: ApiStore[],
  ) {}

  static async connect(world: World, sandboxes: StoreSandbox[]): Promise<ApiStores> {
    const all: ApiStore[] = [];
    for (const sandbox of sandboxes) {
      const { kind } = sandbox;
      const host = `${kind}-${randomUUID().slice(24)}.example`;
      const body = {
        ...{ name: `By API ${kind}`, currency: 'USD', country: 'US', url: `https://${host}`, hosts: [host] },
        ...{ tier: 'oauth_api', deliveryOptions: [{ name: 'Ground', price: usd(700), minDays: 3, maxDays: 7 }] },
      };
      const token = world.adminToken;
      const { id } = await world.client.expect('POST', '/admin/stores', { token, body });
      const connection = connectionTo(sandbox);
      await world.client.expect('PUT', `/admin/stores/${id}/connection`, { token, body: connection });
      await restock(sandbox);
      all.push({ id, host, kind, sandbox });
    }
    return new ApiStores(world, all);
  }

  /** Somebody who has linked an account at each of them. */
  async shopper(): Promise<Shopper> {
    const shopper = await this.world.user();
    for (const store of this.all) await this.link(shopper, store);
    return shopper;
  }

  async link(shopper: Shopper, { id }: Pick<ApiStore, 'id'>): Promise<void> {
    const { consent } = await shopper.expect('GET', '/integrations');
    const begun = await shopper.expect('POST', `/integrations/${id}/link`, { consent: consent.version });
    const { state, code, iss } = Object.fromEntries((await allowAt(begun.authorizationUrl)).searchParams);
    await shopper.send('POST', '/integrations/link/complete', { state, code, iss }, randomUUID(), true);
  }

  lineOf({ id, host, kind }: ApiStore, quantity: number): Line {
    const sku = SKUS[kind];
    const product = { productName: 'Thing', productUrl: `https://${host}/p/${sku}`, productSku: sku };
    return { goods: sku, body: { storeId: id, ...product, price: usd(1000), quantity } };
  }

  /** A session of the whole cart, once every store has answered what it comes to; null where all of it is being ordered already. */
  async quoted(shopper: Shopper, withinMs: number): Promise<Body> {
    const { status, body } = await shopper.send('POST', '/checkout/sessions', {});
    if (status === 409 && body.code === 'nothing_to_check_out') return null;
    const { id } = body;
    await shopper.expect('PUT', `/checkout/sessions/${id}/shipping`, { address: TEXAS, contact: CONTACT });
    for (const end = Date.now() + withinMs; Date.now() < end; await sleep(200)) {
      const session = await shopper.expect('GET', `/checkout/sessions/${id}`);
      if (session.stores.every(({ status }: Body) => status !== 'quoting')) return session;
    }
    return undefined;
  }

  /** What the store's own book has that ours has not, and the other way round; each is a list of the store's ids. */
  async differences({
    id,
    kind,
    sandbox,
  }: ApiStore): Promise<{ onlyTheirs: string[]; onlyOurs: string[]; all: number }> {
    const theirs = (await sandbox.ledger()).map((order) => (kind === 'private' ? order.number : order.id));
    const rows = await this.world.ground.rows<{ id: string }>(
      'SELECT store_order_id AS id FROM orders WHERE store_id = $1 AND store_order_id IS NOT NULL',
      [id],
    );
    const [a, b] = [new Set(theirs), new Set(rows.map((row) => row.id))];
    return {
      onlyTheirs: [...a].filter((one) => !b.has(one)),
      onlyOurs: [...b].filter((one) => !a.has(one)),
      all: theirs.length,
    };
  }
}
