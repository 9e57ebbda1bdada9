import { htmlLines } from './html-lines';
import { CELL, type Link } from './marks';

export type { Link } from './marks';

/** What a reader of the mail sees: lines, the cells of a table row parted by tabs, and where links lead. */
export interface Page {
  lines: string[];
  links: Link[];
}

// A mail of 2,000 lines is a newsletter or an attack.
const MOST_LINES = 2_000;
const MOST_IN_LINE = 600;
const MOST_LINKS = 400;
const URL_IN_TEXT = /https?:\/\/[^\s<>"'\]]{4,2000}/gi;

export function pageOfHtml(html: string): Page {
  const { text, links } = htmlLines(html);
  return page(text.split('\n'), links);
}

export function pageOfText(text: string): Page {
  const links: Link[] = [];
  const lines: string[] = [];
  for (const raw of text.slice(0, 400_000).split(/\r\n|\r|\n/, MOST_LINES * 2)) {
    // Beyond any line that a person writes; a link may be long.
    const line = raw.slice(0, 6_000).replace(URL_IN_TEXT, (url) => {
      const before = raw.slice(0, raw.indexOf(url)).trim() || (lines.findLast((one) => one.trim()) ?? '');
      links.push({ text: clean(before).slice(-80), url: url.replace(/[).,;]+$/, '') });
      return ' ';
    });
    // Columns of a plain mail are set apart by blanks or by dots.
    lines.push(line.replace(/(\S)(?: {3,}|\t+| ?\.{4,} ?)(?=\S)/g, `$1${CELL}`));
  }
  return page(unwrapped(lines), links);
}

/** Lines that were broken for width only, put together again. */
function unwrapped(lines: string[]): string[] {
  const whole: string[] = [];
  let last = '';
  for (const line of lines) {
    const isRest =
      last.length >= 58 && /^[\p{Ll}\d(]/u.test(line) && !/[.:!?]$/.test(last.trimEnd()) && !line.includes(CELL);
    if (isRest && !last.includes(CELL)) whole[whole.length - 1] = `${whole.at(-1)!} ${line}`;
    else whole.push(line);
    last = line;
  }
  return whole;
}

function page(raw: string[], links: Link[]): Page {
  const lines: string[] = [];
  for (const one of raw) {
    const cells = one.slice(0, MOST_IN_LINE * 2).split(CELL);
    const line = cells.map(clean).filter(Boolean).join('\t').slice(0, MOST_IN_LINE);
    if (line && lines.push(line) >= MOST_LINES) break;
  }
  const seen = new Set<string>();
  const once = links.filter(({ url, text }) => !seen.has(`${url} ${text}`) && seen.add(`${url} ${text}`));
  return { lines, links: once.slice(0, MOST_LINKS).map(({ text, url }) => ({ text: clean(text).slice(0, 200), url })) };
}

/** One form for the characters that look alike: blanks, quotes, dashes; none that are invisible. */
export function clean(text: string): string {
  return text
    .normalize('NFC')
    .replace(
      /\u00AD|\u034F|\u061C|\u115F|\u1160|\u17B4|\u17B5|\u180E|[\u200B-\u200F]|[\u202A-\u202E]|[\u2060-\u2064]|\uFEFF|\uFE0F/g,
      '',
    )
    .replace(/[\u2018\u2019\u201B\u02BC\u00B4`]/g, "'")
    .replace(/[\u201C\u201D\u201E\u00AB\u00BB]/g, '"')
    .replace(/[\u2010-\u2012\u2212]/g, '-')
    .replace(/[\s\u00A0\u2000-\u200A\u202F\u205F\u3000]+/g, ' ')
    .trim();
}

/** A line without the descriptions of pictures. */
export function seen(line: string): string {
  return line
    .replace(/\uE001[^\uE002]*\uE002?/g, '')
    .replace(/\t{2,}/g, '\t')
    .trim();
}

/** A line with the descriptions of pictures as if they were words. */
export function spoken(line: string): string {
  return line
    .replace(/[\uE001\uE002]/g, ' ')
    .replace(/[\t ]+/g, ' ')
    .trim();
}
