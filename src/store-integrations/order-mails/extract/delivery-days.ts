import type { MailKind } from '../finding';
import { seen } from '../mime/page';
import { label } from '../rules/rules';
import { addDays, daysIn, type Calendar, type Days } from './days';

export interface FoundDelivery extends Days {
  excerpt: string;
}

const LABEL = new RegExp(`(?<![\\p{L}\\p{N}])(?:${label('delivery')})`, 'giu');
const NOT = new RegExp(`(?<![\\p{L}])(?:${label('notDelivery')})`, 'iu');
const RENEWED = /new|revised|updated|reschedul|now|nuev|reprogram|neu/iu;
const OVER: readonly MailKind[] = ['delivered', 'cancelled', 'refunded', 'returned'];
/** Nobody promises further ahead; a day before the mail is told, not promised. */
const MOST_AHEAD = 240;

/** When the goods are to come, as the mail says; of several parcels from the first to the last. */
export function deliveryDays(
  kind: MailKind,
  subject: string,
  lines: string[],
  calendar: Calendar,
): FoundDelivery | null {
  if (OVER.includes(kind)) return null;
  const texts = [subject, ...lines.map(seen)];
  const promised = texts.flatMap((text, at) => promisesIn(text, at === 0 ? '' : (texts[at + 1] ?? ''), calendar));
  const found =
    promised.length > 0
      ? promised
      : texts
          .slice(1)
          .flatMap((text) => saidIn(text, calendar))
          .slice(0, 1);
  const ahead = found.filter(
    ({ from, to }) => from >= addDays(calendar.today, -1) && to <= addDays(calendar.today, MOST_AHEAD),
  );
  const renewed =
    kind === 'delayed' || kind === 'exception' ? ahead.filter(({ excerpt }) => RENEWED.test(excerpt)) : [];
  const counted = renewed.length > 0 ? renewed.slice(0, 1) : ahead;
  if (counted.length === 0) return kind === 'out_for_delivery' ? today(texts, calendar) : null;
  const from = counted.map((one) => one.from).sort()[0]!;
  const to = counted
    .map((one) => one.to)
    .sort()
    .at(-1)!;
  return { from, to, excerpt: counted[0]!.excerpt };
}

function promisesIn(text: string, below: string, calendar: Calendar): FoundDelivery[] {
  const cells = text.split('\t');
  return cells.flatMap((cell, at) => {
    for (const match of cell.slice(0, 400).matchAll(LABEL)) {
      const before = cell.slice(Math.max(0, match.index - 25), match.index);
      const after = cell.slice(match.index + match[0].length);
      if (NOT.test(before + match[0] + after.slice(0, 14))) continue;
      const [beside] = daysIn(after, calendar);
      if (beside && beside.index < 45) return [found(beside, cell)];
      // The label's own words may name the day: "arrives tomorrow".
      const isLabelOnly = after.replace(/[^\p{L}\p{N}]/gu, '').length < 12;
      if (!isLabelOnly) continue;
      const row = below.split('\t');
      const near = [cells[at + 1], row.length === cells.length ? row[at] : row[0]].filter((one) => one !== undefined);
      for (const next of near) {
        const [there] = daysIn(next, calendar);
        if (there && there.index < 25 && !NOT.test(next.slice(0, there.index)))
          return [found(there, `${cell} ${next}`)];
      }
    }
    return [];
  });
}

const OTHER_DAY =
  /(?<!\p{L})(?:sale|offers?|leav|dispatch|will ship|send|sal(?:ir|dr|e)|expir|valid|return|exchange|points|rewards?|save|code|pick|review|subscri|pay|charge|bill|earn|deadline|order by|ends|until|available|refund|credit|gift|renew|ship(?:s|ped|ping)? (?:by|on|date)|released?|placed|date|caduca|v[aá]lid|oferta|devoluci|hasta|plazo|fecha del|reembols)/iu;
const MOST_SAID = 30;

/** A sentence that names a day to come and nothing else that has a day. */
function saidIn(text: string, calendar: Calendar): FoundDelivery[] {
  if (text.split(' ').length < 4 || text.length > 200 || OTHER_DAY.test(text) || NOT.test(text)) return [];
  const days = daysIn(text, calendar).filter(
    ({ from, to }) => from > calendar.today && to <= addDays(calendar.today, MOST_SAID),
  );
  return days.slice(0, 1).map((one) => found(one, text));
}

function found({ from, to }: Days, excerpt: string): FoundDelivery {
  return { from, to, excerpt };
}

/** "Today is the day" names no date, and means one. */
function today(texts: string[], calendar: Calendar): FoundDelivery | null {
  const said = texts.find((text) => /(?<!\p{L})(?:today|hoy|heute|aujourd'hui)(?!\p{L})/iu.test(text));
  return said === undefined ? null : { from: calendar.today, to: calendar.today, excerpt: said };
}
