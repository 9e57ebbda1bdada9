import type { Money } from '../platform/money';
import { DISPLAY_CURRENCY, type RateTable } from '../pricing';

export type MoneyIn = Record<string, Money & { rateId?: string | null }>;

/** An amount in the second currency, where a rate is known and the result fits. */
export function moneyIn(amount: Money, rates: RateTable, withRate: boolean): MoneyIn {
  const converted = rates.convert(amount.amount, amount.currency, DISPLAY_CURRENCY);
  if (!converted) return {};
  const { amount: amountIn, rateId } = converted;
  const value = { amount: amountIn, currency: DISPLAY_CURRENCY };
  // A computed name inside the braces is slow; there is one of these for every line.
  const shown: MoneyIn = {};
  shown[DISPLAY_CURRENCY] = withRate ? { ...value, rateId } : value;
  return shown;
}
