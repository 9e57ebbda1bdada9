import type { PlacedFigures } from '../../store-integrations';
import type { StoreCheckout } from '../session';

/** What the store asked beyond Muse's estimate is one fee; what it took off is a discount. Minor units. */
const DIFFERENCE = { code: 'store_difference', name: 'Difference at the store' };

/**
 * The figures of a store checkout whose total at the store is known by now, and nothing else: Muse's estimate, and the
 * difference in one line, so that they add up. Undefined: no such total, or the one that was agreed.
 */
export function figuresAtStore(
  store: Pick<StoreCheckout, 'currency' | keyof PlacedFigures>,
  { totalCents, currency }: { totalCents: number | null; currency: string | null },
): PlacedFigures | undefined {
  if (totalCents === null || totalCents < 0 || currency !== store.currency || totalCents === store.totalCents)
    return undefined;
  const { subtotalCents, discountCents, shippingCents, fees, taxCents } = store;
  const difference = totalCents - store.totalCents;
  return {
    ...{ subtotalCents, shippingCents, taxCents, totalCents },
    discountCents: difference < 0 ? discountCents - difference : discountCents,
    fees: difference > 0 ? [...fees, { ...DIFFERENCE, amountCents: difference }] : fees,
  };
}
