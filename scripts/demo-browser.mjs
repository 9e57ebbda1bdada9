// Of npm run demo: a store without an API, ordered at by a browser that an admin has allowed there and the shopper has let in; the
// store asks for a one-time code in the middle, and the shopper answers; the order is in the store's own book, and is cancelled there.
// The store is the sandbox shop that npm start brings up.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, check, inWords } from './demo-client.mjs';

const STORE = { name: "Macy's", good: 'Gold Necklace' };
/** Who shops there, and what they would answer: test/sandbox/shops. */
const ACCOUNT = { username: 'bo@shop.example', password: 'bo-shop-passphrase' };
const CODE = '314159';
const WAIT_MS = 120_000;

export async function byBrowser({ base, password, signIn, say, done, title }) {
  title('A store without an API');
  const visitor = new Client(base);
  const { data: stores } = await visitor.get('/stores?limit=100');
  const store = stores.find(({ name }) => name === STORE.name);
  check(store, `There is no store ${STORE.name}: this server has no demo data.`);
  const host = store.hosts.find((one) => one.startsWith('127.0.0.1:'));
  if (!host || !(await isThere())) {
    done('the sandbox shops do not run beside this server: nothing to order at here (npm start brings them up)');
    return;
  }
  const admin = await signIn('admin@muse.example');
  const policy = { policy: 'allowed', agreement: 'Demo agreement 1' };
  await admin.put(`/admin/stores/${store.id}/automation/policy`, policy);
  done(`an admin allows a browser at ${store.name}, by an agreement that is named`);
  const shopper = await newShopper();
  await letIn();
  await control('switches', { oneTimeCode: 'checkout' });
  try {
    const session = await checkOut();
    const order = await place(session);
    await cancel(order);
  } finally {
    await control('switches', { oneTimeCode: false });
  }
  await shopper.delete(`/integrations/${store.id}`);
  done('the sign-in and the cookies are destroyed');

  async function isThere() {
    const answer = await fetch(`http://${host}/`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    return answer?.ok === true;
  }

  async function newShopper() {
    const email = `browser-${Date.now()}@muse.example`;
    const response = await fetch(`${base}/api/v1/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    check(response.status === 201, `${email} cannot register: ${await response.text()}`);
    return signIn(email);
  }

  async function letIn() {
    const { credentialsConsent } = await shopper.get('/integrations');
    say(`  "${credentialsConsent.text}"`);
    const consentVersion = credentialsConsent.version;
    await shopper.put(`/integrations/${store.id}/credentials`, { ...ACCOUNT, consentVersion });
    const { signIn: tried } = await until(
      'the sign-in was not tried',
      () => shopper.get(`/integrations/${store.id}`),
      ({ signIn: of }) => of.state !== 'proving',
    );
    check(tried.state === 'proved', `the sign-in is ${tried.state}: ${tried.reason}`);
    done('the shopper gives their sign-in there; Chromium has signed in by it, and nobody can read it back');
  }

  async function checkOut() {
    const { data } = await visitor.get(`/products?storeId=${store.id}&q=${encodeURIComponent(STORE.good)}`);
    const product = data.find((one) => one.title === STORE.good);
    check(product, `there is no ${STORE.good}`);
    await shopper.post('/cart/items', { variantId: product.variants[0].id, quantity: 1 });
    const { id } = await shopper.post('/checkout/sessions', {});
    const home = { line1: '500 Congress Ave', city: 'Austin', region: 'TX', postalCode: '78701', country: 'US' };
    await shopper.put(`/checkout/sessions/${id}/shipping`, {
      address: { name: 'Bo Reyes', ...home },
      contact: { email: 'bo@example.com', phone: '+1 512 555 0102' },
    });
    await answerWhatIsAsked(id);
    const session = await until(
      'the store has not said what it comes to',
      () => shopper.get(`/checkout/sessions/${id}`),
      ({ stores: [one] }) => one.status === 'waiting',
    );
    const [quote] = session.stores;
    check(quote.checkout === 'in_muse', `it is checked out ${quote.checkout}: ${JSON.stringify(quote.problems)}`);
    const charged = quote.problems.find(({ code }) => code === 'charged_at_store');
    done(`its review page says ${inWords(quote.total)}, tax ${inWords(quote.tax)}. ${charged?.detail ?? ''}`);
    return session;
  }

  async function answerWhatIsAsked(id) {
    const { stores: asking } = await until(
      'the store has asked nothing',
      () => shopper.get(`/checkout/sessions/${id}/status`),
      ({ stores: [one] }) => one.action?.type === 'challenge',
    );
    const path = `/checkout/sessions/${id}/challenges/${asking[0].action.challengeId}`;
    const { kind, prompt, picture, fields } = await shopper.get(path);
    say(
      `  ${asking[0].message}: "${prompt}" (${kind}; a picture of the page of ${Math.round(picture.length / 1365)} kB)`,
    );
    await shopper.post(`${path}/answer`, { answers: { [fields[0].name]: CODE } });
    done('the shopper answers; the code is typed into the page that waits, and destroyed');
  }

  async function place(session) {
    await shopper.post(`/checkout/sessions/${session.id}/place`, { expectedTotal: session.total });
    const status = await until(
      'the store has no order',
      () => shopper.get(`/checkout/sessions/${session.id}/status`),
      ({ status: state }) => !['processing', 'action_required'].includes(state),
    );
    const [{ status: state, order }] = status.stores;
    check(state === 'placed' && order?.storeOrderNumber, `${store.name}: ${state} without an order number`);
    const mine = (await control('ledger')).filter(({ number }) => number === order.storeOrderNumber);
    check(mine.length === 1 && mine[0].total === session.total.amount, `${store.name} has another order`);
    done(`placed: ${order.storeOrderNumber}, once, by the store's own book, paid by ${mine[0].paidBy}`);
    return order;
  }

  async function cancel({ id, storeOrderNumber }) {
    await until(
      'the order page was not read',
      () => shopper.get(`/orders/${id}`),
      ({ allowedActions }) => allowedActions.includes('cancel'),
    );
    await shopper.put(`/orders/${id}/cancel`, {});
    await until(
      'the order is not cancelled',
      () => shopper.get(`/orders/${id}`),
      ({ status }) => status === 'cancelled',
    );
    const [own] = (await control('ledger')).filter(({ number }) => number === storeOrderNumber);
    check(own.status === 'cancelled', `${store.name} has it as ${own.status}`);
    done('followed and cancelled by its own order page');
  }

  async function control(what, parameters = {}) {
    const body = JSON.stringify({ do: what, ...parameters });
    return (await fetch(`http://${host}/__control`, { method: 'POST', body })).json();
  }

  async function until(what, ask, wanted) {
    for (const began = Date.now(); ; await sleep(500)) {
      const answer = await ask();
      if (wanted(answer)) return answer;
      check(
        Date.now() - began < WAIT_MS,
        `${what}, after ${WAIT_MS / 1000} s: ${JSON.stringify(answer).slice(0, 400)}`,
      );
    }
  }
}
