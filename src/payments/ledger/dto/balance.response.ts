import { MoneyResponse, money } from '../../../platform/money';
import type { BalanceRow } from '../balances.repository';

/** What a store has in one currency. */
export class BalanceResponse {
  /** Sold, and not sent to the store's payment account yet: less the platform's fee and refunds */
  pending: MoneyResponse;

  /** In the store's payment account, and not paid out to its bank yet */
  available: MoneyResponse;

  /** Paid out to the store's bank, all in all */
  paidOut: MoneyResponse;

  /** What the store owes: refunds and lost disputes that its account did not cover. It is taken from what is sent next */
  debt: MoneyResponse;

  static of({ currency, pending, available, paidOut, debt }: BalanceRow): BalanceResponse {
    return {
      pending: money(pending, currency),
      available: money(available, currency),
      paidOut: money(paidOut, currency),
      debt: money(debt, currency),
    };
  }
}

export class BalancesResponse {
  /** One for each currency, the store's own first */
  data: BalanceResponse[];
}
