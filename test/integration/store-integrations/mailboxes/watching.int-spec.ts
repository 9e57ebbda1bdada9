import { startApp, type RunningApp } from '../../../support/app';
import { startImapServer, type ImapServerUnderTest } from '../../../support/imap-server';
import {
  changeMailbox,
  haveRead,
  linkMailbox,
  linkedMailbox,
  orderMail,
  readFirstMail,
  readOf,
  triedMailbox,
} from '../../../support/mailboxes';
import { customer, eventually, sql, type Shopper } from '../../../support/shopper';

jest.setTimeout(120_000);

let server: ImapServerUnderTest;
let muse: RunningApp;
let shopper: Shopper;
beforeAll(async () => {
  server = await startImapServer();
  muse = await startApp({ SANDBOX_ORIGINS: server.origins });
  await readFirstMail(muse);
});
beforeEach(async () => {
  shopper = await customer(muse);
});
// Nobody is connected any more when the next begins.
afterEach(async () => {
  const { body } = await shopper.get('/mailboxes').expect(200);
  for (const { id } of body.data) await shopper.delete(`/mailboxes/${id}`).expect(204);
  await eventually(async () => (await server.idling()) === 0, 20_000);
});

const listening = () => eventually(async () => (await server.idling()) > 0, 20_000);
/** Once what lies there has been read, and more is waited for. */
async function linked(more: object = {}) {
  const account = await server.account();
  const mailbox = await linkedMailbox(shopper, account, server.place, more);
  await listening();
  return { ...account, id: mailbox.id as string };
}

it('A mail is read within five seconds after it came, and not marked as read', async () => {
  const { address } = await linked();
  const before = Date.now();
  await server.deliver(address, orderMail());
  await haveRead(muse, shopper, 1, 5_000);
  expect(Date.now() - before).toBeLessThan(5_000);
  expect(await server.seen(address)).toBe(0);
});

it('A mail of two senders is proved to be of neither', async () => {
  const account = await server.account();
  const raw = [
    ...['From: Shop <a@attacker.example>', 'From: Shop <orders@shop.example>', 'Message-ID: <two@attacker.example>'],
    ...['Subject: Your order M-2', '', 'Thank you for your order. Order number: M-2. Total: $12.00'],
  ];
  await server.deliver(account.address, { raw: raw.join('\r\n') }, { authentication: 'pass' });
  await server.deliver(account.address, orderMail('M-3'), { authentication: 'pass' });
  await linkedMailbox(shopper, account, server.place);
  // What lies there is read before anything is waited for.
  await listening();
  // What a server tells of two senders may be enough to leave it shut.
  const read = await sql(muse, `SELECT authenticated FROM mail_messages WHERE user_id = $1`, [shopper.id]);
  expect(read.filter(({ authenticated }) => authenticated === 'pass')).toHaveLength(1);
});

it('A wrong password opens nothing: it is destroyed, and the shopper sees why', async () => {
  const account = await server.account();
  const { body } = await linkMailbox(shopper, { ...account, password: 'not-this-one' }, server.place).expect(202);
  expect(await triedMailbox(shopper, body.id)).toMatchObject({ status: 'needs_relink', reason: 'sign_in_refused' });
  expect(await sql(muse, 'SELECT name FROM mailbox_secrets WHERE mailbox_id = $1', [body.id])).toEqual([]);
  await linkedMailbox(shopper, account, server.place);
});

it('A folder that is not there is no mailbox to read', async () => {
  const account = await server.account();
  const { body } = await linkMailbox(shopper, account, server.place, { folders: ['INBOX', 'Nowhere'] }).expect(202);
  expect(await triedMailbox(shopper, body.id)).toMatchObject({ status: 'needs_relink', reason: 'no_such_folder' });
});

it('What lies there is read as far back as was agreed, each mail once, a thousand in one go', async () => {
  const account = await server.account();
  const mails = Array.from({ length: 1_000 }, (_, index) => orderMail(`B-${index}`));
  await server.deliverMany(account.address, mails);
  const longAgo = new Date(Date.now() - 60 * 86_400_000);
  await server.deliverMany(account.address, [orderMail('OLD-1'), orderMail('OLD-2')], { at: longAgo });
  const mailbox = await linkedMailbox(shopper, account, server.place, { backlogDays: 30 });
  await haveRead(muse, shopper, 1_000, 110_000);
  await server.deliver(account.address, orderMail('NEW-1'));
  await haveRead(muse, shopper, 1_001);
  expect(await readOf(muse, shopper)).toBe(1_001);
  expect(await sql(muse, 'SELECT count(*)::int FROM mailbox_mails WHERE mailbox_id = $1', [mailbox.id])).toEqual([
    { count: 1_001 },
  ]);
});

it('After the server was killed it is connected to again, and what came meanwhile is read once', async () => {
  const { address } = await linked();
  await server.deliver(address, orderMail('A'));
  await haveRead(muse, shopper, 1);
  await server.down();
  await server.deliver(address, orderMail('B'));
  await server.up();
  await haveRead(muse, shopper, 2, 60_000);
  await listening();
  await server.deliver(address, orderMail('C'));
  await haveRead(muse, shopper, 3);
  expect(await readOf(muse, shopper)).toBe(3);
});

it('Where the folder has other numbers, no mail is read again and none is missed', async () => {
  const { address, id } = await linked();
  await server.deliverMany(address, [orderMail('A'), orderMail('B')]);
  await haveRead(muse, shopper, 2);
  const numbers = () => sql(muse, 'SELECT uid_validity, last_uid FROM mailbox_folders WHERE mailbox_id = $1', [id]);
  const [before] = await numbers();
  await server.down();
  await server.renumber(address);
  await server.deliver(address, orderMail('C'));
  await server.up();
  await haveRead(muse, shopper, 3, 60_000);
  const [after] = await numbers();
  expect(after!.uid_validity).not.toBe(before!.uid_validity);
  await listening();
  expect(await readOf(muse, shopper)).toBe(3);
});

it('A paused mailbox is not connected to; what came meanwhile is read after the pause', async () => {
  const { address, id } = await linked();
  await changeMailbox(muse, shopper, id, { paused: true }).expect(200);
  await eventually(async () => (await server.idling()) === 0);
  await server.deliver(address, orderMail());
  await changeMailbox(muse, shopper, id, { paused: false }).expect(200);
  await haveRead(muse, shopper, 1);
});

it('An unlinked mailbox is let go at once, with everything that was kept of it', async () => {
  const { address, id } = await linked();
  await shopper.delete(`/mailboxes/${id}`).expect(204);
  for (const table of ['mailbox_secrets', 'mailbox_folders', 'mailbox_mails'])
    expect(await sql(muse, `SELECT 1 FROM ${table} WHERE mailbox_id = $1`, [id])).toEqual([]);
  await eventually(async () => (await server.idling()) === 0);
  await server.deliver(address, orderMail());
  expect(await readOf(muse, shopper)).toBe(0);
  const [consent] = await sql(muse, 'SELECT withdrawn_at FROM mailbox_consents WHERE subject_id = $1', [id]);
  expect(consent!.withdrawn_at).not.toBeNull();
});

it('HTML alone, an encoded text and a picture beside it come to who reads them', async () => {
  const { address } = await linked();
  const html = `<table><tr><td>Order <b>H-1</b></td><td>12,00 €</td></tr></table>${'<p>längere Zeilen</p>'.repeat(40)}`;
  await server.deliver(address, orderMail('H-1', { html, text: '' }));
  await server.deliver(address, orderMail('H-2', { html }));
  await haveRead(muse, shopper, 2);
});
