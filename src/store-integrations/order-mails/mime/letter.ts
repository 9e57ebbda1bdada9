import { simpleParser, type ParsedMail } from 'mailparser';

/** The depth to which messages in messages are opened: a forward of a forward. */
const MOST_NESTED = 3;

export interface Person {
  name: string;
  /** Lower case. */
  address: string;
}

/** A message taken out of its MIME, nothing understood yet. */
export interface Letter {
  messageId: string | null;
  from: Person | null;
  replyTo: Person | null;
  subject: string;
  date: Date | null;
  /** As it stands in the header, with its zone. */
  dateWritten: string;
  text: string | null;
  html: string | null;
  /** Messages that hang on it whole (message/rfc822): a forward "as attachment". */
  embedded: Letter[];
}

/** Throws whatever a broken message makes of the library: the caller's thread treats it as unreadable. */
export async function openLetter(source: Buffer, depth = 0): Promise<Letter> {
  const mail = await simpleParser(source, {
    ...{ skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true, skipTextLinks: true },
    ...({ ignoreEmbedded: true } as object),
  });
  const inner = depth < MOST_NESTED ? mail.attachments.filter(isMessage).slice(0, 2) : [];
  return {
    messageId: mail.messageId?.replace(/^<+|>+$/g, '').slice(0, 998) || null,
    from: personOf(mail.from),
    replyTo: personOf(mail.replyTo),
    subject: mail.subject ?? '',
    date: mail.date && !Number.isNaN(mail.date.getTime()) ? mail.date : null,
    dateWritten:
      mail.headerLines
        .find(({ key }) => key === 'date')
        ?.line.slice(5, 200)
        .trim() ?? '',
    text: mail.text || null,
    html: mail.html || null,
    embedded: await Promise.all(inner.map(({ content }) => openLetter(content, depth + 1))),
  };
}

function isMessage({ contentType, filename }: { contentType: string; filename?: string }): boolean {
  return contentType === 'message/rfc822' || /\.eml$/i.test(filename ?? '');
}

function personOf(header: ParsedMail['from']): Person | null {
  const first = header?.value.flatMap((one) => (one.address ? [one] : (one.group ?? []))).find((one) => one.address);
  return first ? { name: first.name.trim().slice(0, 200), address: first.address!.toLowerCase().slice(0, 320) } : null;
}
