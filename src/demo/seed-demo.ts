import type { INestApplicationContext } from '@nestjs/common';
import { Catalog } from '../catalog';
import { Accounts, type Caller, type Role } from '../identity';
import type { Config } from '../platform/config';
import { Database, statement, type Tx } from '../platform/database';
import { Coupons, ExchangeRates, TaxRates } from '../pricing';
import { ConnectionSettings, Recipes } from '../store-integrations';
import { DeliveryOptions, Stores } from '../stores';
import { connectDemoStores } from './demo-connections';
import { demoProducts } from './demo-goods';
import { ensureDemoRates } from './demo-rates';
import { connectDemoShops } from './demo-shops';
import { MERCHANT_STORES, PARTNER_STORES } from './demo-stores';
import { ensureDemoTax } from './demo-tax';

const ACCOUNTS: { email: string; displayName: string; roles: Role[] }[] = [
  { email: 'admin@muse.example', displayName: 'Demo admin', roles: ['shopper', 'admin'] },
  { email: 'support@muse.example', displayName: 'Demo support', roles: ['shopper', 'support'] },
  { email: 'merchant@muse.example', displayName: 'Lola', roles: ['shopper', 'merchant'] },
  { email: 'merchant2@muse.example', displayName: 'Ávila', roles: ['shopper', 'merchant'] },
  { email: 'shopper@muse.example', displayName: 'Demo shopper', roles: ['shopper'] },
];

// The marker is an account that the seeding makes; the lock lets a second process that starts at the same moment wait.
const IS_SEEDED = statement('demo.is_seeded', `SELECT 1 AS one FROM users WHERE lower(email) = 'shopper@muse.example'`);
const LOCK = statement('demo.lock', `SELECT pg_advisory_xact_lock(727275)`);

/**
 * Fills an empty database with demo accounts, stores of all four tiers, goods, rates of exchange and tax, and coupons, all
 * or nothing; and connects those of the stores that run beside the server as sandboxes.
 * Run again it changes nothing. Never called in production.
 */
export async function seedDemo(
  app: INestApplicationContext,
  config: Config,
  say: (line: string) => void,
): Promise<void> {
  const get = <T>(type: new (...args: never[]) => T): T => app.get(type, { strict: false });
  await fillEmpty(get, config, say);
  const parts = { database: get(Database), settings: get(ConnectionSettings), catalog: get(Catalog) };
  await connectDemoStores(parts, config.MUSE_DEMO_STORES, say);
  await connectDemoShops({ ...parts, stores: get(Stores), recipes: get(Recipes) }, config.MUSE_DEMO_STORES, say);
}

type Get = <T>(type: new (...args: never[]) => T) => T;

async function fillEmpty(get: Get, config: Config, say: (line: string) => void): Promise<void> {
  const database = get(Database);
  if (await database.maybeOne(IS_SEEDED)) return;
  say('Adding demo accounts, stores and goods …');
  const counts = await database.transaction(async (tx) => {
    await tx.run(LOCK);
    if (await tx.maybeOne(IS_SEEDED)) return undefined;
    await ensureDemoRates(tx, get(ExchangeRates));
    await ensureDemoTax(tx, get(TaxRates));
    const callers = await addAccounts(tx, get(Accounts), config.MUSE_DEMO_PASSWORD);
    const keepers = await addStores(tx, get(Stores), get(DeliveryOptions), callers);
    const products = demoProducts((key, slug) => pageAt(key, slug));
    for (const { store, product } of products) {
      const { storeId, caller } = keepers.get(store)!;
      await get(Catalog).makeProduct(tx, caller, storeId, product);
    }
    await addCoupons(tx, get(Coupons), keepers, callers.get('admin@muse.example')!);
    return { stores: keepers.size, products: products.length };
  });
  get(ExchangeRates).forget();
  get(TaxRates).forget();
  if (counts) say(`Added ${counts.stores} demo stores with ${counts.products} products.`);
}

async function addAccounts(tx: Tx, accounts: Accounts, password: string): Promise<Map<string, Caller>> {
  const callers = new Map<string, Caller>();
  for (const account of ACCOUNTS) {
    const id = await accounts.ensure(tx, { ...account, password });
    callers.set(account.email, { kind: 'user', id, roles: account.roles, privacy: 'standard' });
  }
  return callers;
}

/** Who may add goods to which store, by the store's key. */
async function addStores(
  tx: Tx,
  stores: Stores,
  deliveryOptions: DeliveryOptions,
  callers: Map<string, Caller>,
): Promise<Map<string, { storeId: string; caller: Caller }>> {
  const keepers = new Map<string, { storeId: string; caller: Caller }>();
  const admin = callers.get('admin@muse.example')!;
  for (const [key, store] of Object.entries(PARTNER_STORES)) {
    keepers.set(key, { storeId: (await stores.makePartnerStore(tx, store)).id, caller: admin });
  }
  for (const [key, { owner, store, deliveryOptions: options }] of Object.entries(MERCHANT_STORES)) {
    const caller = callers.get(owner)!;
    const { id } = await stores.makeStore(tx, caller, store);
    for (const option of options) await deliveryOptions.add(tx, caller, id, option);
    keepers.set(key, { storeId: id, caller });
  }
  return keepers;
}

/** One of a store and one of Muse; they can be used as often as the demo is run. */
async function addCoupons(
  tx: Tx,
  coupons: Coupons,
  keepers: Map<string, { storeId: string; caller: Caller }>,
  admin: Caller,
): Promise<void> {
  const { storeId, caller } = keepers.get('casaLola')!;
  const minimum = { amount: 5000, currency: 'USD' };
  await coupons.make(
    tx,
    { id: storeId, currency: 'USD' },
    { code: 'LOLA10', kind: 'percent', percent: '10', minimum },
    caller.id,
  );
  const amount = { amount: 500, currency: 'USD' };
  await coupons.make(tx, null, { code: 'MUSE5', kind: 'amount', amount }, admin.id);
}

function pageAt(key: string, slug: string): string | null {
  const store = PARTNER_STORES[key];
  return store ? `${store.url}/products/${slug}` : null;
}
