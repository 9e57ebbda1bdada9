import { randomBytes } from 'node:crypto';
import { Catalog, type MakeProductRequest } from '../../src/catalog';
import { Accounts, type Caller, type Role } from '../../src/identity';
import { Database } from '../../src/platform/database';
import { Stores, type MakePartnerStoreRequest, type MakeStoreRequest } from '../../src/stores';
import type { RunningApp } from './app';

export const PASSWORD = 'correct horse battery';

export const usd = (amount: number) => ({ amount, currency: 'USD' });
const unique = () => randomBytes(5).toString('hex');

/** An account in the database, as the caller that its token would name. */
export async function makeUser(muse: RunningApp, ...roles: Role[]): Promise<Caller & { email: string }> {
  const email = `${unique()}@example.com`;
  const accounts = muse.app.get(Accounts, { strict: false });
  const database = muse.app.get(Database, { strict: false });
  const all: Role[] = ['shopper', ...roles];
  const id = await database.transaction((tx) =>
    accounts.ensure(tx, { email, displayName: 'Test', password: PASSWORD, roles: all }),
  );
  return { kind: 'user', id, roles: all, privacy: 'standard', email };
}

/** The Authorization header of that account. */
export async function signIn(muse: RunningApp, { email }: { email: string }): Promise<Record<string, string>> {
  const { body } = await muse.http.post('/api/v1/auth/login').send({ email, password: PASSWORD }).expect(200);
  return { authorization: `Bearer ${body.accessToken}` };
}

export async function makeStore(muse: RunningApp, owner: Caller, overrides: Partial<MakeStoreRequest> = {}) {
  const stores = muse.app.get(Stores, { strict: false });
  const body = { name: `Store ${unique()}`, currency: 'USD', country: 'US', ...overrides };
  return muse.app.get(Database, { strict: false }).transaction((tx) => stores.makeStore(tx, owner, body));
}

export async function makePartnerStore(muse: RunningApp, overrides: Partial<MakePartnerStoreRequest> = {}) {
  const stores = muse.app.get(Stores, { strict: false });
  const host = `${unique()}.example`;
  const basics = { name: `Shop ${host}`, currency: 'USD', country: 'US', url: `https://${host}`, hosts: [host] };
  const body: MakePartnerStoreRequest = { ...basics, tier: 'redirect', ...overrides };
  return muse.app.get(Database, { strict: false }).transaction((tx) => stores.makePartnerStore(tx, body));
}

/** One product with one variant of 10 units at 10.00, unless told otherwise. */
export async function makeProduct(
  muse: RunningApp,
  owner: Caller,
  storeId: string,
  overrides: Partial<MakeProductRequest> = {},
) {
  const catalog = muse.app.get(Catalog, { strict: false });
  const body = {
    title: 'Plain thing',
    variants: [{ sku: `SKU-${unique()}`, price: usd(1000), onHand: 10 }],
    ...overrides,
  };
  return muse.app.get(Database, { strict: false }).transaction((tx) => catalog.makeProduct(tx, owner, storeId, body));
}

/** Variants of one product, one for each number of units on hand, in that order. */
export async function makeStock(
  muse: RunningApp,
  ...onHand: number[]
): Promise<{ owner: Caller; storeId: string; variantIds: string[] }> {
  const owner = await makeUser(muse);
  const { id: storeId } = await makeStore(muse, owner);
  const product = await makeProduct(muse, owner, storeId, {
    variants: onHand.map((units, index) => ({ sku: `SKU-${index}`, price: usd(1000), onHand: units })),
  });
  return { owner, storeId, variantIds: product.variants.map((variant) => variant.id) };
}
