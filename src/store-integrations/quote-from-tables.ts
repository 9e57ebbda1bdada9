import type { GroupLine, Problem, StoreGroup, StoreQuote } from './checkout-strategy';
import { quoteDelivery } from './delivery';

/**
 * The quote of a store that Muse's own tables know: direct stores whole, redirect stores as far as their goods are in the
 * catalogue (a line described by the client keeps the client's price). A line that cannot be bought costs nothing and
 * blocks. Plain function: what `group` says is all there is.
 */
export function quoteFromTables(group: StoreGroup): StoreQuote {
  const { store } = group;
  const problems = group.lines.flatMap((line) => lineProblems(group, line));
  const unitPricesCents = group.lines.map((line) => line.now?.priceCents ?? line.unitPriceCents);
  const unavailable = new Set(problems.filter((problem) => isGone(problem)).map((problem) => problem.itemId));
  const subtotalCents = group.lines.reduce(
    (sum, line, index) => (unavailable.has(line.itemId) ? sum : sum + unitPricesCents[index]! * line.quantity),
    0,
  );
  const deliveryOptions = quoteDelivery(store.delivery, subtotalCents, group.shipsTo);
  const chosen = deliveryOptions.find((option) => option.id === group.deliveryOptionId) ?? deliveryOptions[0];
  if (!chosen) problems.push(deliveryProblem(group));
  const shippingCents = chosen?.priceCents ?? 0;
  return {
    unitPricesCents,
    subtotalCents,
    discountCents: 0,
    deliveryOptions,
    deliveryOptionId: chosen?.id ?? null,
    shippingCents,
    fees: [],
    taxCents: 0,
    totalCents: subtotalCents + shippingCents,
    problems,
  };
}

/** A line that nobody can buy now, whatever the quantity: it counts for nothing in the totals. */
export function isGone(problem: Problem): boolean {
  return problem.code === 'unavailable' || problem.code === 'out_of_stock';
}

/** What of a line decides whether it can be bought as it is. */
export type CheckedLine = Pick<
  GroupLine,
  'itemId' | 'variantId' | 'productName' | 'quantity' | 'unitPriceCents' | 'now' | 'held'
>;

/** What stands in the way of one line, or has changed since the shopper last saw it. */
export function lineProblems(group: Pick<StoreGroup, 'store'>, line: CheckedLine): Problem[] {
  const { store } = group;
  const at = { storeId: store.id, itemId: line.itemId };
  const gone = !store.open || (line.variantId !== null && !line.now?.sellable);
  if (gone) {
    return [
      {
        code: 'unavailable',
        severity: 'blocking',
        ...at,
        detail: `${line.productName} is no longer sold by ${store.name}.`,
      },
    ];
  }
  if (!line.now) return [];
  const problems: Problem[] = [];
  const available = line.now.available + line.held;
  // A store that is only asked about goods may be asked about those that are not there.
  if (available === 0) {
    problems.push({
      code: 'out_of_stock',
      severity: store.contactOnly ? 'info' : 'blocking',
      ...at,
      detail: `${line.productName} is sold out.`,
      available: 0,
    });
  } else if (available < line.quantity) {
    const detail = `Only ${available} of ${line.productName} are left.`;
    problems.push({
      code: 'stock_short',
      severity: store.contactOnly ? 'info' : 'blocking',
      ...at,
      detail,
      available,
    });
  }
  if (line.now.priceCents !== line.unitPriceCents) {
    const { currency } = store;
    const up = line.now.priceCents > line.unitPriceCents;
    problems.push({
      code: 'price_changed',
      severity: up ? 'warning' : 'info',
      ...at,
      detail: `The price of ${line.productName} has gone ${up ? 'up' : 'down'}.`,
      was: { amount: line.unitPriceCents, currency },
      now: { amount: line.now.priceCents, currency },
    });
  }
  return problems;
}

function deliveryProblem({ store, shipsTo }: StoreGroup): Problem {
  if (store.kind === 'partner' && store.delivery.length === 0) {
    const detail = `${store.name} works out delivery on its own site.`;
    return { code: 'delivery_at_store', severity: 'info', storeId: store.id, detail };
  }
  const detail =
    shipsTo === null ? `${store.name} offers no delivery.` : `${store.name} does not deliver to ${shipsTo}.`;
  return { code: 'no_delivery', severity: store.contactOnly ? 'info' : 'blocking', storeId: store.id, detail };
}
