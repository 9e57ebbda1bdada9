import type { TestingModuleBuilder } from '@nestjs/testing';
import { createHmac, randomUUID } from 'node:crypto';
import { STORE_APIS } from '../../src/store-integrations/protocols/store-api.registry';
import type {
  BasketLine,
  RemoteAvailability,
  RemoteCheckout,
  RemoteOrder,
  StoreAbility,
  StoreApi,
  StoreCall,
} from '../../src/store-integrations/protocols/store-api';
import { StoreFault } from '../../src/store-integrations/protocols/store-fault';
import type { RunningApp } from './app';
import { openPartner } from './market';
import { makeUser, signIn } from './sellers';
import { API, shopperOf, type Body } from './shopper';

/** What a store was asked. */
export interface Asked {
  what: 'order' | 'cancel' | 'return' | 'availability';
  orderId?: string;
  storeId: string;
  key: string;
  reason?: string | null;
  lines?: unknown;
}

type Act = (order: RemoteOrder) => RemoteOrder | Promise<RemoteOrder>;

/**
 * A store's own interface whose other side does what the test says: it knows the orders that were put into its book, and
 * cancels or takes back as its script says; of goods it knows prices and stock.
 */
export class ScriptedStore implements StoreApi {
  readonly protocol = 'acp';
  readonly offered = new Set<StoreAbility>(['track', 'cancel', 'return', 'availability']);
  readonly book = new Map<string, RemoteOrder>();
  readonly shelf = new Map<string, { priceCents: number | null; available: number | null }>();
  readonly asked: Asked[] = [];
  private readonly acts = new Map<string, Act[]>();
  /** Thrown by the next reading calls, one each. */
  readonly faults: StoreFault[] = [];

  /** What to do when asked so of an order: the first time, the second …; the last goes on. */
  will(what: 'cancel' | 'return', orderId: string, ...acts: Act[]): void {
    this.acts.set(`${what} ${orderId}`, acts);
  }

  askedOf(storeId: string, what: Asked['what']): Asked[] {
    return this.asked.filter((one) => one.storeId === storeId && one.what === what);
  }

  /** Moves an order in the book. */
  move(orderId: string, change: Partial<RemoteOrder>): RemoteOrder {
    const order = { ...this.book.get(orderId)!, updatedAt: new Date(), ...change };
    this.book.set(orderId, order);
    return order;
  }

  offers(): Promise<ReadonlySet<StoreAbility>> {
    return Promise.resolve(this.offered);
  }

  order({ store, idempotencyKey: key }: StoreCall, orderId: string): Promise<RemoteOrder | null> {
    this.asked.push({ what: 'order', orderId, storeId: store.id, key });
    const fault = this.faults.shift();
    return fault ? Promise.reject(fault) : Promise.resolve(this.book.get(orderId) ?? null);
  }

  cancelOrder({ store, idempotencyKey: key }: StoreCall, orderId: string, reason: string | null): Promise<RemoteOrder> {
    this.asked.push({ what: 'cancel', orderId, storeId: store.id, key, reason });
    return this.act('cancel', orderId, () => this.move(orderId, { status: 'cancelled' }));
  }

  returnOrder({ store, idempotencyKey: key }: StoreCall, orderId: string, lines: unknown): Promise<RemoteOrder> {
    this.asked.push({ what: 'return', orderId, storeId: store.id, key, lines });
    return this.act('return', orderId, (order) => order);
  }

  availability({ store, idempotencyKey: key }: StoreCall, lines: BasketLine[]): Promise<RemoteAvailability[]> {
    this.asked.push({ what: 'availability', storeId: store.id, key, lines });
    const fault = this.faults.shift();
    if (fault) return Promise.reject(fault);
    return Promise.resolve(
      lines.flatMap(({ itemId, externalId }) => {
        const goods = this.shelf.get(externalId);
        return goods ? [{ itemId, ...goods }] : [];
      }),
    );
  }

  quote(): Promise<RemoteCheckout> {
    return Promise.reject(NO_CHECKOUT);
  }

  complete(): Promise<RemoteCheckout> {
    return Promise.reject(NO_CHECKOUT);
  }

  retrieve(): Promise<RemoteCheckout | null> {
    return Promise.reject(NO_CHECKOUT);
  }

  cancelCheckout(): Promise<void> {
    return Promise.reject(NO_CHECKOUT);
  }

  private async act(what: 'cancel' | 'return', orderId: string, otherwise: Act): Promise<RemoteOrder> {
    const acts = this.acts.get(`${what} ${orderId}`);
    const act = acts && acts.length > 1 ? acts.shift()! : (acts?.[0] ?? otherwise);
    return act(this.book.get(orderId)!);
  }
}

const NO_CHECKOUT = new StoreFault('unavailable', 'no_checkout', 'This store is only asked about orders and goods.');

/** For startApp: nobody else speaks to stores. */
export function withStoreApi(api: StoreApi) {
  return (builder: TestingModuleBuilder): TestingModuleBuilder => builder.overrideProvider(STORE_APIS).useValue([api]);
}

export const WEBHOOK_SECRET = 'whsec_of_the_scripted_store_0123456789';

/** A partner store of tier oauth_api, connected; it needs no account to be linked. */
export async function openApiStore(
  muse: RunningApp,
  connection: object = {},
): Promise<{ id: string; hosts: string[] }> {
  const store = await openPartner(muse, { tier: 'oauth_api' });
  const admin = await signIn(muse, await makeUser(muse, 'admin'));
  const body = {
    ...{ protocol: 'acp', baseUrl: 'https://api.store.example', secrets: { webhookSecret: WEBHOOK_SECRET } },
    ...connection,
  };
  await shopperOf(muse, '', admin).put(`/admin/stores/${store.id}/connection`, body).expect(200);
  return store;
}

/** An order as ACP tells of it. */
export function acpOrder(id: string, more: object = {}): Body {
  return {
    ...{ type: 'order', id, checkout_session_id: `cs_${id}`, permalink_url: `https://store.example/orders/${id}` },
    ...{ order_number: `N-${id}`, status: 'confirmed', line_items: [], fulfillments: [], adjustments: [] },
    ...{ totals: [{ type: 'total', display_text: 'Total', amount: 1600 }], ...more },
  };
}

/** One of its fulfillments, with what was seen of it. */
export function acpParcel(id: string, status: string, events: [id: string, type: string, at: string][] = []): object {
  return {
    ...{ id, type: 'shipping', status, carrier: 'UPS', tracking_number: `1Z${id}`, line_items: [] },
    events: events.map(([key, type, at]) => ({ id: key, type, occurred_at: at, description: `${type} (${key})` })),
  };
}

/** Sends an event of a store to Muse, signed unless told otherwise. */
export function sendAcp(
  muse: RunningApp,
  storeId: string,
  order: object,
  {
    secret = WEBHOOK_SECRET,
    seconds = Math.floor(Date.now() / 1000),
    alter = (body: string) => body,
  }: { secret?: string | null; seconds?: number; alter?: (body: string) => string } = {},
) {
  const body = JSON.stringify({ type: 'order_update', data: order });
  const mac = secret && createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  const request = muse.http.post(`${API}/webhooks/acp/${storeId}`).set('content-type', 'application/json');
  if (mac !== null) request.set('merchant-signature', `t=${seconds},v1=${mac}`);
  return request.send(alter(body));
}

/** A name that no other order has. */
export const newOrderId = (): string => `ord_${randomUUID().slice(0, 13)}`;

/** An order as it stands in the store's book. */
export function remoteOrder(id: string, more: Partial<RemoteOrder> = {}): RemoteOrder {
  return {
    ...{ id, number: `N-${id}`, checkoutId: null, status: 'confirmed', parcels: [], estimatedDelivery: null },
    ...{ totalCents: 1600, currency: 'USD', refundedCents: 0, updatedAt: new Date() },
    ...more,
  };
}

/** A parcel of one. */
export function remoteParcel(
  key: string,
  more: Partial<RemoteOrder['parcels'][number]> = {},
): RemoteOrder['parcels'][number] {
  return {
    ...{ key, carrier: 'UPS', trackingNumber: `1Z${key}`, trackingUrl: null, status: 'in_transit' },
    ...{ events: [], lines: [] },
    ...more,
  };
}
