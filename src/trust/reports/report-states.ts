export const REPORT_STATUSES = ['open', 'answered', 'withdrawn', 'decided', 'appealed', 'final'] as const;
/** open: the other side may answer; decided: may be appealed; final: after an appeal. */
export type ReportStatus = (typeof REPORT_STATUSES)[number];

export const REPORT_OUTCOMES = ['upheld', 'dismissed'] as const;
export type ReportOutcome = (typeof REPORT_OUTCOMES)[number];

/** Who does something about a report: the two sides of its order as they stand to it, staff, and Muse itself. */
export const REPORT_ACTORS = ['reporter', 'reported', 'support', 'admin', 'system'] as const;
export type ReportActor = (typeof REPORT_ACTORS)[number];

/** What the guards look at. */
export interface ReportFacts {
  status: ReportStatus;
  outcome: ReportOutcome | null;
  answerUntil: Date;
  appealUntil: Date | null;
  /** Whether the actor made the first decision. */
  decidedByActor: boolean;
}

interface Transition {
  from: readonly ReportStatus[];
  to: ReportStatus;
  who: readonly ReportActor[];
  /** Which reports it is for, besides their state. */
  for: (report: ReportFacts, actor: ReportActor, now: Date) => boolean;
}

const always = () => true;
const LOSER: Record<ReportOutcome, ReportActor> = { upheld: 'reported', dismissed: 'reporter' };
/** Who decided first looks at the appeal only where nobody else may be there to do so. */
const byAnother = ({ decidedByActor }: ReportFacts, actor: ReportActor) => actor === 'admin' || !decidedByActor;

/** Every change of a report's status, as data. */
export const REPORT_TRANSITIONS = {
  answer: { from: ['open'], to: 'answered', who: ['reported'], for: always },
  /** Muse itself does so for whoever closes their account. */
  withdraw: { from: ['open', 'answered'], to: 'withdrawn', who: ['reporter', 'system'], for: always },
  /** Nobody is found against unheard: not before the other side has answered, or has had its time to. */
  uphold: {
    from: ['open', 'answered'],
    to: 'decided',
    who: ['support', 'admin'],
    for: ({ status, answerUntil }, _, now) => status === 'answered' || now > answerUntil,
  },
  dismiss: { from: ['open', 'answered'], to: 'decided', who: ['support', 'admin'], for: always },
  /** By the side that the decision went against, once and in time. */
  appeal: {
    from: ['decided'],
    to: 'appealed',
    who: ['reporter', 'reported'],
    for: ({ outcome, appealUntil }, actor, now) =>
      outcome !== null && LOSER[outcome] === actor && appealUntil !== null && now <= appealUntil,
  },
  confirm: { from: ['appealed'], to: 'final', who: ['support', 'admin'], for: byAnother },
  reverse: { from: ['appealed'], to: 'final', who: ['support', 'admin'], for: byAnother },
} as const satisfies Record<string, Transition>;

export type ReportAction = keyof typeof REPORT_TRANSITIONS;
export const REPORT_ACTIONS = Object.keys(REPORT_TRANSITIONS) as ReportAction[];

/** Whether an actor may do this to such a report now. */
export function allowsOnReport(action: ReportAction, actor: ReportActor, report: ReportFacts, now: Date): boolean {
  const transition: Transition = REPORT_TRANSITIONS[action];
  return (
    transition.from.includes(report.status) && transition.who.includes(actor) && transition.for(report, actor, now)
  );
}

/** How the report stands after it. */
export function outcomeAfter(action: ReportAction, outcome: ReportOutcome | null): ReportOutcome | null {
  if (action === 'uphold') return 'upheld';
  if (action === 'dismiss') return 'dismissed';
  if (action === 'reverse') return outcome === 'upheld' ? 'dismissed' : 'upheld';
  return outcome;
}
