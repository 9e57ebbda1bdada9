import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterFile } from '../../../support/cleanup';
import { eventually } from '../../../support/shopper';
import { startStore, tokensAt, type StoreSandbox } from '../../../support/store-sandbox';

const KEY = 'acp-key-of-muse-at-the-store';
const SECRET = 'acp-webhook-secret-of-muse-and-the-store';

interface Answer {
  status: number;
  headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}
interface Taken {
  headers: IncomingHttpHeaders;
  body: string;
}

let store: StoreSandbox;
let token: string;
const hooks: Taken[] = [];

beforeAll(async () => {
  store = await startStore('target');
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      hooks.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"received":true}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterFile(async () => {
    server.closeAllConnections();
    server.close();
    await Promise.resolve();
  });
  await store.own('webhookTarget', { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks` });
});
beforeEach(async () => {
  await store.reset();
  hooks.length = 0;
  ({ access_token: token } = await tokensAt(store));
});

async function call(
  method: string,
  path: string,
  body?: unknown,
  {
    bearer = token,
    key = randomUUID(),
    headers = {},
  }: { bearer?: string | null; key?: string | null; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const answer = await fetch(`${store.url}${path}`, {
    method,
    headers: {
      'api-version': '2026-04-17',
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      ...(method === 'GET' || key === null ? {} : { 'idempotency-key': key }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) };
}

const basket = (...skus: string[]) => ({
  line_items: skus.map((id) => ({ id, quantity: 1 })),
  currency: 'usd',
  capabilities: {},
});
const create = (body: unknown, options: object = {}) => call('POST', '/checkout_sessions', body, options);
const pay = (card = 'card_ana_visa', handler = `saved_${card}`) => ({
  payment_data: {
    handler_id: handler,
    instrument: { type: 'seller_backed_saved_card', credential: { type: 'saved_card', token: card } },
  },
});
const byToken = (spt: string) => ({
  payment_data: { handler_id: 'card_tokenized', instrument: { type: 'card', credential: { type: 'spt', token: spt } } },
});
const complete = (id: string, body: unknown = pay(), options: object = {}) =>
  call('POST', `/checkout_sessions/${id}/complete`, body, options);
const codesOf = ({ body }: Answer): string[] => body.messages.map((one: { code: string }) => one.code);
const amount = ({ totals }: Answer['body'], type: string): number | undefined =>
  totals.find((one: { type: string }) => one.type === type)?.amount;

describe('The ACP store', () => {
  it('says at its well-known place what it speaks', async () => {
    const body: Answer['body'] = await (await fetch(`${store.url}/.well-known/acp.json`)).json();
    expect(body).toMatchObject({
      protocol: { name: 'acp', version: '2026-04-17' },
      api_base_url: store.url,
      transports: ['rest'],
    });
  });

  it('sells: a session of the shopper’s own address, the cheapest way, and an order', async () => {
    const first = await create({ ...basket(), line_items: [{ id: 'TG-1', quantity: 2 }] });
    expect([first.status, first.body.status]).toEqual([201, 'ready_for_payment']);
    expect(first.body.fulfillment_details.address).toMatchObject({ line_one: '500 Congress Ave', state: 'TX' });
    expect(first.body.selected_fulfillment_options[0].option_id).toBe('standard');
    expect([
      amount(first.body, 'subtotal'),
      amount(first.body, 'fulfillment'),
      amount(first.body, 'tax'),
      amount(first.body, 'total'),
    ]).toEqual([4000, 0, 330, 4330]);
    const handlers = first.body.capabilities.payment.handlers;
    expect(handlers[0]).toMatchObject({
      id: 'saved_card_ana_visa',
      config: { display_metadata: { brand: 'visa', last4: '4242' } },
    });

    const chosen = { type: 'shipping', option_id: 'express', item_ids: [first.body.line_items[0].id] };
    const second = await call('POST', `/checkout_sessions/${first.body.id}`, {
      selected_fulfillment_options: [chosen],
    });
    expect([second.status, amount(second.body, 'fulfillment'), amount(second.body, 'total')]).toEqual([
      200, 1499, 5829,
    ]);

    const done = await complete(first.body.id);
    expect([done.status, done.body.status]).toEqual([200, 'completed']);
    const [order] = await store.ledger();
    expect(done.body.order).toMatchObject({ id: order!.id, order_number: order!.number, status: 'confirmed' });
    expect(order).toMatchObject({ total: 5829, accountId: 'ana', paidBy: { kind: 'saved', last4: '4242' } });
    expect((await call('GET', `/checkout_sessions/${first.body.id}`)).body.order.id).toBe(order!.id);
  });

  it('takes codes, and says which it does not know', async () => {
    const { body } = await create({ ...basket('TG-1'), discounts: { codes: ['HALFOFF', 'NOPE'] } });
    expect([amount(body, 'items_discount'), amount(body, 'subtotal')]).toEqual([1000, 1000]);
    expect(body.discounts.applied[0]).toMatchObject({ code: 'HALFOFF', amount: 1000 });
    expect(body.discounts.rejected[0]).toMatchObject({ code: 'NOPE', reason: 'discount_code_invalid' });
  });

  it('shows what is sold out, and what is not sold at all', async () => {
    const out = await create(basket('TG-6'));
    expect([out.status, out.body.status, codesOf(out)]).toEqual([201, 'not_ready_for_payment', ['out_of_stock']]);
    expect(out.body.line_items[0]).toMatchObject({ availability_status: 'out_of_stock', available_quantity: 0 });
    const unknown = await create(basket('XX'));
    expect([unknown.status, unknown.body.code, unknown.body.param]).toEqual([
      400,
      'invalid_item_id',
      '$.line_items[0].id',
    ]);
  });

  it('sends the shopper to its own page where it has to see them', async () => {
    const { body } = await create(basket('TG-5'));
    expect([body.status, body.messages[0].code, body.messages[0].resolution]).toEqual([
      'requires_escalation',
      'age_verification_required',
      'requires_buyer_input',
    ]);
    await fetch(body.continue_url, { method: 'POST', body: new URLSearchParams({ agreed: 'yes' }) });
    expect((await call('GET', `/checkout_sessions/${body.id}`)).body.status).toBe('completed');
  });

  it('takes no card of another account, no declined one, and no token for two sessions', async () => {
    const { body } = await create(basket('TG-1'));
    expect(codesOf(await complete(body.id, pay('card_bo_mc')))).toEqual(['not_found']);
    expect(codesOf(await complete(body.id, pay('card_bo_mc', 'saved_card_ana_visa')))).toEqual(['invalid']);
    const declined = await complete(body.id, pay('card_ana_declined'));
    expect([declined.body.status, codesOf(declined)]).toEqual(['ready_for_payment', ['payment_declined']]);
    expect((await complete(body.id, byToken('spt_1'))).body.status).toBe('completed');
    expect(codesOf(await complete((await create(basket('TG-1'))).body.id, byToken('spt_1')))).toEqual(['invalid']);
  });

  it('completes nothing at a price that the agent was not told', async () => {
    const { body } = await create(basket('TG-1'));
    await store.change('TG-1', { cents: 2100 });
    expect(codesOf(await complete(body.id))).toEqual(['conflict', 'price_change']);
    expect(await store.ledger()).toHaveLength(0);
    expect((await complete(body.id)).body.status).toBe('completed');
  });

  it('sells to nobody who is not signed in, unless it is told to', async () => {
    const address = {
      name: 'Guest',
      line_one: '1 Main St',
      city: 'Austin',
      state: 'TX',
      country: 'US',
      postal_code: '78701',
    };
    const body = { ...basket('TG-1'), buyer: { email: 'guest@example.com' }, fulfillment_details: { address } };
    const closed = await create(body, { bearer: KEY });
    expect([closed.body.status, codesOf(closed)]).toEqual(['not_ready_for_payment', ['requires_sign_in']]);
    expect((await complete(closed.body.id, byToken('spt_2'), { bearer: KEY })).body.order).toBeUndefined();
    await store.control('configure', { guestCheckout: true });
    const open = await create(body, { bearer: KEY });
    expect((await complete(open.body.id, byToken('spt_3'), { bearer: KEY })).body.status).toBe('completed');
    await store.control('configure', { guestCheckout: false });
  });

  it('cancels a session once', async () => {
    const { body } = await create(basket('TG-1'));
    const cancel = () =>
      call('POST', `/checkout_sessions/${body.id}/cancel`, { intent_trace: { reason_code: 'other' } });
    expect((await cancel()).body.status).toBe('canceled');
    expect((await cancel()).status).toBe(405);
    expect((await complete(body.id)).status).toBe(409);
  });

  it('expires a session', async () => {
    const { body } = await create(basket('TG-1'));
    await store.control('clock', { advanceSeconds: 6 * 3600 + 1 });
    ({ access_token: token } = await tokensAt(store));
    expect((await call('GET', `/checkout_sessions/${body.id}`)).body.status).toBe('expired');
  });
});

describe('What the ACP store refuses', () => {
  it('another version, saying which it speaks', async () => {
    const answer = await create(basket('TG-1'), { headers: { 'api-version': '2025-09-29' } });
    expect([answer.status, answer.body]).toMatchObject([
      400,
      { type: 'invalid_request', supported_versions: ['2026-04-17'] },
    ]);
  });

  it('whoever it does not know, and a token that is over', async () => {
    expect((await create(basket('TG-1'), { bearer: null })).status).toBe(401);
    await store.control('expireAccessTokens', {});
    const late = await create(basket('TG-1'));
    expect([late.status, late.headers.get('www-authenticate')]).toEqual([401, 'Bearer error="invalid_token"']);
  });

  it('a POST without a key, a key for another request, and gives the same answer to the same', async () => {
    const none = await create(basket('TG-1'), { key: null });
    expect([none.status, none.body.code]).toEqual([400, 'idempotency_key_required']);
    const key = randomUUID();
    const first = await create(basket('TG-1'), { key });
    const again = await create(basket('TG-1'), { key });
    expect(again.body).toEqual(first.body);
    expect([first.headers.get('idempotent-replayed'), again.headers.get('idempotent-replayed')]).toEqual([
      null,
      'true',
    ]);
    const other = await create(basket('TG-2'), { key });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_conflict']);
  });

  it('a second order under one key, whatever is lost', async () => {
    const { body } = await create(basket('TG-1'));
    const key = randomUUID();
    await store.fault({ step: 'complete', kind: 'reset_after' });
    await expect(complete(body.id, pay(), { key })).rejects.toThrow();
    await Promise.all(Array.from({ length: 5 }, () => complete(body.id, pay(), { key })));
    expect(await store.ledger()).toHaveLength(1);
  });

  it.each([
    ['unknown members', { ...basket('TG-1'), items: [] }],
    ['no currency', { line_items: [{ id: 'TG-1' }], capabilities: {} }],
    ['no capabilities', { line_items: [{ id: 'TG-1' }], currency: 'usd' }],
    ['nothing to buy', basket()],
    ['half a unit', { ...basket(), line_items: [{ id: 'TG-1', quantity: 0.5 }] }],
    [
      'an address without a name',
      {
        ...basket('TG-1'),
        fulfillment_details: { address: { line_one: 'x', city: 'x', state: 'x', country: 'US', postal_code: '1' } },
      },
    ],
    ['a buyer without an e-mail address', { ...basket('TG-1'), buyer: { first_name: 'Ana' } }],
    ['another currency', { ...basket('TG-1'), currency: 'eur' }],
    ['what is not JSON', '{'],
  ])('%s', async (_what, wrong) => {
    const answer = await create(wrong);
    expect([answer.status, answer.body.type]).toEqual([400, 'invalid_request']);
  });

  it('another shopper’s session', async () => {
    const { body } = await create(basket('TG-1'));
    const bo = (await tokensAt(store, 'bo')).access_token;
    expect((await call('GET', `/checkout_sessions/${body.id}`, undefined, { bearer: bo })).status).toBe(404);
    expect((await complete(body.id, pay('card_bo_mc'), { bearer: bo })).status).toBe(404);
  });
});

describe('Order events of the ACP store', () => {
  const isSigned = ({ headers, body }: Taken): boolean => {
    const [, at, given] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['merchant-signature'])) ?? [];
    return given !== undefined && createHmac('sha256', SECRET).update(`${at}.${body}`).digest('hex') === given;
  };

  it('tell of each move with the whole order, signed', async () => {
    const { body } = await create(basket('TG-1'));
    await complete(body.id);
    await store.advance({ to: 'delivered' });
    const taken = await eventually(async () => hooks.length === 4 && hooks);
    const events: Answer['body'][] = taken.map((one) => JSON.parse(one.body));
    expect(events.filter(({ type }) => type === 'order_create')).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'order_update')).toHaveLength(3);
    const last = events.find(({ data }) => data.status === 'completed').data;
    expect(last).toMatchObject({ type: 'order', checkout_session_id: body.id });
    expect(last.fulfillments[0]).toMatchObject({
      status: 'delivered',
      carrier: 'UPS',
      tracking_number: expect.stringMatching(/^1Z/),
    });
    expect(taken.every(isSigned)).toBe(true);
  });

  it('are forged on demand', async () => {
    await complete((await create(basket('TG-1'))).body.id);
    await store.webhooks.quiet();
    const { id } = (await store.webhooks.state()).sent[0]!;
    for (const forgery of ['foreign_key', 'changed_body', 'unsigned'] as const) {
      await store.webhooks.deliver(id, { forgery });
      expect(isSigned(hooks.at(-1)!)).toBe(false);
    }
  });
});
