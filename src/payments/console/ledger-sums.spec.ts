import { sumsOf } from './ledger-sums';

describe('The sums of ledger entries', () => {
  it('are by currency, and show what is not zero', () => {
    expect(sumsOf([])).toEqual([]);
    expect(
      sumsOf([
        { amountCents: 250, currency: 'USD' },
        { amountCents: -100, currency: 'USD' },
        { amountCents: -7, currency: 'EUR' },
        { amountCents: 7, currency: 'EUR' },
      ]),
    ).toEqual([
      { amount: 0, currency: 'EUR' },
      { amount: 150, currency: 'USD' },
    ]);
  });
});
