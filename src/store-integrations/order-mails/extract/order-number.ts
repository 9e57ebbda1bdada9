import { seen } from '../mime/page';
import { label } from '../rules/rules';

export interface FoundNumber {
  number: string;
  /** Lines of the page where it stands under its name. */
  lines: number[];
  excerpt: string;
  score: number;
}

const NAME = label('orderNumber');
const TAIL = label('orderNumberTail');
const VALUE = String.raw`(?<value>(?=[A-Z0-9._/-]*\d)[A-Z0-9]+(?:[-_./]{1,2}[A-Z0-9]+)*)`;
const GLUE = String.raw`(?:\s|[:.,"'*(\[–—-]|#|№|\b(?:is|es|ist|est|was|for your records|below)\b){0,8}`;
const B = String.raw`(?<![\p{L}\p{N}])`;
/** The surer first. */
const FORMS: { pattern: RegExp; score: number }[] = [
  // order number: 112-123 · Order # 12 · nº de pedido 77 · pedido n.º 77
  { pattern: new RegExp(`${B}${NAME}\\s*[:(]?\\s*${TAIL}${GLUE}${VALUE}`, 'giu'), score: 5 },
  {
    pattern: new RegExp(
      `${B}n(?:[.º°ª]{1,3}|[uú]m(?:ero|\\.)?|ro\\.?)? ?(?:de (?:tu |su |la |el )?|del )(?:pedido|compra|orden)${GLUE}${VALUE}`,
      'giu',
    ),
    score: 5,
  },
  { pattern: new RegExp(`${B}${NAME}[\\s:]+(?<value>[A-Z]{1,5}#\\d{2,})`, 'giu'), score: 4.6 },
  // order #1042 · your order (#1042) · order: 1042 · order 1042
  {
    pattern: new RegExp(
      `${B}${NAME}(?:\\s+(?:confirmed|confirmation|from|with|at|of|de|en|con))?(?:\\s+[\\p{L}&'.-]+){0,4}?\\s*\\(?#\\s?${VALUE}`,
      'giu',
    ),
    score: 4,
  },
  { pattern: new RegExp(`${B}${NAME}\\s*[:(]\\s*${VALUE}`, 'giu'), score: 3 },
  { pattern: new RegExp(`${B}${NAME}\\s+${VALUE}`, 'giu'), score: 2.5 },
  // "Thank you for your order. It's number B904."
  { pattern: new RegExp(`${B}(?:it's|its|is|with) (?:the )?number${GLUE}${VALUE}`, 'giu'), score: 1.6 },
  { pattern: new RegExp(`(?<![\\p{L}\\p{N}&])#\\s?${VALUE}`, 'giu'), score: 1 },
  { pattern: new RegExp(`${B}${label('otherNumber')}\\s*${GLUE}${VALUE}`, 'giu'), score: 1.5 },
];
const NOT_BEFORE = new RegExp(`${B}${label('notOrderNumber')}(?:\\s|[:#.]|\\b(?:number|no|id|is|nr|code)\\b)*$`, 'iu');
const ONLY_LABEL = new RegExp(`^[^\\p{L}]*(?:${NAME}\\s*[:(]?\\s*(?:${TAIL})|${NAME})[^\\p{L}\\d]*$`, 'iu');
/** "Tu pedido 0088 4127 3301": three groups at least, of like length. */
const IN_GROUPS = new RegExp(
  `${B}${NAME}\\s*(?:${TAIL})?[\\s:#(]{0,4}(?<value>\\d{3,5}(?: \\d{3,5}){2,4})(?![\\d\\p{L}]|[.,]\\d)`,
  'giu',
);
/** Where nothing follows, two groups will do: "Order number 2204 18820". */
const IN_TWO = new RegExp(`${B}${NAME}\\s*${TAIL}[\\s:#(]{0,4}(?<value>\\d{4,6} \\d{4,6})$`, 'iu');
/** Some shops' software makes its references of nine letters. */
const LETTERS = /(?:[Rr]ef(?:erencia|erence|\.)?|REF(?:ERENCIA|ERENCE|\.)?)\s*:?\s*#?([A-Z]{9})(?![\p{L}\d])/u;
const GROUPED = /^#?\s?\d{2,6}(?: \d{2,6}){1,5}$/;

/** The store's numbers for its orders, the likeliest first. `isParcel`: what is a tracking number is no order's. */
export function orderNumbers(subject: string, lines: string[], isParcel: (value: string) => boolean): FoundNumber[] {
  const found = new Map<string, FoundNumber>();
  const add = (value: string, line: number, excerpt: string, score: number) => {
    const key = value.toUpperCase();
    const known = found.get(key) ?? { number: value, lines: [], excerpt, score: 0 };
    // Said twice is surer; said ten times is not.
    const total = known.score === 0 ? score : Math.max(known.score, score) + 0.4;
    const isNamed = score >= 2.5 && line >= 0 && !known.lines.includes(line);
    found.set(key, { ...known, lines: isNamed ? [...known.lines, line] : known.lines, score: total });
  };
  const read = (text: string, line: number, bonus: number) => {
    for (const { pattern, score } of FORMS) {
      for (const match of text.matchAll(pattern)) {
        const value = match.groups!.value!.replace(/[._/-]+$/, '');
        const after = text.slice(match.index + match[0].length);
        if (!looksLikeNumber(value, match[0], after, score) || NOT_BEFORE.test(text.slice(0, match.index))) continue;
        if (new RegExp(label('notOrderNumber'), 'iu').test(match[0].slice(0, -value.length)) && score < 3) continue;
        if (score < 4 && isParcel(value)) continue;
        add(value, line, match[0], score + bonus);
      }
    }
  };
  const readGroups = (text: string, line: number) => {
    for (const { groups } of text.matchAll(IN_GROUPS)) if (groups?.value) add(groups.value, line, groups.value, 4.5);
    const whole = IN_TWO.exec(text)?.groups?.value;
    if (whole) add(whole, line, text, 6);
    const letters = LETTERS.exec(text)?.[1];
    if (letters) add(letters, line, text, 4);
  };
  read(subject, -1, 0.5);
  readGroups(subject, -1);
  lines.forEach((raw, line) => {
    const cells = seen(raw).split('\t');
    cells.forEach((cell, at) => {
      read(cell, line, 0);
      readGroups(cell, line);
      if (!ONLY_LABEL.test(cell)) return;
      const below = seen(lines[line + 1] ?? '').split('\t');
      const near = [cells[at + 1], below.length === cells.length ? below[at] : below[0]];
      const value = near.map((one) => one?.trim().replace(/^#\s?/, '') ?? '').find(isNumber);
      if (value) add(value, line, `${cell} ${value}`, 5);
    });
  });
  return [...found.values()].sort((a, b) => b.score - a.score);
}

function isNumber(value: string): boolean {
  return GROUPED.test(value) || (new RegExp(`^${VALUE}$`, 'iu').test(value) && looksLikeNumber(value, '', '', 4));
}

function looksLikeNumber(value: string, matched: string, after: string, score: number): boolean {
  const digits = value.replace(/\D/g, '').length;
  const isMarked = matched.includes('#') || score >= 4;
  const least = isMarked && digits === value.length ? 2 : isMarked ? 3 : 4;
  if (digits < 1 || value.length < least || value.length > 40) return false;
  if (digits < 2 && value.length < 6) return false;
  // Small letters are words, unless figures prevail.
  if (/[a-z]/.test(value) && digits < 3 && !isMarked) return false;
  const isCode = score >= 2.5 && /^[A-Z]{1,6}[-_]?\d{2,}$/.test(value);
  if (score < 4 && digits < 4 && !isCode && !matched.includes('#')) return false;
  if (/^(?:19|20)\d\d$/.test(value) && score < 4) return false;
  const isDate = /^\d{1,2}([/.-])\d{1,2}\1(?:\d{2}|\d{4})$/.test(value) || /^20\d\d([/.-])\d{2}\1\d{2}$/.test(value);
  const isAmount = /^\d+[.,]\d{2}$/.test(value) || /^\s?(?:%|€|USD|EUR|items?\b|[ap]m\b|:\d\d)/i.test(after);
  const isNth = /^\d+(?:st|nd|rd|th|x|pm|am|oz|lb|ml|cm|mm|kg)$/i.test(value);
  return !isDate && !isAmount && !isNth;
}
