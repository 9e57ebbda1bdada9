// Of npm run demo: accounts at two stores, linked in a browser; one cart with them, a merchant's and a redirect store's; one
// place; the stores' own order numbers; parcels followed by their webhooks; and all of it unlinked again.
// The stores are the sandboxes that npm start brings up.
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, check, inWords } from './demo-client.mjs';

const STORES = [
  { name: 'Walmart', good: 'Stoneware Mug', account: 'ana' },
  { name: 'Target', good: 'Linen Throw Pillow', account: 'ana' },
];
const WAIT_MS = 60_000;

export async function linkedStores({ base, password, signIn, say, done, title }) {
  title('Stores that are linked');
  const visitor = new Client(base);
  const { data: stores } = await visitor.get('/stores?limit=100');
  const linked = STORES.map((one) => ({ ...one, store: stores.find(({ name }) => name === one.name) }));
  const shopper = await newShopper();
  const sandboxes = await whereTheyAre();
  if (!sandboxes) return;

  await linkAll();
  const session = await checkOut();
  const orders = await place(session);
  await follow(orders);
  await unlinkAll();

  async function newShopper() {
    const email = `linked-${Date.now()}@muse.example`;
    const response = await fetch(`${base}/api/v1/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    check(response.status === 201, `${email} cannot register: ${await response.text()}`);
    return signIn(email);
  }

  /** The address of each sandbox; nothing where the stores of this server are real ones, or not connected. */
  async function whereTheyAre() {
    const admin = await signIn('admin@muse.example');
    const found = new Map();
    for (const { name, store } of linked) {
      check(store, `There is no store ${name}: this server has no demo data.`);
      try {
        const { baseUrl } = await admin.get(`/admin/stores/${store.id}/connection`);
        const answer = await fetch(baseUrl, { signal: AbortSignal.timeout(5_000) });
        if (answer.headers.get('x-sandbox-store') === '1') found.set(name, baseUrl);
      } catch {
        // Not connected, or not there.
      }
    }
    if (found.size === linked.length) return found;
    done('the sandbox stores do not run beside this server: nothing to link here (npm start brings them up)');
    return undefined;
  }

  /** The shopper's own browser: signs in at each store and allows it there. */
  async function linkAll() {
    const { consent } = await shopper.get('/integrations');
    say(`  "${consent.text}"`);
    const browser = await openBrowser();
    try {
      for (const { name, account, store } of linked) {
        const { authorizationUrl } = await shopper.post(`/integrations/${store.id}/link`, { consent: consent.version });
        const page = await browser.newPage();
        await page.goto(authorizationUrl);
        await page.type('#username', account);
        await page.type('#password', `${account}-store-passphrase`);
        await Promise.all([page.waitForNavigation(), page.click('#sign-in button')]);
        const asked = await page.$$eval('li', (items) => items.map((item) => item.textContent));
        await Promise.all([page.waitForNavigation(), page.click('#consent button[value="allow"]')]);
        const { state, code, iss } = Object.fromEntries(new URLSearchParams(new URL(page.url()).hash.slice(1)));
        check(state && code && iss, `the browser came back without an answer: ${new URL(page.url()).pathname}`);
        const { status } = await shopper.post('/integrations/link/complete', { state, code, iss });
        check(status === 'linked', `${name} is ${status}`);
        await page.close();
        done(`${name}: signed in and allowed in Chromium (${asked.join('; ')})`);
      }
    } finally {
      await browser.close();
    }
    const { data } = await shopper.get('/integrations');
    check(data.length === linked.length, 'not every store is linked');
    const kept = data.map(({ store, stored }) => `${store.name}: ${stored.join(' and ')}`).join('; ');
    done(`kept, encrypted, and nothing else: ${kept}`);
  }

  async function checkOut() {
    for (const { good, store } of linked) await add(store.id, good);
    const byName = (name) => stores.find((one) => one.name === name);
    await add(byName('Casa Lola').id, 'Vestido de Lino');
    await add(byName('Luna y Mar').id, 'Crochet Top');
    const home = { line1: '500 Congress Ave', city: 'Austin', region: 'TX', postalCode: '78701', country: 'US' };
    const begun = await shopper.post('/checkout/sessions', {});
    await shopper.put(`/checkout/sessions/${begun.id}/shipping`, {
      address: { name: 'Ana Reyes', ...home },
      contact: { email: 'ana@example.com', phone: '+1 512 555 0101' },
    });
    let session = await quoted(begun.id);
    for (const { storeId, settlement } of session.stores)
      if (settlement === 'pay_now')
        session = await shopper.put(`/checkout/sessions/${session.id}/stores/${storeId}`, { settlement: 'pay_later' });
    session = await quoted(begun.id);
    for (const store of session.stores)
      say(`      ${store.name.padEnd(14)} ${inWords(store.total).padStart(9)}  ${store.checkout}`);
    for (const { name } of linked) {
      const store = session.stores.find((one) => one.name === name);
      check(
        store.checkout === 'in_muse',
        `${name} is checked out ${store.checkout}: ${JSON.stringify(store.problems)}`,
      );
    }
    check(session.readyToPlace, `the checkout is not ready: ${JSON.stringify(session.problems)}`);
    done(`one cart of ${session.stores.length} stores, each with its own tax and delivery: ${inWords(session.total)}`);
    return session;
  }

  async function add(storeId, search) {
    const { data } = await visitor.get(`/products?storeId=${storeId}&q=${encodeURIComponent(search)}`);
    const product = data.find((one) => one.title === search);
    check(product, `there is no ${search}`);
    await shopper.post('/cart/items', { variantId: product.variants.at(-1).id, quantity: 1 });
  }

  /** Stores that are asked are quoted beside the request. */
  function quoted(id) {
    return until(
      'the stores have not answered',
      () => shopper.get(`/checkout/sessions/${id}`),
      ({ stores: all }) => all.every(({ status }) => status !== 'quoting'),
    );
  }

  async function place(session) {
    await shopper.post(`/checkout/sessions/${session.id}/place`, { expectedTotal: session.total });
    const status = await until(
      'not every store has its order',
      () => shopper.get(`/checkout/sessions/${session.id}/status`),
      ({ status: state }) => state !== 'processing',
    );
    for (const { name, status: state, order, message } of status.stores) {
      say(`      ${name.padEnd(14)} ${message}${order?.storeOrderNumber ? `: ${order.storeOrderNumber}` : ''}`);
      if (linked.some((one) => one.name === name))
        check(state === 'placed' && order?.storeOrderNumber, `${name}: ${state} without an order number`);
    }
    const { data } = await shopper.get(`/orders?checkoutSessionId=${session.id}`);
    const byApi = data.filter(({ checkoutMethod }) => checkoutMethod === 'oauth_api');
    check(byApi.length === linked.length, `${byApi.length} orders were made by API`);
    for (const order of byApi) {
      const ledger = await at(order.store.name, 'ledger');
      const mine = ledger.filter(({ number }) => number === order.storeOrderNumber);
      check(mine.length === 1 && mine[0].total === order.total.amount, `${order.store.name} has another order`);
    }
    done('one place: the order numbers are the stores’ own, and their books say the same');
    return byApi;
  }

  async function follow(orders) {
    for (const { name } of linked) await at(name, 'advance', { to: 'delivered' });
    for (const { id, store } of orders) {
      const order = await until(
        `${store.name} has not delivered`,
        () => shopper.get(`/orders/${id}`),
        ({ status }) => ['delivered', 'completed'].includes(status),
      );
      const tracking = await shopper.get(`/orders/${id}/tracking`);
      check(tracking.trackingNumber === order.trackingNumber, 'the tracking is of another parcel');
      const { deliveries } = await at(store.name, 'webhooks');
      const [own] = (await at(store.name, 'ledger')).filter(({ number }) => number === order.storeOrderNumber);
      const taken = deliveries.filter(({ orderId, status }) => orderId === own.id && status === 200);
      check(taken.length >= own.events.length, `${store.name}: not every webhook was taken`);
      done(
        `${store.name}: ${tracking.carrier} ${tracking.trackingNumber}, ${tracking.status}, told by ${taken.length} webhooks`,
      );
    }
  }

  async function unlinkAll() {
    const { unlinked } = await shopper.delete('/integrations');
    check(unlinked.length === linked.length, 'not every store was unlinked');
    const { data } = await shopper.get('/integrations');
    check(data.length === 0, 'something is left');
    for (const { name, account } of linked) {
      const { grants } = await until(
        `${name} has not been told`,
        () => at(name, 'grants'),
        (state) => state.grants.filter((one) => one.accountId === account).at(-1)?.revoked,
      );
      done(`${name}: unlinked; revoked there (${grants.length} in all so far), nothing kept here`);
    }
  }

  async function at(name, what, parameters = {}) {
    const body = JSON.stringify({ do: what, ...parameters });
    return (await fetch(`${sandboxes.get(name)}/__control`, { method: 'POST', body })).json();
  }

  async function until(what, ask, wanted) {
    for (const began = Date.now(); ; await sleep(250)) {
      const answer = await ask();
      if (wanted(answer)) return answer;
      check(
        Date.now() - began < WAIT_MS,
        `${what}, after ${WAIT_MS / 1000} s: ${JSON.stringify(answer).slice(0, 400)}`,
      );
    }
  }
}

/** The Chromium that the tests use, with what they use it with: the only part of the demo that needs development packages. */
async function openBrowser() {
  const require = createRequire(import.meta.url);
  require('./ts.cjs');
  const { openChromium } = require('../test/support/chromium.ts');
  return openChromium();
}
