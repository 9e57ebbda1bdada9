/** A longer header is no store's, and whoever proves a sender may not have read all of it. */
const LONGEST = 64 * 1024;

/**
 * The domain of a mail's only sender; null where there is none, or several. By the parser that reads the mail afterwards: of
 * several From fields one program takes the first and another the last, and then what was proved is not who is read. `source`:
 * all of the mail, or its whole header.
 */
export async function soleSenderOf(source: Buffer): Promise<string | null> {
  const start = source.subarray(0, LONGEST).toString('latin1');
  const end = /\r?\n\r?\n/.exec(start)?.index ?? (source.length < LONGEST ? source.length : null);
  if (end === null) return null;
  const header = start.slice(0, end);
  if ((header.match(/^from[ \t]*:/gim) ?? []).length !== 1) return null;
  const { simpleParser } = await import('mailparser');
  const { from } = await simpleParser(Buffer.from(`${header}\r\n\r\n`, 'latin1'));
  const addresses = from?.value ?? [];
  const address = addresses.length === 1 ? addresses[0]!.address : undefined;
  return address?.includes('@') ? address.slice(address.lastIndexOf('@') + 1).toLowerCase() : null;
}
