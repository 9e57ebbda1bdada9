import { Injectable } from '@nestjs/common';
import type { SealedJson } from '../../platform/crypto';
import { Database, statement, sweeping, type Reader, type Tx } from '../../platform/database';
import type { MailKind } from '../order-mails/finding';

/** By which way a mail came. */
export type MailVia = 'imap' | 'forwarding';
export type FindingStatus = 'new' | 'offered' | 'used' | 'ignored';

export interface FindingRow {
  id: string;
  userId: string;
  messageId: string;
  kind: MailKind;
  storeDomain: string | null;
  isProved: boolean;
  /** In hundredths. */
  confidence: number;
  occurredAt: Date;
  status: FindingStatus;
  subjectId: string | null;
  sealed: SealedJson;
  /** Of its shopper's key; null once that is destroyed. */
  wrapped: Buffer | null;
  masterKeyId: string | null;
}

export interface NewFinding {
  id: string;
  kind: MailKind;
  storeDomain: string | null;
  isProved: boolean;
  confidence: number;
  occurredAt: string;
  sealed: SealedJson;
}

const FINDING = `f.id, f.user_id AS "userId", f.message_id AS "messageId", f.kind, f.store_domain AS "storeDomain", f.proved AS "isProved",
  f.confidence, f.occurred_at AS "occurredAt", f.status, f.subject_id AS "subjectId", f.sealed, k.wrapped, k.master_key_id AS "masterKeyId"
  FROM mail_findings f LEFT JOIN data_keys k ON k.subject_id = f.user_id`;

// An erasure locks the row: whoever comes after it finds the account closed, and what came before goes with it.
const OPEN_ACCOUNT = statement(
  'mail_findings.open_account',
  `SELECT id FROM users WHERE id = $1 AND disabled_at IS NULL FOR SHARE`,
);
// Again only where it comes proved and did not before: what was read of it then counts for nothing.
const TAKE = statement(
  'mail_messages.take',
  `INSERT INTO mail_messages (user_id, hash, via, authenticated) VALUES ($1, $2, $3, $4)
   ON CONFLICT (user_id, hash) DO UPDATE SET authenticated = excluded.authenticated, via = excluded.via
     WHERE mail_messages.authenticated <> 'pass' AND excluded.authenticated = 'pass'
   RETURNING id, xmax <> 0 AS again`,
);
const WAS_TAKEN = statement(
  'mail_messages.was_taken',
  `SELECT id FROM mail_messages WHERE user_id = $1 AND hash = ANY ($2::bytea[])`,
);
const DROP_UNPROVED = statement(
  'mail_findings.drop_unproved',
  `DELETE FROM mail_findings WHERE message_id = $1 AND status <> 'used'`,
);
const ADD = statement(
  'mail_findings.add',
  `INSERT INTO mail_findings (id, user_id, message_id, ordinal, kind, store_domain, proved, confidence, occurred_at, sealed)
   SELECT f.id, $1, $2, f.ordinal, f.kind, f.domain, f.proved, f.confidence, f.at, f.sealed
     FROM unnest($3::uuid[], $4::text[], $5::text[], $6::boolean[], $7::int[], $8::timestamptz[], $9::jsonb[])
       WITH ORDINALITY AS f (id, kind, domain, proved, confidence, at, sealed, ordinal)
   ON CONFLICT (message_id, ordinal) DO NOTHING`,
);
const OF_MESSAGE = statement(
  'mail_findings.of_message',
  `SELECT ${FINDING} WHERE f.message_id = $1 ORDER BY f.ordinal`,
);
const WAITING = statement(
  'mail_findings.waiting',
  `SELECT ${FINDING} WHERE f.user_id = $1 AND f.status = 'new' ORDER BY f.occurred_at DESC, f.id DESC LIMIT $2`,
);
const OF_SUBJECTS = statement(
  'mail_findings.of_subjects',
  `SELECT ${FINDING} WHERE f.subject_id = ANY ($1::uuid[]) ORDER BY f.occurred_at, f.id`,
);
const SETTLE = statement(
  'mail_findings.settle',
  `UPDATE mail_findings SET status = $2, subject_id = $3 WHERE id = ANY ($1::uuid[])`,
);
const EXPORT = statement(
  'mail_findings.export',
  `SELECT ${FINDING} WHERE f.user_id = $1 AND ($2::uuid IS NULL OR f.id > $2) ORDER BY f.id LIMIT $3`,
);
const FORGET_SUBJECTS = statement(
  'mail_findings.forget_subjects',
  `DELETE FROM mail_findings WHERE subject_id = ANY ($1::uuid[])`,
);
const FORGET = statement('mail_findings.forget', `DELETE FROM mail_messages WHERE user_id = $1`);
const STORES = statement(
  'mail_findings.stores',
  `SELECT id, name, hosts FROM stores WHERE kind = 'partner' AND status = 'active' AND hosts <> '{}' ORDER BY id LIMIT $1`,
);
const OLD = sweeping(
  'mail_messages.forget_old',
  'mail_messages',
  `taken_at < now() - interval '180 days' AND NOT EXISTS
     (SELECT 1 FROM mail_findings f WHERE f.message_id = mail_messages.id AND f.status = 'used')`,
);

/** Every statement on what was found in mails. */
@Injectable()
export class MailFindingsRepository {
  constructor(private readonly database: Database) {}

  /** Whether the account stands; it does until the transaction ends. */
  async isOpen(tx: Tx, userId: string): Promise<boolean> {
    return (await tx.maybeOne(OPEN_ACCOUNT, [userId])) !== undefined;
  }

  /** Undefined where the mail was taken before. */
  async take(
    tx: Tx,
    userId: string,
    hash: Buffer,
    via: MailVia,
    authenticated: 'pass' | 'unknown',
  ): Promise<{ id: string; again: boolean } | undefined> {
    return tx.maybeOne(TAKE, [userId, hash, via, authenticated]);
  }

  async wasTaken(tx: Tx, userId: string, hashes: Buffer[]): Promise<boolean> {
    return (await tx.maybeOne(WAS_TAKEN, [userId, hashes])) !== undefined;
  }

  dropUnproved(tx: Tx, messageId: string): void {
    tx.write(DROP_UNPROVED, [messageId]);
  }

  add(tx: Tx, userId: string, messageId: string, findings: NewFinding[]): void {
    tx.write(ADD, [
      ...[userId, messageId],
      findings.map((f) => f.id),
      findings.map((f) => f.kind),
      findings.map((f) => f.storeDomain),
      findings.map((f) => f.isProved),
      findings.map((f) => f.confidence),
      findings.map((f) => f.occurredAt),
      findings.map((f) => JSON.stringify(f.sealed)),
    ]);
  }

  ofMessage(tx: Tx, messageId: string): Promise<FindingRow[]> {
    return tx.rows(OF_MESSAGE, [messageId]);
  }

  /** The newest that wait. */
  waiting(tx: Tx, userId: string, limit: number): Promise<FindingRow[]> {
    return tx.rows(WAITING, [userId, limit]);
  }

  ofSubjects(reader: Reader, subjectIds: string[]): Promise<FindingRow[]> {
    return reader.rows(OF_SUBJECTS, [subjectIds]);
  }

  settle(tx: Tx, ids: string[], status: FindingStatus, subjectId: string | null): void {
    tx.write(SETTLE, [ids, status, subjectId]);
  }

  exported(userId: string, after: string | null, limit: number): Promise<FindingRow[]> {
    return this.database.rows(EXPORT, [userId, after, limit]);
  }

  forgetSubjects(tx: Tx, subjectIds: string[]): void {
    tx.write(FORGET_SUBJECTS, [subjectIds]);
  }

  forget(tx: Tx, userId: string): void {
    tx.write(FORGET, [userId]);
  }

  /** Stores that mails may come from. */
  stores(limit: number): Promise<{ id: string; name: string; hosts: string[] }[]> {
    return this.database.rows(STORES, [limit]);
  }

  forgetOld(): Promise<void> {
    return this.database.sweep(OLD);
  }
}
