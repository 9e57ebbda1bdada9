import fc from 'fast-check';
import { assessTax, type TaxRate } from './tax-rules';

const rate = (over: Partial<TaxRate> & { ratePpm: number }): TaxRate => ({
  id: JSON.stringify(over),
  country: 'US',
  region: null,
  category: null,
  name: 'Sales tax',
  inclusive: false,
  onDelivery: true,
  ...over,
});
const NY = rate({ region: 'NY', ratePpm: 88_750 });
const IVA = rate({ country: 'VE', name: 'IVA', ratePpm: 160_000, inclusive: true });
const sale = (amounts: number[], deliveryCents = 0, place: { country?: string; region?: string | null } = {}) => ({
  place: { country: 'US', region: 'NY', ...place },
  lines: amounts.map((amountCents) => ({ category: 'Dresses' as string | null, amountCents })),
  deliveryCents,
});
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);

describe('assessTax', () => {
  it('adds a tax to the prices, delivery included, rounded once', () => {
    const { addedCents, includedCents, taxLines, lines } = assessTax(sale([1000, 1000], 500), [NY, IVA]);
    expect({ addedCents, includedCents }).toEqual({ addedCents: 222, includedCents: 0 });
    expect(taxLines).toEqual([
      { rateId: NY.id, name: 'Sales tax', ratePpm: 88_750, inclusive: false, baseCents: 2500, taxCents: 222 },
    ]);
    expect(lines).toEqual([
      { addedCents: 89, includedCents: 0 },
      { addedCents: 89, includedCents: 0 },
    ]);
  });

  it('finds the tax that prices contain: base and tax make up the price', () => {
    const { addedCents, includedCents, taxLines } = assessTax(sale([11_600], 0, { country: 'VE', region: 'Miranda' }), [
      NY,
      IVA,
    ]);
    expect({ addedCents, includedCents }).toEqual({ addedCents: 0, includedCents: 1600 });
    expect(taxLines).toMatchObject([{ name: 'IVA', inclusive: true, baseCents: 10_000, taxCents: 1600 }]);
  });

  it('takes the most special rate of a tax: region before country, category before all goods', () => {
    const rates = [
      rate({ ratePpm: 10_000 }),
      rate({ ratePpm: 20_000, category: 'dresses' }),
      rate({ ratePpm: 30_000, region: 'NY' }),
      rate({ ratePpm: 40_000, region: 'ny', category: 'DRESSES', name: 'SALES TAX' }),
    ];
    const added = (of: TaxRate[], region: string | null = 'NY') =>
      assessTax(sale([1000], 0, { region }), of).addedCents;
    expect(added(rates)).toBe(40);
    expect(added(rates.slice(0, 3))).toBe(30);
    expect(added(rates.slice(0, 2))).toBe(20);
    expect(added(rates.slice(0, 1))).toBe(10);
    expect(added(rates, null)).toBe(20);
    expect(added(rates, 'CA')).toBe(20);
    expect(added([])).toBe(0);
  });

  it('leaves exempt categories untaxed, and delivery where the rate says so', () => {
    const exempt = [NY, rate({ region: 'NY', category: 'Dresses', ratePpm: 0 })];
    expect(assessTax(sale([1000], 1000), exempt)).toMatchObject({ addedCents: 89, lines: [{ addedCents: 0 }] });
    expect(assessTax(sale([1000], 1000), [{ ...NY, onDelivery: false }]).addedCents).toBe(89);
  });

  it('adds taxes of different names up, each on the price without tax', () => {
    const canada = { country: 'CA', region: 'BC' };
    const gst = rate({ country: 'CA', name: 'GST', ratePpm: 50_000 });
    const pst = rate({ country: 'CA', region: 'BC', name: 'PST', ratePpm: 70_000 });
    expect(assessTax(sale([1000], 0, canada), [gst, pst])).toMatchObject({
      addedCents: 120,
      taxLines: [
        { name: 'GST', taxCents: 50 },
        { name: 'PST', taxCents: 70 },
      ],
    });
    const inside = { ...gst, inclusive: true };
    expect(assessTax(sale([1050], 0, canada), [inside, pst])).toMatchObject({ includedCents: 50, addedCents: 70 });
  });

  it('has parts that make up the whole, none of them negative, whatever the lines and the order of rates', () => {
    const rates = fc.uniqueArray(
      fc.record({
        id: fc.uuid(),
        country: fc.constantFrom('US', 'VE'),
        region: fc.constantFrom(null, 'NY', 'CA'),
        category: fc.constantFrom(null, 'Dresses', 'Shoes'),
        name: fc.constantFrom('A', 'B', 'C', 'D', 'E'),
        ratePpm: fc.integer({ min: 0, max: 1_000_000 }),
        inclusive: fc.boolean(),
        onDelivery: fc.boolean(),
      }),
      { selector: (one) => [one.country, one.region, one.category, one.name].join(), maxLength: 12 },
    );
    const anySale = fc.record({
      place: fc.record({ country: fc.constantFrom('US', 'VE'), region: fc.constantFrom(null, 'NY', 'CA') }),
      lines: fc.array(
        fc.record({
          category: fc.constantFrom(null, 'Dresses', 'Shoes'),
          amountCents: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 1e11 })),
        }),
        { maxLength: 20 },
      ),
      deliveryCents: fc.integer({ min: 0, max: 100_000 }),
    });
    fc.assert(
      fc.property(anySale, rates, (of, table) => {
        const found = assessTax(of, table);
        const delivery = assessTax({ ...of, lines: [] }, table);
        expect(sum(found.taxLines.filter((l) => l.inclusive).map((l) => l.taxCents))).toBe(found.includedCents);
        expect(sum(found.taxLines.filter((l) => !l.inclusive).map((l) => l.taxCents))).toBe(found.addedCents);
        expect(found.includedCents).toBeLessThanOrEqual(sum(of.lines.map((l) => l.amountCents)) + of.deliveryCents);
        found.lines.forEach(({ addedCents, includedCents }, index) => {
          expect(Math.min(addedCents, includedCents)).toBeGreaterThanOrEqual(0);
          expect(includedCents).toBeLessThanOrEqual(of.lines[index]!.amountCents);
        });
        const ofLines = sum(found.lines.map((l) => l.addedCents + l.includedCents));
        expect(ofLines).toBeLessThanOrEqual(found.addedCents + found.includedCents);
        if (of.deliveryCents === 0) expect(ofLines).toBe(found.addedCents + found.includedCents);
        if (of.lines.length === 0) expect(found).toEqual(delivery);
        expect(assessTax(of, table.toReversed())).toEqual({ ...found, taxLines: expect.anything() });
      }),
      { numRuns: 300 },
    );
  });
});
