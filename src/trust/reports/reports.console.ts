import { Injectable } from '@nestjs/common';
import { Accounts, type Caller } from '../../identity';
import { OrderParties } from '../../orders';
import { Database, type Reader, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { NotFound, decodeIdCursor, encodeCursor, page } from '../../platform/http';
import type { DecideReportRequest, ListAllReportsRequest } from '../dto/report.request';
import type { ReportListResponse, ReportResponse } from '../dto/report.response';
import { ReportStateForbids } from '../trust.errors';
import { APPEAL_DECIDED, REPORT_DECIDED, reportEvent } from '../trust.events';
import { Words } from '../words';
import { REPORT_TRANSITIONS, allowsOnReport, outcomeAfter, type ReportAction, type ReportActor } from './report-states';
import { factsOf, placeOf, reportView, type ReportWords } from './report-view';
import { ReportsRepository, type ReportRow } from './reports.repository';

/** Where support decides reports, and what was appealed. */
@Injectable()
export class ReportsConsole {
  constructor(
    private readonly reports: ReportsRepository,
    private readonly parties: OrderParties,
    private readonly accounts: Accounts,
    private readonly words: Words,
    private readonly events: Events,
    private readonly database: Database,
  ) {}

  async list(caller: Caller, { limit, cursor, ...filters }: ListAllReportsRequest): Promise<ReportListResponse> {
    const found = await this.reports.all({ ...filters, before: decodeIdCursor(cursor) }, limit + 1);
    const { rows, nextCursor } = page(found, limit, (row) => encodeCursor(row.id));
    return { data: await this.shown(caller, rows, this.database), nextCursor };
  }

  /** Throws NotFound. */
  async find(caller: Caller, reportId: string, reader: Reader = this.database): Promise<ReportResponse> {
    const row = await this.reports.byId(reportId, reader);
    if (!row) throw new NotFound('report');
    return (await this.shown(caller, [row], reader))[0]!;
  }

  /** The first decision. Throws NotFound, ReportStateForbids. */
  decide(tx: Tx, caller: Caller, reportId: string, body: DecideReportRequest): Promise<ReportResponse> {
    return this.settle(tx, caller, reportId, body, 'first', () => (body.outcome === 'upheld' ? 'uphold' : 'dismiss'));
  }

  /** The decision of an appeal, which is the last. Throws NotFound, ReportStateForbids. */
  decideAppeal(tx: Tx, caller: Caller, reportId: string, body: DecideReportRequest): Promise<ReportResponse> {
    return this.settle(tx, caller, reportId, body, 'appeal', ({ outcome }) =>
      outcome === body.outcome ? 'confirm' : 'reverse',
    );
  }

  private async settle(
    tx: Tx,
    caller: Caller,
    reportId: string,
    { outcome, words }: DecideReportRequest,
    instance: 'first' | 'appeal',
    actionFor: (row: ReportRow) => ReportAction,
  ): Promise<ReportResponse> {
    await this.accounts.present(tx, caller);
    const row = await this.reports.lock(tx, reportId);
    if (!row) throw new NotFound('report');
    if (await this.parties.look(tx, caller, row.orderId))
      throw new ReportStateForbids(row.status, 'You are one of the sides of this order.');
    const [action, kind] = [actionFor(row), kindOf(caller)];
    const facts = factsOf(row, caller.id);
    if (!allowsOnReport(action, kind, facts, row.now)) throw new ReportStateForbids(row.status, whyNot(row, facts));
    const what = instance === 'first' ? 'first' : 'second';
    const value: ReportWords = { words, evidenceUrls: [] };
    const sealed = await this.words.sealFor(tx, row.orderId, placeOf[what](reportId), value);
    await this.reports.decide(tx, reportId, { instance, outcome, by: caller.id }, sealed);
    const stands = outcomeAfter(action, row.outcome);
    await this.reports.move(tx, reportId, REPORT_TRANSITIONS[action].to, stands);
    const event = instance === 'first' ? REPORT_DECIDED : APPEAL_DECIDED;
    await this.events.publish(tx, reportEvent(event, row, { outcome: stands }));
    return this.find(caller, reportId, tx);
  }

  private async shown(caller: Caller, rows: ReportRow[], reader: Reader): Promise<ReportResponse[]> {
    if (rows.length === 0) return [];
    const texts = await this.reports.texts(
      rows.map(({ id }) => id),
      reader,
    );
    return rows.map((row) => reportView(row, texts, { kind: kindOf(caller), id: caller.id }, this.words));
  }
}

const kindOf = ({ roles }: Caller): ReportActor => (roles.includes('admin') ? 'admin' : 'support');

function whyNot({ status, now, answerUntil }: ReportRow, { decidedByActor }: { decidedByActor: boolean }) {
  if (status === 'appealed' && decidedByActor) return 'You decided it first: somebody else looks at the appeal.';
  return status === 'open' && now <= answerUntil
    ? 'Nothing is upheld before the other side has answered, or its time to has run out.'
    : undefined;
}
