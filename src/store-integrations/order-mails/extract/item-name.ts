import { WORDS, label } from '../rules/rules';
import { pricesIn, type MoneyHabits } from './money';
import { quantityIn } from './quantity';

const ATTRIBUTE = new RegExp(`^[^\\p{L}]*(?:${label('attribute')})(?![\\p{L}])\\s*(?:[:#.=]|\\s?\\d|$)`, 'iu');
const SUMMARY = new RegExp(`^[^\\p{L}]*(?:${label('summary')})(?![\\p{L}])\\s*(?:[:(\\t]|$)`, 'iu');
const LABELLED = /^[\p{L} .º°]{2,28}:\s*\S/u;
const HEADING =
  /^(?:(?:your |order |the )?(?:items?|order|shipment|package|products?|purchase)(?: (?:details|summary|ordered|shipped|in (?:this|your) \p{L}+|information|list|number|date|confirmation|status|#).*)?|(?:what (?:you|we).*)|(?:in this (?:package|shipment|order).*)|(?:package|shipment|box) \d.*|(?:order|pedido|compra|orden) ?(?:#|n|no|date|id).*|(?:resumen|detalles?|art[ií]culos?|productos?)(?: .*)?|(?:track|view|manage|see|check|go to|start|visit|shop|ver|rastrea[r]?|seguir|sigue|consultar?|localizar?|gestionar?|cancelar?|devolver|descargar?|cancel|return|exchange|write|buy again|reorder|leave|rate|contact|download|print|edit|change|need|questions?|comprar) .*|(?:ship(?:ping|ped)?|deliver(?:y|ed|s)?|bill(?:ing)?|sold|arriv\p{L}+|estimated|expected|get it|env[ií]o|entrega|direcci[oó]n|llega|recibe)[ :].*|hi\b.*|hello\b.*|hola\b.*|dear\b.*|thanks?\b.*|gracias\b.*)$/iu;

/** "Nº de pedido 5412…", "Tracking number: 1Z…" */
const NUMBERED =
  /(?:n[º°.]|n[uú]m|number|\bno\b|order|pedido|compra|orden|track|seguimiento|rastreo|gu[ií]a|transaction|invoice|factura|reference|referencia)[^\p{L}]*(?:[\p{L}.º°]+[^\p{L}\d]*){0,3}[A-Z0-9-]*\d{4,}/iu;

const OF_ORDER =
  /(?:order|pedido|compra|orden|track\p{L}*|seguimiento|rastreo|gu[ií]a|bestell\p{L}*|sendung\p{L}*|auftrag\p{L}*|commande|suivi)[^\p{L}]*(?:[\p{L}.º°]+[^\p{L}\d]*){0,2}[A-Z0-9-]*\d{4,}/iu;

const STATE =
  /^[^\p{L}]*(?:cancell?ed|refunded|returned|shipped|delivered|delayed|confirmed|processing|sold out|out of stock|unavailable|items?|enviad[oa]s?|cancelad[oa]s?|entregad[oa]s?|reembolsad[oa]s?|agotad[oa]s?)(?: items?)?[^\p{L}\d]*$/iu;
const DATED =
  /(?<!\p{L})(?:arriv|deliver|expected|estimat|dates?(?!\p{L})|placed|llega|recib|entrega|fecha|liefer|livr|zugestellt)/iu;
/** Speaks to the shopper: no name of goods does. */
const PROSE =
  /(?<!\p{L})(?:you|your|yours|you'll|we|we've|we're|we'll|our|us|tu|tus|te|nuestr[oa]s?|hemos|usted|du|dein\p{L}*|ihr\p{L}{0,2}|wir|unser\p{L}*|vous|votre|vos|nous|notre)(?!\p{L})/iu;
const HAS_ATTRIBUTE = /(?:^|[,/|;] ?)(?:size|talla|colou?r|gr[öo][ßs]e|farbe|taille|sku)\b/iu;

const TIME_WORDS = new RegExp(
  `(?<!\\p{L})(?:${[...WORDS.months.flat(), ...WORDS.weekdays.flat(), ...WORDS.today, ...WORDS.tomorrow].join('|')}|by|on|at|from|to|and|until|before|el|entre|y|al|de|del|am|pm|st|nd|rd|th|h)(?!\\p{L})`,
  'giu',
);
/** "By Mon 23 Nov" */
const isTime = (text: string) => /\d/.test(text) && !/\p{L}/u.test(text.replace(TIME_WORDS, ''));

/** The heading of a column. */
const COLUMN = new RegExp(`^(?:${label('item')}|${label('quantity')}|${label('price')}|extended|size|each)s?$`, 'iu');

/** Whether a cell can be the name of goods: words, not an amount, a label or a sentence. */
export function isName(cell: string): boolean {
  const text = cell.trim();
  const letters = text.replace(/[^\p{L}]/gu, '').length;
  if (text.length < 3 || text.length > 220 || letters < 3 || letters < text.length / 4) return false;
  return (
    !isTime(text) &&
    !COLUMN.test(text) &&
    !NUMBERED.test(text) &&
    !ATTRIBUTE.test(text) &&
    !SUMMARY.test(text) &&
    !/^https?:|@\S+\.\S/.test(text)
  );
}

/** "Cream / M", "Black, Medium", "Size 10": what sort of the goods. */
export function isAttribute(cell: string): boolean {
  const words = (cell.match(/[\p{L}\p{N}][\p{L}\p{N}'.-]*/gu) ?? []).length;
  const isList = words <= 5 && /^[^,/|]{1,24}(?:\s?[,/|]\s?[^,/|]{1,24}){1,3}$/.test(cell);
  return isList || HAS_ATTRIBUTE.test(cell);
}

/** A cell that may name goods, and how much speaks for it. */
export interface Candidate {
  cell: string;
  score: number;
  /** How many others stand between it and the quantity. */
  fromEnd: number;
}

/** The cells above a quantity or a price that may name what it is of. */
export function candidatesIn(lines: string[], habits: MoneyHabits, isNamed: (name: string) => number): Candidate[] {
  const cells = blockOf(lines).flatMap((line) => line.split('\t'));
  const names = cells.filter(
    (cell) => isName(cell) && pricesIn(cell, habits).length === 0 && quantityIn(cell) === null,
  );
  return names.map((cell, at) => {
    const words = (cell.match(/[\p{L}\p{N}][\p{L}\p{N}'.-]*/gu) ?? []).length;
    const isSentence = words > 3 && /[.!?]$/.test(cell) && !/\b(?:in|oz|lb|pk|pc|ct|co|inc)\.$/i.test(cell);
    const isSide = isAttribute(cell) || /^\d/.test(cell);
    const against = (isSide ? 2.5 : 0) + (isSentence ? 4 : 0) + (LABELLED.test(cell) ? 2 : 0);
    // A brand is a name alone; goods are told apart by more.
    const isTold = /\d|\s[–—-]\s|[,"(]/.test(cell) && !isSide ? 0.8 : 0;
    const score = isNamed(cell) + Math.min(words, 6) * 0.6 + isTold - at * 0.7 - against;
    return { cell, score, fromEnd: names.length - 1 - at };
  });
}

/** One name for each: goods of one mail are laid out alike, so what stands at the same place in all of them is it. */
export function namesOf(blocks: Candidate[][]): (string | null)[] {
  const places = [...new Set(blocks.flatMap((block) => block.map(({ fromEnd }) => fromEnd)))];
  const at = (block: Candidate[], place: number) => block.find(({ fromEnd }) => fromEnd === place);
  const sum = (place: number) => blocks.reduce((total, block) => total + (at(block, place)?.score ?? -1.5), 0);
  const best = places.sort((a, b) => sum(b) - sum(a))[0] ?? 0;
  return blocks.map((block) => {
    const own = [...block].sort((a, b) => b.score - a.score)[0];
    const common = at(block, best);
    return (common && own && common.score > own.score - 2.6 ? common : own)?.cell ?? null;
  });
}

/** The lines that belong to the last of the goods: from below the last heading or sum on. */
function blockOf(lines: string[]): string[] {
  const last = lines.findLastIndex(
    (line) =>
      OF_ORDER.test(line) ||
      SUMMARY.test(line) ||
      HEADING.test(line) ||
      STATE.test(line) ||
      (line.length > 90 && /[.!?]$/.test(line)) ||
      /^[-=_*\s]{5,}$/.test(line) ||
      PROSE.test(line) ||
      // A line with a day is of the delivery or the order.
      (DATED.test(line) && /\d/.test(line)),
  );
  return lines.slice(last + 1);
}
