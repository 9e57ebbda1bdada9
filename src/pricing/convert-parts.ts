import { allocate } from '../platform/money';
import type { RateTable } from './rate-table';

/**
 * Converts a sum and its parts so that the parts still make up the whole: the sum is converted once, and spread over the
 * parts by largest remainder. Minor units, none negative. Null where no rate leads there.
 */
export function convertParts(rates: RateTable, parts: readonly number[], from: string, to: string): number[] | null {
  if (from === to) return [...parts];
  const whole = rates.convert(
    parts.reduce((sum, part) => sum + part, 0),
    from,
    to,
  );
  return whole && allocate(whole.amount, parts);
}
