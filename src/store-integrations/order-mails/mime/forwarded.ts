import type { Person } from './letter';
import { spoken, type Page } from './page';

/** What a forwarded mail says of the one that was forwarded. */
export interface Quoted {
  from: Person | null;
  subject: string | null;
  /** As written; its language and zone are the forwarder's. */
  date: string | null;
  page: Page;
}

const FIELDS = {
  from: /^\W*(?:from|de|von|expéditeur|remitente|da)\s*:\W*(\S.*)$/iu,
  date: /^\W*(?:date|sent|fecha|enviado(?: el)?|enviada(?: el)?|gesendet|datum|envoyé|data)\s*:\W*(\S.*)$/iu,
  subject: /^\W*(?:subject|asunto|betreff|objet|oggetto|assunto)\s*:\W*(\S.*)$/iu,
  to: /^\W*(?:to|para|an|à|a|cc|reply-to|responder a)\s*:/iu,
};
const FORWARD_SUBJECT = /^\s*(?:(?:fwd?|rv|wg|tr|enc|i|reenv(?:iado)?)\s*:\s*)+/iu;
const ADDRESS = /([^\s<>"'()[\]:;,]{1,64}@[^\s<>"'()[\]:;,]{3,255})/u;

export function isForwardSubject(subject: string): boolean {
  return FORWARD_SUBJECT.test(subject);
}

export function withoutForward(subject: string): string {
  return subject.replace(FORWARD_SUBJECT, '').trim();
}

/**
 * The mail that stands quoted in another, or null. Known by the block of From, Date, Subject lines that every mail program
 * writes above it, in whatever language; of a forward of a forward the innermost.
 */
export function quotedIn(page: Page): Quoted | null {
  const lines = page.lines.map((line) => spoken(line).replace(/^(?:>\s?)+/, ''));
  for (let at = lines.length - 1; at >= 0; at--) {
    const block = FIELDS.from.test(lines[at]!) ? blockAt(lines, at) : null;
    if (block) return { ...block.head, page: { lines: unquoted(page.lines.slice(block.end)), links: page.links } };
  }
  return null;
}

function blockAt(lines: string[], start: number): { head: Omit<Quoted, 'page'>; end: number } | null {
  const found: Partial<Record<keyof typeof FIELDS, string>> = {};
  let end = start;
  for (let at = start; at < Math.min(lines.length, start + 9); at++) {
    const field = (Object.keys(FIELDS) as (keyof typeof FIELDS)[]).find((name) => FIELDS[name].test(lines[at]!));
    // A long subject or a list of recipients runs over into the next line.
    if (!field && at > end) break;
    if (!field) continue;
    found[field] ??= FIELDS[field].exec(lines[at]!)?.[1]?.trim() ?? '';
    end = at + 1;
  }
  // Of a real block at least three lines are there, the subject or the date among them.
  if (Object.keys(found).length < 3 || !(found.subject ?? found.date)) return null;
  return { head: { from: personIn(found.from ?? ''), subject: found.subject ?? null, date: found.date ?? null }, end };
}

function personIn(written: string): Person | null {
  const address = ADDRESS.exec(written.replace(/mailto:/gi, ''))?.[1];
  if (!address) return null;
  const name = written
    .slice(0, written.indexOf(address))
    .replace(/[<>"'*[\]()]|mailto:/gi, ' ')
    .trim();
  return { name: name.slice(0, 200), address: address.toLowerCase() };
}

function unquoted(lines: string[]): string[] {
  const isQuoted = lines.filter((line) => line.startsWith('>')).length > lines.length / 2;
  return isQuoted ? lines.map((line) => line.replace(/^(?:>\s?)+/, '')).filter(Boolean) : lines;
}
