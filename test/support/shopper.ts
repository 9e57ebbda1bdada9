import { randomUUID } from 'node:crypto';
import type { Response, Test } from 'supertest';
import { Database } from '../../src/platform/database';
import type { RunningApp } from './app';
import { makeUser, signIn, usd } from './sellers';

export const API = '/api/v1';
/** A parsed answer, as supertest gives it. */
export type Body = Response['body'];
type Headers = Record<string, string>;

/** Somebody who buys, with their token in every request. */
export interface Shopper {
  id: string;
  headers: Headers;
  get(path: string, more?: Headers): Test;
  post(path: string, body?: object, more?: Headers): Test;
  put(path: string, body?: object, more?: Headers): Test;
  delete(path: string, more?: Headers): Test;
}

export function shopperOf(muse: RunningApp, id: string, headers: Headers): Shopper {
  const call =
    (verb: 'post' | 'put') =>
    (path: string, body?: object, more: Headers = {}) =>
      muse.http[verb](`${API}${path}`)
        .set({ ...headers, ...more })
        .send(body);
  return {
    id,
    headers,
    get: (path, more = {}) => muse.http.get(`${API}${path}`).set({ ...headers, ...more }),
    delete: (path, more = {}) => muse.http.delete(`${API}${path}`).set({ ...headers, ...more }),
    post: call('post'),
    put: call('put'),
  };
}

/** Without an account. */
export async function guest(muse: RunningApp): Promise<Shopper> {
  const { body } = await muse.http.post(`${API}/guests`).expect(201);
  return shopperOf(muse, body.guest.id, { authorization: `Bearer ${body.accessToken}` });
}

/** With an account. */
export async function customer(muse: RunningApp): Promise<Shopper & { email: string }> {
  const user = await makeUser(muse);
  return { ...shopperOf(muse, user.id, await signIn(muse, user)), email: user.email };
}

export async function addVariant(shopper: Shopper, variantId: string, quantity = 1): Promise<Body> {
  return (await shopper.post('/cart/items', { variantId, quantity }).expect(200)).body;
}

/** A product of a partner store as a client describes it: 10.00, one unit, on the store's own host. */
export function described(store: { id: string; hosts: string[] }, overrides: object = {}): object {
  const sku = `P-${randomUUID().slice(0, 8)}`;
  const basics = { storeId: store.id, productName: 'Linen shirt', productUrl: `https://${store.hosts[0]}/p/${sku}` };
  return { ...basics, productSku: sku, price: usd(1000), quantity: 1, ...overrides };
}

export async function addDescribed(
  shopper: Shopper,
  store: { id: string; hosts: string[] },
  overrides: object = {},
): Promise<Body> {
  return (await shopper.post('/cart/items', described(store, overrides)).expect(200)).body;
}

export async function cartOf(shopper: Shopper): Promise<Body> {
  return (await shopper.get('/cart').expect(200)).body;
}

/** Every line of a cart or session, whatever its store. */
export function linesOf(resource: Body): Body[] {
  return resource.stores.flatMap((store: Body) => store.items);
}

export const ADDRESS = {
  name: 'Ana Pérez',
  line1: '350 Fifth Avenue',
  city: 'New York',
  region: 'NY',
  postalCode: '10118',
  country: 'US',
};
export const CONTACT = { email: 'ana.perez@example.com', phone: '+1 212 555 0123' };

/** What a checkout notes of each merchant store that has set up no payments, as most stores of the tests have not. */
export const PAID_LATER = { code: 'pay_now_not_offered', severity: 'info', reason: 'not_onboarded' };

/** A new checkout session of everything in the cart, or of some lines. */
export async function begin(shopper: Shopper, body: object = {}): Promise<Body> {
  return (await shopper.post('/checkout/sessions', body).expect(201)).body;
}

export async function giveAddress(shopper: Shopper, sessionId: string, address: object = ADDRESS): Promise<Body> {
  const shipping = { address, contact: CONTACT };
  return (await shopper.put(`/checkout/sessions/${sessionId}/shipping`, shipping).expect(200)).body;
}

/** A session of everything in the cart that lacks nothing. */
export async function readySession(shopper: Shopper, body: object = {}): Promise<Body> {
  return giveAddress(shopper, (await begin(shopper, body)).id);
}

export function place(
  shopper: Shopper,
  session: { id: string; total: object },
  key: string = randomUUID(),
  more: object = {},
): Test {
  const body = { expectedTotal: session.total, ...more };
  return shopper.post(`/checkout/sessions/${session.id}/place`, body, { 'idempotency-key': key });
}

/** The status once no store of it is under way any more. */
export function settled(shopper: Shopper, sessionId: string): Promise<Body> {
  return eventually(async () => {
    const { body } = await shopper.get(`/checkout/sessions/${sessionId}/status`).expect(200);
    return body.status === 'processing' ? undefined : body;
  });
}

/** Checks out everything in the cart, and gives the status at the end. */
export async function checkoutToPlaced(shopper: Shopper): Promise<Body> {
  const session = await readySession(shopper);
  await place(shopper, session).expect(202);
  return settled(shopper, session.id);
}

/** Where the link of a hand-off leads, followed in a browser. */
export async function followed(link: string): Promise<string | null> {
  const { status, headers } = await fetch(link, { redirect: 'manual', headers: { 'user-agent': BROWSER } });
  return status === 302 ? headers.get('location') : null;
}

/** What a browser calls itself. */
export const BROWSER =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';

/** The order of the only store of a checkout that has just been placed. */
export async function orderOf(shopper: Shopper, status: Body): Promise<Body> {
  // A merchant's conversation is opened a moment after, by who hears of the order; where nobody works, it is not.
  for (let tries = 0; ; tries++) {
    const { body: order } = await shopper.get(`/orders/${status.stores[0].order.id}`).expect(200);
    if (order.checkoutMethod !== 'direct' || order.conversationId !== null || tries === 20) return order;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The statuses of several answers, in the order of numbers. */
export function statusesOf(answers: { status: number }[]): number[] {
  return answers.map((answer) => answer.status).sort((a, b) => a - b);
}

/** A look costs what a request costs: what takes long is looked for ever less often. */
const LONGEST_LOOK_MS = 300;

/** What `look` finds, once it finds anything; fails after twenty seconds. */
export async function eventually<T>(look: () => Promise<T | undefined | null | false>, timeoutMs = 20_000): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (let waitMs = 20; ; waitMs = Math.min(waitMs * 1.4, LONGEST_LOOK_MS)) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (Date.now() > end)
      throw new Error(`Nothing came of it within ${timeoutMs} ms: ${look.toString().slice(0, 200)}`);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

/** Rows of the database behind the application: what HTTP does not show, and times moved. */
export async function sql(muse: RunningApp, text: string, values: unknown[] = []): Promise<Body[]> {
  return (await muse.app.get(Database, { strict: false }).pool.query(text, values)).rows;
}
