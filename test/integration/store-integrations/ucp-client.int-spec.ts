import { createHash, createPublicKey, verify, type JsonWebKey } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Basket, StoreApi, StoreCall, StorePayment } from '../../../src/store-integrations/protocols/store-api';
import { StoreFault } from '../../../src/store-integrations/protocols/store-fault';
import { UcpApi } from '../../../src/store-integrations/protocols/ucp/ucp.api';
import { startApp, type RunningApp } from '../../support/app';
import { makePartnerStore } from '../../support/sellers';
import { aCheckout, anOrder, openUcpShop, type Met, type UcpShop } from '../../support/ucp-shop';

const KEY = 'b7f5c0de-0000-5000-8000-000000000001';
const BASKET: Basket = {
  checkoutId: null,
  currency: 'USD',
  lines: [{ itemId: 'item-1', externalId: 'WM-1', quantity: 1 }],
  buyer: { email: 'ana@example.com' },
  address: null,
  storeAddressId: null,
  deliveryOptionId: null,
  discountCodes: [],
};
const SAVED = { type: 'saved', instrumentId: 'card_1' } as const;
const COMPLETED = aCheckout({ status: 'completed', order: { id: 'ord_1', permalink_url: 'https://shop.example/o/1' } });

describe('A UCP store, asked by Muse', () => {
  let muse: RunningApp;
  let shop: UcpShop;
  let silent: UcpShop;
  let api: StoreApi;
  let storeId: string;
  let silentId: string;

  beforeAll(async () => {
    [shop, silent] = await Promise.all([openUcpShop(), openUcpShop()]);
    muse = await startApp({ MUSE_ROLE: 'api', SANDBOX_ORIGINS: `${shop.url},${silent.url}` });
    api = muse.app.get(UcpApi, { strict: false });
    [storeId, silentId] = [(await makePartnerStore(muse)).id, (await makePartnerStore(muse)).id];
  });
  beforeEach(() => {
    shop.met.length = 0;
    shop.script = () => ({ status: 500 });
  });

  const callTo = (changes: Partial<StoreCall> = {}): StoreCall => ({
    store: {
      ...{ id: storeId, name: 'Shop', protocol: 'ucp', adapter: null, baseUrl: shop.url },
      ...{ currency: 'USD', country: 'US', options: {}, secrets: {} },
    },
    accessToken: () => Promise.resolve('token-of-ana'),
    idempotencyKey: KEY,
    timeoutMs: 5_000,
    ...changes,
  });
  const faultOf = (asking: Promise<unknown>) =>
    asking.then(
      () => 'answered',
      (error: unknown) => (error instanceof StoreFault ? `${error.kind}: ${error.code}` : String(error)),
    );
  /** What was met, as `POST …/complete`. */
  const asked = () => shop.met.map(({ method, path }) => `${method} ${path.replace('/ucp/checkout-sessions', '…')}`);

  describe('is told', () => {
    it('who asks, for what and once, signed by a key of our profile', async () => {
      shop.script = () => ({ status: 201, body: aCheckout() });
      await api.quote(callTo(), BASKET);
      const [met] = shop.met;
      expect(met).toMatchObject({
        method: 'POST',
        path: '/ucp/checkout-sessions',
        headers: {
          accept: 'application/json',
          'content-type': 'application/json',
          'ucp-agent': `profile="${muse.config.PUBLIC_URL}/.well-known/ucp"`,
          'idempotency-key': expect.stringMatching(
            /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
          ),
          'request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
        },
      });
      expect(await holds(met!)).toBe(true);
    });

    it('for whom: by the shopper’s token, and the key that was agreed', async () => {
      shop.script = () => ({ body: aCheckout() });
      const call = callTo();
      await api.retrieve({ ...call, store: { ...call.store, secrets: { apiKey: 'agreed-key-1' } } }, 'chk_1');
      expect(shop.met[0]!.headers).toMatchObject({ authorization: 'Bearer token-of-ana', 'x-api-key': 'agreed-key-1' });
      expect(shop.met[0]!.headers['idempotency-key']).toBeUndefined();
      expect(await holds(shop.met[0]!)).toBe(true);
    });

    it('of nobody, where nobody is signed in; and that it sells to nobody then leaves it to the next way', async () => {
      shop.script = () => ({ body: aCheckout() });
      await api.retrieve(callTo({ accessToken: null }), 'chk_1');
      expect(shop.met[0]!.headers['authorization']).toBeUndefined();
      shop.script = () => ({ status: 401 });
      const asking = api.quote(callTo({ accessToken: null }), BASKET);
      expect(await faultOf(asking)).toBe('unavailable: unauthorized');
    });

    it('the same key for the same purchase, whatever it is paid by, and another for another', async () => {
      shop.script = (met) => ({ body: met.method === 'GET' ? aCheckout() : COMPLETED });
      const keys: (string | undefined)[] = [];
      const token = (of: string): StorePayment => ({
        type: 'delegated',
        provider: 'stripe',
        handlerId: 'h',
        token: of,
      });
      for (const [key, payment] of [
        [KEY, SAVED],
        [KEY, token('spt_1')],
        [KEY, token('spt_2')],
        ['another', SAVED],
      ] as const) {
        await api.complete(callTo({ idempotencyKey: key }), 'chk_1', payment);
        keys.push(shop.met.at(-1)!.headers['idempotency-key']);
      }
      expect(new Set(keys.slice(0, 3)).size).toBe(1);
      expect(keys[3]).not.toBe(keys[0]);
    });

    it('nothing of an id that would lead elsewhere', async () => {
      shop.script = () => ({ status: 404 });
      await api.retrieve(callTo(), '../../orders/1?x=1#y');
      expect(shop.met[0]!.path).toBe('/ucp/checkout-sessions/..%2F..%2Forders%2F1%3Fx%3D1%23y');
    });

    /** Verified by hand: what signs must not say whether it signs well. */
    async function holds({ headers, method, path, raw }: Met): Promise<boolean> {
      const [, input, kid] = /^sig1=(\(.*\);created=\d+;keyid="(.+)")$/.exec(headers['signature-input']!)!;
      const covered = [...input!.matchAll(/"([@a-z-]+)"/g)].map(([, name]) => name!);
      const body = raw === '' ? [] : ['content-digest', 'content-type'];
      const key = method === 'GET' ? [] : ['idempotency-key'];
      expect(covered).toEqual(['@method', '@authority', '@path', 'ucp-agent', ...key, ...body]);
      if (raw !== '')
        expect(headers['content-digest']).toBe(`sha-256=:${createHash('sha256').update(raw).digest('base64')}:`);
      const derived: Record<string, string> = { '@method': method, '@authority': headers['host']!, '@path': path };
      const base = [
        ...covered.map((name) => `"${name}": ${derived[name] ?? headers[name]}`),
        `"@signature-params": ${input}`,
      ].join('\n');
      const { body: profile } = await muse.http.get('/.well-known/ucp').expect(200);
      const jwk = (profile as { keys: { kid: string }[] }).keys.find((one) => one.kid === kid)!;
      const signature = Buffer.from(/^sig1=:(.+):$/.exec(headers['signature']!)![1]!, 'base64');
      const publicKey = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
      return verify('sha256', Buffer.from(base), { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
    }
  });

  describe('that fails', () => {
    type Fault = (met: Met, response: ServerResponse, socket: Socket) => ReturnType<UcpShop['script']>;
    const FAULTS: [string, Fault, { complete: string; read: string }][] = [
      ['hangs', () => undefined, both('unknown: timed_out', 'unavailable: timed_out')],
      [
        'hangs in the middle of its answer',
        (_met, response) => {
          response.writeHead(200).write('{"ucp":');
          return undefined;
        },
        both('unknown: timed_out', 'unavailable: timed_out'),
      ],
      [
        'breaks off',
        (_met, _response, socket) => {
          socket.destroy();
          return undefined;
        },
        both('unknown: connection_lost', 'unavailable: connection_lost'),
      ],
      [
        'breaks off in the middle of its answer',
        (_met, response, socket) => {
          response.writeHead(200, { 'content-length': '100' }).write('{"ucp":', () => socket.destroy());
          return undefined;
        },
        both('unknown: connection_lost', 'unavailable: connection_lost'),
      ],
      ['is broken', () => ({ status: 500 }), both('unknown: http_500', 'unavailable: http_500')],
      ['has a broken gateway', () => ({ status: 502 }), both('unknown: http_502', 'unavailable: http_502')],
      ['is too slow for its gateway', () => ({ status: 504 }), both('unknown: http_504', 'unavailable: http_504')],
      ['is closed', () => ({ status: 503 }), both('unavailable: store_unavailable')],
      ['is asked too often', () => ({ status: 429, headers: { 'retry-after': '7' } }), both('throttled: rate_limited')],
      ['is at it', () => ({ status: 409, body: { code: 'conflict' } }), both('conflict: conflict')],
      ['says no', () => ({ status: 400, body: { code: 'bad_buyer', content: 'No' } }), both('refused: bad_buyer')],
      ['says no without a word', () => ({ status: 422 }), both('refused: http_422')],
      ['forbids it', () => ({ status: 403 }), both('refused: http_403')],
      [
        'was allowed too little',
        () => ({ status: 403, headers: { 'www-authenticate': 'Bearer error="insufficient_scope"' } }),
        both('relink: insufficient_scope'),
      ],
      ['knows nobody', () => ({ status: 401, body: { code: 'unauthorized' } }), both('relink: unauthorized')],
      [
        'does not believe our signature',
        () => ({ status: 401, body: { code: 'signature_invalid' } }),
        both('unavailable: signature_invalid'),
      ],
      [
        'cannot reach us',
        () => ({ status: 424, body: { code: 'profile_unreachable' } }),
        both('unavailable: profile_unreachable'),
      ],
      [
        'has no version of ours',
        () => ({ status: 422, body: { code: 'version_unsupported' } }),
        both('unavailable: version_unsupported'),
      ],
      [
        'leads elsewhere',
        () => ({ status: 307, headers: { location: '/ucp/elsewhere' } }),
        both('unknown: redirected', 'unavailable: redirected'),
      ],
      ['answers a page', () => ({ body: '<html>' }), both('unknown: bad_answer', 'unavailable: bad_answer')],
      ['answers nothing', () => ({ status: 204 }), both('unknown: bad_answer', 'unavailable: bad_answer')],
      [
        'answers without end',
        () => ({ body: aCheckout({ note: 'x'.repeat(1024 * 1024) }) }),
        both('unknown: answer_too_long', 'unavailable: answer_too_long'),
      ],
      [
        'answers another checkout',
        () => ({ body: aCheckout({ id: 'chk_2' }) }),
        both('unknown: bad_answer', 'unavailable: bad_answer'),
      ],
      [
        'answers totals that do not add up',
        () => ({
          body: aCheckout({
            totals: [
              { type: 'subtotal', amount: 1 },
              { type: 'total', amount: 2 },
            ],
          }),
        }),
        both('unknown: bad_answer', 'unavailable: bad_answer'),
      ],
      [
        'has a reason of its own',
        () => ({
          body: {
            ucp: { version: '2026-08-25', status: 'error' },
            messages: [{ type: 'error', code: 'out_of_stock', severity: 'unrecoverable', content: 'All gone' }],
          },
        }),
        both('refused: out_of_stock'),
      ],
      [
        'has to know who it is for',
        () => ({
          body: {
            ucp: { version: '2026-08-25', status: 'error' },
            messages: [{ type: 'error', code: 'identity_required', severity: 'unrecoverable', content: 'Sign in' }],
          },
        }),
        both('relink: identity_required'),
      ],
    ];
    function both(complete: string, read = complete) {
      return { complete, read };
    }

    it.each(FAULTS)('while it is paid, and %s', async (_, fault, { complete }) => {
      shop.script = (met, response, socket) =>
        met.method === 'GET' ? { body: aCheckout() } : fault(met, response, socket);
      expect(await faultOf(api.complete(callTo({ timeoutMs: 700 }), 'chk_1', SAVED))).toBe(complete);
      // Whatever came of it: it was sent once.
      expect(asked()).toEqual(['GET …/chk_1', 'POST …/chk_1/complete']);
    });

    it.each(FAULTS)('while it is looked at, and %s', async (_, fault, { read }) => {
      shop.script = fault;
      expect(await faultOf(api.retrieve(callTo({ timeoutMs: 700 }), 'chk_1'))).toBe(read);
    });

    it('says when to come back', async () => {
      shop.script = () => ({ status: 429, headers: { 'retry-after': '7' } });
      await expect(api.retrieve(callTo(), 'chk_1')).rejects.toMatchObject({ kind: 'throttled', retryAfterMs: 7_000 });
    });

    it('is not there, and nothing happened', async () => {
      const call = callTo();
      const to = { ...call, store: { ...call.store, id: silentId, baseUrl: silent.url } };
      silent.script = () => ({ body: aCheckout() });
      await api.retrieve(to, 'chk_1');
      await silent.close();
      expect(await faultOf(api.quote(to, BASKET))).toBe('unavailable: connect_failed');
      expect(await faultOf(api.complete(to, 'chk_1', SAVED))).toBe('unavailable: connect_failed');
    });

    it('has its interface where nobody may be asked, and nothing happened', async () => {
      const odd = await makePartnerStore(muse);
      shop.profile = (profile) => ({
        body: {
          ...profile,
          ucp: {
            ...profile.ucp,
            services: {
              'dev.ucp.shopping': [
                { version: '2026-08-25', transport: 'rest', endpoint: 'https://169.254.169.254/ucp' },
              ],
            },
          },
        },
      });
      const call = callTo();
      const asking = api.quote({ ...call, store: { ...call.store, id: odd.id } }, BASKET);
      expect(await faultOf(asking)).toBe('unavailable: address_refused');
      shop.profile = (profile) => ({ body: profile });
    });

    it('is asked again where nothing can come of it twice, and not without end', async () => {
      let left = 2;
      shop.script = (_met, _response, socket) => {
        if (left-- > 0) {
          socket.destroy();
          return undefined;
        }
        return { body: aCheckout() };
      };
      expect(await api.retrieve(callTo(), 'chk_1')).toMatchObject({ id: 'chk_1' });
      expect(shop.met).toHaveLength(3);
      left = 100;
      expect(await faultOf(api.retrieve(callTo(), 'chk_1'))).toBe('unavailable: connection_lost');
      expect(shop.met).toHaveLength(6);
    });

    it('is asked again for a new checkout under the same key', async () => {
      shop.script = () => (shop.met.length === 1 ? { status: 500 } : { status: 201, body: aCheckout() });
      await api.quote(callTo(), BASKET);
      expect(asked()).toEqual(['POST …', 'POST …']);
      expect(shop.met[0]!.headers['idempotency-key']).toBe(shop.met[1]!.headers['idempotency-key']);
      expect(shop.met[0]!.raw).toBe(shop.met[1]!.raw);
    });

    it('gets a new token for one that it refuses, once', async () => {
      let tokens = 0;
      const call = callTo({
        accessToken: () => Promise.resolve(`token-${tokens}`),
        tokenRefused: () => {
          tokens += 1;
        },
      });
      shop.script = (met) =>
        met.headers['authorization'] === 'Bearer token-0' ? { status: 401 } : { body: aCheckout() };
      expect(await api.retrieve(call, 'chk_1')).toMatchObject({ id: 'chk_1' });
      expect(tokens).toBe(1);
      shop.script = () => ({ status: 401 });
      expect(await faultOf(api.retrieve(call, 'chk_1'))).toBe('relink: unauthorized');
      expect(tokens).toBe(2);
    });

    it('says nothing of the shopper in what may be logged', async () => {
      const content = 'ana@example.com lives at 1 Secret St';
      shop.script = () => ({ status: 400, body: { code: 'ana@example.com', content } });
      const fault = await api.retrieve(callTo(), 'chk_1').then(
        () => undefined,
        (error: StoreFault) => error,
      );
      expect([fault?.message, fault?.code, String(fault?.stack)].join()).not.toMatch(/ana|Secret|token/);
      expect(fault?.detail).toBe(content);
    });
  });

  describe('sells', () => {
    it('what is known already by one question, the rest by another', async () => {
      const address = { line1: '1 Main St', city: 'Austin', region: 'TX', postalCode: '78701', country: 'US' };
      const method = (selected: string | null) => ({
        fulfillment: {
          methods: [
            {
              ...{ id: 'm1', type: 'shipping', line_item_ids: ['li_1'], selected_destination_id: 'd1' },
              destinations: [
                {
                  ...{ type: 'shipping_address', id: 'd1', street_address: '1 Main St', address_locality: 'Austin' },
                  ...{ address_region: 'TX', postal_code: '78701', address_country: 'US' },
                },
              ],
              groups: [
                {
                  ...{ id: 'g1', line_item_ids: ['li_1'], selected_option_id: selected },
                  options: ['slow', 'fast'].map((id, index) => ({
                    ...{ id, title: id, totals: [{ type: 'total', amount: 100 + index * 400 }] },
                  })),
                },
              ],
            },
          ],
        },
      });
      shop.script = (met) => {
        const chosen = (met.body as { fulfillment: { methods: { groups?: { selected_option_id: string }[] }[] } })
          .fulfillment.methods[0]!.groups?.[0]!.selected_option_id;
        return { body: aCheckout({ status: chosen ? 'ready_for_complete' : 'incomplete', ...method(chosen ?? null) }) };
      };
      const found = await api.quote(callTo(), { ...BASKET, address, deliveryOptionId: 'fast' });
      expect(found).toMatchObject({ status: 'ready', deliveryOptionId: 'fast' });
      expect(asked()).toEqual(['POST …', 'PUT …/chk_1']);
    });

    it('in the place of a checkout that is over, or that it has forgotten', async () => {
      for (const before of [aCheckout({ status: 'canceled' }), null]) {
        shop.met.length = 0;
        shop.script = (met) =>
          met.method === 'POST'
            ? { status: 201, body: aCheckout({ id: 'chk_9' }) }
            : before
              ? { body: before }
              : { status: 404 };
        expect(await api.quote(callTo(), { ...BASKET, checkoutId: 'chk_1' })).toMatchObject({ id: 'chk_9' });
        expect(asked()).toEqual(['GET …/chk_1', 'POST …']);
      }
    });

    it.each(['completed', 'complete_in_progress'])('nothing anew of a checkout that is %s', async (status) => {
      const order = status === 'completed' ? { order: COMPLETED['order'] } : {};
      shop.script = () => ({ body: aCheckout({ status, ...order }) });
      await api.quote(callTo(), { ...BASKET, checkoutId: 'chk_1' });
      await api.complete(callTo(), 'chk_1', SAVED);
      expect(asked()).toEqual(['GET …/chk_1', 'GET …/chk_1']);
    });

    it('nothing for more than was agreed', async () => {
      shop.script = (met) => ({ body: met.method === 'GET' ? aCheckout() : COMPLETED });
      const dear = await api.complete(callTo(), 'chk_1', { ...SAVED, maxCents: 999 });
      expect([dear.status, dear.totalCents, asked()]).toEqual(['ready', 1_000, ['GET …/chk_1']]);
      expect((await api.complete(callTo(), 'chk_1', { ...SAVED, maxCents: 1_000 })).status).toBe('completed');
    });

    it('nothing by what it does not offer, and nothing of a checkout that it does not know', async () => {
      shop.script = () => ({ body: aCheckout() });
      const unknown: StorePayment = { type: 'saved', instrumentId: 'card_of_another' };
      expect(await faultOf(api.complete(callTo(), 'chk_1', unknown))).toBe('refused: instrument_unknown');
      shop.script = () => ({ status: 404 });
      expect(await faultOf(api.complete(callTo(), 'chk_1', SAVED))).toBe('refused: not_found');
      expect(shop.met.every(({ method }) => method === 'GET')).toBe(true);
    });

    it('nothing that it would bring elsewhere', async () => {
      const elsewhere = {
        ...{ id: 'm1', type: 'shipping', line_item_ids: ['li_1'], selected_destination_id: 'home', groups: [] },
        destinations: [{ id: 'home', street_address: '9 Other Rd', address_locality: 'Reno', address_country: 'US' }],
      };
      shop.script = () => ({ body: aCheckout({ fulfillment: { methods: [elsewhere] } }) });
      const address = { line1: '1 Main St', city: 'Austin', country: 'US' };
      expect(await api.quote(callTo(), { ...BASKET, address })).toMatchObject({
        status: 'incomplete',
        messages: [{ type: 'error', code: 'address_undeliverable' }],
      });
      expect(shop.met).toHaveLength(3);
    });

    it('no longer what was cancelled, and that twice', async () => {
      shop.script = () => ({ body: aCheckout({ status: 'canceled' }) });
      await api.cancelCheckout(callTo(), 'chk_1');
      const over = { type: 'error', code: 'not_cancelable', severity: 'recoverable', content: 'Over' };
      for (const answer of [
        { status: 404 },
        { status: 400 },
        { body: { ucp: { version: '2026-08-25', status: 'error' }, messages: [over] } },
      ]) {
        shop.script = () => answer;
        await api.cancelCheckout(callTo(), 'chk_1');
      }
      shop.script = () => ({ status: 503 });
      expect(await faultOf(api.cancelCheckout(callTo(), 'chk_1'))).toBe('unavailable: store_unavailable');
    });
  });

  it('tells of its orders, and of none that it does not know', async () => {
    shop.script = () => ({ body: anOrder() });
    expect(await api.order!(callTo(), 'ord_1')).toMatchObject({ id: 'ord_1', number: '#1', status: 'confirmed' });
    expect(shop.met[0]).toMatchObject({ method: 'GET', path: '/ucp/orders/ord_1' });
    expect(await faultOf(api.order!(callTo(), 'ord_2'))).toBe('unavailable: bad_answer');
    const unknown = [{ type: 'error', code: 'not_found', severity: 'unrecoverable', content: 'No' }];
    shop.script = () => ({ body: { ucp: { version: '2026-08-25', status: 'error' }, messages: unknown } });
    expect(await api.order!(callTo(), 'ord_1')).toBeNull();
  });

  it('is asked what there is, fifty goods at a time', async () => {
    const lines = Array.from({ length: 51 }, (_, at) => ({ itemId: `i${at}`, externalId: `WM-${at}`, quantity: 1 }));
    shop.script = (met) => {
      const { ids } = met.body as { ids: string[] };
      const variants = ids.map((id) => ({
        ...{ id, title: id, description: {}, price: { amount: 7, currency: 'USD' }, inputs: [{ id }] },
      }));
      return { body: { ucp: { version: '2026-08-25' }, products: [{ id: 'p', variants }] } };
    };
    const found = await api.availability!(callTo(), lines, 'USD');
    expect(found.map(({ itemId }) => itemId)).toEqual(lines.map(({ itemId }) => itemId));
    expect(found[50]).toEqual({ itemId: 'i50', priceCents: 7, available: null });
    expect(shop.met.map(({ body }) => (body as { ids: string[] }).ids.length)).toEqual([50, 1]);
  });

  it('offers what both can', async () => {
    expect([...(await api.offers(callTo()))].sort()).toEqual(['availability', 'track', 'webhooks']);
  });
});
