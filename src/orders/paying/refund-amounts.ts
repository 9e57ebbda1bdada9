import type { PricedItem } from './order-payments.repository';

/** Units of an order's items. */
export interface Units {
  itemId: string;
  quantity: number;
}

/**
 * What units of an item were paid: their price less their share of discounts on goods, and the tax that came on top.
 * Delivery is not in it. Refunds of an item's units, in whatever pieces, sum to what all of them were paid, rounded down to
 * `unit`, the least part of the currency that can go back. Plain function; whole minor units.
 */
export function amountOfUnits(item: PricedItem, before: number, quantity: number, unit = 1): number {
  const whole = item.totalCents - item.discountCents + addedTaxOf(item);
  const upTo = (units: number) =>
    Number((BigInt(whole) * BigInt(units)) / (BigInt(item.quantity) * BigInt(unit))) * unit;
  return upTo(before + quantity) - upTo(before);
}

/** An item knows its tax as one number: what of it came on top is told by the order, which knows both. */
function addedTaxOf({ taxCents, addedCents, includedCents }: PricedItem): number {
  if (addedCents === 0) return 0;
  if (includedCents === 0) return taxCents;
  return Number((BigInt(taxCents) * BigInt(addedCents)) / BigInt(addedCents + includedCents));
}

/** How many units of each item have been refunded, or are being. */
export function unitsRefunded(refunds: readonly { status: string; items: unknown[] }[]): Map<string, number> {
  const units = new Map<string, number>();
  for (const { itemId, quantity } of refunds.flatMap(unitsOf)) units.set(itemId, (units.get(itemId) ?? 0) + quantity);
  return units;
}

/** Payments keeps what was refunded of an order without looking into it. */
export function unitsOf({ status, items }: { status: string; items: unknown[] }): Units[] {
  return status === 'failed' ? [] : (items as Units[]);
}
