import * as fc from 'fast-check';
import { AnswerReader, BadAnswer } from '../answer-reader';
import { readTotals, totalOf } from './totals';

type Entry = {
  type: string;
  amount: number;
  display_text?: string;
  lines?: { display_text: string; amount: number }[];
};
const read = (...entries: Entry[]) => readTotals(new AnswerReader(entries));
const entry = (type: string, amount: number, display_text?: string): Entry => ({
  type,
  amount,
  ...(display_text && { display_text }),
});

describe('Totals of a UCP checkout', () => {
  it('are taken apart as Muse has them', () => {
    expect(
      read(
        entry('subtotal', 10_000),
        entry('discount', -1_500, 'Summer Sale'),
        entry('items_discount', -500),
        entry('fulfillment', 899),
        entry('tax', 332, 'Federal Tax'),
        entry('tax', 465, 'State Tax'),
        entry('fee', 150, 'Recycling'),
        entry('gift_wrap', 400, 'Gift wrap'),
        entry('account_credit', -2_500, 'Account Credit'),
        entry('total', 7_746),
      ),
    ).toEqual({
      subtotalCents: 10_000,
      discountCents: 4_500,
      shippingCents: 899,
      fees: [
        { code: 'fee', name: 'Recycling', amountCents: 150 },
        { code: 'gift_wrap', name: 'Gift wrap', amountCents: 400 },
      ],
      taxCents: 797,
      totalCents: 7_746,
    });
  });

  it.each([
    [[entry('subtotal', 100), entry('total', 101)]],
    [[entry('subtotal', 100), entry('tax', 5), entry('total', 100)]],
    [[entry('subtotal', 100)]],
    [[entry('total', 100)]],
    [[entry('subtotal', 50), entry('subtotal', 50), entry('total', 100)]],
    [[entry('subtotal', 100), entry('total', 100), entry('total', 100)]],
    [[entry('subtotal', 100), entry('discount', 10), entry('total', 110)]],
    [[entry('subtotal', 100), entry('tax', -10), entry('total', 90)]],
    [[entry('subtotal', 100), entry('discount', -200), entry('total', -100)]],
    [[entry('subtotal', 1.5), entry('total', 1.5)]],
    [[]],
  ])('add up, each of its sign, or are none: %j', (entries) => {
    expect(() => read(...entries)).toThrow(BadAnswer);
  });

  it('have lines below them that add up too', () => {
    const fee = (amount: number) => ({ ...entry('fee', 549), lines: [{ display_text: 'Service', amount }] });
    expect(read(entry('subtotal', 0), fee(549), entry('total', 549)).totalCents).toBe(549);
    expect(() => read(entry('subtotal', 0), fee(548), entry('total', 549))).toThrow(BadAnswer);
  });

  it('come to the same however they are taken apart', () => {
    const cents = fc.integer({ min: 0, max: 1_000_000 });
    const others = fc.array(
      fc.oneof(
        cents.map((amount) => entry('fulfillment', amount)),
        cents.map((amount) => entry('tax', amount)),
        cents.map((amount) => entry('fee', amount)),
        cents.map((amount) => entry('surcharge', amount)),
        cents.map((amount) => entry('discount', -amount)),
        cents.map((amount) => entry('credit', -amount)),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(cents, others, (subtotal, entries) => {
        const total = entries.reduce((sum, { amount }) => sum + amount, subtotal);
        fc.pre(total >= 0);
        const figures = read(entry('subtotal', subtotal), ...entries, entry('total', total));
        const fees = figures.fees.reduce((sum, { amountCents }) => sum + amountCents, 0);
        expect(figures.subtotalCents - figures.discountCents + figures.shippingCents + fees + figures.taxCents).toBe(
          total,
        );
        expect(Object.is(figures.discountCents, -0)).toBe(false);
      }),
    );
  });

  it('of an option are its total, or what stands there', () => {
    const of = (...entries: Entry[]) => totalOf(new AnswerReader(entries));
    expect(of(entry('fulfillment', 500), entry('tax', 40), entry('total', 540))).toBe(540);
    expect(of(entry('fulfillment', 500), entry('tax', 40))).toBe(540);
    expect(of()).toBe(0);
  });
});
