import { label } from '../rules/rules';
import { pricesIn, type MoneyHabits } from './money';
import { quantityIn } from './quantity';

const ATTRIBUTE = new RegExp(`^[^\\p{L}]*(?:${label('attribute')})(?![\\p{L}])\\s*(?:[:#.=]|\\s?\\d|$)`, 'iu');
const SUMMARY = new RegExp(`^[^\\p{L}]*(?:${label('summary')})(?![\\p{L}])\\s*(?:[:(\\t]|$)`, 'iu');
const LABELLED = /^[\p{L} .º°]{2,28}:\s*\S/u;
const HEADING =
  /^(?:(?:your |order |the )?(?:items?|order|shipment|package|products?|purchase)(?: (?:details|summary|ordered|shipped|in (?:this|your) \p{L}+|information|list|number|date|confirmation|status|#).*)?|(?:what (?:you|we).*)|(?:in this (?:package|shipment|order).*)|(?:package|shipment|box) \d.*|(?:order|pedido|compra|orden) ?(?:#|n|no|date|id).*|(?:resumen|detalles?|art[ií]culos?|productos?)(?: .*)?|(?:track|view|manage|see|check|go to|start|visit|shop|ver|rastrear|seguir|consulta) .*|(?:ship(?:ping|ped)?|deliver(?:y|ed|s)?|bill(?:ing)?|sold|arriv\p{L}+|estimated|expected|get it|env[ií]o|entrega|direcci[oó]n|llega) .*|hi\b.*|hello\b.*|hola\b.*|dear\b.*|thanks?\b.*|gracias\b.*)$/iu;

/** "Nº de pedido 5412…", "Tracking number: 1Z…" */
const NUMBERED =
  /(?:n[º°.]|n[uú]m|number|\bno\b|order|pedido|compra|orden|track|seguimiento|rastreo|gu[ií]a|transaction|invoice|factura|reference|referencia)[^\p{L}]*(?:[\p{L}.º°]+[^\p{L}\d]*){0,3}[A-Z0-9-]*\d{4,}/iu;

const OF_ORDER =
  /(?:order|pedido|compra|orden|track\p{L}*|seguimiento|rastreo|gu[ií]a)[^\p{L}]*(?:[\p{L}.º°]+[^\p{L}\d]*){0,2}[A-Z0-9-]*\d{4,}/iu;

/** Whether a cell can be the name of goods: words, not an amount, a label or a sentence. */
export function isName(cell: string): boolean {
  const text = cell.trim();
  const letters = text.replace(/[^\p{L}]/gu, '').length;
  if (text.length < 3 || text.length > 220 || letters < 3 || letters < text.length / 4) return false;
  return !NUMBERED.test(text) && !ATTRIBUTE.test(text) && !SUMMARY.test(text) && !/^https?:|@\S+\.\S/.test(text);
}

/** Of the lines above a quantity or a price the one that names the goods. */
export function bestName(lines: string[], habits: MoneyHabits, isNamed: (name: string) => number): string | null {
  const block = blockOf(lines);
  const candidates = block.flatMap(({ line, at }) =>
    line.split('\t').flatMap((cell) => {
      if (!isName(cell) || pricesIn(cell, habits).length > 0 || quantityIn(cell) !== null) return [];
      const words = cell.split(/\s+/).length;
      const isSentence = words > 6 && /[.!?]$/.test(cell);
      const looksLikeAttribute =
        words <= 4 && (/^[^,/|]{1,24}(?:\s?[,/|]\s?[^,/|]{1,24}){1,3}$/.test(cell) || /^\d/.test(cell));
      const score =
        isNamed(cell) +
        Math.min(words, 6) * 0.6 -
        (looksLikeAttribute ? 2.5 : 0) -
        (isSentence ? 4 : 0) -
        at * 0.25 -
        (LABELLED.test(cell) ? 2 : 0);
      return [{ cell, score }];
    }),
  );
  return candidates.sort((a, b) => b.score - a.score)[0]?.cell ?? null;
}

/** The lines that belong to the last of the goods: from below the last heading or sum on. */
function blockOf(lines: string[]): { line: string; at: number }[] {
  let from = 0;
  lines.forEach((line, at) => {
    const isEdge =
      OF_ORDER.test(line) ||
      SUMMARY.test(line) ||
      HEADING.test(line) ||
      (line.length > 90 && /[.!?]$/.test(line)) ||
      /^[-=_*\s]{5,}$/.test(line);
    if (isEdge) from = at + 1;
  });
  return lines.slice(from).map((line, at) => ({ line, at }));
}
