import { BadAnswer, type AnswerReader } from '../answer-reader';

/** What a list of ACP totals comes to, in minor units. */
export interface AcpTotals {
  /** The goods at their full price, where the store says so. */
  base: number | null;
  itemsDiscount: number;
  subtotal: number | null;
  discount: number;
  fulfillment: number;
  tax: number;
  fees: { code: string; name: string; amountCents: number }[];
  /** What the store takes off for credit that the shopper has there. */
  credit: number;
  total: number | null;
  refunded: number | null;
}

/** Sums a list of totals by kind. Kinds that this version of the protocol does not know are refused: they may be money. */
export function totalsOf(json: AnswerReader): AcpTotals {
  const sums: AcpTotals = {
    ...{ base: null, itemsDiscount: 0, subtotal: null, discount: 0, fulfillment: 0, tax: 0, fees: [], credit: 0 },
    ...{ total: null, refunded: null },
  };
  for (const entry of json.list()) {
    const type = entry.at('type').id();
    const amount = entry.at('amount').integer();
    // What is taken off is written without a sign by most, and with one by some.
    const off = Math.abs(amount);
    switch (type) {
      case 'items_base_amount':
      // The name that it had before, in examples of this version still.
      case 'base_amount':
        sums.base = (sums.base ?? 0) + amount;
        break;
      case 'items_discount':
        sums.itemsDiscount += off;
        break;
      case 'subtotal':
        sums.subtotal = (sums.subtotal ?? 0) + amount;
        break;
      case 'discount':
        sums.discount += off;
        break;
      case 'fulfillment':
        sums.fulfillment += amount;
        break;
      case 'tax':
        sums.tax += amount;
        break;
      case 'fee':
      case 'gift_wrap':
      case 'tip':
        sums.fees.push({
          code: type,
          name: (entry.at('display_text').textOrNull() ?? type).slice(0, 100),
          amountCents: amount,
        });
        break;
      case 'store_credit':
        sums.credit += off;
        break;
      case 'total':
        if (sums.total !== null) throw new BadAnswer(entry.path, 'the only total');
        sums.total = amount;
        break;
      case 'amount_refunded':
        sums.refunded = (sums.refunded ?? 0) + amount;
        break;
      default:
        throw new BadAnswer(entry.at('type').path, 'a known kind of total');
    }
  }
  return sums;
}

export interface AddedUp {
  subtotalCents: number;
  discountCents: number;
  shippingCents: number;
  fees: AcpTotals['fees'];
  taxCents: number;
  totalCents: number;
}

/**
 * The totals of a checkout as Muse shows them: the goods at their full price (`goodsCents`, from the lines), less what is
 * taken off, and what comes on top. The store's total is what counts; it must be the sum of its parts, in one of the two ways
 * in which the published examples add up: a `discount` comes off the subtotal, or is contained in it already.
 * Throws BadAnswer.
 */
export function addUp(totals: AcpTotals, goodsCents: number): AddedUp {
  const { base, itemsDiscount, subtotal, discount, fulfillment, tax, fees, credit, total } = totals;
  if (total === null) throw new BadAnswer('$.totals', 'a list with a total');
  const added = fulfillment + tax + fees.reduce((sum, fee) => sum + fee.amountCents, 0);
  const net = subtotal ?? (base ?? goodsCents) - itemsDiscount;
  if (![net - discount, net].some((goods) => goods + added - credit === total))
    throw new BadAnswer('$.totals', 'a list that adds up');
  const discountCents = goodsCents + added - total;
  if (discountCents < 0 || total < 0 || fulfillment < 0 || tax < 0)
    throw new BadAnswer('$.totals', 'what its lines cost');
  return {
    subtotalCents: goodsCents,
    discountCents,
    shippingCents: fulfillment,
    fees,
    taxCents: tax,
    totalCents: total,
  };
}
