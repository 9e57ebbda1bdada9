import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';

export interface Mail {
  uid: number;
  flags: Set<string>;
  /** When it came. */
  at: Date;
  /** As it lies there: bytes, each a character. */
  raw: string;
}

export interface Folder {
  name: string;
  uidValidity: number;
  uidNext: number;
  mails: Mail[];
}

export interface Account {
  address: string;
  password: string;
  folders: Map<string, Folder>;
}

/** What a mail provider thinks of a mail's sender; `none`: it writes nothing down. */
export type Authentication = 'pass' | 'fail' | 'none';

/** The people of this mail provider, and what lies in their folders. Tells `changed` with a folder when one has a new mail. */
export class MailWorld extends EventEmitter {
  readonly accounts = new Map<string, Account>();
  private validity = Math.floor(Date.now() / 1000);

  account(address: string, password: string): Account {
    const name = address.toLowerCase();
    const account: Account = this.accounts.get(name) ?? { address: name, password, folders: new Map() };
    account.password = password;
    this.accounts.set(name, account);
    for (const folder of ['INBOX', 'Archive', 'Junk']) this.folder(account, folder);
    return account;
  }

  /** Made where it is not there. */
  folder(account: Account, name: string): Folder {
    const folder = account.folders.get(name) ?? { name, uidValidity: this.newValidity(), uidNext: 1, mails: [] };
    account.folders.set(name, folder);
    return folder;
  }

  deliver(account: Account, raw: string, folderName = 'INBOX', at = new Date()): number {
    const folder = this.folder(account, folderName);
    const uid = folder.uidNext++;
    folder.mails.push({ uid, flags: new Set(), at, raw: raw.replaceAll(/\r?\n/g, '\r\n') });
    this.emit('changed', folder);
    return uid;
  }

  /** What a server does that lost its index: other numbers for the same mails. */
  renumber(account: Account): void {
    for (const folder of account.folders.values()) {
      folder.uidValidity = this.newValidity();
      folder.uidNext = 1;
      for (const mail of folder.mails) mail.uid = folder.uidNext++;
    }
  }

  private newValidity(): number {
    return ++this.validity;
  }
}

/**
 * What the provider writes above what it takes in (RFC 8601): who it found the sender to be. A field of that name that was
 * in the mail stays below, as one that a forger wrote.
 */
export function received(raw: string, authentication: Authentication, server = 'mx.mail.sandbox'): string {
  const trace = `Received: from mta.sandbox by ${server} id ${randomBytes(6).toString('hex')}; ${new Date().toUTCString()}\r\n`;
  if (authentication === 'none') return trace + raw;
  const domain = /^from:[^\n]*?@([\w.-]+)/im.exec(raw)?.[1] ?? 'unknown';
  const results = `dkim=${authentication} header.d=${domain}; spf=${authentication} smtp.mailfrom=${domain}; dmarc=${authentication} header.from=${domain}`;
  return `Authentication-Results: ${server};\r\n ${results}\r\n${trace}${raw}`;
}
