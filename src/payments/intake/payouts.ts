import { Injectable, Logger } from '@nestjs/common';
import { Database, statement } from '../../platform/database';
import type { ProviderPayout } from '../provider';

// A payout that has failed does not become paid again; one that was paid may fail days later.
const RECORD = statement(
  'payouts.record',
  `INSERT INTO payouts AS p (provider_payout_id, store_id, amount_cents, currency, status, failure_code) VALUES ($1, $2, $3, $4, $5, $6)
   ON CONFLICT (provider_payout_id) DO UPDATE SET status = excluded.status, failure_code = excluded.failure_code, updated_at = now()
    WHERE p.status <> 'failed' AND p.status <> excluded.status
   RETURNING status`,
);

/** What providers paid out to stores' banks. */
@Injectable()
export class Payouts {
  private readonly logger = new Logger('Payments');

  constructor(private readonly database: Database) {}

  async record(storeId: string, payout: ProviderPayout): Promise<void> {
    const { id, amountCents, currency, status, failureCode } = payout;
    const row = await this.database.maybeOne(RECORD, [id, storeId, amountCents, currency, status, failureCode]);
    if (row && status === 'failed') this.logger.warn({ message: 'payout failed', storeId, payoutId: id, failureCode });
  }
}
