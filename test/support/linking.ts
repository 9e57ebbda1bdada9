import { randomUUID } from 'node:crypto';
import type { RunningApp } from './app';
import { openPartner } from './market';
import type { OAuthDouble } from './oauth-double';
import { makeUser, signIn } from './sellers';
import { shopperOf, type Body, type Shopper } from './shopper';

export interface ConnectedStore {
  id: string;
  admin: Shopper;
  connection: Body;
}

/** A partner store whose accounts are linked at that server. */
export async function connect(muse: RunningApp, oauth: OAuthDouble, overrides: Body = {}): Promise<ConnectedStore> {
  const [partner, account] = [await openPartner(muse), await makeUser(muse, 'admin')];
  const admin = shopperOf(muse, account.id, await signIn(muse, account));
  const { oauth: more, ...rest } = overrides;
  const setting = { issuer: oauth.url, clientId: 'muse', clientAuth: 'none', scopes: ['orders:read'], ...more };
  const body = { protocol: 'ucp', baseUrl: oauth.url, oauth: setting, ...rest };
  const { body: connection } = await admin.put(`/admin/stores/${partner.id}/connection`, body).expect(200);
  return { id: partner.id, admin, connection };
}

export async function consentOf(shopper: Shopper): Promise<string> {
  return (await shopper.get('/integrations').expect(200)).body.consent.version;
}

/** Begins a link; gives where the store is. */
export async function beginLink(shopper: Shopper, storeId: string, more: object = {}): Promise<string> {
  const body = { consent: await consentOf(shopper), ...more };
  return (await shopper.post(`/integrations/${storeId}/link`, body).expect(201)).body.authorizationUrl;
}

/** What the store gave the browser to bring back. */
export function answerOf({ searchParams }: URL): Record<string, string> {
  return Object.fromEntries(searchParams);
}

export function complete(shopper: Shopper, answer: object, key: string = randomUUID()) {
  return shopper.post('/integrations/link/complete', answer, { 'idempotency-key': key });
}

/** Links an account of the shopper's, from the first request to the last. */
export async function link(shopper: Shopper, oauth: OAuthDouble, storeId: string): Promise<Body> {
  const back = await oauth.visit(await beginLink(shopper, storeId));
  return (await complete(shopper, answerOf(back)).expect(200)).body;
}
