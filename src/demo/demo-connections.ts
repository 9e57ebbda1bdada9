import { Catalog, type MakeProductRequest } from '../catalog';
import type { Caller } from '../identity';
import { Database, statement, type Tx } from '../platform/database';
import { NotFound } from '../platform/http';
import { ConnectionSettings, type ConnectionRequest } from '../store-integrations';

/** Where the sandbox stores of development are, by kind: MUSE_DEMO_STORES. */
export type DemoStoreUrls = Partial<Record<'walmart' | 'target', string>>;

interface DemoConnection {
  /** The demo store that it is. */
  name: string;
  connection: (url: string) => ConnectionRequest;
  /** What it sells, by the ids that the sandbox gives it. */
  goods: [externalId: string, title: string, cents: number][];
}

const oauth = (issuer: string, scopes: string[]) => ({ issuer, clientId: 'muse', clientAuth: 'none' as const, scopes });

const CONNECTIONS: Record<keyof DemoStoreUrls, DemoConnection> = {
  walmart: {
    name: 'Walmart',
    connection: (url) => ({
      ...{ protocol: 'ucp', baseUrl: url, options: {} },
      oauth: oauth(url, ['dev.ucp.shopping.checkout:manage', 'dev.ucp.shopping.order:read']),
    }),
    goods: [
      ['WM-1', 'Stoneware Mug', 1299],
      ['WM-2', 'Cotton Bath Towel', 899],
      ['WM-3', 'LED Desk Lamp', 2497],
      ['WM-5', 'Chef’s Knife', 3499],
      ['WM-7', 'Storage Basket', 1550],
    ],
  },
  target: {
    name: 'Target',
    connection: (url) => ({
      ...{ protocol: 'acp', baseUrl: url, options: {}, oauth: oauth(url, ['checkout', 'orders']) },
      // Nobody's: both ends are this machine's.
      secrets: {
        apiKey: 'acp-key-of-muse-at-the-store',
        webhookSecret: 'acp-webhook-secret-of-muse-and-the-store',
      },
    }),
    goods: [
      ['TG-1', 'Linen Throw Pillow', 2000],
      ['TG-2', 'Ceramic Planter', 1500],
      ['TG-3', 'Wooden Toy Train', 2799],
      ['TG-7', 'Scented Candle', 1200],
    ],
  },
};

const STORE = statement(
  'demo.store_by_name',
  `SELECT id FROM stores WHERE name = $1 AND kind = 'partner' ORDER BY created_at LIMIT 1`,
);
const SOLD = statement(
  'demo.external_ids',
  `SELECT external_id AS "externalId" FROM variants WHERE store_id = $1 AND external_id = ANY($2)`,
);
const ADMIN = statement('demo.admin', `SELECT id FROM users WHERE lower(email) = 'admin@muse.example'`);
const LOCK = statement('demo.lock_connections', `SELECT pg_advisory_xact_lock(727276)`);

/**
 * Connects the demo stores to the sandboxes that run beside the server, and gives them goods that these sell. Done at each
 * start: what is so already is left alone, and what an admin has set up against another address is brought back.
 */
export async function connectDemoStores(
  { database, settings, catalog }: { database: Database; settings: ConnectionSettings; catalog: Catalog },
  urls: DemoStoreUrls,
  say: (line: string) => void,
): Promise<void> {
  const admin = await database.maybeOne<{ id: string }>(ADMIN);
  if (!admin) return;
  const caller: Caller = { kind: 'user', id: admin.id, roles: ['shopper', 'admin'], privacy: 'standard' };
  for (const [kind, { name, connection, goods }] of Object.entries(CONNECTIONS)) {
    const url = urls[kind as keyof DemoStoreUrls];
    const store = url === undefined ? undefined : await database.maybeOne<{ id: string }>(STORE, [name]);
    if (url === undefined || !store) continue;
    const isConnected = await isConnectedTo(settings, caller, store.id, url);
    await database.transaction(async (tx) => {
      await tx.run(LOCK);
      if (!isConnected) await settings.putIn(tx, caller, store.id, connection(url));
      await addGoods(tx, catalog, caller, store.id, goods);
    });
    say(`${name} is the sandbox store at ${url}`);
  }
}

async function isConnectedTo(
  settings: ConnectionSettings,
  caller: Caller,
  storeId: string,
  url: string,
): Promise<boolean> {
  try {
    const { baseUrl, oauth: setting, enabled } = await settings.read(caller, storeId);
    return enabled && baseUrl === url && setting?.issuer === url;
  } catch (error) {
    if (error instanceof NotFound) return false;
    throw error;
  }
}

async function addGoods(
  tx: Tx,
  catalog: Catalog,
  caller: Caller,
  storeId: string,
  goods: DemoConnection['goods'],
): Promise<void> {
  const ids = goods.map(([externalId]) => externalId);
  const sold = new Set((await tx.rows<{ externalId: string }>(SOLD, [storeId, ids])).map((row) => row.externalId));
  for (const [externalId, title, cents] of goods) {
    if (!sold.has(externalId)) await catalog.makeProduct(tx, caller, storeId, productOf(externalId, title, cents));
  }
}

function productOf(externalId: string, title: string, cents: number): MakeProductRequest {
  const price = { amount: cents, currency: 'USD' };
  return {
    ...{ title, brand: 'Sandbox', category: 'Home', description: `${title}, of a sandbox store.` },
    imageUrls: [`https://placehold.co/600x800?text=${encodeURIComponent(title)}`],
    variants: [{ sku: externalId, price, onHand: 400, externalId }],
  };
}
