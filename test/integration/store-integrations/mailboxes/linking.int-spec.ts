import { startApp, type RunningApp } from '../../../support/app';
import { assertNone, keepSecret, leaksOfDatabase } from '../../../support/leaks';
import { startMailSandbox, type MailSandbox } from '../../../support/mail-sandbox';
import {
  changeMailbox,
  haveRead,
  linkMailbox,
  linkedMailbox,
  orderMail,
  readOf,
  triedMailbox,
} from '../../../support/mailboxes';
import { customer, eventually, sql, statusesOf, type Body, type Shopper } from '../../../support/shopper';

jest.setTimeout(120_000);

let server: MailSandbox;
let muse: RunningApp;
let shopper: Shopper;
beforeAll(async () => {
  server = await startMailSandbox();
  muse = await startApp({ SANDBOX_ORIGINS: server.origins });
});
beforeEach(async () => {
  shopper = await customer(muse);
});
afterEach(async () => {
  await server.control('clearFaults', {});
  await server.control('refusePasswords', { refuses: false });
  const { body } = await shopper.get('/mailboxes').expect(200);
  for (const { id } of body.data) await shopper.delete(`/mailboxes/${id}`).expect(204);
  await eventually(async () => (await server.sessions()).open === 0, 20_000);
});

const idling = () => eventually(async () => (await server.sessions()).idling > 0, 20_000);

it('A mailbox shows what is read of it, and nothing of what opens it', async () => {
  const account = await server.account();
  const { body } = await linkMailbox(shopper, account, server.imap, { folders: ['INBOX', 'Archive'] }).expect(202);
  expect(body).toMatchObject({ address: account.address, kind: 'password', status: 'proving', senders: [] });
  expect(body).toMatchObject({ folders: ['INBOX', 'Archive'], backlogDays: 30, provedAt: null });
  expect(JSON.stringify(body)).not.toContain(account.password);
  await triedMailbox(shopper, body.id);
  keepSecret('the address of a mailbox', account.address);
  assertNone(await leaksOfDatabase(muse.database));
});

it('A server with a certificate of the sandbox is spoken to over TLS', async () => {
  const account = await server.account();
  await linkedMailbox(shopper, account, server.imaps);
  await idling();
  await server.send(account.address, orderMail());
  await haveRead(muse, shopper, 1);
});

it.each([
  ['a private address', { host: '10.0.0.1' }, '/host'],
  ['loopback', { host: '127.0.0.1' }, '/host'],
  ['loopback by its name', { host: 'localhost' }, '/host'],
  ['loopback in another spelling', { host: '0x7f.1' }, '/host'],
  ['the metadata of a cloud', { host: '169.254.169.254' }, '/host'],
  ['a network of its own', { host: 'mail.internal' }, '/host'],
  ['a public address without a name', { host: '1.1.1.1' }, '/host'],
  ['more than a host', { host: 'mail.example/x@y' }, '/host'],
  ['another service of a public host', { host: 'mail.example', port: 22 }, '/port'],
  ['IMAP in the clear', { host: 'mail.example', port: 143 }, '/port'],
  ['a server that nobody names', {}, '/host'],
])('Not linked: %s', async (_, where, pointer) => {
  const account = { address: 'ana@perez.example', password: 'app-password-of-ana', consent: '2026-11', ...where };
  const { body } = await shopper.post('/mailboxes', account).expect(422);
  expect(body.errors).toMatchObject([{ pointer }]);
  expect(await sql(muse, 'SELECT 1 FROM mailboxes WHERE user_id = $1', [shopper.id])).toEqual([]);
});

it('A provider that is known by the address need not be named', async () => {
  const account = { address: 'ana.perez@gmail.com', password: 'app-password-of-ana', consent: '2026-11' };
  const { body } = await shopper.post('/mailboxes', account).expect(202);
  expect(body).toMatchObject({ host: 'imap.gmail.com', port: 993 });
});

it('Nothing is linked without the present agreement', async () => {
  const { body } = await linkMailbox(shopper, await server.account(), server.imap, { consent: '2020-01' }).expect(422);
  expect(body.code).toBe('consent_outdated');
  await linkMailbox(shopper, await server.account(), server.imap, { consent: undefined }).expect(400);
});

it('The same address again takes the place of what was linked, and is read on from where it was', async () => {
  const account = await server.account();
  const first = await linkedMailbox(shopper, account, server.imap);
  await idling();
  await server.deliver(account.address, orderMail());
  await haveRead(muse, shopper, 1);
  const again = await linkedMailbox(shopper, account, server.imap);
  expect(again.id).toBe(first.id);
  await server.deliver(account.address, orderMail());
  await haveRead(muse, shopper, 2);
  expect((await shopper.get('/mailboxes').expect(200)).body.data).toHaveLength(1);
});

it('No more than five are linked, however many are at once', async () => {
  const accounts = await Promise.all(Array.from({ length: 7 }, () => server.account()));
  const answers = await Promise.all(accounts.map((account) => linkMailbox(shopper, account, server.imap)));
  expect(statusesOf(answers)).toEqual([202, 202, 202, 202, 202, 409, 409]);
  expect(answers.find(({ status }) => status === 409)!.body).toMatchObject({ code: 'mailbox_limit_reached', limit: 5 });
});

it("Another's mailbox is not there", async () => {
  const { body } = await linkMailbox(shopper, await server.account(), server.imap).expect(202);
  const other = await customer(muse);
  await other.get(`/mailboxes/${body.id}`).expect(404);
  await other.delete(`/mailboxes/${body.id}`).expect(404);
  await changeMailbox(muse, other, body.id, { paused: true }).expect(404);
});

it('A provider that refuses what opened for long is asked once more, and then it is destroyed and told of', async () => {
  const account = await server.account();
  const { id } = await linkedMailbox(shopper, account, server.imap);
  await idling();
  await server.control('refusePasswords', { refuses: true });
  await server.down();
  await server.up();
  const mailbox = await eventually(async () => {
    const { body } = await shopper.get(`/mailboxes/${id}`).expect(200);
    return body.status === 'needs_relink' && body;
  }, 30_000);
  expect(mailbox.reason).toBe('sign_in_refused');
  expect(await sql(muse, 'SELECT 1 FROM mailbox_secrets WHERE mailbox_id = $1', [id])).toEqual([]);
  expect((await changeMailbox(muse, shopper, id, { paused: false }).expect(409)).body.code).toBe(
    'mailbox_needs_relink',
  );
  const told = await eventually(async () => {
    const { body } = await shopper.get('/notifications').expect(200);
    return (body.data as Body[]).find(({ kind }) => kind === 'mailbox_relink');
  });
  expect(told).toMatchObject({ target: { kind: 'mailbox', id } });
});

it('Of mails that may not be opened nothing but the head is fetched', async () => {
  const account = await server.account();
  await linkedMailbox(shopper, account, server.imap, { senders: ['shop.example'] });
  await idling();
  await server.control('clearCommands', {});
  await server.deliver(account.address, orderMail('X', { from: 'Other <orders@other.example>' }));
  await server.deliver(account.address, orderMail('Y', { from: 'Lola <lola@gmail.com>', subject: 'Dinner?' }));
  await server.deliver(account.address, orderMail('Z'));
  await haveRead(muse, shopper, 1);
  const fetched = (await server.commands('UID')).map(({ words }) => words).filter((words) => words.startsWith('FETCH'));
  const opened = fetched.filter((words) => /PEEK\[\d/.test(words));
  expect(opened).toHaveLength(1);
  expect(opened[0]).toMatch(/^FETCH 3 /);
  expect(fetched.every((words) => !/BODY\[|BODY\.PEEK\[\]|RFC822/.test(words))).toBe(true);
  expect(await readOf(muse, shopper)).toBe(1);
});

it('Senders that are chosen later hold from then on', async () => {
  const account = await server.account();
  const { id } = await linkedMailbox(shopper, account, server.imap);
  await idling();
  const { body } = await changeMailbox(muse, shopper, id, { senders: ['other.example'] }).expect(200);
  expect(body.senders).toEqual(['other.example']);
  await server.deliver(account.address, orderMail('Z'));
  await server.deliver(account.address, orderMail('X', { from: 'Other <orders@other.example>' }));
  await haveRead(muse, shopper, 1);
  const met = () => sql(muse, 'SELECT count(*)::int FROM mailbox_mails WHERE mailbox_id = $1', [id]);
  await eventually(async () => (await met())[0]!.count === 2);
  expect(await readOf(muse, shopper)).toBe(1);
});

it('Another folder is read too, and one that stays goes on from where it was', async () => {
  const account = await server.account();
  const { id } = await linkedMailbox(shopper, account, server.imap);
  await idling();
  await server.deliver(account.address, orderMail('A'));
  await haveRead(muse, shopper, 1);
  await server.deliver(account.address, orderMail('B'), { folder: 'Archive' });
  const { body } = await changeMailbox(muse, shopper, id, { folders: ['Archive', 'INBOX'] }).expect(200);
  expect(body.folders).toEqual(['Archive', 'INBOX']);
  await haveRead(muse, shopper, 2);
  // How far a folder was read is written down after the mail was.
  const READ_TO = 'SELECT last_uid FROM mailbox_folders WHERE mailbox_id = $1 ORDER BY position';
  const readTo = async () => (await sql(muse, READ_TO, [id])).map((row) => Number(row.last_uid));
  await eventually(async () => (await readTo()).every((uid) => uid > 0));
  expect(await readTo()).toEqual([1, 1]);
});

it.each([
  ['cut at a search', { at: 'UID', kind: 'cut', times: 1 }],
  ['cut while heads come', { at: 'FETCH_ANSWER', kind: 'cut', times: 1 }],
  ['half an answer', { at: 'FETCH_ANSWER', kind: 'half', times: 2 }],
  ['cut at the sign-in', { at: 'AUTHENTICATE', kind: 'half', times: 1 }],
  ['cut while listening', { at: 'IDLE', kind: 'cut', times: 2 }],
  ['a slow server', { at: 'UID', kind: 'slow', ms: 700, times: 3 }],
] as const)('Each mail is read once all the same: %s', async (_, fault) => {
  const account = await server.account();
  await server.deliverMany(
    account.address,
    Array.from({ length: 60 }, (_each, index) => orderMail(`F-${index}`)),
  );
  await server.fault(fault);
  const { body } = await linkMailbox(shopper, account, server.imap).expect(202);
  await haveRead(muse, shopper, 60, 60_000);
  expect((await triedMailbox(shopper, body.id)).status).toBe('active');
  expect(await readOf(muse, shopper)).toBe(60);
});

it('What is kept is exported, and gone with the account', async () => {
  const account = await server.account();
  const { id } = await linkedMailbox(shopper, account, server.imap);
  const { body } = await shopper.get('/me/export').expect(200);
  expect(body.mailboxes).toMatchObject([{ id, address: account.address, folders: ['INBOX'] }]);
  expect(body.mailConsents).toMatchObject([{ purpose: 'mailbox', version: '2026-11', withdrawnAt: null }]);
  expect(JSON.stringify(body)).not.toContain(account.password);
  await shopper.delete('/me').expect(200);
  for (const table of ['mailboxes', 'mailbox_consents'])
    expect(await sql(muse, `SELECT 1 FROM ${table} WHERE user_id = $1`, [shopper.id])).toEqual([]);
  expect(await sql(muse, 'SELECT 1 FROM mailbox_secrets WHERE mailbox_id = $1', [id])).toEqual([]);
  await eventually(async () => (await server.sessions()).open === 0, 20_000);
  shopper = await customer(muse);
});
