import { NO_ARBITRATION } from '../disclaimer';
import type { ReportResponse, ReportTextResponse } from '../dto/report.response';
import type { Words } from '../words';
import { REPORT_ACTIONS, allowsOnReport, type ReportActor, type ReportFacts } from './report-states';
import type { ReportRow, ReportText } from './reports.repository';

/** What is sealed of a report or an answer. */
export interface ReportWords {
  words: string;
  evidenceUrls: string[];
}

/** Where each text lies, so that it opens nowhere else. */
export const placeOf = {
  report: (reportId: string) => `reports:${reportId}:content`,
  answer: (reportId: string) => `report_answers:${reportId}:content`,
  appeal: (reportId: string) => `appeals:${reportId}:content`,
  first: (reportId: string) => `report_decisions:${reportId}:first`,
  second: (reportId: string) => `report_decisions:${reportId}:appeal`,
};

/** A report as the guards see it. */
export function factsOf(row: ReportRow, actorId: string): ReportFacts {
  const { status, outcome, answerUntil, appealUntil } = row;
  return { status, outcome, answerUntil, appealUntil, decidedByActor: row.decidedBy === actorId };
}

/** A report as one who may see it does. */
export function reportView(
  row: ReportRow,
  texts: ReportText[],
  actor: { kind: ReportActor; id: string },
  vault: Words,
): ReportResponse {
  const found = new Map(texts.filter(({ reportId }) => reportId === row.id).map((text) => [text.what, text]));
  const textOf = (words: ReportWords | null, at: Date): ReportTextResponse => {
    return { words: words?.words ?? null, evidenceUrls: words?.evidenceUrls ?? [], at: at.toISOString() };
  };
  const decisionOf = (what: 'first' | 'second') => {
    const text = found.get(what);
    if (!text) return null;
    const words = vault.open<ReportWords>(text, placeOf[what](row.id))?.words ?? '';
    return { outcome: text.outcome!, words, at: text.at.toISOString() };
  };
  const [answer, appeal] = [found.get('answer'), found.get('appeal')];
  const facts = factsOf(row, actor.id);
  return {
    id: row.id,
    orderId: row.orderId,
    storeId: row.storeId,
    side: row.side,
    reason: row.reason,
    status: row.status,
    outcome: row.outcome,
    report: textOf(vault.open(row, placeOf.report(row.id)), row.createdAt),
    answer: answer ? textOf(vault.open(answer, placeOf.answer(row.id)), answer.at) : null,
    answerUntil: row.answerUntil.toISOString(),
    decision: decisionOf('first'),
    appealUntil: row.appealUntil?.toISOString() ?? null,
    appeal: appeal
      ? {
          side: appeal.side!,
          words: vault.open<ReportWords>(appeal, placeOf.appeal(row.id))?.words ?? null,
          at: appeal.at.toISOString(),
          decision: decisionOf('second'),
        }
      : null,
    allowedActions: REPORT_ACTIONS.filter((action) => allowsOnReport(action, actor.kind, facts, row.now)),
    createdAt: row.createdAt.toISOString(),
    disclaimer: NO_ARBITRATION,
  };
}
