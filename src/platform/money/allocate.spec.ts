import fc from 'fast-check';
import { allocate } from './allocate';

const totals = fc.integer({ min: -1_000_000_000_000, max: 1_000_000_000_000 });
const weights = fc.array(fc.integer({ min: 0, max: 1_000_000_000 }), { minLength: 1, maxLength: 30 });

describe('allocate', () => {
  it('gives parts that sum to the whole', () => {
    fc.assert(
      fc.property(totals, weights, (total, w) => {
        expect(allocate(total, w).reduce((a, b) => a + b, 0)).toBe(total);
      }),
    );
  });

  it('keeps every part within one unit of its exact share', () => {
    fc.assert(
      fc.property(totals, weights, (total, w) => {
        const shares = w.some((weight) => weight > 0) ? w : w.map(() => 1);
        const sum = shares.reduce((a, b) => a + BigInt(b), 0n);
        allocate(total, w).forEach((part, index) => {
          const off = BigInt(part) * sum - BigInt(total) * BigInt(shares[index]!);
          expect(off < sum && off > -sum).toBe(true);
        });
      }),
    );
  });

  it('gives nothing to a part of no weight while another has some', () => {
    fc.assert(
      fc.property(totals, weights, (total, w) => {
        fc.pre(w.some((weight) => weight > 0));
        allocate(total, w).forEach((part, index) => {
          if (w[index] === 0) expect(part).toBe(0);
        });
      }),
    );
  });

  it('splits by largest remainder, the earlier part first where remainders are equal', () => {
    expect(allocate(100, [1, 1, 1])).toEqual([34, 33, 33]);
    expect(allocate(101, [1, 1, 1])).toEqual([34, 34, 33]);
    expect(allocate(10, [5, 3, 1])).toEqual([6, 3, 1]);
    expect(allocate(-100, [1, 1, 1])).toEqual([-34, -33, -33]);
  });

  it('splits evenly where no part has weight', () => {
    expect(allocate(5, [0, 0])).toEqual([3, 2]);
    expect(allocate(0, [])).toEqual([]);
  });

  it('is exact where doubles are not', () => {
    const total = Number.MAX_SAFE_INTEGER;
    expect(allocate(total, [total, total - 1, 1]).reduce((a, b) => a + BigInt(b), 0n)).toBe(BigInt(total));
  });

  it('refuses what it cannot split', () => {
    expect(() => allocate(1, [])).toThrow(RangeError);
    expect(() => allocate(1.5, [1])).toThrow(RangeError);
    expect(() => allocate(1, [-1])).toThrow(RangeError);
    expect(() => allocate(1, [0.5])).toThrow(RangeError);
    expect(() => allocate(1, [Number.NaN])).toThrow(RangeError);
  });
});
