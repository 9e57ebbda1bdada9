import { WORDS } from '../rules/rules';

/** YYYY-MM-DD; both ends included. */
export interface Days {
  from: string;
  to: string;
}
export interface FoundDays extends Days {
  index: number;
  end: number;
}

/** What "tomorrow", "Friday" and "3/4" mean in a mail. */
export interface Calendar {
  /** The day on which it was written, YYYY-MM-DD, where it was written. */
  today: string;
  dayFirst: boolean;
}

const escaped = (words: string[]) =>
  [...words]
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('|');
const MONTHS = new Map(WORDS.months.flatMap((words, index) => words.map((word) => [word, index + 1] as const)));
const WEEKDAYS = new Map(WORDS.weekdays.flatMap((words, index) => words.map((word) => [word, index] as const)));
const MONTH = `(?:${escaped([...MONTHS.keys()])})(?!\\p{L})\\.?`;
const WEEKDAY = `(?:${escaped([...WEEKDAYS.keys()])})(?!\\p{L})\\.?`;
const LONG_WEEKDAY = `(?:${escaped([...WEEKDAYS.keys()].filter((word) => word.length > 2))})(?!\\p{L})\\.?`;
const AND = `(?:${escaped(WORDS.and)})`;
const NTH = `(?:st|nd|rd|th|º|er|\\.)?`;
const YEAR = `(?:,?\\s*(?:de\\s+|del\\s+)?(?<year>20\\d\\d)(?!\\d))?`;
const B = `(?<![\\p{L}\\p{N}])`;
const wd = `(?:${WEEKDAY},?\\s+(?:(?:the|el|dem|le)\\s+)?)?`;

const ISO = new RegExp(`(?<!\\d)(?<year>20\\d\\d)[-/.](?<month>\\d{1,2})[-/.](?<day>\\d{1,2})(?!\\d)`, 'giu');
const MONTH_FIRST = new RegExp(
  `${B}${wd}(?<month>${MONTH})\\s*(?<day>\\d{1,2})${NTH}(?!\\d|:)(?:\\s*${AND}\\s*${wd}(?<day2>\\d{1,2})${NTH}(?!\\d|:|\\s*${MONTH}|/))?${YEAR}`,
  'giu',
);
const DAY_FIRST = new RegExp(
  `${B}${wd}(?<day>\\d{1,2})${NTH}(?:\\s*${AND}\\s*(?:(?:el|le|dem)\\s+)?${wd}(?<day2>\\d{1,2})${NTH})?\\s*(?:de\\s+|of\\s+|-)?(?<month>${MONTH})(?:-(?<year2>\\d\\d)(?!\\d))?${YEAR}`,
  'giu',
);
const NUMERIC = new RegExp(
  `(?<![\\d/.\\-$€£])(?!24/7)(?<a>\\d{1,2})(?<sign>[/.-])(?<b>\\d{1,2})(?:\\k<sign>(?<year>(?:20)?\\d\\d)|(?<dot>(?<=\\.\\d{1,2})\\.))?(?![\\d/]|[.,-]\\d|%)`,
  'giu',
);
const RELATIVE = new RegExp(
  `${B}(?<today>${escaped(WORDS.today)})(?!\\p{L})|${B}(?<!(?:la|por la|de la) )(?<tomorrow>${escaped(WORDS.tomorrow)})(?!\\p{L})|${B}(?<weekday>${LONG_WEEKDAY})(?!\\p{L})`,
  'giu',
);
const IN_DAYS = new RegExp(
  `${B}(?:(?<least>\\d{1,2})\\s*${AND}\\s*)?(?<most>\\d{1,2})\\s+(?<work>business |working )?(?:days?|d[ií]as?|tage[n]?|jours?)(?<work2> h[aá]biles| laborables| ouvr[ée]s| [uú]tiles)?`,
  'giu',
);
const BETWEEN = new RegExp(`^\\s*,?\\s*(?:${AND})\\s*(?:(?:el|le|dem|the|on|by)\\s+)?${wd}$`, 'iu');

/** Every day or span of days that a text names, in order. */
export function daysIn(text: string, calendar: Calendar): FoundDays[] {
  if (text.length > 600) return daysIn(text.slice(0, 600), calendar);
  const found = [
    ...matches(text, ISO, ({ year, month, day }) => span(dayOf(Number(year), Number(month), Number(day)))),
    ...matches(text, MONTH_FIRST, (groups) => namedMonth(groups, calendar)),
    ...matches(text, DAY_FIRST, (groups) => namedMonth(groups, calendar)),
    ...matches(text, NUMERIC, (groups) => numeric(groups, calendar)),
    ...matches(text, RELATIVE, (groups) => relative(groups, calendar)),
    ...matches(text, IN_DAYS, (groups) => inDays(groups, calendar)),
  ].sort((a, b) => a.index - b.index || b.end - a.end);
  const apart = found.filter((one, at) => !found.some((other, i) => i !== at && covers(other, one, i < at)));
  return joined(withoutNames(apart, text), text);
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

function matches(
  text: string,
  pattern: RegExp,
  read: (groups: Record<string, string | undefined>) => Days | null,
): FoundDays[] {
  return [...text.matchAll(pattern)].flatMap((match) => {
    const days = read(match.groups!);
    return days ? [{ ...days, index: match.index, end: match.index + match[0].length }] : [];
  });
}

function covers(a: FoundDays, b: FoundDays, isFirst: boolean): boolean {
  const overlaps = a.index < b.end && b.index < a.end;
  const longer = a.end - a.index - (b.end - b.index);
  return overlaps && (longer > 0 || (longer === 0 && isFirst));
}

/** A weekday that stands beside its date says nothing more. */
function withoutNames(found: FoundDays[], text: string): FoundDays[] {
  const isName = (one: FoundDays) => /^\p{L}+\.?$/u.test(text.slice(one.index, one.end));
  const gap = (a: FoundDays, b: FoundDays) => text.slice(a.end, b.index);
  return found.filter((one, at) => {
    const next = found[at + 1];
    const before = found[at - 1];
    const besideNext = next && !isName(next) && /^[\s,(]*(?:the |el )?$/iu.test(gap(one, next));
    const besideLast = before && !isName(before) && /^\s*[,(]\s*$/.test(gap(before, one));
    return !(isName(one) && (besideNext || besideLast));
  });
}

function joined(found: FoundDays[], text: string): FoundDays[] {
  const spans: FoundDays[] = [];
  for (const one of found) {
    const last = spans.at(-1);
    if (last && last.to < one.to && BETWEEN.test(text.slice(last.end, one.index))) {
      spans[spans.length - 1] = { ...last, to: one.to, end: one.end };
    } else spans.push(one);
  }
  return spans;
}

function namedMonth(groups: Record<string, string | undefined>, calendar: Calendar): Days | null {
  const month = MONTHS.get(groups.month!.toLowerCase().replace(/\.$/, ''));
  const year = groups.year ?? (groups.year2 && `20${groups.year2}`);
  if (!month) return null;
  const day = (written: string) =>
    year ? dayOf(Number(year), month, Number(written)) : nearest(month, Number(written), calendar);
  return span(day(groups.day!), groups.day2 ? day(groups.day2) : undefined);
}

function numeric({ a, b, sign, year, dot }: Record<string, string | undefined>, calendar: Calendar): Days | null {
  // "3-5" and "4.5" are other things.
  if (sign !== '/' && !year && !dot) return null;
  const [first, second] = [Number(a), Number(b)];
  const dayFirst = first > 12 || (second <= 12 && (calendar.dayFirst || sign === '.'));
  const [day, month] = dayFirst ? [first, second] : [second, first];
  if (!year) return month <= 12 && month > 0 ? span(nearest(month, day, calendar)) : null;
  return span(dayOf(Number(year.padStart(4, '20')), month, day));
}

function relative({ today, tomorrow, weekday }: Record<string, string | undefined>, calendar: Calendar): Days | null {
  if (today) return span(calendar.today);
  if (tomorrow) return span(addDays(calendar.today, 1));
  const wanted = WEEKDAYS.get(weekday!.toLowerCase().replace(/\.$/, ''));
  if (wanted === undefined) return null;
  const now = new Date(`${calendar.today}T00:00:00Z`).getUTCDay();
  return span(addDays(calendar.today, (wanted - now + 7) % 7 || 7));
}

function inDays({ least, most, work, work2 }: Record<string, string | undefined>, { today }: Calendar): Days | null {
  const add = (days: number) => (work || work2 ? addWorkDays(today, days) : addDays(today, days));
  return Number(most) > 60 ? null : span(add(Number(least ?? most)), add(Number(most)));
}

function addWorkDays(day: string, days: number): string {
  let at = day;
  for (let left = days; left > 0;) {
    at = addDays(at, 1);
    if (![0, 6].includes(new Date(`${at}T00:00:00Z`).getUTCDay())) left--;
  }
  return at;
}

/** The year that is meant: what a mail speaks of lies seldom more than two months back, and within the year to come. */
function nearest(month: number, day: number, { today }: Calendar): string | null {
  const year = Number(today.slice(0, 4));
  const all = [year - 1, year, year + 1].map((one) => dayOf(one, month, day));
  return all.find((one) => one !== null && one > addDays(today, -75)) ?? null;
}

function dayOf(year: number, month: number, day: number): string | null {
  const date = new Date(Date.UTC(year, month - 1, day));
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && year >= 2000 && year < 2100;
  return isReal ? date.toISOString().slice(0, 10) : null;
}

function span(from: string | null, to: string | null | undefined = from): Days | null {
  return from && to && from <= to ? { from, to } : null;
}
