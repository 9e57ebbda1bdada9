import { randomUUID } from 'node:crypto';
import type { TestingModuleBuilder } from '@nestjs/testing';
import { StoreWays, type StoreAccess } from '../../src/store-integrations';
import type {
  Basket,
  RemoteCheckout,
  StoreAbility,
  StoreApi,
  StoreCall,
  StorePayment,
} from '../../src/store-integrations/protocols/store-api';
import { StoreFault, type StoreFaultKind } from '../../src/store-integrations/protocols/store-fault';
import { QuoteRunner } from '../../src/checkout-session/quote-runner';
import type { RunningApp } from './app';
import { openPartner } from './market';
import { sql, type Body, type Shopper } from './shopper';

export type Step = 'quote' | 'complete' | 'retrieve' | 'cancel';
type Answer = RemoteCheckout | null | void;
/** What the store does instead of simply answering; `answer` has the effect. */
type Act = (answer: () => Promise<Answer>, call: StoreCall) => Answer | Promise<Answer>;

/** The store's side of a checkout. */
interface Held {
  storeId: string;
  remote: RemoteCheckout;
  basket: Basket;
}

/** The next call fails so; the effect of `after` has happened by then. */
export const fault =
  (kind: StoreFaultKind, code: string = kind, retryAfterMs: number | null = null): Act =>
  () => {
    throw new StoreFault(kind, code, `The store says ${code}.`, retryAfterMs);
  };
export const lostAnswer: Act = async (answer) => {
  await answer();
  throw new StoreFault('unknown', 'no_answer', 'No answer came.');
};
export const hang: Act = () => new Promise(() => undefined);

/**
 * Stores with an interface of their own whose other side does what a test says; unless told otherwise they sell everything at
 * 10.00, deliver for 5.00 or 15.00, and take orders. Keeps a ledger of its own: one order for each key.
 */
export class ScriptedStores extends StoreWays implements StoreApi {
  readonly protocol = 'private';
  /** Every call, in order. */
  readonly asked: {
    storeId: string;
    step: Step;
    key: string;
    userId: string | null;
    basket?: Basket;
    payment?: StorePayment;
  }[] = [];
  /** How a shopper and a store stand; unless said otherwise users have linked everything, guests nothing. */
  readonly links = new Map<string, StoreAccess>();
  /** Served to people who are not linked. */
  readonly takesGuests = new Set<string>();
  readonly priceCents = new Map<string, number>();
  readonly stock = new Map<string, number>();
  readonly delayMs = new Map<string, number>();
  /** Means of payment that the store holds for its shoppers. */
  cards = [{ id: 'card_1', brand: 'visa', last4: '4242', isDefault: true }];
  readonly noInstruments = new Set<string>();
  private readonly held = new Map<string, Held>();
  private readonly orders = new Map<string, { storeId: string; id: string; checkoutId: string; totalCents: number }>();
  private readonly made = new Map<string, string>();
  private readonly scripts = new Map<string, Act[]>();

  /** What the next calls of this step do, one after the other; after them it answers again. */
  will(storeId: string, step: Step, ...acts: Act[]): void {
    this.scripts.set(`${storeId} ${step}`, acts);
  }

  ordersOf(storeId: string) {
    return [...this.orders.values()].filter((order) => order.storeId === storeId);
  }

  stepsOf(storeId: string): Step[] {
    return this.asked.flatMap((one) => (one.storeId === storeId ? [one.step] : []));
  }

  /** The store's side of it, to be moved by a test: the shopper is at the store's site. */
  checkoutOf(storeId: string): RemoteCheckout {
    return [...this.held.values()].findLast((one) => one.storeId === storeId)!.remote;
  }

  /** How many units of each line an order is of. */
  unitsOf({ checkoutId }: { checkoutId: string }): number[] {
    return this.held.get(checkoutId)!.remote.lines.map((line) => line.quantity);
  }

  /** The shopper finishes on the store's own site. */
  finishThere(storeId: string): void {
    const remote = this.checkoutOf(storeId);
    this.take(remote, storeId, randomUUID());
  }

  access(_reader: unknown, userId: string | null, storeIds: string[]): Promise<Map<string, StoreAccess>> {
    const stands = (storeId: string): StoreAccess => {
      const status = userId === null ? 'not_linked' : 'linked';
      const usual = {
        serves: userId !== null || this.takesGuests.has(storeId),
        link: { required: true, status, url: 'http://muse/link' },
      } as const;
      return this.links.get(`${userId} ${storeId}`) ?? usual;
    };
    return Promise.resolve(new Map(storeIds.map((id) => [id, stands(id)])));
  }

  call(storeId: string, userId: string | null, idempotencyKey: string, timeoutMs: number) {
    const status = this.links.get(`${userId} ${storeId}`)?.link?.status;
    if (status === 'relink') throw new StoreFault('relink', 'grant_is_over', 'Link the account again.');
    const store = {
      id: storeId,
      name: 'Scripted',
      protocol: this.protocol,
      adapter: 'scripted',
      baseUrl: 'https://x.example',
    } as const;
    const accessToken = userId === null ? null : () => Promise.resolve(`SECRET-TOKEN of ${userId}`);
    const call: StoreCall = {
      store: { ...store, currency: 'USD', country: 'US', options: {}, secrets: {} },
      ...{ accessToken, idempotencyKey, timeoutMs },
    };
    return Promise.resolve({ api: this, call });
  }

  offers(): Promise<ReadonlySet<StoreAbility>> {
    return Promise.resolve(new Set<StoreAbility>());
  }

  quote(call: StoreCall, basket: Basket): Promise<RemoteCheckout> {
    return this.act('quote', call, { basket }, () => {
      const known = basket.checkoutId ?? this.made.get(call.idempotencyKey) ?? null;
      const before = known === null ? undefined : this.held.get(known);
      if (known !== null && !before) throw new StoreFault('refused', 'not_found', 'No such checkout.');
      if (before && before.remote.status !== 'ready' && before.remote.status !== 'incomplete') return before.remote;
      const id = known ?? named('co');
      if (known === null) this.made.set(call.idempotencyKey, id);
      const remote = this.remoteOf(id, call.store.id, basket);
      this.held.set(id, { storeId: call.store.id, remote, basket });
      return remote;
    }) as Promise<RemoteCheckout>;
  }

  complete(call: StoreCall, checkoutId: string, payment: StorePayment): Promise<RemoteCheckout> {
    return this.act('complete', call, { payment }, () => {
      const { remote } = this.held.get(checkoutId)!;
      if (this.orders.has(call.idempotencyKey)) return remote;
      if (remote.status !== 'ready') throw new StoreFault('refused', `is_${remote.status}`, 'It cannot be completed.');
      this.take(remote, call.store.id, call.idempotencyKey);
      return remote;
    }) as Promise<RemoteCheckout>;
  }

  retrieve(call: StoreCall, checkoutId: string): Promise<RemoteCheckout | null> {
    return this.act(
      'retrieve',
      call,
      {},
      () => this.held.get(checkoutId)?.remote ?? null,
    ) as Promise<RemoteCheckout | null>;
  }

  cancelCheckout(call: StoreCall, checkoutId: string): Promise<void> {
    return this.act('cancel', call, {}, () => {
      const { remote } = this.held.get(checkoutId)!;
      if (remote.status === 'ready' || remote.status === 'incomplete' || remote.status === 'escalation')
        remote.status = 'canceled';
    }) as Promise<void>;
  }

  private async act(step: Step, call: StoreCall, more: object, effect: () => Answer): Promise<Answer> {
    const token = await call.accessToken?.();
    const userId = token?.split(' of ')[1] ?? null;
    this.asked.push({ storeId: call.store.id, step, key: call.idempotencyKey, userId, ...more });
    const delay = this.delayMs.get(call.store.id);
    if (delay) await new Promise((resolve) => setTimeout(resolve, delay));
    const script = this.scripts.get(`${call.store.id} ${step}`)?.shift();
    const answer = () => Promise.resolve(structuredClone(effect()));
    return script ? script(answer, call) : answer();
  }

  private take(remote: RemoteCheckout, storeId: string, key: string): void {
    const id = named('ord');
    this.orders.set(key, { storeId, id, checkoutId: remote.id, totalCents: remote.totalCents });
    Object.assign(remote, { status: 'completed', order: { id, number: `N-${id.slice(4, 12)}`, url: null } });
  }

  private remoteOf(id: string, storeId: string, basket: Basket): RemoteCheckout {
    const lines = basket.lines.flatMap(({ itemId, externalId, quantity }) => {
      const available = this.stock.get(storeId) ?? null;
      if (available === 0) return [];
      return [
        {
          itemId,
          quantity: Math.min(quantity, available ?? quantity),
          unitPriceCents: this.priceCents.get(storeId) ?? 1000,
          available,
          externalId,
        },
      ];
    });
    const subtotalCents = lines.reduce((sum, line) => sum + line.unitPriceCents * line.quantity, 0);
    const deliveryOptions = [
      { id: 'std', name: 'Standard', priceCents: 500, minDays: 3, maxDays: 5 },
      { id: 'fast', name: 'Express', priceCents: 1500, minDays: 1, maxDays: 1 },
    ];
    const reached = basket.address !== null || basket.storeAddressId !== null;
    const chosen = deliveryOptions.find((option) => option.id === basket.deliveryOptionId) ?? deliveryOptions[0]!;
    const [shippingCents, taxCents] = reached ? [chosen.priceCents, 80] : [0, 0];
    const missing = {
      type: 'error',
      severity: 'recoverable',
      code: 'address_missing',
      detail: 'Where to?',
      itemId: null,
    } as const;
    return {
      ...{
        id,
        status: reached ? 'ready' : 'incomplete',
        currency: basket.currency,
        lines,
        subtotalCents,
        discountCents: 0,
      },
      ...{ shippingCents, fees: [], taxCents, totalCents: subtotalCents + shippingCents + taxCents },
      ...{ deliveryOptions: reached ? deliveryOptions : [], deliveryOptionId: reached ? chosen.id : null },
      ...{ messages: reached ? [] : [missing], continueUrl: `https://x.example/checkouts/${id}`, expiresAt: null },
      ...{ instruments: this.noInstruments.has(storeId) ? [] : this.cards, delegatedTo: {}, order: null },
    };
  }
}

/** An id of the store's: letters alone, so that nobody takes it for a card's number. */
function named(kind: string): string {
  const letters = randomUUID().replace(/[-0-9]/g, (sign) => (sign === '-' ? '' : 'ghijklmnop'[Number(sign)]!));
  return `${kind}_${letters}`;
}

/** For startApp: these stores on the other side. */
export function withStores(stores: ScriptedStores) {
  return (builder: TestingModuleBuilder): TestingModuleBuilder => builder.overrideProvider(StoreWays).useValue(stores);
}

/** A partner store that an admin has connected. */
export async function openApiStore(muse: RunningApp, overrides: Parameters<typeof openPartner>[1] = {}) {
  const store = await openPartner(muse, { tier: 'oauth_api', linkRequired: true, ...overrides });
  await sql(
    muse,
    `INSERT INTO store_connections (store_id, protocol, adapter, base_url) VALUES ($1, 'private', 'scripted', 'https://x.example')`,
    [store.id],
  );
  return store;
}

/** One turn of every quote of a session that is due, as workers would take them. */
export async function runQuotes(muse: RunningApp, sessionId: string): Promise<void> {
  const due = await sql(muse, `SELECT id FROM store_quotes WHERE session_id = $1 AND status <> 'done'`, [sessionId]);
  const runner = muse.app.get(QuoteRunner, { strict: false });
  await Promise.all(due.map(({ id }) => runner.runOnce(id)));
}

/** The session once every store of it is quoted. */
export async function quoted(muse: RunningApp, shopper: Shopper, sessionId: string): Promise<Body> {
  await runQuotes(muse, sessionId);
  return (await shopper.get(`/checkout/sessions/${sessionId}`).expect(200)).body;
}
