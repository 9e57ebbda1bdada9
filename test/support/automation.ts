import { Automation } from '../../src/store-integrations/automation/automation';
import type { Recipe } from '../../src/store-integrations/recipes';
import type { RunningApp } from './app';
import { openPartner } from './market';
import { makeUser, signIn } from './sellers';
import { eventually, shopperOf, sql, type Body, type Shopper } from './shopper';

export interface AutomatedStore {
  id: string;
  admin: Shopper;
}

export const AGREEMENT = 'Contract 2026-114';

/** A partner store that allows automation by an agreement, with this recipe in use. */
export async function automate(muse: RunningApp, recipe: Recipe): Promise<AutomatedStore> {
  const account = await makeUser(muse, 'admin');
  const admin = shopperOf(muse, account.id, await signIn(muse, account));
  const { host } = new URL(recipe.origin);
  const { id } = await openPartner(muse, { tier: 'headless', url: recipe.origin, hosts: [host] });
  const at = `/admin/stores/${id}`;
  const { version } = (await admin.post(`${at}/recipes`, { recipe }).expect(201)).body;
  await admin.post(`${at}/recipes/${version}/activate`).expect(200);
  await allow(admin, id);
  return { id, admin };
}

export async function allow(admin: Shopper, storeId: string): Promise<void> {
  await admin
    .put(`/admin/stores/${storeId}/automation/policy`, { policy: 'allowed', agreement: AGREEMENT })
    .expect(200);
}

export async function forbid(admin: Shopper, storeId: string): Promise<void> {
  await admin.put(`/admin/stores/${storeId}/automation/policy`, { policy: 'forbidden' }).expect(200);
}

export async function credentialsConsent(shopper: Shopper): Promise<string> {
  return (await shopper.get('/integrations').expect(200)).body.credentialsConsent.version;
}

/** Gives a sign-in; gives what is answered. */
export async function giveSignIn(
  shopper: Shopper,
  storeId: string,
  account: { username: string; password: string },
): Promise<Body> {
  const consentVersion = await credentialsConsent(shopper);
  return (await shopper.put(`/integrations/${storeId}/credentials`, { ...account, consentVersion }).expect(202)).body;
}

/** How the sign-in stands once it is no longer being tried. */
export function triedSignIn(shopper: Shopper, storeId: string): Promise<Body> {
  return eventually(async () => {
    const { signIn } = (await shopper.get(`/integrations/${storeId}`).expect(200)).body;
    return signIn.state !== 'proving' && signIn;
  }, 90_000);
}

/** Lets Muse in at the store for this shopper, proved. */
export async function letIn(
  shopper: Shopper,
  storeId: string,
  account: { username: string; password: string },
): Promise<void> {
  await giveSignIn(shopper, storeId, account);
  const { state, reason } = await triedSignIn(shopper, storeId);
  if (state !== 'proved') throw new Error(`The sign-in is ${state}: ${reason}`);
}

export function automationOf(muse: RunningApp): Automation {
  return muse.app.get(Automation, { strict: false });
}

/** The records of a store's runs, the oldest first. */
export function runsAt(muse: RunningApp, storeId: string): Promise<Body[]> {
  return sql(muse, 'SELECT * FROM automation_runs WHERE store_id = $1 ORDER BY id', [storeId]);
}
