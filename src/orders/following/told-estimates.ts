import type { Days, ToldBy } from './told';

/** By who told it, on which days an order should arrive, and when that was said. */
export type ToldEstimates = Partial<Record<ToldBy, Days & { at: string }>>;

/** The carrier has it in hand; the store writes mails when it thinks of it. */
const BEST_FIRST: readonly ToldBy[] = ['carrier', 'store', 'mail'];

/** With one more word of a teller: their later one counts, and of one moment the later days. A store's counts as it comes. */
export function withEstimate(told: ToldEstimates, source: ToldBy, days: Days, at: string): ToldEstimates {
  const before = told[source];
  const { from, to } = days;
  const isLater = !before || at > before.at || (at === before.at && `${to} ${from}` > `${before.to} ${before.from}`);
  if (source !== 'store' && !isLater) return told;
  if (before && before.from === from && before.to === to && source === 'store') return told;
  return { ...told, [source]: { from, to, at } };
}

/** The days that count; null where nobody has named any. */
export function estimateOf(told: ToldEstimates): Days | null {
  const source = BEST_FIRST.find((one) => told[one]);
  if (!source) return null;
  const { from, to } = told[source]!;
  return { from, to };
}
