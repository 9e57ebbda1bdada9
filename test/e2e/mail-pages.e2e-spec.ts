import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'puppeteer-core';
import { startApp, type RunningApp } from '../support/app';
import { textOnce } from '../support/browser';
import { openChromium } from '../support/chromium';
import { linkIn, mailTo } from '../support/mailbox';
import { openShop } from '../support/market';
import { ask, openUnclaimedShop } from '../support/talking';
import { ADDRESS, API, addVariant, begin, guest, orderOf, place, settled, type Body } from '../support/shopper';

const PASSWORD = 'a bicycle in the attic';

describe('The pages that mails lead to', () => {
  let muse: RunningApp;
  let browser: Browser;

  beforeAll(async () => {
    [muse, browser] = await Promise.all([startApp(), openChromium()]);
  }, 60_000);

  const unique = () => `${randomUUID().slice(0, 8)}@example.com`;
  /** Every address that the page asked for, and the header that it asked with. */
  const open = async (url: string, language = 'en'): Promise<{ page: Page; asked: string[]; errors: string[] }> => {
    const page = await browser.newPage();
    const [asked, errors]: [string[], string[]] = [[], []];
    await page.evaluateOnNewDocument(`Object.defineProperty(navigator, 'languages', { get: () => ['${language}'] })`);
    page.on('request', (request) => asked.push(request.url()));
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await page.goto(url);
    return { page, asked, errors };
  };
  const register = async (email: string, language = 'en'): Promise<Body> =>
    (
      await muse.http
        .post(`${API}/auth/register`)
        .set('accept-language', language)
        .send({ email, password: PASSWORD })
        .expect(201)
    ).body;
  const me = async (accessToken: string): Promise<Body> =>
    (await muse.http.get(`${API}/me`).set('authorization', `Bearer ${accessToken}`).expect(200)).body;

  it('are served with a policy that runs their own script alone, to nobody’s frame', async () => {
    for (const path of ['/m/order', '/m/conversation', '/m/verify', '/m/reset', '/m/linked']) {
      const { headers, text } = await muse.http.get(path).expect(200);
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(headers['content-security-policy']).toMatch(
        /default-src 'none'; script-src 'self';.*frame-ancestors 'none'/,
      );
      expect([headers['referrer-policy'], headers['x-content-type-options']]).toEqual(['no-referrer', 'nosniff']);
      expect(text).not.toMatch(/<script(?! src="pages\.js" defer><\/script>)|style=|onclick|https?:/);
    }
    expect((await muse.http.get('/m/pages.js').expect(200)).headers['content-type']).toMatch(/^text\/javascript/);
    await muse.http.get('/m/other').expect(404);
    await muse.http.get('/m/..%2fpackage.json').expect(404);
  });

  it('show an order to whoever has the link, and hand its token to no address', async () => {
    const [email, shopper] = [unique(), await guest(muse)];
    const shop = await openShop(muse);
    await addVariant(shopper, shop.variantIds[0], 2);
    const { id } = await begin(shopper);
    const shipping = { address: ADDRESS, contact: { email } };
    const { body: session } = await shopper.put(`/checkout/sessions/${id}/shipping`, shipping).expect(200);
    await place(shopper, session).expect(202);
    const order = await orderOf(shopper, await settled(shopper, id));
    const { url, token } = linkIn(await mailTo(muse, email, 'order_placed'), 'order');

    const { page, asked, errors } = await open(url.href);
    const shown = await textOnce(page, 'Total');
    for (const part of [order.number, order.store.name, '2 × Linen shirt (M)', '$20.00', '$25.00', 'pending'])
      expect(shown).toContain(part);
    expect([page.url(), errors]).toEqual([`${muse.url}/m/order`, []]);
    expect(asked.map((address) => address.replace(/#.*/, '')).join(' ')).not.toContain(token);
    expect(asked).toContain(`${muse.url}${API}/orders/${order.id}`);

    const spanish = await open(url.href, 'es-VE');
    expect(await textOnce(spanish.page, 'Estado')).toMatch(/Tu pedido[^]*pendiente[^]*20,00/);

    const tokens = (await shopper.get(`/orders/${order.id}/access-tokens`).expect(200)).body.data;
    await shopper.delete(`/orders/${order.id}/access-tokens/${tokens[0].id}`).expect(204);
    expect(await textOnce((await open(url.href)).page, 'link')).toContain('This link does not work (any more).');
    expect(await textOnce((await open(`${muse.url}/m/order`)).page, 'link')).toContain('This link is incomplete');
  }, 60_000);

  it('let the contact of an unclaimed store read and answer, and hand the token to no address', async () => {
    const shop = await openUnclaimedShop(muse);
    const shopper = await guest(muse);
    const { id } = await ask(shopper, shop.storeId, '<b>Is it linen?</b>');
    const { url, token } = linkIn(await mailTo(muse, shop.contact, 'store_contacted'), 'conversation');
    const { page, asked, errors } = await open(url.href);
    await textOnce(page, 'linen');
    // The name of the store comes with another answer.
    const shown = await textOnce(page, 'Casa Lola');
    for (const part of ['Casa Lola', 'Shopper', '<b>Is it linen?</b>']) expect(shown).toContain(part);
    await page.type('textarea', 'It is.');
    await page.click('button');
    await textOnce(page, 'You ·');
    const { body } = await shopper.get(`/conversations/${id}`).expect(200);
    expect(body).toMatchObject({ unread: 1, lastMessage: { body: 'It is.' } });
    // The page may have marked its own answer, too.
    expect(body.readUpTo.merchant).toBeGreaterThanOrEqual(1);
    expect([page.url(), errors]).toEqual([`${muse.url}/m/conversation`, []]);
    expect(asked.map((address) => address.replace(/#.*/, '')).join(' ')).not.toContain(token);
    expect(await textOnce((await open(`${muse.url}/m/conversation`)).page, 'link')).toContain(
      'This link is incomplete',
    );
  }, 60_000);

  it('prove an address, at the press of a button and not before', async () => {
    const email = unique();
    const { accessToken } = await register(email, 'es');
    const { url } = linkIn(await mailTo(muse, email, 'verify_address'), 'verify');
    const { page, errors } = await open(url.href, 'es');
    expect(await textOnce(page, 'Confirmar')).toContain('Confirma tu dirección');
    expect((await me(accessToken)).emailVerified).toBe(false);
    await page.click('button');
    await textOnce(page, 'tu dirección está confirmada');
    expect((await me(accessToken)).emailVerified).toBe(true);
    const again = await open(url.href);
    await again.page.click('button');
    await textOnce(again.page, 'This link does not work (any more).');
    expect(errors).toEqual([]);
  }, 60_000);

  it('set a password anew, which the owner is told of', async () => {
    const [email, fresh] = [unique(), 'seven green lanterns'];
    await register(email);
    await muse.http.post(`${API}/auth/forgot-password`).send({ email }).expect(202);
    const { url } = linkIn(await mailTo(muse, email, 'reset_password'), 'reset');
    const { page, asked } = await open(url.href);
    await page.type('input', 'short');
    await page.click('button');
    await textOnce(page, 'Choose a longer password, one that nobody would guess.');
    await page.$eval('input', (input) => (input.value = ''));
    await page.type('input', fresh);
    await page.click('button');
    await textOnce(page, 'Your new password holds');
    expect(asked.join(' ')).not.toContain(fresh.split(' ')[0]);
    await muse.http.post(`${API}/auth/login`).send({ email, password: PASSWORD }).expect(401);
    await muse.http.post(`${API}/auth/login`).send({ email, password: fresh }).expect(200);
    expect((await mailTo(muse, email, 'password_changed')).text).toContain('was changed just now');
  }, 60_000);
});
