import type { Reads } from '../../recipes';

type Listed = NonNullable<Reads['orders']>[number];

/** Clocks of stores and ours differ by so much; the click is made within 20 s of the promise. */
const SKEW_MS = 5 * 60_000;
const CLICKED_WITHIN_MS = 20_000;
const DAY_MS = 86_400_000;

/** What is longer is no number of an order, whatever a page calls it. */
const LONGEST_NUMBER = 255;

export function isOrderNumber(number: string | null | undefined): number is string {
  return typeof number === 'string' && number !== '' && number.length <= LONGEST_NUMBER;
}

/** What an order that may have been placed is known by. */
export interface Sought {
  promisedAt: Date;
  /** As the page said right before the click; null: not known, then at most what was agreed. */
  totalCents: number | null;
  agreedTotalCents: number;
  /** Numbers of other orders of Muse at this store. */
  known: ReadonlySet<string>;
}

/** Every order of a store's list that it may be: its total, its time, and not one that is known as another. */
export function candidatesIn(orders: readonly Listed[], sought: Sought): { number: string; status: string | null }[] {
  const { totalCents, agreedTotalCents, known } = sought;
  const found = new Map<string, string | null>();
  for (const { number, total, placedAt, status } of orders) {
    if (!isOrderNumber(number) || known.has(number) || typeof total !== 'number') continue;
    const fits = totalCents === null ? total <= agreedTotalCents : total === totalCents;
    if (fits && isThen(placedAt ?? null, sought.promisedAt)) found.set(number, status ?? null);
  }
  return [...found].map(([number, status]) => ({ number, status }));
}

/** A list that gives no time says nothing of which order it is; one that gives days only, says it by the day. */
function isThen(placedAt: string | null, promisedAt: Date): boolean {
  const at = placedAt === null ? Number.NaN : Date.parse(placedAt);
  if (Number.isNaN(at)) return false;
  const promised = promisedAt.getTime();
  const isDay = at % DAY_MS === 0;
  // Somewhere in the world it is the day before or after.
  if (isDay) return at > promised - 2 * DAY_MS && at < promised + DAY_MS + SKEW_MS;
  return at >= promised - SKEW_MS && at <= promised + CLICKED_WITHIN_MS + SKEW_MS;
}
