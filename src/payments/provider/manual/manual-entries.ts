import type { Entry, Of } from '../../ledger/ledger-rules';

/**
 * The store has the money already: it is sold, owed to the store, and received. Every account is where it was before; a
 * statement shows the sale, and that nothing of it is to be sent.
 */
export function paidByHand({ storeId, orderId, currency }: Of, amountCents: number): Entry[] {
  const of = { currency, storeId, orderId };
  return [
    { kind: 'capture', account: 'shopper', amountCents, ...of },
    { kind: 'share', account: 'merchant', amountCents: -amountCents, ...of },
    { kind: 'received', account: 'merchant', amountCents, ...of },
    { kind: 'received', account: 'shopper', amountCents: -amountCents, ...of },
  ];
}

/** Owed to the buyer from what the store had, and paid by the store itself. */
export function refundedByHand({ storeId, orderId, currency }: Of, amountCents: number): Entry[] {
  const of = { currency, storeId, orderId };
  return [
    { kind: 'refund', account: 'refunds', amountCents: -amountCents, ...of },
    { kind: 'refund', account: 'merchant', amountCents, ...of },
    { kind: 'refund_paid', account: 'merchant', amountCents: -amountCents, ...of },
    { kind: 'refund_paid', account: 'refunds', amountCents, ...of },
  ];
}
