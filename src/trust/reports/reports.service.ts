import { Injectable, type OnModuleInit } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ErasureRegistry, type Caller } from '../../identity';
import { OrderParties, type OrderActor, type OrderSide } from '../../orders';
import { Database, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { NotFound, decodeIdCursor, encodeCursor, page } from '../../platform/http';
import { sharedSide } from '../shared-side';
import type { AnswerReportRequest, AppealReportRequest, FiledReport, ListReportsRequest } from '../dto/report.request';
import type { OrderReportsResponse, ReportListResponse, ReportResponse } from '../dto/report.response';
import { ReportStateForbids } from '../trust.errors';
import { APPEAL_FILED, REPORT_ANSWERED, REPORT_FILED, REPORT_WITHDRAWN, reportEvent } from '../trust.events';
import { Words } from '../words';
import { REPORT_TRANSITIONS, allowsOnReport, outcomeAfter, type ReportAction, type ReportActor } from './report-states';
import { factsOf, placeOf, reportView, type ReportWords } from './report-view';
import { ReportsRepository, type ReportRow } from './reports.repository';

/** Reports, for the two sides of an order: each about the other, never about anybody else. */
@Injectable()
export class ReportsService implements OnModuleInit {
  constructor(
    private readonly reports: ReportsRepository,
    private readonly parties: OrderParties,
    private readonly words: Words,
    private readonly events: Events,
    private readonly erasures: ErasureRegistry,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.erasures.register(
      'trust.reports',
      async (tx, userId) => {
        const touched = await this.reports.forget(tx, userId);
        const withdrawn = touched.filter((report) => report.withdrawn);
        await this.events.publish(
          tx,
          ...withdrawn.map((report) => reportEvent(REPORT_WITHDRAWN, report, { by: 'system' })),
        );
      },
      {
        ...{ reports: true, report_answers: true, appeals: true },
        report_decisions:
          'What support decided stays, with who of support it was; the words lie under a key of the order',
      },
    );
  }

  /** By the order's buyer. Throws NotFound, NotBetweenTwo, ReportUnderWay. */
  byBuyer(tx: Tx, actor: OrderActor, orderId: string, body: FiledReport): Promise<ReportResponse> {
    return this.file(tx, actor, { side: 'buyer', orderId }, body);
  }

  /** By the merchant of its store. Throws NotFound, NotBetweenTwo, ReportUnderWay. */
  byMerchant(tx: Tx, caller: Caller, storeId: string, orderId: string, body: FiledReport): Promise<ReportResponse> {
    return this.file(tx, caller, { side: 'merchant', orderId, storeId }, body);
  }

  /** Of both sides of one order, for its buyer. Throws NotFound. */
  async ofOrder(actor: OrderActor, orderId: string): Promise<OrderReportsResponse> {
    const order = await this.parties.look(this.database, actor, orderId);
    if (!order?.isBuyer) throw new NotFound('order');
    const rows = await this.reports.ofOrder(orderId);
    return {
      data: await this.shown(
        rows.map((row) => ({ row, side: 'buyer' as const })),
        actor,
      ),
    };
  }

  /** By the caller and about the caller, newest first. */
  async list(caller: Caller, { limit, cursor, ...filters }: ListReportsRequest): Promise<ReportListResponse> {
    const before = decodeIdCursor(cursor);
    const found = await this.reports.ofShopper(caller.id, { ...filters, before }, limit + 1);
    const { rows, nextCursor } = page(found, limit, (row) => encodeCursor(row.id));
    const data = await this.shown(
      rows.map((row) => ({ row, side: row.yourSide })),
      caller,
    );
    return { data, nextCursor };
  }

  /** For either side. Throws NotFound. */
  async find(actor: OrderActor, reportId: string): Promise<ReportResponse> {
    const row = await this.reports.byId(reportId);
    const order = row && (await this.parties.look(this.database, actor, row.orderId));
    if (!row || !order) throw new NotFound('report');
    const [shown] = await this.shown([{ row, side: order.isBuyer ? 'buyer' : 'merchant' }], actor);
    return shown!;
  }

  /** By the side that was reported, once. Throws NotFound, ReportStateForbids. */
  async answer(tx: Tx, actor: OrderActor, reportId: string, body: AnswerReportRequest): Promise<ReportResponse> {
    const { row, side } = await this.lock(tx, actor, reportId, 'answer');
    const sealed = await this.sealed(tx, actor, row, 'answer', body);
    await this.reports.answer(tx, reportId, sealed);
    return this.moved(tx, actor, row, side, 'answer', REPORT_ANSWERED);
  }

  /** By the reporter, before it is decided. Again: the same. Throws NotFound, ReportStateForbids. */
  async withdraw(tx: Tx, actor: OrderActor, reportId: string): Promise<ReportResponse> {
    await this.words.assertOpen(tx, actor);
    const { row, side } = await this.lock(tx, actor, reportId, 'withdraw', 'withdrawn');
    if (row.status === 'withdrawn') return this.one(tx, row.id, side, actor);
    return this.moved(tx, actor, row, side, 'withdraw', REPORT_WITHDRAWN, { by: side });
  }

  /** By the side that the first decision went against. Throws NotFound, ReportStateForbids. */
  async appeal(tx: Tx, actor: OrderActor, reportId: string, body: AppealReportRequest): Promise<ReportResponse> {
    const { row, side } = await this.lock(tx, actor, reportId, 'appeal');
    const sealed = await this.sealed(tx, actor, row, 'appeal', body);
    await this.reports.appeal(tx, reportId, side, sealed);
    return this.moved(tx, actor, row, side, 'appeal', APPEAL_FILED, { by: side });
  }

  private async file(
    tx: Tx,
    actor: OrderActor,
    of: { side: OrderSide; orderId: string; storeId?: string },
    { reason, ...body }: FiledReport,
  ): Promise<ReportResponse> {
    const { storeId } = sharedSide(await this.parties.lock(tx, actor, of.orderId), of);
    const report = { id: uuidv7(), orderId: of.orderId, storeId, side: of.side, reason };
    const sealed = await this.sealed(tx, actor, report, 'report', body);
    await this.reports.insert(tx, report, sealed);
    await this.events.publish(tx, reportEvent(REPORT_FILED, report, { reason }));
    return this.one(tx, report.id, of.side, actor);
  }

  /** The report, if the actor's side may do this to it, or has (`done`). */
  private async lock(
    tx: Tx,
    actor: OrderActor,
    reportId: string,
    action: ReportAction,
    done?: ReportRow['status'],
  ): Promise<{ row: ReportRow; side: OrderSide }> {
    const row = await this.reports.lock(tx, reportId);
    const order = row && (await this.parties.look(tx, actor, row.orderId));
    if (!row || !order) throw new NotFound('report');
    const side = order.isBuyer ? 'buyer' : 'merchant';
    const kind = actorOf(row, side);
    const { who } = REPORT_TRANSITIONS[action];
    if (!(who as readonly ReportActor[]).includes(kind))
      throw new ReportStateForbids(
        row.status,
        `That is for the ${kind === 'reporter' ? 'other side' : 'reporter'} to do.`,
      );
    if (row.status !== done && !allowsOnReport(action, kind, factsOf(row, actor.id), row.now))
      throw new ReportStateForbids(row.status);
    return { row, side };
  }

  private sealed(
    tx: Tx,
    actor: OrderActor,
    { id, orderId }: { id: string; orderId: string },
    what: 'report' | 'answer' | 'appeal',
    { words, evidenceUrls = [] }: { words: string; evidenceUrls?: string[] },
  ) {
    const value: ReportWords = { words, evidenceUrls };
    return this.words.seal(tx, actor, orderId, placeOf[what](id), value);
  }

  private async moved(
    tx: Tx,
    actor: OrderActor,
    row: ReportRow,
    side: OrderSide,
    action: ReportAction,
    event: string,
    more: Record<string, unknown> = {},
  ): Promise<ReportResponse> {
    await this.reports.move(tx, row.id, REPORT_TRANSITIONS[action].to, outcomeAfter(action, row.outcome));
    await this.events.publish(tx, reportEvent(event, row, more));
    return this.one(tx, row.id, side, actor);
  }

  private async one(tx: Tx, reportId: string, side: OrderSide, actor: OrderActor): Promise<ReportResponse> {
    const row = (await this.reports.byId(reportId, tx))!;
    const texts = await this.reports.texts([reportId], tx);
    return reportView(row, texts, { kind: actorOf(row, side), id: actor.id }, this.words);
  }

  private async shown(found: { row: ReportRow; side: OrderSide }[], actor: OrderActor): Promise<ReportResponse[]> {
    if (found.length === 0) return [];
    const texts = await this.reports.texts(found.map(({ row }) => row.id));
    return found.map(({ row, side }) => reportView(row, texts, { kind: actorOf(row, side), id: actor.id }, this.words));
  }
}

function actorOf(report: Pick<ReportRow, 'side'>, side: OrderSide): ReportActor {
  return report.side === side ? 'reporter' : 'reported';
}
