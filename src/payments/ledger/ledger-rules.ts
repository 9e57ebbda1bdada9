import type { ProviderPayment } from '../provider';

export type LedgerKind =
  | 'authorization'
  | 'release'
  | 'capture'
  | 'share'
  | 'fee'
  | 'provider_fee'
  | 'transfer'
  | 'debt_settled'
  | 'refund'
  | 'refund_paid'
  | 'refund_failed'
  | 'reversal'
  | 'debt'
  | 'dispute'
  | 'dispute_won'
  | 'dispute_lost'
  /** By the store itself: it never was with the provider. */
  | 'received';

export type LedgerAccount =
  | 'authorized'
  | 'shopper'
  | 'provider'
  | 'merchant'
  | 'platform'
  | 'refunds'
  | 'merchant_debt'
  | 'disputes';

/** One side of a movement. What is had is positive, what is owed is negative. */
export interface Entry {
  kind: LedgerKind;
  account: LedgerAccount;
  amountCents: number;
  currency: string;
  storeId: string | null;
  orderId: string | null;
}

/** The part of a store that a movement is about. */
export interface Of {
  storeId: string | null;
  orderId: string | null;
  currency: string;
}

/** From one account to another, both sides of it. */
function move(kind: LedgerKind, from: LedgerAccount, to: LedgerAccount, amountCents: number, of: Of): Entry[] {
  return [...side(kind, from, -amountCents, of), ...side(kind, to, amountCents, of)];
}

// `of` may be a row that has an amount of its own.
function side(kind: LedgerKind, account: LedgerAccount, amountCents: number, of: Of): Entry[] {
  const { storeId, orderId, currency } = of;
  return amountCents === 0 ? [] : [{ kind, account, amountCents, currency, storeId, orderId }];
}

const whole = (currency: string): Of => ({ storeId: null, orderId: null, currency });

/** The shopper's promise. */
export const authorized = (amountCents: number, currency: string): Entry[] =>
  move('authorization', 'shopper', 'authorized', amountCents, whole(currency));

/** The promise is over: taken, or let go. */
export const released = (amountCents: number, currency: string): Entry[] =>
  move('release', 'authorized', 'shopper', amountCents, whole(currency));

/** One order's money: it is at the provider, and owed to the store but for the fee. */
export function captured(of: Of, amountCents: number, feeCents: number): Entry[] {
  return [
    ...side('capture', 'provider', amountCents, of),
    ...side('share', 'merchant', feeCents - amountCents, of),
    ...side('fee', 'platform', -feeCents, of),
  ];
}

/** What the provider keeps is the platform's expense, in the currency in which it settles. */
export const providerFee = ({ amountCents, currency }: NonNullable<ProviderPayment['fee']>): Entry[] =>
  move('provider_fee', 'provider', 'platform', amountCents, whole(currency));

export const transferred = (of: Of, amountCents: number): Entry[] =>
  move('transfer', 'provider', 'merchant', amountCents, of);

/** What is owed to the store is set off against what it owes. */
export const debtSettled = (of: Of, amountCents: number): Entry[] =>
  move('debt_settled', 'merchant_debt', 'merchant', amountCents, of);

/** The obligation: owed to the shopper, from the store and from the platform's fee. */
export const refundOwed = (of: Of, merchantCents: number, feeCents: number): Entry[] => [
  ...move('refund', 'refunds', 'merchant', merchantCents, of),
  ...move('refund', 'refunds', 'platform', feeCents, of),
];

export const refundPaid = (of: Of, amountCents: number): Entry[] =>
  move('refund_paid', 'provider', 'refunds', amountCents, of);

/** The obligation is over without payment; `paid`: the provider had given it and took it back. */
export const refundFailed = (of: Of, merchantCents: number, feeCents: number, paid: boolean): Entry[] => [
  ...(paid ? move('refund_failed', 'refunds', 'provider', merchantCents + feeCents, of) : []),
  ...move('refund_failed', 'merchant', 'refunds', merchantCents, of),
  ...move('refund_failed', 'platform', 'refunds', feeCents, of),
];

/** The store's part of a refund has come back. */
export const reversed = (of: Of, amountCents: number): Entry[] =>
  move('reversal', 'merchant', 'provider', amountCents, of);

/** The store's part could not be taken back: it owes it. */
export const owed = (of: Of, amountCents: number): Entry[] =>
  move('debt', 'merchant', 'merchant_debt', amountCents, of);

export const disputed = (of: Of, amountCents: number): Entry[] =>
  move('dispute', 'provider', 'disputes', amountCents, of);

export const disputeWon = (of: Of, amountCents: number): Entry[] =>
  move('dispute_won', 'disputes', 'provider', amountCents, of);

/** Lost: the store owes its part; the platform's fee is gone. */
export const disputeLost = (of: Of, merchantCents: number, feeCents: number): Entry[] => [
  ...move('dispute_lost', 'disputes', 'merchant_debt', merchantCents, of),
  ...move('dispute_lost', 'disputes', 'platform', feeCents, of),
];
