import { compile, type FormatCallback, type HtmlToTextOptions } from 'html-to-text';
import { ALT, CELL, type Link } from './page';

/** More than any real mail; beyond it nothing that a shopper reads. */
const MOST_HTML = 1_500_000;
const MARKS = /[\uE000-\uE002]/g;

interface Element {
  type: string;
  name?: string;
  attribs?: Record<string, string>;
  children?: Element[];
}
interface Cell {
  text: string;
}

const anchor: FormatCallback = (element, walk, builder) => {
  const links = linksOf(builder);
  const url = (element.attribs?.href as string | undefined)?.trim() ?? '';
  const text = wordsIn(element as Element).slice(0, 300);
  if (/^https?:\/\//i.test(url) && links.length < 1_000) links.push({ text, url });
  walk(element.children, builder);
};

const picture: FormatCallback = (element, _walk, builder) => {
  const alt = (element.attribs?.alt as string | undefined)?.replace(MARKS, '').trim();
  if (alt) builder.addInline(`${ALT.begin}${alt.slice(0, 200)}${ALT.end}`);
};

/** Short cells of a row stand in one line, so that a label stays beside its value; longer ones follow each other. */
const table: FormatCallback = (element, walk, builder) => {
  const cellsOf = (row: Element) => {
    builder.openTableRow();
    for (const cell of row.children ?? []) {
      if (cell.name !== 'td' && cell.name !== 'th') continue;
      if (isHidden(cell)) continue;
      builder.openTableCell();
      walk(cell.children as never, builder);
      builder.closeTableCell();
    }
    builder.closeTableRow();
  };
  const rowsOf = (part: Element): void => {
    for (const child of part.children ?? []) {
      if (isHidden(child)) continue;
      if (child.name === 'tr') cellsOf(child);
      else if (['thead', 'tbody', 'tfoot', 'center'].includes(child.name ?? '')) rowsOf(child);
    }
  };
  builder.openTable();
  rowsOf(element as Element);
  const written = (rows: Cell[][]) => rows.map(rowText).join('\n');
  // The library's types leave out what its own table formatter uses.
  (builder as unknown as { closeTable(how: object): void }).closeTable({
    tableToString: written as never,
    leadingLineBreaks: 1,
    trailingLineBreaks: 1,
  });
};

function rowText(cells: Cell[]): string {
  const texts = cells.map(({ text }) => text.trim()).filter(Boolean);
  const isShort = texts.every((text) => !/\n\s*\S/.test(text));
  return texts.join(isShort ? CELL : '\n');
}

const OPTIONS: HtmlToTextOptions = {
  wordwrap: false,
  baseElements: { selectors: [] },
  limits: { maxInputLength: MOST_HTML, maxDepth: 120, maxChildNodes: 5_000, ellipsis: '' },
  whitespaceCharacters: ' \t\r\n\f\u00a0',
  formatters: { anchor, picture, table },
  selectors: [
    { selector: 'a', format: 'anchor' },
    { selector: 'img', format: 'picture' },
    { selector: 'table', format: 'table' },
    { selector: 'hr', format: 'block' },
    { selector: 'ul', options: { itemPrefix: '', leadingLineBreaks: 1, trailingLineBreaks: 1 } },
    ...['head', 'style', 'script', 'title', 'template', 'noscript', 'select', 'svg'].map((selector) => ({
      ...{ selector, format: 'skip' },
    })),
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    ...['[style*="display:none"i]', '[style*="display: none"i]', '[hidden]'].map((hidden) => ({
      ...{ selector: hidden, format: 'skip' },
    })),
  ],
};
const convert = compile(OPTIONS) as (html: string, metadata: { links: Link[] }) => string;

/** The text of a mail's HTML: rows of tables as lines, cells parted by CELL, hidden parts left out, links beside it. */
export function htmlLines(html: string): { text: string; links: Link[] } {
  const links: Link[] = [];
  const text = convert(html.slice(0, MOST_HTML).replace(MARKS, ''), { links });
  return { text, links };
}

function linksOf(builder: unknown): Link[] {
  return (builder as { metadata: { links: Link[] } }).metadata.links;
}

function isHidden({ attribs }: Element): boolean {
  return /display:\s*none/i.test(attribs?.style ?? '') || attribs?.hidden !== undefined;
}

function wordsIn(element: Element & { data?: string }, depth = 0): string {
  if (element.type === 'text') return element.data ?? '';
  if (element.name === 'img') return element.attribs?.alt ?? '';
  if (depth > 20) return '';
  return (element.children ?? []).map((child) => wordsIn(child, depth + 1)).join(' ');
}
