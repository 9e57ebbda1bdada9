import { startDovecot } from './dovecot';
import { startMailSandbox, type Delivery, type MailAccount, type TestMail } from './mail-sandbox';

/** A mail server whose mailboxes are linked: the sandbox, or Dovecot where DOVECOT says where that is. */
export interface ImapServerUnderTest {
  origins: string;
  place: { host: string; port: number };
  account(): Promise<MailAccount>;
  deliver(address: string, mail: TestMail, delivery?: Delivery): Promise<unknown>;
  deliverMany(address: string, mails: TestMail[], delivery?: Delivery): Promise<void>;
  /** How many mails of the inbox are marked as read. */
  seen(address: string): Promise<number>;
  /** How many connections idle. */
  idling(): Promise<number>;
  /** Other UIDs and another UIDVALIDITY for the same mails. */
  renumber(address: string): Promise<void>;
  /** As the process is killed. */
  down(): Promise<void>;
  up(): Promise<void>;
}

export async function startImapServer(): Promise<ImapServerUnderTest> {
  if (process.env['DOVECOT']) return startDovecot(process.env['DOVECOT']);
  const sandbox = await startMailSandbox();
  return {
    ...{ origins: sandbox.origins, place: sandbox.imap },
    account: () => sandbox.account(),
    deliver: (address, mail, delivery) => sandbox.deliver(address, mail, delivery),
    deliverMany: (address, mails, delivery) => sandbox.deliverMany(address, mails, delivery),
    seen: async (address) => (await sandbox.mails(address)).filter(({ flags }) => flags.includes('\\Seen')).length,
    idling: async () => (await sandbox.sessions()).idling,
    renumber: async (address) => void (await sandbox.control('renumber', { address })),
    ...{ down: () => sandbox.down(), up: () => sandbox.up() },
  };
}
