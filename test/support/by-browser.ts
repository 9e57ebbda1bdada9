import type { RunningApp } from './app';
import { allow, letIn } from './automation';
import { openPartner } from './market';
import { usd, makeUser, signIn } from './sellers';
import type { ShopAccountId, ShopSandbox } from './shop-sandbox';
import { shopAccount } from './shop-sandbox';
import { ADDRESS, CONTACT, addVariant, customer, eventually, shopperOf, type Body, type Shopper } from './shopper';

export interface BrowserStore {
  id: string;
  name: string;
  hosts: string[];
  shop: ShopSandbox;
  admin: Shopper;
  /** Of the catalogue, by the shop's SKU. */
  variantIds: Map<string, string>;
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
  const variantIds = new Map<string, string>();
  for (const { sku, id: good, title, size, color, cents } of await shop.goods()) {
    const variant = { sku, externalId: sku, size, color, price: usd(cents), onHand: 100 };
    const product = { title, url: shop.productUrl(good), variants: [variant] };
    const { body } = await admin.post(`/merchant/stores/${id}/products`, product).expect(201);
    variantIds.set(sku, body.variants[0].id);
  }
  return { id, name, hosts, shop, admin, variantIds };
}

/** Somebody with an account at the shop, whose sign-in Muse has. */
export async function shopperAt(muse: RunningApp, store: BrowserStore, who: ShopAccountId = 'ana') {
  const shopper = await customer(muse);
  await letIn(shopper, store.id, shopAccount(who));
  return shopper;
}

/** One of the shop's goods into the cart; the first, unless it is named. */
export async function addGood(shopper: Shopper, store: BrowserStore, sku?: string, quantity = 1): Promise<Body> {
  return addVariant(shopper, store.variantIds.get(sku ?? [...store.variantIds.keys()][0]!)!, quantity);
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
