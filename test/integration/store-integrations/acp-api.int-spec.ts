import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AcpApi } from '../../../src/store-integrations/protocols/acp/acp-api';
import { AcpClient } from '../../../src/store-integrations/protocols/acp/acp-client';
import type { Basket, StoreCall, StorePayment } from '../../../src/store-integrations/protocols/store-api';
import { StoreFault } from '../../../src/store-integrations/protocols/store-fault';
import { StoreHttp } from '../../../src/store-integrations/protocols/store-http';
import { Clock } from '../../../src/platform/clock';
import { readConfig } from '../../../src/platform/config';
import { SafeClient } from '../../../src/platform/http-client';

interface Asked {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown> | null;
}
/** What the store does with one request: an answer, or the connection cut, before or after it was read. */
type Answer = { status: number; body?: unknown; headers?: Record<string, string> } | 'cut' | 'silent';

const LINES = [{ itemId: 'one', externalId: 'TG-1', quantity: 2 }];
const BASKET: Basket = {
  ...{
    checkoutId: null,
    currency: 'USD',
    lines: LINES,
    storeAddressId: null,
    deliveryOptionId: null,
    discountCodes: [],
  },
  buyer: { email: 'ana@shop.example', firstName: 'Ana', lastName: 'Reyes' },
  address: {
    firstName: 'Ana',
    lastName: 'Reyes',
    line1: '500 Congress Ave',
    city: 'Austin',
    region: 'TX',
    postalCode: '78701',
    country: 'US',
  },
};
const TOKEN: StorePayment = { type: 'delegated', provider: 'stripe', handlerId: 'card', token: 'spt_not_a_real_one' };

const total = (type: string, amount: number) => ({ type, display_text: type, amount });
const session = (more: object = {}) => ({
  ...{ id: 'cs_1', status: 'ready_for_payment', currency: 'usd', capabilities: {}, links: [], messages: [] },
  line_items: [{ id: 'li_1', item: { id: 'TG-1' }, quantity: 2, unit_amount: 2000, totals: [total('total', 4000)] }],
  totals: [total('subtotal', 4000), total('fulfillment', 500), total('total', 4500)],
  fulfillment_options: [
    { type: 'shipping', id: 'fast', title: 'Fast', totals: [total('total', 1500)] },
    { type: 'shipping', id: 'slow', title: 'Slow', totals: [total('total', 500)] },
  ],
  selected_fulfillment_options: [{ type: 'shipping', option_id: 'slow', item_ids: ['li_1'] }],
  ...more,
});
const order = (more: object = {}) => ({
  ...{ id: 'ord_1', checkout_session_id: 'cs_1', permalink_url: 'https://shop.example/o/1', order_number: '#1' },
  ...more,
});
const error = (code: string, more: object = {}) => ({
  type: 'invalid_request',
  code,
  message: `Because of ${code}`,
  ...more,
});

describe('The ACP client', () => {
  let server: Server;
  let client: SafeClient;
  let api: AcpApi;
  let baseUrl: string;
  let asked: Asked[] = [];
  let answers: Answer[] = [];
  /** What is answered when the list is used up. */
  let otherwise: Answer = { status: 500 };

  const meet = async (request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const text = Buffer.concat(parts).toString();
    const { method = '', url = '', headers } = request;
    asked.push({ method, path: url, headers, body: text ? (JSON.parse(text) as Record<string, unknown>) : null });
    const answer = answers.shift() ?? otherwise;
    if (answer === 'silent') return;
    if (answer === 'cut') {
      response.socket?.destroy();
      return;
    }
    const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {});
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(body);
  };

  beforeAll(async () => {
    server = createServer((request, response) => void meet(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    baseUrl = `${origin}/acp`;
    client = new SafeClient(readConfig({ NODE_ENV: 'test', SANDBOX_ORIGINS: origin }));
    const clock = new Clock();
    api = new AcpApi(new AcpClient(new StoreHttp(client), clock), clock);
  });
  beforeEach(() => {
    [asked, answers, otherwise] = [[], [], { status: 500 }];
  });
  afterAll(async () => {
    client.onModuleDestroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const call = (
    more: Partial<StoreCall> & { options?: Record<string, unknown>; secrets?: Record<string, string> } = {},
  ): StoreCall => {
    const { options = {}, secrets = { apiKey: 'key-of-the-store' }, ...rest } = more;
    return {
      store: {
        ...{ id: 's', name: 'Target', protocol: 'acp', adapter: null, baseUrl, currency: 'USD', country: 'US' },
        ...{ options, secrets: { ...secrets } },
      },
      ...{ accessToken: null, idempotencyKey: '550e8400-e29b-41d4-a716-446655440000', timeoutMs: 4_000 },
      ...rest,
    };
  };
  const fault = async (work: Promise<unknown>): Promise<StoreFault> => {
    const thrown: unknown = await work.then(
      () => undefined,
      (caught: unknown) => caught,
    );
    if (thrown instanceof StoreFault) return thrown;
    throw new Error('It was no StoreFault.', { cause: thrown });
  };

  it('makes a session of a basket, with version, key, quantities and the store’s own bearer', async () => {
    answers = [{ status: 201, body: session() }];
    const checkout = await api.quote(call(), BASKET);
    expect(checkout).toMatchObject({
      id: 'cs_1',
      status: 'ready',
      totalCents: 4500,
      lines: [{ itemId: 'one', quantity: 2 }],
    });
    expect(asked).toHaveLength(1);
    const [{ method, path, headers, body }] = asked as [Asked];
    expect([method, path]).toEqual(['POST', '/acp/checkout_sessions']);
    expect(headers).toMatchObject({
      ...{ 'api-version': '2026-04-17', 'idempotency-key': '550e8400-e29b-41d4-a716-446655440000' },
      ...{ authorization: 'Bearer key-of-the-store', 'content-type': 'application/json' },
    });
    expect(body).toMatchObject({ currency: 'usd', line_items: [{ id: 'TG-1', quantity: 2 }] });
  });

  it('sends the shopper’s token in the place of the key, or beside it where the store wants both', async () => {
    otherwise = { status: 201, body: session() };
    const accessToken = () => Promise.resolve('token-of-ana');
    await api.quote(call({ accessToken }), BASKET);
    await api.quote(call({ accessToken, options: { shopperTokenHeader: 'Shopper-Token' } }), BASKET);
    expect(asked.map(({ headers }) => [headers.authorization, headers['shopper-token']])).toEqual([
      ...[
        ['Bearer token-of-ana', undefined],
        ['Bearer key-of-the-store', 'token-of-ana'],
      ],
    ]);
  });

  it('asks for the delivery that was chosen, else for the cheapest, under a key of its own', async () => {
    answers = [
      ...[
        { status: 201, body: session() },
        {
          status: 200,
          body: session({
            selected_fulfillment_options: [{ type: 'shipping', option_id: 'fast', item_ids: ['li_1'] }],
          }),
        },
      ],
      ...[
        { status: 201, body: session({ selected_fulfillment_options: [] }) },
        { status: 200, body: session() },
      ],
    ];
    expect((await api.quote(call(), { ...BASKET, deliveryOptionId: 'fast' })).deliveryOptionId).toBe('fast');
    expect((await api.quote(call(), BASKET)).deliveryOptionId).toBe('slow');
    expect(asked.map(({ path }) => path)).toEqual([
      ...[
        '/acp/checkout_sessions',
        '/acp/checkout_sessions/cs_1',
        '/acp/checkout_sessions',
        '/acp/checkout_sessions/cs_1',
      ],
    ]);
    expect(asked[1]!.body).toEqual({
      selected_fulfillment_options: [{ type: 'shipping', option_id: 'fast', item_ids: ['li_1'] }],
    });
    const keys = asked.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(3);
    expect(keys[0]).toBe(keys[2]);
  });

  it('brings a session up to date, and makes another where the store has forgotten it', async () => {
    answers = [
      ...[{ status: 200, body: session() }],
      ...[
        { status: 404, body: error('not_found') },
        { status: 201, body: session({ id: 'cs_2' }) },
      ],
    ];
    const again = { ...BASKET, checkoutId: 'cs_1' };
    expect((await api.quote(call(), again)).id).toBe('cs_1');
    expect((await api.quote(call(), again)).id).toBe('cs_2');
    expect(asked.map(({ path }) => path)).toEqual([
      ...['/acp/checkout_sessions/cs_1', '/acp/checkout_sessions/cs_1', '/acp/checkout_sessions'],
    ]);
  });

  it('buys by a token of the provider, once, and names the order', async () => {
    answers = [{ status: 200, body: session({ status: 'completed', order: order() }) }];
    expect(await api.complete(call(), 'cs_1', TOKEN, LINES)).toMatchObject({
      ...{ status: 'completed', order: { id: 'ord_1', number: '#1' }, lines: [{ itemId: 'one' }] },
    });
    expect(asked.map(({ path }) => path)).toEqual(['/acp/checkout_sessions/cs_1/complete']);
    expect(asked[0]!.body).toEqual({
      payment_data: {
        handler_id: 'card',
        instrument: { type: 'card', credential: { type: 'spt', token: TOKEN.type === 'delegated' && TOKEN.token } },
      },
    });
  });

  it('buys by a card that the store holds, under the handler that the session has for it', async () => {
    const handlers = [
      {
        ...{ id: 'handler_7', name: 'dev.acp.seller_backed.saved_card', psp: 'seller_managed' },
        ...{ requires_delegate_payment: false, requires_pci_compliance: false },
        config: { payment_method_id: 'pm_4242', display_metadata: { brand: 'visa', last4: '4242' } },
      },
    ];
    answers = [
      { status: 200, body: session({ capabilities: { payment: { handlers } } }) },
      { status: 200, body: session({ status: 'completed', order: order() }) },
    ];
    await api.complete(call(), 'cs_1', { type: 'saved', instrumentId: 'pm_4242' });
    expect(asked[1]!.body).toMatchObject({
      payment_data: { handler_id: 'handler_7', instrument: { credential: { token: 'pm_4242' } } },
    });
  });

  it('never asks for delegate_payment, and never sends a card number', async () => {
    otherwise = { status: 200, body: session({ status: 'completed', order: order() }) };
    await api.quote(call(), BASKET);
    await api.complete(call(), 'cs_1', TOKEN);
    expect(asked.some(({ path }) => path.includes('delegate'))).toBe(false);
    expect(JSON.stringify(asked.map(({ body }) => body))).not.toMatch(/number":"\d|cvc|exp_/);
  });

  it.each<[string, Answer, string, string]>([
    ['a cut connection', 'cut', 'unknown', 'connection_lost'],
    ['500', { status: 500, body: error('oops') }, 'unknown', 'oops'],
    ['503', { status: 503, body: error('service_unavailable') }, 'unknown', 'service_unavailable'],
    ['JSON that ends in the middle', { status: 200, body: '{"id":"cs_' }, 'unknown', 'bad_answer'],
    [
      'a session that adds up to nothing',
      { status: 200, body: session({ totals: [total('total', 1)] }) },
      'unknown',
      'bad_answer',
    ],
    ['more than can be read', { status: 200, body: `"${'x'.repeat(1_100_000)}"` }, 'unknown', 'answer_too_long'],
    ['a redirect', { status: 302, headers: { location: '/elsewhere' } }, 'unknown', 'redirected'],
    ['429', { status: 429, body: error('rate_limited'), headers: { 'retry-after': '3' } }, 'throttled', 'rate_limited'],
    ['409 in flight', { status: 409, body: error('idempotency_in_flight') }, 'conflict', 'idempotency_in_flight'],
    ['422 of another body', { status: 422, body: error('idempotency_conflict') }, 'conflict', 'idempotency_conflict'],
    ['a declined card', { status: 400, body: error('payment_declined') }, 'refused', 'payment_declined'],
    ['goods that are gone', { status: 409, body: error('out_of_stock') }, 'refused', 'out_of_stock'],
    ['a key that is no good', { status: 401, body: error('unauthorized') }, 'unavailable', 'store_credentials'],
  ])('asks once for a purchase, and says what became of it after %s', async (_, answer, kind, code) => {
    answers = [answer];
    const thrown = await fault(api.complete(call(), 'cs_1', TOKEN));
    expect([thrown.kind, thrown.code]).toEqual([kind, code]);
    expect(asked.filter(({ path }) => path.endsWith('/complete'))).toHaveLength(1);
    expect(`${thrown.message} ${thrown.stack}`).not.toMatch(/spt_|key-of-the-store|ana@/);
  });

  it('does not know what became of a purchase that nobody answered in time', async () => {
    answers = ['silent'];
    expect(await fault(api.complete(call({ timeoutMs: 400 }), 'cs_1', TOKEN))).toMatchObject({
      kind: 'unknown',
      code: 'timed_out',
    });
  });

  it('knows that nothing was bought where nobody listens', async () => {
    const nowhere = call();
    nowhere.store.baseUrl = 'http://127.0.0.1:1/acp';
    expect((await fault(api.complete(nowhere, 'cs_1', TOKEN))).kind).toBe('unavailable');
  });

  it('asks again, within its time, where that does no harm', async () => {
    answers = ['cut', { status: 503 }, { status: 201, body: session() }];
    expect((await api.quote(call(), BASKET)).id).toBe('cs_1');
    expect(new Set(asked.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    answers = [
      { status: 409, body: error('idempotency_in_flight'), headers: { 'retry-after': '1' } },
      { status: 200, body: session() },
    ];
    expect(await api.retrieve(call(), 'cs_1')).toMatchObject({ id: 'cs_1' });
    [asked, otherwise] = [[], 'cut'];
    expect(await fault(api.quote(call({ timeoutMs: 100 }), BASKET))).toMatchObject({ kind: 'unavailable' });
    expect(asked).toHaveLength(1);
  });

  it('sends the shopper on where the store wants to see them before it sells', async () => {
    const there = { continue_url: 'https://shop.example/c/1' };
    answers = [
      { status: 400, body: error('requires_3ds') },
      { status: 200, body: session(there) },
    ];
    expect(await api.complete(call(), 'cs_1', TOKEN)).toMatchObject({
      status: 'escalation',
      continueUrl: 'https://shop.example/c/1',
    });
    answers = [{ status: 200, body: session({ status: 'authentication_required', ...there }) }];
    expect(await api.complete(call(), 'cs_1', TOKEN)).toMatchObject({ status: 'escalation' });
  });

  it('tells what the store says of a card that it declined', async () => {
    const messages = [
      { type: 'error', code: 'payment_declined', content_type: 'plain', content: 'Another card, please' },
    ];
    answers = [{ status: 200, body: session({ messages }) }];
    expect(await api.complete(call(), 'cs_1', TOKEN)).toMatchObject({
      ...{ status: 'ready', order: null, messages: [{ code: 'payment_declined' }] },
    });
  });

  it('renews a token that the store refuses, once, and then asks for the account to be linked again', async () => {
    const tokens = ['old', 'new'];
    let refused = 0;
    const linked = { accessToken: () => Promise.resolve(tokens[refused]!), tokenRefused: () => void refused++ };
    answers = [{ status: 401 }, { status: 201, body: session() }];
    expect((await api.quote(call(linked), BASKET)).id).toBe('cs_1');
    expect(asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer new']);
    [asked, answers, refused] = [[], [{ status: 401 }, { status: 401 }], 0];
    expect(await fault(api.complete(call(linked), 'cs_1', TOKEN))).toMatchObject({ kind: 'relink' });
    expect(asked).toHaveLength(2);
  });

  it('passes on that the account must be linked again', async () => {
    const accessToken = () => Promise.reject(new StoreFault('relink', 'invalid_grant', 'Link again.'));
    expect((await fault(api.quote(call({ accessToken }), BASKET))).kind).toBe('relink');
    expect(asked).toEqual([]);
  });

  it('knows nothing of what the store does not know', async () => {
    answers = [{ status: 404, body: error('not_found') }];
    expect(await api.retrieve(call(), 'cs_1')).toBeNull();
    answers = [{ status: 404, body: error('not_found') }];
    expect(await fault(api.complete(call(), 'cs_1', TOKEN))).toMatchObject({ kind: 'refused', code: 'not_found' });
  });

  it('ends a session, and is content where the store says in any words that it is over', async () => {
    answers = [
      { status: 200, body: session({ status: 'canceled' }) },
      { status: 405, body: error('not_cancelable') },
      { status: 404 },
      { status: 409, body: error('session_completed') },
    ];
    for (let times = 0; times < 4; times++) await api.cancelCheckout(call(), 'cs_1');
    expect(asked.every(({ path, headers }) => path.endsWith('/cs_1/cancel') && headers['idempotency-key'])).toBe(true);
    otherwise = { status: 409, body: error('idempotency_in_flight') };
    expect(await fault(api.cancelCheckout(call(), 'cs_1'))).toMatchObject({ kind: 'conflict' });
  });

  it('finds an order in the session that it was made from, and no other there', async () => {
    const line_items = [{ id: 'li_1', title: 'Pillow', quantity: { ordered: 2, current: 2 } }];
    const fulfillments = [{ id: 'f', type: 'shipping', status: 'shipped', line_items: [{ id: 'li_1', quantity: 2 }] }];
    otherwise = {
      status: 200,
      body: session({ status: 'completed', order: order({ status: 'shipped', line_items, fulfillments }) }),
    };
    expect(await api.order(call(), 'ord_1', 'cs_1')).toMatchObject({
      ...{ id: 'ord_1', status: 'shipped', parcels: [{ lines: [{ externalId: 'TG-1', quantity: 2 }] }] },
    });
    expect(await api.order(call(), 'ord_2', 'cs_1')).toBeNull();
    expect(await fault(api.order(call(), 'ord_1'))).toMatchObject({ kind: 'unavailable', code: 'no_checkout' });
  });

  it('takes an odd id for what it is', async () => {
    otherwise = { status: 404 };
    await api.retrieve(call(), '../../admin?x=1#y');
    expect(asked[0]!.path).toBe('/acp/checkout_sessions/..%2F..%2Fadmin%3Fx%3D1%23y');
  });

  it.each<[string, object, string]>([
    ['another version', { options: { apiVersion: '2025-09-29' } }, 'misconfigured_version'],
    ['a header that is Muse’s own', { options: { shopperTokenHeader: 'Authorization' } }, 'misconfigured_header'],
    ['an agreement that nobody knows', { options: { savedCards: 'always' } }, 'misconfigured_saved_cards'],
    ['no key', { secrets: {} }, 'no_credentials'],
  ])('reaches nobody with %s', async (_, how, code) => {
    expect(await fault(api.quote(call(how), BASKET))).toMatchObject({ kind: 'unavailable', code });
    expect(asked).toEqual([]);
  });
});
