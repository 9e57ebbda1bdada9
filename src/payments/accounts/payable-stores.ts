import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config';
import { statement, type Reader } from '../../platform/database';
import { PaymentProviders } from '../provider';

/** Why a store cannot be paid through Muse. */
export const UNPAYABLE_REASONS = ['not_onboarded', 'not_enabled', 'wrong_currency'] as const;
export type UnpayableReason = (typeof UNPAYABLE_REASONS)[number];

export interface Payable {
  payable: boolean;
  reason: UnpayableReason | null;
  /** What the platform keeps of a sale, in millionths. */
  feePpm: number;
}

/** What payableOf selects, for PayableStores.shown. */
export interface PayableRow {
  reason: UnpayableReason | null;
  feePpm: number | null;
}

/**
 * Fragment: what the tables say of a store that can or cannot be paid, as one json value (PayableRow); `store` is the name
 * of a row of stores in the statement around it. One look-up by primary key. Whenever it changes, STORE_VERSION of the
 * store's row does too (trigger payment_accounts_tell_their_store), so it may be kept with other facts of the store.
 */
export const payableOf = (store: string): string => `(
  SELECT json_build_object('reason', CASE
           WHEN a.provider_account_id IS NULL THEN 'not_onboarded'
           WHEN NOT a.payable THEN 'not_enabled'
           WHEN a.currency IS DISTINCT FROM ${store}.currency THEN 'wrong_currency' END,
           'feePpm', a.fee_ppm)
    FROM (VALUES (1)) AS one LEFT JOIN payment_accounts a ON a.store_id = ${store}.id AND ${store}.kind = 'merchant')`;

const OF = statement(
  'accounts.payable',
  `SELECT s.id, ${payableOf('s')} AS row FROM stores s WHERE s.id = ANY ($1::uuid[])`,
);

/** Which stores can be paid through Muse, as our tables say it: nobody is asked. */
@Injectable()
export class PayableStores {
  constructor(
    private readonly config: Config,
    private readonly providers: PaymentProviders,
  ) {}

  /** Who of these stores can be paid now, and why not; one statement. Unknown ids are left out. */
  async of(reader: Reader, storeIds: string[]): Promise<Map<string, Payable>> {
    if (storeIds.length === 0) return new Map();
    const rows = await reader.rows<{ id: string; row: PayableRow }>(OF, [storeIds]);
    return new Map(rows.map(({ id, row }) => [id, this.shown(row)]));
  }

  /** The least part of a currency that can be taken and given back, in minor units; an amount is a multiple of it. */
  unitOf(currency: string): number {
    return this.providers.on ? this.providers.main.granularityOf(currency) : 1;
  }

  /** What a statement selected with payableOf. Where payments are turned off nobody is payable. */
  shown({ reason, feePpm }: PayableRow): Payable {
    const why = reason ?? (this.providers.on ? null : 'not_enabled');
    return { payable: why === null, reason: why, feePpm: feePpm ?? this.config.PLATFORM_FEE_PPM };
  }
}
