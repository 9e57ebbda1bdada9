import fc from 'fast-check';
import { exchangeAmounts, valueOf } from './exchange-amounts';

const item = (quantity: number, unitPriceCents: number, more: object = {}) => ({
  ...{ id: 'i', quantity, unitPriceCents, totalCents: quantity * unitPriceCents },
  ...{ discountCents: 0, taxCents: 0, addedCents: 0, includedCents: 0 },
  ...more,
});

describe('What an exchange costs', () => {
  it('is what came back was worth, where the goods are of equal price', () => {
    const value = valueOf(
      [{ item: item(2, 1000, { discountCents: 201, taxCents: 160, addedCents: 160 }), before: 0, quantity: 1 }],
      1,
    );
    expect(value).toMatchObject({ valueCents: 979, priceCents: 1000 });
    const tax = { rateId: 'r', name: 'Tax', ratePpm: 80_000, inclusive: false, baseCents: 1799, taxCents: 160 };
    const amounts = exchangeAmounts(value, [600, 400], [tax], 1);
    expect(amounts).toMatchObject({ subtotalCents: 1000, totalCents: 979, restCents: 0 });
    expect(amounts.subtotalCents - amounts.discountCents + amounts.taxCents).toBe(979);
  });

  it('gives the rest back where they are cheaper', () => {
    const value = valueOf([{ item: item(1, 2000), before: 0, quantity: 1 }], 1);
    expect(exchangeAmounts(value, [500], [], 1)).toMatchObject({ totalCents: 500, restCents: 1500 });
    expect(() => exchangeAmounts(value, [2001], [], 1)).toThrow(RangeError);
    expect(exchangeAmounts(valueOf([{ item: item(1, 0), before: 0, quantity: 1 }], 1), [0], [], 1)).toMatchObject({
      ...{ totalCents: 0, restCents: 0 },
    });
  });

  it('adds up, whatever came back and whatever it is for', () => {
    fc.assert(
      fc.property(
        fc.record({
          quantity: fc.integer({ min: 1, max: 20 }),
          price: fc.integer({ min: 0, max: 1_000_000 }),
          off: fc.integer({ min: 0, max: 100 }),
          tax: fc.integer({ min: 0, max: 30 }),
          back: fc.integer({ min: 1, max: 20 }),
          share: fc.integer({ min: 0, max: 100 }),
          unit: fc.constantFrom(1, 10, 100),
        }),
        ({ quantity, price, off, tax, back, share, unit }) => {
          const discountCents = Math.floor((quantity * price * off) / 100);
          const taxCents = Math.floor(((quantity * price - discountCents) * tax) / 100);
          const of = item(quantity, price, { discountCents, taxCents, addedCents: taxCents });
          const value = valueOf([{ item: of, before: 0, quantity: Math.min(back, quantity) }], unit);
          expect(value.priceCents - value.discountCents + value.taxCents).toBe(value.valueCents);
          const goods = Math.floor((value.priceCents * share) / 100);
          const amounts = exchangeAmounts(value, [Math.floor(goods / 3), goods - Math.floor(goods / 3)], [], unit);
          expect(amounts.totalCents).toBe(amounts.subtotalCents - amounts.discountCents + amounts.taxCents);
          expect(amounts.totalCents + amounts.restCents).toBe(value.valueCents);
          expect(amounts.restCents % unit).toBe(0);
          for (const cents of [amounts.totalCents, amounts.restCents, amounts.taxCents, amounts.discountCents])
            expect(cents).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});
