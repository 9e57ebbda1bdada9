import { createHash, createPublicKey, randomUUID, verify } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allowAt, startStore, tokensAt, type StoreSandbox } from '../../../support/store-sandbox';
import { eventually } from '../../../support/shopper';
import { startPlatform, type TakenWebhook, type UcpAnswer, type UcpPlatform } from '../../../support/ucp-platform';

let store: StoreSandbox;
let platform: UcpPlatform;
let token: string;

beforeAll(async () => {
  store = await startStore('walmart');
  platform = await startPlatform();
});
beforeEach(async () => {
  await store.reset();
  platform.webhooks.length = 0;
  ({ access_token: token } = await tokensAt(store));
});

const SESSIONS = '/ucp/checkout-sessions';
const HOME = 'addr_ana_home';
const SAVED = { id: 'card_ana_visa', handler_id: 'saved_at_store', type: 'card', selected: true };
const lines = (...skus: string[]) => skus.map((sku) => ({ item: { id: sku }, quantity: 1 }));
const paidBy = (instrument: object) => ({ payment: { instruments: [instrument] } });

function create(body: unknown, options: object = {}): Promise<UcpAnswer> {
  return platform.call(store.url, 'POST', SESSIONS, body, { token, ...options });
}

/** A checkout that can be completed: delivered to the saved address, the cheapest way. */
async function ready(...skus: string[]): Promise<UcpAnswer['body']> {
  const fulfillment = { methods: [{ type: 'shipping', groups: [{ selected_option_id: 'standard' }] }] };
  const { status, body } = await create({ line_items: lines(...(skus.length > 0 ? skus : ['WM-1'])), fulfillment });
  expect([status, body.status]).toEqual([201, 'ready_for_complete']);
  return body;
}

function complete(id: string, options: object = {}, instrument: object = SAVED): Promise<UcpAnswer> {
  return platform.call(store.url, 'POST', `${SESSIONS}/${id}/complete`, paidBy(instrument), { token, ...options });
}

function update(id: string, body: unknown, options: object = {}): Promise<UcpAnswer> {
  return platform.call(store.url, 'PUT', `${SESSIONS}/${id}`, body, { token, ...options });
}

function read(path: string, options: object = {}): Promise<UcpAnswer> {
  return platform.call(store.url, 'GET', path, undefined, { token, ...options });
}

const codesOf = ({ body }: UcpAnswer): string[] => (body.messages ?? []).map((one: { code: string }) => one.code);
const amount = (body: UcpAnswer['body'], type: string): number =>
  body.totals.find((one: { type: string }) => one.type === type)?.amount;

describe('The UCP store', () => {
  it('publishes its profile: version, endpoint, capabilities, scopes, handlers and keys without private parts', async () => {
    const answer = await fetch(`${store.url}/.well-known/ucp`);
    const profile = (await answer.json()) as UcpAnswer['body'];
    expect(answer.headers.get('cache-control')).toBe('public, max-age=60');
    expect(profile.ucp.version).toBe('2026-08-25');
    expect(profile.ucp.services['dev.ucp.shopping'][0]).toMatchObject({
      transport: 'rest',
      endpoint: `${store.url}/ucp`,
    });
    expect(Object.keys(profile.ucp.capabilities)).toContain('dev.ucp.shopping.order');
    const [linking] = profile.ucp.capabilities['dev.ucp.common.identity_linking'];
    expect(Object.keys(linking.config.scopes)).toEqual([
      'dev.ucp.shopping.checkout:manage',
      'dev.ucp.shopping.order:read',
    ]);
    expect(profile.keys[0]).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256' });
    expect(profile.keys[0].d).toBeUndefined();
  });

  it('sells: a checkout with saved addresses and cards, an option, totals that add up, and an order', async () => {
    const first = await create({ line_items: [{ item: { id: 'WM-1' }, quantity: 2 }] });
    expect(first.status).toBe(201);
    expect(first.body.status).toBe('incomplete');
    expect(codesOf(first)).toEqual(['missing']);
    const [method] = first.body.fulfillment.methods;
    expect(method.selected_destination_id).toBe(HOME);
    expect(method.destinations).toHaveLength(2);
    expect(method.groups[0].options.map(({ id }: { id: string }) => id)).toEqual(['standard', 'express']);
    expect(first.body.payment.instruments[0]).toMatchObject({
      ...SAVED,
      display: { brand: 'visa', last_digits: '4242' },
    });

    const [line] = first.body.line_items;
    const second = await update(first.body.id, {
      line_items: [{ id: line.id, item: { id: 'WM-1' }, quantity: 3 }],
      fulfillment: {
        methods: [
          {
            id: method.id,
            line_item_ids: [line.id],
            groups: [{ id: method.groups[0].id, selected_option_id: 'express' }],
          },
        ],
      },
    });
    expect(second.body.status).toBe('ready_for_complete');
    expect(second.body.line_items[0].id).toBe(line.id);
    expect([amount(second.body, 'subtotal'), amount(second.body, 'fulfillment'), amount(second.body, 'tax')]).toEqual([
      3897, 1499, 322,
    ]);
    expect(amount(second.body, 'total')).toBe(3897 + 1499 + 322);

    const done = await complete(first.body.id);
    expect([done.status, done.body.status]).toEqual([200, 'completed']);
    const [order] = await store.ledger();
    expect(done.body.order).toMatchObject({ id: order!.id, label: order!.number });
    expect(order).toMatchObject({
      total: 3897 + 1499 + 322,
      accountId: 'ana',
      paidBy: { kind: 'saved', last4: '4242' },
    });
    expect((await store.goods()).find(({ sku }) => sku === 'WM-1')!.stock).toBe(497);
  });

  it('delivers to an address that the platform gives, and to no other country', async () => {
    const address = {
      ...{ type: 'shipping_address', street_address: '1 Main St', address_locality: 'Portland', address_region: 'OR' },
      ...{ postal_code: '97201', address_country: 'US' },
    };
    const fulfillment = (destination: object) => ({
      methods: [{ type: 'shipping', destinations: [destination], groups: [{ selected_option_id: 'standard' }] }],
    });
    const inside = await create({ line_items: lines('WM-3'), fulfillment: fulfillment(address) });
    expect([inside.body.status, amount(inside.body, 'tax')]).toEqual(['ready_for_complete', 0]);
    const outside = await create({
      line_items: lines('WM-3'),
      fulfillment: fulfillment({ ...address, address_country: 'CA' }),
    });
    expect([outside.body.status, codesOf(outside)]).toEqual(['incomplete', ['address_undeliverable']]);
  });

  it('takes discount codes and says which it does not know', async () => {
    const known = await create({ line_items: lines('WM-3'), discounts: { codes: ['welcome10'] } });
    expect(amount(known.body, 'discount')).toBe(-249);
    expect(known.body.discounts.applied).toEqual([expect.objectContaining({ code: 'WELCOME10', amount: 249 })]);
    const unknown = await create({ line_items: lines('WM-3'), discounts: { codes: ['NOPE'] } });
    expect(unknown.body.messages).toContainEqual(
      expect.objectContaining({ type: 'warning', code: 'discount_code_invalid', path: '$.discounts.codes[0]' }),
    );
  });

  it('says what is sold out, in the checkout, and without one where nothing can be had', async () => {
    const some = await create({ line_items: lines('WM-1', 'WM-6') });
    expect(some.body.messages).toContainEqual(
      expect.objectContaining({ code: 'out_of_stock', severity: 'recoverable', path: '$.line_items[1]' }),
    );
    const nothing = await create({ line_items: lines('WM-6') });
    expect(nothing.status).toBe(200);
    expect(nothing.body).toMatchObject({
      ucp: { status: 'error' },
      messages: [{ code: 'out_of_stock', severity: 'unrecoverable' }],
    });
    expect((await create({ line_items: lines('XX-1') })).body.messages[0].code).toBe('item_unavailable');
  });

  it('lets no two buy the last one', async () => {
    const [one, other] = [await ready('WM-4'), await ready('WM-4')];
    const answers = await Promise.all([complete(one.id), complete(other.id)]);
    expect(answers.filter(({ body }) => body.status === 'completed')).toHaveLength(1);
    expect(answers.filter(({ body }) => body.status === 'incomplete')).toHaveLength(1);
    expect(await store.ledger()).toHaveLength(1);
  });

  it('sends the shopper to its own page where it has to see them, and sells there', async () => {
    const fulfillment = { methods: [{ type: 'shipping', groups: [{ selected_option_id: 'standard' }] }] };
    const { body } = await create({ line_items: lines('WM-5'), fulfillment });
    expect(body.status).toBe('requires_escalation');
    expect(body.messages[0]).toMatchObject({ code: 'age_verification_required', severity: 'requires_buyer_input' });
    expect((await complete(body.id)).body.status).toBe('requires_escalation');
    const page = await fetch(body.continue_url);
    expect(await page.text()).toContain('Place order');
    const bought = await fetch(body.continue_url, { method: 'POST', body: new URLSearchParams({ agreed: 'yes' }) });
    expect(bought.status).toBe(200);
    expect((await read(`${SESSIONS}/${body.id}`)).body).toMatchObject({
      status: 'completed',
      order: { id: expect.any(String) },
    });
  });

  it('completes nothing at a price that the platform was not told', async () => {
    const checkout = await ready();
    await store.change('WM-1', { cents: 1399 });
    const first = await complete(checkout.id);
    expect([first.body.status, codesOf(first)]).toEqual(['incomplete', ['price_changed']]);
    expect(amount(first.body, 'subtotal')).toBe(1399);
    expect(await store.ledger()).toHaveLength(0);
    expect((await complete(checkout.id)).body.status).toBe('completed');
  });

  it('takes no card of another account, no declined one, and no token for two checkouts', async () => {
    const checkout = await ready();
    for (const id of ['card_bo_mc', 'card_ana_declined', 'nothing']) {
      const refused = await complete(checkout.id, {}, { ...SAVED, id });
      expect([refused.body.status, codesOf(refused)]).toEqual(['incomplete', ['payment_failed']]);
    }
    const spt = { id: 'spt', handler_id: 'stripe_spt', type: 'card', credential: { type: 'spt', token: 'spt_1' } };
    expect((await complete(checkout.id, {}, spt)).body.status).toBe('completed');
    expect(codesOf(await complete((await ready()).id, {}, spt))).toEqual(['payment_failed']);
  });

  it('shows a checkout and an order to nobody but whose they are', async () => {
    const checkout = await ready();
    const { body } = await complete(checkout.id);
    const bo = (await tokensAt(store, 'bo')).access_token;
    const stranger = await startPlatform();
    const path = `${SESSIONS}/${checkout.id}`;
    for (const answer of [
      await read(path, { token: bo }),
      await read(`/ucp/orders/${body.order.id}`, { token: bo }),
      await stranger.call(store.url, 'GET', path, undefined, { token }),
      await stranger.call(store.url, 'GET', `/ucp/orders/${body.order.id}`, undefined, { token }),
    ])
      expect([answer.status, codesOf(answer)]).toEqual([200, ['not_found']]);
    expect((await read(`/ucp/orders/${body.order.id}`)).body.id).toBe(body.order.id);
  });

  it('expires a checkout', async () => {
    const checkout = await ready();
    await store.control('clock', { advanceSeconds: 6 * 3600 + 1 });
    ({ access_token: token } = await tokensAt(store));
    expect((await read(`${SESSIONS}/${checkout.id}`)).body.status).toBe('canceled');
    expect((await complete(checkout.id)).body).toMatchObject({ status: 'canceled' });
    expect(await store.ledger()).toHaveLength(0);
  });

  it('cancels a checkout once, and says so the second time', async () => {
    const checkout = await ready();
    const cancel = () => platform.call(store.url, 'POST', `${SESSIONS}/${checkout.id}/cancel`, undefined, { token });
    expect((await cancel()).body.status).toBe('canceled');
    expect(codesOf(await cancel())).toContain('checkout_not_open');
  });

  it('says complete_in_progress where it needs time, and the order when it is asked again', async () => {
    const checkout = await ready();
    await store.fault({ step: 'complete', kind: 'in_progress', asks: 2 });
    expect((await complete(checkout.id)).body).toMatchObject({ status: 'complete_in_progress' });
    expect(codesOf(await update(checkout.id, { line_items: lines('WM-2') }))).toContain('complete_in_progress');
    expect((await read(`${SESSIONS}/${checkout.id}`)).body.status).toBe('complete_in_progress');
    expect((await read(`${SESSIONS}/${checkout.id}`)).body).toMatchObject({ status: 'completed', order: {} });
    expect(await store.ledger()).toHaveLength(1);
  });

  it('looks goods up: price and whether they can be had', async () => {
    const { status, body } = await platform.call(store.url, 'POST', '/ucp/catalog/lookup', {
      ids: ['WM-1', 'WM-6', 'XX'],
    });
    expect(status).toBe(200);
    expect(
      body.products.map(({ variants }: UcpAnswer['body']) => [
        variants[0].price.amount,
        variants[0].availability.available,
      ]),
    ).toEqual([
      [1299, true],
      [2250, false],
    ]);
    expect(body.messages[0].code).toBe('not_found');
  });
});

describe('What the UCP store refuses', () => {
  const refused = async (answer: Promise<UcpAnswer>): Promise<[number, string]> => {
    const { status, body } = await answer;
    return [status, body.code ?? body.messages[0].code];
  };
  const body = { line_items: lines('WM-1') };
  const without = (...names: string[]) => ({
    tamper: ({ headers }: { headers: Record<string, string> }) => names.forEach((name) => delete headers[name]),
  });

  it('a request that is not signed, or signed by another key, or over less than it must be', async () => {
    expect(await refused(create(body, without('signature')))).toEqual([401, 'signature_missing']);
    const stranger = await startPlatform();
    const foreign = (request: { headers: Record<string, string> }) => {
      request.headers['ucp-agent'] = `profile="${stranger.profileUrl}"`;
    };
    expect(await refused(create(body, { tamper: foreign }))).toEqual([401, 'signature_invalid']);
    const uncovered = (request: { headers: Record<string, string> }) => {
      request.headers['signature-input'] = request.headers['signature-input']!.replace(' "idempotency-key"', '');
    };
    expect(await refused(create(body, { tamper: uncovered }))).toEqual([401, 'signature_invalid']);
    const unknown = (request: { headers: Record<string, string> }) => {
      request.headers['signature-input'] = request.headers['signature-input']!.replace('platform-1', 'platform-9');
    };
    expect(await refused(create(body, { tamper: unknown }))).toEqual([401, 'key_not_found']);
  });

  it('a body, a key or a digest that was changed on the way', async () => {
    const changed = (request: { body: string | undefined }) => {
      request.body = JSON.stringify({ line_items: lines('WM-8') });
    };
    expect(await refused(create(body, { tamper: changed }))).toEqual([400, 'digest_mismatch']);
    const both = (request: { headers: Record<string, string>; body: string | undefined }) => {
      changed(request);
      const digest = createHash('sha256').update(request.body!).digest('base64');
      request.headers['content-digest'] = `sha-256=:${digest}:`;
    };
    expect(await refused(create(body, { tamper: both }))).toEqual([401, 'signature_invalid']);
    const key = (request: { headers: Record<string, string> }) => {
      request.headers['idempotency-key'] = randomUUID();
    };
    expect(await refused(create(body, { tamper: key }))).toEqual([401, 'signature_invalid']);
  });

  it('a request without what it must carry', async () => {
    expect(await refused(create(body, { key: null }))).toEqual([400, 'invalid_request']);
    expect(await refused(create(body, { key: 'not-a-uuid' }))).toEqual([400, 'invalid_request']);
    expect(await refused(create(body, without('request-id')))).toEqual([400, 'invalid_request']);
    expect(await refused(create(body, without('ucp-agent')))).toEqual([400, 'invalid_profile_url']);
    const elsewhere = { 'ucp-agent': 'profile="http://10.0.0.1/.well-known/ucp"' };
    expect(await refused(create(body, { headers: elsewhere }))).toEqual([400, 'invalid_profile_url']);
    const nowhere = { 'ucp-agent': 'profile="http://127.0.0.1:1/.well-known/ucp"' };
    expect(await refused(create(body, { headers: nowhere }))).toEqual([424, 'profile_unreachable']);
  });

  it.each([
    ['unknown members', { ...body, coupon: 'X' }],
    ['members that are the store’s to say', { ...body, currency: 'USD' }],
    ['totals of the platform', { ...body, totals: [] }],
    ['a price of the platform', { line_items: [{ item: { id: 'WM-1', price: 1 }, quantity: 1 }] }],
    ['line ids at the beginning', { line_items: [{ id: 'li_1', item: { id: 'WM-1' }, quantity: 1 }] }],
    ['nothing to buy', { line_items: [] }],
    ['no lines at all', { buyer: {} }],
    ['half a unit', { line_items: [{ item: { id: 'WM-1' }, quantity: 0.5 }] }],
    ['method ids at the beginning', { ...body, fulfillment: { methods: [{ id: 'shipping_1', type: 'shipping' }] } }],
    ['destinations without a type of method', { ...body, fulfillment: { methods: [{ destinations: [{}] }] } }],
    ['signals that are not named by a domain', { ...body, signals: { ip: '203.0.113.1' } }],
    ['what is not JSON', '{'],
  ])('%s in a new checkout', async (_what, wrong) => {
    expect(await refused(create(wrong))).toEqual([400, 'invalid_request']);
  });

  it('members that complete does not take', async () => {
    const checkout = await ready();
    const path = `${SESSIONS}/${checkout.id}/complete`;
    const call = (wrong: object) => platform.call(store.url, 'POST', path, wrong, { token });
    expect(await refused(call({}))).toEqual([400, 'invalid_request']);
    expect(await refused(call({ ...paidBy(SAVED), line_items: lines('WM-1') }))).toEqual([400, 'invalid_request']);
    expect(await refused(update(checkout.id, { buyer: {} }))).toEqual([400, 'invalid_request']);
  });

  it('a key for another request, while the same request gets the same answer', async () => {
    const key = randomUUID();
    const first = await create(body, { key });
    const again = await create(body, { key });
    expect(again.body).toEqual(first.body);
    expect(await refused(create({ line_items: lines('WM-2') }, { key }))).toEqual([409, 'idempotency_conflict']);
    expect((await store.calls('create')).map(({ replayed }) => replayed)).toEqual([false, true, false]);
  });

  it('a second order under one key, however often it is sent and whatever is lost', async () => {
    const checkout = await ready();
    const key = randomUUID();
    await store.fault({ step: 'complete', kind: 'reset_after' });
    await expect(complete(checkout.id, { key })).rejects.toThrow();
    const answers = await Promise.all(Array.from({ length: 5 }, () => complete(checkout.id, { key })));
    expect(new Set(answers.map(({ body: { order } }) => order.id)).size).toBe(1);
    const [order, ...others] = await store.ledger();
    expect(others).toEqual([]);
    expect(order!.idempotencyKey).toBe(key);
  });

  it('a platform of another version, and one with which it has nothing in common', async () => {
    const old = await startPlatform('2027-01-01');
    expect(await refused(old.call(store.url, 'POST', SESSIONS, body, { token }))).toEqual([422, 'version_unsupported']);
    const other = await startPlatform();
    other.publish((profile) => {
      (profile['ucp'] as { capabilities: object }).capabilities = {};
    });
    const answer = await other.call(store.url, 'POST', SESSIONS, body, { token });
    expect([answer.status, codesOf(answer)]).toEqual([200, ['capabilities_incompatible']]);
    const malformed = await startPlatform();
    malformed.publish((profile) => {
      (profile['keys'] as { d?: string }[])[0]!.d = 'secret';
    });
    expect(await refused(malformed.call(store.url, 'POST', SESSIONS, body, { token }))).toEqual([
      422,
      'profile_malformed',
    ]);
  });

  it('an extension that was not agreed on', async () => {
    const plain = await startPlatform();
    plain.publish((profile) => {
      delete (profile['ucp'] as { capabilities: Record<string, unknown> }).capabilities['dev.ucp.shopping.discount'];
    });
    const answer = plain.call(store.url, 'POST', SESSIONS, { ...body, discounts: { codes: [] } }, { token });
    expect(await refused(answer)).toEqual([400, 'invalid_request']);
  });

  it('people who are not signed in, whose token is over, or who allowed less', async () => {
    const nobody = await create(body, { token: undefined });
    expect([nobody.status, codesOf(nobody)]).toEqual([401, ['identity_required']]);
    expect(nobody.headers.get('www-authenticate')).toBe(
      `Bearer realm="${store.url}", resource_metadata="${store.url}/.well-known/oauth-protected-resource"`,
    );
    await store.control('expireAccessTokens', {});
    const late = await create(body);
    expect(late.headers.get('www-authenticate')).toContain('error="invalid_token"');
    const { access_token: reader } = await tokensAt(store, 'ana', { scope: 'dev.ucp.shopping.order:read' });
    const less = await create(body, { token: reader });
    expect([less.status, codesOf(less)]).toEqual([403, ['insufficient_scope']]);
    expect(less.headers.get('www-authenticate')).toContain('scope="dev.ucp.shopping.checkout:manage"');
  });
});

describe('Orders of the UCP store', () => {
  it('move on, and the platform is told each time with the whole order, signed', async () => {
    const checkout = await ready();
    const { body } = await complete(checkout.id);
    await store.advance({ to: 'delivered' });
    const hooks = await eventually(async () => platform.webhooks.length === 4 && platform.webhooks);
    const orders: UcpAnswer['body'][] = hooks.map((hook) => JSON.parse(hook.body));
    const longest = orders.sort((a, b) => a.fulfillment.events.length - b.fulfillment.events.length).at(-1);
    expect(longest.fulfillment.events.map(({ type }: { type: string }) => type)).toEqual([
      'processing',
      'shipped',
      'in_transit',
      'delivered',
    ]);
    expect(longest.fulfillment.events[1]).toMatchObject({
      carrier: 'UPS',
      tracking_number: expect.stringMatching(/^1Z[0-9A-Z]{16}$/),
    });
    expect(longest.line_items[0]).toMatchObject({
      status: 'fulfilled',
      quantity: { original: 1, total: 1, fulfilled: 1 },
    });
    expect(longest.checkout_id).toBe(checkout.id);
    expect((await read(`/ucp/orders/${body.order.id}`)).body).toEqual(longest);
    for (const hook of hooks) expect(await isSigned(hook)).toBe(true);
    expect(new Set(hooks.map(({ headers }) => headers['webhook-id'])).size).toBe(4);
  });

  it('are told again until the platform takes them', async () => {
    await store.control('configure', { retryMs: 20 });
    platform.answerWith(503);
    await complete((await ready()).id);
    await eventually(async () => platform.webhooks.length >= 3);
    platform.answerWith(200);
    await store.webhooks.quiet();
    expect(new Set(platform.webhooks.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it('are told twice, the other way round, or not at all, as is ordered', async () => {
    await store.webhooks.mode('double');
    await complete((await ready()).id);
    await store.webhooks.quiet();
    expect(platform.webhooks).toHaveLength(2);
    await store.webhooks.mode('hold');
    await store.advance({ to: 'delivered' });
    expect((await store.webhooks.state()).held).toHaveLength(3);
    await store.webhooks.release('reversed');
    const told = platform.webhooks.slice(2).map(({ body }) => JSON.parse(body).fulfillment.events.length);
    expect(told).toEqual([4, 3, 2]);
    await store.webhooks.mode('withhold');
    await complete((await ready()).id);
    expect(platform.webhooks).toHaveLength(5);
  });

  it('are told by forgers too, whom nobody may believe', async () => {
    await complete((await ready()).id);
    await store.webhooks.quiet();
    const { id } = (await store.webhooks.state()).sent[0]!;
    for (const forgery of ['foreign_key', 'changed_body', 'unsigned'] as const) {
      await store.webhooks.deliver(id, { forgery });
      expect(await isSigned(platform.webhooks.at(-1)!)).toBe(false);
    }
    await store.webhooks.deliver(id, { forgery: 'old' });
    const old = platform.webhooks.at(-1)!;
    expect(await isSigned(old)).toBe(true);
    expect(Number(old.headers['webhook-timestamp'])).toBeLessThan(Date.now() / 1000 - 3000);
  });

  it('can be cancelled and refunded by the store', async () => {
    const { body } = await complete((await ready()).id);
    await store.control('refund', { orderId: body.order.id, cents: 500 });
    await store.control('cancelOrder', { orderId: body.order.id });
    const order = (await read(`/ucp/orders/${body.order.id}`)).body;
    expect(order.adjustments.map(({ type }: { type: string }) => type)).toEqual(['refund', 'cancellation']);
    expect(order.adjustments[0].totals[0].amount).toBe(-500);
    expect(order.line_items[0].status).toBe('removed');
  });

  /** RFC 9421, by the keys that the store publishes. */
  async function isSigned({ method, path, headers, body }: TakenWebhook): Promise<boolean> {
    const input = /^sig1=(\(([^)]*)\).*keyid="([^"]+)".*)$/.exec(String(headers['signature-input']));
    const value = /^sig1=:(.*):$/.exec(String(headers['signature']))?.[1];
    if (!input || value === undefined) return false;
    const digest = createHash('sha256').update(body).digest('base64');
    if (headers['content-digest'] !== `sha-256=:${digest}:`) return false;
    const of = (name: string) =>
      name === '@method' ? method : name === '@path' ? path : name === '@authority' ? headers.host : headers[name];
    const names = [...input[2]!.matchAll(/"([^"]+)"/g)].map(([, name]) => name!);
    expect(names).toEqual(
      expect.arrayContaining(['@method', '@authority', '@path', 'ucp-agent', 'content-digest', 'content-type']),
    );
    const base = [...names.map((name) => `"${name}": ${String(of(name))}`), `"@signature-params": ${input[1]}`].join(
      '\n',
    );
    const { keys } = (await (await fetch(`${store.url}/.well-known/ucp`)).json()) as UcpAnswer['body'];
    const key = keys.find(({ kid }: { kid: string }) => kid === input[3]);
    const publicKey = createPublicKey({ key, format: 'jwk' });
    return verify(
      'sha256',
      Buffer.from(base),
      { key: publicKey, dsaEncoding: 'ieee-p1363' },
      Buffer.from(value, 'base64'),
    );
  }
});

describe('Faults of a sandbox store', () => {
  it('happen before or after the effect, as is ordered', async () => {
    const checkout = await ready();
    for (const kind of ['500', '503', '429'] as const) {
      await store.fault({ step: 'complete', kind, retryAfterSeconds: 7 });
      const answer = await complete(checkout.id);
      expect(answer.status).toBe(Number(kind));
      expect(answer.headers.get('retry-after')).toBe(kind === '500' ? null : '7');
    }
    await store.fault({ step: 'complete', kind: 'reset_before' });
    await expect(complete(checkout.id)).rejects.toThrow();
    expect(await store.ledger()).toHaveLength(0);
    await store.fault({ step: 'complete', kind: '500_after' });
    expect((await complete(checkout.id)).status).toBe(500);
    expect(await store.ledger()).toHaveLength(1);
  });

  it('are the store’s own doing as well: stock gone, prices moved, tokens revoked, review, a declined card', async () => {
    const gone = await ready();
    await store.fault({ step: 'complete', kind: 'stock_gone' });
    expect(codesOf(await complete(gone.id))).toEqual(['out_of_stock']);
    await store.change('WM-1', { stock: 5 });
    const moved = await ready();
    await store.fault({ step: 'complete', kind: 'price_moved', cents: 250 });
    expect(codesOf(await complete(moved.id))).toEqual(['price_changed']);
    await store.fault({ step: 'complete', kind: 'declined' });
    expect(codesOf(await complete(moved.id))).toEqual(['payment_failed']);
    await store.fault({ step: 'complete', kind: 'review' });
    expect((await complete(moved.id)).body.status).toBe('requires_escalation');
    const last = await ready();
    await store.fault({ step: 'complete', kind: 'token_revoked' });
    expect((await complete(last.id)).status).toBe(401);
    expect(await store.ledger()).toHaveLength(0);
  });

  it('can hang', async () => {
    await store.fault({ step: 'profile', kind: 'hang' });
    await expect(fetch(`${store.url}/.well-known/ucp`, { signal: AbortSignal.timeout(300) })).rejects.toThrow();
    expect((await fetch(`${store.url}/.well-known/ucp`)).status).toBe(200);
  });
});

describe('A UCP store of 2026-04-08', () => {
  it('speaks the older version: its keys, its destinations, its descriptions', async () => {
    const old = await startStore('walmart', { ucpVersions: ['2026-04-08'] });
    const older = await startPlatform('2026-04-08');
    const profile = (await (await fetch(`${old.url}/.well-known/ucp`)).json()) as UcpAnswer['body'];
    expect([profile.ucp.version, profile.keys, profile.signing_keys.length]).toEqual(['2026-04-08', undefined, 1]);
    const { access_token } = await tokensAt(old);
    const fulfillment = { methods: [{ type: 'shipping', selected_destination_id: 'addr_ana_work' }] };
    const body = { line_items: lines('WM-1'), fulfillment };
    const answer = await older.call(old.url, 'POST', SESSIONS, body, { token: access_token });
    expect([answer.status, answer.body.ucp.version]).toEqual([201, '2026-04-08']);
    const [method] = answer.body.fulfillment.methods;
    expect(method.selected_destination_id).toBe('addr_ana_work');
    expect(method.destinations[0].type).toBeUndefined();
    expect(typeof method.groups[0].options[0].description).toBe('string');
    const newer = await platform.call(old.url, 'POST', SESSIONS, body, { token: access_token });
    expect([newer.status, newer.body.code]).toEqual([422, 'version_unsupported']);
  });

  it('is found through the profile of a store that speaks both', async () => {
    const both = await startStore('walmart', { ucpVersions: ['2026-08-25', '2026-04-08'] });
    const profile = (await (await fetch(`${both.url}/.well-known/ucp`)).json()) as UcpAnswer['body'];
    const older = (await (await fetch(profile.ucp.supported_versions['2026-04-08'])).json()) as UcpAnswer['body'];
    expect([older.ucp.version, older.ucp.supported_versions]).toEqual(['2026-04-08', undefined]);
  });
});

it('A UCP store sells to people who are not signed in, where it is told to', async () => {
  const open = await startStore('walmart', { guestCheckout: true });
  const address = {
    street_address: '1 Main St',
    address_locality: 'Austin',
    address_region: 'TX',
    postal_code: '78701',
    address_country: 'US',
  };
  const fulfillment = {
    methods: [
      {
        type: 'shipping',
        destinations: [{ ...address, type: 'shipping_address' }],
        groups: [{ selected_option_id: 'standard' }],
      },
    ],
  };
  const body = { line_items: lines('WM-1'), buyer: { email: 'guest@example.com' }, fulfillment };
  const made = await platform.call(open.url, 'POST', SESSIONS, body);
  expect([made.body.status, made.body.payment.instruments]).toEqual(['ready_for_complete', []]);
  const spt = { id: 'spt', handler_id: 'stripe_spt', type: 'card', credential: { type: 'spt', token: 'spt_2' } };
  const done = await platform.call(open.url, 'POST', `${SESSIONS}/${made.body.id}/complete`, paidBy(spt));
  expect(done.body.status).toBe('completed');
  expect((await platform.call(open.url, 'GET', `/ucp/orders/${done.body.order.id}`)).body.id).toBe(done.body.order.id);
  const bad = await allowAt(
    `${open.url}/oauth/authorize?client_id=muse&redirect_uri=http://127.0.0.1/api/v1/integrations/callback`,
  );
  expect(bad.searchParams.get('error')).toBe('unsupported_response_type');
});

it('A UCP store that is started again knows its orders, tokens and keys', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'store-'));
  const stateFile = join(folder, 'state.json');
  const first = await startStore('walmart', { stateFile });
  const { access_token } = await tokensAt(first);
  const fulfillment = { methods: [{ type: 'shipping', groups: [{ selected_option_id: 'standard' }] }] };
  const made = await platform.call(
    first.url,
    'POST',
    SESSIONS,
    { line_items: lines('WM-1'), fulfillment },
    { token: access_token },
  );
  const done = await platform.call(first.url, 'POST', `${SESSIONS}/${made.body.id}/complete`, paidBy(SAVED), {
    token: access_token,
  });
  await eventually(async () => (await readFile(stateFile, 'utf8')).includes(done.body.order.id));
  await first.kill();
  const second = await startStore('walmart', { stateFile });
  expect(second.url).toBe(first.url);
  const order = await platform.call(second.url, 'GET', `/ucp/orders/${done.body.order.id}`, undefined, {
    token: access_token,
  });
  expect(order.body.id).toBe(done.body.order.id);
  await rm(folder, { recursive: true });
});
