import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { TYPED_FIELDS } from '../../src/typed-fields';
import { findCardNumber } from '../../src/platform/http';
import { isGtin } from '../../src/catalog/gtin';
import { startApp, type RunningApp } from '../support/app';
import { DOCUMENT } from '../support/contract';
import { openShop, type Shop } from '../support/market';
import { rawRequest } from '../support/raw-request';
import { usd } from '../support/sellers';
import { ADDRESS, API, addVariant, customer, readySession, sql, type Shopper } from '../support/shopper';

const CARD = '4242 4242-4242 4242';
const DIGITS = /4242[ -]?4242/;

/** Any number of goods with the right check digit. */
const GTINS = fc
  .tuple(fc.constantFrom(8, 12, 13, 14), fc.bigInt({ min: 0n, max: 10n ** 13n - 1n }))
  .map(([length, number]) => {
    const digits = number
      .toString()
      .padStart(13, '0')
      .slice(14 - length);
    const check = [...digits].reverse().reduce((sum, digit, i) => sum + Number(digit) * (i % 2 === 0 ? 3 : 1), 0);
    return `${digits}${(10 - (check % 10)) % 10}`;
  });

describe('A card number', () => {
  let muse: RunningApp;
  let shop: Shop;
  let buyer: Shopper;

  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api' });
    shop = await openShop(muse);
    buyer = await customer(muse);
  });

  it.each<
    [where: string, pointer: string, send: () => Promise<{ status: number; body: { code: string }; text: string }>]
  >([
    ['a name', '/name', () => buyer.post('/me/addresses', { ...ADDRESS, name: `Ana ${CARD}` }).then((a) => a)],
    [
      'an unknown field',
      '/cardNumber',
      () => buyer.post('/me/addresses', { ...ADDRESS, cardNumber: CARD }).then((a) => a),
    ],
    ["a member's name", '', () => buyer.post('/me/addresses', { ...ADDRESS, [CARD]: 1 }).then((a) => a)],
    ['a search', '/q', () => buyer.get(`/products?q=${encodeURIComponent(CARD)}`).then((a) => a)],
    [
      'a token',
      '/providerToken',
      () => buyer.post('/payment-methods', { providerToken: '4242424242424242' }).then((a) => a),
    ],
    ['an address to come back to', '/returnUrl', () => comeBackTo(`?n=${CARD.replaceAll(/\D/g, '')}`)],
    ['an address to come back to, encoded', '/returnUrl', () => comeBackTo('?n=4242%204242%204242%204242')],
    [
      'an Idempotency-Key',
      '/Idempotency-Key',
      () => buyer.post('/me/addresses', ADDRESS, { 'idempotency-key': '4242424242424242' }).then((a) => a),
    ],
    ...[
      '4242.4242.4242.4242',
      '4242_4242/4242,4242',
      '4242\u200b4242\u200b4242\u200b4242',
      '\uff14\uff12'.repeat(8),
    ].map((text): [string, string, () => ReturnType<typeof makeProduct>] => [
      `a name that is written ${text}`,
      '/name',
      () => buyer.post('/me/addresses', { ...ADDRESS, name: text }).then((a) => a),
    ]),
    ['a product', '/variants/0/size', () => makeProduct({ variants: [{ ...variant(), size: CARD }] })],
  ])('in %s is refused, with its place and without its digits', async (_where, pointer, send) => {
    const answer = await send();
    expect([answer.status, answer.body.code]).toEqual([400, 'card_number_refused']);
    expect(answer.body).toMatchObject({ errors: [{ pointer, detail: 'must not hold a card number' }] });
    expect(answer.text).not.toMatch(DIGITS);
  });
  const comeBackTo = (query: string) =>
    buyer
      .post(`/orders/${randomUUID()}/pay`, {
        paymentMethodId: randomUUID(),
        returnUrl: `${muse.config.APP_URL}/m/order/1${query}`,
      })
      .then((answer) => answer);
  const variant = () => ({ sku: `SKU-${Math.random()}`, price: usd(100), onHand: 1 });
  const makeProduct = (more: object) =>
    shop.merchant
      .post(`/merchant/stores/${shop.storeId}/products`, { title: 'Dress', variants: [variant()], ...more })
      .then((answer) => answer);

  it('in a note to a store is refused, and in none of its tables', async () => {
    await addVariant(buyer, shop.variantIds[0]);
    const session = await readySession(buyer);
    const path = `/checkout/sessions/${session.id}/stores/${shop.storeId}`;
    for (const body of [{ note: CARD }, { gift: { message: `Pay with ${CARD}` } }, { deliveryNote: CARD }])
      expect((await buyer.put(path, body).expect(400)).body.code).toBe('card_number_refused');
    await buyer.put(path, { note: 'Ring twice, 4242' }).expect(200);
    const tables = await sql(muse, `SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public'`);
    for (const { relname } of tables) {
      const rows = await sql(muse, `SELECT 1 FROM ${relname} t WHERE t::text ~ '4242[ -]4242'`);
      expect([relname, rows.length]).toEqual([relname, 0]);
    }
  });

  it('is not repeated by the answer to a body that cannot be read', async () => {
    for (const body of [`{"note": "${CARD}" oops}`, `{"note": ${CARD}}`, `"${CARD}"`, CARD, `{"a": "${CARD}`]) {
      const headers = { ...buyer.headers, 'content-type': 'application/json' };
      const answer = await rawRequest(muse.url, 'post', '/me/addresses', headers, body);
      expect([body, answer.status]).toEqual([body, 400]);
      expect(answer.body).not.toMatch(DIGITS);
    }
  });

  it('is not repeated by the answer to an address that holds one', async () => {
    for (const path of ['/nowhere/4242424242424242', '/nowhere?card=4242424242424242', '/orders/4242-4242-4242-4242']) {
      const answer = await buyer.get(path);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.text).not.toMatch(DIGITS);
      expect(JSON.parse(answer.text)).toHaveProperty('requestId');
    }
  });

  it('is not what the number of goods, parcels, orders, telephones and the ids of shops are taken for', async () => {
    // Passes Luhn, and begins like a Visa: a GTIN-13 of Germany.
    const gtin = '4006381333931';
    const like = '4111111111111111';
    const made = await makeProduct({ variants: [{ ...variant(), sku: like, externalId: like }] });
    expect(made.status).toBe(201);
    expect((await makeProduct({ gtin })).status).toBe(201);
    await muse.http.get(`${API}/products?gtin=${gtin}`).expect(200);
    await buyer.post('/me/addresses', { ...ADDRESS, phone: '+1 212 555 0123' }).expect(201);
  });

  it('is not found in ten thousand numbers of goods, in any field where they belong', () => {
    fc.assert(
      fc.property(GTINS, (gtin) => {
        if (!isGtin(gtin)) throw new Error(`${gtin} is no GTIN`);
        const body = { gtin, title: 'Dress', variants: [{ sku: gtin, externalId: gtin, price: usd(1) }] };
        const line = { productSku: gtin, productUrl: `https://shop.example/p/${gtin}` };
        for (const one of [body, { items: [line] }, { gtin }])
          if (findCardNumber(one, TYPED_FIELDS) !== undefined) throw new Error(`${gtin} is taken for a card`);
      }),
      { numRuns: 10_000 },
    );
  });

  it('is not looked for in fields that there are not', () => {
    const names = new Set<string>();
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      const { properties, in: place, name } = value as { properties?: object; in?: string; name?: string };
      for (const property of Object.keys(properties ?? {})) names.add(property);
      if (place === 'query' && name !== undefined) names.add(name);
      for (const member of Object.values(value)) visit(member);
    };
    visit(DOCUMENT);
    // Those of routes that the document of before does not know yet.
    for (const added of ['returnUrl', 'refreshUrl', 'photoUrls', 'evidenceUrls', 'state']) names.add(added);
    expect([...TYPED_FIELDS].filter((name) => !names.has(name))).toEqual([]);
  });
});
