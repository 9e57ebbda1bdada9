// npm run demo: a guest's and a registered shopper's journey through the running server, over HTTP, store by store.
// It checks what it sees, and exits with 1 where anything is not as it should be. It can be run again and again.
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Unexpected, check, inWords, newKey } from './demo-client.mjs';
import { afterTheOrder } from './demo-orders.mjs';
import { byBrowser } from './demo-browser.mjs';
import { byCarrier } from './demo-carriers.mjs';
import { linkedStores } from './demo-linked.mjs';
import { ordersInMail } from './demo-mail.mjs';
import { payments } from './demo-payments.mjs';

if (existsSync('.env')) process.loadEnvFile('.env');
const base = (process.env.MUSE_URL || `http://127.0.0.1:${process.env.PORT || 3000}`).replace(/\/$/, '');
const password = process.env.MUSE_DEMO_PASSWORD || 'muse-demo-passphrase';
const usd = (amount) => ({ amount, currency: 'USD' });
const HOME = {
  name: 'Ana Pérez',
  line1: '350 5th Ave',
  city: 'New York',
  region: 'NY',
  postalCode: '10118',
  country: 'US',
};

const visitor = new Client(base);
const say = (line = '') => console.log(line);
const done = (line) => say(`  ✓ ${line}`);
const title = (line) => say(`\n── ${line} ${'─'.repeat(Math.max(3, 74 - line.length))}`);

/** Where a development server on this machine writes its mails. */
const root = fileURLToPath(new URL('..', import.meta.url));
const mailFolder = join(resolve(process.env.MUSE_DATA_DIR || join(root, '.muse')), 'mail');
const mails = () => (existsSync(mailFolder) ? readdirSync(mailFolder).filter((name) => name.endsWith('.eml')) : []);

try {
  await findServer();
  const stores = await findStores();
  const before = mails().length;
  const { guest, orders } = await guestJourney(stores);
  await shopperJourney(stores, guest, orders);
  const tools = { base, password, home: HOME, signIn, say, done, title };
  await payments(tools);
  await afterTheOrder(tools);
  await byCarrier(tools);
  await linkedStores(tools);
  await byBrowser(tools);
  await ordersInMail(tools);
  await countMails(before);
  say('\nEverything went as it should.');
} catch (error) {
  if (!(error instanceof Unexpected)) throw error;
  console.error(`\n✗ ${error.message}`);
  process.exitCode = 1;
}

/** They are written beside the journeys: once no more come, all are there. */
async function countMails(before) {
  title('Mails');
  let count = mails().length;
  for (let seen = -1, tries = 0; seen !== count && tries < 10; tries++) {
    seen = count;
    await sleep(1_500);
    count = mails().length;
  }
  const written = mails().sort().slice(before);
  if (written.length === 0)
    return done(`none in ${mailFolder}: the server sends them (SMTP_URL), or keeps its data elsewhere`);
  const kinds = new Map();
  for (const name of written) {
    const kind = /-([a-z_]+)[.]eml$/.exec(name)?.[1].replaceAll('_', ' ') ?? name;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  done(`${written.length} written to ${mailFolder}:`);
  for (const [kind, times] of kinds) say(`      ${String(times).padStart(2)}  ${kind}`);
}

async function findServer() {
  try {
    await fetch(`${base}/api/v1/health/ready`, { signal: AbortSignal.timeout(5_000) });
  } catch {
    throw new Unexpected(
      `Nothing answers at ${base}.\n  Start the server in another terminal with "npm start", or say where it is: MUSE_URL=http://… npm run demo`,
    );
  }
  const { status } = await visitor.get('/health/ready');
  check(status === 'ok', 'the server is not ready');
  say(`Muse at ${base}`);
}

/** The demo stores by name, each with what the journeys buy there in stock. */
async function findStores() {
  const { data } = await visitor.get('/stores?limit=100');
  const stores = new Map(data.map((store) => [store.name, store]));
  for (const name of ['Casa Lola', 'Taller Ávila', 'Luna y Mar', 'Old Navy', 'Nordstrom', "Macy's"]) {
    check(
      stores.has(name),
      `There is no store ${name}: this server has no demo data. MUSE_DEMO=1 adds it to an empty database.`,
    );
  }
  return (name) => stores.get(name);
}

async function signIn(email, token) {
  const { status, body } = await fetch(`${base}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ email, password }),
  }).then(async (response) => ({ status: response.status, body: await response.json() }));
  check(
    status === 200,
    `${email} cannot sign in (${body.detail}). Give the server's MUSE_DEMO_PASSWORD to the demo too.`,
  );
  return new Client(base, body.accessToken);
}

/** A variant to buy; where earlier runs have bought it up, its merchant counts in more of it. */
async function variantOf(store, search, owner) {
  const { data } = await visitor.get(`/products?storeId=${store.id}&q=${encodeURIComponent(search)}`);
  const product = data.find((one) => one.title === search);
  check(product, `${store.name} does not sell ${search}`);
  const variant = product.variants.at(-1);
  if (variant.availableQuantity < 5 && owner) {
    const merchant = await signIn(owner);
    await merchant.put(`/merchant/stores/${store.id}/variants/${variant.id}/inventory`, { adjust: 30 });
  }
  return { ...variant, title: product.title };
}

async function guestJourney(stores) {
  title('A guest');
  const { accessToken } = await visitor.post('/guests');
  const guest = new Client(base, accessToken);
  done('has a token, and no account');

  await pictureCart(stores, guest);
  await fillCart(stores, guest);
  const admin = await signIn('admin@muse.example');
  const programme = `/admin/stores/${stores('Luna y Mar').id}/affiliate-programme`;
  await admin.put(programme, { network: 'awin', parameters: { merchantId: '6220', publisherId: '45628' } });
  const session = await checkOut(guest);
  const status = await placeAndWatch(guest, session);

  say();
  const [luna, navy] = ['Luna y Mar', 'Old Navy'].map((name) => status.stores.find((store) => store.name === name));
  for (const store of status.stores.filter((one) => one.tier === 'direct')) {
    check(store.status === 'placed' && store.order.number, `${store.name}: ${store.status} instead of placed`);
    done(`${store.name}: order ${store.order.number}, arriving ${days(store.estimatedDelivery)}`);
  }
  for (const store of [luna, navy]) await linkWorks(guest, store, stores(store.name));

  await straight(guest, luna);
  const order = await guest.post(`/handoffs/${luna.handoffId}/ordered`, { storeOrderNumber: `LM-${Date.now()}` });
  check(
    order.status === 'confirmed' && order.storeOrderNumber.startsWith('LM-'),
    'the declared order is not confirmed',
  );
  done(`"I have ordered" at Luna y Mar: ${order.storeOrderNumber} is Muse's order ${order.number}`);
  await earned(admin, luna, order);
  await admin.delete(programme);
  const over = await guest.post(`/handoffs/${navy.handoffId}/abandon`);
  check(over.status === 'abandoned', `the hand-off is ${over.status}`);
  const cart = await guest.get('/cart');
  check(cart.itemCount === 1 && cart.stores[0].name === 'Old Navy', 'the lines of Old Navy are not back in the cart');
  done('"I changed my mind" at Old Navy: its line is back in the cart');
  return { guest, orders: (await guest.get('/orders')).data };
}

/** The cart of the product document: 351.93, to the cent. */
async function pictureCart(stores, guest) {
  const item = (store, host, productName, cents, size, number) => ({
    storeId: stores(store).id,
    productName,
    productUrl: `https://${host}/demo/${number}`,
    productSku: number,
    price: usd(cents),
    quantity: 1,
    ...(size && { size }),
  });
  const { results, cart } = await guest.post('/cart/items/batch', {
    items: [
      item('Nordstrom', 'www.nordstrom.com', 'Black Dress', 8900, 'M', 'ND-1'),
      item('Nordstrom', 'www.nordstrom.com', 'Leather Boots', 15900, '8', 'ND-2'),
      item("Macy's", 'www.macys.com', 'Gold Necklace', 4500, undefined, 'MC-1'),
      item('Old Navy', 'oldnavy.gap.com', 'Jeans', 3999, '32', 'ON-1'),
      item('Old Navy', 'oldnavy.gap.com', 'T-shirt', 1299, 'L', 'ON-2'),
    ],
  });
  check(
    results.every(({ status }) => status === 'added'),
    'not every item was added',
  );
  printCart(cart);
  check(cart.total.amount === 35193, `the picture's cart totals ${inWords(cart.total)} instead of $351.93`);
  done('totals $351.93, as in the picture');
  const empty = await guest.delete('/cart');
  check(empty.itemCount === 0, 'the cart is not empty');
}

async function fillCart(stores, guest) {
  const dress = await variantOf(stores('Casa Lola'), 'Vestido de Lino', 'merchant@muse.example');
  const bag = await variantOf(stores('Taller Ávila'), 'Cartera de Cuero', 'merchant2@muse.example');
  const top = await variantOf(stores('Luna y Mar'), 'Crochet Top');
  for (const { id } of [dress, bag, top]) await guest.post('/cart/items', { variantId: id, quantity: 1 });
  const cart = await guest.post('/cart/items', {
    storeId: stores('Old Navy').id,
    productName: 'Corduroy Overshirt',
    productUrl: 'https://oldnavy.gap.com/browse/product.do?pid=772210',
    productSku: '772210',
    size: 'L',
    color: 'rust',
    price: usd(4499),
    quantity: 1,
  });
  say('\n  Two stores on Muse and two elsewhere; the overshirt is in no catalogue, the guest described it:');
  printCart(cart);
  check(cart.storeCount === 4 && cart.itemCount === 4, 'the cart does not hold four lines of four stores');
  check(cart.problems.length === 0, `the cart has problems: ${JSON.stringify(cart.problems)}`);
  done(`in bolívares: ${inWords(cart.totalIn.VES)}`);
}

/** One address for all stores, once. */
async function checkOut(shopper) {
  const begun = await shopper.post('/checkout/sessions', {});
  check(begun.requiredFields.includes('/shippingAddress'), 'the checkout does not ask for an address');
  const contact = { email: 'ana@example.com', phone: '+1 212 555 0123' };
  const shipped = await shopper.put(`/checkout/sessions/${begun.id}/shipping`, { address: HOME, contact });
  const session = await payLater(shopper, shipped);
  check(session.readyToPlace, `the checkout is not ready: ${JSON.stringify(session.problems)}`);
  say();
  done(`one address for ${session.stores.length} stores: ${HOME.line1}, ${HOME.city}`);
  return session;
}

/** Order first, pay when the store is ready: where a store could be paid at once too. */
async function payLater(shopper, session) {
  let now = session;
  for (const { storeId, settlement } of session.stores) {
    if (settlement !== 'pay_now') continue;
    now = await shopper.put(`/checkout/sessions/${session.id}/stores/${storeId}`, { settlement: 'pay_later' });
  }
  return now;
}

/** One place; what the stream says is printed as it comes. */
async function placeAndWatch(shopper, session) {
  const told = new Map();
  const events = shopper.stream(`/checkout/sessions/${session.id}/events`);
  await events.next();
  const key = newKey();
  const path = `/checkout/sessions/${session.id}/place`;
  const accepted = session.disclosures
    .map(({ code }) => code)
    .filter((code, place, all) => all.indexOf(code) === place);
  const body = { expectedTotal: session.total, accepted };
  const placed = await shopper.ask('POST', path, body, { 'idempotency-key': key });
  check(placed.status === 202, `place answered ${placed.status}`);
  done(`placed all of it for ${inWords(session.total)}; live from the stores:`);
  let status;
  for await (status of events) {
    for (const { name, status: state, message } of status.stores) {
      if (told.get(name) !== state) say(`      ${name.padEnd(14)} ${message}`);
      told.set(name, state);
    }
    if (status.status !== 'processing') break;
  }
  check(status?.status === 'completed', `the checkout is ${status?.status} instead of completed`);
  const again = await shopper.ask('POST', path, body, { 'idempotency-key': key });
  check(again.headers.get('idempotency-replayed') === 'true', 'placing with the same key was not a replay');
  const { data } = await shopper.get(`/orders?checkoutSessionId=${session.id}`);
  const expected = status.stores.filter((store) => store.status === 'placed').length;
  check(data.length === expected, `${data.length} orders instead of ${expected}`);
  done('placed again with the same key: nothing was bought twice');
  return status;
}

/** Where a link leads, followed as a browser does. */
async function lead(continueUrl) {
  const headers = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };
  const answer = await fetch(`${base}${new URL(continueUrl).pathname}`, { redirect: 'manual', headers });
  check(answer.status === 302, `${continueUrl} answers ${answer.status} instead of 302`);
  return answer.headers.get('location');
}

/** Without the affiliate link, for a guest who wants none. */
async function straight(guest, { name, handoffId, continueUrl }) {
  const { affiliateDisclosure } = await guest.call('PATCH', `/handoffs/${handoffId}`, { affiliateLink: false });
  const to = await lead(continueUrl);
  check(affiliateDisclosure === null && !to.includes('awin1.com'), `${name}: still an affiliate link`);
  done(`${name}: the affiliate link is turned off, the same link leads to ${to}`);
}

/** The network reports what the click was worth. */
async function earned(admin, { name, continueUrl }, order) {
  const clickId = new URL(continueUrl).pathname.split('/')[2];
  const now = new Date().toISOString();
  const csv = `transactionId,clickref,occurredAt,status,commission,currency\nT-${Date.now()},${clickId},${now},approved,3.12,USD\n`;
  const { added, matched } = await admin.post('/admin/affiliate-conversions', { network: 'awin', csv });
  check(added === 1 && matched === 1, `${name}: the commission is not joined to its click`);
  const { data } = await admin.get(`/admin/affiliate-conversions?orderId=${order.id}`);
  check(data[0]?.order?.id === order.id, `${name}: the commission is not joined to its order`);
  done(`${name}: ${inWords(data[0].commission)} earned by order ${order.number}, as the network reports`);
}

async function linkWorks(shopper, { name, status, continueUrl, handoffId, affiliateDisclosure }, store) {
  check(status === 'continue_at_store', `${name}: ${status} instead of continue_at_store`);
  const to = await lead(continueUrl);
  const page = affiliateDisclosure === null ? to : new URL(to).searchParams.get('ued');
  check(
    store.hosts.some((host) => page?.startsWith(`https://${host}/`)),
    `${name}: the link leads to ${to}`,
  );
  if (affiliateDisclosure !== null) done(`${name}: "${affiliateDisclosure}"`);
  const handoff = await shopper.get(`/handoffs/${handoffId}`);
  check(handoff.continueUrl === continueUrl && handoff.status === 'waiting', `${name}: the hand-off does not wait`);
  check(
    handoff.opens === 1 && handoff.firstOpenedAt !== null,
    `${name}: opened ${handoff.opens} times instead of once`,
  );
  const { kind, warnings } = handoff.handoff;
  check(kind === (store.hosts[0] === 'luna-y-mar.example' ? 'cart' : 'product_page'), `${name}: opens as ${kind}`);
  done(`${name}: ${continueUrl} leads to ${to}`);
  done(`${name} opens as ${[kind, ...warnings.map(({ detail }) => detail)].join('. ')}`);
}

async function shopperJourney(stores, guest, orders) {
  title('The same guest signs in');
  const known = await signIn('shopper@muse.example');
  await known.delete('/cart');
  const shopper = await signIn('shopper@muse.example', guest.token);
  const kept = await shopper.get('/cart');
  check(kept.stores[0]?.items[0]?.productName === 'Corduroy Overshirt', 'the cart did not come along');
  for (const { id } of orders) await shopper.get(`/orders/${id}`);
  done(`keeps the cart (${kept.itemCount} line) and the orders ${orders.map(({ number }) => number).join(', ')}`);
  await keepAddress(shopper);

  const shirt = await variantOf(stores('Casa Lola'), 'Guayabera Clásica', 'merchant@muse.example');
  const ruana = await variantOf(stores('Taller Ávila'), 'Ruana de Páramo', 'merchant2@muse.example');
  for (const { id } of [shirt, ruana]) await shopper.post('/cart/items', { variantId: id, quantity: 2 });
  await useCoupons(shopper, stores('Casa Lola'));
  const begun = await shopper.post('/checkout/sessions', {});
  check(begun.shippingAddress?.line1 === HOME.line1, 'the checkout does not begin with the default address');
  done('checkout begins with the default address and the account’s e-mail');
  await payLater(shopper, begun);
  const session = await shopper.put(`/checkout/sessions/${begun.id}/stores/${stores('Old Navy').id}`, {
    included: false,
  });
  for (const store of session.stores.filter(({ included }) => included)) {
    say(`      ${store.name.padEnd(14)} ${inWords(store.total).padStart(9)}  ${inWords(store.totalIn.VES)}`);
  }
  const taxed = session.stores.filter(({ included, taxLines }) => included && taxLines.length > 0);
  check(taxed.length === 2, 'the stores on Muse do not know the tax in New York');
  for (const { name, taxLines, discounts } of taxed) {
    const [{ name: tax, percent, base, amount }] = taxLines;
    const off = discounts.map((one) => `${one.code} −${inWords(one.amount)}`).join(', ');
    say(`      ${name.padEnd(14)} ${off}; ${tax} ${percent} % of ${inWords(base)}: ${inWords(amount)}`);
  }
  done(`discount ${inWords(session.discount)}, tax ${inWords(session.tax)}, for each store on Muse by itself`);
  const rate = session.rates.find(({ quote }) => quote === 'VES');
  done(
    `Old Navy left out; total ${inWords(session.total)} = ${inWords(session.totalIn.VES)} at ${Number(rate.rate)}, kept for this checkout`,
  );
  await placeAndWatch(shopper, session);
  await printOrders(shopper);
  await followOrder(shopper, session.id, stores('Casa Lola'));
  await cancelOrder(shopper, session.id, stores('Taller Ávila'));
}

/** A coupon of a store and one of Muse, both at once. */
async function useCoupons(shopper, store) {
  const cart = await shopper.put('/cart/coupons', { codes: ['lola10', 'muse5'] });
  const unused = cart.coupons.filter(({ applied }) => !applied);
  check(unused.length === 0, `not every coupon counts: ${JSON.stringify(cart.problems)}`);
  const lola = cart.stores.find(({ storeId }) => storeId === store.id);
  const [own, ofMuse] = lola.discounts;
  check(own?.fundedBy === 'store' && ofMuse?.fundedBy === 'platform', 'the coupons are not told apart');
  check(own.amount.amount * 10 === lola.subtotal.amount, `LOLA10 takes ${inWords(own.amount)} off`);
  done(`uses ${own.code} (${inWords(own.amount)} at ${lola.name}) and ${ofMuse.code}: ${inWords(cart.discount)} off`);
}

async function keepAddress(shopper) {
  const { data } = await shopper.get('/me/addresses');
  const known = data.find(({ line1 }) => line1 === HOME.line1);
  const saved = known
    ? await shopper.put(`/me/addresses/${known.id}`, { ...HOME, isDefault: true })
    : await shopper.post('/me/addresses', { ...HOME, isDefault: true });
  check(saved.isDefault, 'the address is not the default');
  done(`has ${saved.line1} as the default of the address book`);
}

async function printOrders(shopper) {
  const { data } = await shopper.get('/orders?limit=5');
  say('\n  All orders in one place, the newest first:');
  for (const order of data) {
    const ves = order.totalIn.VES ? inWords(order.totalIn.VES) : '';
    say(
      `      ${order.number}  ${order.store.name.padEnd(14)} ${order.status.padEnd(10)} ${inWords(order.total).padStart(9)}  ${ves}`,
    );
  }
  say();
}

/** The merchant ships; the shopper follows the parcel and asks to send one thing back. */
async function followOrder(shopper, sessionId, store) {
  const { data } = await shopper.get(`/orders?checkoutSessionId=${sessionId}&storeId=${store.id}`);
  const order = data[0];
  check(order?.status === 'pending' && order.paymentStatus === 'unpaid', `the order is ${order?.status}`);
  const merchant = await signIn('merchant@muse.example');
  const path = `/merchant/stores/${store.id}/orders`;
  const { data: todo } = await merchant.get(`${path}?status=pending&q=${order.number}`);
  check(todo.length === 1 && todo[0].allowedActions.includes('ship'), 'the merchant does not see the order');
  const trackingNumber = `1Z999AA1${String(Date.now()).slice(-10)}`;
  await merchant.post(`${path}/${order.id}/ship`, { carrier: 'UPS', trackingNumber });
  done(`${store.name} ships ${order.number} by UPS ${trackingNumber}`);
  const tracking = await shopper.get(`/orders/${order.id}/tracking`);
  check(
    tracking.trackingNumber === trackingNumber && tracking.carrier === 'UPS',
    'the shopper cannot follow the parcel',
  );
  done(`the shopper follows it (${tracking.status}): ${tracking.trackingUrl}`);
  const items = [{ itemId: order.items[0].id, quantity: 1, reason: 'Too large' }];
  const wish = await shopper.post(`/orders/${order.id}/return`, { items });
  check(wish.status === 'requested', `the return is ${wish.status}`);
  done('and asks to send one of the two back: return requested');
}

async function cancelOrder(shopper, sessionId, store) {
  const { data } = await shopper.get(`/orders?checkoutSessionId=${sessionId}&storeId=${store.id}`);
  const cancelled = await shopper.put(`/orders/${data[0].id}/cancel`, { reason: 'The demo is over' });
  check(cancelled.status === 'cancelled', `the order is ${cancelled.status}`);
  done(`${store.name}: ${cancelled.number} cancelled before it was shipped; the stock is back`);
}

function days({ from, to }) {
  const day = (text) =>
    new Date(text).toLocaleDateString('en-US', { weekday: 'short', month: 'short', day: 'numeric', timeZone: 'UTC' });
  return from === to ? day(from) : `${day(from)} to ${day(to)}`;
}

function printCart(cart) {
  const width = 60;
  const row = (text = '') => say(`  │ ${text.padEnd(width)} │`);
  const priced = (text, price) => row(`${text.padEnd(width - price.length - 1)} ${price}`);
  say(`  ┌${'─'.repeat(width + 2)}┐`);
  row(`Your cart (${cart.storeCount} stores, ${cart.itemCount} items)`);
  for (const store of cart.stores) {
    row();
    row(`${store.name} (${store.items.length} ${store.items.length === 1 ? 'item' : 'items'})`);
    store.items.forEach((item, place) => {
      const kind = [item.size && `Size ${item.size}`, item.color].filter(Boolean).join(', ');
      const corner = place === store.items.length - 1 ? '└─' : '├─';
      priced(`${corner} ${item.productName}${kind && ` - ${kind}`}`, inWords(item.lineTotal));
    });
    priced('   Subtotal:', inWords(store.subtotal));
    const over =
      store.freeShippingOver && store.freeShippingGap.amount === 0 ? ` (over ${inWords(store.freeShippingOver)})` : '';
    priced('   Shipping:', store.shipping.amount === 0 ? `FREE${over}` : inWords(store.shipping));
    row(store.checkout === 'in_muse' ? '   ✓ Checkout within Muse' : `   → Finish at ${store.name}`);
  }
  say(`  ├${'─'.repeat(width + 2)}┤`);
  priced('Total:', inWords(cart.total));
  say(`  └${'─'.repeat(width + 2)}┘`);
}
