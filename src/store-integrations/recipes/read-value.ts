import { isUrl } from '../../platform/http-client';
import type { Reading } from './recipe';

/** How a shop writes its amounts. */
export interface Writing {
  currency: string;
  decimal?: '.' | ',';
}

// eslint-disable-next-line no-control-regex
const UNWANTED = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\u202A-\u202E\u2066-\u2069]/g;
/** A page that says another day than one between them says none. */
const [EARLIEST, LATEST] = [Date.UTC(1970, 0), Date.UTC(2200, 0)];

export const UNREADABLE = Symbol('unreadable');

/**
 * What a text of a page means. Null: it is not there, or says what the recipe has no word for. UNREADABLE: it says something
 * else than was expected there.
 */
export function readValue(
  said: string | null,
  reading: Pick<Reading, 'as' | 'words'>,
  writing: Writing,
): string | number | null | typeof UNREADABLE {
  // What no column takes: a page may say it all the same, and an order that was placed has to be written down.
  const raw = said?.toWellFormed().replace(UNWANTED, '').trim();
  if (!raw) return null;
  const meant = reading.words ? wordIn(reading.words, raw) : undefined;
  switch (reading.as) {
    case 'text':
      return reading.words ? (meant ?? null) : raw;
    case 'url':
      return isWebAddress(raw) ? raw : UNREADABLE;
    case 'money':
      return moneyIn(meant ?? raw, writing) ?? UNREADABLE;
    case 'integer':
      return integerIn(meant ?? raw) ?? UNREADABLE;
    case 'date':
      return timeIn(meant ?? raw)?.slice(0, 10) ?? UNREADABLE;
    default:
      return timeIn(meant ?? raw) ?? UNREADABLE;
  }
}

function isWebAddress(raw: string): boolean {
  if (!isUrl(raw)) return false;
  const { protocol, username, password } = new URL(raw);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

const plain = (text: string) => text.normalize('NFKC').replace(/\s+/g, ' ').trim().toLowerCase();

function wordIn(words: Record<string, string>, raw: string): string | undefined {
  return Object.entries(words).find(([word]) => plain(word) === plain(raw))?.[1];
}

/** In minor units: the one amount that a text holds; null where it holds none or several. */
export function moneyIn(text: string, { currency, decimal = '.' }: Writing): number | null {
  const amounts = text.match(/[−–-]?\s*[^\d\s−–-]{0,4}\s*\d[\d.,'’\s]*/gu) ?? [];
  if (amounts.length !== 1) return null;
  const [amount] = amounts as [string];
  const digits =
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  const number = amount.replace(/[^\d.,]/g, '').replace(/[.,]+$/, '');
  const grouped = number.replaceAll(decimal === '.' ? ',' : '.', '');
  const [whole = '', part = '', ...others] = grouped.split(decimal);
  if (others.length > 0 || whole.length > 12 || (part !== '' && part.length !== digits)) return null;
  const cents = Number(whole) * 10 ** digits + Number(part || 0);
  return /^\s*[−–-]/u.test(amount) || /\(\s*\S*\d[\d.,]*\s*\)/.test(text) ? 0 - cents : cents;
}

function integerIn(text: string): number | null {
  const found = text.match(/\d+/g) ?? [];
  return found.length === 1 && found[0].length <= 9 ? Number(found[0]) : null;
}

/** RFC 3339 in UTC. A date without a time of day is its midnight. */
function timeIn(text: string): string | null {
  const cleaned = text.replace(/(\d)(st|nd|rd|th)\b/gi, '$1').replace(/^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+/i, '');
  // Without a year it is nobody's date.
  if (!/\d{4}/.test(cleaned)) return null;
  const hasZone = /(Z|[+-]\d{2}:?\d{2}|UTC|GMT)\s*$/i.test(cleaned) || /^\d{4}-\d{2}-\d{2}$/.test(cleaned.trim());
  const at = Date.parse(hasZone ? cleaned : `${cleaned} UTC`);
  return at >= EARLIEST && at < LATEST ? new Date(at).toISOString() : null;
}
