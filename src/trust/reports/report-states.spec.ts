import {
  REPORT_ACTIONS,
  REPORT_ACTORS,
  REPORT_OUTCOMES,
  REPORT_STATUSES,
  allowsOnReport,
  outcomeAfter,
  type ReportFacts,
  type ReportStatus,
} from './report-states';

const NOW = new Date('2026-11-26T12:00:00Z');
const LATER = new Date('2026-11-30T12:00:00Z');
const EARLIER = new Date('2026-11-20T12:00:00Z');

const report = (status: ReportStatus, overrides: Partial<ReportFacts> = {}): ReportFacts => {
  const isDecided = ['decided', 'appealed', 'final'].includes(status);
  const ends = { answerUntil: LATER, appealUntil: isDecided ? LATER : null };
  return { status, outcome: isDecided ? 'upheld' : null, ...ends, decidedByActor: false, ...overrides };
};

/** Every pair that is allowed, while the time to answer and to appeal runs, of a report that was upheld where it is decided. */
const ALLOWED = [
  ...['answer reported open'],
  ...['withdraw reporter open', 'withdraw reporter answered', 'withdraw system open', 'withdraw system answered'],
  ...['uphold support answered', 'uphold admin answered'],
  ...['dismiss support open', 'dismiss support answered', 'dismiss admin open', 'dismiss admin answered'],
  ...['appeal reported decided'],
  ...['confirm support appealed', 'confirm admin appealed', 'reverse support appealed', 'reverse admin appealed'],
];

describe('Who may do what to a report', () => {
  const cases = REPORT_ACTIONS.flatMap((action) =>
    REPORT_ACTORS.flatMap((actor) => REPORT_STATUSES.map((status) => [action, actor, status] as const)),
  );

  it.each(cases)('%s by the %s of one that is %s: as the table says', (action, actor, status) => {
    const isAllowed = ALLOWED.includes(`${action} ${actor} ${status}`);
    expect(allowsOnReport(action, actor, report(status), NOW)).toBe(isAllowed);
  });

  it('upholds nothing against a side that was not heard, and dismisses at once', () => {
    for (const staff of ['support', 'admin'] as const) {
      expect(allowsOnReport('uphold', staff, report('open'), NOW)).toBe(false);
      expect(allowsOnReport('uphold', staff, report('open', { answerUntil: EARLIER }), NOW)).toBe(true);
      expect(allowsOnReport('dismiss', staff, report('open'), NOW)).toBe(true);
    }
  });

  it('lets the side appeal that the decision went against, in time', () => {
    const dismissed = report('decided', { outcome: 'dismissed' });
    expect(allowsOnReport('appeal', 'reporter', dismissed, NOW)).toBe(true);
    expect(allowsOnReport('appeal', 'reported', dismissed, NOW)).toBe(false);
    expect(allowsOnReport('appeal', 'reporter', report('decided'), NOW)).toBe(false);
    expect(allowsOnReport('appeal', 'reported', report('decided', { appealUntil: EARLIER }), NOW)).toBe(false);
  });

  it('has an appeal looked at by somebody else than who decided, or by an admin', () => {
    const own = report('appealed', { decidedByActor: true });
    for (const action of ['confirm', 'reverse'] as const) {
      expect(allowsOnReport(action, 'support', own, NOW)).toBe(false);
      expect(allowsOnReport(action, 'admin', own, NOW)).toBe(true);
    }
  });

  it('changes the outcome by deciding and by reversing only', () => {
    for (const outcome of REPORT_OUTCOMES) {
      expect(outcomeAfter('confirm', outcome)).toBe(outcome);
      expect(outcomeAfter('appeal', outcome)).toBe(outcome);
    }
    expect([outcomeAfter('uphold', null), outcomeAfter('dismiss', null)]).toEqual(['upheld', 'dismissed']);
    expect([outcomeAfter('reverse', 'upheld'), outcomeAfter('reverse', 'dismissed')]).toEqual(['dismissed', 'upheld']);
    expect([outcomeAfter('answer', null), outcomeAfter('withdraw', null)]).toEqual([null, null]);
  });
});
