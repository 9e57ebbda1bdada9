import { Injectable } from '@nestjs/common';
import type { OrderSide } from '../../orders';
import { Database, statement, type Reader, type Tx } from '../../platform/database';
import { KEY_OF_WORDS, type SealedWords, type StoredWords } from '../words';
import type { ReportReason } from './report-reasons';
import type { ReportOutcome, ReportStatus } from './report-states';

/** How long the other side has to answer, and the losing side to appeal. */
const ANSWER_DAYS = 7;
const APPEAL_DAYS = 14;
/** More reports of one order than anybody has to read at once. */
const OF_ONE_ORDER = 100;

export interface ReportRow extends StoredWords {
  id: string;
  orderId: string;
  storeId: string;
  side: OrderSide;
  reason: ReportReason;
  status: ReportStatus;
  outcome: ReportOutcome | null;
  answerUntil: Date;
  appealUntil: Date | null;
  decidedAt: Date | null;
  /** Who made the first decision. */
  decidedBy: string | null;
  createdAt: Date;
  /** The database's clock. */
  now: Date;
}

/** An answer, an appeal or a decision. */
export interface ReportText extends StoredWords {
  reportId: string;
  what: 'answer' | 'appeal' | 'first' | 'second';
  /** Of an appeal: whose. */
  side: OrderSide | null;
  /** Of a decision. */
  outcome: ReportOutcome | null;
  at: Date;
}

const REPORT = `r.id, r.order_id AS "orderId", r.store_id AS "storeId", r.side, r.reason, r.status, r.outcome, r.answer_until AS "answerUntil",
  r.appeal_until AS "appealUntil", r.decided_at AS "decidedAt", r.created_at AS "createdAt", clock_timestamp() AS now,
  (SELECT d.decided_by FROM report_decisions d WHERE d.report_id = r.id AND d.instance = 'first') AS "decidedBy",
  r.content, r.key_subject_id AS "keySubjectId", ${KEY_OF_WORDS}`;
const FROM = `FROM reports r LEFT JOIN data_keys k ON k.subject_id = r.key_subject_id`;
const PAGE = `($2::uuid IS NULL OR r.id < $2) AND ($3::text IS NULL OR r.status = $3)`;

const INSERT = statement(
  'trust.file_report',
  `INSERT INTO reports (id, order_id, store_id, side, reason, content, key_subject_id, answer_until)
   VALUES ($1, $2, $3, $4, $5, $6, $7, now() + interval '${ANSWER_DAYS} days')`,
);
const BY_ID = statement('trust.report', `SELECT ${REPORT} ${FROM} WHERE r.id = $1`);
const LOCK = statement('trust.lock_report', `SELECT ${REPORT} ${FROM} WHERE r.id = $1 FOR NO KEY UPDATE OF r`);
const OF_ORDER = statement(
  'trust.reports_of_order',
  `SELECT ${REPORT} ${FROM} WHERE r.order_id = $1 ORDER BY r.id DESC LIMIT ${OF_ONE_ORDER}`,
);
// Each branch walks an index of its own; nobody is both sides of an order that is reported.
const OF_SHOPPER = statement(
  'trust.reports_of_shopper',
  `SELECT ${REPORT}, mine.side AS "yourSide"
     FROM (SELECT r.id, 'buyer' AS side FROM orders o JOIN reports r ON r.order_id = o.id WHERE o.buyer_user_id = $1
           UNION ALL SELECT r.id, 'buyer' FROM orders o JOIN reports r ON r.order_id = o.id WHERE o.buyer_guest_id = $1
           UNION ALL SELECT r.id, 'merchant' FROM stores s JOIN reports r ON r.store_id = s.id WHERE s.owner_user_id = $1) AS mine
     JOIN reports r ON r.id = mine.id LEFT JOIN data_keys k ON k.subject_id = r.key_subject_id
    WHERE ${PAGE} AND ($4::uuid IS NULL OR r.order_id = $4) ORDER BY r.id DESC LIMIT $5`,
);
const ALL = statement(
  'trust.all_reports',
  `SELECT ${REPORT} ${FROM} WHERE ${PAGE} AND ($1::uuid IS NULL OR r.store_id = $1) ORDER BY r.id DESC LIMIT $4`,
);
const text = (table: string, what: string, side: string, outcome: string) =>
  `SELECT x.report_id AS "reportId", ${what} AS what, ${side} AS side, ${outcome} AS outcome, x.created_at AS at, x.content,
          x.key_subject_id AS "keySubjectId", ${KEY_OF_WORDS}
     FROM ${table} x LEFT JOIN data_keys k ON k.subject_id = x.key_subject_id WHERE x.report_id = ANY($1::uuid[])`;
const TEXTS = statement(
  'trust.report_texts',
  [
    text('report_answers', `'answer'`, 'NULL', 'NULL'),
    text('appeals', `'appeal'`, 'x.side', 'NULL'),
    text('report_decisions', `CASE x.instance WHEN 'first' THEN 'first' ELSE 'second' END`, 'NULL', 'x.outcome'),
  ].join('\nUNION ALL\n'),
);
const MOVE = statement(
  'trust.move_report',
  `UPDATE reports SET status = $2, outcome = $3, updated_at = now(),
          decided_at = CASE WHEN outcome IS DISTINCT FROM $3 THEN now() ELSE decided_at END,
          appeal_until = CASE WHEN $3::text IS NOT NULL THEN coalesce(appeal_until, now() + interval '${APPEAL_DAYS} days') END
    WHERE id = $1`,
);
const ANSWER = statement(
  'trust.answer_report',
  `INSERT INTO report_answers (report_id, content, key_subject_id) VALUES ($1, $2, $3)`,
);
const APPEAL = statement(
  'trust.file_appeal',
  `INSERT INTO appeals (report_id, side, content, key_subject_id) VALUES ($1, $2, $3, $4)`,
);
const DECIDE = statement(
  'trust.decide_report',
  `INSERT INTO report_decisions (report_id, instance, outcome, decided_by, content, key_subject_id) VALUES ($1, $2, $3, $4, $5, $6)`,
);
const WRITER = `(SELECT $1::uuid UNION ALL SELECT id FROM guests WHERE claimed_by = $1)`;
const FORGET = statement(
  'trust.forget_reports',
  `WITH answer AS (UPDATE report_answers SET content = NULL WHERE key_subject_id IN ${WRITER} AND content IS NOT NULL),
   appeal AS (UPDATE appeals SET content = NULL WHERE key_subject_id IN ${WRITER} AND content IS NOT NULL),
   own AS (SELECT id, status IN ('open', 'answered') AS open FROM reports
            WHERE key_subject_id IN ${WRITER} AND (content IS NOT NULL OR status IN ('open', 'answered')) FOR NO KEY UPDATE)
   UPDATE reports r SET content = NULL, status = CASE WHEN own.open THEN 'withdrawn' ELSE r.status END, updated_at = now()
     FROM own WHERE r.id = own.id
   RETURNING r.id, r.order_id AS "orderId", r.store_id AS "storeId", r.side, own.open AS withdrawn`,
);

/** Every statement on reports. A report's row is locked before anything of it changes. */
@Injectable()
export class ReportsRepository {
  constructor(private readonly database: Database) {}

  async insert(
    tx: Tx,
    report: Pick<ReportRow, 'id' | 'orderId' | 'storeId' | 'side' | 'reason'>,
    { content, keySubjectId }: SealedWords,
  ): Promise<void> {
    const { id, orderId, storeId, side, reason } = report;
    await tx.run(INSERT, [id, orderId, storeId, side, reason, content, keySubjectId]);
  }

  byId(reportId: string, reader: Reader = this.database): Promise<ReportRow | undefined> {
    return reader.maybeOne(BY_ID, [reportId]);
  }

  lock(tx: Tx, reportId: string): Promise<ReportRow | undefined> {
    return tx.maybeOne(LOCK, [reportId]);
  }

  ofOrder(orderId: string): Promise<ReportRow[]> {
    return this.database.rows(OF_ORDER, [orderId]);
  }

  /** Those by a shopper and about them, as buyer or as merchant. */
  ofShopper(
    shopperId: string,
    filters: { before?: string; status?: string; orderId?: string },
    limit: number,
  ): Promise<(ReportRow & { yourSide: OrderSide })[]> {
    const { before, status, orderId } = filters;
    return this.database.rows(OF_SHOPPER, [shopperId, before ?? null, status ?? null, orderId ?? null, limit]);
  }

  all(filters: { before?: string; status?: string; storeId?: string }, limit: number): Promise<ReportRow[]> {
    const { before, status, storeId } = filters;
    return this.database.rows(ALL, [storeId ?? null, before ?? null, status ?? null, limit]);
  }

  texts(reportIds: string[], reader: Reader = this.database): Promise<ReportText[]> {
    return reader.rows(TEXTS, [reportIds]);
  }

  async move(tx: Tx, reportId: string, to: ReportStatus, outcome: ReportOutcome | null): Promise<void> {
    await tx.run(MOVE, [reportId, to, outcome]);
  }

  async answer(tx: Tx, reportId: string, { content, keySubjectId }: SealedWords): Promise<void> {
    await tx.run(ANSWER, [reportId, content, keySubjectId]);
  }

  async appeal(tx: Tx, reportId: string, side: OrderSide, { content, keySubjectId }: SealedWords): Promise<void> {
    await tx.run(APPEAL, [reportId, side, content, keySubjectId]);
  }

  async decide(
    tx: Tx,
    reportId: string,
    decision: { instance: 'first' | 'appeal'; outcome: ReportOutcome; by: string },
    { content, keySubjectId }: SealedWords,
  ): Promise<void> {
    await tx.run(DECIDE, [reportId, decision.instance, decision.outcome, decision.by, ...[content, keySubjectId]]);
  }

  /** Forgets what a user wrote, and withdraws what nobody has decided yet; gives the reports that were touched. */
  forget(tx: Tx, userId: string) {
    type Touched = Pick<ReportRow, 'id' | 'orderId' | 'storeId' | 'side'> & { withdrawn: boolean };
    return tx.rows<Touched>(FORGET, [userId]);
  }
}
