import type { CarrierCode } from '../../carriers';
import type { MailKind } from '../finding';
import { kindOf, type KindFound } from '../judge/kind';
import { seen, spoken, type Page } from '../mime/page';
import { label } from '../rules/rules';
import { orderNumbers } from './order-number';
import { parcelsOf } from './parcels';
import { quantityIn } from './quantity';

/** A stretch of a mail that tells of one order, one fate or one parcel. */
export interface Part {
  page: Page;
  /** What the stretch itself says has happened; null: what the mail says. */
  kind: KindFound | null;
  /** Whether its goods are only some of its order's. */
  isSome: boolean;
  /** Above the first part: order number and sums of all of them may stand there. */
  above: string[];
}

const MOST = 10;

/** A mail of several orders, of goods with different fates or of several shippers' parcels, cut into its parts. */
export function partsOf(subject: string, page: Page, carrier: CarrierCode | null): Part[] {
  const whole: Part = { page, kind: null, isSome: false, above: [] };
  return byOrder(subject, page) ?? (carrier ? byParcel(page, carrier) : byFate(page)) ?? [whole];
}

function byOrder(subject: string, page: Page): Part[] | null {
  const numbers = orderNumbers(subject, page.lines, () => false).filter(
    ({ score, lines }) => score >= 2.5 && lines.length > 0,
  );
  const alike = numbers.filter(({ number }) => formOf(number) === formOf(numbers[0]!.number));
  if (alike.length < 2 || alike.length > MOST) return null;
  const firsts = alike.map(({ lines }) => lines[0]!).sort((a, b) => a - b);
  const lasts = alike.map(({ lines }) => lines.at(-1)!).sort((a, b) => a - b);
  // A list of numbers at the top is a summary: what belongs to each stands below its last mention.
  const areApart = firsts.every((line, at) => at === 0 || line - firsts[at - 1]! > 3);
  return cut(page, areApart ? firsts : lasts)?.map((part) => ({ ...part, above: [] })) ?? null;
}

const FATE = new RegExp(
  `^[^\\p{L}]*(?:items? |art[ií]culos? |products? )?(?:(?:now |already |(?:not |still )(?:yet )?)?(?:to (?:come|follow|ship)|on back ?order|preparing|processing|shipping (?:later|soon|separately)|shipped|on (?:its|the|their) way|dispatched|delivered|cancell?ed|refunded|returned|back-?ordered|delayed|not available|unavailable|out of stock|sold out|enviad[oa]s?|en camino|entregad[oa]s?|cancelad[oa]s?|anulad[oa]s?|reembolsad[oa]s?|agotad[oa]s?|retrasad[oa]s?|pendientes?))(?: items?| art[ií]culos?| products?)?(?![\\p{L}])`,
  'iu',
);
const FATES: [RegExp, MailKind | null][] = [
  // Nothing has happened to these.
  [/\bnot yet|\bstill|to (?:come|follow|ship)|later|soon|separately|prepar|process|pendiente/iu, null],
  [/cancel|anulad|unavailable|not available|out of stock|sold out|agotad/iu, 'cancelled'],
  [/refund|reembols/iu, 'refunded'],
  [/returned/iu, 'returned'],
  [/delay|back-?order|retras/iu, 'delayed'],
  [/delivered|entregad/iu, 'delivered'],
  [/ship|way|dispatch|enviad|camino/iu, 'shipped'],
];

/** "Shipped … Cancelled …": headings, each with goods below it. */
function byFate(page: Page): Part[] | null {
  const heads = page.lines.flatMap((raw, line) => {
    const text = seen(raw);
    if (text.length > 70 || text.includes('\t') || !FATE.test(text) || /[.!?]$/.test(text)) return [];
    const kind = FATES.find(([pattern]) => pattern.test(FATE.exec(text)![0]))?.[1];
    return kind === undefined ? [] : [{ line, kind, text }];
  });
  const withGoods = heads.filter(({ line }, at) =>
    page.lines.slice(line + 1, heads[at + 1]?.line).some((one) =>
      seen(one)
        .split('\t')
        .some((cell) => quantityIn(cell)),
    ),
  );
  if (withGoods.length < 2 || withGoods.length > MOST || new Set(withGoods.map(({ kind }) => kind)).size < 2)
    return null;
  const parts =
    cut(
      page,
      withGoods.map(({ line }) => line),
    ) ?? [];
  const told = parts.flatMap((part, at) => {
    const { kind, text } = withGoods[at]!;
    return kind ? [{ ...part, kind: { kind, score: 9, ruleId: 'heading', excerpt: text }, isSome: true }] : [];
  });
  return told.length > 0 ? told : null;
}

const SHIPPER = new RegExp(`^[^\\p{L}]*(?:${label('shipper')})\\s*:`, 'iu');

/** A carrier's list of what is coming, each with its sender above its number. */
function byParcel(page: Page, carrier: CarrierCode): Part[] | null {
  const lines = page.lines.map(spoken);
  const starts = lines.flatMap((line, at) => (SHIPPER.test(line) ? [at] : []));
  const numbers = parcelsOf('', page, carrier).map(({ trackingNumber }) => trackingNumber);
  if (starts.length < 2 || numbers.length < 2 || starts.length > MOST) return null;
  const parts = cut(page, starts)?.filter(({ page: { lines: own } }) => numbers.some((number) => names(own, number)));
  if (!parts || parts.length < 2) return null;
  return parts.map((part) => ({ ...part, kind: kindOf('', part.page.lines.map(spoken)) }));
}

/** Whether lines name a parcel, however its digits are grouped. */
export function names(lines: string[], trackingNumber: string): boolean {
  return lines.some((line) => spoken(line).replace(/[\s-]/g, '').toUpperCase().includes(trackingNumber));
}

function cut(page: Page, at: number[]): Part[] | null {
  const starts = [...new Set(at)].sort((a, b) => a - b);
  if (starts.length < 2) return null;
  const above = page.lines.slice(0, starts[0]);
  return starts.map((from, n) => ({
    page: { lines: page.lines.slice(from, starts[n + 1]), links: page.links },
    kind: null,
    isSome: false,
    above,
  }));
}

/** 112-4471 and 113-0098 are numbers of one kind. */
function formOf(number: string): string {
  return number.replace(/\d/g, '9').replace(/[A-Z]/gi, 'A');
}
