import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MailContext, MailFinding, ReadMail } from '../../src/store-integrations';

/** What a careful reader finds in one mail, by the contract; see test/fixtures/mails/README.md. */
export interface Expected {
  authenticated: MailContext['authenticated'];
  isForwarded: boolean;
  ownAddresses: string[];
  /** Which reasons for nothing are right; empty where something is found. */
  nothingBecause: string[];
  findings: ExpectedFinding[];
}

type Counted = 'kind' | 'orderNumber' | 'total' | 'estimatedDelivery' | 'isPartial' | 'refundedCents';
export type ExpectedFinding = Pick<MailFinding, Counted | 'store' | 'carrier'> & {
  items: { name: string; quantity: number }[];
  parcels: { carrier: string | null; trackingNumber: string }[];
};

export interface CorpusMail {
  name: string;
  source: Buffer;
  expected: Expected;
  context: MailContext;
}

/** One field of one finding: right, found though it is not there or otherwise (wrong), or not found (missed). */
export interface Verdict {
  mail: string;
  kind: string;
  field: string;
  is: 'right' | 'wrong' | 'missed';
  expected: unknown;
  found: unknown;
}

const FIXTURES = join(__dirname, '..', 'fixtures');

export function corpus(folder: 'mails' | 'mails-unseen'): CorpusMail[] {
  const at = join(FIXTURES, folder);
  const stores = JSON.parse(readFileSync(join(at, 'stores.json'), 'utf8')) as MailContext['stores'];
  return readdirSync(at)
    .filter((file) => file.endsWith('.eml'))
    .map((file) => {
      const name = file.slice(0, -'.eml'.length);
      const source = readFileSync(join(at, file));
      const expected = JSON.parse(readFileSync(join(at, `${name}.json`), 'utf8')) as Expected;
      // Read a minute after it was sent: "tomorrow" counts from the mail, whenever it is read.
      const sent = /^Date: (.*)$/m.exec(source.toString('latin1'))?.[1] ?? '';
      const now = new Date(Date.parse(sent) + 60_000);
      return {
        name,
        source,
        expected,
        context: { now, stores, authenticated: expected.authenticated, ownAddresses: expected.ownAddresses },
      };
    });
}

/** Compares what was read with what is there. A field that neither has is not counted. */
export function judge({ name: mail, expected }: CorpusMail, read: ReadMail): Verdict[] {
  if (expected.findings.length === 0) return [judgeNothing(mail, expected, read)];
  const verdicts: Verdict[] = [
    compared(mail, 'mail', 'isForwarded', expected.isForwarded || null, read.isForwarded || null, Object.is),
  ].filter((verdict) => verdict !== null);
  const left = [...read.findings];
  for (const wanted of expected.findings) {
    const at = closest(wanted, left);
    const [found] = at < 0 ? [] : left.splice(at, 1);
    verdicts.push(...judgeFinding(mail, wanted, found));
  }
  for (const found of left)
    verdicts.push({ mail, kind: found.kind, field: 'finding', is: 'wrong', expected: null, found: brief(found) });
  return verdicts;
}

function judgeNothing(mail: string, { nothingBecause }: Expected, read: ReadMail): Verdict {
  const of = { mail, kind: 'nothing', expected: nothingBecause.join(' or ') };
  if (read.findings.length > 0)
    return { ...of, field: 'false order', is: 'wrong', found: read.findings.map(brief).join('; ') };
  const isRight = nothingBecause.includes(read.nothingBecause ?? '');
  return { ...of, field: 'reason', is: isRight ? 'right' : 'wrong', found: read.nothingBecause };
}

/** Where several are found, those of the same order or parcel are compared, then those of the same kind. */
function closest(wanted: ExpectedFinding, found: MailFinding[]): number {
  const alike = (of: MailFinding): number =>
    (of.kind === wanted.kind ? 2 : 0) +
    (sameNumber(of.orderNumber, wanted.orderNumber) ? 3 : 0) +
    (wanted.parcels.some((parcel) => of.parcels.some((p) => p.trackingNumber === parcel.trackingNumber)) ? 3 : 0);
  const marks = found.map(alike);
  return marks.indexOf(Math.max(...marks));
}

function judgeFinding(mail: string, wanted: ExpectedFinding, found: MailFinding | undefined): Verdict[] {
  const of = <T>(field: string, expected: T, have: T, same: (a: T & {}, b: T & {}) => boolean): Verdict | null =>
    compared(mail, wanted.kind, field, expected, have, same);
  return [
    of('kind', wanted.kind, found?.kind ?? null, Object.is),
    // A carrier names the sender at most; who knows its site besides is not wrong.
    wanted.store.domain === null
      ? null
      : of('store domain', wanted.store.domain, found?.store.domain ?? null, Object.is),
    of('store name', wanted.store.name, found?.store.name ?? null, sameName),
    of('carrier', wanted.carrier, found?.carrier ?? null, Object.is),
    of('order number', wanted.orderNumber, found?.orderNumber ?? null, sameNumber),
    of('total', wanted.total, found?.total ?? null, (a, b) => a.cents === b.cents && a.currency === b.currency),
    of('items', orNull(wanted.items), orNull(found?.items), sameItems),
    of(
      'delivery',
      wanted.estimatedDelivery,
      found?.estimatedDelivery ?? null,
      (a, b) => a.from === b.from && a.to === b.to,
    ),
    of('parcels', orNull(wanted.parcels), orNull(found?.parcels), sameParcels),
    of('partial', wanted.isPartial || null, found?.isPartial || null, Object.is),
    of('refund', wanted.refundedCents, found?.refundedCents ?? null, Object.is),
  ].filter((verdict) => verdict !== null);
}

function compared<T>(
  mail: string,
  kind: string,
  field: string,
  expected: T,
  found: T,
  same: (a: T & {}, b: T & {}) => boolean,
): Verdict | null {
  const there = expected ?? null;
  const have = found ?? null;
  if (there === null && have === null) return null;
  const is = have === null ? 'missed' : there !== null && same(there, have) ? 'right' : 'wrong';
  return { mail, kind, field, is, expected: there, found: have };
}

const orNull = <T>(list: T[] | undefined): T[] | null => (list && list.length > 0 ? list : null);
const letters = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

function sameNumber(a: string | null, b: string | null): boolean {
  const bare = (text: string): string => text.replaceAll(/^#|\s/g, '');
  return a !== null && b !== null && bare(a) === bare(b);
}

/** "Nordstrom" and "NORDSTROM.COM" are one to a reader. */
function sameName(a: string, b: string): boolean {
  const [one, two] = [letters(a).replaceAll(' ', ''), letters(b).replaceAll(' ', '')];
  return Math.min(one.length, two.length) >= 2 && (one.includes(two) || two.includes(one));
}

/** A name may carry its size or colour along, or leave off a little of its end. */
function sameItem(wanted: { name: string; quantity: number }, found: { name: string; quantity: number }): boolean {
  const [name, read] = [letters(wanted.name), letters(found.name)];
  const isSame =
    read === name ||
    (read.includes(name) && read.length <= name.length + 50) ||
    (name.startsWith(read) && read.length >= name.length * 0.7);
  return isSame && wanted.quantity === found.quantity;
}

function sameItems(wanted: ExpectedFinding['items'], found: ExpectedFinding['items']): boolean {
  const left = [...found];
  const all = wanted.every((item) => {
    const at = left.findIndex((have) => sameItem(item, have));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
  return all && left.length === 0;
}

function sameParcels(wanted: ExpectedFinding['parcels'], found: ExpectedFinding['parcels']): boolean {
  return (
    wanted.length === found.length &&
    wanted.every((parcel) =>
      found.some((have) => have.trackingNumber === parcel.trackingNumber && have.carrier === parcel.carrier),
    )
  );
}

const brief = (found: MailFinding): string =>
  `${found.kind} ${found.orderNumber ?? found.parcels[0]?.trackingNumber ?? '?'} (${found.confidence})`;

/** Per field and per kind: right, wrong, missed, precision and recall. */
export function table(verdicts: Verdict[]): string {
  return [...rows(verdicts, 'field'), '', ...rows(verdicts, 'kind')].join('\n');
}

function rows(verdicts: Verdict[], by: 'field' | 'kind'): string[] {
  const groups = new Map<string, Verdict[]>();
  for (const verdict of verdicts) groups.set(verdict[by], [...(groups.get(verdict[by]) ?? []), verdict]);
  const line = (cells: (string | number)[]): string =>
    cells.map((cell, at) => (at === 0 ? String(cell).padEnd(18) : String(cell).padStart(10))).join('');
  const percent = (part: number, whole: number): string =>
    whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;
  const counted = (name: string, of: Verdict[]): string => {
    const count = (is: Verdict['is']): number => of.filter((verdict) => verdict.is === is).length;
    const [right, wrong, missed] = [count('right'), count('wrong'), count('missed')];
    const there = of.filter((verdict) => verdict.expected !== null).length;
    return line([name, right, wrong, missed, percent(right, right + wrong), percent(right, there)]);
  };
  return [
    line([by, 'right', 'wrong', 'missed', 'precision', 'recall']),
    ...[...groups].map(([name, of]) => counted(name, of)),
    counted('all', verdicts),
  ];
}

/** A line for each that is not right: what to look at when the corpus fails. */
export const complaints = (verdicts: Verdict[]): string[] =>
  verdicts
    .filter(({ is }) => is !== 'right')
    .map(
      ({ mail, field, is, expected, found }) =>
        `${mail}: ${field} ${is}: ${JSON.stringify(expected)}, read ${JSON.stringify(found)}`,
    );

/** Of all fields that are there or were found, the part that is right. */
export const rightPart = (verdicts: Verdict[]): number =>
  verdicts.filter(({ is }) => is === 'right').length / verdicts.length;
