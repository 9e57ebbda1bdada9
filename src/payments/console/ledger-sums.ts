import type { Money } from '../../platform/money';

/** What entries sum to, by currency, in the order of codes. */
export function sumsOf(entries: { amountCents: number; currency: string }[]): Money[] {
  const sums = new Map<string, number>();
  for (const { amountCents, currency } of entries) sums.set(currency, (sums.get(currency) ?? 0) + amountCents);
  return [...sums]
    .map(([currency, amount]) => ({ amount, currency }))
    .sort((a, b) => (a.currency < b.currency ? -1 : 1));
}
