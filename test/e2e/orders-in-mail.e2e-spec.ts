import { createHmac, randomUUID } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';
import { keepSecret } from '../support/leaks';
import { startMailSandbox, type MailSandbox } from '../support/mail-sandbox';
import { linkedMailbox, readFirstMail } from '../support/mailboxes';
import { openPartner } from '../support/market';
import { confirmationMail, parcelMail, type Bought, type StoreMail } from '../support/order-mail';
import { usd } from '../support/sellers';
import { API, addDescribed, checkoutToPlaced, customer, eventually, type Body, type Shopper } from '../support/shopper';

jest.setTimeout(120_000);

const SECRET = 'mail-in-key-of-orders-in-mail-0123456789';
const SHIRT: Bought = { name: 'Linen Shirt', quantity: 2, cents: 1000 };
const PARCEL = { carrier: 'UPS', number: '1Z999AA10123456784' };

let server: MailSandbox;
let muse: RunningApp;
let shopper: Shopper;
let mailbox: { address: string };
let store: StoreMail;
beforeAll(async () => {
  server = await startMailSandbox();
  keepSecret('a MAIL_IN_SECRET', SECRET);
  const mailIn = { MAIL_IN_DOMAIN: 'in.muse.example', MAIL_IN_SECRET: SECRET };
  muse = await startApp({ SANDBOX_ORIGINS: server.origins, ...mailIn });
  await readFirstMail(muse);
});
beforeEach(async () => {
  const domain = `${randomUUID().slice(0, 8)}.example`;
  const partner = await openPartner(muse, { hosts: [domain] });
  shopper = await customer(muse);
  const account = await server.account();
  await linkedMailbox(shopper, account, server.imap);
  mailbox = account;
  await addDescribed(shopper, partner, { quantity: 2, productName: SHIRT.name });
  await checkoutToPlaced(shopper);
  store = { store: partner.name, domain, to: mailbox.address, number: `A-${randomUUID().slice(0, 8).toUpperCase()}` };
  await eventually(async () => (await server.sessions()).idling > 0, 20_000);
});
afterEach(async () => {
  const { body } = await shopper.get('/mailboxes').expect(200);
  for (const { id } of body.data) await shopper.delete(`/mailboxes/${id}`).expect(204);
  await eventually(async () => (await server.sessions()).open === 0, 20_000);
});

const orders = async (): Promise<Body[]> => (await shopper.get('/orders').expect(200)).body.data;
const order = (status: string, withinMs = 20_000) =>
  eventually(async () => (await orders()).find((one) => one.status === status), withinMs);
const send = (raw: Buffer) => server.send(mailbox.address, { raw });

it('A store’s mail, sent by SMTP, is the hand-off’s order within five seconds, and its parcel mails bring it to the door', async () => {
  await send(confirmationMail(store, [SHIRT], 2600));
  const placed = await order('confirmed', 5_000);
  expect(placed).toMatchObject({ storeOrderNumber: store.number, total: usd(2600), checkoutMethod: 'redirect' });
  await send(parcelMail(store, 'shipped', PARCEL));
  await order('shipped');
  await send(parcelMail(store, 'delivered', PARCEL));
  expect((await order('delivered')).id).toBe(placed.id);
  expect(await orders()).toHaveLength(1);
});

it('The same mail in the mailbox and forwarded is one order', async () => {
  const { address } = (await shopper.post('/mailboxes/forwarding', { consent: '2026-11' }).expect(200)).body;
  const raw = confirmationMail(store, [SHIRT], 2600);
  const authentication = [{ method: 'dkim', result: 'pass', domain: store.domain }];
  const body = JSON.stringify({ id: randomUUID(), to: [address], raw: raw.toString('base64'), authentication });
  const time = Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', SECRET).update(`${time}.${body}`).digest('hex');
  const headers = { 'content-type': 'application/json', 'muse-mail-signature': `t=${time},v1=${signature}` };
  await Promise.all([send(raw), muse.http.post(`${API}/webhooks/mail`).set(headers).send(body).expect(200)]);
  await order('confirmed');
  await send(parcelMail(store, 'shipped', PARCEL));
  await order('shipped');
  expect(await orders()).toHaveLength(1);
  expect((await shopper.get('/found-orders').expect(200)).body.data).toEqual([]);
});

it('A mail of whom the provider does not say that the store wrote it makes no order by itself', async () => {
  await server.control('authentication', { results: 'none' });
  await send(confirmationMail(store, [SHIRT], 2600));
  await server.control('authentication', { results: 'fail' });
  await send(confirmationMail({ ...store, number: 'A-FORGED-1' }, [SHIRT], 2600));
  await server.control('authentication', { results: 'pass' });
  // What comes after them is read after them.
  await send(confirmationMail({ ...store, store: 'Other', domain: 'other.example', number: 'A-77001' }, [SHIRT], 5000));
  const found = await eventually(async () => {
    const { body } = await shopper.get('/found-orders').expect(200);
    return (body.data as Body[]).length > 0 && (body.data as Body[]);
  }, 20_000);
  expect(JSON.stringify(found)).not.toContain('A-FORGED-1');
  expect(await orders()).toEqual([]);
});
