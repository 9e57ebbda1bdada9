/** An amount in minor units (cents) of an ISO 4217 currency. Never a float. */
export interface Money {
  amount: number;
  currency: string;
}

/** Largest amount that any request may name, in minor units. */
export const MAX_PRICE_MINOR = 1_000_000_000;

/** Throws RangeError for an amount that is no safe integer: a sum that does not fit must not be shown rounded. */
export function money(amount: number, currency: string): Money {
  if (!Number.isSafeInteger(amount)) throw new RangeError(`${amount} is no whole number of minor units`);
  return { amount, currency };
}

/** Codes of ISO 4217 in which nobody pays: metals, units of account, for tests, no currency. They have no minor unit. */
export const NO_MONEY: readonly string[] = 'XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX'.split(' ');

// ISO 4217, not Intl: ICU follows custom instead (IQD 0, LBP 0) and differs between versions of Node.
const DIGITS = new Map<string, number>([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((c) => [c, 0] as const),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((c) => [c, 3] as const),
  ...'CLF UYW'.split(' ').map((c) => [c, 4] as const),
]);

/** How many decimals the minor unit of a currency has: USD 2, JPY 0, KWD 3. */
export function minorDigits(currency: string): number {
  return DIGITS.get(currency) ?? 2;
}
