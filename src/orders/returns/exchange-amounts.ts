import { allocate } from '../../platform/money';
import type { TaxLine } from '../../pricing';
import { inProportion, scaleTaxLines } from '../changes/change-amounts';
import type { PricedItem } from '../paying/order-payments.repository';
import { amountOfUnits } from '../paying/refund-amounts';

/** Units that came back, with what they were sold for. Amounts in minor units of the order's currency. */
export interface ReturnedValue {
  /** What was paid for them, delivery left out: what goes back of them. */
  valueCents: number;
  /** Their prices, before discounts and tax. */
  priceCents: number;
  discountCents: number;
  taxCents: number;
  taxIncludedCents: number;
}

/** What an order costs that is paid by returned goods; its total is at most their value. */
export interface ExchangeAmounts {
  subtotalCents: number;
  discountCents: number;
  taxCents: number;
  taxIncludedCents: number;
  taxLines: TaxLine[];
  totalCents: number;
  /** Each item's share of the discount, and of both taxes. */
  items: { discountCents: number; taxCents: number }[];
  /** What of the value goes back as money. */
  restCents: number;
}

/** What units are worth that came back: `before` of each were settled already, and only what is left of them counts. */
export function valueOf(
  units: readonly { item: PricedItem & { unitPriceCents: number }; before: number; quantity: number }[],
  unit: number,
): ReturnedValue {
  const value: ReturnedValue = { valueCents: 0, priceCents: 0, discountCents: 0, taxCents: 0, taxIncludedCents: 0 };
  for (const { item, before, quantity } of units) {
    const valueCents = amountOfUnits(item, before, quantity, unit);
    const priceCents = item.unitPriceCents * quantity;
    const off = inProportion(item.discountCents, quantity, item.quantity);
    const taxCents = Math.max(0, valueCents - priceCents + off);
    value.valueCents += valueCents;
    value.priceCents += priceCents;
    value.taxCents += taxCents;
    value.discountCents += priceCents + taxCents - valueCents;
    value.taxIncludedCents += Math.max(0, inProportion(item.taxCents, quantity, item.quantity) - taxCents);
  }
  return value;
}

/**
 * The order that replaces returned goods by others of the store, at their prices (`lines`), no dearer than what came back:
 * of equal price it costs exactly what those were worth; else discount and tax follow in proportion, and the rest goes back,
 * in multiples of `unit`.
 */
export function exchangeAmounts(
  value: ReturnedValue,
  lines: readonly number[],
  taxLines: readonly TaxLine[],
  unit: number,
): ExchangeAmounts {
  const subtotalCents = lines.reduce((sum, cents) => sum + cents, 0);
  const { valueCents, priceCents } = value;
  if (subtotalCents > priceCents) throw new RangeError('An exchange is for goods that are no dearer');
  const share = (cents: number) => (priceCents === 0 ? 0 : inProportion(cents, subtotalCents, priceCents));
  const rest = Number((BigInt(valueCents) * BigInt(priceCents - subtotalCents)) / BigInt(Math.max(1, priceCents)));
  const restCents = Math.floor(rest / unit) * unit;
  const totalCents = valueCents - restCents;
  const taxWanted = share(value.taxCents);
  const taxCents = Math.max(taxWanted, totalCents - subtotalCents);
  const discountCents = subtotalCents + taxCents - totalCents;
  const taxIncludedCents = share(value.taxIncludedCents);
  const offs = allocate(discountCents, lines);
  const taxes = allocate(taxCents + taxIncludedCents, lines);
  return {
    ...{ subtotalCents, discountCents, taxCents, taxIncludedCents, totalCents, restCents },
    taxLines: [
      ...scaleTaxLines(
        taxLines.filter((line) => !line.inclusive),
        taxCents,
      ),
      ...scaleTaxLines(
        taxLines.filter((line) => line.inclusive),
        taxIncludedCents,
      ),
    ],
    items: lines.map((_, index) => ({ discountCents: offs[index]!, taxCents: taxes[index]! })),
  };
}
