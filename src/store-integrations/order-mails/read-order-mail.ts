import { simpleParser } from 'mailparser';
import { parse } from 'tldts';
import type { MailContext, ReadMail } from './finding';

/** Reads one mail; runs in a worker thread (reading-worker.ts), because a hostile mail may take any time and memory. */
export async function readOrderMail(source: Buffer, _context: MailContext): Promise<ReadMail> {
  const mail = await simpleParser(source, { skipImageLinks: true, skipTextToHtml: true });
  const address = mail.from?.value[0]?.address?.toLowerCase();
  const domain = address && parse(address).domain;
  return {
    messageId: mail.messageId?.replace(/^<|>$/g, '') ?? null,
    from: address && domain ? { address, domain } : null,
    isForwarded: false,
    findings: [],
    nothingBecause: 'not_about_orders',
  };
}
