import { randomUUID } from 'node:crypto';
import type { Test } from 'supertest';
import { MailFindings } from '../../src/store-integrations';
import type { RunningApp } from './app';
import { rawOf, type MailAccount, type TestMail } from './mail-sandbox';
import { API, eventually, sql, type Body, type Shopper } from './shopper';

export async function mailConsentOf(shopper: Shopper): Promise<string> {
  return (await shopper.get('/mailboxes').expect(200)).body.consent.version;
}

/** The request that links a mailbox. */
export function linkMailbox(
  shopper: Shopper,
  { address, password }: MailAccount,
  { host, port }: { host: string; port: number },
  more: object = {},
): Test {
  return shopper.post('/mailboxes', { address, password, host, port, consent: '2026-11', ...more });
}

/** A mailbox as it is once it is no more being tried. */
export function triedMailbox(shopper: Shopper, id: string): Promise<Body> {
  return eventually(async () => {
    const { body } = await shopper.get(`/mailboxes/${id}`).expect(200);
    return body.status !== 'proving' && body;
  }, 20_000);
}

/** Links it, and waits until it is seen to open. */
export async function linkedMailbox(
  shopper: Shopper,
  account: MailAccount,
  place: { host: string; port: number },
  more: object = {},
): Promise<Body> {
  const { body } = await linkMailbox(shopper, account, place, more).expect(202);
  const mailbox = await triedMailbox(shopper, body.id);
  if (mailbox.status !== 'active') throw new Error(`The mailbox is ${mailbox.status}: ${mailbox.reason}`);
  return mailbox;
}

export function changeMailbox(muse: RunningApp, shopper: Shopper, id: string, body: object): Test {
  return muse.http.patch(`${API}/mailboxes/${id}`).set(shopper.headers).send(body);
}

/** How many mails of the shopper have been read; each counts once. */
export async function readOf(muse: RunningApp, shopper: Shopper): Promise<number> {
  const text = `SELECT count(*)::int AS count FROM mail_messages WHERE user_id = $1`;
  return (await sql(muse, text, [shopper.id]))[0]!.count;
}

/** Waits until so many were read. */
export async function haveRead(muse: RunningApp, shopper: Shopper, count: number, timeoutMs = 20_000): Promise<void> {
  await eventually(async () => (await readOf(muse, shopper)) >= count, timeoutMs);
}

export function orderMail(number = 'M-1', more: TestMail = {}): TestMail {
  return {
    ...{ from: 'Shop <orders@shop.example>', messageId: `<${randomUUID()}@shop.example>` },
    ...{
      subject: `Your order ${number}`,
      text: `Thank you for your order.\r\nOrder number: ${number}\r\nTotal: $12.00`,
    },
    ...more,
  };
}

/** The thread that reads mails is begun by the first of them. */
export async function readFirstMail(muse: RunningApp): Promise<void> {
  const first = { userId: randomUUID(), via: 'imap', authenticated: 'pass', ownAddresses: [] as string[] } as const;
  const source = await rawOf('ana@mail.sandbox', orderMail());
  await muse.app.get(MailFindings, { strict: false }).take({ ...first, source });
}
