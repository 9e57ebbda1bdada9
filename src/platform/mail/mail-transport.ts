import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import type { Config } from '../config';

/** A mail as it goes out. */
export interface OutgoingMail {
  /** Of its row; the Message-ID is made of it, so that a mail that is sent twice can be known as one. */
  id: string;
  kind: string;
  to: string;
  replyTo: string | null;
  subject: string;
  text: string;
  html: string;
}

/** How mails leave: throws what sendFailure understands. */
export interface MailTransport {
  send(mail: OutgoingMail, signal: AbortSignal): Promise<void>;
  /** Lets go of connections. */
  close(): void;
}

export const MAIL_TRANSPORT = Symbol('MailTransport');
/** Connections to the mail server that one process has at most. */
export const SENDS_AT_ONCE = 4;

/** SMTP where a server is named, else files; null where mail is turned off. */
export function mailTransportOf(config: Config): MailTransport | null {
  if (config.mail === 'off') return null;
  return config.mail === 'smtp' ? new SmtpTransport(config) : new FolderTransport(config);
}

/** The message for nodemailer. Addresses are given as objects: text would be parsed, and could name several. */
function message(config: Config, mail: OutgoingMail) {
  const from = config.MAIL_FROM!;
  return {
    messageId: `<${mail.id}@${domainOf(from)}>`,
    from,
    to: { name: '', address: mail.to },
    ...(mail.replyTo && { replyTo: { name: '', address: mail.replyTo } }),
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    // Holiday notes and the like shall not answer.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function domainOf(from: string): string {
  return /@([^@>\s]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
}

/** A pool of connections to SMTP_URL. */
class SmtpTransport implements MailTransport {
  private readonly pool;

  constructor(private readonly config: Config) {
    this.pool = createTransport({
      url: config.SMTP_URL!,
      pool: true,
      maxConnections: SENDS_AT_ONCE,
      connectionTimeout: 10_000,
      greetingTimeout: 10_000,
      dnsTimeout: 10_000,
      // A server may look at a message for a while before it takes it; ending too early sends it twice.
      socketTimeout: 60_000,
    });
  }

  async send(mail: OutgoingMail, signal: AbortSignal): Promise<void> {
    await this.pool.sendMail({ ...message(this.config, mail), signal });
  }

  close(): void {
    this.pool.close();
  }
}

/** In development: one .eml file for each mail, in MUSE_DATA_DIR/mail. A mail client opens them. */
class FolderTransport implements MailTransport {
  private readonly composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });

  constructor(private readonly config: Config) {}

  async send(mail: OutgoingMail): Promise<void> {
    const folder = join(this.config.MUSE_DATA_DIR!, 'mail');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const composed = await this.composer.sendMail(message(this.config, mail));
    // The id counts up with time, so that names sort; sent again, a mail takes its own file's place.
    const path = join(folder, `${mail.id}-${mail.kind}.eml`);
    await writeFile(`${path}.part`, composed.message as Buffer, { mode: 0o600 });
    await rename(`${path}.part`, path);
  }

  close(): void {}
}
