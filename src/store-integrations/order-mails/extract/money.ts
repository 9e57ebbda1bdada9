import { MAX_PRICE_MINOR, minorDigits } from '../../../platform/money';

export interface Price {
  cents: number;
  currency: string;
}

/** What a mail's sign means where it does not say more. */
export interface MoneyHabits {
  /** Of "$" and of amounts without any sign. */
  dollar: string;
}

// The longer first: "CA$" holds "$".
const SIGNS: [string, string | null][] = [
  ...[
    ['US$', 'USD'],
    ['U$S', 'USD'],
    ['CA$', 'CAD'],
    ['C$', 'CAD'],
    ['AU$', 'AUD'],
    ['A$', 'AUD'],
    ['NZ$', 'NZD'],
  ],
  ...[
    ['MX$', 'MXN'],
    ['HK$', 'HKD'],
    ['S$', 'SGD'],
    ['R$', 'BRL'],
    ['COP$', 'COP'],
    ['CLP$', 'CLP'],
    ['AR$', 'ARS'],
  ],
  ...[
    ['S/.', 'PEN'],
    ['S/', 'PEN'],
    ['€', 'EUR'],
    ['£', 'GBP'],
    ['¥', 'JPY'],
    ['₹', 'INR'],
    ['zł', 'PLN'],
  ],
] as [string, string][];
const CODES =
  'USD CAD AUD NZD GBP EUR MXN COP CLP ARS PEN BRL CHF SEK NOK DKK PLN CZK HUF JPY INR UYU CRC DOP GTQ BOB HKD SGD ZAR ILS AED KRW CNY';
const CODE = `(?:${CODES.replaceAll(' ', '|')})`;
const SIGN = `(?:${[...SIGNS.map(([sign]) => sign.replace(/[$.]/g, '\\$&')), '\\$', '\\beuros?\\b', '\\bpesos\\b'].join('|')})`;
// 1,234.56 · 1.234,56 · 1 234,56 · 1'234.50 · 1234 · 12.5
const NUMBER = String.raw`\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d{1,9}(?:[.,]\d{1,3})?(?!\d)`;
const MINUS = String.raw`[-–(]?\s?`;
const PRICE = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:(?<code>${CODE})\s?)?(?:(?<before>${SIGN})\s?(?<minus>-)?|(?<=(?<!\p{L})${CODE}\s?))(?<first>${NUMBER})(?:\s?(?<codeAfter>${CODE})(?!\p{L}))?|(?<![\p{L}\p{N}.,])(?<second>${NUMBER})\s?(?:(?<after>€|£|zł|\beuros?\b|\bpesos\b)|(?<codeSecond>${CODE})(?!\p{L})|(?<dollarAfter>\$)(?!\s?\d))`,
  'giu',
);

export interface FoundPrice extends Price {
  index: number;
  length: number;
  isNegative: boolean;
}

/** Every amount with a currency in a text, in order. */
export function pricesIn(text: string, habits: MoneyHabits): FoundPrice[] {
  if (!/\d/.test(text)) return [];
  return [...text.matchAll(PRICE)].flatMap((match) => {
    const found = match.groups!;
    const currency = currencyOf(found, habits);
    const written = found.first ?? found.second!;
    const cents = centsOf(written, currency);
    if (cents === null) return [];
    const isNegative =
      Boolean(found.minus) || new RegExp(`${MINUS}$`).exec(text.slice(0, match.index))![0].trim() !== '';
    return [{ cents, currency, index: match.index, length: match[0].length, isNegative }];
  });
}

export function priceIn(text: string, habits: MoneyHabits): FoundPrice | null {
  return pricesIn(text, habits)[0] ?? null;
}

/** Nothing but one amount. */
export function isPrice(text: string, habits: MoneyHabits): boolean {
  const [price, ...more] = pricesIn(text, habits);
  return (
    price !== undefined &&
    more.length === 0 &&
    !/[\p{L}\d]/u.test(text.slice(0, price.index) + text.slice(price.index + price.length))
  );
}

function currencyOf(found: Record<string, string | undefined>, { dollar }: MoneyHabits): string {
  const code = found.code ?? found.codeAfter ?? found.codeSecond;
  if (code) return code.toUpperCase();
  const sign = (found.before ?? found.after ?? '').toLowerCase();
  if (sign.startsWith('euro')) return 'EUR';
  return SIGNS.find(([one]) => one.toLowerCase() === sign)?.[1] ?? dollar;
}

/** "1.234,56" and "1,234.56" alike: the last mark parts the decimals, unless three digits follow it. Null: no amount. */
export function centsOf(written: string, currency: string): number | null {
  const digits = minorDigits(currency);
  const marks = [...written.matchAll(/[.,' ]/g)].map((mark) => ({ sign: mark[0], at: mark.index }));
  const last = marks.at(-1);
  const decimals = last ? written.length - last.at - 1 : 0;
  const isDecimal =
    last !== undefined && '.,'.includes(last.sign) && (decimals < 3 || (digits === 3 && marks.length === 1));
  const whole = (isDecimal ? written.slice(0, last.at) : written).replace(/\D/g, '');
  const part = isDecimal ? written.slice(last.at + 1) : '';
  if (digits === 0 && part && Number(part) !== 0) return null;
  const cents = Number(whole + (digits === 0 ? '' : part.padEnd(digits, '0').slice(0, digits)));
  return Number.isSafeInteger(cents) && cents <= MAX_PRICE_MINOR ? cents : null;
}

/** Of the country or the language that a mail speaks. */
export function habitsOf(domains: string[], text: string): MoneyHabits {
  const named = new RegExp(`\\b${CODE}\\b`, 'gu');
  const code = (text.match(named) ?? []).find((one) =>
    ['CAD', 'AUD', 'NZD', 'MXN', 'COP', 'CLP', 'ARS', 'UYU', 'HKD', 'SGD'].includes(one),
  );
  const lands: [RegExp, string][] = [
    ...([
      [/\.ca$/, 'CAD'],
      [/\.au$/, 'AUD'],
      [/\.nz$/, 'NZD'],
      [/\.mx$/, 'MXN'],
      [/\.co$/, 'COP'],
      [/\.cl$/, 'CLP'],
    ] as const),
    ...([
      [/\.ar$/, 'ARS'],
      [/\.uy$/, 'UYU'],
      [/\.hk$/, 'HKD'],
      [/\.sg$/, 'SGD'],
    ] as const),
  ].map(([end, currency]) => [end, currency]);
  const land = domains.flatMap((domain) => lands.find(([end]) => end.test(domain))?.[1] ?? [])[0];
  return { dollar: land === 'COP' && code !== 'COP' ? (code ?? 'USD') : (land ?? code ?? 'USD') };
}
