import type { Language } from '../../platform/http';
import { minorDigits, type Money } from '../../platform/money';

/** 1,234.50 in the language's own way, with the currency's own number of decimals. */
export function moneyIn(language: Language, { amount, currency }: Money): string {
  const digits = minorDigits(currency);
  const format = new Intl.NumberFormat(language, {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  // As text: a double has no room for the cents of the largest amounts.
  return format.format(decimal(amount, digits) as Intl.StringNumericLiteral);
}

function decimal(amount: number, digits: number): string {
  const all = String(Math.abs(amount)).padStart(digits + 1, '0');
  const [whole, fraction] = [all.slice(0, all.length - digits), all.slice(all.length - digits)];
  return `${amount < 0 ? '-' : ''}${whole}${fraction && `.${fraction}`}`;
}

/** Calendar days (`2026-11-25`), the first and the last. */
export function daysIn(language: Language, { from, to }: { from: string; to: string }): string {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' });
  const [first, last] = [new Date(`${from}T00:00:00Z`), new Date(`${to}T00:00:00Z`)];
  return from === to ? format.format(first) : format.formatRange(first, last);
}

/** A moment, in UTC since nobody said where the reader is. */
export function momentIn(language: Language, moment: Date): string {
  return new Intl.DateTimeFormat(language, {
    ...({ year: 'numeric', month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit' } as const),
    ...({ timeZone: 'UTC', timeZoneName: 'short' } as const),
  }).format(moment);
}

/** The name of a country by its code. */
export function countryIn(language: Language, code: string): string {
  return new Intl.DisplayNames(language, { type: 'region', fallback: 'code' }).of(code) ?? code;
}
