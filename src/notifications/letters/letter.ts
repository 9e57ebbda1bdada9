import type { Language } from '../../platform/http';
import { isUrl } from '../../platform/http-client';

/** One row of a table: what, how much, and whether it is the sum. */
export interface LetterRow {
  label: string;
  value: string;
  strong?: boolean;
}

export type LetterBlock =
  | { type: 'text'; text: string }
  | { type: 'heading'; text: string }
  | { type: 'lines'; lines: string[] }
  | { type: 'table'; rows: LetterRow[] }
  | { type: 'link'; label: string; url: string };

/** What a mail says: the same parts make its text and its HTML, and whatever stands in them is taken for plain text. */
export interface Letter {
  language: Language;
  subject: string;
  blocks: LetterBlock[];
  /** Why it was sent. */
  footer: string;
}

/** A letter as it is sent. */
export interface WrittenLetter {
  subject: string;
  text: string;
  html: string;
}

const SUBJECT_LENGTH = 150;

/** Text and HTML of a letter. */
export function write(letter: Letter): WrittenLetter {
  const subject = shortened(plain(letter.subject), SUBJECT_LENGTH);
  return { subject, text: textOf(letter), html: htmlOf(letter, subject) };
}

/** A link that may stand in a mail: http and https alone; undefined for any other. */
export function safeUrl(url: string | null | undefined): string | undefined {
  if (!url || !isUrl(url)) return undefined;
  const { protocol, href } = new URL(url);
  return protocol === 'https:' || protocol === 'http:' ? href : undefined;
}

function textOf({ blocks, footer }: Letter): string {
  return `${[...blocks.map(textPart), `-- \n${plain(footer)}`].join('\n\n')}\n`;
}

function textPart(block: LetterBlock): string {
  switch (block.type) {
    case 'text':
      return plain(block.text);
    case 'heading':
      return `${plain(block.text)}\n${'-'.repeat(Math.min(plain(block.text).length, 60))}`;
    case 'lines':
      return block.lines.map(plain).join('\n');
    case 'table':
      return block.rows.map(({ label, value }) => `${plain(label)}: ${plain(value)}`).join('\n');
    case 'link':
      break;
  }
  return `${plain(block.label)}:\n${plain(safeUrl(block.url) ?? '')}`;
}

const FONT = 'font-family:Arial,Helvetica,sans-serif;font-size:15px;line-height:1.5;color:#222222';
const BUTTON =
  'display:inline-block;padding:10px 18px;background:#1f4e8c;color:#ffffff;text-decoration:none;border-radius:4px';

/** Styles stand on each element and nothing is loaded: mail programs know little else, and a picture tells who has read. */
function htmlOf({ language, blocks, footer }: Letter, subject: string): string {
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer"><title>${escape(subject)}</title></head>
<body style="margin:0;padding:0;background:#f4f4f4">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center" style="padding:20px 10px">
<table role="presentation" width="600" cellpadding="0" cellspacing="0" style="max-width:600px;width:100%;background:#ffffff"><tr><td style="padding:24px;${FONT}">
${blocks.map(htmlPart).join('\n')}
<p style="margin:26px 0 0;font-size:12px;color:#666666">${escape(footer)}</p>
</td></tr></table>
</td></tr></table>
</body>
</html>
`;
}

function htmlPart(block: LetterBlock): string {
  switch (block.type) {
    case 'text':
      return `<p style="margin:0 0 14px">${escape(block.text)}</p>`;
    case 'heading':
      return `<h2 style="margin:22px 0 8px;font-size:16px">${escape(block.text)}</h2>`;
    case 'lines':
      return `<p style="margin:0 0 14px">${block.lines.map(escape).join('<br>')}</p>`;
    case 'table':
      return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 14px;border-collapse:collapse">${block.rows.map(rowOf).join('')}</table>`;
    case 'link':
      break;
  }
  return `<p style="margin:18px 0"><a href="${escape(safeUrl(block.url) ?? '#')}" style="${BUTTON}">${escape(block.label)}</a></p>`;
}

function rowOf({ label, value, strong }: LetterRow): string {
  const weight = strong ? ';font-weight:bold' : '';
  return `<tr><td style="padding:4px 8px 4px 0${weight}">${escape(label)}</td><td align="right" style="padding:4px 0;white-space:nowrap${weight}">${escape(value)}</td></tr>`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escape(text: string): string {
  return plain(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** Without what could begin a line of its own, or turn the direction of what stands beside it. */
function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').replace(/[\u202a-\u202e\u2066-\u2069]/g, '');
}

function shortened(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}
