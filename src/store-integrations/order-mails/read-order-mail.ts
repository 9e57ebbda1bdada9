import type { MailContext, NothingBecause, ReadMail } from './finding';
import { findingsIn } from './findings';
import { senderOf } from './judge/sender';
import { openMail, type OpenMail } from './mime/open-mail';

/** Reads one mail; runs in a worker thread (reading-worker.ts), because a hostile mail may take any time and memory. */
export async function readOrderMail(source: Buffer, context: MailContext): Promise<ReadMail> {
  const mail = await openMail(source, context);
  const read = findingsIn(mail, context);
  return Array.isArray(read) ? answer(mail, context, read, null) : answer(mail, context, [], read);
}

function answer(
  { messageId, letter, isForwarded }: OpenMail,
  context: MailContext,
  findings: ReadMail['findings'],
  nothingBecause: NothingBecause | null,
): ReadMail {
  const sender = senderOf(letter.from, context);
  const from = sender && { address: sender.address, domain: sender.domain };
  return { messageId, from, isForwarded, findings, nothingBecause };
}
