import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database, statement } from '../../platform/database';
import { Metrics } from '../../platform/metrics';

/** By the index of open steps: those that are over are not looked at. Transfers and reversals may wait for a store for days. */
const OPEN = statement(
  'payments.open_steps',
  `SELECT count(*) FILTER (WHERE status <> 'needs_attention') AS open, count(*) FILTER (WHERE status = 'needs_attention') AS "needsAttention",
          coalesce(extract(epoch FROM now() - min(created_at)
            FILTER (WHERE status <> 'needs_attention' AND kind IN ('authorize', 'capture', 'cancel', 'refund'))), 0)::float8 AS oldest,
          (SELECT count(*) FROM ledger_differences WHERE found_at > now() - interval '1 day') AS differences
     FROM payment_steps WHERE finished_at IS NULL`,
);

/** How calls to payment providers go, and whether the ledger is right. */
@Injectable()
export class PaymentMetrics implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    const gauges = {
      muse_payment_steps: { help: 'Calls to payment providers that are not over, by state', labels: ['state'] },
      muse_payment_steps_oldest_seconds: {
        help: 'How long the oldest of those has been open that a shopper waits for',
      },
      muse_ledger_differences: { help: 'Differences between ledger and provider that were found within 24 hours' },
    };
    this.metrics.atScrape('payments', gauges, async () => {
      const row =
        (await this.database.maybeOne<Record<'open' | 'needsAttention' | 'oldest' | 'differences', number>>(OPEN))!;
      return {
        muse_payment_steps: [
          { labels: { state: 'open' }, value: row.open },
          { labels: { state: 'needs_attention' }, value: row.needsAttention },
        ],
        muse_payment_steps_oldest_seconds: [{ value: row.oldest }],
        muse_ledger_differences: [{ value: row.differences }],
      };
    });
  }
}
