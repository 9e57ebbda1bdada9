import fc from 'fast-check';
import { percentOf, ppmOf, shareOf } from './percent';

describe('Percentages', () => {
  it('are whole parts per million, and come back as they were written', () => {
    expect(ppmOf('8.875')).toBe(88_750);
    expect(ppmOf('16')).toBe(160_000);
    expect(ppmOf('0.0001')).toBe(1);
    expect(ppmOf('100')).toBe(1_000_000);
    fc.assert(fc.property(fc.integer({ min: 0, max: 1_000_000 }), (ppm) => ppmOf(percentOf(ppm)) === ppm));
  });

  it.each(['', '-1', '101', '100.1', '8,875', '1.00001', '1e1', ' 1', '.5'])('are not "%s"', (text) => {
    expect(() => ppmOf(text)).toThrow(RangeError);
  });

  it('of an amount are rounded half up, once', () => {
    expect(shareOf(1000, ppmOf('8.875'))).toBe(89);
    expect(shareOf(100, ppmOf('0.5'))).toBe(1);
    expect(shareOf(99, ppmOf('0.5'))).toBe(0);
    expect(shareOf(9_000_000_000_000_000, 1_000_000)).toBe(9_000_000_000_000_000);
  });

  it('of an amount are never more than half a unit from the exact share', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), fc.integer({ min: 0, max: 1_000_000 }), (cents, ppm) => {
        const off = 2n * (BigInt(shareOf(cents, ppm)) * 1_000_000n - BigInt(cents) * BigInt(ppm));
        expect(off <= 1_000_000n && off > -1_000_000n).toBe(true);
      }),
    );
  });
});
