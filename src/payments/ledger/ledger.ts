import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { statement, type Tx } from '../../platform/database';
import { splitTransfer } from '../purchases/payment-rules';
import type { Entry } from './ledger-rules';

const WRITE = statement(
  'ledger.write',
  `INSERT INTO ledger_entries (transaction_id, payment_id, kind, account, amount_cents, currency, store_id, order_id)
   SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::bigint[], $6::text[], $7::uuid[], $8::uuid[])`,
);
// In the order of stores, so that two captures at once wait for each other instead of for ever.
const LOCK_DEBTS = statement(
  'ledger.lock_debts',
  `SELECT store_id AS "storeId", debt_cents AS "debtCents" FROM merchant_debts
    WHERE store_id = ANY ($1) AND currency = $2 AND debt_cents > 0 ORDER BY store_id FOR UPDATE`,
);
const SETTLE_DEBT = statement(
  'ledger.settle_debt',
  `UPDATE merchant_debts d SET debt_cents = d.debt_cents - x.cents, updated_at = now()
     FROM unnest($1::uuid[], $2::bigint[]) AS x (store_id, cents) WHERE d.store_id = x.store_id AND d.currency = $3`,
);
const ADD_DEBT = statement(
  'ledger.add_debt',
  `INSERT INTO merchant_debts AS d (store_id, currency, debt_cents) VALUES ($1, $2, $3)
   ON CONFLICT (store_id, currency) DO UPDATE SET debt_cents = d.debt_cents + excluded.debt_cents, updated_at = now()`,
);

/** Writes entries. What is written sums to zero in each currency, or the transaction does not commit. */
@Injectable()
export class Ledger {
  /** One transaction of the ledger, in the transaction of its cause; waits for nothing. */
  write(tx: Tx, paymentId: string, entries: Entry[]): void {
    if (entries.length === 0) return;
    tx.write(WRITE, [
      uuidv7(),
      paymentId,
      entries.map((entry) => entry.kind),
      entries.map((entry) => entry.account),
      entries.map((entry) => entry.amountCents),
      entries.map((entry) => entry.currency),
      entries.map((entry) => entry.storeId),
      entries.map((entry) => entry.orderId),
    ]);
  }

  /** Sets what stores are owed off against what they owe; gives what is left to send to each, in the same order. */
  async settleDebts(
    tx: Tx,
    currency: string,
    owed: { storeId: string; netCents: number }[],
  ): Promise<{ storeId: string; sentCents: number; settledCents: number }[]> {
    const ids = owed.map(({ storeId }) => storeId);
    const debts = await tx.rows<{ storeId: string; debtCents: number }>(LOCK_DEBTS, [ids, currency]);
    const debtOf = new Map(debts.map(({ storeId, debtCents }) => [storeId, debtCents]));
    const split = owed.map(({ storeId, netCents }) => ({
      storeId,
      ...splitTransfer(netCents, debtOf.get(storeId) ?? 0),
    }));
    const settled = split.filter(({ settledCents }) => settledCents > 0);
    if (settled.length > 0)
      tx.write(SETTLE_DEBT, [settled.map((s) => s.storeId), settled.map((s) => s.settledCents), currency]);
    return split;
  }

  /** More debt of a store; its entries are the caller's. */
  addDebt(tx: Tx, storeId: string, currency: string, cents: number): void {
    if (cents > 0) tx.write(ADD_DEBT, [storeId, currency, cents]);
  }
}
