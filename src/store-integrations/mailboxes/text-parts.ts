import type { MessageStructureObject } from 'imapflow';

/** A part that is fetched, or several of them in their frame. */
export type PartPlan =
  | { kind: 'leaf'; key: string; maxLength: number }
  | { kind: 'frame'; subtype: string; key: string; parts: PartPlan[] };

/** Of all parts of a mail together, and of one. */
const MOST_BYTES = 512 * 1024;
const MOST_OF_ONE = 256 * 1024;
const MOST_PARTS = 30;
const DEEPEST = 10;

/**
 * What of a mail is fetched: texts, and mails that are in it (forwarded as they were); no attachment, picture or other file.
 * Null: nothing of it.
 */
export function planOf(structure: MessageStructureObject | undefined): PartPlan | null {
  const left = { bytes: MOST_BYTES, parts: MOST_PARTS };
  const visit = (node: MessageStructureObject, depth: number): PartPlan | null => {
    const type = node.type.toLowerCase();
    if (type.startsWith('multipart/')) {
      if (depth > DEEPEST) return null;
      const parts = (node.childNodes ?? []).flatMap((child) => visit(child, depth + 1) ?? []);
      return parts.length === 0 ? null : { kind: 'frame', subtype: subtypeOf(type), key: node.part ?? '', parts };
    }
    const isText = /^text\/(plain|html)$/.test(type) && node.disposition?.toLowerCase() !== 'attachment';
    if ((!isText && type !== 'message/rfc822') || left.parts === 0 || left.bytes <= 0) return null;
    const size = node.size ?? MOST_OF_ONE;
    if (type === 'message/rfc822' && size > MOST_OF_ONE) return null;
    const maxLength = Math.min(size, MOST_OF_ONE, left.bytes);
    left.bytes -= maxLength;
    left.parts -= 1;
    return { kind: 'leaf', key: node.part ?? '1', maxLength };
  };
  return structure === undefined ? null : visit(structure, 0);
}

/** Everything that is to be fetched for it; the header of a part is part of that. */
export function keysOf(plan: PartPlan): { key: string; maxLength: number }[] {
  if (plan.kind === 'frame') return plan.parts.flatMap(keysOf);
  const { key, maxLength } = plan;
  return [
    { key, maxLength },
    { key: `${key}.mime`, maxLength: 16 * 1024 },
  ];
}

/** The mail again, of its own header and what was fetched; what was not is not in it. */
export function rebuilt(header: Buffer, plan: PartPlan, parts: ReadonlyMap<string, Buffer>): Buffer {
  if (plan.kind === 'leaf') return Buffer.concat([ended(header), parts.get(plan.key) ?? Buffer.alloc(0)]);
  return Buffer.concat([withoutContent(header), framed(plan, parts, '0')]);
}

/** From its Content-Type on. */
function framed(plan: Extract<PartPlan, { kind: 'frame' }>, parts: ReadonlyMap<string, Buffer>, place: string): Buffer {
  const boundary = `=_muse-${place}-of-a-mail_=`;
  const pieces = plan.parts.flatMap((part, index): Buffer[] => {
    const body =
      part.kind === 'frame'
        ? framed(part, parts, `${place}.${index}`)
        : Buffer.concat([
            ended(parts.get(`${part.key}.mime`) ?? Buffer.alloc(0)),
            parts.get(part.key) ?? Buffer.alloc(0),
          ]);
    return [Buffer.from(`\r\n--${boundary}\r\n`), body];
  });
  const head = `Content-Type: multipart/${plan.subtype}; boundary="${boundary}"\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), ...pieces, Buffer.from(`\r\n--${boundary}--\r\n`)]);
}

/** A header with the empty line at its end. */
function ended(header: Buffer): Buffer {
  return Buffer.from(
    `${header.toString('latin1').replace(/(?:\r?\n)*$/, '')}\r\n\r\n`.replace(/^(?:\r\n)+/, '\r\n'),
    'latin1',
  );
}

/** Without what says of how many parts the mail is, and how they are encoded; without an empty line at its end. */
function withoutContent(header: Buffer): Buffer {
  const rest = header
    .toString('latin1')
    .replaceAll(/^content-(?:type|transfer-encoding):.*(?:\r?\n[ \t].*)*\r?\n/gim, '')
    .replace(/(?:\r?\n)*$/, '');
  return Buffer.from(`${rest}\r\n`, 'latin1');
}

function subtypeOf(type: string): string {
  const subtype = type.slice(type.indexOf('/') + 1);
  return /^[a-z0-9.+-]{1,40}$/.test(subtype) ? subtype : 'mixed';
}
