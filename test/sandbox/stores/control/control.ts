import type { NewFault } from '../faults/faults';
import type { Call, Reply } from '../http/call';
import type { SandboxStore } from '../store';
import type { Forgery, WebhookMode } from '../webhooks/outbox';
import { MOVES, type Order } from '../world/orders';

/** What no platform can do: the shopper, the store's people, the carrier, the network and the clock. */
export interface Controls {
  reset: object;
  goods: object;
  /** Units on hand; what is left out stays. */
  change: { sku: string; cents?: number; stock?: number; title?: string };
  fault: NewFault;
  faults: object;
  clearFaults: object;
  calls: object;
  clearCalls: object;
  /** Orders, one move on, or until they are there; all, or one by the store's id of it. */
  advance: { orderId?: string; to?: 'shipped' | 'in_transit' | 'delivered' };
  cancelOrder: { orderId: string };
  refund: { orderId: string; cents: number; returned?: { sku: string; quantity: number }[] };
  /** The store's own book of orders. */
  ledger: object;
  checkouts: object;
  clock: { advanceSeconds: number };
  configure: { moveMs?: number; guestCheckout?: boolean; accessTokenSeconds?: number; retryMs?: number };
  /** Where the authorization server may send people back to. */
  redirectUris: { uris: string[] };
  grants: object;
  /** The store ends what a shopper allowed; all, or one account's. */
  revokeGrants: { accountId?: string };
  expireAccessTokens: object;
  webhooks: { mode?: WebhookMode };
  release: { order?: 'as_happened' | 'reversed' };
  deliver: { id: string; times?: number; forgery?: Forgery };
}

type Handlers = { [What in keyof Controls]: (store: SandboxStore, parameters: Controls[What]) => unknown };

const HANDLERS: Handlers = {
  reset: (store) => store.reset(),
  goods: ({ catalogue }) => catalogue.all(),
  change: ({ catalogue }, { sku, ...change }) => catalogue.change(sku, change),
  fault: ({ faults }, fault) => faults.add(fault),
  faults: ({ faults }) => faults.list(),
  clearFaults: ({ faults }) => faults.clear(),
  calls: ({ calls }) => calls,
  clearCalls: ({ calls }) => void (calls.length = 0),
  advance: (store, { orderId, to }) =>
    chosen(store, orderId).map((order) => {
      const moves = to === undefined ? 1 : Math.max(0, MOVES.indexOf(to) - MOVES.indexOf(order.move));
      for (let move = 0; move < moves; move++) store.orders.advance(order, store.clock.now());
      return order.move;
    }),
  cancelOrder: (store, { orderId }) => store.orders.cancel(one(store, orderId), store.clock.now()),
  refund: (store, { orderId, cents, returned = [] }) => {
    const order = one(store, orderId);
    const lines = returned.map(({ sku, quantity }) => ({
      id: order.lines.find((line) => line.sku === sku)!.id,
      quantity,
    }));
    store.orders.refund(order, cents, store.clock.now(), lines);
  },
  ledger: ({ orders }) => orders.all(),
  checkouts: ({ shop }) => shop.all(),
  clock: ({ clock }, { advanceSeconds }) => clock.advance(advanceSeconds),
  configure: (store, { moveMs, guestCheckout, accessTokenSeconds, retryMs }) => {
    if (moveMs !== undefined) store.orders.moveMs = moveMs;
    if (guestCheckout !== undefined) store.options.guestCheckout = guestCheckout;
    if (accessTokenSeconds !== undefined) store.grants.accessTokenSeconds = accessTokenSeconds;
    if (retryMs !== undefined) store.outbox.retryMs = retryMs;
  },
  redirectUris: ({ oauth }, { uris }) => void (oauth.redirectUris = uris),
  // No tokens: what is asked is how many there are, and whether they are good.
  grants: ({ grants }) => ({
    revocations: grants.revocations,
    reuses: grants.reuses,
    grants: grants.all().map(({ id, clientId, accountId, scopes, revoked, refreshes, accessTokens }) => ({
      ...{ id, clientId, accountId, scopes, revoked, refreshes, accessTokens: accessTokens.length },
    })),
  }),
  revokeGrants: ({ grants }, { accountId }) => grants.revokeAll(accountId ?? null),
  expireAccessTokens: ({ grants }) => grants.expireAccess(),
  webhooks: ({ outbox }, { mode }) => {
    if (mode !== undefined) outbox.mode = mode;
    const { sent, heldIds: held, inFlight, deliveries } = outbox;
    return {
      mode: outbox.mode,
      sent: sent.map(({ id, orderId, type }) => ({ id, orderId, type })),
      held,
      inFlight,
      deliveries,
    };
  },
  release: ({ outbox }, { order }) => outbox.release(order ?? 'as_happened'),
  deliver: ({ outbox }, { id, times, forgery }) => outbox.deliver(id, times ?? 1, forgery ?? null),
};

/** `POST /__control` with `{ "do": what, … }`. */
export async function control(store: SandboxStore, call: Call): Promise<Reply> {
  if (call.method !== 'POST') return { status: 405, body: { error: 'POST' } };
  const { do: what, ...parameters } = JSON.parse(call.raw.toString() || '{}') as Record<string, unknown>;
  try {
    const handler = Object.hasOwn(HANDLERS, String(what)) ? HANDLERS[what as keyof Controls] : undefined;
    const done: unknown = handler ? await handler(store, parameters as never) : store.control(String(what), parameters);
    store.onChange();
    return { status: 200, body: done ?? {} };
  } catch (error) {
    return { status: 400, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}

function chosen(store: SandboxStore, orderId: string | undefined): Order[] {
  return orderId === undefined ? store.orders.all() : [one(store, orderId)];
}

function one(store: SandboxStore, orderId: string): Order {
  const order = store.orders.of(orderId);
  if (!order) throw new Error(`No order ${orderId}`);
  return order;
}
