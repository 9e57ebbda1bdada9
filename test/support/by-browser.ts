import type { RunningApp } from './app';
import { allow, letIn } from './automation';
import { openPartner } from './market';
import { usd, makeUser, signIn } from './sellers';
import type { ShopAccountId, ShopGood, ShopSandbox } from './shop-sandbox';
import { shopAccount } from './shop-sandbox';
import { ADDRESS, CONTACT, customer, eventually, shopperOf, type Body, type Shopper } from './shopper';

export interface BrowserStore {
  id: string;
  name: string;
  hosts: string[];
  shop: ShopSandbox;
  admin: Shopper;
}

/** A partner store that is this sandbox shop, allowed to be ordered at by a browser. */
export async function storeOf(muse: RunningApp, shop: ShopSandbox): Promise<BrowserStore> {
  const account = await makeUser(muse, 'admin');
  const admin = shopperOf(muse, account.id, await signIn(muse, account));
  const hosts = [new URL(shop.url).host];
  const overrides = { name: shop.name, tier: 'headless', url: shop.url, hosts, linkRequired: true } as const;
  const { id, name } = await openPartner(muse, { ...overrides, cartLink: shop.cartLink });
  const { version } = (await admin.post(`/admin/stores/${id}/recipes`, { recipe: shop.recipe() }).expect(201)).body;
  await admin.post(`/admin/stores/${id}/recipes/${version}/activate`).expect(200);
  await allow(admin, id);
  return { id, name, hosts, shop, admin };
}

/** Somebody with an account at the shop, whose sign-in Muse has. */
export async function shopperAt(muse: RunningApp, store: BrowserStore, who: ShopAccountId = 'ana') {
  const shopper = await customer(muse);
  await letIn(shopper, store.id, shopAccount(who));
  return shopper;
}

/** One of the shop's goods into the cart. */
export async function addGood(
  shopper: Shopper,
  { id: storeId, shop }: BrowserStore,
  good?: ShopGood,
  quantity = 1,
): Promise<Body> {
  const { sku, id, title, size, color, cents } = good ?? (await shop.goods())[0]!;
  const line = { storeId, productName: title, productUrl: shop.productUrl(id), productSku: sku, size, color, quantity };
  return (await shopper.post('/cart/items', { ...line, price: usd(cents) }).expect(200)).body;
}

export async function sessionOf(shopper: Shopper, sessionId: string): Promise<Body> {
  return (await shopper.get(`/checkout/sessions/${sessionId}`).expect(200)).body;
}

/** A checkout of the cart with its address, as soon as every store has said what it comes to. */
export async function quotedSession(shopper: Shopper): Promise<Body> {
  const { id } = await toBeQuoted(shopper);
  return quoted(shopper, id);
}

/** The same, before any store was heard. */
export async function toBeQuoted(shopper: Shopper): Promise<Body> {
  const { body } = await shopper.post('/checkout/sessions', {}).expect(201);
  return (
    await shopper.put(`/checkout/sessions/${body.id}/shipping`, { address: ADDRESS, contact: CONTACT }).expect(200)
  ).body;
}

export function quoted(shopper: Shopper, sessionId: string): Promise<Body> {
  return eventually(async () => {
    const session = await sessionOf(shopper, sessionId);
    const isAsked = session.stores.some(({ status }: Body) => status === 'quoting' || status === 'action_required');
    return !isAsked && session;
  }, 90_000);
}

export async function statusOf(shopper: Shopper, sessionId: string): Promise<Body> {
  return (await shopper.get(`/checkout/sessions/${sessionId}/status`).expect(200)).body;
}

/** Once every store is through. */
export function decided(shopper: Shopper, sessionId: string): Promise<Body> {
  return eventually(async () => {
    const status = await statusOf(shopper, sessionId);
    const isOpen = status.stores.some((store: Body) =>
      ['quoting', 'waiting', 'processing', 'action_required'].includes(store.status),
    );
    return !isOpen && status;
  }, 90_000);
}

/** What a store asks, once it does: as the session shows it. */
export async function challengeOf(shopper: Shopper, sessionId: string): Promise<Body> {
  const action = await eventually(async () => {
    const { stores } = await statusOf(shopper, sessionId);
    const asking = stores.find((store: Body) => store.action?.type === 'challenge');
    return asking && asking.status === 'action_required' && asking.action;
  }, 60_000);
  const at = `/checkout/sessions/${sessionId}/challenges/${action.challengeId}`;
  return { ...(await shopper.get(at).expect(200)).body, at };
}
