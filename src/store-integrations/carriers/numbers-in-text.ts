import { CARRIERS, type CarrierCode } from './carriers';
import type { TrackedNumber } from './tracking-links';
import { carriersOfNumber, detectCarrier, normalNumber, parcelNumber, type NumberContext } from './tracking-numbers';

/** How far around a number its carrier's name, or the word for what it is, may stand. */
const BEFORE = 120;
const AFTER = 60;
const MOST_NUMBERS = 50;
const MOST_CANDIDATES = 5_000;
const MOST_TEXT = 500_000;

const LABEL =
  /track(?:ing|ed)?\b|\btrk\b|seguimiento|rastreo|gu[ií]a\b|n[uú]mero de env[ií]o|\bsuivi\b|colis\b|sendung|paket|waybill|airbill|consignment|\bawb\b|shipment (?:number|id|#)|parcel (?:number|id|#)|numer[oi] di spedizione/i;
/** Right before a number these say that it is something else. */
const OTHER =
  /(?:order|pedido|orden|compra|invoice|factura|customer|cliente|account|cuenta|reference|referencia|phone|tel[eé]fono|tel|call|llam[ae]|sku|item|art[ií]culo|card|tarjeta|commande|bestell\w*|auftrag\w*|rechnung\w*)\s*(?:number|n[uú]mero|num|no|nr|id|n[º°])?\s*[.:#º°\s]*(?:is|es)?\s*$/i;

const CANDIDATE = new RegExp(
  [
    String.raw`\b1[Zz](?:[ -]?[0-9A-Za-z]){16}\b`,
    String.raw`\b[A-Z]{2}[ -]?\d{2,3}(?:[ -]?\d{3}){2}[ -]?\d?[ -]?[A-Z]{2}\b`,
    String.raw`\b[A-Z]{2} ?\d{4} ?\d{4} ?\d ?[A-Z]{2}\b`,
    String.raw`\b(?=[A-Z0-9]*\d[A-Z0-9]*\d)[A-Z0-9]{8,40}(?:-1)?\b`,
    String.raw`\b\d(?:[ ]?\d){8,39}\b`,
  ].join('|'),
  'g',
);

/**
 * The tracking numbers in a text, each once, in their order there. `context`: carriers that are known from outside it (who
 * sent it, where its links lead). Bare digits count only beside their carrier's name or a word for what they are, in a text
 * where their carrier is named; never where the words before them say that they are something else.
 */
export function numbersInText(text: string, context: Pick<NumberContext, 'carriers'> = {}): TrackedNumber[] {
  const found = new Map<string, TrackedNumber>();
  let candidates = 0;
  for (const { 0: match, index } of flat(text.slice(0, MOST_TEXT)).matchAll(CANDIDATE)) {
    for (const [candidate, at] of readings(match, index)) {
      const one = numberAt(text, candidate, at, context.carriers ?? []);
      if (!one) continue;
      const key = parcelNumber(one.trackingNumber);
      if (!found.has(key)) found.set(key, one);
      break;
    }
    if (found.size >= MOST_NUMBERS || (candidates += 1) >= MOST_CANDIDATES) break;
  }
  return [...found.values()];
}

/** The carriers that a text names, each once: by names that mean nothing else. */
export function carriersInText(text: string): CarrierCode[] {
  const squeezed = text.slice(0, MOST_TEXT).replaceAll(/\s+/g, ' ');
  return [...new Set(NAMES.filter(({ pattern }) => pattern.test(squeezed)).map(({ code }) => code))];
}

/** Names that are words of their own in other texts are none here: nobody is followed for a zoom or a hermes. */
const NOT_BY_NAME: ReadonlySet<string> = new Set([
  ...['zoom', 'post', 'hermes', 'amazon', 'us mail', 'u s mail', 'on trac', 'fed ex'],
]);
/** Written small they are parts of other words ("sign-ups"), or other words ("correos"). */
const MOST_OF_SHORT = 7;
const NAMES = (Object.keys(CARRIERS) as CarrierCode[]).flatMap((code) =>
  [CARRIERS[code].name, ...CARRIERS[code].aliases]
    .filter((name) => !NOT_BY_NAME.has(name.toLowerCase()))
    .map((name) => ({ code, pattern: patternOf(name) })),
);

function patternOf(name: string): RegExp {
  const source = name.replaceAll(/[^\p{L}\p{N}]+/gu, '[\\s-]?');
  const isShort = name.length <= MOST_OF_SHORT && !name.includes(' ');
  const names = isShort ? `${capital(source)}|${source.toUpperCase()}` : source;
  return new RegExp(`(?<![\\p{L}\\p{N}-])(?:${names})(?![\\p{L}\\p{N}])`, isShort && name !== 'FedEx' ? 'u' : 'iu');
}

function capital(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}

/** The same text, so long, with every space a plain one. */
function flat(text: string): string {
  return text.replaceAll(/[\s\u00a0\u2007\u202f]/g, ' ');
}

/** As one, and where digits stand in groups also the longest rows of them: two numbers may stand side by side. */
function readings(match: string, index: number): [candidate: string, at: number][] {
  const whole: [string, number] = [match, index];
  if (!/^[\d ]+$/.test(match) || !match.includes(' ')) return [whole];
  return [
    whole,
    ...[...match.matchAll(/\d{9,}/g)].map(({ 0: part, index: at }): [string, number] => [part, index + at]),
  ];
}

function numberAt(text: string, candidate: string, at: number, known: readonly CarrierCode[]): TrackedNumber | null {
  if (carriersOfNumber(candidate).length === 0) return null;
  const before = text.slice(Math.max(0, at - BEFORE), at);
  const after = text.slice(at + candidate.length, at + candidate.length + AFTER);
  const isLabelled = LABEL.test(before);
  const near = carriersInText(`${before} ${after}`);
  const match = detectCarrier(candidate, { carriers: isLabelled ? [...near, ...known] : near, isLabelled });
  if (!match) return null;
  const isPlain = match.needs !== 'itself';
  // A telephone number, an amount, a part of a web address, or what the words call it.
  if (isPlain && (OTHER.test(before.slice(-40)) || /(?:[+$€£]\s?|[/=&?.@_-])$/.test(before) || /^[/@=_%]/.test(after)))
    return null;
  return { carrier: match.carrier, trackingNumber: normalNumber(candidate) };
}
