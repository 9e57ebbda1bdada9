import fc from 'fast-check';
import { allocate, minorDigits } from '../../platform/money';
import { granularityOf } from '../provider/stripe/stripe-amounts';
import { platformFees, splitRefund, splitTransfer } from './payment-rules';

const sum = (parts: number[]) => parts.reduce((a, b) => a + b, 0);

const currency = fc.constantFrom('USD', 'EUR', 'JPY', 'ISK', 'KWD', 'BHD');
const shares = (unit: number) =>
  fc.array(
    fc.record({
      amountCents: fc.integer({ min: 1, max: 100_000_000 }).map((units) => units * unit),
      feePpm: fc.oneof(fc.constantFrom(0, 50_000, 1_000_000), fc.integer({ min: 0, max: 1_000_000 })),
    }),
    { minLength: 1, maxLength: 20 },
  );
const purchase = currency.chain((code) =>
  fc.record({ unit: fc.constant(granularityOf(code)), of: shares(granularityOf(code)) }),
);

describe('the platform’s fees', () => {
  it('are 5 % of each share, and a cent that none has whole goes to the largest remainder', () => {
    expect(platformFees([{ amountCents: 2000, feePpm: 50_000 }], 1)).toEqual([100]);
    // 0.5 + 0.45: one cent in all, to the first.
    expect(
      platformFees(
        [
          { amountCents: 10, feePpm: 50_000 },
          { amountCents: 9, feePpm: 50_000 },
        ],
        1,
      ),
    ).toEqual([1, 0]);
    expect(platformFees([{ amountCents: 1230, feePpm: 50_000 }], 10)).toEqual([60]);
  });

  it('sum to the rounded whole, each within a unit of its exact amount and within its share, whatever the currency', () => {
    fc.assert(
      fc.property(purchase, ({ unit, of }) => {
        const fees = platformFees(of, unit);
        const exact = of.map(({ amountCents, feePpm }) => (BigInt(amountCents) * BigInt(feePpm)) / BigInt(unit));
        const whole = exact.reduce((a, b) => a + b, 0n);
        expect(sum(fees)).toBe(Number((whole + 500_000n) / 1_000_000n) * unit);
        fees.forEach((fee, index) => {
          const { amountCents, feePpm } = of[index]!;
          expect(fee % unit).toBe(0);
          expect(fee).toBeGreaterThanOrEqual(0);
          expect(fee).toBeLessThanOrEqual(amountCents);
          expect(Math.abs(fee - (amountCents * feePpm) / 1_000_000)).toBeLessThanOrEqual(unit);
        });
        // What each store gets, and what the platform keeps, is what the shopper paid.
        expect(sum(of.map(({ amountCents }, index) => amountCents - fees[index]!)) + sum(fees)).toBe(
          sum(of.map(({ amountCents }) => amountCents)),
        );
      }),
    );
  });

  it('refuse amounts that the provider could not move', () => {
    expect(() => platformFees([{ amountCents: 1234, feePpm: 0 }], 10)).toThrow(RangeError);
  });
});

describe('a refund', () => {
  const pieces = currency.chain((code) => {
    const unit = granularityOf(code);
    return fc.record({
      unit: fc.constant(unit),
      digits: fc.constant(minorDigits(code)),
      amount: fc.integer({ min: 1, max: 1_000_000 }).map((units) => units * unit),
      feePpm: fc.integer({ min: 0, max: 1_000_000 }),
      weights: fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 12 }),
      failing: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
    });
  });

  it('in any pieces takes from merchant and platform what each had, to the cent, also when some of them fail', () => {
    fc.assert(
      fc.property(pieces, ({ unit, amount, feePpm, weights, failing }) => {
        const [feeCents] = platformFees([{ amountCents: amount, feePpm }], unit) as [number];
        const share = { capturedCents: amount, feeCents, refundedCents: 0, refundedFeeCents: 0 };
        let merchant = 0;
        const give = (cents: number) => {
          const split = splitRefund(share, cents, unit);
          expect(split.merchantCents + split.feeCents).toBe(cents);
          expect(Math.min(split.merchantCents, split.feeCents)).toBeGreaterThanOrEqual(0);
          share.refundedCents += cents;
          share.refundedFeeCents += split.feeCents;
          merchant += split.merchantCents;
          expect(share.refundedFeeCents).toBeLessThanOrEqual(feeCents);
          expect(merchant).toBeLessThanOrEqual(amount - feeCents);
          return split;
        };
        const failed: { cents: number; split: ReturnType<typeof give> }[] = [];
        allocate(amount / unit, weights)
          .map((units) => units * unit)
          .filter((cents) => cents > 0)
          .forEach((cents, index) => {
            const split = give(cents);
            if (failing[index]) failed.push({ cents, split });
          });
        for (const { cents, split } of failed) {
          share.refundedCents -= cents;
          share.refundedFeeCents -= split.feeCents;
          merchant -= split.merchantCents;
        }
        const left = amount - share.refundedCents;
        if (left > 0) give(left);
        expect([share.refundedFeeCents, merchant]).toEqual([feeCents, amount - feeCents]);
      }),
    );
  });

  it('of more than is left is refused', () => {
    const share = { capturedCents: 100, feeCents: 5, refundedCents: 60, refundedFeeCents: 3 };
    expect(() => splitRefund(share, 41, 1)).toThrow(RangeError);
    expect(() => splitRefund(share, 0, 1)).toThrow(RangeError);
    expect(splitRefund(share, 40, 1)).toEqual({ merchantCents: 38, feeCents: 2 });
  });
});

describe('a transfer', () => {
  it('settles the debt first, and sends what is left', () => {
    expect([splitTransfer(100, 0), splitTransfer(100, 30), splitTransfer(100, 300)]).toEqual([
      { sentCents: 100, settledCents: 0 },
      { sentCents: 70, settledCents: 30 },
      { sentCents: 0, settledCents: 100 },
    ]);
  });
});
