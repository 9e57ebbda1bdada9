import fc from 'fast-check';
import { compose, convert, convertBy, invert, ratio } from './convert';
import { minorDigits } from './money';

describe('convert', () => {
  it('minds the decimals of both currencies', () => {
    expect(convert(10_000, 'USD', 'VES', '36.5')).toBe(365_000);
    expect(convert(1_000, 'USD', 'JPY', '150.5')).toBe(1_505);
    expect(convert(100, 'JPY', 'USD', '0.0066')).toBe(66);
    expect(convert(100, 'USD', 'KWD', '0.307')).toBe(307);
    expect(convert(1_000, 'KWD', 'JPY', '490')).toBe(490);
  });

  it('rounds once, half up', () => {
    expect(convert(1, 'USD', 'EUR', '0.5')).toBe(1);
    expect(convert(1, 'USD', 'EUR', '0.49999999999999999999')).toBe(0);
    expect(convert(3, 'USD', 'EUR', '0.5')).toBe(2);
    expect(convert(-1, 'USD', 'EUR', '0.5')).toBe(-1);
  });

  it('keeps digits that a double would lose', () => {
    expect(convert(9_007_199_254_740_991, 'USD', 'EUR', '0.999999999999999999')).toBe(9_007_199_254_740_991);
    expect(convert(3, 'USD', 'EUR', '0.1')).toBe(0);
    expect(convert(100, 'USD', 'EUR', '1.005')).toBe(101);
  });

  it('gives null for what does not fit', () => {
    expect(convert(Number.MAX_SAFE_INTEGER, 'USD', 'EUR', '1.01')).toBeNull();
    expect(convert(Number.MAX_SAFE_INTEGER, 'USD', 'EUR', '1')).toBe(Number.MAX_SAFE_INTEGER);
  });

  it.each(['', '0', '0.000', '-1', '1e3', '.5', '1.', 'NaN', '1,5', ' 1', '1'.repeat(30)])(
    'refuses the rate %j',
    (rate) => {
      expect(() => convert(1, 'USD', 'EUR', rate)).toThrow(RangeError);
    },
  );

  it('refuses parts of a minor unit', () => {
    expect(() => convert(0.5, 'USD', 'EUR', '1')).toThrow(RangeError);
  });

  const currency = fc.constantFrom('USD', 'VES', 'JPY', 'KWD');
  const amount = fc.integer({ min: 0, max: 1_000_000_000 });
  const rate = fc
    .tuple(fc.integer({ min: 0, max: 999_999 }), fc.integer({ min: 1, max: 999_999 }))
    .map(([whole, part]) => `${whole}.${String(part).padStart(6, '0')}`);

  it('is never more than half a unit from the exact value', () => {
    fc.assert(
      fc.property(amount, currency, currency, rate, (a, from, to, r) => {
        const { num, den } = ratio(r);
        const exactNum = BigInt(a) * num * 10n ** BigInt(minorDigits(to));
        const exactDen = den * 10n ** BigInt(minorDigits(from));
        const converted = convert(a, from, to, r);
        if (converted === null) return exactNum > BigInt(Number.MAX_SAFE_INTEGER) * exactDen;
        const off = 2n * (BigInt(converted) * exactDen - exactNum);
        return off <= exactDen && off > -exactDen;
      }),
    );
  });

  it('comes back to the same amount by the inverse when nothing was rounded away', () => {
    fc.assert(
      fc.property(amount, fc.integer({ min: 1, max: 10_000 }), (a, whole) => {
        const by = ratio(String(whole));
        expect(convertBy(convertBy(a, 'USD', 'VES', by)!, 'VES', 'USD', invert(by))).toBe(a);
        expect(convertBy(a, 'USD', 'EUR', compose(by, invert(by)))).toBe(a);
      }),
    );
  });
});
