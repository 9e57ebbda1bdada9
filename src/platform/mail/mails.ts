import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { Config } from '../config';
import { KeyDestroyed, Vault, openJson, sealJson, type SealedJson } from '../crypto';
import { Database, statement, type Tx } from '../database';
import { Jobs, LEASE_SECONDS, holdingLease, reasonOf, writingSurely } from '../jobs';
import { reached } from './mail-steps';
import { MAIL_TRANSPORT, SENDS_AT_ONCE, type MailTransport } from './mail-transport';
import { mailBackoffMs, sendFailure, type SendFailure } from './send-failure';

const TASK = 'send_mail';
const GIVE_UP_HOURS = 48;
/** So long a mail that is decided is remembered. */
const KEPT_DAYS = 90;
/** A process that stops waits so long for what is being sent; the rest is taken over by another. */
const FINISH_WITHIN_MS = 8_000;
/** What became of a mail is written so often before it is given up, over some ten seconds: as long as a Postgres takes to come back. */
const WRITES = 8;

/** Which mail it is: one for each cause, kind and person. */
export interface MailKey {
  /** Id of the event that it tells of. */
  causeId: string;
  /** What it says, in a word (letters and _). */
  kind: string;
  /** Whose data key seals it. */
  subjectId: string;
}

/** What it says. */
export interface MailText {
  /** An address, without a name. */
  to: string;
  /** Who gets the answers; the sender, unless given. */
  replyTo?: string | null;
  subject: string;
  text: string;
  html: string;
  /** When it is of no use any more, at the latest after 48 hours. */
  useUntil?: Date;
}

const IS_POSTED = statement(
  'mail.is_posted',
  `SELECT 1 AS posted FROM mails WHERE cause_id = $1 AND kind = $2 AND subject_id = $3`,
);
const POST = statement(
  'mail.post',
  `WITH mail AS (
     INSERT INTO mails (id, cause_id, kind, subject_id, content, give_up_at)
     VALUES ($1, $2, $3, $4, $5, least($6, now() + interval '${GIVE_UP_HOURS} hours')) RETURNING id
   )
   SELECT graphile_worker.add_job('${TASK}', json_build_object('id', id), job_key := id::text, max_attempts := 3) FROM mail`,
);
const CLAIM = (which: string) => `
  UPDATE mails m SET lease_token = $1, lease_until = clock_timestamp() + interval '${LEASE_SECONDS} seconds', attempts = m.attempts + 1
    FROM (${which}) due LEFT JOIN data_keys k ON k.subject_id = due.subject_id
   WHERE m.id = due.id
  RETURNING m.id, m.kind, m.content, m.attempts, m.give_up_at < clock_timestamp() AS late, m.subject_id AS "subjectId", k.wrapped,
    k.master_key_id AS "masterKeyId"`;
const DUE = `status = 'queued' AND next_attempt_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until < clock_timestamp())`;
const CLAIM_ONE = statement(
  'mail.claim',
  CLAIM(`SELECT id, subject_id FROM mails WHERE id = $2 AND ${DUE} FOR NO KEY UPDATE SKIP LOCKED`),
);
const CLAIM_NEXT = statement(
  'mail.claim_next',
  CLAIM(`SELECT id, subject_id FROM mails WHERE ${DUE} ORDER BY next_attempt_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED`),
);
const RENEW = statement(
  'mail.renew_lease',
  `UPDATE mails SET lease_until = clock_timestamp() + interval '${LEASE_SECONDS} seconds' WHERE id = $1 AND lease_token = $2 RETURNING 1 AS alive`,
);
const DECIDE = statement(
  'mail.decide',
  `UPDATE mails SET status = $3, content = NULL, last_error = $4, lease_token = NULL, lease_until = NULL,
          decided_at = clock_timestamp(), sent_at = CASE WHEN $3 = 'sent' THEN clock_timestamp() END
    WHERE id = $1 AND lease_token = $2 RETURNING 1 AS written`,
);
const LATER = statement(
  'mail.later',
  `UPDATE mails SET last_error = $3, lease_token = NULL, lease_until = NULL,
          next_attempt_at = clock_timestamp() + make_interval(secs => $4)
    WHERE id = $1 AND lease_token = $2 RETURNING 1 AS written`,
);
const WITHDRAW = statement(
  'mail.withdraw',
  `UPDATE mails SET status = 'withdrawn', content = NULL, lease_token = NULL, lease_until = NULL, decided_at = clock_timestamp()
    WHERE subject_id = ANY ($1::uuid[]) AND status = 'queued'`,
);
const POSTED_TO = statement(
  'mail.posted_to',
  `SELECT id, subject_id AS "subjectId", kind, status, created_at AS "createdAt", sent_at AS "sentAt" FROM mails
    WHERE subject_id = ANY ($1::uuid[]) AND ($2::uuid IS NULL OR (subject_id, id) > ($2, $3)) ORDER BY subject_id, id LIMIT $4`,
);

const FORGET_AT_ONCE = 5_000;
const FORGET = statement(
  'mail.forget',
  `WITH old AS (
     SELECT ctid FROM mails WHERE status <> 'queued' AND decided_at < now() - interval '${KEPT_DAYS} days' LIMIT ${FORGET_AT_ONCE}
   )
   DELETE FROM mails m USING old WHERE m.ctid = old.ctid RETURNING 1 AS gone`,
);
const FORGET_EVERY_MS = 10 * 60_000;

/** That there is or was a mail; its words are known to whoever got it. */
export interface PostedMail {
  id: string;
  subjectId: string;
  kind: string;
  status: 'queued' | Decision;
  createdAt: Date;
  sentAt: Date | null;
}

interface Claimed {
  id: string;
  kind: string;
  content: SealedJson;
  attempts: number;
  late: boolean;
  subjectId: string;
  wrapped: Buffer | null;
  masterKeyId: string | null;
}

type Decision = 'sent' | 'refused' | 'given_up' | 'withdrawn';

/**
 * Mails, by the outbox. Guarantees: a mail exists if and only if the transaction of its cause commits, once for each cause,
 * kind and person; it is sent at least once, and again, with the same Message-ID, only where a server fell silent before it
 * said whether it had taken it, or where the worker died, or lost the database for good, before it wrote that; recipient and words stand in the database only sealed, and not at all once the mail is
 * sent or given up; what remains goes after 90 days. No mail server can hold up other jobs: what is sent is sent beside them, a few at a time.
 */
@Injectable()
export class Mails implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Mail');
  private readonly sending = new Set<Promise<void>>();
  private stopping = false;

  constructor(
    @Inject(MAIL_TRANSPORT) private readonly transport: MailTransport | null,
    private readonly config: Config,
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly jobs: Jobs,
  ) {}

  /** Whether there is anything to send with: where mail is turned off, nobody should make any. */
  get enabled(): boolean {
    return this.transport !== null;
  }

  onModuleInit(): void {
    // The job only rings: waiting for a server, it would keep other jobs waiting.
    this.jobs.handle(TASK, () => Promise.resolve(this.wake()));
    this.jobs.whenDue('mails', `SELECT FROM mails WHERE ${DUE}`, () => Promise.resolve(this.wake()));
    this.jobs.every(FORGET_EVERY_MS, 'old mails', () => this.forgetOld());
  }

  onApplicationBootstrap(): void {
    if (!this.config.runsWorker) return;
    if (!this.enabled) this.logger.log('Mail is turned off (SMTP_URL=off): nobody is written to.');
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await Promise.race([Promise.all(this.sending), sleep(FINISH_WITHIN_MS, undefined, { ref: false })]);
    this.transport?.close();
  }

  /**
   * Writes a mail in the transaction of its cause, and says whether it did: false where it is posted already, where the
   * person's data key is destroyed, or where `compose` gives none. `compose` runs only for a mail that is to be, so what
   * it does with `tx`, such as making a token, belongs to that mail.
   */
  async post(tx: Tx, key: MailKey, compose: () => Promise<MailText | undefined>): Promise<boolean> {
    const { causeId, kind, subjectId } = key;
    if (!this.enabled || (await tx.maybeOne(IS_POSTED, [causeId, kind, subjectId]))) return false;
    const dataKey = await this.vault.keyFor(tx, subjectId).catch((error: unknown) => {
      if (error instanceof KeyDestroyed) return undefined;
      throw error;
    });
    if (!dataKey) return false;
    const mail = await compose();
    if (!mail) return false;
    const id = uuidv7();
    const { useUntil = null, replyTo = null, to, subject, text, html } = mail;
    const content = sealJson(dataKey, aad(id), { to, replyTo, subject: oneLine(subject), text, html });
    // Posted by another in this moment: the unique key refuses it, this transaction is undone, and its cause asks again.
    await tx.run(POST, [id, causeId, kind, subjectId, JSON.stringify(content), useUntil]);
    return true;
  }

  /** Takes back what was not sent yet to people who are being forgotten. */
  async withdraw(tx: Tx, subjectIds: string[]): Promise<void> {
    await tx.run(WITHDRAW, [subjectIds]);
  }

  /** The mails to these people that are remembered, person by person, after one of them. */
  postedTo(subjectIds: readonly string[], after: PostedMail | undefined, limit: number): Promise<PostedMail[]> {
    return this.database.rows<PostedMail>(POSTED_TO, [subjectIds, after?.subjectId ?? null, after?.id ?? null, limit]);
  }

  /** Deletes what was decided 90 days ago, in pieces, so that no number of them is too many for one statement's time. */
  async forgetOld(): Promise<void> {
    while ((await this.database.rows(FORGET)).length === FORGET_AT_ONCE);
  }

  /** One try at one mail, if it is due and nobody holds it. */
  async sendOnce(mailId: string): Promise<void> {
    const lease = randomUUID();
    const claimed = await this.database.maybeOne<Claimed>(CLAIM_ONE, [lease, mailId]);
    if (claimed) await this.send(claimed, lease);
  }

  /** Sends what is due, a few at a time, until nothing is. */
  private wake(): void {
    if (this.stopping || !this.enabled || this.sending.size >= SENDS_AT_ONCE) return;
    const work = this.sendDue()
      .catch((error: unknown) => this.logger.warn({ message: 'mails not sent', reason: reasonOf(error) }))
      .finally(() => this.sending.delete(work));
    this.sending.add(work);
  }

  private async sendDue(): Promise<void> {
    while (!this.stopping) {
      const lease = randomUUID();
      const claimed = await this.database.maybeOne<Claimed>(CLAIM_NEXT, [lease]);
      if (!claimed) return;
      // There may be more: another begins, while this one waits for the server.
      this.wake();
      await this.send(claimed, lease);
    }
  }

  private async send(claimed: Claimed, lease: string): Promise<void> {
    const { id } = claimed;
    reached('claimed', id);
    if (claimed.late) return this.decide(claimed, lease, 'given_up', 'late');
    const content = this.open(claimed);
    // Whoever destroyed the key wants nothing to be sent.
    if (!content) return this.decide(claimed, lease, 'withdrawn', 'key_destroyed');
    const renew = async () => (await this.database.maybeOne(RENEW, [id, lease])) !== undefined;
    await holdingLease(renew, async (lost) => {
      const failure = await this.transport!.send({ id, kind: claimed.kind, ...content }, lost).then(
        () => undefined,
        (error: unknown) => sendFailure(error),
      );
      reached('sent', id);
      if (!failure) return this.decide(claimed, lease, 'sent', null);
      return this.failed(claimed, lease, failure);
    });
  }

  private async failed(claimed: Claimed, lease: string, { final, code }: SendFailure): Promise<void> {
    const { id, kind, attempts } = claimed;
    this.logger.warn({ message: final ? 'mail refused' : 'mail not sent yet', mailId: id, kind, attempts, code });
    if (final) return this.decide(claimed, lease, 'refused', code);
    await this.database.rows(LATER, [id, lease, code, mailBackoffMs(attempts) / 1000]);
    reached('written', id);
  }

  private async decide(claimed: Claimed, lease: string, status: Decision, error: string | null): Promise<void> {
    const { id, kind, attempts } = claimed;
    // Not written, a mail that the server has taken would be sent again once the lease is over.
    await writingSurely(
      () => this.database.rows(DECIDE, [id, lease, status, error]),
      (write, reason) =>
        this.logger.warn({ message: 'outcome not written', mailId: id, write, outcome: status, reason }),
      WRITES,
    );
    if (status === 'given_up') this.logger.error({ message: 'mail given up', mailId: id, kind, attempts });
    reached('written', id);
  }

  private open({ id, content, subjectId, wrapped, masterKeyId }: Claimed): SealedContent | undefined {
    if (wrapped === null || masterKeyId === null) return undefined;
    return openJson<SealedContent>(this.vault.unwrap(subjectId, wrapped, masterKeyId), aad(id), content);
  }
}

type SealedContent = { to: string; replyTo: string | null; subject: string; text: string; html: string };

function aad(id: string): string {
  return `mails:${id}:content`;
}

/** A header is one line, whatever somebody called their store. */
function oneLine(subject: string): string {
  // eslint-disable-next-line no-control-regex
  return subject.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
}
