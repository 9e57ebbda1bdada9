import type { Browser } from 'puppeteer-core';
import {
  RecipeRunner,
  type FlowCallbacks,
  type FlowInputs,
  type FlowOutcome,
} from '../../../../src/store-integrations/recipes';
import type { FlowName } from '../../../../src/store-integrations/recipes/recipe';
import { faultsOf } from '../../../../src/store-integrations/recipes/recipe-rules';
import { openChromium } from '../../../support/chromium';
import { ANSWERS, shopAccount, startShop, type ShopKind, type ShopSandbox } from '../../../support/shop-sandbox';

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
}, 60_000);

const ADDRESS = {
  ...{ name: 'Ana Maria Reyes', line1: '2100 Guadalupe St', line2: null, city: 'Austin', region: 'TX' },
  ...{ postalCode: '78705', country: 'US', phone: '5125550199' },
};

type Ran = FlowOutcome & { steps: { name: string; candidate: number | null }[] };

async function run(
  shop: ShopSandbox,
  flow: FlowName,
  inputs: FlowInputs = {},
  callbacks: FlowCallbacks = {},
  dry = false,
): Promise<Ran> {
  const recipe = shop.recipe();
  expect(faultsOf(recipe)).toEqual([]);
  const context = await browser.createBrowserContext();
  const steps: Ran['steps'] = [];
  try {
    const outcome = await new RecipeRunner().run(
      await context.newPage(),
      recipe,
      flow,
      { credentials: shopAccount(), ...inputs },
      {
        beforeLastClick: async () => true,
        ...callbacks,
        onStep: ({ section, step, candidate }) => void steps.push({ name: `${section}/${step}`, candidate }),
      },
      { dry },
    );
    return { ...outcome, steps };
  } finally {
    await context.close();
  }
}

/** What is bought in each shop: how many of it, in which size and colour. */
const BASKETS: Record<ShopKind, { id: string; sku: string; size?: string; color?: string; quantity: number }[]> = {
  nordstrom: [
    { id: 'nd-101', sku: 'ND-101-M-BLACK', size: 'M', color: 'Black', quantity: 1 },
    { id: 'nd-105', sku: 'ND-105', quantity: 2 },
  ],
  macys: [
    { id: '4503', sku: '4503-L-BLACK', size: 'L', color: 'Black', quantity: 2 },
    { id: '4504', sku: '4504-GREY', color: 'Grey', quantity: 1 },
  ],
  oldnavy: [
    { id: 'on7001', sku: 'ON7001-32-INDIGO', size: '32', color: 'Indigo', quantity: 1 },
    { id: 'on7005', sku: 'ON7005', quantity: 3 },
  ],
  fern: [{ id: 'fern-pot', sku: 'FERN-POT-SAND', color: 'Sand', quantity: 2 }],
};
const CENTS: Record<string, number> = {
  ...{ 'nd-101': 8900, 'nd-105': 18900, '4503': 9200, '4504': 7400, on7001: 3999, on7005: 1999, 'fern-pot': 2400 },
};

function purchase(shop: ShopSandbox): FlowInputs & { agreedTotalCents: number } {
  const lines = BASKETS[shop.kind].map(({ id, size, color, quantity }) => ({
    ...{ url: shop.productUrl(id), name: id, size, color, quantity },
  }));
  return { lines, address: ADDRESS, agreedTotalCents: 1_000_000 };
}

function subtotalOf(kind: ShopKind): number {
  return BASKETS[kind].reduce((sum, { id, quantity }) => sum + CENTS[id]! * quantity, 0);
}

describe.each<ShopKind>(['nordstrom', 'macys', 'oldnavy', 'fern'])('The recipe of the sandbox shop %s', (kind) => {
  let shop: ShopSandbox;
  beforeAll(async () => {
    shop = await startShop(kind);
  }, 60_000);
  beforeEach(() => shop.reset());

  it('buys, finds the order in the list, follows it and cancels it', async () => {
    const bought = await run(shop, 'place', purchase(shop));
    const [order, ...others] = await shop.ledger();
    expect([bought.type, 'detail' in bought ? `${bought.section}/${bought.step}: ${bought.detail}` : '']).toEqual([
      'done',
      '',
    ]);
    expect(others).toEqual([]);
    expect(bought.read).toMatchObject({ orderNumber: order!.number, total: order!.total, subtotal: subtotalOf(kind) });
    expect(order!.address).toEqual({ ...ADDRESS, line2: '', phone: kind === 'fern' ? '' : ADDRESS.phone });
    expect(order!.lines.map(({ sku, quantity }) => [sku, quantity])).toEqual(
      BASKETS[kind].map(({ sku, quantity }) => [sku, quantity]),
    );
    expect(order!.paidBy).toBe('Visa ending in 4242');
    // Nothing had to be found by a second way.
    expect(bought.steps.filter(({ candidate }) => candidate !== null && candidate > 0)).toEqual([]);

    const listed = await run(shop, 'orderList');
    expect(listed.read.orders).toMatchObject([
      { number: order!.number, total: order!.total, placedAt: order!.placedAt, status: 'processing' },
    ]);
    await shop.advance({ to: 'shipped' });
    const [shipped] = await shop.ledger();
    const followed = await run(shop, 'track', { order: { number: order!.number } });
    expect(followed.read).toMatchObject({ status: 'shipped', parcels: [shipped!.parcel] });

    await shop.advance({ to: 'processing' });
    const cancelled = await run(shop, 'cancel', { order: { number: order!.number } });
    expect(cancelled).toMatchObject({ type: 'done', clicked: true, read: { status: 'cancelled' } });
    expect((await shop.ledger())[0]!.status).toBe('cancelled');
  }, 120_000);

  it('still buys where everything was renamed and moved, under a cookie bar and a dialog', async () => {
    await shop.switch({ renamed: 'all', moved: true, popup: true, cookieBanner: true });
    const bought = await run(shop, 'place', purchase(shop));
    expect([bought.type, 'detail' in bought ? `${bought.section}/${bought.step}: ${bought.detail}` : '']).toEqual([
      'done',
      '',
    ]);
    const [order] = await shop.ledger();
    expect(bought.read).toMatchObject({ orderNumber: order!.number, total: order!.total });
    expect(order!.address.line1).toBe(ADDRESS.line1);
  }, 120_000);

  it('asks the shopper what only they can answer, at each point, and then buys', async () => {
    await shop.switch({
      captcha: 'signIn',
      oneTimeCode: 'signIn',
      securityQuestion: 'checkout',
      termsChanged: 'place',
    });
    const asked: string[] = [];
    const bought = await run(shop, 'place', purchase(shop), {
      onChallenge: async ({ kind: what, fields }) => {
        asked.push(what);
        const answers: Record<string, string> = {
          ...{ captcha: ANSWERS.captcha, one_time_code: ANSWERS.oneTimeCode },
          ...{ security_question: ANSWERS.securityQuestion, terms_changed: 'true' },
        };
        return { [fields[0]!.name]: answers[what]! };
      },
    });
    expect(asked).toEqual(['captcha', 'one_time_code', 'security_question', 'terms_changed']);
    expect(bought.type).toBe('done');
    expect(await shop.ledger()).toHaveLength(1);
  }, 120_000);

  it('tells apart why nothing was bought', async () => {
    const outcomes: Record<string, string> = {};
    const attempt = async (name: string, inputs: FlowInputs = {}) => {
      const outcome = await run(shop, 'place', { ...purchase(shop), ...inputs });
      outcomes[name] = outcome.type;
    };
    await shop.switch({ outOfStock: 'product' });
    await attempt('sold out');
    await shop.switch({ outOfStock: 'cart' });
    await attempt('sold out in the cart');
    await shop.switch({ outOfStock: false });
    await attempt('dearer than agreed', { agreedTotalCents: 100 });
    await attempt('no card', { credentials: shopAccount('cy') });
    await attempt('wrong password', { credentials: { ...shopAccount(), password: 'not it' } });
    await shop.switch({ captcha: 'signIn' });
    await attempt('nobody answers');
    expect(outcomes).toEqual({
      ...{ 'sold out': 'out_of_stock', 'sold out in the cart': 'out_of_stock', 'dearer than agreed': 'price_moved' },
      ...{ 'no card': 'no_instrument', 'wrong password': 'login_wall', 'nobody answers': 'challenge' },
    });
    expect(await shop.ledger()).toEqual([]);
  }, 180_000);

  it('tells what the shop said of the last click: no, or nothing', async () => {
    const outcomes: Record<string, unknown> = {};
    const attempt = async (name: string, inputs: FlowInputs = {}) => {
      const outcome = await run(shop, 'place', { ...purchase(shop), ...inputs });
      outcomes[name] = [outcome.type, outcome.clicked];
    };
    await shop.switch({ outOfStock: 'place' });
    await attempt('sold out');
    await shop.switch({ outOfStock: false, priceMovesAtPlaceCents: 100 });
    await attempt('dearer');
    await shop.switch({ priceMovesAtPlaceCents: 0 });
    await attempt('card declined', { instrument: { name: 'Visa ending in 0002' } });
    expect(await shop.ledger()).toEqual([]);
    await shop.fault({ step: 'place', kind: 'lost' });
    await attempt('led away');
    expect(await shop.ledger()).toHaveLength(1);
    expect(outcomes).toEqual({
      ...{ 'sold out': ['out_of_stock', true], dearer: ['price_moved', true] },
      ...{ 'card declined': ['no_instrument', true], 'led away': ['unknown_page', true] },
    });
  }, 180_000);
});
