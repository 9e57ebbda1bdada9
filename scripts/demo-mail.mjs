// Of npm run demo: a mailbox is linked; a redirect store's hand-off is ordered there; its confirmation makes the order, and its
// later mails bring that to the door. A mail of a store that no hand-off explains is offered, and followed.
// Store and mailbox are sandboxes: the mails go by SMTP to the mail provider that npm start brings up (test/sandbox/mail).
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createTransport } from 'nodemailer';
import { check, inWords } from './demo-client.mjs';

const STORE = { name: 'Luna y Mar', domain: 'luna-y-mar.example', good: 'Shell Bracelet' };
const ELSEWHERE = { name: 'Cuadernos Sol', domain: 'cuadernos-sol.example' };
const PARCEL = { carrier: 'UPS', number: '1Z999AA10123456784' };
const WAIT_MS = 60_000;
const root = fileURLToPath(new URL('..', import.meta.url));

export async function ordersInMail({ base, password, home, signIn, say, done, title }) {
  title('Orders that are found in mail');
  const provider = await findProvider();
  if (!provider) {
    done('no mail sandbox beside this server: nothing to read here (npm start brings one up, in development)');
    return;
  }
  const run = Date.now().toString(36);
  const mailbox = { address: `mail-${run}@mail.sandbox`, password: `mail-${run}-passphrase` };
  const shopper = await newShopper();
  const smtp = createTransport({ host: '127.0.0.1', port: provider.SMTP, ignoreTLS: true });

  const linked = await link();
  const handoff = await handOff();
  const order = await confirm();
  await deliver();
  await offer();
  await unlink();

  async function newShopper() {
    const email = `${run}-in-mail@muse.example`;
    const response = await fetch(`${base}/api/v1/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    check(response.status === 201, `${email} cannot register: ${await response.text()}`);
    return signIn(email);
  }

  /** By an app password, as of any provider; it counts once Muse has signed in with it. */
  async function link() {
    await provider.control({ do: 'account', ...mailbox });
    const { consent } = await shopper.get('/mailboxes');
    say(`  "${consent.text}"`);
    const { id } = await shopper.post('/mailboxes', {
      ...{ ...mailbox, host: '127.0.0.1', port: provider.IMAPS, consent: consent.version, backlogDays: 1 },
    });
    const { status } = await until(
      'the mailbox is not read',
      () => shopper.get(`/mailboxes/${id}`),
      (one) => one.status !== 'proving',
    );
    check(status === 'active', `the mailbox is ${status}`);
    done(`${mailbox.address}: linked over TLS, and watched`);
    return id;
  }

  async function handOff() {
    const { data: stores } = await shopper.get('/stores?limit=100');
    const store = stores.find(({ name }) => name === STORE.name);
    check(store, `There is no store ${STORE.name}: this server has no demo data.`);
    const { data: goods } = await shopper.get(`/products?storeId=${store.id}&q=${encodeURIComponent(STORE.good)}`);
    await shopper.post('/cart/items', { variantId: goods[0].variants[0].id, quantity: 2 });
    const begun = await shopper.post('/checkout/sessions', {});
    const session = await shopper.put(`/checkout/sessions/${begun.id}/shipping`, {
      address: home,
      contact: { email: 'ana@example.com', phone: '+1 212 555 0123' },
    });
    await shopper.post(`/checkout/sessions/${session.id}/place`, { expectedTotal: session.total });
    const { stores: parts } = await until(
      'the hand-off is not there',
      () => shopper.get(`/checkout/sessions/${session.id}/status`),
      ({ status }) => status !== 'processing',
    );
    const [{ handoffId, status, continueUrl }] = parts;
    check(status === 'continue_at_store', `${STORE.name} is ${status}`);
    done(`${STORE.name} waits with a filled cart of ${inWords(session.total)}: ${continueUrl}`);
    return { id: handoffId, total: session.total };
  }

  /** The shopper pays at the store, which writes to them. */
  async function confirm() {
    const number = `LM-${run.toUpperCase()}`;
    const sent = Date.now();
    await mail(STORE, `Your ${STORE.name} order ${number} is confirmed`, [
      `<h1>Thank you for your order!</h1><p>Order number: <b>${number}</b></p>`,
      `<table><tr><td>${STORE.good}</td><td>Qty: 2</td><td>$18.00</td></tr>`,
      `<tr><td>Order total</td><td></td><td><b>${inWords(handoff.total)}</b></td></tr></table>`,
    ]);
    const { orderId } = await until(
      'no order has come of the confirmation',
      () => shopper.get(`/handoffs/${handoff.id}`),
      ({ status }) => status === 'ordered',
    );
    const took = Date.now() - sent;
    const found = await shopper.get(`/orders/${orderId}`);
    check(found.storeOrderNumber === number, `the order has the number ${found.storeOrderNumber}`);
    check(found.status === 'confirmed', `the order is ${found.status}`);
    check(found.total.amount === handoff.total.amount, `the order is of ${inWords(found.total)}`);
    done(`its confirmation is Muse's order ${found.number}, ${number} there: ${took} ms after the mail was sent`);
    return { ...found, number };
  }

  async function deliver() {
    const tracking = `<p>Order number: <b>${order.number}</b></p><p>Carrier: ${PARCEL.carrier}<br>Tracking number: <b>${PARCEL.number}</b></p>`;
    const steps = [
      [
        'shipped',
        'in_transit',
        `Your ${STORE.name} order ${order.number} has shipped`,
        'Good news: your order has shipped.',
      ],
      ['shipped', 'out_for_delivery', `Out for delivery: order ${order.number}`, 'Your package is out for delivery.'],
      ['delivered', 'delivered', `Delivered: your ${STORE.name} order ${order.number}`, 'Your package was delivered.'],
    ];
    for (const [status, parcel, subject, sentence] of steps) {
      await mail(STORE, subject, [`<h1>${sentence}</h1>`, tracking]);
      const seen = await until(
        `the order has not heard "${subject}"`,
        () => shopper.get(`/orders/${order.id}/tracking`),
        (one) => one.status === parcel,
      );
      const { status: now } = await shopper.get(`/orders/${order.id}`);
      check(now === status, `the order is ${now} instead of ${status}`);
      check(seen.trackingNumber === PARCEL.number, `the parcel is ${seen.trackingNumber}`);
      done(`"${subject}": ${seen.carrier} ${seen.trackingNumber} is ${parcel}, the order ${now}`);
    }
  }

  /** Bought without Muse, at a store that it does not know. */
  async function offer() {
    const number = `CS-${run.toUpperCase()}`;
    await mail(ELSEWHERE, `Confirmación de tu pedido ${number}`, [
      `<h1>¡Gracias por tu compra!</h1><p>Hemos recibido tu pedido. Número de pedido: <b>${number}</b></p>`,
      '<table><tr><td>Cuaderno de puntos</td><td>Cantidad: 1</td><td>12,50 €</td></tr>',
      '<tr><td>Total del pedido</td><td></td><td><b>16,45 €</b></td></tr></table>',
    ]);
    const { data } = await until(
      'nothing is offered',
      () => shopper.get('/found-orders'),
      (list) => list.data.length > 0,
    );
    const [found] = data;
    check(found.storeOrderNumber === number, `${found.storeOrderNumber} is offered`);
    const words = found.evidence.map(({ excerpt }) => `"${excerpt}"`).slice(0, 3);
    done(`bought at ${found.store.domain} for ${inWords(found.total)}: follow it? (${words.join(', ')})`);
    const followed = await shopper.post(`/found-orders/${found.id}/follow`, {});
    check(followed.total.amount === found.total.amount, `the order is of ${inWords(followed.total)}`);
    done(`followed: order ${followed.number}, ${followed.status}`);
  }

  async function unlink() {
    await shopper.delete(`/mailboxes/${linked}`);
    const { data } = await shopper.get('/mailboxes');
    check(data.length === 0, 'a mailbox is left');
    done('the mailbox is unlinked: its password is destroyed, the orders stay');
    smtp.close();
  }

  async function mail({ name, domain }, subject, html) {
    const site = `<p><a href="https://${domain}/orders">${name}</a></p>`;
    await smtp.sendMail({
      from: { name, address: `orders@${domain}` },
      to: mailbox.address,
      subject,
      html: [...html, site].join('\n'),
    });
  }
}

/** Where the mail provider beside this server listens; undefined where there is none. */
async function findProvider() {
  const file = join(resolve(process.env.MUSE_DATA_DIR || join(root, '.muse')), 'mail-sandbox.json');
  if (!existsSync(file)) return undefined;
  const { ports } = JSON.parse(readFileSync(file, 'utf8'));
  const control = async (body) => {
    const url = `http://127.0.0.1:${ports.CONTROL}`;
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body), signal: AbortSignal.timeout(5_000) });
    check(answer.ok, `The mail sandbox answered ${answer.status}.`);
    return answer.json();
  };
  try {
    await control({ do: 'sessions' });
  } catch {
    return undefined;
  }
  return { ...ports, control };
}

async function until(what, ask, wanted) {
  for (const began = Date.now(); ; await sleep(100)) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    check(Date.now() - began < WAIT_MS, `${what}, after ${WAIT_MS / 1000} s: ${JSON.stringify(answer).slice(0, 400)}`);
  }
}
