import { label } from '../rules/rules';

export interface Quantity {
  quantity: number;
  /** Where it stands with the name in one cell: "2 × Candle". */
  name: string | null;
  /** It may as well be a size: counts only where nothing in the mail says a quantity better. */
  isWeak: boolean;
  /** "Cream / M / Qty 1": what stands before the word may be the sort only. */
  isWorded?: boolean;
}

const WORD = label('quantity');
const WEAK: RegExp[] = [
  // 2 Blue Candle $20.00
  /^(?<n>\d{1,2})\s+(?<name>\p{Lu}.{3,}?)\s+\p{Sc}\s?[\d.,]+$/u,
  // (2) Plates · 1 - Dishwasher · Mat 6 mm (1)
  /^(?:[-*•·]\s*)?\((?<n>\d{1,3})\)\s*(?<name>\p{L}.{3,})$/u,
  /^(?:[-*•·]\s*)?(?<n>\d{1,2})\s[–—-]\s(?<name>\p{L}.{4,})$/u,
  /^(?<name>.*\p{L}.{2,}?)\s*\((?<n>\d{1,2})\)(?<rest>\s*(?:[\p{Sc}@=–-].*)?)$/u,
];
const FORMS: RegExp[] = [
  // Qty: 2 · Quantity 2 · Qty 2 of 2
  new RegExp(`^[^\\p{L}\\d]*(?:${WORD})[\\s.:#x×-]*(?<n>\\d{1,4})(?!\\d|[.,]\\d)(?<rest>.*)$`, 'iu'),
  // Candle (Qty: 2) · Black, Medium, Qty: 2
  new RegExp(`^(?<name>.+?)[\\s,;|/(·•-]+(?:${WORD})[\\s.:#x×]*(?<n>\\d{1,4})\\)?(?!\\d|[.,]\\d)(?<rest>.*)$`, 'iu'),
  /^[x×]\s?(?<n>\d{1,3})$/iu,
  /^(?<n>\d{1,3})\s?[x×]$/iu,
  // $118 × 1 · 2 × 39,95 € · *2
  /^[^\p{L}\d]*\p{Sc}\s?[\d.,' ]+\s?[x×*]\s?(?<n>\d{1,3})$/u,
  /^[\d.,' ]+\s?\p{Sc}\s?[x×*]\s?(?<n>\d{1,3})$/u,
  /^(?<n>\d{1,3})\s?[x×*@]\s?(?:\p{Sc}\s?[\d.,' ]+|[\d.,' ]+\s?(?:\p{Sc}|[A-Z]{3}\b))(?<rest>\s*=?.*)$/u,
  /^[*]\s?(?<n>\d{1,3})$/u,
  /^(?<n>\d{1,3}) (?:at|for|a|à|zu je|por) \p{Sc}\s?[\d.,]+(?<rest>.*)$/iu,
  /^[x×]\s?(?<n>\d{1,2})\s+(?<name>\p{L}.{2,})$/iu,
  // 2 × Candle · 1 ud. – Candle
  /^(?:[-*•·]\s*)?\(?(?<n>\d{1,3})\)?\s?[x×*]\s+(?<name>\p{L}.{2,}|["'(¡]?\d*\p{L}.{2,})$/iu,
  /^(?:[-*•·]\s*)?(?<n>\d{1,3})[x×]\s*(?<name>\p{Lu}.{2,})$/u,
  /^(?:[-*•·]\s*)?(?<n>\d{1,3})\s(?:uds?\.?|un\.?|unidad(?:es)?|pcs?\.?|pieces?|pz(?:as?)?\.?|stk\.?|stück|units?)(?!\p{L})\s*(?:[–—:-]|de\b|of\b)?\s*(?<name>\p{L}.{3,})$/iu,
  // Candle × 2 · Candle (x2) · Candle x2 $4.00; "28 x 27" is a size.
  /^(?<name>.{3,}?[\p{L})"'.])(?:\s+\(?[x×]\s?|\s*\(?×\s?|\s*\([x×]\s?)(?<n>\d{1,3})\)?(?!\s?[x×\d]|["'\p{L}]|\s?(?:cm|mm|in|inch|ft|m)\b)(?<rest>\s*(?:[\p{Sc}@=–-].*)?)$/iu,
  /^(?<name>.{3,}?\d)\s+\(?[x×](?<n>\d{1,2})\)?(?!\s?[x×\d]|["'\p{L}])(?<rest>\s*(?:[\p{Sc}@=–-].*)?)$/iu,
  // Shelf – 2 Stück
  /^(?<name>.*\p{L}.{2,}?)[\s,–—-]+\(?(?<n>\d{1,3}) (?:unidad(?:es)?|uds?\.?|units?|pcs?\.?|pieces?|pzas?\.?|stück|stk\.?)\)?$/iu,
  // 2 unidades · 1 unit · 3 pcs
  /^\(?(?<n>\d{1,3}) ?(?:unidad(?:es)?|uds?\.?|un\.?|u\.|units?|pcs?\.?|pieces?|pieza(?:s)?|pz(?:as?)?\.?|stück|stk\.?|st\.|unités?|pièces?|items?|ea\.?|each)\)?$/iu,
];
const NOT_GOODS = /^(?:total|number of|packages?|no\.|order|subtotal|items? in|items)\b/iu;

/** How many, where a cell says so. */
export function quantityIn(cell: string): Quantity | null {
  if (cell.length > 220 || !/\d/.test(cell)) return null;
  for (const form of [...FORMS, ...WEAK]) {
    const match = form.exec(cell);
    const quantity = Number(match?.groups?.n);
    if (!match || !(quantity > 0) || quantity > 500) continue;
    const name = match.groups!.name?.replace(/[\s,;|(·•-]+$/u, '').trim() ?? null;
    if (name !== null && NOT_GOODS.test(name)) return null;
    return { quantity, name, isWeak: WEAK.includes(form), isWorded: form === FORMS[1] };
  }
  return null;
}
