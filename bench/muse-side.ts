import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from './client';
import { Picker, RESOURCES_PER_CONNECTION, inParallel, type Operation, type Side } from './operations';

/** Variant ids of each store. */
export type Shelves = string[][];

/** A page that shows how an order goes asks so often. */
const POLL_MS = 250;
const PLACED_WITHIN_MS = 60_000;

const SHIPPING = {
  address: {
    name: 'Ana Pérez',
    line1: '350 5th Ave',
    city: 'New York',
    region: 'NY',
    postalCode: '10118',
    country: 'US',
  },
  contact: { email: 'ana@example.com' },
};

interface Money {
  amount: number;
  currency: string;
}
interface Status {
  status: string;
  stores: { order: { id: string } | null }[];
}
export interface Shopper {
  token: string;
  headers: { authorization: string };
}
export interface FilledCart extends Shopper {
  itemId: string;
}

/** Muse as a guest uses it. */
export class MuseSide implements Side {
  readonly name = 'muse';
  private readonly carts: FilledCart[][] = [];
  private readonly widerCarts: FilledCart[][] = [];
  private readonly orders: (Shopper & { orderId: string })[][] = [];
  private readonly picker = new Picker();
  private polls = 0;
  private journeys = 0;

  constructor(private readonly shelves: Shelves) {}

  /** How often a journey asked for its status until it was placed, on average. */
  get pollsPerJourney(): number {
    return this.polls / this.journeys;
  }

  /** Makes the carts of five lines, at one store as the baseline's and at three, and the orders of three lines. */
  async prepare(connections: Connection[]): Promise<void> {
    await inParallel(connections, connections.length * RESOURCES_PER_CONNECTION, async (client, connection) => {
      const [first, second, third] = this.picker.some(this.shelves, 3) as [string[], string[], string[]];
      (this.carts[connection] ??= []).push(await this.fillCart(client, this.picker.some(first, 5)));
      const wider = [...this.picker.some(first, 2), ...this.picker.some(second, 2), ...this.picker.some(third, 1)];
      (this.widerCarts[connection] ??= []).push(await this.fillCart(client, wider));
      const shopper = await this.newGuest(client);
      const [orderId] = await this.journey(client, shopper, 1);
      (this.orders[connection] ??= []).push({ ...shopper, orderId: orderId! });
    });
  }

  async perform(operation: Operation, client: Connection, connection: number, round: number): Promise<void> {
    const carts = (operation === 'cart read, three stores' ? this.widerCarts : this.carts)[connection]!;
    const cart = carts[round % carts.length]!;
    if (operation.startsWith('cart read')) await client.send('GET', '/cart', undefined, cart.headers);
    else if (operation === 'cart write') {
      await client.send('PUT', `/cart/items/${cart.itemId}`, { quantity: 1 + (round % 9) }, cart.headers);
    } else if (operation === 'order read') {
      const orders = this.orders[connection]!;
      const { orderId, headers } = orders[round % orders.length]!;
      await client.send('GET', `/orders/${orderId}`, undefined, headers);
    } else {
      await this.journey(client, await this.newGuest(client), operation === 'journey, one store' ? 1 : 3);
    }
  }

  /** A guest with a cart of these variants; `itemId` is its third line, or its last. */
  async fillCart(client: Connection, variants: string[]): Promise<FilledCart> {
    const shopper = await this.newGuest(client);
    const { cart } = await client.json<{ cart: { stores: { items: { id: string }[] }[] } }>(
      'POST',
      '/cart/items/batch',
      { items: variants.map((variantId) => ({ variantId, quantity: 1 })) },
      shopper.headers,
    );
    const lines = cart.stores.flatMap((store) => store.items);
    return { ...shopper, itemId: (lines[2] ?? lines.at(-1)!).id };
  }

  async newGuest(client: Connection): Promise<Shopper> {
    const { accessToken } = await client.json<{ accessToken: string }>('POST', '/guests');
    return { token: accessToken, headers: { authorization: `Bearer ${accessToken}` } };
  }

  /** From a cart to a session that may be placed. */
  async beginCheckOut(client: Connection, { headers }: Shopper): Promise<{ sessionId: string; total: Money }> {
    const { id } = await client.json<{ id: string }>('POST', '/checkout/sessions', {}, headers);
    const { total } = await client.json<{ total: Money }>(
      'PUT',
      `/checkout/sessions/${id}/shipping`,
      SHIPPING,
      headers,
    );
    return { sessionId: id, total };
  }

  async place(client: Connection, session: Shopper & { sessionId: string; total: Money }): Promise<void> {
    const headers = { ...session.headers, 'idempotency-key': randomUUID() };
    const body = { expectedTotal: session.total };
    await client.send('POST', `/checkout/sessions/${session.sessionId}/place`, body, headers);
  }

  /** Both, and the session's id. */
  async checkOut(client: Connection, shopper: Shopper): Promise<string> {
    const begun = await this.beginCheckOut(client, shopper);
    await this.place(client, { ...shopper, ...begun });
    return begun.sessionId;
  }

  /** The shopper's own way: three lines of each store one by one, session, address, place, and waiting for the orders. */
  private async journey(client: Connection, shopper: Shopper, storeCount: number): Promise<string[]> {
    for (const shelf of this.picker.some(this.shelves, storeCount)) {
      for (const variantId of this.picker.some(shelf, 3)) {
        await client.send('POST', '/cart/items', { variantId, quantity: 1 }, shopper.headers);
      }
    }
    const sessionId = await this.checkOut(client, shopper);
    const { stores } = await this.whenPlaced(client, shopper, sessionId);
    this.journeys++;
    return stores.map((store) => store.order!.id);
  }

  /** The same at one of these stores, for a new guest; with a provider's token it is paid at once, as those stores offer. */
  async checkOutAt(client: Connection, shelves: Shelves, providerToken?: string): Promise<void> {
    const shopper = await this.newGuest(client);
    const [shelf] = this.picker.some(shelves, 1) as [string[]];
    for (const variantId of this.picker.some(shelf, 3)) {
      await client.send('POST', '/cart/items', { variantId, quantity: 1 }, shopper.headers);
    }
    const begun = await this.beginCheckOut(client, shopper);
    if (providerToken !== undefined) {
      const path = `/checkout/sessions/${begun.sessionId}/payment`;
      await client.send('PUT', path, { providerToken }, shopper.headers);
    }
    await this.place(client, { ...shopper, ...begun });
    await this.whenPlaced(client, shopper, begun.sessionId);
  }

  private async whenPlaced(client: Connection, { headers }: Shopper, sessionId: string): Promise<Status> {
    const deadline = Date.now() + PLACED_WITHIN_MS;
    for (;;) {
      await sleep(POLL_MS);
      this.polls++;
      const status = await client.json<Status>('GET', `/checkout/sessions/${sessionId}/status`, undefined, headers);
      if (status.status === 'completed') return status;
      if (status.status !== 'processing')
        throw new Error(`A journey ended ${status.status}: ${JSON.stringify(status)}`);
      if (Date.now() > deadline) throw new Error('A journey was not placed in time');
    }
  }
}
