import { Injectable } from '@nestjs/common';
import type { Caller } from '../identity';
import { Vault, openJson, sealJson, type SealedJson } from '../platform/crypto';
import { Database, statement, type Tx } from '../platform/database';
import { Events } from '../platform/events';
import { InvalidField, NotFound, decodeIdCursor, encodeCursor, page } from '../platform/http';
import type { MessageRow, Side } from './conversation-row';
import { Conversations, type Speaker } from './conversations.service';
import type { ReportMessageRequest } from './dto/conversation.request';
import { MessageReportResponse } from './dto/conversation.response';
import type { ExportedReportResponse } from './dto/exported-conversation.response';
import {
  ReportedMessageResponse,
  type CloseReportRequest,
  type ListReportsRequest,
  type ReportedMessageListResponse,
} from './dto/message-report.dto';
import { MessageWriter } from './message-writer';
import { CONVERSATION_REPORTED, CONVERSATION_REPORT_DECIDED, conversationEvent } from './messaging.events';

const OF_OTHER_SIDE = statement(
  'messaging.message_of_other_side',
  `SELECT 1 AS found FROM messages WHERE id = $1 AND conversation_id = $2 AND side NOT IN ('system', $3)`,
);
const PRESENT = statement(
  'messaging.present_report',
  `SELECT id, message_id AS "messageId", reason, created_at AS "createdAt" FROM message_reports WHERE message_id = $1 AND side = $2`,
);
const ADD = statement(
  'messaging.add_report',
  `INSERT INTO message_reports (message_id, side, reason, key_subject_id, detail) VALUES ($1, $2, $3, $4, $5)
   ON CONFLICT ON CONSTRAINT message_reports_one_a_side DO NOTHING`,
);
const REPORT = `SELECT r.id, r.side AS "reportedBy", r.reason, r.detail, r.created_at AS "reportedAt", r.closed_at AS "closedAt", r.outcome,
    r.key_subject_id AS "detailSubjectId", rk.wrapped AS "detailWrapped", rk.master_key_id AS "detailMasterKeyId",
    m.conversation_id AS "conversationId", c.store_id AS "storeId", m.id AS "messageId", m.seq, m.side, m.kind, m.order_id AS "orderId",
    m.key_subject_id AS "keySubjectId", mk.wrapped, mk.master_key_id AS "masterKeyId", m.body, m.jwe, m.summary, m.event, m.created_at AS "createdAt"
  FROM message_reports r JOIN messages m ON m.id = r.message_id JOIN conversations c ON c.id = m.conversation_id
  LEFT JOIN data_keys mk ON mk.subject_id = m.key_subject_id LEFT JOIN data_keys rk ON rk.subject_id = r.key_subject_id`;
const LIST = statement(
  'messaging.reports',
  `${REPORT} WHERE (r.closed_at IS NULL) = $1 AND ($2::uuid IS NULL OR r.id > $2) ORDER BY r.id LIMIT $3`,
);
const ONE = statement('messaging.report', `${REPORT} WHERE r.id = $1`);
const OF_SIDE = statement(
  'messaging.reports_of_side',
  `${REPORT} WHERE m.conversation_id = $1 AND r.side = $2 ORDER BY r.id`,
);
const CLOSE = statement(
  'messaging.close_report',
  `UPDATE message_reports SET closed_at = now(), closed_by = $2, outcome = $3 WHERE id = $1 AND closed_at IS NULL`,
);

export interface ReportRow extends Omit<MessageRow, 'id'> {
  id: string;
  messageId: string;
  reportedBy: Side;
  reason: string;
  detail: SealedJson | null;
  detailSubjectId: string | null;
  detailWrapped: Buffer | null;
  detailMasterKeyId: string | null;
  reportedAt: Date;
  closedAt: Date | null;
  outcome: 'upheld' | 'dismissed' | null;
  conversationId: string;
  storeId: string;
}

/** Messages that the other side found wrong, and what support makes of them. Only what is reported can be read by support. */
@Injectable()
export class MessageReports {
  constructor(
    private readonly conversations: Conversations,
    private readonly writer: MessageWriter,
    private readonly vault: Vault,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  /** One report a side and message; again: the first. Throws NotFound (no message of the other side), InvalidField, ConversationClosed. */
  async report(
    tx: Tx,
    speaker: Speaker,
    id: string | undefined,
    messageId: string,
    { reason, detail }: ReportMessageRequest,
  ): Promise<MessageReportResponse> {
    const conversation = await this.conversations.row(speaker, id, tx);
    const { side } = speaker;
    if (!(await tx.maybeOne(OF_OTHER_SIDE, [messageId, conversation.id, side])))
      throw new NotFound('message in this conversation');
    if (detail !== undefined && conversation.shopperId === null)
      throw new InvalidField('/detail', 'must be left out: the conversation is sealed');
    const key = detail === undefined ? undefined : await this.writer.keyOf(tx, conversation.shopperId!);
    const sealed = key && JSON.stringify(sealJson(key, aad(messageId, side), detail));
    if ((await tx.run(ADD, [messageId, side, reason, key?.subjectId ?? null, sealed ?? null])) > 0)
      await this.events.publish(tx, conversationEvent(CONVERSATION_REPORTED, conversation, { messageId, side }));
    return MessageReportResponse.of((await tx.maybeOne<Present>(PRESENT, [messageId, side]))!);
  }

  /** What one side reported of a conversation. */
  async ofSide(conversationId: string, side: Side): Promise<ExportedReportResponse[]> {
    const rows = await this.database.rows<ReportRow>(OF_SIDE, [conversationId, side]);
    return rows.map((row) => {
      const { messageId, reason, reportedAt } = row;
      return { messageId, reason, detail: this.detailOf(row), createdAt: reportedAt.toISOString() };
    });
  }

  /** The oldest first; open ones unless closed ones are asked for. For support. */
  async list({ status, limit, cursor }: ListReportsRequest): Promise<ReportedMessageListResponse> {
    const values = [status !== 'closed', decodeIdCursor(cursor) ?? null, limit + 1];
    const found = await this.database.rows<ReportRow>(LIST, values);
    const { rows, nextCursor } = page(found, limit, (row) => encodeCursor(row.id));
    return { data: rows.map((row) => this.shown(row)), nextCursor };
  }

  /** Support has looked at it, and whoever reported it is told; what was decided first stands. Throws NotFound. */
  async close(
    tx: Tx,
    caller: Caller,
    reportId: string,
    { outcome }: CloseReportRequest,
  ): Promise<ReportedMessageResponse> {
    const isFirst = (await tx.run(CLOSE, [reportId, caller.id, outcome])) > 0;
    const report = await tx.maybeOne<ReportRow>(ONE, [reportId]);
    if (!report) throw new NotFound('report');
    if (isFirst) await this.tell(tx, report);
    return this.shown(report);
  }

  private async tell(tx: Tx, { conversationId: id, storeId, messageId, reportedBy: side, outcome }: ReportRow) {
    const said = { side, messageId, code: outcome! };
    await this.events.publish(tx, conversationEvent(CONVERSATION_REPORT_DECIDED, { id, storeId }, said));
  }

  private shown(row: ReportRow): ReportedMessageResponse {
    const message: MessageRow = { ...row, id: row.messageId };
    return ReportedMessageResponse.of(row, this.detailOf(row), message, this.writer.open(message));
  }

  private detailOf({ messageId, reportedBy, detail, ...row }: ReportRow): string | null {
    const { detailSubjectId, detailWrapped, detailMasterKeyId } = row;
    if (!detail || detailSubjectId === null || detailWrapped === null || detailMasterKeyId === null) return null;
    const key = this.vault.unwrap(detailSubjectId, detailWrapped, detailMasterKeyId);
    return openJson<string>(key, aad(messageId, reportedBy), detail);
  }
}

type Present = Parameters<(typeof MessageReportResponse)['of']>[0];

function aad(messageId: string, side: Side): string {
  return `message_reports:${messageId}:${side}`;
}
