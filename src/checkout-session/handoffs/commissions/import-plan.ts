import { v7 as uuidv7 } from 'uuid';
import type { LineFault, ReportedConversion } from './conversions-csv';

/** A row of affiliate_conversions. Minor units; of a reversal `commissionCents` is negative. */
export interface Conversion {
  id: string;
  networkId: string;
  kind: 'commission' | 'reversal';
  /** The commission that a reversal takes back. */
  reverses: string | null;
  clickId: string | null;
  handoffId: string | null;
  storeId: string | null;
  isApproved: boolean;
  currency: string;
  commissionCents: number;
  /** Of a commission: what is taken back of it. */
  reversedCents: number;
  saleCents: number | null;
  /** RFC 3339. */
  occurredAt: string;
}

/** The hand-off that a click id is of. */
export interface Click {
  clickId: string;
  handoffId: string;
  storeId: string;
  /** Of the programme that its links went through; null: none. */
  network: string | null;
}

export interface ImportPlan {
  /** Rows that are new, or not as they were. */
  writes: Conversion[];
  added: number;
  changed: number;
  unchanged: number;
  /** Lines whose click id is a hand-off's. */
  matched: number;
  faults: LineFault[];
}

/**
 * What a report changes, line by line in its order. Guarantee: the same report again changes nothing; no more is taken back
 * than was earned.
 */
export function planImport(
  network: string,
  reported: readonly ReportedConversion[],
  known: readonly Conversion[],
  clicks: ReadonlyMap<string, Click>,
): ImportPlan {
  const rows = new Map(known.map((row) => [keyOf(row), { ...row }]));
  const written = new Map<string, Conversion>();
  const plan: ImportPlan = { writes: [], added: 0, changed: 0, unchanged: 0, matched: 0, faults: [] };
  for (const line of reported) {
    const click = line.clickId === null ? undefined : clicks.get(line.clickId);
    const change =
      click && click.network !== null && click.network !== network
        ? refused(line, 'clickId', 'wrong_network', 'is of a link of another network')
        : line.status === 'reversed'
          ? reversal(line, rows)
          : commission(line, click, rows);
    if ('code' in change) {
      plan.faults.push(change);
      continue;
    }
    if (click) plan.matched++;
    if (change.rows.length === 0) plan.unchanged++;
    else if (change.isNew) plan.added++;
    else plan.changed++;
    for (const row of change.rows) {
      rows.set(keyOf(row), row);
      written.set(row.id, row);
    }
  }
  plan.writes = [...written.values()];
  return plan;
}

interface Change {
  rows: Conversion[];
  isNew: boolean;
}
type Rows = ReadonlyMap<string, Conversion>;

function commission(line: ReportedConversion, click: Click | undefined, rows: Rows): Change | LineFault {
  const { networkId, currency, saleCents } = line;
  const before = rows.get(keyOf({ kind: 'commission', networkId }));
  const commissionCents = line.commissionCents!;
  if (before && before.currency !== currency)
    return refused(line, 'currency', 'other_currency', `was ${before.currency} before`);
  if (before?.clickId && line.clickId && before.clickId !== line.clickId)
    return refused(line, 'clickId', 'other_click', 'is not the click that it was of before');
  if (before && commissionCents < before.reversedCents)
    return refused(line, 'commission', 'more_than_earned', 'is less than what was taken back of it');
  const row: Conversion = {
    ...{ id: before?.id ?? uuidv7(), networkId, kind: 'commission', reverses: null, currency, commissionCents },
    clickId: line.clickId ?? before?.clickId ?? null,
    handoffId: click?.handoffId ?? before?.handoffId ?? null,
    storeId: click?.storeId ?? before?.storeId ?? null,
    isApproved: line.status === 'approved',
    reversedCents: before?.reversedCents ?? 0,
    ...{ saleCents: saleCents ?? before?.saleCents ?? null, occurredAt: line.occurredAt.toISOString() },
  };
  return { rows: before && isSame(before, row) ? [] : [row], isNew: !before };
}

function reversal(line: ReportedConversion, rows: Rows): Change | LineFault {
  const { networkId, currency, saleCents } = line;
  const of = rows.get(keyOf({ kind: 'commission', networkId: line.reverses ?? networkId }));
  if (!of) return refused(line, 'transactionId', 'unknown_transaction', 'takes back what was never reported');
  if (of.currency !== currency) return refused(line, 'currency', 'other_currency', `was ${of.currency} before`);
  const before = rows.get(keyOf({ kind: 'reversal', networkId }));
  if (before && before.reverses !== of.id)
    return refused(line, 'reverses', 'other_transaction', 'took back another commission before');
  const takenBefore = before ? -before.commissionCents : 0;
  const others = of.reversedCents - takenBefore;
  const taken = line.commissionCents ?? of.commissionCents - others;
  if (others + taken > of.commissionCents)
    return refused(line, 'commission', 'more_than_earned', 'takes back more than was earned');
  // Of nothing, nothing is taken back.
  if (taken === 0) return { rows: [], isNew: false };
  const row: Conversion = {
    ...{ id: before?.id ?? uuidv7(), networkId, kind: 'reversal', reverses: of.id, currency, commissionCents: -taken },
    ...{ clickId: of.clickId, handoffId: of.handoffId, storeId: of.storeId, isApproved: true, reversedCents: 0 },
    ...{ saleCents: saleCents ?? before?.saleCents ?? null, occurredAt: line.occurredAt.toISOString() },
  };
  if (before && isSame(before, row)) return { rows: [], isNew: false };
  return { rows: [{ ...of, reversedCents: others + taken }, row], isNew: !before };
}

function keyOf({ kind, networkId }: Pick<Conversion, 'kind' | 'networkId'>): string {
  return `${kind} ${networkId}`;
}

function isSame(before: Conversion, after: Conversion): boolean {
  return (Object.keys(after) as (keyof Conversion)[]).every((name) => before[name] === after[name]);
}

function refused({ line }: ReportedConversion, column: string, code: string, detail: string): LineFault {
  return { line, column, code, detail };
}
