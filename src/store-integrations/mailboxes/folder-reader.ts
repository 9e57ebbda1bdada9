import type { FetchMessageObject, FetchQueryObject, ImapFlow, MailboxObject } from 'imapflow';
import { setImmediate } from 'node:timers/promises';
import { keyedHash, type DataKey } from '../../platform/crypto';
import { authenticationOf, ownedBy } from './authentication-results';
import { bounded, faultOf, MailServerFault } from './imap-client';
import type { FolderRow, Held, MailboxesRepository } from './mailboxes.repository';
import { soleSenderOf } from './sole-sender';
import { keysOf, planOf, rebuilt } from './text-parts';
import { domainOfSender, isWorthReading, type MailHead } from './worth-reading';

/** Heads that are fetched together; after each such batch it is written down how far the folder was read. */
const BATCH = 50;
/** Mails of a batch that are read at the same time. */
const AT_ONCE = 3;
/** After so many failures at one mail it is passed over. */
const TRIES = 5;
/** Servers tell of other mails between the answers: that they were read elsewhere. */
const MOST_UNASKED = 200;
const DAY_MS = 86_400_000;
const HEADERS = ['authentication-results', 'auto-submitted', 'list-post'];

/** A mail with its texts, as it goes to who reads it. */
export interface FoundMail {
  source: Buffer;
  authenticated: 'pass' | 'fail' | 'unknown';
}

/** What is read, and for whom. */
export interface Reading {
  mailbox: Held;
  /** Under which the mailbox is this process's. */
  lease: string;
  address: string;
  senders: readonly string[];
  backlogDays: number;
  isTrusted: (server: string) => boolean;
  hashKey: DataKey;
  /** Reads a mail; throws where that could not be done now. */
  take: (mail: FoundMail) => Promise<void>;
  /** Aborted when the mailbox is this process's no more. */
  over: AbortSignal;
  now: () => Date;
}

/** The mailbox is somebody else's by now, or nobody's. */
export class NoLongerMine extends Error {}

/**
 * Reads one folder of a mailbox on from where it was read to. Guarantees: nothing is changed there, no mail marked as read; of a
 * mail that may not be opened nothing but its head comes here; each is taken once, after a change of the folder's numbers too;
 * one at which reading fails again and again keeps the others waiting five times, over half a minute, and no more.
 */
export class FolderReader {
  constructor(
    private readonly client: ImapFlow,
    private readonly mailboxes: MailboxesRepository,
    private readonly reading: Reading,
  ) {}

  /** Throws MailServerFault, NoLongerMine, and whatever reading a mail throws. */
  async read(folder: FolderRow, name: string): Promise<void> {
    const box = await this.open(name);
    if (folder.uidValidity !== String(box.uidValidity)) {
      if (!(await this.mailboxes.otherNumbers(folder.id, this.reading.lease, box.uidValidity)))
        throw new NoLongerMine();
      Object.assign(folder, { uidValidity: String(box.uidValidity), lastUid: '0', failedUid: null, failures: 0 });
    }
    const uids = await this.newOf(Number(folder.lastUid));
    for (let at = 0; at < uids.length; at += BATCH) await this.readBatch(folder, box, uids.slice(at, at + BATCH));
    // What lay there before the window counts as read.
    const last = Math.max(box.uidNext - 1, uids.at(-1) ?? 0);
    if (last > Number(folder.lastUid)) await this.note(folder, box, last, []);
  }

  private async open(name: string): Promise<MailboxObject> {
    try {
      return await bounded(this.client, () => this.client.mailboxOpen(name, { readOnly: true }));
    } catch (error) {
      throw this.client.usable ? new MailServerFault('unusable', 'no_such_folder') : faultOf(error);
    }
  }

  /** What came since, oldest first; of a folder that was never read, what came within the window. */
  private async newOf(lastUid: number): Promise<number[]> {
    const { backlogDays, now } = this.reading;
    // SINCE knows days alone, in the server's own time.
    const since = new Date(now().getTime() - (backlogDays + 1) * DAY_MS);
    const query = lastUid === 0 ? { since } : { uid: `${lastUid + 1}:*` };
    const found = await this.asked(() => this.client.search(query, { uid: true }));
    if (found === false || found === undefined) throw new MailServerFault('unavailable', 'not_searched');
    // `n:*` gives the last mail even where it is older than n.
    return found.filter((uid) => uid > lastUid).sort((a, b) => a - b);
  }

  private async readBatch(folder: FolderRow, box: MailboxObject, uids: number[]): Promise<void> {
    if (this.reading.over.aborted) throw new NoLongerMine();
    const query = { uid: true, envelope: true, bodyStructure: true, internalDate: true, headers: HEADERS };
    const heads = await this.fetched(uids, query);
    heads.sort((a, b) => a.uid - b.uid);
    const hashes = heads.map((head) => this.hashOf(head));
    // Asked at each batch: what was changed or taken back holds before anything more is opened.
    const met = await this.mailboxes.met(this.reading.mailbox, this.reading.lease, hashes);
    if (!met) throw new NoLongerMine();
    const toRead = heads.filter((head, index) => !met.has(hashes[index]!.toString('hex')) && this.mayOpen(head));
    for (let at = 0; at < toRead.length; at += AT_ONCE) {
      const some = toRead.slice(at, at + AT_ONCE);
      const done = await Promise.allSettled(some.map((head) => this.readOne(folder, head)));
      const failed = done.findIndex(({ status }) => status === 'rejected');
      if (failed < 0) continue;
      await this.stopBefore(folder, box, heads, hashes, some[failed]!.uid);
      throw (done[failed] as PromiseRejectedResult).reason;
    }
    await this.note(folder, box, uids.at(-1)!, hashes);
  }

  /** What was read before a mail that failed is read; at that mail it is begun again. */
  private async stopBefore(
    folder: FolderRow,
    box: MailboxObject,
    heads: FetchMessageObject[],
    hashes: Buffer[],
    uid: number,
  ): Promise<void> {
    const before = heads.filter((head) => head.uid < uid).length;
    if (before > 0) await this.note(folder, box, heads[before - 1]!.uid, hashes.slice(0, before));
    folder.failures = await this.mailboxes.failedAt(folder.id, this.reading.lease, uid);
    folder.failedUid = String(uid);
  }

  private async note(folder: FolderRow, box: MailboxObject, lastUid: number, met: Buffer[]): Promise<void> {
    if (!(await this.mailboxes.read(folder.id, this.reading.lease, box.uidValidity, lastUid, met)))
      throw new NoLongerMine();
    folder.lastUid = String(lastUid);
  }

  private async readOne(folder: FolderRow, head: FetchMessageObject): Promise<void> {
    if (this.reading.over.aborted) throw new NoLongerMine();
    if (folder.failedUid === String(head.uid) && folder.failures >= TRIES) return;
    const plan = planOf(head.bodyStructure);
    if (plan === null) return;
    const bodyParts = keysOf(plan);
    const [fetched] = await this.fetched([head.uid], { uid: true, headers: true, bodyParts });
    // Taken away meanwhile.
    if (fetched?.headers === undefined) return;
    const source = rebuilt(fetched.headers, plan, textsOf(fetched));
    const domain = domainOfSender(headOf(head));
    const headers = (head.headers ?? Buffer.alloc(0)).toString('latin1');
    const sole = await soleSenderOf(fetched.headers);
    // Of several From fields the server's envelope has one, and whoever reads the mail another.
    const isSole = domain !== null && sole !== null && ownedBy(sole) === domain;
    const authenticated = isSole ? authenticationOf(headers, domain, this.reading.isTrusted) : 'unknown';
    await this.reading.take({ source, authenticated });
  }

  /**
   * What was asked for, and nothing that a server says besides. One at a time, with a pause for whatever else this process does:
   * each that comes costs far more than its bytes.
   */
  private async fetched(uids: number[], query: FetchQueryObject): Promise<FetchMessageObject[]> {
    const wanted = new Set(uids);
    const found: FetchMessageObject[] = [];
    let count = 0;
    await this.asked(async () => {
      for await (const message of this.client.fetch(uids.join(','), query, { uid: true })) {
        await setImmediate();
        const isAnswer = message.headers !== undefined && wanted.delete(message.uid);
        if (isAnswer) found.push(message);
        if (++count > 2 * uids.length + MOST_UNASKED) this.client.close();
      }
    });
    return found;
  }

  private mayOpen(head: FetchMessageObject): boolean {
    return isWorthReading(headOf(head), this.reading.senders, this.reading.address);
  }

  /** By which a mail is known again: its Message-ID and sender, or what else there is of one without. */
  private hashOf(head: FetchMessageObject): Buffer {
    const { messageId, subject, date } = head.envelope ?? {};
    const name = messageId ?? [subject, date?.toString(), head.internalDate?.toString()];
    return keyedHash(this.reading.hashKey, JSON.stringify([this.reading.mailbox.id, headOf(head).from, name]));
  }

  private async asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await bounded(this.client, ask);
    } catch (error) {
      throw faultOf(error);
    }
  }
}

function headOf({ envelope, headers }: FetchMessageObject): MailHead {
  return {
    from: (envelope?.from ?? []).map(({ address }) => address ?? ''),
    subject: envelope?.subject ?? '',
    headers: (headers ?? Buffer.alloc(0)).toString('latin1'),
  };
}

function textsOf({ bodyParts }: FetchMessageObject): Map<string, Buffer> {
  const parts = [...(bodyParts ?? [])].flatMap(([key, value]): [string, Buffer][] => (value ? [[key, value]] : []));
  return new Map(parts);
}
