import { allocate } from '../../platform/money';
import type { Discount, TaxLine } from '../../pricing';

/** An item of an order, before or after a change. An item that the change adds has no id yet. */
export interface ChangeItem {
  itemId: string | null;
  variantId: string | null;
  productName: string;
  productSku: string | null;
  productUrl: string | null;
  productImageUrl: string | null;
  size: string | null;
  color: string | null;
  quantity: number;
  unitPriceCents: number;
  discountCents: number;
  taxCents: number;
}

/** An order as far as a change touches it. Amounts in minor units of its currency. */
export interface ChangeSide {
  items: ChangeItem[];
  subtotalCents: number;
  discountCents: number;
  discounts: Discount[];
  shippingCents: number;
  feesCents: number;
  /** Came on top of the prices. */
  taxCents: number;
  /** Is in the prices. */
  taxIncludedCents: number;
  taxLines: TaxLine[];
  totalCents: number;
  totalVesCents: number | null;
  estimatedFrom: string | null;
  estimatedTo: string | null;
}

/** What is wanted instead: units and prices by item, goods that come in, and what delivery costs. */
export interface WantedChange {
  /** Zero units: it goes. Items that are not named stay. */
  items: ReadonlyMap<string, { quantity: number; unitPriceCents: number }>;
  added: readonly Omit<ChangeItem, 'itemId' | 'discountCents' | 'taxCents'>[];
  shippingCents: number;
  estimatedFrom: string | null;
  estimatedTo: string | null;
}

const WHOLE_PPM = 1_000_000;

/**
 * An order after a change; it adds up as the order did. Prices are the merchant's; what follows from them follows in
 * proportion:
 * - A discount stays in proportion to the price of the goods that it was on, and never grows; goods that come in bear none.
 *   What a coupon took off delivery stays, up to what delivery costs now. Fees stay.
 * - Tax by the order's own frozen rates: where one is what the order's taxed goods and delivery bore, it is worked out anew
 *   from their new prices, as pricing does (half up, once, on the sum); where it was on some of them only, it changes in
 *   proportion. Goods that come in are taxed as the order's goods are. By item it is spread by largest remainder.
 * - The display total changes in proportion: the order's own rate of exchange.
 */
export function amountsAfter(before: ChangeSide, wanted: WantedChange): ChangeSide {
  const kept = before.items
    .map((item, index) => ({ item, index, to: wanted.items.get(item.itemId!) ?? item }))
    .filter(({ to }) => to.quantity > 0);
  const items: ChangeItem[] = [
    ...kept.map(({ item, to }) => ({ ...item, quantity: to.quantity, unitPriceCents: to.unitPriceCents })),
    ...wanted.added.map((item) => ({ ...item, itemId: null, discountCents: 0, taxCents: 0 })),
  ];
  const origins = [...kept.map(({ index }) => index), ...wanted.added.map(() => null)];
  const discounts = discountsAfter(before, items, origins, wanted.shippingCents);
  items.forEach((item, line) => (item.discountCents = sum(discounts.map((discount) => discount.lines[line]!))));
  const after: ChangeSide = {
    ...{ items, discounts, feesCents: before.feesCents, shippingCents: wanted.shippingCents },
    subtotalCents: sum(items.map(amountOf)),
    discountCents: sum(discounts.map(({ goodsCents, deliveryCents }) => goodsCents + deliveryCents)),
    ...{ taxCents: 0, taxIncludedCents: 0, taxLines: [], totalCents: 0, totalVesCents: null },
    ...{ estimatedFrom: wanted.estimatedFrom, estimatedTo: wanted.estimatedTo },
  };
  taxAfter(before, after, origins);
  after.totalCents = after.subtotalCents - after.discountCents + after.shippingCents + after.feesCents + after.taxCents;
  if (before.totalVesCents !== null && before.totalCents > 0)
    after.totalVesCents = inProportion(before.totalVesCents, after.totalCents, before.totalCents);
  return after;
}

/** How many more units of each variant the order needs after a change, and how many fewer. */
export function unitsMoved(
  before: ChangeSide,
  after: ChangeSide,
): { more: { variantId: string; quantity: number }[]; fewer: { variantId: string; quantity: number }[] } {
  const units = new Map<string, number>();
  const add = (items: readonly ChangeItem[], sign: number) => {
    for (const { variantId, quantity } of items)
      if (variantId !== null) units.set(variantId, (units.get(variantId) ?? 0) + sign * quantity);
  };
  add(after.items, 1);
  add(before.items, -1);
  const moved = [...units].map(([variantId, quantity]) => ({ variantId, quantity }));
  return {
    more: moved.filter(({ quantity }) => quantity > 0),
    fewer: moved
      .filter(({ quantity }) => quantity < 0)
      .map(({ variantId, quantity }) => ({ variantId, quantity: -quantity })),
  };
}

/** The variants whose stock a change moves. */
export function variantsMoved(before: ChangeSide, after: ChangeSide): string[] {
  const { more, fewer } = unitsMoved(before, after);
  return [...more, ...fewer].map(({ variantId }) => variantId);
}

/** Frozen taxes with other amounts, together `taxCents`: in proportion, by largest remainder. */
export function scaleTaxLines(lines: readonly TaxLine[], taxCents: number): TaxLine[] {
  if (lines.length === 0) return [];
  const parts = allocate(
    taxCents,
    lines.map((line) => line.taxCents),
  );
  return lines.map((line, index) => ({
    ...line,
    taxCents: parts[index]!,
    baseCents: line.taxCents === 0 ? 0 : inProportion(line.baseCents, parts[index]!, line.taxCents),
  }));
}

/** So much of `amount` as `part` is of `whole`, half up. */
export function inProportion(amount: number, part: number, whole: number): number {
  const [a, p, w] = [BigInt(amount), BigInt(part), BigInt(whole)];
  return Number((2n * a * p + w) / (2n * w));
}

function discountsAfter(
  before: ChangeSide,
  items: readonly ChangeItem[],
  origins: readonly (number | null)[],
  shippingCents: number,
): Discount[] {
  const room = items.map(amountOf);
  let deliveryRoom = shippingCents;
  return before.discounts.map((discount) => {
    const lines = items.map((item, line) => {
      const origin = origins[line];
      const was = origin === null || origin === undefined ? 0 : (discount.lines[origin] ?? 0);
      if (was === 0) return 0;
      const grown = inProportion(was, amountOf(item), amountOf(before.items[origin!]!));
      const off = Math.min(was, grown, room[line]!);
      room[line]! -= off;
      return off;
    });
    const deliveryCents = Math.min(discount.deliveryCents, deliveryRoom);
    deliveryRoom -= deliveryCents;
    return { ...discount, lines, goodsCents: sum(lines), deliveryCents };
  });
}

/** Writes the taxes of `after`, and each item's share. See amountsAfter. */
function taxAfter(before: ChangeSide, after: ChangeSide, origins: readonly (number | null)[]): void {
  const taxWas = sum(before.taxLines.map((line) => line.taxCents));
  if (taxWas === 0) return;
  const deliveryTaxWas = taxWas - sum(before.items.map((item) => item.taxCents));
  const netsWere = netsOf(before);
  const nets = netsOf(after);
  const goodsAreTaxed = before.items.some((item) => item.taxCents > 0);
  const taxed = after.items.map((_, line) => {
    const origin = origins[line];
    return origin === null || origin === undefined ? goodsAreTaxed : before.items[origin]!.taxCents > 0;
  });
  const base = (of: { goods: number[]; delivery: number }, isTaxed: (line: number) => boolean) =>
    sum(of.goods.filter((_, line) => isTaxed(line))) + (deliveryTaxWas > 0 ? of.delivery : 0);
  const baseWas = base(netsWere, (line) => before.items[line]!.taxCents > 0);
  const baseIs = base(nets, (line) => taxed[line]!);
  if (baseWas === 0) return;
  const { lines, isOnAll } = linesAfter(before.taxLines, baseWas, baseIs);
  after.taxLines = lines;
  after.taxCents = sum(after.taxLines.filter((line) => !line.inclusive).map((line) => line.taxCents));
  after.taxIncludedCents = sum(after.taxLines.filter((line) => line.inclusive).map((line) => line.taxCents));
  spread(before, after, origins, { netsWere, nets, taxed, deliveryTaxWas, isOnAll });
}

/** Taxes on another base; `isOnAll`: each of them was on all of it, so that its rate alone says what it is now. */
function linesAfter(
  lines: readonly TaxLine[],
  baseWas: number,
  baseIs: number,
): { lines: TaxLine[]; isOnAll: boolean } {
  const inclusive = lines.filter((line) => line.inclusive);
  const together = sum(inclusive.map((line) => line.ratePpm));
  const includedWas = sum(inclusive.map((line) => line.taxCents));
  const isWhole = includedWas === inProportion(baseWas, together, WHOLE_PPM + together);
  const includedIs = isWhole
    ? inProportion(baseIs, together, WHOLE_PPM + together)
    : inProportion(includedWas, baseIs, baseWas);
  const includedParts = allocate(
    includedIs,
    inclusive.map((line) => line.taxCents),
  );
  const [outsideWas, outsideIs] = [baseWas - includedWas, baseIs - includedIs];
  const isOnAll = (line: TaxLine) =>
    line.baseCents === outsideWas && line.taxCents === inProportion(outsideWas, line.ratePpm, WHOLE_PPM);
  const after = lines.map((line) => {
    const baseCents = line.baseCents === outsideWas ? outsideIs : inProportion(line.baseCents, baseIs, baseWas);
    if (line.inclusive) return { ...line, baseCents, taxCents: includedParts[inclusive.indexOf(line)]! };
    const taxCents = isOnAll(line)
      ? inProportion(outsideIs, line.ratePpm, WHOLE_PPM)
      : inProportion(line.taxCents, baseIs, baseWas);
    return { ...line, baseCents, taxCents };
  });
  return { lines: after, isOnAll: isWhole && lines.every((line) => line.inclusive || isOnAll(line)) };
}

/** Each item's share of the tax: by its price where the taxes are on all, else as its own was; the rest is delivery's. */
function spread(
  before: ChangeSide,
  after: ChangeSide,
  origins: readonly (number | null)[],
  of: { netsWere: Nets; nets: Nets; taxed: boolean[]; deliveryTaxWas: number; isOnAll: boolean },
): void {
  const { netsWere, nets, taxed, deliveryTaxWas, isOnAll } = of;
  const goodsTaxWas = sum(before.items.map((item) => item.taxCents));
  const taxedNetWas = sum(netsWere.goods.filter((_, line) => before.items[line]!.taxCents > 0));
  /** Thousandths of a minor unit, so that rounding the weight does not move the share. */
  const weight = (net: number, taxWas: number, netWas: number) => {
    if (isOnAll) return taxWas === 0 ? 0 : net;
    return netWas === 0 ? 0 : inProportion(net * 1000, taxWas, netWas);
  };
  const weights = nets.goods.map((net, line) => {
    if (!taxed[line]) return 0;
    const origin = origins[line];
    return origin === null || origin === undefined
      ? weight(net, goodsTaxWas, taxedNetWas)
      : weight(net, before.items[origin]!.taxCents, netsWere.goods[origin]!);
  });
  const shares = allocate(after.taxCents + after.taxIncludedCents, [
    ...weights,
    weight(nets.delivery, deliveryTaxWas, netsWere.delivery),
  ]);
  after.items.forEach((item, line) => (item.taxCents = shares[line]!));
}

interface Nets {
  goods: number[];
  delivery: number;
}

/** What tax is on: prices less the store's own discounts. What the platform takes off it pays to the store. */
function netsOf(side: ChangeSide): Nets {
  const own = side.discounts.filter((discount) => discount.fundedBy === 'store');
  return {
    goods: side.items.map((item, line) => amountOf(item) - sum(own.map((discount) => discount.lines[line] ?? 0))),
    delivery: side.shippingCents - sum(own.map((discount) => discount.deliveryCents)),
  };
}

function amountOf({ unitPriceCents, quantity }: Pick<ChangeItem, 'unitPriceCents' | 'quantity'>): number {
  return unitPriceCents * quantity;
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
