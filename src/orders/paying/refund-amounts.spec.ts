import fc from 'fast-check';
import type { PricedItem } from './order-payments.repository';
import { amountOfUnits, unitsRefunded } from './refund-amounts';

const item = (overrides: Partial<PricedItem> = {}): PricedItem => {
  const sums = { totalCents: 3000, discountCents: 0, taxCents: 0, addedCents: 0, includedCents: 0 };
  return { id: 'i', quantity: 3, ...sums, ...overrides };
};

describe('What units of an item were paid', () => {
  it('is their price less discounts, and the tax that came on top of it', () => {
    expect(amountOfUnits(item(), 0, 2)).toBe(2000);
    expect(amountOfUnits(item({ discountCents: 300 }), 0, 3)).toBe(2700);
    expect(amountOfUnits(item({ taxCents: 240, addedCents: 300 }), 0, 3)).toBe(3240);
    expect(amountOfUnits(item({ taxCents: 240, includedCents: 300 }), 0, 3)).toBe(3000);
    expect(amountOfUnits(item({ taxCents: 240, addedCents: 100, includedCents: 300 }), 0, 3)).toBe(3060);
  });

  it('is a multiple of what can go back of the currency, whatever the pieces, and as much of the whole as that allows', () => {
    const of = item({ totalCents: 3035 });
    const pieces = [amountOfUnits(of, 0, 1, 10), amountOfUnits(of, 1, 1, 10), amountOfUnits(of, 2, 1, 10)];
    expect(pieces).toEqual([1010, 1010, 1010]);
    expect(amountOfUnits(of, 0, 3, 10)).toBe(3030);
  });

  it('sums to the whole, in whatever pieces it goes back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 999 }),
        fc.integer({ min: 0, max: 1_000_000_000 }),
        fc.array(fc.integer({ min: 1, max: 999 }), { minLength: 1, maxLength: 20 }),
        (quantity, unit, wanted) => {
          const of = item({ quantity, totalCents: unit * quantity, discountCents: Math.floor((unit * quantity) / 3) });
          let [before, sum] = [0, 0];
          for (const units of [...wanted, quantity]) {
            const piece = Math.min(units, quantity - before);
            if (piece === 0) break;
            const amount = amountOfUnits(of, before, piece);
            expect(amount).toBeGreaterThanOrEqual(0);
            sum += amount;
            before += piece;
          }
          if (before === quantity) expect(sum).toBe(of.totalCents - of.discountCents);
        },
      ),
    );
  });

  it('counts the units of every refund that has not failed', () => {
    const of = (status: string, itemId: string, quantity: number) => ({ status, items: [{ itemId, quantity }] });
    const units = unitsRefunded([
      of('succeeded', 'a', 1),
      of('pending', 'a', 2),
      of('failed', 'a', 4),
      of('pending', 'b', 1),
      { status: 'succeeded', items: [] },
    ]);
    expect([...units]).toEqual([
      ['a', 3],
      ['b', 1],
    ]);
  });
});
