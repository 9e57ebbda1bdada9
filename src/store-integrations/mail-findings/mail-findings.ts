import { Injectable, type OnModuleInit } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../../platform/clock';
import { Vault, keyedHash, openJson, sealJson, type DataKey } from '../../platform/crypto';
import { Database, type Reader, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { Jobs } from '../../platform/jobs';
import { OFFERED_FROM, type MailContext, type MailFinding } from '../order-mails/finding';
import { OrderMails } from '../order-mails/order-mails';
import { MAIL_FOUND } from './mail-findings.events';
import { MailFindingsRepository, type FindingRow, type FindingStatus, type MailVia } from './mail-findings.repository';
import { isProved, storeDomainOf } from './proved';
import { registrable } from './store-domains';

const STORES_MS = 15_000;
const MOST_STORES = 5_000;
/** So many that wait are looked through when something new is known. */
const MOST_WAITING = 500;
const FORGET_EVERY_MS = 60 * 60 * 1000;

/** A mail of a shopper, as it came. */
export interface IncomingMail {
  userId: string;
  via: MailVia;
  /** RFC 5322 source. */
  source: Buffer;
  /** Whether its sender was proved (DKIM or SPF, aligned) by whoever received it. */
  authenticated: MailContext['authenticated'];
  ownAddresses: string[];
}

/** What a mail told, in the clear. */
export interface OpenFinding extends Omit<FindingRow, 'sealed' | 'wrapped' | 'masterKeyId'> {
  told: MailFinding;
}

/** A store, by the domains that it owns. */
export interface KnownDomains {
  id: string;
  name: string;
  domains: string[];
}

/**
 * What mails tell of orders. Guarantees: of a mail nothing is kept but its findings, sealed, and a keyed hash of its
 * Message-ID; it counts once, by whatever ways and how often it comes, and the first time that it comes proved; `mail.found`
 * is published in the transaction in which its findings are stored.
 */
@Injectable()
export class MailFindings implements OnModuleInit {
  private readonly hashKey: DataKey;
  private stores: { until: number; known: Promise<KnownDomains[]> } | undefined;

  constructor(
    private readonly mails: OrderMails,
    private readonly findings: MailFindingsRepository,
    private readonly database: Database,
    private readonly events: Events,
    private readonly vault: Vault,
    private readonly clock: Clock,
    private readonly jobs: Jobs,
  ) {
    this.hashKey = vault.serverKey('mail messages');
  }

  onModuleInit(): void {
    this.jobs.every(FORGET_EVERY_MS, 'old mail findings', () => this.findings.forgetOld());
  }

  /**
   * Reads a mail and keeps what it tells. Not inside a transaction: reading takes its time. `seen`: it was taken before;
   * `nothing`: it tells of no order, it is forged, or its shopper's account is closed.
   */
  async take({ userId, via, source, authenticated, ownAddresses }: IncomingMail): Promise<'kept' | 'nothing' | 'seen'> {
    // Whoever it says has written it has not.
    if (authenticated === 'fail') return 'nothing';
    const context: MailContext = {
      now: this.clock.now(),
      stores: (await this.knownStores()).map(({ name, domains }) => ({ name, domains })),
      authenticated,
      ownAddresses,
    };
    const mail = await this.mails.read(source, context, userId);
    const found = mail.findings.filter(({ confidence }) => confidence >= OFFERED_FROM);
    const name = mail.messageId === null ? source.toString('latin1') : `${mail.from?.domain ?? ''} ${mail.messageId}`;
    const [hash, ...older] = [this.hashKey, ...this.hashKey.older].map((key) =>
      keyedHash(key, JSON.stringify([userId, name])),
    );
    return this.database.transaction(async (tx) => {
      if (!(await this.findings.isOpen(tx, userId))) return 'nothing';
      // Taken under a key of before: as it is.
      if (older.length > 0 && (await this.findings.wasTaken(tx, userId, older))) return 'seen';
      const message = await this.findings.take(tx, userId, hash!, via, authenticated);
      if (!message) return 'seen';
      if (message.again) this.findings.dropUnproved(tx, message.id);
      if (found.length === 0) return 'nothing';
      const key = await this.vault.keyFor(tx, userId);
      const rows = found.map((told) => {
        const id = uuidv7();
        return {
          ...{
            id,
            kind: told.kind,
            storeDomain: storeDomainOf(mail, told),
            isProved: isProved(authenticated, mail, told),
          },
          ...{ confidence: Math.round(told.confidence * 100), occurredAt: told.at },
          sealed: sealJson(key, placeOf(id), storable(told)),
        };
      });
      this.findings.add(tx, userId, message.id, rows);
      await this.events.publish(tx, { type: MAIL_FOUND, aggregateId: message.id, payload: { userId } });
      return 'kept';
    });
  }

  /** What one mail told; nothing once the shopper's key is destroyed. */
  async ofMessage(tx: Tx, messageId: string): Promise<OpenFinding[]> {
    return this.opened(await this.findings.ofMessage(tx, messageId));
  }

  /** What waits for the order that it belongs to, in the order in which it happened; the newest 500. */
  async waiting(tx: Tx, userId: string): Promise<OpenFinding[]> {
    return this.opened(await this.findings.waiting(tx, userId, MOST_WAITING)).reverse();
  }

  /** What belongs to these subjects, in the order in which it happened. */
  async ofSubjects(reader: Reader, subjectIds: string[]): Promise<OpenFinding[]> {
    if (subjectIds.length === 0) return [];
    return this.opened(await this.findings.ofSubjects(reader, subjectIds));
  }

  /** What became of findings. `subjectId` is the caller's. */
  settle(tx: Tx, ids: string[], status: FindingStatus, subjectId: string | null): void {
    if (ids.length > 0) this.findings.settle(tx, ids, status, subjectId);
  }

  /** Mails are about to be handed in. */
  expect(): void {
    this.mails.expect();
  }

  /** Nothing of what belongs to these subjects is kept; the mails still count as read. */
  forget(tx: Tx, subjectIds: string[]): void {
    this.findings.forgetSubjects(tx, subjectIds);
  }

  /** The partner stores of Muse, by the domains of their hosts; at most 15 s old. */
  async knownStores(): Promise<KnownDomains[]> {
    if (this.stores && this.stores.until > Date.now()) return this.stores.known;
    const known = this.findings
      .stores(MOST_STORES)
      .then((rows) => rows.map(({ id, name, hosts }) => ({ id, name, domains: [...new Set(hosts.map(registrable))] })));
    this.stores = { until: Date.now() + STORES_MS, known };
    known.catch(() => (this.stores = undefined));
    return known;
  }

  /** Rows in the clear; none once their shopper's key is destroyed. */
  opened(rows: FindingRow[]): OpenFinding[] {
    return rows.flatMap(({ sealed, wrapped, masterKeyId, ...row }) => {
      if (wrapped === null || masterKeyId === null) return [];
      const key = this.vault.unwrap(row.userId, wrapped, masterKeyId);
      return [{ ...row, told: openJson<MailFinding>(key, placeOf(row.id), sealed) }];
    });
  }
}

/**
 * Without what Postgres takes in no text: zeros, and halves of characters. Structured data may hold both, and a mail that the
 * database refuses is told again and again.
 */
function storable(told: MailFinding): MailFinding {
  return JSON.parse(JSON.stringify(told), (_, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed() : value,
  ) as MailFinding;
}

/** What a finding is sealed for. */
export function placeOf(findingId: string): string {
  return `mail_findings:${findingId}:told`;
}
