// Of npm run demo: an order whose merchant hands a parcel to a carrier; the carrier is asked where it is, and the order moves to
// delivered with nobody's hand. The carriers are doubles that npm start brings up (test/sandbox/carriers).
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { placeOf } from './carrier-doubles.mjs';
import { Client, check, newKey } from './demo-client.mjs';

const WAIT_MS = 30_000;

export async function byCarrier({ base, password, home, signIn, done, title }) {
  title('Where a parcel is, says its carrier');
  const url = await findDoubles();
  if (!url)
    return done('no carriers’ doubles beside this server: none to ask (npm start brings them up, in development)');
  const stamp = Date.now();
  const number = upsNumber(stamp);
  const at = (hours) => new Date(stamp - hours * 3_600_000).toISOString();
  await scan('label', at(50), 'Miami');
  await scan('picked_up', at(46), 'Miami');
  await scan('departed', at(30), 'Atlanta');
  await scan('out_for_delivery', at(5), 'New York');

  const merchant = await signIn('merchant@muse.example');
  const store = (await merchant.get('/merchant/stores')).data.find(({ name }) => name === 'Casa Lola');
  const buyer = await person(`ida-${stamp}@example.com`);
  const order = await buy();
  const ofOrder = `/merchant/stores/${store.id}/orders/${order.id}`;
  await merchant.post(`${ofOrder}/confirm`);
  await merchant.post(`${ofOrder}/mark-paid`, { method: 'bank_transfer', reference: `TRF-C-${stamp}` });
  await merchant.post(`${ofOrder}/ship`, { carrier: 'UPS', trackingNumber: number });
  done(`order ${order.number} is handed to UPS as ${number}`);
  const tracked = await until(
    'UPS tells of no parcel',
    `/orders/${order.id}/tracking`,
    ({ status }) => status === 'out_for_delivery',
  );
  for (const { at: moment, detail, location } of tracked.events)
    done(`${moment.slice(0, 16)}  ${detail}${location ? `, ${location}` : ''}`);

  // The next question comes in a quarter of an hour: another parcel of the same day has arrived already.
  const second = upsNumber(stamp + 1);
  await scan('departed', at(20), 'Newark', second);
  await scan('delivered', at(1), 'New York', second);
  const other = await buy();
  const ofOther = `/merchant/stores/${store.id}/orders/${other.id}`;
  await merchant.post(`${ofOther}/confirm`);
  await merchant.post(`${ofOther}/mark-paid`, { method: 'bank_transfer', reference: `TRF-D-${stamp}` });
  await merchant.post(`${ofOther}/ship`, { carrier: 'UPS', trackingNumber: second });
  const arrived = await until(
    'the order does not arrive',
    `/orders/${other.id}`,
    ({ status }) => status === 'delivered',
  );
  const wanted = ['parcel_out_for_delivery', 'order_delivered'];
  await until('the buyer is not told of it', '/notifications', ({ data }) =>
    wanted.every((one) => data.some(({ kind }) => kind === one)),
  );
  done(`order ${arrived.number} is ${arrived.status}, by its carrier’s word; the buyer was told of both`);

  async function findDoubles() {
    const place = placeOf(process.env);
    if (!existsSync(place)) return null;
    const { url: found } = JSON.parse(readFileSync(place, 'utf8'));
    const answer = await control(found, { calls: true }).catch(() => null);
    return answer?.ok ? found : null;
  }

  function control(address, body) {
    return fetch(`${address}/__control`, {
      method: 'POST',
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(5_000),
    });
  }

  async function scan(what, moment, city, of = number) {
    const answer = await control(url, { scan: 'ups', number: of, what, at: moment, city, state: '' });
    check(answer.ok, 'the carrier does not take a scan');
  }

  async function person(email) {
    const response = await fetch(`${base}/api/v1/auth/register`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ email, password }),
    });
    check(response.ok, `${email} cannot register: ${await response.clone().text()}`);
    return new Client(base, (await response.json()).accessToken);
  }

  async function buy() {
    const product = await merchant.post(`/merchant/stores/${store.id}/products`, {
      ...{ title: `Jug ${Date.now()}`, category: 'Home' },
      variants: [{ sku: `Jug-${Date.now()}`, price: { amount: 2900, currency: 'USD' }, onHand: 3 }],
    });
    await buyer.post('/cart/items', { variantId: product.variants[0].id, quantity: 1 });
    const { id } = await buyer.post('/checkout/sessions', {});
    const contact = { email: 'ida@example.com' };
    let session = await buyer.put(`/checkout/sessions/${id}/shipping`, { address: home, contact });
    if (session.stores[0].settlement === 'pay_now')
      session = await buyer.put(`/checkout/sessions/${id}/stores/${store.id}`, { settlement: 'pay_later' });
    await buyer.post(`/checkout/sessions/${id}/place`, { expectedTotal: session.total }, newKey());
    const { stores } = await until(
      'the order is not placed',
      `/checkout/sessions/${id}/status`,
      ({ status }) => status === 'completed',
    );
    return buyer.get(`/orders/${stores[0].order.id}`);
  }

  async function until(what, path, wanted) {
    for (const began = Date.now(); ; await sleep(250)) {
      const answer = await buyer.get(path);
      if (wanted(answer)) return answer;
      check(
        Date.now() - began < WAIT_MS,
        `${what}, after ${WAIT_MS / 1000} s: ${JSON.stringify(answer).slice(0, 400)}`,
      );
    }
  }
}

/** A number of UPS with the check digit that belongs to it. */
function upsNumber(stamp) {
  const body = `000000${String(stamp).slice(-9)}`;
  const sum = [...body].reduce((total, digit, place) => total + Number(digit) * (place % 2 === 0 ? 1 : 2), 0);
  return `1Z${body}${(10 - (sum % 10)) % 10}`;
}
