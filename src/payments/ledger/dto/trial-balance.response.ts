import { MoneyResponse, money } from '../../../platform/money';
import type { AccountRow } from '../balances.repository';

/** What one account has. */
export class AccountBalanceResponse {
  /**
   * Whose side: provider (the platform's money there), merchant (owed to stores), platform (its income), refunds (owed to
   * shoppers), merchant_debt (owed by stores), disputes, authorized and shopper (promised and not taken yet)
   * @example "provider"
   */
  account: string;
  /** What is had is positive, what is owed is negative */
  balance: MoneyResponse;
}

/** The accounts of one currency. */
export class CurrencyBooksResponse {
  /** What they are together: zero */
  sum: MoneyResponse;
  /** In the order of their names */
  accounts: AccountBalanceResponse[];
}

/** Where every cent is. */
export class TrialBalanceResponse {
  /** By currency, in the order of codes */
  data: CurrencyBooksResponse[];

  static of(rows: AccountRow[]): TrialBalanceResponse {
    const currencies = [...new Set(rows.map(({ currency }) => currency))];
    return {
      data: currencies.map((currency) => {
        const mine = rows.filter((row) => row.currency === currency);
        return {
          sum: money(
            mine.reduce((sum, { amountCents }) => sum + amountCents, 0),
            currency,
          ),
          accounts: mine.map(({ account, amountCents }) => ({ account, balance: money(amountCents, currency) })),
        };
      }),
    };
  }
}
