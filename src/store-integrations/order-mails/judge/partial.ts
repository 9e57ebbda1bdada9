import { PARTIAL } from '../rules/rules';

const NTH =
  /\b(?:shipment|package|parcel|box|delivery|paquete|env[ií]o|bulto|caja|paket|colis) (?:n[º°.]+ ?|#)?(\d|one|two|three|un|dos) (?:of|de|von|sur|\/) ?([2-9]|two|three|four|dos|tres)\b/giu;
const ONES: Record<string, string> = { one: '1', un: '1', two: '2', dos: '2', three: '3', tres: '3', four: '4' };

/** The sentence that says that only some of an order's goods are meant; null: all of them. */
export function partialIn(subject: string, sentences: string[]): string | null {
  const said = [subject, ...sentences];
  const nth = said.flatMap((one) =>
    [...one.matchAll(NTH)].map((match) => ({ one, which: digit(match[1]!), of: digit(match[2]!) })),
  );
  // "Package 1 of 2" and "2 of 2" in one mail are the whole.
  const first = nth.find(({ of }) => new Set(nth.map(({ which }) => which)).size < Number(of));
  return first?.one ?? said.find((one) => PARTIAL.some((pattern) => pattern.test(one))) ?? null;
}

function digit(word: string): string {
  return ONES[word.toLowerCase()] ?? word;
}
