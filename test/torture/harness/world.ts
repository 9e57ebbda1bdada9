import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StripeDouble } from '../../support/stripe-double';
import type { Body, Client } from './client';
import type { Ground } from './ground';
import type { Child, Processes } from './processes';

export const ADDRESS = {
  ...{
    name: 'Ana Pérez',
    line1: '350 Fifth Avenue',
    city: 'New York',
    region: 'NY',
    postalCode: '10118',
    country: 'US',
  },
};
export const CONTACT = { email: 'ana.perez@example.com' };
const PASSWORD = 'a passphrase of the torture';
/** Long for a placement that nothing happens to, and less than a lease: one that had to be taken over is noticed. */
const SETTLED_WITHIN_MS = 7_000;

export interface Store {
  id: string;
  host: string;
}

/** A line as a client puts it in, and what the ledger calls its goods. */
export interface Line {
  goods: string;
  body: { quantity: number } & Record<string, unknown>;
}

export interface Session {
  id: string;
  total: { amount: number; currency: string };
}

/** Everything that cases act on: the running program, its shops and its shoppers. */
export class World {
  readonly merchantToken: string;
  readonly adminToken: string;

  private constructor(
    readonly ground: Ground,
    readonly processes: Processes,
    readonly client: Client,
    /** The worker that is always well; only its attention is taken away for a moment. */
    readonly worker: Child,
    /** Of payments: a double, of which stores know nothing until they are on-boarded. */
    readonly stripe: StripeDouble,
    tokens: { merchant: string; admin: string },
  ) {
    this.merchantToken = tokens.merchant;
    this.adminToken = tokens.admin;
  }

  static async make(
    ground: Ground,
    processes: Processes,
    client: Client,
    worker: Child,
    stripe: StripeDouble,
  ): Promise<World> {
    const merchant = await register(client);
    const { email, id } = await register(client);
    await ground.rows(`UPDATE users SET roles = roles || 'admin'::text WHERE id = $1`, [id]);
    const credentials = { email, password: PASSWORD };
    const { accessToken } = await client.expect('POST', '/auth/login', { body: credentials });
    client.keepSignedIn(accessToken, credentials);
    return new World(ground, processes, client, worker, stripe, { merchant: merchant.token, admin: accessToken });
  }

  /** A store on Muse that delivers for 5.00. */
  async merchantStore(token = this.merchantToken): Promise<Store> {
    const body = { name: `Merchant ${name()}`, currency: 'USD', country: 'US' };
    const { id } = await this.client.expect('POST', '/merchant/stores', { token, body });
    const delivery = { name: 'Standard', price: usd(500), minDays: 2, maxDays: 5 };
    const path = `/merchant/stores/${id}/delivery-options`;
    await this.client.expect('POST', path, { token, body: delivery });
    return { id, host: '' };
  }

  /** A shop whose orders are placed by redirect, whatever its tier. */
  async partnerStore(tier: 'redirect' | 'headless'): Promise<Store> {
    const host = `${name()}.example`;
    const store = {
      name: `Partner ${host}`,
      currency: 'USD',
      country: 'US',
      url: `https://${host}`,
      hosts: [host],
      tier,
    };
    const deliveryOptions = [{ name: 'Ground', price: usd(700), minDays: 3, maxDays: 7 }];
    const { id } = await this.client.expect('POST', '/admin/stores', {
      token: this.adminToken,
      body: { ...store, deliveryOptions },
    });
    return { id, host };
  }

  /** Variants of one product, one for each number of units on hand; noted in the ledger. */
  async variants(store: Store, onHand: number[], token = this.merchantToken): Promise<string[]> {
    const ids: string[] = [];
    for (let at = 0; at < onHand.length; at += 100) {
      const variants = onHand
        .slice(at, at + 100)
        .map((units) => ({ sku: `SKU-${name()}`, price: usd(1999), onHand: units }));
      const body = { title: `Thing ${name()}`, variants: variants.map((v, i) => ({ ...v, size: String(i) })) };
      const path = `/merchant/stores/${store.id}/products`;
      const product = await this.client.expect('POST', path, { token, body });
      ids.push(...product.variants.map((variant: Body) => variant.id as string));
    }
    await this.ground.rows(`INSERT INTO torture.opening_stock SELECT * FROM unnest($1::uuid[], $2::int[])`, [
      ids,
      onHand,
    ]);
    return ids;
  }

  /** A coupon of a store: 10 % off. */
  async coupon(
    store: Store,
    limits: { maxRedemptions?: number; maxPerShopper?: number },
  ): Promise<{ id: string; code: string }> {
    const body = { code: `C-${name()}`, kind: 'percent', percent: '10', ...limits };
    return this.client.expect('POST', `/merchant/stores/${store.id}/coupons`, {
      token: this.merchantToken,
      body,
    }) as Promise<{
      id: string;
      code: string;
    }>;
  }

  async guest(): Promise<Shopper> {
    const { guest, accessToken } = await this.client.expect('POST', '/guests');
    return new Shopper(this, guest.id, accessToken);
  }

  async user(): Promise<Shopper & { email: string }> {
    const { id, token, email } = await register(this.client);
    return Object.assign(new Shopper(this, id, token), { email });
  }

  async guests(count: number): Promise<Shopper[]> {
    return Promise.all(Array.from({ length: count }, () => this.guest()));
  }

  /** Signs a guest in: to a new account, or to one that stands. Answers the user. */
  async signIn(guest: Shopper, email?: string): Promise<Shopper> {
    const path = email ? '/auth/login' : '/auth/register';
    const body = { email: email ?? `${name()}@example.com`, password: PASSWORD };
    const { user, accessToken } = await this.client.expect('POST', path, { token: guest.token, body });
    return new Shopper(this, user.id, accessToken);
  }

  /** Waits until nothing of these sessions is under way any more. */
  async settled(sessions: readonly string[]): Promise<void> {
    const deadline = Date.now() + SETTLED_WITHIN_MS;
    for (;;) {
      const { open } = await this.ground.one<{ open: string }>(
        `SELECT count(*) AS open FROM checkout_sessions WHERE id = ANY ($1::uuid[]) AND status = 'processing'`,
        [sessions],
      );
      if (Number(open) === 0) return;
      if (Date.now() > deadline) throw new Error(`${open} sessions were not settled within ${SETTLED_WITHIN_MS} ms.`);
      await sleep(50);
    }
  }

  /** How many orders each of these sessions has at each store that it was to be placed at, the fewest and the most. */
  async ordersPerStore(sessions: readonly string[]): Promise<{ orders: number; fewest: number; most: number }> {
    return this.ground.one(
      `SELECT coalesce(sum(n), 0)::int AS orders, coalesce(min(n), 0)::int AS fewest, coalesce(max(n), 0)::int AS most
         FROM (SELECT (SELECT count(*) FROM orders o WHERE o.checkout_session_id = sc.session_id AND o.store_id = sc.store_id) AS n
                 FROM store_checkouts sc WHERE sc.session_id = ANY ($1::uuid[]) AND sc.tier = 'direct') AS per_store`,
      [sessions],
    );
  }
}

/** Somebody who buys. What is put in is noted once it has been acknowledged. */
export class Shopper {
  constructor(
    readonly world: World,
    readonly id: string,
    readonly token: string,
  ) {}

  send(method: string, path: string, body?: object, key?: string, mayBeUnavailable = false) {
    return this.world.client.send(method, path, { token: this.token, body, key, mayBeUnavailable });
  }

  expect(method: string, path: string, body?: object): Promise<Body> {
    return this.world.client.expect(method, path, { token: this.token, body });
  }

  /** Adds a line; false where it was refused. */
  async add(line: Line): Promise<boolean> {
    const { status } = await this.send('POST', '/cart/items', line.body);
    if (status !== 200) return false;
    await this.note(line.goods, line.body.quantity);
    return true;
  }

  /** Notes units that are in the cart by another way than add(). */
  async note(goods: string, units: number): Promise<void> {
    await this.world.ground.rows(`INSERT INTO torture.put_in VALUES ($1, $2, $3)`, [this.id, goods, units]);
  }

  /** A session of the whole cart, with an address: it lacks nothing but stock. */
  async ready(): Promise<Session> {
    return this.withAddress(await this.expect('POST', '/checkout/sessions', {}));
  }

  async withAddress({ id }: { id: string }): Promise<Session> {
    const { total } = await this.expect('PUT', `/checkout/sessions/${id}/shipping`, {
      address: ADDRESS,
      contact: CONTACT,
    });
    return { id, total };
  }

  place(session: Session, key: string = randomUUID(), mayBeUnavailable = false) {
    const path = `/checkout/sessions/${session.id}/place`;
    return this.send('POST', path, { expectedTotal: session.total }, key, mayBeUnavailable);
  }
}

/** Goods of the catalogue. */
export function catalogLine(variantId: string, quantity = 1): Line {
  return { goods: variantId, body: { variantId, quantity } };
}

/** A product of a partner store, as a client describes it. */
export function describedLine(store: Store, quantity = 1): Line {
  const sku = `P-${name()}`;
  const product = { productName: 'Linen shirt', productUrl: `https://${store.host}/p/${sku}`, productSku: sku };
  return { goods: sku, body: { storeId: store.id, ...product, price: usd(2500), quantity } };
}

export const usd = (amount: number) => ({ amount, currency: 'USD' });

const name = () => randomUUID().slice(24);

async function register(client: Client): Promise<{ id: string; token: string; email: string }> {
  const email = `${name()}@example.com`;
  const credentials = { email, password: PASSWORD };
  const { user, accessToken } = await client.expect('POST', '/auth/register', { body: credentials });
  client.keepSignedIn(accessToken, credentials);
  return { id: user.id, token: accessToken, email };
}
