import { startApp, type RunningApp } from '../../../support/app';
import { keepSecret } from '../../../support/leaks';
import { startMailSandbox, type MailSandbox } from '../../../support/mail-sandbox';
import { haveRead, linkedMailbox, orderMail, readOf } from '../../../support/mailboxes';
import { startProcess } from '../../../support/process';
import { customer, eventually, sql, type Shopper } from '../../../support/shopper';

jest.setTimeout(180_000);

let server: MailSandbox;
let muse: RunningApp;
let shopper: Shopper;
const shared: Record<string, string> = {};
beforeAll(async () => {
  server = await startMailSandbox();
  muse = await startApp({ MUSE_ROLE: 'api', SANDBOX_ORIGINS: server.origins });
  Object.assign(shared, {
    ...{ NODE_ENV: 'test', DATABASE_URL: muse.database, SANDBOX_ORIGINS: server.origins, MUSE_ROLE: 'all' },
    ...{ MUSE_MASTER_KEY: muse.config.MUSE_MASTER_KEY!, JWT_SECRET: muse.config.JWT_SECRET!, MUSE_DEMO: '0' },
  });
  shopper = await customer(muse);
});

const idling = () => eventually(async () => (await server.sessions()).idling === 1, 60_000);

it('Of two workers one watches a mailbox; when it is killed, the other takes over, and each mail is read once', async () => {
  const first = await startProcess(shared);
  const account = await server.account();
  keepSecret('a password', account.password);
  await linkedMailbox(shopper, account, server.imap);
  await idling();
  const second = await startProcess(shared);
  await server.deliver(account.address, orderMail('A'));
  await haveRead(muse, shopper, 1);
  expect((await server.sessions()).open).toBe(1);

  first.child.kill('SIGKILL');
  await first.ended;
  await server.deliver(account.address, orderMail('B'));
  await haveRead(muse, shopper, 2, 60_000);
  await idling();
  expect((await server.sessions()).open).toBe(1);

  // One that stops in good order gives it back at once: its lease would run for 40 s.
  const third = await startProcess(shared);
  second.child.kill('SIGTERM');
  await second.ended;
  await idling();
  await server.deliver(account.address, orderMail('C'));
  await haveRead(muse, shopper, 3, 30_000);
  expect(await readOf(muse, shopper)).toBe(3);

  // One that was stopped for longer than its lease, and wakes up, does nothing any more.
  const fourth = await startProcess(shared);
  third.child.kill('SIGSTOP');
  const lease = async () => (await sql(muse, 'SELECT lease_token FROM mailboxes'))[0]!.lease_token as string;
  const before = await lease();
  await eventually(async () => (await lease()) !== before, 60_000);
  await server.deliver(account.address, orderMail('D'));
  await haveRead(muse, shopper, 4, 60_000);
  third.child.kill('SIGCONT');
  await eventually(async () => (await server.sessions()).open === 1, 60_000);
  await server.deliver(account.address, orderMail('E'));
  await haveRead(muse, shopper, 5);
  expect(await readOf(muse, shopper)).toBe(5);
  for (const { child, ended } of [third, fourth]) {
    child.kill('SIGTERM');
    await ended;
  }
});

it('With fewer connections than mailboxes they are watched in turn', async () => {
  const one = await startApp({
    ...{ DATABASE_URL: muse.database, SANDBOX_ORIGINS: server.origins, MAILBOX_CONNECTIONS: '1' },
    ...{ MUSE_MASTER_KEY: muse.config.MUSE_MASTER_KEY!, JWT_SECRET: muse.config.JWT_SECRET! },
  });
  const other = await customer(muse);
  await sql(muse, 'DELETE FROM mailboxes');
  const [first, second] = [await server.account(), await server.account()];
  await linkedMailbox(other, first, server.imap);
  await idling();
  const body = { ...second, host: server.imap.host, port: server.imap.port, consent: '2026-11' };
  await other.post('/mailboxes', body).expect(202);
  await server.deliver(second.address, orderMail('T'));
  await haveRead(muse, other, 1, 120_000);
  expect((await server.sessions()).open).toBe(1);
  await one.close();
});
