import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTransport } from 'nodemailer';
import type { Controls } from '../sandbox/mail/control';
import type { CommandRecord, Fault } from '../sandbox/mail/provider';
import type { Authentication } from '../sandbox/mail/world';
import { afterFile } from './cleanup';
import { keepSecret } from './leaks';

const ROOT = join(__dirname, '..', '..');
const READY_WITHIN_MS = 60_000;

/** A mail in a few words; `raw` instead of all of them. */
export interface TestMail {
  from?: string;
  subject?: string;
  text?: string;
  html?: string;
  messageId?: string;
  date?: Date;
  headers?: Record<string, string>;
  raw?: string | Buffer;
}

export interface Delivery {
  folder?: string;
  /** When it came, for one of long ago. */
  at?: Date;
  /** What the provider thinks of its sender. Default `pass`. */
  authentication?: Authentication;
}

export interface MailAccount {
  address: string;
  password: string;
}

/** A mail provider, with its controls. */
export interface MailSandbox {
  url: string;
  imap: { host: string; port: number; origin: string };
  imaps: { host: string; port: number; origin: string };
  smtp: string;
  /** As SANDBOX_ORIGINS wants them. */
  origins: string;
  control<What extends keyof Controls>(what: What, parameters: Controls[What]): Promise<unknown>;
  account(address?: string): Promise<MailAccount>;
  /** Puts a mail into the account as it is, and gives its UID. */
  deliver(address: string, mail: TestMail, delivery?: Delivery): Promise<number>;
  deliverMany(address: string, mails: TestMail[], delivery?: Delivery): Promise<void>;
  /** The same by SMTP, as any mail server does. */
  send(address: string, mail: TestMail): Promise<void>;
  mails(address: string, folder?: string): Promise<{ uid: number; flags: string[]; subject: string | null }[]>;
  fault(fault: Fault): Promise<void>;
  commands(name?: string): Promise<CommandRecord[]>;
  sessions(): Promise<{ open: number; idling: number }>;
  /** Ends every connection and takes none, until `up`. */
  down(): Promise<void>;
  up(): Promise<void>;
  kill(): Promise<void>;
}

/** The mail sandbox as a process of its own, ended after the test file at the latest. */
export async function startMailSandbox(env: Record<string, string> = {}): Promise<MailSandbox> {
  const child = spawn(
    process.execPath,
    ['-r', join(ROOT, 'scripts', 'ts.cjs'), join(ROOT, 'test', 'sandbox', 'mail', 'main.ts')],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { PATH: process.env['PATH'], ...env } },
  );
  const ended = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  afterFile(kill);
  const late = sleep(READY_WITHIN_MS, undefined, { ref: false }).then(() => {
    throw new Error('The mail sandbox was not ready in time.');
  });
  const early = ended.then(() => {
    throw new Error('The mail sandbox ended before it was ready.');
  });
  const line = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>;
  const [first] = await Promise.race([line, late, early]);
  early.catch(() => undefined);
  return { ...controlsOf(JSON.parse(first) as Places), kill };
}

interface Places {
  url: string;
  imap: string;
  imaps: string;
  smtp: string;
}

const place = (origin: string) => ({ host: '127.0.0.1', port: Number(new URL(origin).port), origin });

function controlsOf({ url, imap, imaps, smtp }: Places): Omit<MailSandbox, 'kill'> {
  const control = async <What extends keyof Controls>(what: What, parameters: Controls[What]): Promise<unknown> => {
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ do: what, ...parameters }) });
    const body: unknown = await answer.json();
    if (!answer.ok) throw new Error(`The control ${what} failed: ${JSON.stringify(body)}`);
    return body;
  };
  const done = async (work: Promise<unknown>): Promise<void> => void (await work);
  const deliverMany = (address: string, mails: TestMail[], { at, ...delivery }: Delivery = {}) =>
    Promise.all(mails.map(async (mail) => (await rawOf(address, mail)).toString('base64'))).then(
      (raws) =>
        control('deliverMany', { address, raws, ...delivery, ...(at && { at: at.toISOString() }) }) as Promise<
          number[]
        >,
    );
  return {
    ...{ url, smtp, imap: place(imap), imaps: place(imaps), origins: `${imap},${imaps}`, control },
    account: async (address = `ana-${randomUUID().slice(0, 8)}@mail.sandbox`) => {
      const password = `app-${randomUUID()}`;
      keepSecret('the password of a mailbox', password);
      await control('account', { address, password });
      return { address, password };
    },
    deliver: async (address, mail, delivery) => (await deliverMany(address, [mail], delivery))[0]!,
    deliverMany: (address, mails, delivery) => done(deliverMany(address, mails, delivery)),
    send: async (address, mail) => {
      const transport = createTransport(smtp);
      const raw = await rawOf(address, mail);
      const from = /^from:.*?([^\s<]+@[^\s>]+)/im.exec(raw.toString('latin1'))?.[1] ?? 'nobody@sender.example';
      await transport.sendMail({ envelope: { from, to: [address] }, raw });
      transport.close();
    },
    mails: (address, folder) =>
      control('mails', { address, ...(folder !== undefined && { folder }) }) as ReturnType<MailSandbox['mails']>,
    fault: (fault) => done(control('fault', fault)),
    commands: async (name) =>
      ((await control('commands', {})) as CommandRecord[]).filter((one) => name === undefined || one.name === name),
    sessions: () => control('sessions', {}) as ReturnType<MailSandbox['sessions']>,
    down: () => done(control('down', {})),
    up: () => done(control('up', {})),
  };
}

/** A mail as it travels (RFC 5322). */
export async function rawOf(to: string, { raw, ...mail }: TestMail): Promise<Buffer> {
  if (raw !== undefined) return Buffer.from(raw);
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  const { message } = await transport.sendMail({
    ...{ from: 'Shop <orders@shop.example>', to, subject: 'Your order', text: 'Thank you.', ...mail },
  });
  return message as Buffer;
}
