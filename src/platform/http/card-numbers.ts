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
/** What people write between the digits: blanks and dashes of any kind. */
const BETWEEN = '[\\s\\p{Pd}]*';
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
 * The JSON pointer to the first text in which a card number stands: 13 to 19 digits, blanks and dashes between them
 * allowed, that pass Luhn and have a brand's prefix and length. Names of members are looked at too; of those the pointer
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

export function holdsCardNumber(text: string): boolean {
  if (text.length < SHORTEST || !ENOUGH_DIGITS.test(text)) return false;
  return spansIn(text).next().done !== true;
}

/** The text, perhaps one of JSON, with every card number in it blacked out; for what is written where people may read it. */
export function withoutCardNumbers(text: string): string {
  if (text.length < SHORTEST || !ENOUGH_DIGITS.test(text)) return text;
  return [...spansIn(text)].reduceRight((rest, [from, to]) => {
    // In the place of a number of JSON only a number may stand.
    const isNumber = /[:,[]/.test(rest[from - 1] ?? '') && /[,}\]]/.test(rest[to] ?? '');
    return `${rest.slice(0, from)}${isNumber ? '0' : '[card number]'}${rest.slice(to)}`;
  }, text);
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

/** The group with which a card number ends that begins with this one. */
function endOfCardNumber(groups: { digits: string }[], first: number): number | undefined {
  let digits = '';
  for (let last = first; last < groups.length && digits.length <= LONGEST; last++) {
    digits += groups[last]!.digits;
    if (isCardNumber(digits)) return last;
  }
  return undefined;
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
