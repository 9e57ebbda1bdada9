import fc from 'fast-check';
import * as rules from './ledger-rules';

const OF = { storeId: 's', orderId: 'o', currency: 'USD' };
const cents = fc.integer({ min: 0, max: 1_000_000_000 });

describe('the entries of a movement', () => {
  it('are zero together, none of them is zero, and they carry the store’s part and nothing else', () => {
    fc.assert(
      fc.property(cents, cents, fc.boolean(), (first, second, paid) => {
        const [more, less] = [Math.max(first, second), Math.min(first, second)];
        const row = { ...OF, amountCents: 7, status: 'open' };
        const movements = [
          rules.authorized(first, 'USD'),
          rules.released(first, 'USD'),
          rules.captured(row, more, less),
          rules.providerFee({ amountCents: first, currency: 'EUR' }),
          rules.transferred(row, first),
          rules.debtSettled(row, first),
          rules.refundOwed(row, first, second),
          rules.refundPaid(row, first),
          rules.refundFailed(row, first, second, paid),
          rules.reversed(row, first),
          rules.owed(row, first),
          rules.disputed(row, first),
          rules.disputeWon(row, first),
          rules.disputeLost(row, first, second),
        ];
        for (const entries of movements) {
          expect(entries.reduce((sum, { amountCents }) => sum + amountCents, 0)).toBe(0);
          expect(entries.every(({ amountCents }) => amountCents !== 0)).toBe(true);
          for (const entry of entries)
            expect(Object.keys(entry).sort()).toEqual([
              ...['account', 'amountCents', 'currency', 'kind', 'orderId', 'storeId'],
            ]);
        }
      }),
    );
  });

  it('of a refund that fails undo what it owed', () => {
    const sums = new Map<string, number>();
    const all = [
      ...rules.refundOwed(OF, 90, 10),
      ...rules.refundPaid(OF, 100),
      ...rules.refundFailed(OF, 90, 10, true),
    ];
    for (const { account, amountCents } of all) sums.set(account, (sums.get(account) ?? 0) + amountCents);
    expect([...sums.values()].every((sum) => sum === 0)).toBe(true);
  });
});
