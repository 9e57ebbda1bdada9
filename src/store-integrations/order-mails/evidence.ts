import type { MailEvidence } from './finding';

const MOST = 120;
const E_MAIL = /[^\s<>"'()[\]:;,]{1,64}@[^\s<>"'()[\]:;,]{3,255}/gu;
// A house number with its street, a place with its postcode: where somebody lives.
const STREET =
  /\b\d{1,5} [\p{Lu}][\p{L}.' ]{2,40}\b(?:st|street|ave|avenue|rd|road|ln|lane|dr|drive|blvd|way|row|ct|court|mews|terrace|close)\b\.?|\b(?:calle|c\/|avda?\.?|avenida|paseo|plaza|col\.)\s[^,\t]{3,40}|\b[A-Z]{2},? \d{5}(?:-\d{4})?\b/giu;

/** A piece of the mail that shows why, short and without anybody's address. */
export function evidence(of: string, by: MailEvidence['by'], excerpt: string, ruleId?: string): MailEvidence {
  const plain = excerpt
    .replace(/[\uE000-\uE002\t]/g, ' ')
    .replace(E_MAIL, '…')
    .replace(STREET, '…')
    .replace(/\s+/g, ' ')
    .trim();
  return { of, by, ...(ruleId && { ruleId }), excerpt: plain.slice(0, MOST) };
}
