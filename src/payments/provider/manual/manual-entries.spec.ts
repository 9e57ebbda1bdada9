import fc from 'fast-check';
import type { Entry } from '../../ledger/ledger-rules';
import { paidByHand, refundedByHand } from './manual-entries';

const OF = { storeId: 's', orderId: 'o', currency: 'USD' };
const sums = (entries: Entry[]) =>
  entries.reduce<Record<string, number>>(
    (sum, { account, amountCents }) => ({ ...sum, [account]: (sum[account] ?? 0) + amountCents }),
    {},
  );

describe('The entries of money that never passed through Muse', () => {
  it('leave every account as it was: nothing is to be sent to the store, or taken from it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (cents) => {
        expect(sums(paidByHand(OF, cents))).toEqual({ shopper: 0, merchant: 0 });
        expect(sums(refundedByHand(OF, cents))).toEqual({ refunds: 0, merchant: 0 });
      }),
    );
  });
});
