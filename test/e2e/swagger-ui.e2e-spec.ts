import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { openChromium } from '../support/chromium';
import { DEMO_PASSWORD, startDemoServer } from '../support/server';
import type { Body } from '../support/shopper';

/** Kept, to be looked at; a folder that git leaves alone. docs/swagger-ui.png is one of these. */
const PICTURES = join(__dirname, '../../test-output');

/** What the product document's example buys. */
const SEED_ITEMS = [
  { store: 'Nordstrom', title: 'Black Dress', size: 'M' },
  { store: 'Nordstrom', title: 'Leather Boots', size: '8' },
  { store: "Macy's", title: 'Gold Necklace' },
  { store: 'Old Navy', title: 'Jeans', size: '32' },
  { store: 'Old Navy', title: 'T-shirt', size: 'L' },
];

const PLACE = { city: 'New York', region: 'NY', postalCode: '10118', country: 'US' };
const HOME = { name: 'Ana Pérez', line1: '350 5th Ave', ...PLACE };

/** What the page's own code needs of an element there; the tests are compiled without the browser's types. */
interface Foldable {
  matches(selector: string): boolean;
  click(): void;
}

describe('Swagger UI in a browser', () => {
  let url: string;
  let page: Page;
  /** Of whom the page sends as. */
  let token: string;
  const failures: string[] = [];

  beforeAll(async () => {
    ({ url } = await startDemoServer());
    const browser = await openChromium();
    page = await browser.newPage();
    await page.setViewport({ width: 1280, height: 1400 });
    page.setDefaultTimeout(45_000);
    page.on('pageerror', (error) => failures.push(String(error)));
    page.on('requestfailed', (request) => failures.push(`${request.url()} ${request.failure()?.errorText}`));
    await page.goto(`${url}/api/docs`);
    await page.waitForSelector(headingOf('Cart'));
  }, 150_000);

  /** Unfolds an operation, fills in its body and parameters, sends it, and gives what the page then shows. */
  const run = async (
    tag: string,
    operationId: string,
    body?: object,
    parameters: Record<string, string> = {},
  ): Promise<{ status: string; body: Body }> => {
    const block = `[id="operations-${idOf(tag)}-${operationId}"]`;
    // One at a time: the page draws all that is unfolded anew at each change.
    await page.$$eval(
      '.opblock.is-open .opblock-summary-control, .opblock-tag[data-is-open="true"]',
      (open, wanted) => {
        for (const other of open as unknown as Foldable[]) if (!other.matches(wanted)) other.click();
      },
      `${block} .opblock-summary-control, ${headingOf(tag)}`,
    );
    if (!(await page.$(block))) await page.click(headingOf(tag));
    await page.waitForSelector(block);
    if (!(await page.$(`${block} .execute`))) await page.click(`${block} .opblock-summary-control`);
    await page.waitForSelector(`${block} .execute`);
    if (body) {
      const field = await page.waitForSelector(`${block} textarea.body-param__text`);
      await field!.click({ count: 3 });
      await page.keyboard.down('Control');
      await page.keyboard.press('a');
      await page.keyboard.up('Control');
      await page.keyboard.sendCharacter(JSON.stringify(body, null, 2));
    }
    for (const [name, value] of Object.entries(parameters)) {
      const field = await page.waitForSelector(`${block} tr[data-param-name="${name}"] input`);
      await field!.click({ count: 3 });
      await page.keyboard.sendCharacter(value);
    }
    // The answer before must not be taken for this one's.
    if (await page.$(`${block} .btn-clear`)) await page.click(`${block} .btn-clear`);
    const answered = page.waitForResponse((response) => response.request().resourceType() === 'fetch');
    await page.click(`${block} .execute`);
    await answered;
    const live = `${block} .live-responses-table .response`;
    await page.waitForSelector(`${live} .highlight-code`);
    const read = (selector: string) => page.$eval(selector, (element) => element.textContent ?? '');
    return {
      status: (await read(`${live} .response-col_status`)).trim().slice(0, 3),
      body: JSON.parse(await page.$eval(`${live} .highlight-code pre`, (element) => element.textContent ?? '')),
    };
  };

  /** As whom the page sends from now on. */
  const authorise = async (token: string): Promise<void> => {
    await page.click('.auth-wrapper .authorize');
    await page.waitForSelector('.modal-ux .auth-btn-wrapper');
    await page.$$eval('.modal-ux .auth-btn-wrapper button', (buttons) =>
      (buttons as { textContent: string | null; click(): void }[])
        .find(({ textContent }) => textContent === 'Logout')
        ?.click(),
    );
    const field = await page.waitForSelector('.modal-ux input');
    await field!.click();
    // At once, like a paste: the page draws all of itself anew for each key.
    await page.keyboard.sendCharacter(token);
    await page.click('.modal-ux .auth-btn-wrapper .authorize');
    await page.click('.modal-ux .btn-done');
  };
  const signIn = async (email: string): Promise<void> => {
    const { status, body } = await run('Accounts', 'login', { email, password: DEMO_PASSWORD });
    expect([status, body.user?.email]).toEqual(['200', email]);
    token = body.accessToken as string;
    await authorise(token);
  };
  /** What the page has shown once it can do: it takes seconds to unfold another operation. */
  const send = async (method: string, path: string, body?: object): Promise<Body> => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Body;
    expect([path, response.ok, answer]).toEqual([path, true, answer]);
    return answer;
  };

  const variantIds = async (): Promise<string[]> => {
    const { data: stores } = (await (await fetch(`${url}/api/v1/stores?limit=100`)).json()) as Body;
    return Promise.all(
      SEED_ITEMS.map(async ({ store, title, size }) => {
        const storeId = stores.find((one: Body) => one.name === store).id as string;
        const query = new URLSearchParams({ storeId, q: title });
        const { data } = (await (await fetch(`${url}/api/v1/products?${query.toString()}`)).json()) as Body;
        const product = data.find((one: Body) => one.title === title);
        return product.variants.find((one: Body) => size === undefined || one.size === size).id as string;
      }),
    );
  };

  it('signs a demo account in, authorises with its token, and fills the example cart: 351.93', async () => {
    await signIn('shopper@muse.example');
    for (const variantId of await variantIds()) {
      expect((await run('Cart', 'addCartItem', { variantId, quantity: 1 })).status).toBe('200');
    }
    const { status, body: cart } = await run('Cart', 'getCart');
    expect([status, cart.storeCount, cart.itemCount, cart.total]).toEqual([
      ...['200', 3, 5],
      { amount: 35193, currency: 'USD' },
    ]);
    expect(failures).toEqual([]);

    await mkdir(PICTURES, { recursive: true });
    // The totals stand at the end; the line for curl carries a token, which no picture has to.
    await page.$eval('#operations-Cart-getCart .highlight-code pre', (element) => element.scrollTo(0, 1_000_000));
    await page.$eval('#operations-Cart-getCart .curl-command', (element) => element.remove());
    await page.$eval('#operations-Cart-getCart', (element) => element.scrollIntoView());
    await page.screenshot({ path: join(PICTURES, 'swagger-ui.png') });
  }, 120_000);

  it('buys at a merchant store, whose merchant confirms and ships, and both complete: a verified sale', async () => {
    await signIn('shopper@muse.example');
    const { data: stores } = (await (await fetch(`${url}/api/v1/stores?limit=100`)).json()) as Body;
    const storeId = stores.find(({ name }: Body) => name === 'Casa Lola').id as string;
    const { data: goods } = (await (
      await fetch(`${url}/api/v1/products?storeId=${storeId}&inStock=true`)
    ).json()) as Body;
    const variantId = goods[0].variants.find(({ inStock }: Body) => inStock).id as string;
    const { body: cart } = await run('Cart', 'addCartItem', { variantId, quantity: 1 });
    const itemId = cart.stores.find((one: Body) => one.storeId === storeId).items[0].id as string;
    const { id } = await send('POST', '/checkout/sessions', { itemIds: [itemId] });
    const contact = { email: 'ana@example.com' };
    const session = await send('PUT', `/checkout/sessions/${id}/shipping`, { address: HOME, contact });
    expect(session.readyToPlace).toBe(true);
    const expected = { expectedTotal: session.total };
    const placed = await run('Checkout', 'placeOrders', expected, { id, 'Idempotency-Key': `order-${id}` });
    expect(placed.status).toBe('202');
    let status = placed.body;
    for (const end = Date.now() + 60_000; status.status !== 'completed' && Date.now() < end;)
      status = await send('GET', `/checkout/sessions/${id}/status`);
    expect(status.stores).toMatchObject([{ status: 'placed', order: { number: expect.any(String) } }]);
    const orderId = status.stores[0].order.id as string;

    await signIn('merchant@muse.example');
    const parcel = { carrier: 'UPS', trackingNumber: '1Z999AA10123456784' };
    await send('POST', `/merchant/stores/${storeId}/orders/${orderId}/confirm`);
    const shipped = await run('Merchant: orders', 'shipOrder', parcel, { storeId, orderId });
    expect([shipped.status, shipped.body.status]).toEqual(['200', 'shipped']);
    await send('POST', `/merchant/stores/${storeId}/orders/${orderId}/delivered`);
    await send('POST', `/merchant/stores/${storeId}/orders/${orderId}/complete`);

    await signIn('shopper@muse.example');
    const { status: code, body: order } = await run('Orders', 'completeOrder', undefined, { id: orderId });
    expect([code, order.status, order.verifiedSale]).toEqual(['200', 'completed', expect.anything()]);
    expect(failures).toEqual([]);
    await page.$eval('#operations-Orders-completeOrder .curl-command', (element) => element.remove());
    await page.$eval('#operations-Orders-completeOrder', (element) => element.scrollIntoView());
    await page.screenshot({ path: join(PICTURES, 'swagger-ui-order.png') });
  }, 300_000);
});

function headingOf(tag: string): string {
  return `[id="operations-tag-${idOf(tag)}"]`;
}

/** As the page makes an id of a tag, written for a selector: it escapes it as for one itself, so a backslash stands in the id. */
function idOf(tag: string): string {
  return tag.replaceAll(' ', '_').replaceAll(':', '\\\\:');
}
