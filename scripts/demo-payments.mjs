// Of npm run demo: four merchants, one card. One of them fails after the card was authorised, and is not charged.
// Who the bank asks, and what Stripe did, is seen at Stripe's double, which npm start brings up.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, check, inWords } from './demo-client.mjs';

const SELLERS = [
  { email: 'merchant@muse.example', store: 'Casa Lola' },
  { email: 'merchant2@muse.example', store: 'Taller Ávila' },
  { email: 'hugo@muse.example', store: 'Brooklyn Thread' },
  { email: 'greta@muse.example', store: 'Harbor Lanterns' },
];
const NEW_STORE = { currency: 'USD', country: 'US' };
const usd = (amount) => ({ amount, currency: 'USD' });
const WAIT_MS = 30_000;

/** Asks again until the answer is as wanted. */
async function until(what, ask, wanted) {
  for (const began = Date.now(); ; await sleep(250)) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    check(Date.now() - began < WAIT_MS, `${what}, after ${WAIT_MS / 1000} s: ${JSON.stringify(answer).slice(0, 400)}`);
  }
}

export async function payments({ base, password, home, signIn, say, done, title }) {
  title('Four merchants, one card');
  const sellers = [];
  for (const seller of SELLERS) sellers.push(await open(seller));
  const stripe = await onboard(sellers);
  if (!stripe) return;
  const { shopper, session, intentId } = await checkOut(sellers, stripe);
  const orders = await outcome(shopper, session, sellers);
  await whatStripeDid(stripe, intentId, orders);
  await refund(shopper, sellers[0], orders);
  await wholeLedger();

  /** The seller's own client, store and something to sell; made where an earlier run has not. */
  async function open({ email, store: name }) {
    const known = email.startsWith('merchant');
    if (!known) await register(email);
    let client = await signIn(email);
    const find = async () => (await client.get('/merchant/stores')).data.find((one) => one.name === name);
    let store = known || (await isMerchant(client)) ? await find() : undefined;
    if (!store) {
      store = await client.post('/merchant/stores', { name, ...NEW_STORE });
      // What the store made of its owner is in the next token.
      client = await signIn(email);
      const option = { name: 'Standard', price: usd(600), minDays: 2, maxDays: 5 };
      await client.post(`/merchant/stores/${store.id}/delivery-options`, option);
    }
    const product = await client.post(`/merchant/stores/${store.id}/products`, {
      title: `Demo piece of ${name}`,
      category: 'Accessories',
      variants: [
        {
          sku: `DEMO-${Date.now()}`,
          price: usd(2500 + 700 * SELLERS.findIndex((one) => one.store === name)),
          onHand: 3,
        },
      ],
    });
    return { client, store, product };
  }

  async function register(email) {
    const response = await fetch(`${base}/api/v1/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    check(response.ok || response.status === 409, `${email} cannot register: ${await response.text()}`);
  }

  async function isMerchant(client) {
    return (await client.get('/me')).roles.includes('merchant');
  }

  /** Each tells Stripe who they are, if they have not yet. Gives where Stripe's double is; nothing where this is Stripe itself. */
  async function onboard(all) {
    let origin;
    for (const { client, store } of all) {
      const path = `/merchant/stores/${store.id}/payment-account`;
      const before = await client.post(path, {});
      const urls = { returnUrl: `${base}/api/docs`, refreshUrl: `${base}/api/docs` };
      const { url } = await client.post(`${path}/link`, urls);
      origin = new URL(url).origin;
      const isDouble = (await fetch(origin).catch(() => undefined))?.headers.get('x-stripe-double') === '1';
      if (!isDouble) {
        done(`this is Stripe itself: let ${store.name} be onboarded at ${url}, and run the demo again`);
        return undefined;
      }
      if (before.payable) continue;
      await fetch(url, { method: 'POST', body: new URLSearchParams({ outcome: 'success' }), redirect: 'manual' });
      await until(
        `${store.name} cannot be paid`,
        () => client.get(path),
        (account) => account.payable,
      );
      done(`${store.name} has told Stripe who they are, and can be paid`);
    }
    return origin;
  }

  async function checkOut(all, stripe) {
    const { accessToken } = await new Client(base).post('/guests');
    const shopper = new Client(base, accessToken);
    for (const { product } of all)
      await shopper.post('/cart/items', { variantId: product.variants[0].id, quantity: 2 });
    const begun = await shopper.post('/checkout/sessions', {});
    const contact = { email: 'bea@example.com' };
    await shopper.put(`/checkout/sessions/${begun.id}/shipping`, { address: home, contact });
    const providerToken = 'pm_card_authenticationRequired';
    const session = await shopper.put(`/checkout/sessions/${begun.id}/payment`, { providerToken });
    check(session.readyToPlace, `the checkout is not ready: ${JSON.stringify(session.problems)}`);
    check(session.dueNow.amount === session.total.amount, 'not everything is due now');
    done(
      `one card, ${session.paymentMethod?.brand ?? 'visa'} …${session.paymentMethod?.last4}, for ${inWords(session.dueNow)} at ${all.length} stores`,
    );
    await shopper.post(`/checkout/sessions/${session.id}/place`, { expectedTotal: session.total });
    const status = await until(
      'the bank does not ask',
      () => shopper.get(`/checkout/sessions/${session.id}/status`),
      ({ action }) => action?.type === 'authenticate',
    );
    const [intentId] = status.action.clientSecret.split('_secret_');
    done(`PaymentIntent ${intentId}: the bank asks the shopper (3-D Secure)`);

    const last = all.at(-1);
    await last.client.delete(`/merchant/stores/${last.store.id}/products/${last.product.id}`);
    say(`      meanwhile ${last.store.name} takes its goods off sale`);
    const answer = await fetch(`${stripe}/_double/payment_intents/${intentId}/authenticate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ outcome: 'success' }),
    });
    check(answer.ok, `the bank answers ${answer.status}`);
    await shopper.post(`/checkout/sessions/${session.id}/resume`, {});
    done('the shopper agrees: the card is authorised, the stores are asked');
    return { shopper, session, intentId };
  }

  async function outcome(shopper, session, all) {
    const status = await until(
      'the checkout does not end',
      () => shopper.get(`/checkout/sessions/${session.id}/status`),
      (one) => one.status !== 'processing' && one.status !== 'action_required',
    );
    check(status.status === 'partially_completed', `the checkout is ${status.status}`);
    const orders = [];
    for (const store of status.stores) {
      if (store.storeId === all.at(-1).store.id) {
        check(store.status === 'failed', `${store.name} is ${store.status} instead of failed`);
        say(`      ${store.name.padEnd(16)} failed: ${store.failure.detail}`);
        continue;
      }
      const order = await until(
        `the order of ${store.name} is not paid`,
        () => shopper.get(`/orders/${store.order.id}`),
        (one) => one.paymentStatus === 'paid',
      );
      orders.push(order);
      say(
        `      ${store.name.padEnd(16)} ${order.number}  ${inWords(order.total).padStart(8)}  ${order.paymentStatus} by ${order.payment.method} …${order.payment.last4}`,
      );
    }
    return orders;
  }

  async function whatStripeDid(stripe, intentId, orders) {
    const known = async () => (await fetch(`${stripe}/_double/state`)).json();
    const { paymentIntents, transfers, balanceTransactions, charges } = await until(
      'the transfers are not made',
      known,
      (state) => {
        const ofThis = state.transfers.filter((one) => one.transfer_group === groupOf(state, intentId));
        return ofThis.length === orders.length;
      },
    );
    const intent = paymentIntents.find(({ id }) => id === intentId);
    const sum = orders.reduce((total, order) => total + order.total.amount, 0);
    check(intent.amount_received === sum, `${intent.amount_received} was captured instead of ${sum}`);
    done(
      `captured once: ${inWords(usd(intent.amount_received))} of ${inWords(usd(intent.amount))} authorised; the rest was never taken`,
    );
    const sent = transfers.filter((one) => one.transfer_group === intent.transfer_group);
    let kept = sum;
    for (const order of orders) {
      const transfer = sent.find(({ metadata }) => metadata.muse_store_id === order.store.id);
      check(transfer, `nothing was sent to ${order.store.name}`);
      kept -= transfer.amount;
      say(
        `      ${order.store.name.padEnd(16)} ${inWords(order.total).padStart(8)} − fee ${inWords(usd(order.total.amount - transfer.amount)).padStart(6)} = ${inWords(usd(transfer.amount)).padStart(8)}  ${transfer.id}`,
      );
    }
    const charge = charges.find(({ payment_intent: of }) => of === intentId);
    const { fee } = balanceTransactions.find(({ source, type }) => source === charge.id && type === 'charge') ?? {
      fee: 0,
    };
    done(`Muse keeps ${inWords(usd(kept))}, and pays Stripe ${inWords(usd(fee))} of it`);
  }

  function groupOf({ paymentIntents }, intentId) {
    return paymentIntents.find(({ id }) => id === intentId)?.transfer_group;
  }

  async function refund(shopper, { client, store }, orders) {
    const order = orders.find((one) => one.store.id === store.id);
    const items = [{ itemId: order.items[0].id, quantity: 1 }];
    await client.post(`/merchant/stores/${store.id}/orders/${order.id}/refunds`, { items, reason: 'One came late' });
    const after = await until(
      'the refund is not made',
      () => shopper.get(`/orders/${order.id}`),
      (one) => one.paymentStatus === 'partially_refunded',
    );
    const { data } = await shopper.get(`/orders/${order.id}/refunds`);
    done(`${store.name} pays one of two pieces back: ${inWords(data[0].amount)}; the order is ${after.paymentStatus}`);
    await books(sellers, orders);
  }

  /** What each merchant is owed, by Muse's books: every entry of the ledger that is theirs. */
  async function books(all, orders) {
    for (const { client, store } of all.slice(0, orders.length)) {
      const order = orders.find((one) => one.store.id === store.id);
      const entries = async () => {
        const text = await client.text(`/merchant/stores/${store.id}/statements`);
        const [head, ...lines] = text
          .trim()
          .split(/\r?\n/)
          .map((line) => line.split(','));
        const rows = lines.map((cells) => Object.fromEntries(head.map((column, place) => [column, cells[place]])));
        return rows.filter((row) => Object.values(row).includes(order.id));
      };
      const rows = await until(
        `the books of ${store.name} are not closed`,
        entries,
        (found) => sum(found) === 0 && found.length > 0,
      );
      say(`      ${store.name.padEnd(16)} ${rows.map(({ type, amount }) => `${type} ${amount}`).join(', ')}`);
    }
    done('what each merchant was owed and what they were sent add up to nothing left');
  }

  /** Every cent of every payment that this server knows, this one's and all others'. */
  async function wholeLedger() {
    const support = await signIn('support@muse.example');
    for (const { sum: together, accounts } of (await support.get('/admin/ledger')).data) {
      check(together.amount === 0, `the ledger is not zero: ${JSON.stringify(together)}`);
      say(`      ${accounts.map(({ account, balance }) => `${account} ${inWords(balance)}`).join(', ')}`);
      done(`the whole ledger in ${together.currency}: ${accounts.length} accounts, together ${inWords(together)}`);
    }
  }

  function sum(rows) {
    return rows.reduce((total, { amount }) => total + Math.round(Number(amount) * 100), 0);
  }
}
