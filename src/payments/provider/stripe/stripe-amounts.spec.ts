import fc from 'fast-check';
import { fromStripe, granularityOf, toStripe } from './stripe-amounts';

const CURRENCIES = ['USD', 'EUR', 'JPY', 'KRW', 'ISK', 'UGX', 'MGA', 'KWD', 'BHD', 'JOD', 'OMR', 'TND'];

describe('amounts at Stripe', () => {
  it('are ours in currencies with two decimals and with none', () => {
    expect([toStripe(1234, 'USD'), toStripe(1234, 'JPY')]).toEqual([1234, 1234]);
  });

  it('are hundredths of ISK and UGX, and whole MGA', () => {
    expect([toStripe(12, 'ISK'), toStripe(7, 'UGX'), toStripe(500, 'MGA')]).toEqual([1200, 700, 5]);
  });

  it('end in 0 where a currency has three decimals; any other is refused, never rounded', () => {
    expect(toStripe(1230, 'KWD')).toBe(1230);
    expect(() => toStripe(1234, 'KWD')).toThrow(RangeError);
    expect(() => toStripe(501, 'MGA')).toThrow(RangeError);
    expect(() => toStripe(1.5, 'USD')).toThrow(RangeError);
  });

  it('come back as they went', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), fc.constantFrom(...CURRENCIES), (units, currency) => {
        const amount = units * granularityOf(currency);
        expect(fromStripe(toStripe(amount, currency), currency)).toBe(amount);
      }),
    );
  });
});
