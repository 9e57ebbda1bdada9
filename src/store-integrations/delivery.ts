import type { DeliveryFacts } from './store-facts';

/** A delivery option as it costs for one group of lines. */
export interface DeliveryQuote {
  id: string;
  /** What the store calls it, where the store was asked. */
  ref?: string;
  name: string;
  priceCents: number;
  minDays: number;
  maxDays: number;
}

/** What the options that reach `country` cost for this subtotal, the cheapest first, then the fastest. Null: anywhere. */
export function quoteDelivery(
  options: DeliveryFacts[],
  subtotalCents: number,
  country: string | null,
): DeliveryQuote[] {
  return options
    .filter((option) => country === null || option.countries === null || option.countries.includes(country))
    .map(({ id, name, priceCents, freeOverCents, minDays, maxDays }) => ({
      id,
      name,
      priceCents: freeOverCents !== null && subtotalCents >= freeOverCents ? 0 : priceCents,
      minDays,
      maxDays,
    }))
    .sort(
      (a, b) => a.priceCents - b.priceCents || a.maxDays - b.maxDays || a.minDays - b.minDays || (a.id < b.id ? -1 : 1),
    );
}

/** The lowest amount from which some option is free, and how much is missing to it; null where nothing is ever free. */
export function freeDelivery(
  options: DeliveryFacts[],
  subtotalCents: number,
): { overCents: number; gapCents: number } | null {
  const thresholds = options.flatMap((option) => (option.freeOverCents === null ? [] : [option.freeOverCents]));
  if (thresholds.length === 0) return null;
  const overCents = Math.min(...thresholds);
  return { overCents, gapCents: Math.max(0, overCents - subtotalCents) };
}

const DAY_MS = 86_400_000;

/** Calendar days (UTC) on which a delivery of so many days may arrive, counted from `now`. */
export function estimateDelivery(
  now: Date,
  option: { minDays: number; maxDays: number },
): { from: string; to: string } {
  const day = (days: number) => new Date(now.getTime() + days * DAY_MS).toISOString().slice(0, 10);
  return { from: day(option.minDays), to: day(option.maxDays) };
}
