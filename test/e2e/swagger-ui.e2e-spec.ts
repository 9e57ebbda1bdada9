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

describe('Swagger UI in a browser', () => {
  let url: string;
  let page: Page;
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
    for (const tag of ['Accounts', 'Cart']) {
      await page.waitForSelector(`#operations-tag-${tag}`);
      await page.click(`#operations-tag-${tag}`);
    }
    await page.waitForSelector('#operations-Cart-getCart');
  }, 150_000);

  /** Unfolds an operation, fills in its body, sends it, and gives what the page then shows. */
  const run = async (tag: string, operationId: string, body?: object): Promise<{ status: string; body: Body }> => {
    const block = `#operations-${tag}-${operationId}`;
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
    const account = { email: 'shopper@muse.example', password: DEMO_PASSWORD };
    const signedIn = await run('Accounts', 'login', account);
    expect([signedIn.status, signedIn.body.user?.email]).toEqual(['200', account.email]);

    await page.click('.auth-wrapper .authorize');
    await page.type('.modal-ux input', signedIn.body.accessToken as string);
    await page.click('.modal-ux .auth-btn-wrapper .authorize');
    await page.click('.modal-ux .btn-done');

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
    await page.click('#operations-Accounts-login .opblock-summary-control');
    await page.click('#operations-Cart-addCartItem .opblock-summary-control');
    // The totals stand at the end; the line for curl carries a token, which no picture has to.
    await page.$eval('#operations-Cart-getCart .highlight-code pre', (element) => element.scrollTo(0, 1_000_000));
    await page.$eval('#operations-Cart-getCart .curl-command', (element) => element.remove());
    await page.$eval('#operations-Cart-getCart', (element) => element.scrollIntoView());
    await page.screenshot({ path: join(PICTURES, 'swagger-ui.png') });
  }, 120_000);
});
