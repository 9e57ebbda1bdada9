import fc from 'fast-check';
import { RateTable, type PinnedRate } from './rate-table';

const rate = (base: string, quote: string, value: string): PinnedRate => ({
  id: `${base}${quote}`,
  base,
  quote,
  rate: value,
  effectiveAt: '2026-11-22T00:00:00.000Z',
});
const table = new RateTable([rate('USD', 'VES', '36.5'), rate('EUR', 'USD', '1.08'), rate('USD', 'JPY', '150')]);

describe('RateTable', () => {
  it('leaves an amount of the same currency as it is', () => {
    expect(table.convert(8900, 'USD', 'USD')).toEqual({ amount: 8900, rateId: null });
    expect(new RateTable([]).convert(8900, 'XXX', 'XXX')).toEqual({ amount: 8900, rateId: null });
  });

  it('converts directly, by the inverse, and across USD', () => {
    expect(table.convert(8900, 'USD', 'VES')).toEqual({ amount: 324_850, rateId: 'USDVES' });
    expect(table.convert(3650, 'VES', 'USD')).toEqual({ amount: 100, rateId: 'USDVES' });
    expect(table.convert(1000, 'EUR', 'VES')).toEqual({ amount: 39_420, rateId: 'USDVES' });
    expect(table.convert(39_420, 'VES', 'EUR')).toEqual({ amount: 1000, rateId: 'EURUSD' });
    expect(table.convert(150, 'JPY', 'VES')).toEqual({ amount: 3650, rateId: 'USDVES' });
  });

  it('rounds once when it goes across USD', () => {
    // In two roundings this would be 0.01 EUR → 0.01 USD → 0.37 VES.
    expect(table.convert(1, 'EUR', 'VES')!.amount).toBe(39);
  });

  it('prefers the direct rate to the inverse', () => {
    const both = new RateTable([rate('VES', 'USD', '0.03'), rate('USD', 'VES', '36.5')]);
    expect(both.convert(10_000, 'VES', 'USD')).toEqual({ amount: 300, rateId: 'VESUSD' });
  });

  it('knows no way where no rate leads', () => {
    expect(table.convert(1, 'USD', 'GBP')).toBeNull();
    expect(table.convert(1, 'GBP', 'EUR')).toBeNull();
    expect(table.convert(Number.MAX_SAFE_INTEGER, 'USD', 'VES')).toBeNull();
  });

  it('pins what it takes and no more, and converts the same from what was pinned', () => {
    const pinned = table.pin(['USD', 'EUR', 'GBP'], ['VES', 'USD']);
    expect(pinned.map((p) => p.id).toSorted()).toEqual(['EURUSD', 'USDVES']);
    const later = RateTable.fromPinned(JSON.parse(JSON.stringify(pinned)) as PinnedRate[]);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e12 }),
        fc.constantFrom('USD', 'EUR'),
        fc.constantFrom('VES', 'USD'),
        (amount, from, to) => {
          expect(later.convert(amount, from, to)).toEqual(table.convert(amount, from, to));
        },
      ),
    );
  });
});
