import type { AnswerReader } from '../answer-reader';

/** A checkout's figures, put together as Muse has them: subtotal - discount + shipping + fees + tax = total. */
export interface Figures {
  subtotalCents: number;
  discountCents: number;
  shippingCents: number;
  fees: { code: string; name: string; amountCents: number }[];
  taxCents: number;
  totalCents: number;
}

interface Entry {
  type: string;
  name: string | null;
  amount: number;
}

/** Throws BadAnswer where the entries do not add up: a store's total that cannot be explained is none to pay. */
export function readTotals(totals: AnswerReader): Figures {
  const entries = totals.list().map(readEntry);
  const sum = (of: Entry[]) => of.reduce((all, { amount }) => all + amount, 0);
  const only = (type: string) => {
    const found = entries.filter((entry) => entry.type === type);
    if (found.length !== 1 || found[0]!.amount < 0) throw totals.not(`totals with one ${type}`);
    return found[0]!.amount;
  };
  const of = (...types: string[]) => entries.filter(({ type }) => types.includes(type));
  const figures = { subtotalCents: only('subtotal'), totalCents: only('total') };
  if (sum(entries.filter(({ type }) => type !== 'total')) !== figures.totalCents) {
    throw totals.not('totals that add up');
  }
  const others = entries.filter(({ type }) => !KNOWN.has(type));
  const lowering = [...of('discount', 'items_discount'), ...others.filter(({ amount }) => amount < 0)];
  const raising = [...of('fee'), ...others.filter(({ amount }) => amount > 0)];
  return {
    ...figures,
    discountCents: 0 - sum(lowering),
    shippingCents: sum(of('fulfillment')),
    fees: raising.map(({ type, name, amount }) => ({ code: type, name: name ?? 'Fee', amountCents: amount })),
    taxCents: sum(of('tax')),
  };
}

const KNOWN = new Set(['subtotal', 'items_discount', 'discount', 'fulfillment', 'tax', 'fee', 'total']);
const LOWERING = new Set(['items_discount', 'discount']);

function readEntry(entry: AnswerReader): Entry {
  const type = entry.at('type').id();
  const amount = entry.at('amount').integer();
  const isOfItsSign = LOWERING.has(type) ? amount <= 0 : KNOWN.has(type) ? amount >= 0 : true;
  if (!isOfItsSign) throw entry.not(`an amount of ${type}`);
  const lines = entry.at('lines');
  if (lines.isThere) {
    const sum = lines.list().reduce((all, line) => all + line.at('amount').integer(), 0);
    if (sum !== amount) throw entry.not('lines that add up');
  }
  return { type, name: entry.at('display_text').textOrNull(), amount };
}

/** Of an option or a line: its total, or the sum of what stands there. */
export function totalOf(totals: AnswerReader): number {
  const entries = totals.list().map((entry) => [entry.at('type').id(), entry.at('amount').integer()] as const);
  const total = entries.find(([type]) => type === 'total');
  return total ? total[1] : entries.reduce((all, [, amount]) => all + amount, 0);
}
