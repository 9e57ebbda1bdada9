import { Injectable } from '@nestjs/common';
import { Database, statement, type Reader, type Tx } from '../../platform/database';
import type { ProviderAccount } from '../provider';
import { KEY_IS_OLD, type Making } from '../provider-calls';
import type { AccountFacts } from './account-status';

export interface AccountRow extends AccountFacts {
  storeId: string;
  country: string | null;
  currency: string | null;
  chargesEnabled: boolean;
  payoutsEnabled: boolean;
  transfersActive: boolean;
  feePpm: number | null;
  version: number;
}

/** A row, and how it stands to the moment of the question. */
export type AskedRow = AccountRow & {
  /** The database's time of this look, exactly. */
  at: string;
  /** Last looked at so long ago that the provider is to be asked again. */
  isStale: boolean;
};

const COLUMNS = `store_id AS "storeId", provider_account_id AS "providerAccountId", country, currency, charges_enabled AS "chargesEnabled",
  payouts_enabled AS "payoutsEnabled", transfers_active AS "transfersActive", payable, requirements, disabled_reason AS "disabledReason",
  fee_ppm AS "feePpm", version`;
/** So old may be what we tell a merchant of an account. */
const STALE_SECONDS = 60;
const ASKED = `${COLUMNS}, clock_timestamp()::text AS at,
  synced_at IS NULL OR synced_at < clock_timestamp() - interval '${STALE_SECONDS} seconds' AS "isStale"`;

const OF_STORE = statement('accounts.of_store', `SELECT ${ASKED} FROM payment_accounts WHERE store_id = $1`);
const OF_PROVIDER = statement(
  'accounts.of_provider',
  `SELECT ${ASKED} FROM payment_accounts WHERE provider = $1 AND provider_account_id = $2`,
);
// Country and currency are what the account is asked for with: under one key always the same.
const INTEND = statement(
  'accounts.intend',
  `INSERT INTO payment_accounts AS a (store_id, provider, country, currency, asked_at) VALUES ($1, $2, $3, $4, now())
   ON CONFLICT (store_id) DO UPDATE
     SET country = CASE WHEN a.asked_at IS NULL THEN excluded.country ELSE a.country END,
         currency = CASE WHEN a.asked_at IS NULL THEN excluded.currency ELSE a.currency END,
         asked_at = coalesce(a.asked_at, now())
   RETURNING provider_account_id AS "madeId", provider_key AS key, asked_at AS "askedAt", country, currency,
     asked_at < now() - ${KEY_IS_OLD} AS "isOld"`,
);
// Nothing was made under the old key, so store and account may have moved on since.
const RENEW = statement(
  'accounts.renew',
  `UPDATE payment_accounts SET provider_key = uuidv7(), asked_at = now(), country = $3, currency = $4
    WHERE store_id = $1 AND provider_key = $2 AND provider_account_id IS NULL`,
);
const KNOWN = `country = coalesce($3, a.country), currency = coalesce($4, a.currency), charges_enabled = $5, payouts_enabled = $6, transfers_active = $7,
  requirements = $8, disabled_reason = $9, version = a.version + 1, updated_at = now()`;
const RECORD = statement(
  'accounts.record',
  `UPDATE payment_accounts a SET provider_account_id = $2, ${KNOWN}, synced_at = now()
    WHERE store_id = $1 AND provider_account_id IS NULL RETURNING ${COLUMNS}`,
);
const SYNC = statement(
  'accounts.sync',
  `WITH before AS (
     SELECT store_id AS of_store, payable AS was_payable FROM payment_accounts
      WHERE store_id = $1 AND provider_account_id = $2 AND (synced_at IS NULL OR synced_at <= $10::timestamptz) FOR NO KEY UPDATE
   )
   UPDATE payment_accounts a SET ${KNOWN}, synced_at = $10::timestamptz
     FROM before WHERE a.store_id = of_store
   RETURNING ${COLUMNS}, was_payable AS "wasPayable"`,
);
const SET_FEE = statement(
  'accounts.set_fee',
  `INSERT INTO payment_accounts AS a (store_id, provider, fee_ppm) VALUES ($1, $2, $3)
   ON CONFLICT (store_id) DO UPDATE SET fee_ppm = excluded.fee_ppm, version = a.version + 1, updated_at = now()`,
);

/** Named questions about merchants' accounts. */
@Injectable()
export class PaymentAccountsRepository {
  constructor(private readonly database: Database) {}

  async ofStore(storeId: string, reader: Reader = this.database): Promise<AskedRow | undefined> {
    return reader.maybeOne<AskedRow>(OF_STORE, [storeId]);
  }

  async ofProvider(provider: string, providerAccountId: string): Promise<AskedRow | undefined> {
    return this.database.maybeOne<AskedRow>(OF_PROVIDER, [provider, providerAccountId]);
  }

  /** The intent to have an account: one a store. */
  async intend(
    reader: Reader,
    store: { id: string; country: string; currency: string },
    provider: string,
  ): Promise<Making & { country: string; currency: string }> {
    const values = [store.id, provider, store.country, store.currency];
    return (await reader.maybeOne<Making & { country: string; currency: string }>(INTEND, values))!;
  }

  async renew(store: { id: string; country: string; currency: string }, key: string): Promise<void> {
    await this.database.rows(RENEW, [store.id, key, store.country, store.currency]);
  }

  /** The account that was made; undefined where another is written already. */
  async record(tx: Tx, storeId: string, account: ProviderAccount): Promise<AccountRow | undefined> {
    return tx.maybeOne<AccountRow>(RECORD, [storeId, account.id, ...known(account)]);
  }

  /** What the provider said to a question asked `at`; undefined where a later answer stands already. */
  async sync(
    tx: Tx,
    { storeId, at }: Pick<AskedRow, 'storeId' | 'at'>,
    account: Known & { id: string },
  ): Promise<(AccountRow & { wasPayable: boolean }) | undefined> {
    return tx.maybeOne(SYNC, [storeId, account.id, ...known(account), at]);
  }

  async setFee(tx: Tx, storeId: string, provider: string, ppm: number | null): Promise<void> {
    await tx.run(SET_FEE, [storeId, provider, ppm]);
  }
}

export type Known = Omit<ProviderAccount, 'id' | 'labels'>;

function known(account: Known): unknown[] {
  const { country, currency, chargesEnabled, payoutsEnabled, transfersActive, requirements, disabledReason } = account;
  return [
    ...[country, currency, chargesEnabled, payoutsEnabled, transfersActive],
    ...[JSON.stringify(requirements), disabledReason],
  ];
}
