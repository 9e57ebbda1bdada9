import { Injectable, Logger } from '@nestjs/common';
import type { ImapFlow } from 'imapflow';
import { Clock } from '../../platform/clock';
import { Vault, type DataKey } from '../../platform/crypto';
import { Database } from '../../platform/database';
import { Events } from '../../platform/events';
import { reasonOf } from '../../platform/jobs';
import { MailFindings } from '../mail-findings/mail-findings';
import { isServerOf } from './authentication-results';
import { FolderReader, NoLongerMine, type Reading } from './folder-reader';
import { OF_NEWS, bounded, faultOf, ImapClient, MailServerFault } from './imap-client';
import { MailProviders } from './mail-providers';
import { forgetMailboxSecrets } from './mailbox-secrets';
import { MailboxTokens } from './mailbox-tokens';
import { relinkNeeded } from './mailboxes.events';
import { MailboxesRepository, openFolder, openSettings, type ClaimedMailbox } from './mailboxes.repository';

/** So long at most until folders that are not listened to are looked through again. */
const LOOK_MS = 2 * 60_000;
const SOONEST_MS = 1_000;
const LATEST_MS = 15 * 60_000;
/** A sign-in that nobody could try in so many tries was not proved. */
const TRIES_TO_PROVE = 4;

/**
 * One connection to one mailbox, for as long as it is this process's: proves it, reads what came, and listens for more. How it
 * ended stands in the mailbox's row: when to try again, or that it must be linked anew.
 */
@Injectable()
export class MailboxWatch {
  private readonly logger = new Logger('Mailboxes');
  private readonly hashKey: DataKey;

  constructor(
    private readonly database: Database,
    private readonly events: Events,
    private readonly clock: Clock,
    private readonly imap: ImapClient,
    private readonly providers: MailProviders,
    private readonly tokens: MailboxTokens,
    private readonly mailboxes: MailboxesRepository,
    private readonly findings: MailFindings,
    vault: Vault,
  ) {
    this.hashKey = vault.serverKey('mailbox mails');
  }

  /** Until `over` is aborted, or the connection ends. Never throws. */
  async run(mailbox: ClaimedMailbox, lease: string, over: AbortSignal): Promise<void> {
    try {
      const client = await this.open(mailbox, lease);
      const close = () => client.close();
      over.addEventListener('abort', close, { once: true });
      try {
        if (!over.aborted) await this.watch(client, mailbox, lease, over);
      } finally {
        over.removeEventListener('abort', close);
        await goodbye(client);
      }
      await this.mailboxes.release(mailbox, lease, { afterMs: 0, reason: null });
    } catch (error) {
      if (over.aborted || error instanceof NoLongerMine)
        await this.mailboxes.release(mailbox, lease, { afterMs: 0, reason: null }).catch(() => undefined);
      else await this.failed(mailbox, lease, error);
    }
  }

  private async open(mailbox: ClaimedMailbox, lease: string): Promise<ImapFlow> {
    const { host, port } = mailbox;
    this.findings.expect();
    const { username } = openSettings(this.tokens.keyOf(mailbox), mailbox);
    const connect = async (anew: boolean) =>
      this.imap.connect({ host, port, username, ...(await this.tokens.loginOf(mailbox, lease, anew)) });
    try {
      return await connect(false);
    } catch (error) {
      // A token may be over before its time.
      const isToken = mailbox.kind === 'oauth' && error instanceof MailServerFault && error.code === 'sign_in_refused';
      if (!isToken) throw error;
      return connect(true);
    }
  }

  private async watch(client: ImapFlow, mailbox: ClaimedMailbox, lease: string, over: AbortSignal): Promise<void> {
    const key = this.tokens.keyOf(mailbox);
    const folders = mailbox.folders.map((row) => ({ row, name: openFolder(key, row) }));
    const reader = new FolderReader(client, this.mailboxes, this.readingOf(mailbox, lease, over, key));
    if (mailbox.status === 'proving') await this.prove(client, mailbox, lease, folders);
    const news = new News(client);
    let isSound = mailbox.attempts === 0;
    for (let looksThrough = true; ; looksThrough = !(await bounded(client, () => news.wait(LOOK_MS, over), OF_NEWS))) {
      if (over.aborted) return;
      if (!client.usable) throw new MailServerFault('unavailable', 'connection_ended');
      news.forget();
      // The first is chosen last, so that it is the one that is listened to.
      const others = looksThrough ? folders.slice(1) : [];
      for (const { row, name } of [...others, folders[0]!]) await this.read(reader, mailbox, row, name);
      // Not before all was read: where that fails again and again, it is tried ever later.
      if (!isSound) isSound = await this.mailboxes.proved(this.database, mailbox, lease);
      if (isSound) mailbox.attempts = 0;
      if (client.usable && !over.aborted) client.idle().catch(() => undefined);
    }
  }

  private async read(
    reader: FolderReader,
    mailbox: ClaimedMailbox,
    row: ClaimedMailbox['folders'][number],
    name: string,
  ): Promise<void> {
    try {
      await reader.read(row, name);
    } catch (error) {
      // Deleted at the provider: the others go on.
      if (!(error instanceof MailServerFault) || error.code !== 'no_such_folder') throw error;
      this.logger.warn({ message: 'folder of a mailbox is gone', mailboxId: mailbox.id });
    }
  }

  /** It opens, and every folder that is to be read is there. */
  private async prove(
    client: ImapFlow,
    mailbox: ClaimedMailbox,
    lease: string,
    folders: { name: string }[],
  ): Promise<void> {
    for (const { name } of folders) {
      const isThere = await bounded(client, () => client.mailboxOpen(name, { readOnly: true })).catch(() => undefined);
      if (!isThere && !client.usable) throw new MailServerFault('unavailable', 'connection_ended');
      if (!isThere) throw new MailServerFault('unusable', 'no_such_folder');
    }
    if (!(await this.mailboxes.proved(this.database, mailbox, lease))) throw new NoLongerMine();
    mailbox.status = 'active';
  }

  private readingOf(mailbox: ClaimedMailbox, lease: string, over: AbortSignal, key: DataKey): Reading {
    const { id, version, userId, host, port, backlogDays } = mailbox;
    const { address, senders } = openSettings(key, mailbox);
    const servers = this.providers.serversOf(host, port);
    return {
      ...{ mailbox: { id, version }, lease, address, senders, backlogDays, over, hashKey: this.hashKey },
      isTrusted: servers === null ? () => false : isServerOf(host, address, servers),
      now: () => this.clock.now(),
      take: async ({ source, authenticated }) => {
        await this.findings.take({ userId, via: 'imap', source, authenticated, ownAddresses: [address] });
      },
    };
  }

  private async failed(mailbox: ClaimedMailbox, lease: string, error: unknown): Promise<void> {
    const fault = error instanceof MailServerFault ? error : faultIn(error);
    const { attempts, status, id: mailboxId } = mailbox;
    this.logger.warn({ message: 'mailbox not watched', mailboxId, code: fault.code, reason: reasonOf(error) });
    const isOver =
      status === 'proving'
        ? fault.kind !== 'unavailable' || attempts + 1 >= TRIES_TO_PROVE
        : // Once may be a mistake of the provider's.
          fault.code === 'grant_ended' || (fault.kind === 'refused' && attempts > 0);
    try {
      if (isOver) await this.refuse(mailbox, lease, fault.code);
      else await this.mailboxes.release(mailbox, lease, { afterMs: waitMs(attempts), reason: fault.code });
    } catch (reason) {
      this.logger.error({ message: 'mailbox not released', mailboxId, reason: reasonOf(reason) });
    }
  }

  /** What opens it is destroyed, and its owner told; of one that never opened, they wait for the answer anyway. */
  private async refuse(mailbox: ClaimedMailbox, lease: string, code: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      if (!(await this.mailboxes.refused(tx, mailbox, lease, code))) return;
      forgetMailboxSecrets(tx, mailbox.id);
      if (mailbox.status !== 'proving') await this.events.publish(tx, relinkNeeded(mailbox.id, mailbox.userId));
    });
  }
}

/** Whether something new is in the folder that is listened to. */
class News {
  private hasCome = false;
  private wake: (() => void) | undefined;

  constructor(private readonly client: ImapFlow) {
    const heard = () => {
      this.hasCome = true;
      this.wake?.();
    };
    client.on('exists', heard);
    client.on('close', () => this.wake?.());
  }

  forget(): void {
    this.hasCome = false;
  }

  /** Resolves with whether it was for something new: at once, if there was before; false after so long, or at the end. */
  async wait(ms: number, over: AbortSignal): Promise<boolean> {
    if (this.hasCome || over.aborted || !this.client.usable) return this.hasCome;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      this.wake = done;
      over.addEventListener('abort', done, { once: true });
    });
    this.wake = undefined;
    return this.hasCome;
  }
}

async function goodbye(client: ImapFlow): Promise<void> {
  if (client.usable)
    await Promise.race([client.logout(), new Promise((resolve) => setTimeout(resolve, 1_000).unref())]).catch(
      () => undefined,
    );
  client.close();
}

/** What is no fault of the mail server's: the mail could not be read here, or the key is gone. */
function faultIn(error: unknown): MailServerFault {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? faultOf(error) : new MailServerFault('unavailable', 'not_read');
}

function waitMs(attempts: number): number {
  return Math.min(SOONEST_MS * 2 ** attempts, LATEST_MS);
}
