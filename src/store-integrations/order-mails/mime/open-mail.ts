import type { MailContext } from '../finding';
import { daysIn, type Calendar } from '../extract/days';
import { isForwardSubject, quotedIn, withoutForward } from './forwarded';
import { openLetter, type Letter } from './letter';
import { clean, pageOfHtml, pageOfText, type Page } from './page';

/** A mail as it was first written, whoever passed it on. */
export interface OpenMail {
  /** Of the mail that came in. */
  messageId: string | null;
  letter: Letter;
  subject: string;
  /** The main page, and the plain one beside it, if that says more. */
  page: Page;
  plain: Page | null;
  isForwarded: boolean;
  /** Whether the one who passed it on is the shopper. */
  isByShopper: boolean;
  at: Date;
  /** The day on which it was written, where it was written. */
  today: string;
}

const EARLIEST = Date.UTC(1990, 0);

export async function openMail(source: Buffer, context: MailContext): Promise<OpenMail> {
  const outer = await openLetter(source);
  const isByShopper =
    outer.from !== null && context.ownAddresses.some((own) => own.toLowerCase() === outer.from!.address);
  const inner = innermost(outer);
  const whole = pagesOf(inner ?? outer);
  const base = { messageId: outer.messageId, isByShopper };
  // A store's mail has no business quoting one: only what says that it is a forward, or comes from the shopper, is unwrapped.
  const mayQuote = isByShopper || isForwardSubject(outer.subject) || inner !== null;
  const quoted = mayQuote ? (quotedIn(whole.page) ?? (whole.plain && quotedIn(whole.plain))) : null;
  if (!quoted) {
    const letter = inner ?? outer;
    return {
      ...base,
      letter,
      subject: clean(withoutForward(letter.subject)),
      ...whole,
      isForwarded: inner !== null,
      ...when(letter, context),
    };
  }
  const letter = { ...(inner ?? outer), from: quoted.from ?? outer.from };
  const subject = clean(quoted.subject ?? withoutForward(outer.subject));
  const sent = when(letter, context);
  const today = quoted.date ? (dayWritten(quoted.date, sent) ?? sent.today) : sent.today;
  // Only the day is sure: the hour is written in the zone of whoever forwarded it.
  const at = today === sent.today ? sent.at : new Date(Math.min(Date.parse(`${today}T12:00:00Z`), sent.at.getTime()));
  return { ...base, letter, subject, page: quoted.page, plain: null, isForwarded: true, at, today };
}

function innermost(letter: Letter): Letter | null {
  const [first] = letter.embedded;
  return first ? (innermost(first) ?? first) : null;
}

function pagesOf({ html, text }: Letter): { page: Page; plain: Page | null } {
  const rich = html ? pageOfHtml(html) : null;
  const plain = text ? pageOfText(text) : null;
  if (rich && rich.lines.length > 0) return { page: rich, plain };
  return { page: plain ?? rich ?? { lines: [], links: [] }, plain: null };
}

function when({ date, dateWritten }: Letter, { now }: MailContext): { at: Date; today: string } {
  // A date to come is a false one, and so is one before stores wrote mails: no calendar of the database has some of them.
  const at = date && date.getTime() <= now.getTime() && date.getTime() >= EARLIEST ? date : now;
  return { at, today: localDay(at, at === date ? dateWritten : '') };
}

/** The day that a header's own zone had. */
function localDay(at: Date, written: string): string {
  const [, sign, hours, minutes] = /([+-])(\d{2})(\d{2})\s*(?:\(.*\))?\s*$/.exec(written) ?? [];
  const offset = sign ? Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) : 0;
  return new Date(at.getTime() + offset * 60_000).toISOString().slice(0, 10);
}

function dayWritten(written: string, { today }: { today: string }): string | null {
  const calendar: Calendar = { today, dayFirst: !/\b(?:am|pm)\b/i.test(written) };
  const found = daysIn(written.slice(0, 120), calendar).find(({ from }) => from <= today);
  return found?.from ?? null;
}
