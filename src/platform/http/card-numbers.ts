import creditCardType from 'credit-card-type';
import { DomainError } from './domain-error';

/** 400: a text of the request holds what looks like the number of a payment card; the text is neither kept nor told. */
export class CardNumberRefused extends DomainError {
  constructor(pointer: string) {
    super('card_number_refused', 400, 'The request holds a card number; card numbers are never taken here.', {}, [
      { pointer, detail: 'must not hold a card number' },
    ]);
  }
}

const SHORTEST = 13;
const LONGEST = 19;
/**
 * What people write between the digits: blanks and dashes of any kind, and what is not seen at all. Points, commas,
 * slashes and low lines join groups of three digits or more only: with fewer they stand in sizes, days and amounts.
 */
const BETWEEN =
  '(?:[\\s\\p{Pd}\\p{Cf}]*|(?<=\\d{3}\\p{Cf}?)[.,/_\\uff0e\\uff0c\\uff0f\\uff3f\\u00b7\\u2022]\\p{Cf}?(?=\\d{3}))';
const IS_DIGIT = /^\p{Nd}$/u;
/** Written for an address of the web: blanks as plus signs, the rest as bytes. */
const ENCODED = /%[0-9a-f]{2}|\d\+\d/i;
/** Digits of other scripts and widths: they are read as what they count. */
const OTHER_DIGITS = /(?![0-9])\p{Nd}/gu;
/** Whether there are so many digits together at all: what nearly every text is asked, and nothing more. */
const ENOUGH_DIGITS = new RegExp(`\\d(?:${BETWEEN}\\d){${SHORTEST - 1}}`, 'u');
const RUNS = new RegExp(`\\d(?:${BETWEEN}\\d)*`, 'gu');
const GROUPS = /\d+/g;
/** Ids have runs of digits and dashes of their own; as many other characters stand in for them, so that places stay. */
const UUIDS = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;

/** Numbers that begin with `from` to `to` are a brand's if they are as long as its numbers are. */
interface Range {
  from: string;
  to: string;
  lengths: ReadonlySet<number>;
}

/** The library's knowledge, laid out by the first digit: asking the library itself copies all of it each time. */
const RANGES: ReadonlyMap<string, Range[]> = rangesByFirstDigit();

function rangesByFirstDigit(): Map<string, Range[]> {
  const brands = Object.values(creditCardType.types).map((type) => creditCardType.getTypeInfo(type));
  const ranges = brands.flatMap(({ patterns, lengths }) =>
    patterns.map((pattern): Range => {
      const [from, to] = Array.isArray(pattern) ? pattern : [pattern, pattern];
      return { from: String(from), to: String(to), lengths: new Set(lengths) };
    }),
  );
  // Visa numbers of 13 digits are no longer made, so the library does not know them; old ones may still be typed in.
  ranges.push({ from: '4', to: '4', lengths: new Set([SHORTEST]) });
  const byFirst = new Map<string, Range[]>();
  for (let digit = 0; digit <= 9; digit++) {
    const first = String(digit);
    const own = ranges.filter(({ from, to }) => from.charAt(0) <= first && first <= to.charAt(0));
    byFirst.set(first, own);
  }
  return byFirst;
}

/** The names of fields with a format of their own: what stands there is not looked at, nor are the members of such a list. */
export type OwnFormats = ReadonlySet<string>;

/**
 * The JSON pointer to the first text in which a card number stands: 13 to 19 digits, blanks, dashes and
 * the like between them allowed, that pass Luhn and have a brand's prefix and length. Names of members are looked at too; of those the pointer
 * is to what they belong to.
 */
export function findCardNumber(value: unknown, ownFormats: OwnFormats, pointer = '', name = ''): string | undefined {
  if (typeof value === 'string') return !ownFormats.has(name) && holdsCardNumber(value) ? pointer : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const isList = Array.isArray(value);
  for (const key in value) {
    if (!isList && holdsCardNumber(key)) return pointer;
    const member = (value as Record<string, unknown>)[key];
    if (typeof member !== 'string' && typeof member !== 'object') continue;
    // A list is what its members are.
    const at = isList ? name : key;
    if (typeof member === 'string' && (member.length < SHORTEST || ownFormats.has(at))) continue;
    const escaped = isList ? key : key.replaceAll('~', '~0').replaceAll('/', '~1');
    const found = findCardNumber(member, ownFormats, `${pointer}/${escaped}`, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Of an address of the web, what it says when it is read is looked at too. */
export function holdsCardNumber(text: string): boolean {
  if (text.length < SHORTEST) return false;
  const digits = withPlainDigits(text);
  if (ENOUGH_DIGITS.test(digits) && spansIn(digits).next().done !== true) return true;
  const read = ENCODED.test(text) ? decoded(text) : text;
  return read !== text && holdsCardNumber(read);
}

/** Whether it is a card number and nothing else: what may be asked of a text that is made by chance, such as a key. */
export function isOnlyCardNumber(text: string): boolean {
  return /^\d[\d\s-]*$/.test(text) && holdsCardNumber(text);
}

/** The text, perhaps one of JSON, with every card number in it blacked out; for what is written where people may read it. */
export function withoutCardNumbers(text: string): string {
  if (text.length < SHORTEST) return text;
  const digits = withPlainDigits(text);
  if (!ENOUGH_DIGITS.test(digits)) return text;
  return [...spansIn(digits)].reduceRight((rest, [from, last]) => {
    // The second unit of the last digit.
    const to = /^[\udc00-\udfff]/.test(rest.slice(last)) ? last + 1 : last;
    // In the place of a number of JSON only a number may stand.
    const isNumber = /[:,[]/.test(rest[from - 1] ?? '') && /[,}\]]/.test(rest[to] ?? '');
    return `${rest.slice(0, from)}${isNumber ? '0' : '[card number]'}${rest.slice(to)}`;
  }, text);
}

/** Digits of any script as 0 to 9, and every place as it was: what takes two units is followed by a mark that is not seen. */
function withPlainDigits(text: string): string {
  return text.replace(
    OTHER_DIGITS,
    (digit) => `${valueOf(digit.codePointAt(0)!)}${digit.length === 2 ? '\u200b' : ''}`,
  );
}

/** Unicode has the digits of a script in a row, from nought to nine, and of a kind with several styles row behind row. */
function valueOf(codePoint: number): number {
  let first = codePoint;
  while (IS_DIGIT.test(String.fromCodePoint(first - 1))) first--;
  return (codePoint - first) % 10;
}

/** Once: nobody types what is written twice. */
function decoded(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  return spaced.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString());
}

type Span = [from: number, to: number];

/** Where card numbers stand, in order. One begins and ends with a group of digits, not within it. */
function* spansIn(text: string): Generator<Span, void> {
  const plain = text.replace(UUIDS, (id) => '#'.repeat(id.length));
  for (const { 0: run, index } of plain.matchAll(RUNS)) {
    if (run.length < SHORTEST) continue;
    const groups = [...run.matchAll(GROUPS)].map((group) => ({ digits: group[0], at: index + group.index }));
    for (let first = 0; first < groups.length; first++) {
      const last = endOfCardNumber(groups, first);
      if (last === undefined) continue;
      yield [groups[first]!.at, groups[last]!.at + groups[last]!.digits.length];
      first = last;
    }
  }
}

/** The group with which a card number ends that begins with this one; the longest, for short ones may stand in it. */
function endOfCardNumber(groups: { digits: string }[], first: number): number | undefined {
  let digits = '';
  let end: number | undefined;
  for (let last = first; last < groups.length && digits.length <= LONGEST; last++) {
    digits += groups[last]!.digits;
    if (isCardNumber(digits)) end = last;
  }
  return end;
}

function isCardNumber(digits: string): boolean {
  if (digits.length < SHORTEST || digits.length > LONGEST) return false;
  const isABrands = RANGES.get(digits.charAt(0))!.some(({ from, to, lengths }) => {
    if (!lengths.has(digits.length)) return false;
    const prefix = digits.slice(0, from.length);
    return from <= prefix && prefix <= to;
  });
  return isABrands && passesLuhn(digits);
}

/** ISO/IEC 7812: from the right every second digit counts twice, as the sum of its own digits; in all a multiple of ten. */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = digits.charCodeAt(digits.length - 1 - place) - 48;
    const weighed = place % 2 === 0 ? digit : digit * 2;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}
