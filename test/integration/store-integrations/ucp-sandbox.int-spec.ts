import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  Basket,
  RemoteOrder,
  StoreApi,
  StoreCall,
  StorePayment,
} from '../../../src/store-integrations/protocols/store-api';
import { StoreFault } from '../../../src/store-integrations/protocols/store-fault';
import { UcpApi } from '../../../src/store-integrations/protocols/ucp/ucp.api';
import { UcpWebhooks } from '../../../src/store-integrations/protocols/ucp/ucp-webhooks';
import { WebhookRefused } from '../../../src/store-integrations/protocols/webhook-refused';
import { startApp } from '../../support/app';
import { afterFile } from '../../support/cleanup';
import { makePartnerStore } from '../../support/sellers';
import { startStore, tokensAt } from '../../support/store-sandbox';
import { sql } from '../../support/shopper';

const ADDRESS = {
  ...{ firstName: 'Ana', lastName: 'Paz', line1: '500 Congress Ave', line2: 'Apt 4' },
  ...{ city: 'Austin', region: 'TX', postalCode: '78701', country: 'US', phone: '+15125550100' },
};

/** Muse, a store that was built from the specification alone, and a token of its shopper Ana. */
async function open(versions: ('2026-08-25' | '2026-04-08')[], publicUrl?: string) {
  const store = await startStore('walmart', { ucpVersions: versions });
  const muse = await startApp({
    ...{ MUSE_ROLE: 'api', SANDBOX_ORIGINS: store.url },
    ...(publicUrl !== undefined && { PUBLIC_URL: publicUrl }),
  });
  const api: StoreApi = muse.app.get(UcpApi, { strict: false });
  const { id } = await makePartnerStore(muse);
  await sql(muse, `INSERT INTO store_connections (store_id, protocol, base_url) VALUES ($1, 'ucp', $2)`, [
    id,
    store.url,
  ]);
  let token = (await tokensAt(store, 'ana')).access_token;
  const call = (changes: Partial<StoreCall> = {}): StoreCall => ({
    store: {
      ...{ id, name: 'Walmart', protocol: 'ucp', adapter: null, baseUrl: store.url },
      ...{ currency: 'USD', country: 'US', options: {}, secrets: {} },
    },
    accessToken: () => Promise.resolve(token),
    idempotencyKey: randomUUID(),
    timeoutMs: 8_000,
    ...changes,
  });
  const webhooks = muse.app.get(UcpWebhooks, { strict: false });
  /** The store as it was at first, and a shopper who has signed in there. */
  const begin = async (account = 'ana') => {
    await store.reset();
    token = (await tokensAt(store, account)).access_token;
  };
  return { store, muse, api, call, webhooks, storeId: id, begin };
}

const basketOf = (changes: Partial<Basket> = {}): Basket => ({
  ...{ checkoutId: null, currency: 'USD' },
  lines: [
    { itemId: 'item-1', externalId: 'WM-1', quantity: 2 },
    { itemId: 'item-2', externalId: 'WM-2', quantity: 1 },
  ],
  buyer: { email: 'ana@example.com', firstName: 'Ana', lastName: 'Paz' },
  ...{ address: ADDRESS, storeAddressId: null, deliveryOptionId: null, discountCodes: [] },
  ...changes,
});

describe.each(['2026-08-25', '2026-04-08'] as const)('A store that speaks UCP %s', (version) => {
  let world: Awaited<ReturnType<typeof open>>;
  beforeAll(async () => {
    world = await open([version]);
  });
  beforeEach(() => world.begin());

  const faultOf = (asking: Promise<unknown>) =>
    asking.then(
      () => 'answered',
      (error: unknown) => (error instanceof StoreFault ? `${error.kind}: ${error.code}` : String(error)),
    );
  const quoted = async (changes: Partial<Basket> = {}) => world.api.quote(world.call(), basketOf(changes));

  it('quotes what it costs, to where, and by which ways', async () => {
    const goods = await world.store.goods();
    const cents = (sku: string) => goods.find((good) => good.sku === sku)!.cents;
    const quote = await quoted();
    expect(quote).toMatchObject({
      status: 'ready',
      currency: 'USD',
      lines: [
        { itemId: 'item-1', quantity: 2, unitPriceCents: cents('WM-1'), available: null },
        { itemId: 'item-2', quantity: 1, unitPriceCents: cents('WM-2'), available: null },
      ],
      subtotalCents: 2 * cents('WM-1') + cents('WM-2'),
      order: null,
    });
    const cheapest = Math.min(...quote.deliveryOptions.map(({ priceCents }) => priceCents));
    const chosen = quote.deliveryOptions.find(({ id }) => id === quote.deliveryOptionId);
    expect([chosen?.priceCents, quote.shippingCents]).toEqual([cheapest, cheapest]);
    expect(quote.totalCents).toBe(quote.subtotalCents - quote.discountCents + quote.shippingCents + quote.taxCents);
    expect(quote.instruments.length).toBeGreaterThan(0);
    expect(quote.delegatedTo).toEqual({ stripe: expect.any(String) });
  });

  it('follows each change of mind in the same checkout', async () => {
    const first = await quoted();
    const again = (changes: Partial<Basket>) => quoted({ checkoutId: first.id, ...changes });
    const dearest = first.deliveryOptions.toSorted((a, b) => b.priceCents - a.priceCents)[0]!;
    const faster = await again({ deliveryOptionId: dearest.id });
    expect(faster).toMatchObject({ id: first.id, deliveryOptionId: dearest.id, shippingCents: dearest.priceCents });
    const one = await again({ lines: [{ itemId: 'item-1', externalId: 'WM-1', quantity: 1 }] });
    expect(one.lines).toEqual([expect.objectContaining({ itemId: 'item-1', quantity: 1 })]);
    const more = await again({
      lines: [...basketOf().lines, { itemId: 'item-3', externalId: 'WM-3', quantity: 1 }],
      discountCodes: ['WELCOME10'],
    });
    expect(more).toMatchObject({ id: first.id, status: 'ready' });
    expect(more.lines.map(({ itemId }) => itemId)).toEqual(['item-1', 'item-2', 'item-3']);
    expect(more.discountCents).toBeGreaterThan(0);
    expect((await again({ discountCodes: [] })).discountCents).toBe(0);
    const elsewhere = {
      ...ADDRESS,
      line1: '1 SW Main St',
      line2: null,
      city: 'Portland',
      region: 'OR',
      postalCode: '97201',
    };
    const moved = await again({ address: elsewhere });
    expect(moved).toMatchObject({ id: first.id, status: 'ready', taxCents: 0 });
  });

  it('brings it to an address that it holds', async () => {
    const saved = (await quoted()).addresses!.find(({ line1 }) => line1 !== ADDRESS.line1)!;
    const quote = await quoted({ address: null, storeAddressId: saved.id });
    expect(quote.status).toBe('ready');
    expect(quote.addresses!.find(({ isDefault }) => isDefault)?.id).toBe(saved.id);
  });

  it('sells once, by what it holds, however often it is asked', async () => {
    const quote = await quoted();
    const card = quote.instruments.find(({ isDefault }) => isDefault) ?? quote.instruments[0]!;
    const key = randomUUID();
    const buy = () =>
      world.api.complete(world.call({ idempotencyKey: key }), quote.id, { type: 'saved', instrumentId: card.id });
    const bought = await buy();
    expect(bought).toMatchObject({ status: 'completed', totalCents: quote.totalCents });
    expect((await buy()).order).toEqual(bought.order);
    expect((await world.api.retrieve(world.call(), quote.id))?.order).toEqual(bought.order);
    const ledger = await world.store.ledger();
    expect(ledger.map(({ id }) => id)).toEqual([bought.order!.id]);
  });

  it('sells at no price that has moved since it was agreed', async () => {
    const quote = await quoted();
    const [good] = await world.store.goods();
    await world.store.change('WM-1', { cents: good!.cents + 1 });
    const card = quote.instruments.find(({ isDefault }) => isDefault)!;
    const pay = (maxCents: number) =>
      world.api.complete(world.call(), quote.id, { type: 'saved', instrumentId: card.id, maxCents });
    const dearer = await pay(quote.totalCents);
    expect([dearer.status, dearer.totalCents > quote.totalCents]).toEqual(['ready', true]);
    expect(await world.store.ledger()).toEqual([]);
    expect(await pay(dearer.totalCents)).toMatchObject({ status: 'completed', totalCents: dearer.totalCents });
  });

  it('sells for a token of the payment provider', async () => {
    const quote = await quoted();
    const handlerId = quote.delegatedTo['stripe']!;
    const payment: StorePayment = { type: 'delegated', provider: 'stripe', handlerId, token: 'spt_test_1' };
    const bought = await world.api.complete(world.call(), quote.id, payment);
    expect(bought).toMatchObject({ status: 'completed' });
  });

  it('follows the order to the door', async () => {
    const quote = await quoted();
    const bought = await world.api.complete(world.call(), quote.id, {
      type: 'saved',
      instrumentId: quote.instruments.find(({ isDefault }) => isDefault)!.id,
    });
    const seen: (RemoteOrder | null)[] = [await world.api.order!(world.call(), bought.order!.id)];
    for (const to of ['shipped', 'delivered'] as const) {
      await world.store.advance({ to });
      seen.push(await world.api.order!(world.call(), bought.order!.id));
    }
    expect(seen.map((order) => order?.status)).toEqual([expect.any(String), 'shipped', 'delivered']);
    expect(seen[2]).toMatchObject({
      ...{ id: bought.order!.id, number: bought.order!.number, checkoutId: quote.id, totalCents: quote.totalCents },
      parcels: [{ status: 'delivered', trackingNumber: expect.any(String) }],
    });
    expect(await world.api.order!(world.call(), 'ord_unknown')).toBeNull();
  });

  it('is not asked for another’s order', async () => {
    const quote = await quoted();
    const bought = await world.api.complete(world.call(), quote.id, {
      type: 'saved',
      instrumentId: quote.instruments.find(({ isDefault }) => isDefault)!.id,
    });
    const { access_token: token } = await tokensAt(world.store, 'bo');
    const asBo = world.call({ accessToken: () => Promise.resolve(token) });
    expect(await world.api.order!(asBo, bought.order!.id)).toBeNull();
  });

  it('says what is gone, and what has to be asked of the shopper', async () => {
    const gone = await quoted({ lines: [...basketOf().lines, { itemId: 'item-6', externalId: 'WM-6', quantity: 1 }] });
    expect(gone.status).not.toBe('ready');
    expect(gone.messages).toContainEqual(expect.objectContaining({ type: 'error', itemId: 'item-6' }));
    const ofAge = await quoted({ lines: [{ itemId: 'item-5', externalId: 'WM-5', quantity: 1 }] });
    expect(ofAge).toMatchObject({ status: 'escalation', continueUrl: expect.stringContaining(world.store.url) });
  });

  it('answers what there is of goods', async () => {
    const lines = ['WM-1', 'WM-6', 'WM-404'].map((externalId) => ({ itemId: externalId, externalId, quantity: 1 }));
    const found = await world.api.availability!(world.call(), lines, 'USD');
    expect(found).toEqual([
      { itemId: 'WM-1', priceCents: expect.any(Number), available: null },
      { itemId: 'WM-6', priceCents: expect.any(Number), available: 0 },
      { itemId: 'WM-404', priceCents: null, available: 0 },
    ]);
  });

  it.each([
    ['hang', 'unknown: timed_out', 0],
    ['hang_after', 'unknown: timed_out', 1],
    ['500', 'unknown: http_500', 0],
    ['500_after', 'unknown: http_500', 1],
    ['503', 'unavailable: store_unavailable', 0],
    ['429', 'throttled: rate_limited', 0],
    ['reset_before', 'unknown: connection_lost', 0],
    ['reset_after', 'unknown: connection_lost', 1],
    ['malformed', 'unknown: bad_answer', 1],
    ['huge', 'unknown: answer_too_long', 1],
    ['redirect', 'unknown: redirected', 0],
  ] as const)(
    'that fails while it is paid (%s) is asked what became of it, and sells once',
    async (kind, fault, orders) => {
      const quote = await quoted();
      const card = quote.instruments.find(({ isDefault }) => isDefault)!;
      const key = randomUUID();
      const buy = (timeoutMs: number) =>
        world.api.complete(world.call({ idempotencyKey: key, timeoutMs }), quote.id, {
          type: 'saved',
          instrumentId: card.id,
        });
      await world.store.fault({ step: 'complete', kind });
      expect(await faultOf(buy(2_000))).toBe(fault);
      const became = await world.api.retrieve(world.call(), quote.id);
      expect(became?.status).toBe(orders === 1 ? 'completed' : 'ready');
      expect(await buy(8_000)).toMatchObject({ status: 'completed' });
      expect(await world.store.ledger()).toHaveLength(1);
    },
  );

  it('whose totals do not add up is not bought from', async () => {
    await world.store.fault({ step: 'create', kind: 'wrong_total', times: null });
    await world.store.fault({ step: 'update', kind: 'wrong_total', times: null });
    expect(await faultOf(quoted())).toBe('unavailable: bad_answer');
    expect(await world.store.ledger()).toEqual([]);
  });
});

describe('A store that speaks both', () => {
  it('is spoken to in the newest, whatever its own is', async () => {
    const { api, call, muse, storeId } = await open(['2026-08-25', '2026-04-08']);
    expect(await api.quote(call(), basketOf())).toMatchObject({ status: 'ready' });
    const [{ version }] = await sql(
      muse,
      `SELECT profile ->> 'version' AS version FROM store_profiles WHERE store_id = $1`,
      [storeId],
    );
    expect(version).toBe('2026-08-25');
  });
});

describe('Webhooks of the sandbox store', () => {
  it('are its own, and what is forged is refused', async () => {
    const gate = await openGate();
    const { store, muse, api, call, webhooks, storeId } = await open(['2026-08-25'], gate.url);
    gate.behind = muse.url;
    const quote = await api.quote(call(), basketOf());
    const card = quote.instruments.find(({ isDefault }) => isDefault)!;
    const bought = await api.complete(call(), quote.id, { type: 'saved', instrumentId: card.id });
    await store.webhooks.quiet();
    const { sent } = await store.webhooks.state();
    for (const forgery of ['foreign_key', 'changed_body', 'unsigned', 'old'] as const) {
      await store.webhooks.deliver(sent[0]!.id, { forgery });
    }
    const outcomes = await Promise.all(
      gate.met.map(({ path, headers, body }) =>
        webhooks.verify({ rawBody: body, method: 'POST', path, headers, storeId: null }).then(
          (taken) => ({ storeId: taken.storeId, eventId: taken.eventId, orderId: taken.order.id }),
          (error: unknown) => (error instanceof WebhookRefused ? error.reason : String(error)),
        ),
      ),
    );
    expect(outcomes).toEqual([
      { storeId, eventId: sent[0]!.id, orderId: bought.order!.id },
      'signature_invalid',
      'digest_mismatch',
      'signature_missing',
      'signature_too_old',
    ]);
  });
});

interface Gate {
  url: string;
  /** Where it leads but for webhooks. */
  behind: string;
  met: { path: string; headers: IncomingHttpHeaders; body: Buffer }[];
}

/** Stands where Muse is called by others: keeps the webhooks for the test, and hands on what is asked for. */
async function openGate(): Promise<Gate> {
  const gate: Gate = { url: '', behind: '', met: [] };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.method === 'POST') {
        gate.met.push({ path: request.url!, headers: request.headers, body: Buffer.concat(parts) });
        response.writeHead(200).end(JSON.stringify({ ucp: { version: '2026-08-25' } }));
        return;
      }
      void fetch(`${gate.behind}${request.url}`)
        .then(async (answer) => response.writeHead(answer.status).end(await answer.text()))
        .catch(() => response.writeHead(502).end());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterFile(() => new Promise<void>((resolve) => server.close(() => resolve())));
  gate.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return gate;
}
