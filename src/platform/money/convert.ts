import { minorDigits } from './money';

/** An exact rate: so many whole units of one currency (num) for so many of another (den). */
export interface Ratio {
  num: bigint;
  den: bigint;
}

const DECIMAL = /^(\d{1,20})(?:\.(\d{1,20}))?$/;

/** A positive decimal such as "36.512" as an exact ratio. Throws RangeError for anything else. */
export function ratio(decimal: string): Ratio {
  const match = DECIMAL.exec(decimal);
  const fraction = match?.[2] ?? '';
  const num = match ? BigInt(match[1]! + fraction) : 0n;
  if (num === 0n) throw new RangeError(`${decimal} is no positive decimal`);
  return { num, den: 10n ** BigInt(fraction.length) };
}

/** Two rates one after the other, still exact: rounding happens once, at the end. */
export function compose(a: Ratio, b: Ratio): Ratio {
  return { num: a.num * b.num, den: a.den * b.den };
}

export function invert(a: Ratio): Ratio {
  return { num: a.den, den: a.num };
}

/**
 * Converts minor units of one currency into minor units of another, exact until the one rounding at the end: half up
 * (away from zero). Null where the result does not fit a safe integer.
 */
export function convertBy(amountMinor: number, fromCurrency: string, toCurrency: string, rate: Ratio): number | null {
  if (!Number.isSafeInteger(amountMinor)) throw new RangeError(`${amountMinor} is no whole number of minor units`);
  const negative = amountMinor < 0;
  const num = BigInt(Math.abs(amountMinor)) * rate.num * 10n ** BigInt(minorDigits(toCurrency));
  const den = rate.den * 10n ** BigInt(minorDigits(fromCurrency));
  const rounded = (2n * num + den) / (2n * den);
  if (rounded > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  return negative && rounded !== 0n ? -Number(rounded) : Number(rounded);
}

/** The same with the rate as decimal text: what one whole unit of `fromCurrency` costs in `toCurrency`. */
export function convert(amountMinor: number, fromCurrency: string, toCurrency: string, rate: string): number | null {
  return convertBy(amountMinor, fromCurrency, toCurrency, ratio(rate));
}
