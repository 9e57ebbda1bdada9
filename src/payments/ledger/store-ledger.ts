import { Injectable } from '@nestjs/common';
import type { Caller } from '../../identity';
import { Clock } from '../../platform/clock';
import { Database } from '../../platform/database';
import { InvalidField } from '../../platform/http';
import { minorDigits } from '../../platform/money';
import { StoreDirectory } from '../../stores';
import { BalancesRepository, type StatementRow } from './balances.repository';
import { csvLine, decimal } from './csv';
import { BalanceResponse, type BalancesResponse } from './dto/balance.response';
import { TrialBalanceResponse } from './dto/trial-balance.response';
import type { StatementRequest } from './dto/statement.request';

const DAYS_AT_MOST = 366;
const DAY_MS = 86_400_000;
const LINES_AT_MOST = 50_000;

const HEADINGS = ['time', 'type', 'account', 'order', 'payment', 'amount', 'currency'];
/** What a store calls the accounts: what it is owed, and what it owes. */
const ACCOUNTS: Record<string, string> = { merchant_debt: 'debt' };
const TYPES: Record<string, string> = { capture: 'sale' };

/**
 * What the ledger says to the one who runs a store.
 * Errors: NotFound for another's store; InvalidField for days that are none, or too many.
 */
@Injectable()
export class StoreLedger {
  constructor(
    private readonly clock: Clock,
    private readonly database: Database,
    private readonly stores: StoreDirectory,
    private readonly repository: BalancesRepository,
  ) {}

  async balances(caller: Caller, storeId: string): Promise<BalancesResponse> {
    await this.stores.ownedStore(this.database, caller, storeId);
    const rows = await this.repository.balances(storeId);
    return { data: rows.map((row) => BalanceResponse.of(row)) };
  }

  /** What all accounts have, of all stores together: in each currency zero. */
  async trialBalance(): Promise<TrialBalanceResponse> {
    return TrialBalanceResponse.of(await this.repository.accounts());
  }

  /** The movements of these days, the oldest first, as CSV. */
  async statement(caller: Caller, storeId: string, asked: StatementRequest): Promise<string> {
    const to = asked.to ?? this.clock.now().toISOString().slice(0, 10);
    const from = asked.from ?? `${to.slice(0, 8)}01`;
    await this.stores.ownedStore(this.database, caller, storeId);
    const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
    if (days < 1) throw new InvalidField('/to', 'must not be before from');
    if (days > DAYS_AT_MOST) throw new InvalidField('/to', `must be within ${DAYS_AT_MOST} days of from`);
    const rows = await this.repository.statement(storeId, from, to, LINES_AT_MOST + 1);
    if (rows.length > LINES_AT_MOST) throw new InvalidField('/to', `must leave ${LINES_AT_MOST} movements at most`);
    return [csvLine(HEADINGS), ...rows.map((row) => csvLine(cellsOf(row)))].join('');
  }
}

function cellsOf({ createdAt, kind, account, orderId, paymentId, amountCents, currency }: StatementRow): string[] {
  return [
    createdAt.toISOString(),
    TYPES[kind] ?? kind,
    ACCOUNTS[account] ?? 'balance',
    orderId ?? '',
    paymentId,
    decimal(amountCents, minorDigits(currency)),
    currency,
  ];
}
