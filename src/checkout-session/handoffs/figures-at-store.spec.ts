import { figuresAtStore } from './figures-at-store';

const estimate = {
  ...{ currency: 'USD', subtotalCents: 2000, discountCents: 100, shippingCents: 500, taxCents: 150, totalCents: 2650 },
  fees: [{ code: 'bag', name: 'Bag', amountCents: 100 }],
};
const usd = (totalCents: number | null, currency: string | null = 'USD') => ({ totalCents, currency });

describe('What an order came to at its store', () => {
  it.each([3001, 2651, 2649, 1999, 1, 0])('adds up to %s, whatever was estimated', (totalCents) => {
    const figures = figuresAtStore(estimate, usd(totalCents))!;
    const fees = figures.fees.reduce((sum, fee) => sum + fee.amountCents, 0);
    expect(figures.totalCents).toBe(totalCents);
    expect(figures.subtotalCents - figures.discountCents + figures.shippingCents + fees + figures.taxCents).toBe(
      totalCents,
    );
    expect(figures).toMatchObject({ subtotalCents: 2000, shippingCents: 500, taxCents: 150 });
    for (const cents of [figures.discountCents, ...figures.fees.map((fee) => fee.amountCents)])
      expect(cents).toBeGreaterThan(0);
  });

  it('is the estimate where the mail says nothing else, or speaks of another currency', () => {
    for (const mailed of [usd(2650), usd(null), usd(3000, 'EUR'), usd(3000, null), usd(-1)])
      expect(figuresAtStore(estimate, mailed)).toBeUndefined();
  });
});
