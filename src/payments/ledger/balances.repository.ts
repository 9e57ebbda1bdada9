import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../platform/database';

export interface BalanceRow {
  currency: string;
  pending: number;
  available: number;
  paidOut: number;
  debt: number;
}

/** What the whole ledger has in an account. */
export interface AccountRow {
  currency: string;
  account: string;
  amountCents: number;
}

export interface StatementRow {
  createdAt: Date;
  kind: string;
  account: string;
  orderId: string | null;
  paymentId: string;
  amountCents: number;
  currency: string;
}

/** Of closed books the sums, and each entry since. */
const ENTRIES = (which: string) => `SELECT currency, account, kind, amount_cents FROM ledger_sums WHERE ${which}
     UNION ALL
     SELECT currency, account, kind, amount_cents FROM ledger_entries WHERE ${which} AND created_at >= (SELECT until FROM ledger_closed)`;

// `merchant` is what is owed to the store, negative; what has been sent stands in it as a transfer.
const BALANCES = statement(
  'ledger.balances',
  `WITH entry AS (
     SELECT currency,
            -coalesce(sum(amount_cents) FILTER (WHERE account = 'merchant'), 0) AS owed,
            coalesce(sum(amount_cents) FILTER (WHERE account = 'merchant' AND kind IN ('transfer', 'reversal')), 0) AS sent
       FROM (${ENTRIES('store_id = $1')}) AS entries GROUP BY currency
   ), payout AS (
     SELECT currency, sum(amount_cents) FILTER (WHERE status = 'paid') AS paid, sum(amount_cents) FILTER (WHERE status <> 'failed') AS out
       FROM payouts WHERE store_id = $1 GROUP BY currency
   ), currency AS (
     SELECT currency, true AS own FROM stores WHERE id = $1 UNION ALL SELECT currency, false FROM entry UNION ALL SELECT currency, false FROM payout
   )
   SELECT c.currency, coalesce(e.owed, 0)::bigint AS pending, (coalesce(e.sent, 0) - coalesce(p.out, 0))::bigint AS available,
          coalesce(p.paid, 0)::bigint AS "paidOut", coalesce(d.debt_cents, 0) AS debt
     FROM (SELECT currency, bool_or(own) AS own FROM currency GROUP BY currency) c
     LEFT JOIN entry e ON e.currency = c.currency
     LEFT JOIN payout p ON p.currency = c.currency
     LEFT JOIN merchant_debts d ON d.store_id = $1 AND d.currency = c.currency
    ORDER BY c.own DESC, c.currency`,
);
const ACCOUNTS = statement(
  'ledger.accounts',
  `SELECT currency, account, sum(amount_cents)::bigint AS "amountCents" FROM (${ENTRIES('true')}) AS entries
    GROUP BY currency, account ORDER BY currency, account`,
);
// From the store's side: what it gets is positive. A sale is shown with its fee, so its share (the two together) is not.
const STATEMENT = statement(
  'ledger.statement',
  `SELECT created_at AS "createdAt", kind, account, order_id AS "orderId", payment_id AS "paymentId",
          CASE WHEN kind IN ('capture', 'fee') THEN amount_cents ELSE -amount_cents END AS "amountCents", currency
     FROM ledger_entries
    WHERE store_id = $1 AND created_at >= $2::date AND created_at < $3::date + 1
      AND (kind IN ('capture', 'fee') OR (account IN ('merchant', 'merchant_debt') AND kind <> 'share'))
    ORDER BY created_at, id LIMIT $4`,
);

/** What stores ask the ledger. */
@Injectable()
export class BalancesRepository {
  constructor(private readonly database: Database) {}

  balances(storeId: string): Promise<BalanceRow[]> {
    return this.database.rows<BalanceRow>(BALANCES, [storeId]);
  }

  /** Of all stores and of none. */
  accounts(): Promise<AccountRow[]> {
    return this.database.rows<AccountRow>(ACCOUNTS);
  }

  statement(storeId: string, from: string, to: string, most: number): Promise<StatementRow[]> {
    return this.database.rows<StatementRow>(STATEMENT, [storeId, from, to, most]);
  }
}
