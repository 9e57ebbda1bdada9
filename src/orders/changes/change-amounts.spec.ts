import fc from 'fast-check';
import type { Discount, TaxLine } from '../../pricing';
import {
  amountsAfter,
  scaleTaxLines,
  unitsMoved,
  type ChangeItem,
  type ChangeSide,
  type WantedChange,
} from './change-amounts';

const item = (
  itemId: string,
  quantity: number,
  unitPriceCents: number,
  more: Partial<ChangeItem> = {},
): ChangeItem => ({
  ...{ itemId, variantId: `v-${itemId}`, productName: itemId, productSku: null, productUrl: null },
  ...{ productImageUrl: null, size: null, color: null, quantity, unitPriceCents, discountCents: 0, taxCents: 0 },
  ...more,
});
/** As it comes in: nothing is known of it but what it is and costs. */
const goods = (name: string, quantity: number, unitPriceCents: number): WantedChange['added'][number] => ({
  ...{ variantId: `v-${name}`, productName: name, productSku: null, productUrl: null, productImageUrl: null },
  ...{ size: null, color: null, quantity, unitPriceCents },
});
const side = (items: ChangeItem[], more: Partial<ChangeSide> = {}): ChangeSide => {
  const subtotalCents = items.reduce((sum, one) => sum + one.quantity * one.unitPriceCents, 0);
  const of: ChangeSide = {
    ...{ items, subtotalCents, discountCents: 0, discounts: [], shippingCents: 500, feesCents: 0 },
    ...{ taxCents: 0, taxIncludedCents: 0, taxLines: [], totalVesCents: null, estimatedFrom: null, estimatedTo: null },
    totalCents: 0,
    ...more,
  };
  return { ...of, totalCents: of.subtotalCents - of.discountCents + of.shippingCents + of.feesCents + of.taxCents };
};
const wanted = (
  items: Record<string, [quantity: number, unitPriceCents: number]>,
  more: Partial<WantedChange> = {},
): WantedChange => ({
  items: new Map(Object.entries(items).map(([id, [quantity, unitPriceCents]]) => [id, { quantity, unitPriceCents }])),
  ...{ added: [], shippingCents: 500, estimatedFrom: null, estimatedTo: null },
  ...more,
});
const tax = (ratePpm: number, baseCents: number, taxCents: number, inclusive = false): TaxLine => ({
  ...{ rateId: `r${ratePpm}`, name: 'Tax', ratePpm, inclusive, baseCents, taxCents },
});
const discount = (lines: number[], more: Partial<Discount> = {}): Discount => ({
  ...{ couponId: 'c', code: 'C', fundedBy: 'store', kind: 'percent', deliveryCents: 0, lines },
  goodsCents: lines.reduce((a, b) => a + b, 0),
  ...more,
});

describe('What an order is after a change', () => {
  it('is what it was with other units, prices and goods, and adds up', () => {
    const before = side([item('a', 2, 1000), item('b', 1, 2000)], { totalVesCents: 45_000 });
    const after = amountsAfter(
      before,
      wanted({ a: [1, 900], b: [0, 2000] }, { added: [goods('n', 3, 100)], shippingCents: 700 }),
    );
    expect(after.items.map((one) => [one.itemId, one.quantity, one.unitPriceCents])).toEqual([
      ['a', 1, 900],
      [null, 3, 100],
    ]);
    expect(after).toMatchObject({ subtotalCents: 1200, shippingCents: 700, totalCents: 1900, totalVesCents: 19_000 });
    expect(unitsMoved(before, after)).toEqual({
      more: [{ variantId: 'v-n', quantity: 3 }],
      fewer: [
        { variantId: 'v-a', quantity: 1 },
        { variantId: 'v-b', quantity: 1 },
      ],
    });
  });

  it('moves no unit that goes and comes under the same variant', () => {
    const before = side([item('a', 2, 1000)]);
    expect(unitsMoved(before, amountsAfter(before, wanted({ a: [0, 1000] }, { added: [goods('a', 2, 800)] })))).toEqual(
      {
        ...{ more: [], fewer: [] },
      },
    );
  });

  it('keeps a discount in proportion, and never makes it larger', () => {
    const before = side([item('a', 3, 1000, { discountCents: 300 })], {
      discounts: [discount([300])],
      discountCents: 300,
    });
    expect(amountsAfter(before, wanted({ a: [1, 1000] }))).toMatchObject({ discountCents: 100, totalCents: 1400 });
    expect(amountsAfter(before, wanted({ a: [9, 1000] }))).toMatchObject({ discountCents: 300, totalCents: 9200 });
    const free = side([item('a', 1, 1000)], {
      discounts: [discount([0], { kind: 'free_delivery', deliveryCents: 500 })],
      discountCents: 500,
    });
    expect(amountsAfter(free, wanted({}, { shippingCents: 200 }))).toMatchObject({
      discountCents: 200,
      totalCents: 1000,
    });
    expect(amountsAfter(free, wanted({}, { shippingCents: 800 }))).toMatchObject({
      discountCents: 500,
      totalCents: 1300,
    });
  });

  it('works tax out anew by the order’s own rate, as pricing would', () => {
    // 8.875 % of 10.00 is 0.89, of 100.00 8.88: ten times the rounded tax would be 8.90.
    const before = side([item('a', 1, 1000, { taxCents: 89 })], { taxLines: [tax(88_750, 1000, 89)], taxCents: 89 });
    expect(amountsAfter(before, wanted({ a: [10, 1000] }))).toMatchObject({
      ...{ taxCents: 888, totalCents: 11_388, items: [{ taxCents: 888 }] },
      taxLines: [{ baseCents: 10_000, taxCents: 888 }],
    });
    // 16 % in the price, on goods and delivery: 15.00 contain 2.07, 25.00 contain 3.45.
    const included = side([item('a', 1, 1000, { taxCents: 138 })], {
      taxLines: [tax(160_000, 1293, 207, true)],
      taxIncludedCents: 207,
    });
    expect(amountsAfter(included, wanted({ a: [2, 1000] }))).toMatchObject({
      ...{ taxCents: 0, taxIncludedCents: 345, totalCents: 2500, items: [{ taxCents: 276 }] },
    });
  });

  it('taxes what comes in as the order’s goods, and leaves what is exempt so', () => {
    const before = side([item('a', 1, 1000, { taxCents: 100 }), item('b', 1, 1000)], {
      taxLines: [tax(100_000, 1000, 100)],
      taxCents: 100,
    });
    const after = amountsAfter(before, wanted({ b: [3, 1000] }, { added: [goods('n', 1, 500)] }));
    expect(after).toMatchObject({ taxCents: 150, items: [{ taxCents: 100 }, { taxCents: 0 }, { taxCents: 50 }] });
  });

  it('adds up and shares out to the cent, whatever is changed', () => {
    const line = fc.record({
      quantity: fc.integer({ min: 1, max: 50 }),
      price: fc.integer({ min: 0, max: 500_000 }),
      off: fc.integer({ min: 0, max: 100 }),
    });
    const change = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 600_000 }));
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 6 }),
        fc.array(change, { minLength: 6, maxLength: 6 }),
        fc.integer({ min: 0, max: 250_000 }),
        fc.integer({ min: 0, max: 10_000 }),
        (lines, changes, ppm, shippingCents) => {
          const offs = lines.map(({ quantity, price, off }) => Math.floor((quantity * price * off) / 100));
          const taxes = lines.map(({ quantity, price }, i) => Math.round(((quantity * price - offs[i]!) * ppm) / 1e6));
          const taxCents = taxes.reduce((a, b) => a + b, 0);
          const before = side(
            lines.map(({ quantity, price }, i) =>
              item(`i${i}`, quantity, price, { discountCents: offs[i]!, taxCents: taxes[i]! }),
            ),
            {
              discounts: [discount(offs)],
              discountCents: offs.reduce((a, b) => a + b, 0),
              taxLines: [tax(ppm, 1, taxCents)],
              taxCents,
            },
          );
          const to = Object.fromEntries(lines.map((_, i) => [`i${i}`, changes[i]!]));
          const after = amountsAfter(before, wanted(to, { shippingCents }));
          expect(after.totalCents).toBe(
            after.subtotalCents - after.discountCents + after.shippingCents + after.taxCents,
          );
          expect(after.discountCents).toBeLessThanOrEqual(before.discountCents);
          expect(after.discountCents).toBe(after.items.reduce((sum, one) => sum + one.discountCents, 0));
          expect(after.items.reduce((sum, one) => sum + one.taxCents, 0)).toBeLessThanOrEqual(after.taxCents);
          for (const one of after.items) {
            expect(one.discountCents).toBeLessThanOrEqual(one.quantity * one.unitPriceCents);
            expect(one.taxCents).toBeGreaterThanOrEqual(0);
          }
          expect(after.totalCents).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });

  it('scales frozen taxes to another sum', () => {
    const scaled = scaleTaxLines([tax(50_000, 2000, 100), tax(25_000, 2000, 50)], 75);
    expect(scaled.map((one) => [one.taxCents, one.baseCents])).toEqual([
      [50, 1000],
      [25, 1000],
    ]);
    expect(scaleTaxLines([], 0)).toEqual([]);
  });
});
