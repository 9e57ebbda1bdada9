import { isISO31661Alpha2 } from 'class-validator';
import { POST_OF, type CarrierCode } from './carriers';
import { hasMod10, hasMod10OfLetters, hasMod11, hasMod11Of317, hasMod7 } from './check-digits';

/**
 * What makes a string of that form a tracking number: `itself` (nothing else looks so), `label` (a word such as "tracking
 * number" before it, or its carrier), `carrier` (its carrier, from the sender, a link's host or a word near by).
 */
export type Needs = 'itself' | 'label' | 'carrier';

/** A carrier whose number a string can be. */
export interface NumberMatch {
  carrier: CarrierCode;
  needs: Needs;
  /** Whether its form has a check digit, which is right. */
  isChecked: boolean;
  /** Of international post: whose, ISO 3166-1 alpha-2. */
  country?: string;
}

interface Format {
  carrier: CarrierCode;
  form: RegExp;
  needs: Needs;
  /** Null: the form has no check digit, or none that is published. */
  check: ((number: string) => boolean) | null;
}

const ROUTED = /^420\d{5}(?:\d{4})?(9[1-5]\d{20}(?:\d{4})?)$/;
const GROUND_96 = /^96\d{5}(\d{15})$/;
const S10 = /^[A-Z]{2}(\d{9})([A-Z]{2})$/;

/** The surest of those that share a form comes first. */
const FORMATS: readonly Format[] = [
  {
    carrier: 'ups',
    form: /^1Z[0-9A-Z]{15}\d$/,
    needs: 'itself',
    check: (number) => hasMod10OfLetters(number.slice(2)),
  },
  { carrier: 'ups', form: /^T\d{10}$/, needs: 'carrier', check: null },
  { carrier: 'amazon', form: /^TB[ACM]\d{12}$/, needs: 'itself', check: null },
  { carrier: 'ontrac', form: /^[CD]\d{14}$/, needs: 'itself', check: hasMod10OfLetters },
  { carrier: 'lasership', form: /^1LS7[12]\d{10}(?:\d-?1|\d{2})?$/, needs: 'itself', check: null },
  { carrier: 'lasership', form: /^1LS\d{12,15}$/, needs: 'label', check: null },
  { carrier: 'lasership', form: /^LX\d{8}$/, needs: 'label', check: null },
  { carrier: 'dhl', form: /^(?:JJD|JVGL)\d{9,20}$/, needs: 'itself', check: null },
  { carrier: 'dhl', form: /^JD\d{18}$/, needs: 'itself', check: null },
  { carrier: 'dhl_ecommerce', form: /^GM\d{16,20}$/, needs: 'itself', check: null },
  // Twenty-two digits and more that begin so and whose check digit is right: one in some hundreds of thousands by chance.
  {
    carrier: 'usps',
    form: /^(?:420\d{5}(?:\d{4})?)?9[1-5]\d{20}(?:\d{4})?$/,
    needs: 'label',
    check: (number) => hasMod10(parcelNumber(number)),
  },
  { carrier: 'fedex', form: /^92\d{20}$/, needs: 'carrier', check: hasMod10 },
  {
    carrier: 'dhl_ecommerce',
    form: /^(?:420\d{5}(?:\d{4})?)?9[1-5]\d{20}(?:\d{4})?$/,
    needs: 'carrier',
    check: (number) => hasMod10(parcelNumber(number)),
  },
  { carrier: 'fedex', form: /^96\d{20}$/, needs: 'label', check: (number) => hasMod10(number.slice(7)) },
  {
    carrier: 'fedex',
    form: /^(?:100\d|96[23]\d)\d{30}$/,
    needs: 'label',
    check: (number) => hasMod11Of317(number.slice(20)),
  },
  {
    carrier: 'usps',
    form: /^(?:03|7[0-9]|8[1-9]|23)\d{18}$/,
    needs: 'carrier',
    // Older ones count what their barcode begins with, or do not.
    check: (number) => hasMod10(`91${number}`) || hasMod10(number),
  },
  { carrier: 'fedex', form: /^\d{20}$/, needs: 'carrier', check: (number) => hasMod10(`92${number}`) },
  { carrier: 'dhl', form: /^00\d{18}$/, needs: 'carrier', check: hasMod10 },
  { carrier: 'fedex', form: /^\d{15}$/, needs: 'carrier', check: hasMod10 },
  { carrier: 'fedex', form: /^\d{12}$/, needs: 'carrier', check: hasMod11Of317 },
  { carrier: 'canada_post', form: /^\d{16}$/, needs: 'carrier', check: hasMod10 },
  { carrier: 'dhl', form: /^\d{10,11}$/, needs: 'carrier', check: hasMod7 },
  { carrier: 'laposte', form: /^\d[A-Z]\d{11}$/, needs: 'carrier', check: null },
  { carrier: 'correos', form: /^P[A-Z0-9]{6}\d{10,15}[A-Z]?$/, needs: 'carrier', check: null },
  { carrier: 'dpd', form: /^\d{14}[0-9A-Z]?$/, needs: 'carrier', check: null },
  { carrier: 'gls', form: /^(?:\d{11,12}|[A-Z0-9]{8})$/, needs: 'carrier', check: null },
  { carrier: 'evri', form: /^(?:[A-Z]\d{2}[A-Z0-9]{2}[A-Z]\d{10}|\d{16})$/, needs: 'carrier', check: null },
  { carrier: 'purolator', form: /^(?:\d{12}|[A-Z]{3}\d{9})$/, needs: 'carrier', check: null },
  { carrier: 'seur', form: /^\d{10,14}$/, needs: 'carrier', check: null },
  { carrier: 'mrw', form: /^\d{11,13}$/, needs: 'carrier', check: null },
  { carrier: 'zoom', form: /^\d{9,12}$/, needs: 'carrier', check: null },
];

/** A tracking number as written, in capitals and without spaces, dashes and dots. */
export function normalNumber(text: string): string {
  return text.toUpperCase().replaceAll(/[^0-9A-Z]/g, '');
}

/**
 * By which a parcel is the same whatever its carrier is called and however its number is written: without the postcode that
 * USPS puts before it, or what FedEx Ground's label has around it.
 */
export function parcelNumber(text: string): string {
  const number = normalNumber(text);
  const ground = GROUND_96.exec(number)?.[1];
  if (ground && hasMod10(ground)) return ground;
  return ROUTED.exec(number)?.[1] ?? number;
}

/** Whose number it can be, the surest first; none where a check digit is wrong or nothing looks so. */
export function carriersOfNumber(text: string): NumberMatch[] {
  const number = normalNumber(text);
  // The same digit over and over passes many checks, and is nobody's number.
  if (/^(?:[A-Z]{0,3})(\d)\1+[A-Z]{0,2}$/.test(number)) return [];
  const matches: NumberMatch[] = [];
  const post = S10.exec(number);
  if (post && hasMod11(post[1]!) && isISO31661Alpha2(post[2]))
    matches.push({ carrier: POST_OF[post[2]!] ?? 'post', needs: 'itself', isChecked: true, country: post[2]! });
  for (const { carrier, form, needs, check } of FORMATS) {
    if (!form.test(number) || matches.some((one) => one.carrier === carrier)) continue;
    if (check === null || check(number)) matches.push({ carrier, needs, isChecked: check !== null });
  }
  return matches;
}

/** What else is known where a number stands. */
export interface NumberContext {
  /** Carriers that the sender, a link's host or a word near by names. */
  carriers?: readonly CarrierCode[];
  /** Whether a word before it says that it is a tracking number. */
  isLabelled?: boolean;
}

/**
 * Whose tracking number a string is, with what is known around it; null where it is none, or bare digits of nobody whom
 * anything names.
 */
export function detectCarrier(
  text: string,
  { carriers = [], isLabelled = false }: NumberContext = {},
): NumberMatch | null {
  const matches = carriersOfNumber(text);
  return (
    (matches.find(({ carrier }) => carriers.includes(carrier)) ??
      matches.find(({ needs }) => needs === 'itself') ??
      (isLabelled && matches.find(({ needs }) => needs === 'label')) ??
      null) ||
    null
  );
}
