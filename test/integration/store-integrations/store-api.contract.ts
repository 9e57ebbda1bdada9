import { randomUUID } from 'node:crypto';
import { readConfig } from '../../../src/platform/config';
import { SafeClient } from '../../../src/platform/http-client';
import type {
  Basket,
  RemoteCheckout,
  StoreApi,
  StoreCall,
  StorePayment,
  StoreProtocol,
} from '../../../src/store-integrations/protocols/store-api';
import { StoreFault } from '../../../src/store-integrations/protocols/store-fault';
import { StoreHttp } from '../../../src/store-integrations/protocols/store-http';
import type { FaultKind } from '../../sandbox/stores/faults/faults';
import { afterFile } from '../../support/cleanup';
import {
  connectionTo,
  startStore,
  tokensAt,
  type StoreKind,
  type StoreSandbox,
  type StoreSandboxOptions,
} from '../../support/store-sandbox';

export interface ApiUnderTest {
  kind: StoreKind;
  store?: StoreSandboxOptions;
  /** Goods of the store: 1 is to be had, 4 is the last one, 5 asks for the shopper's age, 6 is sold out. */
  sku: (number: number) => string;
  /** The interface, once its store listens. */
  make: (http: StoreHttp, store: StoreSandbox) => StoreApi | Promise<StoreApi>;
  connection?: { options?: Record<string, unknown> };
  /** What orders, tracks and sends back without being asked again: of those that the store has. */
  abilities: string[];
}

const ADDRESS = {
  ...{ firstName: 'Ana', lastName: 'Reyes', line1: '500 Congress Ave', city: 'Austin', region: 'TX' },
  ...{ postalCode: '78701', country: 'US' },
};
const [GOOD_CARD, DECLINED_CARD] = ['card_ana_visa', 'card_ana_declined'];

/** What is true of every interface and its store: by these the strategy works, whoever speaks. */
export function storeApiContract(under: ApiUnderTest): void {
  let store: StoreSandbox;
  let api: StoreApi;
  const tokens = new Map<string, string>();

  beforeAll(async () => {
    store = await startStore(under.kind, under.store);
    const client = new SafeClient(readConfig({ NODE_ENV: 'test', SANDBOX_ORIGINS: store.url }));
    afterFile(() => Promise.resolve(client.onModuleDestroy()));
    api = await under.make(new StoreHttp(client), store);
  });
  beforeEach(async () => {
    await store.reset();
    tokens.clear();
  });

  /** A call for a shopper, whose token is got at the store once. */
  const callFor = async (account = 'ana', more: Partial<StoreCall> = {}): Promise<StoreCall> => {
    if (!tokens.has(account)) {
      const scope = store.kind === 'private' ? 'baskets orders me' : 'checkout orders';
      tokens.set(account, (await tokensAt(store, account, store.kind === 'walmart' ? {} : { scope })).access_token);
    }
    const {
      protocol,
      adapter = null,
      baseUrl,
      options,
      secrets,
    } = connectionTo(store, under.connection) as {
      protocol: StoreProtocol;
      adapter?: string | null;
      baseUrl: string;
      options: Record<string, unknown>;
      secrets: Record<string, string>;
    };
    return {
      store: {
        id: randomUUID(),
        name: store.name,
        protocol,
        adapter,
        baseUrl,
        currency: 'USD',
        country: 'US',
        options,
        secrets,
      },
      accessToken: () => Promise.resolve(tokens.get(account)!),
      idempotencyKey: randomUUID(),
      timeoutMs: 5_000,
      ...more,
    };
  };
  const basketOf = (...numbers: number[]): Basket => ({
    ...{ checkoutId: null, currency: 'USD', storeAddressId: null, deliveryOptionId: null, discountCodes: [] },
    lines: numbers.map((number) => ({ itemId: `line-${number}`, externalId: under.sku(number), quantity: 1 })),
    ...{ buyer: { email: 'ana@shop.example', firstName: 'Ana', lastName: 'Reyes' }, address: ADDRESS },
  });
  const quoted = async (basket = basketOf(1), account = 'ana') => api.quote(await callFor(account), basket);
  const saved = (instrumentId = GOOD_CARD): StorePayment => ({ type: 'saved', instrumentId });
  const faultOf = async (work: Promise<unknown>): Promise<StoreFault> => {
    const thrown: unknown = await work.then(
      (value) => ({ value }),
      (caught: unknown) => caught,
    );
    if (thrown instanceof StoreFault) return thrown;
    throw new Error(`It was no StoreFault: ${JSON.stringify(thrown)}`, { cause: thrown });
  };
  const addsUp = ({ subtotalCents, discountCents, shippingCents, fees, taxCents, totalCents }: RemoteCheckout) =>
    subtotalCents - discountCents + shippingCents + fees.reduce((sum, fee) => sum + fee.amountCents, 0) + taxCents ===
    totalCents;

  it('quotes what the store asks, delivery and tax with it, for the cheapest delivery', async () => {
    const [first, second] = (await store.goods()).map(({ cents }) => cents);
    const checkout = await quoted(basketOf(2, 1));
    expect(checkout.status).toBe('ready');
    expect(checkout.lines.map(({ itemId, unitPriceCents, quantity }) => [itemId, unitPriceCents, quantity])).toEqual([
      ['line-2', second, 1],
      ['line-1', first, 1],
    ]);
    expect([checkout.subtotalCents, addsUp(checkout), checkout.currency]).toEqual([first! + second!, true, 'USD']);
    expect(checkout.taxCents).toBeGreaterThan(0);
    const [cheapest, ...others] = [...checkout.deliveryOptions].sort((a, b) => a.priceCents - b.priceCents);
    expect([checkout.deliveryOptionId, checkout.shippingCents]).toEqual([cheapest!.id, cheapest!.priceCents]);
    expect(others.length).toBeGreaterThan(0);
    expect(checkout.instruments.map(({ last4 }) => last4)).toContain('4242');
  });

  it('takes the delivery that was chosen, and keeps the checkout that it has', async () => {
    const first = await quoted();
    const other = first.deliveryOptions.find(({ id }) => id !== first.deliveryOptionId)!;
    const again = await quoted({ ...basketOf(1), checkoutId: first.id, deliveryOptionId: other.id });
    expect([again.id, again.deliveryOptionId, again.shippingCents, addsUp(again)]).toEqual([
      ...[first.id, other.id, other.priceCents, true],
    ]);
  });

  it('follows the basket: other lines, other quantities', async () => {
    const first = await quoted(basketOf(1));
    const [line] = basketOf(2).lines;
    const again = await quoted({ ...basketOf(), lines: [{ ...line!, quantity: 3 }], checkoutId: first.id });
    expect(again.lines.map(({ itemId, quantity }) => [itemId, quantity])).toEqual([['line-2', 3]]);
  });

  it('makes a checkout anew that the store knows no more', async () => {
    const first = await quoted();
    await store.reset();
    tokens.clear();
    const again = await quoted({ ...basketOf(1), checkoutId: first.id });
    expect(again.id).not.toBe(first.id);
  });

  it('says what is not to be had', async () => {
    const checkout = await quoted(basketOf(1, 6));
    const gone = checkout.lines.find(({ itemId }) => itemId === 'line-6');
    expect([undefined, 0]).toContain(gone?.available);
    expect(checkout.status).not.toBe('ready');
  });

  it('needs an address, and says so', async () => {
    const checkout = await quoted({ ...basketOf(1), address: null }, 'cy');
    expect(checkout.status).toBe('incomplete');
    expect(checkout.messages.some(({ type }) => type === 'error')).toBe(true);
  });

  it('sends the shopper to the store for what only they can do there', async () => {
    const checkout = await quoted(basketOf(5));
    expect(checkout.status).toBe('escalation');
    expect(checkout.continueUrl).toMatch(new RegExp(`^${store.url}/`));
  });

  it('buys, once under a key, however often it is asked', async () => {
    const { id, totalCents } = await quoted();
    const call = await callFor();
    const bought = await Promise.all(
      Array.from({ length: 3 }, () => api.complete(call, id, saved()).catch((error: unknown) => error)),
    );
    const again = await api.complete(call, id, saved());
    expect(again).toMatchObject({ status: 'completed', order: { number: expect.any(String) } });
    for (const one of bought)
      if (one instanceof StoreFault) expect(one.kind).toBe('conflict');
      else expect((one as RemoteCheckout).order).toEqual(again.order);
    const orders = await store.ledger();
    expect(orders.map(({ total, number }) => [total, number])).toEqual([[totalCents, again.order!.number]]);
  });

  it.each<FaultKind>(['reset_after', '500_after', 'malformed', 'huge', 'hang_after'])(
    'does not know what became of a purchase after %s, finds out by asking, and buys no second time',
    async (kind) => {
      const { id, lines } = await quoted();
      await store.fault({ step: 'complete', kind });
      const call = await callFor('ana', { timeoutMs: kind === 'hang_after' ? 2_000 : 5_000 });
      expect((await faultOf(api.complete(call, id, saved()))).kind).toBe('unknown');
      const basket = basketOf(1).lines;
      const found = await api.retrieve(await callFor(), id, basket);
      expect(found).toMatchObject({ status: 'completed', lines: [{ itemId: lines[0]!.itemId }] });
      const again = await api.complete({ ...call, timeoutMs: 5_000 }, id, saved());
      expect(again.order).toEqual(found!.order);
      expect(await store.ledger()).toHaveLength(1);
    },
  );

  it.each<FaultKind>(['reset_before', 'hang', '500', '503'])(
    'finds out by asking that nothing was bought after %s, and buys under the same key',
    async (kind) => {
      const { id } = await quoted();
      await store.fault({ step: 'complete', kind });
      const call = await callFor('ana', { timeoutMs: kind === 'hang' ? 1_000 : 5_000 });
      expect(['unknown', 'unavailable']).toContain((await faultOf(api.complete(call, id, saved()))).kind);
      expect((await api.retrieve(await callFor(), id))!.status).toBe('ready');
      expect((await api.complete({ ...call, timeoutMs: 5_000 }, id, saved())).status).toBe('completed');
      expect(await store.ledger()).toHaveLength(1);
    },
  );

  it('waits as long as the store asks', async () => {
    const { id } = await quoted();
    await store.fault({ step: 'complete', kind: '429', retryAfterSeconds: 2 });
    expect(await faultOf(api.complete(await callFor(), id, saved()))).toMatchObject({
      kind: 'throttled',
      retryAfterMs: 2_000,
    });
    expect(await store.ledger()).toEqual([]);
  });

  it.each<[FaultKind]>([['stock_gone'], ['price_moved'], ['declined']])(
    'buys nothing when it is %s, and says so',
    async (kind) => {
      const { id } = await quoted();
      await store.fault({ step: 'complete', kind });
      const outcome = await api.complete(await callFor(), id, saved()).catch((error: unknown) => error);
      if (outcome instanceof StoreFault) expect(outcome.kind).toBe('refused');
      else {
        const { status, messages } = outcome as RemoteCheckout;
        expect(status).not.toBe('completed');
        expect(messages.some(({ type }) => type === 'error')).toBe(true);
      }
      expect(await store.ledger()).toEqual([]);
    },
  );

  it('buys nothing with a card that the bank refuses, or that the store does not hold', async () => {
    for (const card of [DECLINED_CARD, 'card_of_nobody']) {
      const { id } = await quoted();
      const outcome = await api.complete(await callFor(), id, saved(card)).catch((error: unknown) => error);
      if (outcome instanceof StoreFault) expect(outcome.kind).toBe('refused');
      else expect((outcome as RemoteCheckout).status).not.toBe('completed');
    }
    expect(await store.ledger()).toEqual([]);
  });

  it('asks for the account to be linked again when the store takes the token no more', async () => {
    const { id } = await quoted();
    let refused = 0;
    await store.control('revokeGrants', {});
    const call = await callFor('ana', { tokenRefused: () => void refused++ });
    expect(await faultOf(api.complete(call, id, saved()))).toMatchObject({ kind: 'relink' });
    expect(await faultOf(api.quote(call, basketOf(1)))).toMatchObject({ kind: 'relink' });
    expect(refused).toBe(2);
    expect(await store.ledger()).toEqual([]);
  });

  it('is told that the store is not done yet, and by asking when it is', async () => {
    const { id } = await quoted();
    await store.fault({ step: 'complete', kind: 'in_progress', asks: 2 });
    expect((await api.complete(await callFor(), id, saved())).status).toBe('in_progress');
    const seen: string[] = [];
    for (let times = 0; times < 5 && seen.at(-1) !== 'completed'; times++)
      seen.push((await api.retrieve(await callFor(), id))!.status);
    expect(seen.at(-1)).toBe('completed');
    expect(await store.ledger()).toHaveLength(1);
  });

  it('ends a checkout; one that is over is no fault, and one that is bought stays so', async () => {
    const { id } = await quoted();
    await api.cancelCheckout(await callFor(), id);
    expect((await api.retrieve(await callFor(), id))!.status).toBe('canceled');
    await api.cancelCheckout(await callFor(), id);
    const other = await quoted();
    await api.complete(await callFor(), other.id, saved());
    await api.cancelCheckout(await callFor(), other.id);
    expect((await api.retrieve(await callFor(), other.id))!.status).toBe('completed');
  });

  it('shows nobody what is another’s', async () => {
    const { id } = await quoted();
    expect(await api.retrieve(await callFor('bo'), id)).toBeNull();
    const { order } = await api.complete(await callFor(), id, saved());
    expect(await api.order!(await callFor('bo'), order!.id, id)).toBeNull();
  });

  it('follows an order to the door, and says nothing of anybody', async () => {
    const { id, totalCents } = await quoted();
    const { order } = await api.complete(await callFor(), id, saved());
    const look = async () => (await api.order!(await callFor(), order!.id, id))!;
    expect(await look()).toMatchObject({
      id: order!.id,
      number: order!.number,
      checkoutId: id,
      totalCents,
      currency: 'USD',
    });
    expect(['confirmed', 'processing']).toContain((await look()).status);
    await store.advance({ to: 'shipped' });
    const sent = await look();
    expect(sent).toMatchObject({
      status: 'shipped',
      parcels: [{ carrier: 'UPS', lines: [{ externalId: under.sku(1), quantity: 1 }] }],
    });
    await store.advance({ to: 'delivered' });
    const arrived = await look();
    expect(arrived).toMatchObject({ status: 'delivered', parcels: [{ status: 'delivered' }] });
    expect(arrived.updatedAt!.getTime()).toBeGreaterThanOrEqual(sent.updatedAt!.getTime());
    expect(JSON.stringify([sent, arrived])).not.toMatch(/Congress|Reyes|ana@/);
  });

  it('tells of an order that the store cancelled, and of money that went back', async () => {
    const { id, totalCents } = await quoted();
    const { order } = await api.complete(await callFor(), id, saved());
    const orderId = (await store.ledger())[0]!.id;
    await store.control('cancelOrder', { orderId });
    expect(await api.order!(await callFor(), order!.id, id)).toMatchObject({
      status: 'cancelled',
      refundedCents: totalCents,
    });
  });

  it('asks a store that is gone in vain, and says that nothing happened', async () => {
    const call = await callFor();
    const gone = { ...call, store: { ...call.store, baseUrl: call.store.baseUrl.replace(/:\d+/, ':1') } };
    expect((await faultOf(api.quote(gone, basketOf(1)))).kind).toBe('unavailable');
    expect((await faultOf(api.complete(gone, 'chk', saved()))).kind).toBe('unavailable');
  });

  it('offers what it says that it offers', async () => {
    expect([...(await api.offers(await callFor()))].sort()).toEqual([...under.abilities].sort());
  });
}
