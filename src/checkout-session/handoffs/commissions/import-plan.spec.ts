import fc from 'fast-check';
import type { ReportedConversion } from './conversions-csv';
import { planImport, type Click, type Conversion } from './import-plan';

const CLICK: Click = { clickId: 'c'.repeat(28), handoffId: 'h', storeId: 's', network: 'awin' };
const CLICKS = new Map([[CLICK.clickId, CLICK]]);
const line = (over: Partial<ReportedConversion> = {}): ReportedConversion => ({
  ...{ line: 2, networkId: 'T', reverses: null, clickId: CLICK.clickId, occurredAt: new Date('2026-11-20T00:00:00Z') },
  ...{ status: 'pending', currency: 'USD', commissionCents: 1000, saleCents: 20_000 },
  ...over,
});
const taken = (over: Partial<ReportedConversion> = {}) => line({ status: 'reversed', commissionCents: null, ...over });
/** Reports one after the other, as the table would keep them. */
const after = (...reports: ReportedConversion[][]) => {
  let known: Conversion[] = [];
  let plan = planImport('awin', [], known, CLICKS);
  for (const report of reports) {
    plan = planImport('awin', report, known, CLICKS);
    known = [...new Map([...known, ...plan.writes].map((row) => [row.id, row])).values()];
  }
  return { plan, known, net: known.reduce((sum, row) => sum + row.commissionCents, 0) };
};
const counts = ({ added, changed, unchanged, faults }: ReturnType<typeof planImport>) => [
  ...[added, changed, unchanged, faults.map(({ code }) => code).join(' ')],
];

describe('What a report changes', () => {
  it('is joined to the hand-off of its click, where there is one', () => {
    const { known, plan } = after([
      line(),
      line({ networkId: 'U', clickId: 'x'.repeat(28) }),
      line({ networkId: 'V', clickId: null }),
    ]);
    expect(known).toMatchObject([
      { networkId: 'T', handoffId: 'h', storeId: 's' },
      { networkId: 'U', handoffId: null, storeId: null },
      { networkId: 'V', handoffId: null },
    ]);
    expect([counts(plan), plan.matched]).toEqual([[3, 0, 0, ''], 1]);
  });

  it('is nothing the second time, and what is new in it otherwise', () => {
    const report = [line(), taken({ networkId: 'R', reverses: 'T', commissionCents: 300 })];
    expect(counts(after(report).plan)).toEqual([2, 0, 0, '']);
    const again = after(report, report);
    expect([counts(again.plan), again.plan.writes, again.net]).toEqual([[0, 0, 2, ''], [], 700]);
    const approved = after(report, [line({ status: 'approved', commissionCents: 1100 })]);
    expect([counts(approved.plan), approved.net]).toEqual([[0, 1, 0, ''], 800]);
  });

  it('takes back all of a commission, or a part, each once', () => {
    expect(after([line()], [taken()], [taken()]).net).toBe(0);
    expect(after([line()], [taken({ commissionCents: 400 })]).net).toBe(600);
    // A later report of the same reversal says what it comes to in all.
    expect(after([line()], [taken({ commissionCents: 400 })], [taken({ commissionCents: 900 })]).net).toBe(100);
    expect(after([line(), taken()]).net).toBe(0);
    expect(after([line({ commissionCents: 0 })], [taken()]).known).toHaveLength(1);
    const parts = ['A', 'B'].map((networkId) => taken({ networkId, reverses: 'T', commissionCents: 400 }));
    expect(after([line()], parts, parts).net).toBe(200);
    expect(after([line()], parts, [taken()]).net).toBe(0);
  });

  it('is refused line by line where it cannot be', () => {
    const one = (report: ReportedConversion[], ...before: ReportedConversion[][]) =>
      counts(after(...before, report).plan);
    expect(one([taken()])).toEqual([0, 0, 0, 'unknown_transaction']);
    expect(one([taken({ commissionCents: 1001 })], [line()])).toEqual([0, 0, 0, 'more_than_earned']);
    expect(one([line({ commissionCents: 399 })], [line()], [taken({ commissionCents: 400 })])).toEqual([
      ...[0, 0, 0, 'more_than_earned'],
    ]);
    expect(one([line({ currency: 'EUR' })], [line()])).toEqual([0, 0, 0, 'other_currency']);
    expect(one([taken({ currency: 'EUR' })], [line()])).toEqual([0, 0, 0, 'other_currency']);
    expect(one([line({ clickId: 'd'.repeat(28) })], [line()])).toEqual([0, 0, 0, 'other_click']);
    const moved = [taken({ networkId: 'R', reverses: 'U', commissionCents: 1 })];
    expect(one(moved, [line(), line({ networkId: 'U' })], [taken({ networkId: 'R', reverses: 'T' })])).toEqual([
      ...[0, 0, 0, 'other_transaction'],
    ]);
    expect(planImport('cj', [line()], [], CLICKS).faults).toMatchObject([{ code: 'wrong_network', column: 'clickId' }]);
    const plain = new Map([[CLICK.clickId, { ...CLICK, network: null }]]);
    expect(planImport('cj', [line()], [], plain).faults).toEqual([]);
  });

  it('never takes back more than was earned, whatever the reports say', () => {
    const id = fc.constantFrom('T', 'U', 'V');
    const anything = fc.record({
      ...{ networkId: id, reverses: fc.option(id), status: fc.constantFrom('pending', 'approved', 'reversed') },
      ...{ commissionCents: fc.nat(5), currency: fc.constantFrom('USD', 'EUR') },
    });
    const report = fc.array(anything, { maxLength: 8 }).map((lines) =>
      lines.map(({ reverses, status, commissionCents, ...more }) =>
        line({
          ...more,
          ...(status === 'reversed'
            ? { status, reverses, commissionCents: commissionCents || null }
            : { status: status as 'pending', commissionCents }),
        }),
      ),
    );
    fc.assert(
      fc.property(fc.array(report, { maxLength: 4 }), (reports) => {
        const { known } = after(...reports);
        for (const row of known.filter(({ kind }) => kind === 'commission')) {
          const back = known.filter(({ reverses }) => reverses === row.id).map((one) => -one.commissionCents);
          expect(row.reversedCents).toBe(back.reduce((sum, cents) => sum + cents, 0));
          expect(row.reversedCents).toBeLessThanOrEqual(row.commissionCents);
        }
        for (const row of known.filter(({ kind }) => kind === 'reversal')) expect(row.commissionCents).toBeLessThan(0);
      }),
      { numRuns: 500 },
    );
  });
});
