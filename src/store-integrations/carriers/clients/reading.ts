import type { RemoteParcelStatus } from '../../protocols/store-api';
import type { AnswerReader } from '../../protocols/answer-reader';

/** A moment as carriers write it; one without an offset is taken for UTC. Null where it is none. */
export function momentIn(text: string | null): Date | null {
  const [, day, time = '00:00:00', offset = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?\s?(Z|[+-]\d\d:?\d\d)?$/.exec(text ?? '') ?? [];
  const moment = new Date(`${day}T${time}${offset}`);
  return day && !Number.isNaN(moment.getTime()) ? moment : null;
}

/** The day of one, as it is written there; null where it is none. */
export function dayIn(text: string | null): string | null {
  const day = /^\d{4}-\d\d-\d\d/.exec(text ?? '')?.[0];
  return day && !Number.isNaN(Date.parse(day)) ? day : null;
}

/** YYYYMMDD with dashes. */
export function dashed(text: string | null): string | null {
  return text && /^\d{8}$/.test(text) ? `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}` : null;
}

/** A place by its parts, those that are there. */
export function placeOf(...parts: AnswerReader[]): string | null {
  const names = parts.map((part) => part.textOrNull()).filter((name) => name !== null);
  return names.length > 0 ? [...new Set(names)].join(', ') : null;
}

const WORDS: readonly [RegExp, RemoteParcelStatus][] = [
  [/\breturn(?:ed|ing)?\b.{0,20}\bto (?:the )?(?:sender|shipper)|\breturned\b|devuelto/i, 'returned'],
  [
    /out for delivery|out with (?:the )?courier|on (?:\w+ )?vehicle for delivery|with delivery courier|en reparto/i,
    'out_for_delivery',
  ],
  [
    /not delivered|undeliver|could not be delivered|attempt|notice left|\bheld\b|exception|delayed|delay\b|damaged|\blost\b|alert|refused/i,
    'exception',
  ],
  [
    /pre-?shipment|label.{0,20}created|created a label|awaiting item|not received the package|information (?:received|sent)|shipping information|order (?:created|processed)|by shipping partner/i,
    'pre_transit',
  ],
  [/delivered|entregado|\bpicked up by (?:agent|customer|recipient)/i, 'delivered'],
];

/** What a carrier's words mean, where its code does not say. */
export function statusInWords(text: string): RemoteParcelStatus {
  return WORDS.find(([words]) => words.test(text))?.[1] ?? 'in_transit';
}
