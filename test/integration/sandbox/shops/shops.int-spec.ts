import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { HOSTILE_WAYS } from '../../../sandbox/shops/pages/hostile';
import { afterFile } from '../../../support/cleanup';
import { openChromium } from '../../../support/chromium';
import { ANSWERS, shopAccount, startShop, type ShopKind, type ShopSandbox } from '../../../support/shop-sandbox';
import { visitorAt, type Visitor } from './visitor';

interface Known {
  good: string;
  sku: string;
  cents: number;
  /** With Texas tax, and the delivery that is chosen where nobody chooses. */
  total: number;
}
const KNOWN: Record<ShopKind, Known> = {
  nordstrom: { good: 'nd-105', sku: 'ND-105', cents: 18900, total: 18900 + 1559 },
  macys: { good: '4501', sku: '4501', cents: 4500, total: 4500 + 595 + 371 },
  oldnavy: { good: 'on7005', sku: 'ON7005', cents: 1999, total: 1999 + 700 + 165 },
  fern: { good: 'fern-apron', sku: 'FERN-APRON', cents: 3800, total: 3800 + 500 + 314 },
};

describe.each<ShopKind>(['nordstrom', 'macys', 'oldnavy', 'fern'])('The sandbox shop %s', (kind) => {
  const { good, sku, cents, total } = KNOWN[kind];
  let shop: ShopSandbox;
  beforeAll(async () => {
    shop = await startShop(kind);
  }, 60_000);
  beforeEach(() => shop.reset());

  /** Signed in, with one of the goods in the cart, at the page where the order is placed. */
  const atReview = async (account: 'ana' | 'bo' = 'ana'): Promise<Visitor> => {
    const visitor = visitorAt(shop);
    await visitor.signIn(shopAccount(account));
    await visitor.add(good);
    await visitor.toReview();
    return visitor;
  };

  it('sells to an account with a saved card, and writes it down in its book, its list and its page', async () => {
    const visitor = await atReview();
    expect((await visitor.cart()).text).toContain(usd(cents));
    const placed = await visitor.place();
    const [order, ...others] = await shop.ledger();
    expect(others).toEqual([]);
    expect(order).toMatchObject({ accountId: 'ana', total, paidBy: 'Visa ending in 4242', status: 'processing' });
    expect(order!.lines).toMatchObject([{ sku, quantity: 1, cents }]);
    expect(placed.text).toContain(order!.number);
    expect((await visitor.orders()).text).toContain(order!.number);
    const page = await visitor.order(order!.number);
    expect(page.text.toLowerCase()).toContain('processing');
    await shop.advance();
    expect((await visitor.order(order!.number)).text).toContain('1Z999AA1');
    const left = (await shop.goods()).find((one) => one.sku === sku)!.stock;
    expect(left).toBe(4_999);
  });

  it('shows nobody the orders of another, and nothing of a checkout to who is not signed in', async () => {
    await (await atReview()).place();
    const [order] = await shop.ledger();
    const bo = visitorAt(shop);
    await bo.signIn(shopAccount('bo'));
    expect((await bo.order(order!.number)).text).not.toContain('4242');
    expect((await bo.orders()).text).not.toContain(order!.number);
    const nobody = visitorAt(shop);
    await nobody.add(good);
    expect((await nobody.orders()).text).not.toContain(order!.number);
    expect((await nobody.review()).isReview).toBe(false);
  });

  it('lets nobody in with a wrong password', async () => {
    const visitor = visitorAt(shop);
    await visitor.signIn({ ...shopAccount(), password: 'not it' });
    await visitor.add(good);
    await visitor.toReview();
    expect((await visitor.review()).isReview).toBe(false);
  });

  it('makes one order of a page that is sent twice, at once or one after the other', async () => {
    const visitor = await atReview();
    await Promise.all([visitor.place(), visitor.place()]);
    await visitor.place();
    expect(await shop.ledger()).toHaveLength(1);
  });

  it('makes two orders of it where the trap is on', async () => {
    await shop.switch({ doubleSubmitTrap: true });
    const visitor = await atReview();
    await Promise.all([visitor.place(), visitor.place()]);
    const orders = await shop.ledger();
    expect(orders.map((order) => order.total)).toEqual([total, total]);
  });

  it('cancels an order that has not been sent, and no other', async () => {
    const visitor = await atReview();
    await visitor.place();
    const [order] = await shop.ledger();
    const { number } = order!;
    await shop.advance();
    await visitor.cancel(number);
    expect((await shop.ledger())[0]!.status).toBe('shipped');
    await shop.advance({ to: 'processing' });
    await visitor.cancel(number);
    expect((await shop.ledger())[0]!.status).toBe('cancelled');
  });

  it('fills the cart of who comes by a cart link, and of nobody else', async () => {
    const visitor = visitorAt(shop);
    const { template, item } = shop.cartLink;
    const filled = item.replace('{externalId}', sku).replace('{quantity}', '2');
    await visitor.open(template.replace('{items}', `${filled},NOTHING:1`));
    expect((await visitor.cart()).text).toContain(usd(cents));
    await visitor.signIn(shopAccount());
    await visitor.toReview();
    await visitor.place();
    expect((await shop.ledger())[0]!.lines).toMatchObject([{ sku, quantity: 2 }]);
    expect((await visitorAt(shop).cart()).text).not.toContain(usd(cents));
  });

  it('is out of stock where it was told to be found out', async () => {
    await shop.switch({ outOfStock: 'product' });
    const visitor = visitorAt(shop);
    await visitor.signIn(shopAccount());
    expect((await visitor.product(good)).text).toMatch(/sold out|out of stock|"isLeft":false/i);
    await visitor.add(good);
    expect((await visitor.cart()).text).not.toContain(usd(cents));
    await shop.switch({ outOfStock: 'cart' });
    await visitor.add(good);
    expect((await visitor.cart()).text).toMatch(/sold out|"gone":1/i);
    await shop.switch({ outOfStock: 'place' });
    await visitor.toReview();
    expect((await visitor.place()).text).toContain('out of stock');
    expect(await shop.ledger()).toEqual([]);
  });

  it('is dearer where prices moved, and tells before it sells where they move at the last moment', async () => {
    await shop.switch({ priceMovedCents: 100 });
    const visitor = await atReview();
    expect((await visitor.cart()).text).toContain(usd(cents + 100));
    await shop.switch({ priceMovedCents: 0, priceMovesAtPlaceCents: 250 });
    await visitor.toReview();
    expect((await visitor.place()).text).toContain('has changed');
    expect(await shop.ledger()).toEqual([]);
    await visitor.toReview();
    await visitor.place();
    expect((await shop.ledger())[0]).toMatchObject({ subtotal: cents + 250 });
  });

  it('asks at each point what it was told to ask, and goes on only with the answer', async () => {
    await shop.switch({ captcha: 'signIn', securityQuestion: 'signIn' });
    const visitor = visitorAt(shop);
    const asked = await visitor.signIn(shopAccount());
    expect(asked.text).toContain('letters that you see');
    // Nobody reads it off the page.
    expect(asked.text).not.toContain(ANSWERS.captcha);
    expect((await visitor.answer('captcha', 'wrong')).text).toContain('not right');
    expect((await visitor.orders()).isOrders).toBe(false);
    expect((await visitor.answer('captcha', ANSWERS.captcha)).text).toContain('first pet');
    await visitor.answer('securityQuestion', ANSWERS.securityQuestion);
    expect((await visitor.orders()).isOrders).toBe(true);

    await shop.switch({ termsChanged: 'checkout', oneTimeCode: 'place' });
    await visitor.add(good);
    await visitor.toReview();
    expect((await visitor.review()).text).toContain('terms have changed');
    await visitor.answer('termsChanged', 'yes');
    await visitor.toReview();
    expect((await visitor.place()).text).toContain('code');
    expect(await shop.ledger()).toEqual([]);
    await visitor.answer('oneTimeCode', ANSWERS.oneTimeCode);
    expect(await shop.ledger()).toHaveLength(1);
  });

  it('loses the answer after the order was made, in every way there is', async () => {
    for (const fault of ['500_after', 'reset_after', 'lost'] as const) {
      await shop.reset();
      const visitor = await atReview();
      await shop.fault({ step: 'place', kind: fault });
      const answer = await visitor.place().catch(() => null);
      const [order] = await shop.ledger();
      expect([fault, order?.total]).toEqual([fault, total]);
      expect(answer?.text ?? '').not.toContain(order!.number);
    }
  });

  it('fails before anything has happened, at any step', async () => {
    const visitor = await atReview();
    await shop.fault({ step: 'place', kind: '500' });
    expect((await visitor.place()).status).toBe(500);
    await shop.fault({ step: 'place', kind: 'reset_before' });
    await expect(visitor.place()).rejects.toThrow();
    await shop.fault({ step: 'place', kind: 'session_expired' });
    await visitor.place();
    expect(await shop.ledger()).toEqual([]);
    await shop.fault({ step: '*', kind: '500', times: null });
    expect((await visitor.cart()).status).toBe(500);
    await shop.clearFaults();
    expect((await visitor.cart()).status).toBe(200);
  });

  it('takes no order with no card, or one that its bank refuses', async () => {
    const cy = visitorAt(shop);
    await cy.signIn(shopAccount('cy'));
    await cy.add(good);
    await cy.toReview();
    expect((await cy.review()).isReview).toBe(false);
    const ana = await atReview();
    await ana.toReview('visa-0002');
    expect((await ana.place('visa-0002')).text).toContain('declined');
    expect(await shop.ledger()).toEqual([]);
  });

  it('takes its time, gives new names to everything, and lays things over its pages', async () => {
    const visitor = visitorAt(shop);
    await visitor.signIn(shopAccount());
    const before = (await visitor.page()).text;
    await shop.switch({ renamed: 'all', popup: true, cookieBanner: true });
    const after = (await visitor.page()).text;
    expect(before).not.toContain('Get 10% off');
    expect(after).toContain('Get 10% off');
    expect(after).toContain('We use cookies');
    expect(after).not.toContain('data-testid="cookie-bar"');
    await shop.switch({ slowMs: 300 });
    const from = performance.now();
    await visitor.page();
    expect(performance.now() - from).toBeGreaterThanOrEqual(295);
  });

  it('knows who comes by their user agent', async () => {
    await visitorAt(shop, { 'user-agent': 'Muse/1.0 (+https://muse.example)' }).page();
    expect((await shop.calls()).at(-1)).toMatchObject({ userAgent: 'Muse/1.0 (+https://muse.example)', status: 200 });
  });
});

describe('A hostile page', () => {
  it('reaches what nothing holds it back from, by nearly every way', async () => {
    const met = new Set<string>();
    const inside = createServer((request, response) => {
      met.add((request.url ?? '').slice(1));
      response.end('reached');
    }).listen(0, '127.0.0.1');
    inside.on('upgrade', (request, socket) => {
      met.add((request.url ?? '').slice(1));
      socket.destroy();
    });
    await once(inside, 'listening');
    afterFile(async () => void inside.close());
    const shop = await startShop('nordstrom');
    await shop.switch({ hostileTo: [`http://127.0.0.1:${(inside.address() as AddressInfo).port}`] });
    const page = await (await openChromium()).newPage();
    await page.goto(shop.productUrl('nd-105'));
    const wanted = ['fetch', 'image', 'beacon', 'worker', 'websocket', 'popup', 'iframe', 'download'];
    for (let looks = 0; looks < 100 && !wanted.every((way) => met.has(way)); looks += 1) await sleep(100);
    expect([...met]).toEqual(expect.arrayContaining(wanted));
    expect(await page.evaluate('window.tried')).toBe(HOSTILE_WAYS.length);
  }, 60_000);
});

function usd(amount: number): string {
  return (amount / 100).toFixed(2);
}
