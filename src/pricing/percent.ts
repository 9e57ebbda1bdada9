/** The whole, in parts per million: rates of tax and discounts are whole numbers of these (8.875 % is 88,750). */
export const WHOLE_PPM = 1_000_000;

/** What a percentage may look like: up to four decimals, so that it is a whole number of parts per million. */
export const PERCENT = /^(100(\.0{1,4})?|\d{1,2}(\.\d{1,4})?)$/;

/** "8.875" as parts per million. Throws RangeError for what is no percentage of 0 to 100. */
export function ppmOf(percent: string): number {
  if (!PERCENT.test(percent)) throw new RangeError(`${percent} is no percentage`);
  const [whole = '', fraction = ''] = percent.split('.');
  return Number(whole + fraction.padEnd(4, '0'));
}

/** The other way round, as short as can be: 88750 is "8.875". */
export function percentOf(ppm: number): string {
  return String(ppm / 10_000);
}

/** So many parts of `whole` parts of an amount in minor units, rounded half up. None of them negative. */
export function shareOf(amountCents: number, parts: number, whole: number = WHOLE_PPM): number {
  const [amount, num, den] = [BigInt(amountCents), BigInt(parts), BigInt(whole)];
  return Number((2n * amount * num + den) / (2n * den));
}
