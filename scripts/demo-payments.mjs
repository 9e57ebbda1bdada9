// Part of npm run demo: three merchants are paid by one card; a fourth fails, and is not paid. Skipped where the server
// takes no payments.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Unexpected, check, inWords } from './demo-client.mjs';

const usd = (amount) => ({ amount, currency: 'USD' });
const SHOPS = [
  ['Café Ávila', 'Coffee from Mérida', 1_850],
  ['Hilo y Aguja', 'Embroidered Blouse', 6_400],
  ['Barro Negro', 'Clay Pitcher', 3_275],
  ['Última Pieza', 'The Last Hat', 4_200],
];

/** @param {{ base: string, password: string, address: object, say: (line?: string) => void, done: (line: string) => void }} of */
export async function paymentJourney({ base, password, address, say, done }) {
  const merchant = await newMerchant(base, password);
  const shops = [];
  for (const [name, title, cents] of SHOPS) {
    const shop = await openShop(merchant, name, title, cents);
    if (!(await onboard(base, merchant, shop))) return done('payments are off on this server: nothing to show');
    shops.push(shop);
  }
  done(`${shops.length} merchants have handed in what the payment provider asks for`);

  const guest = new Client(base, (await new Client(base).post('/guests')).accessToken);
  for (const { variantId } of shops) await guest.post('/cart/items', { variantId, quantity: 1 });
  const { id } = await guest.post('/checkout/sessions', {});
  const contact = { email: 'luis@example.com', phone: '+1 212 555 0124' };
  const unpaid = await guest.put(`/checkout/sessions/${id}/shipping`, { address, contact });
  check(unpaid.requiredFields.includes('/paymentMethodId'), 'the checkout does not ask for a payment method');
  const session = await guest.put(`/checkout/sessions/${id}/payment`, { providerToken: 'pm_card_visa' });
  check(session.readyToPlace, `the checkout is not ready: ${JSON.stringify(session.problems)}`);
  const { brand, last4 } = session.paymentMethod;
  done(
    `one ${brand} ending in ${last4} for ${session.stores.length} stores: ${inWords(session.charge)} to be authorised`,
  );

  const failing = shops.at(-1);
  await merchant.delete(`${failing.at}/products/${failing.productId}`);
  await guest.post(`/checkout/sessions/${id}/place`, { expectedTotal: session.total });
  const status = await until(async () => {
    const seen = await guest.get(`/checkout/sessions/${id}/status`);
    return seen.status !== 'processing' && seen;
  });
  check(status.status === 'partially_completed', `the checkout is ${status.status} instead of partially_completed`);
  for (const store of status.stores) say(`      ${store.name.padEnd(14)} ${store.message}`);
  const placed = status.stores.filter(({ order }) => order !== null);
  check(placed.length === 3, `${placed.length} orders instead of 3`);

  let captured = 0;
  for (const { name, order } of placed) {
    const paid = await until(async () => {
      const seen = await guest.get(`/orders/${order.id}`);
      return seen.paymentStatus === 'paid' && seen;
    });
    captured += paid.paid.amount;
    say(
      `      ${name.padEnd(14)} ${paid.number} paid ${inWords(paid.paid)} by ${paid.payment.method} ${paid.payment.last4}`,
    );
  }
  const released = session.charge.amount - captured;
  done(
    `captured ${inWords(usd(captured))} of ${inWords(session.charge)}; ${inWords(usd(released))} for ${failing.name} was let go`,
  );
  await printLedger(merchant, shops.slice(0, 3), say, done);
  await printProvider(say, done, captured);
}

async function newMerchant(base, password) {
  const email = `payments-${Date.now()}@muse.example`;
  const { accessToken } = await new Client(base).post('/auth/register', { email, password, displayName: 'Payments' });
  return new Client(base, accessToken);
}

async function openShop(merchant, name, title, cents) {
  const { id } = await merchant.post('/merchant/stores', { name, currency: 'USD', country: 'US' });
  const at = `/merchant/stores/${id}`;
  await merchant.post(`${at}/delivery-options`, { name: 'Standard', price: usd(500), minDays: 2, maxDays: 4 });
  const variants = [{ sku: 'ONE', price: usd(cents), onHand: 5 }];
  const product = await merchant.post(`${at}/products`, { title, variants });
  return { id, name, at, productId: product.id, variantId: product.variants[0].id };
}

/** The merchant follows the link, and hands in everything. False where the server takes no payments. */
async function onboard(base, merchant, { name, at }) {
  try {
    await merchant.post(`${at}/payment-account`, {});
  } catch (error) {
    if (error instanceof Unexpected && error.message.includes('payments_off')) return false;
    throw error;
  }
  const { url } = await merchant.post(`${at}/payment-account/link`, { returnUrl: base, refreshUrl: base });
  const { hostname } = new URL(url);
  check(/^(localhost|127[.]0[.]0[.]1)$/.test(hostname), `${name} has to be onboarded by hand: ${url}`);
  await fetch(url, { method: 'POST', body: new URLSearchParams({ outcome: 'success' }), redirect: 'manual' });
  await until(async () => (await merchant.get(`${at}/payment-account`)).payable, 90_000);
  return true;
}

/** What each merchant is owed, by Muse's books: sale less fee, and sent on. */
async function printLedger(merchant, shops, say, done) {
  for (const { name, at } of shops) {
    const rows = await until(async () => {
      const text = (await merchant.text(`${at}/statements`)).trim();
      const [head, ...lines] = text.split(/\r?\n/).map((line) => line.split(','));
      const found = lines.map((cells) => Object.fromEntries(head.map((column, place) => [column, cells[place]])));
      return found.some(({ type }) => type === 'transfer') && found;
    });
    const sum = rows.reduce((total, { amount }) => total + Math.round(Number(amount) * 100), 0);
    say(`      ${name.padEnd(14)} ${rows.map(({ type, amount }) => `${type} ${amount}`).join(', ')}`);
    check(sum === 0, `the books of ${name} are off by ${sum} cents`);
  }
  done('sale, fee and transfer of each merchant add up to nothing left');
}

/** Where the provider is the double on this machine, its side of it. */
async function printProvider(say, done, captured) {
  const { STRIPE_API_BASE: double } = process.env;
  if (!double) return;
  const { paymentIntents, transfers } = await (await fetch(`${double}/_double/state`)).json();
  const intent = paymentIntents.at(-1);
  check(intent.amount_received === captured, `the provider took ${intent.amount_received} instead of ${captured}`);
  const sent = transfers.filter((one) => one.transfer_group === intent.transfer_group);
  say(`      ${intent.id} (Stripe double): ${intent.status}, ${intent.amount_received} of ${intent.amount}`);
  for (const { id, amount, destination } of sent) say(`      ${id}: ${amount} to ${destination}`);
  done('one PaymentIntent, captured once, and a transfer to each merchant');
}

async function until(look, ms = 30_000) {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(200)) {
    const found = await look();
    if (found) return found;
  }
  throw new Unexpected(`Nothing came of it within ${ms / 1000} s: ${look.toString().slice(0, 120)}`);
}
