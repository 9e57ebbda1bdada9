import { minorDigits } from '../../../platform/money';

/**
 * How Stripe counts. It takes ISO 4217's minor units but for: ISK and UGX, which have no decimals and yet are sent in
 * hundredths; MGA, which has two and is sent without. Of currencies with three decimals the last digit must be 0.
 * See https://docs.stripe.com/currencies.
 */
const SENT_IN_HUNDREDTHS = new Set(['ISK', 'UGX']);
const SENT_WHOLE = new Set(['MGA']);

/** The least part of a currency that Stripe moves, in minor units of ISO 4217. */
export function granularityOf(currency: string): number {
  if (SENT_WHOLE.has(currency)) return 10 ** minorDigits(currency);
  return minorDigits(currency) === 3 ? 10 : 1;
}

/** Our minor units as Stripe takes them. Throws RangeError for an amount that Stripe could not move. */
export function toStripe(amountCents: number, currency: string): number {
  if (!Number.isSafeInteger(amountCents) || amountCents % granularityOf(currency) !== 0)
    throw new RangeError(`${amountCents} ${currency} is no amount that Stripe can move`);
  if (SENT_IN_HUNDREDTHS.has(currency)) return amountCents * 100;
  return SENT_WHOLE.has(currency) ? amountCents / 10 ** minorDigits(currency) : amountCents;
}

/** What Stripe says, in our minor units. A part of a unit (fees in ISK) counts as a whole one. */
export function fromStripe(amount: number, currency: string): number {
  if (SENT_IN_HUNDREDTHS.has(currency)) return Math.ceil(amount / 100);
  return SENT_WHOLE.has(currency) ? amount * 10 ** minorDigits(currency) : amount;
}
