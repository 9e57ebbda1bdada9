import { simpleParser } from 'mailparser';
import { MailFindings } from '../../../../src/store-integrations';
import { startApp, type RunningApp } from '../../../support/app';
import {
  rawOf,
  startMailSandbox,
  type MailAccount,
  type MailSandbox,
  type TestMail,
} from '../../../support/mail-sandbox';
import { haveRead, linkedMailbox, orderMail, readOf } from '../../../support/mailboxes';
import { customer, eventually, sql, type Shopper } from '../../../support/shopper';

jest.setTimeout(120_000);

let server: MailSandbox;
let muse: RunningApp;
let shopper: Shopper;
let account: MailAccount;
type Incoming = Parameters<MailFindings['take']>[0];
/** What came to who reads mails. */
let taken: Incoming[];
/** Every connection ends. */
const cut = async () => {
  await server.down();
  await server.up();
};
/** Throws where it is not to be taken now. */
let mayTake: (mail: Incoming) => void;
beforeAll(async () => {
  server = await startMailSandbox();
  muse = await startApp({ SANDBOX_ORIGINS: server.origins });
  const findings = muse.app.get(MailFindings, { strict: false });
  const take = findings.take.bind(findings);
  jest.spyOn(findings, 'take').mockImplementation((mail) => {
    mayTake(mail);
    taken.push(mail);
    return take(mail);
  });
});
beforeEach(async () => {
  taken = [];
  mayTake = () => undefined;
  shopper = await customer(muse);
  account = await server.account();
});
afterEach(async () => {
  const { body } = await shopper.get('/mailboxes').expect(200);
  for (const { id } of body.data) await shopper.delete(`/mailboxes/${id}`).expect(204);
  await eventually(async () => (await server.sessions()).open === 0, 20_000);
});

const HTML = `<table><tr><td>Pedido <b>H-1</b></td><td>12,00 €</td></tr></table>${'<p>Größe XL, längere Zeilen</p>'.repeat(60)}`;
const picture = { filename: 'logo.png', content: Buffer.alloc(40_000, 7), contentType: 'image/png' };
const forwarded = 'From: a@shop.example\r\nSubject: Inner\r\nContent-Type: text/plain\r\n\r\nOrder I-1';

it.each<[string, object]>([
  ['HTML alone', { html: HTML, text: undefined }],
  ['text and HTML', { html: HTML, text: 'Total: 12,00 €' }],
  ['HTML with a picture in it', { html: `${HTML}<img src="cid:logo">`, attachments: [{ ...picture, cid: 'logo' }] }],
  ['text and HTML with a picture and a file', { html: HTML, text: 'Total: 12,00 €', attachments: [picture] }],
  ['in base64', { html: HTML, textEncoding: 'base64' }],
  [
    'with long fields',
    { text: 'Total', headers: { 'X-Long': 'word '.repeat(200) }, subject: `Pedido ${'á'.repeat(120)}` },
  ],
])('Who reads a mail is given what the whole says, and no file of it: %s', async (_, mail) => {
  await linkedMailbox(shopper, account, server.imap);
  const raw = await rawOf(account.address, orderMail('H-1', mail));
  await server.deliver(account.address, { raw });
  await haveRead(muse, shopper, 1);
  const [read, whole] = [await simpleParser(taken[0]!.source), await simpleParser(raw)];
  expect(read).toMatchObject({ subject: whole.subject, messageId: whole.messageId, date: whole.date });
  expect(read.from?.text).toBe(whole.from?.text);
  // A picture that a page names by its id is in no page any more.
  const text = (html: string | false) => String(html).replace(/<img[^>]*>/g, '');
  expect([text(read.html), read.text]).toEqual([text(whole.html), whole.text]);
  expect(read.attachments).toEqual([]);
  expect(taken[0]).toMatchObject({ via: 'imap', authenticated: 'pass', ownAddresses: [account.address] });
});

it('A mail that was forwarded as a file comes whole', async () => {
  await linkedMailbox(shopper, account, server.imap);
  const attachments = [{ content: forwarded, contentType: 'message/rfc822' }];
  await server.deliver(account.address, orderMail('F', { attachments } as TestMail));
  await haveRead(muse, shopper, 1);
  expect(taken[0]!.source.toString()).toContain('Order I-1');
});

it('What a sender writes about itself is not what the provider says', async () => {
  await linkedMailbox(shopper, account, server.imap);
  const headers = { 'Authentication-Results': 'mx.mail.sandbox; dkim=pass header.d=shop.example' };
  await server.deliver(account.address, orderMail('A', { headers }), { authentication: 'fail' });
  await server.deliver(
    account.address,
    orderMail('B', { headers: { 'Authentication-Results': 'mx.attacker.example; dkim=pass header.d=shop.example' } }),
    { authentication: 'none' },
  );
  await eventually(() => Promise.resolve(taken.length === 2));
  expect(taken.map(({ authenticated }) => authenticated).sort()).toEqual(['fail', 'unknown']);
});

it('A mail that cannot be read is passed over in the end, and keeps no other from being read', async () => {
  const mails = Array.from({ length: 12 }, (_, index) => orderMail(index === 5 ? 'POISON' : `P-${index}`));
  await server.deliverMany(account.address, mails);
  let tries = 0;
  mayTake = ({ source }) => {
    if (!source.includes('POISON')) return;
    tries++;
    throw new Error('not now');
  };
  const { id } = await linkedMailbox(shopper, account, server.imap);
  await haveRead(muse, shopper, 11, 60_000);
  await server.deliver(account.address, orderMail('P-12'));
  await haveRead(muse, shopper, 12, 60_000);
  expect(tries).toBe(5);
  expect(await readOf(muse, shopper)).toBe(12);
  const [folder] = await sql(muse, 'SELECT last_uid FROM mailbox_folders WHERE mailbox_id = $1', [id]);
  expect(Number(folder!.last_uid)).toBe(13);
});

it.each([['FETCH_ANSWER'], ['IDLE'], ['AUTHENTICATE']])(
  'A server that sends without end is hung up on: %s',
  async (at) => {
    await linkedMailbox(shopper, account, server.imap);
    await eventually(async () => (await server.sessions()).idling > 0);
    await server.fault({ at, kind: 'flood' });
    if (at !== 'FETCH_ANSWER') await cut();
    const before = process.memoryUsage().rss;
    await server.deliver(account.address, orderMail('A'));
    await haveRead(muse, shopper, 1, 60_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(600 * 1024 * 1024);
  },
);

it('After an unlinking nothing more is opened, whatever was being read', async () => {
  await server.deliverMany(
    account.address,
    Array.from({ length: 150 }, (_, index) => orderMail(`U-${index}`)),
  );
  const { id } = await linkedMailbox(shopper, account, server.imap);
  await eventually(() => Promise.resolve(taken.length > 3));
  await shopper.delete(`/mailboxes/${id}`).expect(204);
  await eventually(async () => (await server.sessions()).open === 0, 20_000);
  const count = taken.length;
  expect(count).toBeLessThan(150);
  expect(await sql(muse, 'SELECT 1 FROM mailbox_folders WHERE mailbox_id = $1', [id])).toEqual([]);
});
