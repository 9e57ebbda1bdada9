import { money } from '../platform/money';
import { DiscountResponse, applyCoupons, type CouponTerms, type RateTable } from '../pricing';
import { isGone, type Problem, type StoreFacts } from '../store-integrations';
import { moneyIn, type MoneyIn } from './money-in';

/** A store of the cart's view, as far as coupons change it. */
interface Group {
  storeId: string;
  name: string;
  items: { id: string; lineTotal: { amount: number; currency: string } }[];
  shipping: { amount: number; currency: string };
  discount: { amount: number; currency: string };
  discounts: DiscountResponse[];
  total: { amount: number; currency: string };
  totalIn: MoneyIn;
}

/**
 * Takes what the cart's coupons are worth off its merchant stores, and notes those that are worth nothing now in
 * `problems`. Tells of each code what became of it.
 */
export function takeCouponsOff(
  codes: readonly string[],
  terms: readonly CouponTerms[],
  groups: readonly Group[],
  stores: ReadonlyMap<string, StoreFacts>,
  problems: Problem[],
  rates: RateTable,
) {
  const gone = new Set(problems.filter((problem) => isGone(problem)).map((problem) => problem.itemId));
  const ofMuse = groups.filter(({ storeId }) => stores.get(storeId)!.kind === 'merchant');
  const { discounts, notes } = applyCoupons(
    codes,
    terms,
    ofMuse.map(({ storeId, name, items, shipping }) => ({
      ...{ storeId, name, currency: shipping.currency },
      lines: items.map((item) => (gone.has(item.id) ? 0 : item.lineTotal.amount)),
      shippingCents: shipping.amount,
      cheapestShippingCents: shipping.amount,
    })),
  );
  for (const group of ofMuse) {
    const { currency } = group.shipping;
    group.discounts = (discounts.get(group.storeId) ?? []).map((discount) => DiscountResponse.of(discount, currency));
    const off = group.discounts.reduce((sum, discount) => sum + discount.amount.amount, 0);
    group.discount = money(off, currency);
    group.total = money(group.total.amount - off, currency);
    group.totalIn = moneyIn(group.total, rates, false);
  }
  for (const { problem } of notes) if (problem) problems.push(problem);
  return notes.map(({ code, storeId, applied }) => ({ code, storeId, applied }));
}
